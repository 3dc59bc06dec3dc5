"""Tables of moto that feed streams, and event source mappings that deliver records to Lambda functions."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from clients import MOTO, table_of_moto
from measuring import Comparison, Section, Timed, Variant
from streams import items, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Scale

    from pytest_ddbstreams import EventSourceMapping

_PUTS = 100
_BATCH = 100
_DELIVERED_RECORDS = 100_000
_JSON = "json.loads"


def sections(scale: Scale) -> list[Section]:
    """Return the tables of moto's tables and of event source mappings."""
    put = Timed("put_item, moto's table and our stream", _put_item, limits={MOTO: 1.15}, rounds=30)
    records = min(scale.records, _DELIVERED_RECORDS)
    name = f"{records:,} records to a Lambda handler, {_BATCH} at a time"
    delivery = Timed(name, partial(_delivery, records), limits={_JSON: 3}, rounds=10)
    return [
        Section("A table that feeds a stream, a put", "ms", (MOTO,), [put]),
        Section("An event source mapping, a record", "ms", (_JSON,), [delivery]),
    ]


@contextmanager
def _put_item() -> Iterator[Comparison]:
    from pytest_ddbstreams import mock_streams

    with table_of_moto() as table:
        new = items()

        def put_all() -> None:
            for item in islice(new, _PUTS):
                table.put_item(Item=item)

        def put_all_with_ours() -> None:
            # moto's tables feed streams only while a mock is open, so opening and closing it belongs to the cost.
            with mock_streams() as mock:
                put_all()
                if len(mock.stream(table.name).shards[0]) != _PUTS:
                    raise RuntimeError("the table did not feed the stream")

        yield Comparison(Variant(put_all_with_ours, units=_PUTS), {MOTO: Variant(put_all, units=_PUTS)})


@contextmanager
def _delivery(records: int) -> Iterator[Comparison]:
    from pytest_ddbstreams import mock_streams

    with mock_streams() as mock:
        stream = stream_of(mock, islice(items(), records))

        def mapping() -> EventSourceMapping:
            return mock.event_source_mapping(stream, _handler, starting_position="TRIM_HORIZON", batch_size=_BATCH)

        texts = [json.dumps(invocation.event, separators=(",", ":")) for invocation in mapping().drain()]
        ours = Variant(lambda: mapping().drain(), units=records)
        yield Comparison(ours, {_JSON: Variant(partial(_decode, texts), units=records)})


def _handler(_event: object, _context: object) -> None:
    """Do nothing."""


def _decode(texts: list[str]) -> None:
    for text in texts:
        json.loads(text)
