"""Ways of doing one thing, timed in turn: what is compared, and how.

It knows the clock of the machine and the garbage collector, and nothing of what it times.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

#: Rows of fewer rounds do so much in each that a round to warm up would only take time.
_WARMED_UP = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a run of the benchmarks takes on.

    Attributes:
        records: how many records the large shard holds.
        many: how many shards a large stream has, and how many streams a large mock.
        writes: how many records are written, in one row after the other.
        hurry: divides the rounds.
    """

    records: int
    many: int
    writes: Sequence[int]
    hurry: int = 1


def nothing(_runs: int) -> None:
    """What there is to prepare, mostly."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of doing a thing.

    Attributes:
        run: does it.
        prepare: called before each timing, told how many runs follow; not timed.
        counts: how many of what the row is about one run does.
    """

    run: Callable[[], object]
    prepare: Callable[[int], object] = nothing
    counts: int = 1


class Contest(NamedTuple):
    """Our way, and what it is compared with, by column."""

    ours: Way
    others: Mapping[str, Way]


@dataclass(frozen=True, slots=True)
class Result:
    """A row that was measured.

    Attributes:
        figure: what one of what the row is about costs us, in the section's unit.
        ratios: by column, our figure divided by the other's.
        ceiling: what the figure must not pass, or None.
        limits: by column, what the ratio must not pass.
    """

    name: str
    figure: float
    ratios: Mapping[str, float]
    ceiling: float | None
    limits: Mapping[str, float]

    @property
    def over(self) -> list[str]:
        """What is over its limit, each as a line."""
        told = [
            f"{self.name}, beside {column}: {ratio:.4g} > {self.limits[column]:.4g}"
            for column, ratio in self.ratios.items()
            if column in self.limits and ratio > self.limits[column]
        ]
        if self.ceiling is not None and self.figure > self.ceiling:
            told.append(f"{self.name}: {self.figure:.4g} > {self.ceiling:.4g}")
        return told


class Row(Protocol):
    """A row of a table, before it is measured."""

    @property
    def name(self) -> str:
        """What is measured."""

    def measure(self, hurry: int) -> Result:
        """Measure it; the greater the hurry, the fewer rounds."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that are compared with the same things.

    Attributes:
        title: what its rows are about.
        unit: of the figures.
        columns: what our way is compared with.
        rows: what is measured.
    """

    title: str
    unit: str
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Timed:
    """A row in milliseconds.

    Attributes:
        name: what is timed.
        open: makes the contest, for as long as it is measured.
        limits: by column, the ratio that must not be passed.
        ceiling: the milliseconds that must not be passed, or None.
        rounds: how often each way is timed.
        calls: how often each is run for one timing: more of what is quick, and then once more before, not timed.
    """

    name: str
    open: Callable[[], AbstractContextManager[Contest]]
    limits: Mapping[str, float] = field(default_factory=dict)
    ceiling: float | None = None
    rounds: int = 60
    calls: int = 1

    def measure(self, hurry: int) -> Result:
        """Time all ways in turn, in an order that changes from round to round, so that none gains by its place."""
        with self.open() as contest, _quiet_collector():
            ways = [contest.ours, *contest.others.values()]
            order = Random(self.name)  # noqa: S311 - the same in every run
            if self.rounds >= _WARMED_UP:
                self._round(ways, order)
            rounds = range(max(1, self.rounds // hurry))
            ours, *others = zip(*(self._round(ways, order) for _ in rounds), strict=True)
        # Of each round by itself: what slows the machine for a while slows all of a round.
        ratios = [median(map(_ratio, ours, other)) for other in others]
        return Result(
            self.name,
            median(ours) * 1000,
            dict(zip(contest.others, ratios, strict=True)),
            self.ceiling,
            self.limits,
        )

    def _round(self, ways: Sequence[Way], order: Random) -> list[float]:
        # Not one way always after the same other: who follows the floor finds botocore's code in the caches.
        turns = order.sample(range(len(ways)), len(ways))
        seconds = {turn: self._time(ways[turn]) for turn in turns}
        return [seconds[turn] for turn in range(len(ways))]

    def _time(self, way: Way) -> float:
        is_repeated = self.calls > 1
        way.prepare(self.calls + is_repeated)
        gc.collect()
        if is_repeated:
            # No later collection looks through what this one found alive, the log of calls for one.
            gc.freeze()
            # Who had the turn before left the processor's caches full of other code.
            way.run()
        start = perf_counter()
        for _ in range(self.calls):
            way.run()
        return (perf_counter() - start) / self.calls / way.counts


def _ratio(ours: float, other: float) -> float:
    return ours / other


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
