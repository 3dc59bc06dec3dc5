"""Writing, which goes by no client here, beside moto's table, which is written through one."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from clients import MOTO, table_of_moto
from items import items
from measuring import Contest, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale

    from pytest_ddbstreams import Stream

    #: Writes that many items of a stream of them.
    Writing: TypeAlias = Callable[[Stream, int], object]

#: Puts of moto in one timing: what a record costs there is the same for the first and the last.
_MOTOS_PUTS = 200
#: For each number of records that are written: rounds, and calls in each.
_EFFORTS = {1: (20, 100), 1000: (20, 1), 100_000: (3, 1), 1_000_000: (2, 1)}
#: A write takes at most this share of moto's.
_LIMIT = 1 / 40


def section(scale: Scale) -> Section:
    """The table about writing: what a record costs, beside a put of moto's."""
    return Section("Writing, a record", "ms", (MOTO,), [row for size in scale.writes for row in _rows(size)])


def _rows(size: int) -> list[Timed]:
    rounds, calls = _EFFORTS[size]
    singly, in_bulk = partial(_writing, size, _put), partial(_writing, size, _write_many)
    return [
        Timed(f"put, {size:,} of them", singly, limits={MOTO: _LIMIT}, rounds=rounds, calls=calls),
        Timed(
            f"write_many, {size:,} at once",
            in_bulk,
            limits={MOTO: _LIMIT},
            rounds=rounds,
            calls=calls,
        ),
    ]


def _put(stream: Stream, size: int) -> None:
    for item in islice(items(), size):
        stream.put(item)


def _write_many(stream: Stream, size: int) -> None:
    stream.write_many(islice(items(), size))


@contextmanager
def _writing(size: int, write: Writing) -> Iterator[Contest]:
    from pytest_ddbstreams import StreamsMock

    with table_of_moto() as table:
        # A mock that is not open: while one is, moto's tables feed streams, and their puts are not moto's alone.
        streams = StreamsMock()
        puts = min(size, _MOTOS_PUTS)
        theirs = items()

        def empty(runs: int) -> None:
            streams.reset()
            for number in range(runs):
                streams.create_stream(f"table-{number}")
            waiting.extend(streams.streams)

        def moto() -> None:
            for item in islice(theirs, puts):
                table.put_item(Item=item)

        waiting: list[Stream] = []
        ours = Way(lambda: write(waiting.pop(), size), empty, size)
        yield Contest(ours, {MOTO: Way(moto, counts=puts)})
