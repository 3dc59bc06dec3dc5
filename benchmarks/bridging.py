"""A put through moto whose tables feed our streams, against one through moto alone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from measuring import Pair, Row
from writing import items, table_of_moto

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY = 100


def rows() -> list[Row]:
    """The rows about tables that feed streams."""
    name = "put_item, moto's table and our stream"
    return [Row(name, "put_item, moto alone", _put_item, limit=1.15, counts=_MANY, rounds=30)]


@contextmanager
def _put_item() -> Iterator[Pair]:
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    with mock_aws():
        table = table_of_moto()
        new = items()

        def put_all() -> None:
            for _ in range(_MANY):
                table.put_item(Item=next(new))

        def put_all_with_ours() -> None:
            # The bridge is there only while a mock is open: to open and close it is part of what it costs.
            with mock_streams() as streams:
                put_all()
                if len(streams.stream(table.name).shards[0]) != _MANY:
                    raise RuntimeError("the table did not feed the stream")

        yield Pair(put_all_with_ours, put_all)
