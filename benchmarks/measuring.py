"""Two ways of doing one thing, timed in turn: what is compared, and how.

It knows the clock of the machine and the garbage collector, and nothing of what it times.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


class Pair(NamedTuple):
    """What is timed, and what it is compared with."""

    ours: Callable[[], object]
    other: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, before it is measured.

    Attributes:
        name: what is timed.
        versus: what it is compared with.
        open: makes the pair, for as long as it is measured.
        limit: the ratio that must not be passed, or None.
        rounds: how often each of the two is timed.
        calls: how often each is called for one timing: more of what is quick.
        counts: how many of what the row is about one call does.
    """

    name: str
    versus: str
    open: Callable[[], AbstractContextManager[Pair]]
    limit: float | None = None
    rounds: int = 60
    calls: int = 1
    counts: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """A row that was measured: seconds of one of what it is about, and their ratio."""

    row: Row
    ours: float
    other: float
    ratio: float

    @property
    def is_over(self) -> bool:
        """Whether the ratio is over the row's limit."""
        return self.row.limit is not None and self.ratio > self.row.limit


def measure(row: Row) -> Result:
    """Time the two of a row in turn; the first to go alternates, so that neither gains by its place."""
    with row.open() as pair, _quiet_collector():
        _time(pair.ours, row.calls)
        _time(pair.other, row.calls)
        times = [_round(pair, row.calls, swapped=number % 2 == 1) for number in range(row.rounds)]
    per_one = row.calls * row.counts
    return Result(
        row,
        median(ours for ours, _ in times) / per_one,
        median(other for _, other in times) / per_one,
        # Of each round by itself: what slows the machine for a while slows both halves of a round.
        median(ours / other for ours, other in times),
    )


def _round(pair: Pair, calls: int, *, swapped: bool) -> tuple[float, float]:
    gc.collect()
    if swapped:
        other = _time(pair.other, calls)
        return _time(pair.ours, calls), other
    return _time(pair.ours, calls), _time(pair.other, calls)


def _time(function: Callable[[], object], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        function()
    return perf_counter() - start


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Collect between timings only, and only what the timings made."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
