"""Writing records, the memory that they take, and the splitting and trimming of their shard."""

from __future__ import annotations

import gc
import json
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from clients import MOTO, table_of_moto
from measuring import Comparison, Result, Section, Timed, Variant
from streams import items, pickled_stream, stream_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale
    from streams import PickledStream

    from pytest_ddbstreams import Stream

    #: Writes as many items to a stream.
    Write: TypeAlias = Callable[[Stream, int], object]
    #: Changes a stream that was pickled.
    Step: TypeAlias = Callable[[Stream, PickledStream], object]

#: A write may take this share of the time of moto's write.
_WRITE_LIMIT = 1 / 40
#: Records may take as many times the memory of their JSON texts.
_MEMORY_LIMIT = 1.6
#: Milliseconds that a split may take.
_STEP_CEILING = 1.0
#: Number of rounds, and of calls in each, for each number of records.
_EFFORTS = {1: (20, 100), 1000: (20, 1), 100_000: (3, 1), 1_000_000: (2, 1)}
#: Puts to moto in one timing, and for its memory. Each costs moto the same, however many there were before.
_MOTOS_PUTS = 200
_MOTOS_WEIGHED_PUTS = 2000
_WEIGHED_RECORDS = 100_000
_ENCODED = "encoded"
_SMALL = 1000
_SMALL_SHARD = f"{_SMALL:,} records"
#: What a record of the large shard may cost, compared with one of the small shard.
_LARGE = 1.05


def sections(scale: Scale) -> list[Section]:
    """Return the tables of writing, of memory, and of splitting and trimming."""
    weighed = min(scale.records, _WEIGHED_RECORDS)
    memory = [
        Weighed(f"{weighed:,} records of a small item", weighed, 0),
        Weighed(f"{weighed:,} records of an item of 1 KB", weighed, 1000),
    ]
    return [
        Section("Writing, a record", "ms", (MOTO,), [row for size in scale.writes for row in _write_rows(size)]),
        Section("Peak memory, a record", "bytes", (_ENCODED, MOTO), memory),
        Section(f"Steps of a shard of {scale.records:,} records", "ms", (_SMALL_SHARD,), _step_rows(scale.records)),
    ]


# Writing


def _write_rows(size: int) -> list[Timed]:
    rounds, calls = _EFFORTS[size]
    limits = {MOTO: _WRITE_LIMIT}
    return [
        Timed(f"put, {size:,} of them", partial(_writing, size, _put), limits, None, rounds, calls),
        Timed(f"write_many, {size:,} at once", partial(_writing, size, _write_many), limits, None, rounds, calls),
    ]


def _put(stream: Stream, size: int) -> None:
    for item in islice(items(), size):
        stream.put(item)


def _write_many(stream: Stream, size: int) -> None:
    stream.write_many(islice(items(), size))


@contextmanager
def _writing(size: int, write: Write) -> Iterator[Comparison]:
    from pytest_ddbstreams import StreamsMock

    with table_of_moto() as table:
        # The mock is not open: an open mock would let moto's tables feed streams, and slow moto's puts.
        mock = StreamsMock()
        puts = min(size, _MOTOS_PUTS)
        motos_items = items()
        empty_streams: list[Stream] = []

        def create_streams(runs: int) -> None:
            mock.reset()
            empty_streams[:] = [mock.create_stream(f"table-{number}") for number in range(runs)]

        def put_to_moto() -> None:
            for item in islice(motos_items, puts):
                table.put_item(Item=item)

        ours = Variant(lambda: write(empty_streams.pop(), size), create_streams, size)
        yield Comparison(ours, {MOTO: Variant(put_to_moto, units=puts)})


# Memory


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row in bytes of peak memory.

    Attributes:
        name: name of the row.
        records: number of records to write.
        length: number of characters that each item has beside its key and a number.
    """

    name: str
    records: int
    length: int

    def measure(self, _divisor: int) -> Result:
        """Measure the records, the JSON texts of the same records, and moto's records."""
        peak, encoded = self._ours()
        ratios = {_ENCODED: peak / encoded, MOTO: peak / self._moto()}
        return Result(self.name, peak, ratios, None, {_ENCODED: _MEMORY_LIMIT})

    def _ours(self) -> tuple[float, float]:
        from pytest_ddbstreams import StreamsMock

        mock = StreamsMock()
        stream_of(mock, islice(items(self.length), 10), "warmed-up")
        peak = _peak(lambda: stream_of(mock, islice(items(self.length), self.records)))
        texts = [json.dumps(record.to_dict(), separators=(",", ":")) for record in mock.stream("table").records]
        return peak / self.records, sum(map(len, texts)) / self.records

    def _moto(self) -> float:
        with table_of_moto() as table:
            new = items(self.length)

            def put(count: int) -> None:
                for item in islice(new, count):
                    table.put_item(Item=item)

            put(10)
            return _peak(lambda: put(_MOTOS_WEIGHED_PUTS)) / _MOTOS_WEIGHED_PUTS


def _peak(write: Callable[[], object]) -> int:
    """Return the greatest number of bytes that a write has in use at once."""
    gc.collect()
    tracemalloc.start()
    try:
        write()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Splitting and trimming


def _step_rows(records: int) -> list[Timed]:
    steps: dict[str, Step] = {"split": lambda stream, _: stream.split(), "rotate": lambda stream, _: stream.rotate()}
    # A trim frees the memory of the records that it trims, so its time is that of one trimmed record.
    trims: dict[str, Step] = {
        "trim half, records=": lambda stream, pickled: _check(stream.trim(records=pickled.size // 2), pickled),
        "trim half, through=": lambda stream, pickled: _check(stream.trim(through=pickled.half), pickled),
        "trim half, before=": lambda stream, pickled: _check(stream.trim(before=pickled.between), pickled),
    }
    return [
        *(Timed(name, partial(_step, records, step), ceiling=_STEP_CEILING, rounds=5) for name, step in steps.items()),
        *(
            Timed(f"{name}, a record of it", partial(_trim, records, step), {_SMALL_SHARD: _LARGE}, rounds=5)
            for name, step in trims.items()
        ),
    ]


def _check(trimmed: int, pickled: PickledStream) -> None:
    if trimmed != pickled.size // 2:
        raise RuntimeError(f"{trimmed} of {pickled.size} records were trimmed")


@contextmanager
def _step(records: int, step: Step) -> Iterator[Comparison]:
    yield Comparison(_step_in_shard(records, step), {_SMALL_SHARD: _step_in_shard(_SMALL, step)})


@contextmanager
def _trim(records: int, step: Step) -> Iterator[Comparison]:
    large, small = (_step_in_shard(size, step, units=size // 2) for size in (records, _SMALL))
    yield Comparison(large, {_SMALL_SHARD: small})


def _step_in_shard(size: int, step: Step, units: int = 1) -> Variant:
    from pytest_ddbstreams import StreamsMock

    pickled, mock = pickled_stream(size), StreamsMock()
    return Variant(lambda: step(mock.stream("table"), pickled), lambda _: pickled.into(mock), units)
