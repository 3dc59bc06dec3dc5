"""What a test makes happen to a shard, and what must cost the same whatever the shard holds: splitting and trimming."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from measuring import Contest, Section, Timed, Way
from stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale
    from stored import Stored

    from pytest_ddbstreams import Stream

    #: What is done to a stream as it was written.
    Step: TypeAlias = Callable[[Stream, Stored], object]

_SMALL = "1,000 records"


def section(scale: Scale) -> Section:
    """The table about splitting and trimming."""
    steps: dict[str, Step] = {
        "split": lambda stream, _: stream.split(),
        "rotate": lambda stream, _: stream.rotate(),
        "trim half, records=": _trim_records,
        "trim half, through=": _trim_through,
        "trim half, before=": _trim_before,
    }
    rows = [Timed(name, partial(_steering, scale.records, step), ceiling=1.0, rounds=5) for name, step in steps.items()]
    return Section(f"A shard of {scale.records:,} records, to be steered", "ms", (_SMALL,), rows)


def _trim_records(stream: Stream, written: Stored) -> None:
    _see_half(stream.trim(records=written.size // 2), written)


def _trim_through(stream: Stream, written: Stored) -> None:
    _see_half(stream.trim(through=written.half), written)


def _trim_before(stream: Stream, written: Stored) -> None:
    _see_half(stream.trim(before=written.between), written)


def _see_half(trimmed: int, written: Stored) -> None:
    if trimmed != written.size // 2:
        raise RuntimeError(f"{trimmed} of {written.size} records were trimmed")


@contextmanager
def _steering(records: int, step: Step) -> Iterator[Contest]:
    yield Contest(_way(records, step), {_SMALL: _way(1000, step)})


def _way(size: int, step: Step) -> Way:
    from pytest_ddbstreams import StreamsMock

    written = stored(size)
    streams = StreamsMock()

    def run() -> None:
        step(streams.stream("table"), written)

    return Way(run, lambda _: written.into(streams))
