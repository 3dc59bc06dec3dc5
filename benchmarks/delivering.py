"""Delivering to a Lambda function, against reading its events from JSON alone."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from measuring import Pair, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCH = 100


def rows(records: int) -> list[Row]:
    """The row about event source mappings.

    Args:
        records: how many records are delivered.
    """
    name = f"{records} records to a Lambda handler, {_BATCH} at a time"
    return [Row(name, "json.loads of the same events", partial(_delivery, records), limit=3, rounds=10, counts=records)]


@contextmanager
def _delivery(records: int) -> Iterator[Pair]:
    from pytest_ddbstreams import mock_streams

    with mock_streams() as streams:
        stream = streams.create_stream("table")
        stream.write_many({"pk": f"item-{number:08}", "total": number} for number in range(records))

        def ours() -> tuple[object, ...]:
            mapping = streams.event_source_mapping(
                stream, _nothing, starting_position="TRIM_HORIZON", batch_size=_BATCH
            )
            return mapping.drain()

        mapping = streams.event_source_mapping(stream, _nothing, starting_position="TRIM_HORIZON", batch_size=_BATCH)
        texts = [json.dumps(invocation.event, separators=(",", ":")) for invocation in mapping.drain()]
        yield Pair(ours, partial(_read, texts))


def _nothing(_event: object, _context: object) -> None:
    """The handler."""


def _read(texts: list[str]) -> None:
    for text in texts:
        json.loads(text)
