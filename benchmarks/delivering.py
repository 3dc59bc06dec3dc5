"""Delivering to a Lambda function, beside reading its events from JSON alone."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from items import items, stream_of
from measuring import Contest, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Scale

_BATCH = 100
_JSON = "json.loads"


def section(scale: Scale) -> Section:
    """The table about event source mappings."""
    records = min(scale.records, 100_000)
    name = f"{records:,} records to a Lambda handler, {_BATCH} at a time"
    rows = [Timed(name, partial(_delivery, records), limits={_JSON: 3}, rounds=10)]
    return Section("An event source mapping, a record", "ms", (_JSON,), rows)


@contextmanager
def _delivery(records: int) -> Iterator[Contest]:
    from pytest_ddbstreams import mock_streams

    with mock_streams() as streams:
        stream = stream_of(streams, islice(items(), records))

        def ours() -> tuple[object, ...]:
            mapping = streams.event_source_mapping(
                stream, _nothing, starting_position="TRIM_HORIZON", batch_size=_BATCH
            )
            return mapping.drain()

        mapping = streams.event_source_mapping(stream, _nothing, starting_position="TRIM_HORIZON", batch_size=_BATCH)
        texts = [json.dumps(invocation.event, separators=(",", ":")) for invocation in mapping.drain()]
        yield Contest(Way(ours, counts=records), {_JSON: Way(partial(_read, texts), counts=records)})


def _nothing(_event: object, _context: object) -> None:
    """The handler."""


def _read(texts: list[str]) -> None:
    for text in texts:
        json.loads(text)
