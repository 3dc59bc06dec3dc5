"""A put through moto whose tables feed our streams, beside one through moto alone."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from clients import MOTO, table_of_moto
from items import items
from measuring import Contest, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY = 100


def section() -> Section:
    """The table about tables that feed streams."""
    rows = [Timed("put_item, moto's table and our stream", _put_item, limits={MOTO: 1.15}, rounds=30)]
    return Section("A bridged table, a put", "ms", (MOTO,), rows)


@contextmanager
def _put_item() -> Iterator[Contest]:
    from pytest_ddbstreams import mock_streams

    with table_of_moto() as table:
        new = items()

        def put_all() -> None:
            for item in islice(new, _MANY):
                table.put_item(Item=item)

        def put_all_with_ours() -> None:
            # The bridge is there only while a mock is open: to open and close it is part of what it costs.
            with mock_streams() as streams:
                put_all()
                if len(streams.stream(table.name).shards[0]) != _MANY:
                    raise RuntimeError("the table did not feed the stream")

        yield Contest(Way(put_all_with_ours, counts=_MANY), {MOTO: Way(put_all, counts=_MANY)})
