"""Assertions about the records that a consumer of a whole stream delivered, by their sequence numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_ddbstreams import Stream


def assert_every_record_once(stream: Stream, delivered: Sequence[str]) -> None:
    """Assert that no record is missing, and that none was delivered twice."""
    assert sorted(delivered) == sorted(record["dynamodb"]["SequenceNumber"] for record in stream.records)


def assert_parents_before_children(stream: Stream, delivered: Sequence[str]) -> None:
    """Assert that the records of a shard are in order, and come after the last record of its parent."""
    places = {number: place for place, number in enumerate(delivered)}
    shards = {
        shard.id: [places[record["dynamodb"]["SequenceNumber"]] for record in shard.records] for shard in stream.shards
    }
    for shard in stream.shards:
        assert shards[shard.id] == sorted(shards[shard.id])
        if shard.parent_id and shards[shard.id] and shards[shard.parent_id]:
            assert max(shards[shard.parent_id]) < min(shards[shard.id])
