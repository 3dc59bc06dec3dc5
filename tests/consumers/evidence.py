"""What a consumer of a whole stream must have delivered, by the sequence numbers of the records that it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_ddbstreams import Stream


def assert_every_record_once(stream: Stream, delivered: Sequence[str]) -> None:
    """Nothing is missing, and nothing came twice."""
    assert sorted(delivered) == sorted(record["dynamodb"]["SequenceNumber"] for record in stream.records)


def assert_parents_before_children(stream: Stream, delivered: Sequence[str]) -> None:
    """Within a shard in order, and no record of a shard before the last one of its parent."""
    places = {number: place for place, number in enumerate(delivered)}
    shards = {
        shard.id: [places[record["dynamodb"]["SequenceNumber"]] for record in shard.records] for shard in stream.shards
    }
    for shard in stream.shards:
        assert shards[shard.id] == sorted(shards[shard.id])
        if shard.parent_id and shards[shard.id] and shards[shard.parent_id]:
            assert max(shards[shard.parent_id]) < min(shards[shard.id])
