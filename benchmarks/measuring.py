"""Times several variants of one thing in turn, and compares the times.

This module uses the machine's clock and the garbage collector. It knows nothing about what it times.
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

#: A row with fewer rounds does so much in each round that an extra one would take too long.
_MIN_ROUNDS_FOR_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """The sizes that one run of the benchmarks uses.

    Attributes:
        records: number of records in the large shard.
        listed: number of shards in the large stream, and of streams in the large mock.
        writes: numbers of records to write, one row for each.
        divisor: the number of rounds of every row is divided by it.
    """

    records: int
    listed: int
    writes: Sequence[int]
    divisor: int = 1


def nothing(_runs: int) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to do what a row measures.

    Attributes:
        run: does it once.
        prepare: called before each timing with the number of runs that follow, and not timed.
        units: number of records, or of other units, that one run handles.
    """

    run: Callable[[], object]
    prepare: Callable[[int], object] = nothing
    units: int = 1


class Comparison(NamedTuple):
    """The variant that uses this package, and the other variants by the name of their column."""

    ours: Variant
    others: Mapping[str, Variant]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one row.

    Attributes:
        figure: the package's time or memory for one unit, in the section's unit of measure.
        ratios: the figure divided by the other variant's figure, by column.
        ceiling: upper limit of the figure, or None.
        limits: upper limits of the ratios, by column.
    """

    name: str
    figure: float
    ratios: Mapping[str, float]
    ceiling: float | None
    limits: Mapping[str, float]

    @property
    def over(self) -> list[str]:
        """One line for each figure or ratio that is over its limit."""
        lines = [
            f"{self.name}, beside {column}: {ratio:.4g} > {self.limits[column]:.4g}"
            for column, ratio in self.ratios.items()
            if column in self.limits and ratio > self.limits[column]
        ]
        if self.ceiling is not None and self.figure > self.ceiling:
            lines.append(f"{self.name}: {self.figure:.4g} > {self.ceiling:.4g}")
        return lines


class Row(Protocol):
    """A row of a table before it is measured."""

    @property
    def name(self) -> str:
        """Name of the row."""

    def measure(self, divisor: int) -> Result:
        """Measure the row, in fewer rounds if the divisor is greater than 1."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that have the same columns.

    Attributes:
        title: heading of the table.
        unit: unit of measure of the figures.
        columns: names of the other variants.
        rows: the rows to measure.
    """

    title: str
    unit: str
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Timed:
    """A row in milliseconds.

    Attributes:
        name: name of the row.
        open: makes the variants; they exist while the context is open.
        limits: upper limits of the ratios, by column.
        ceiling: upper limit in milliseconds, or None.
        rounds: number of timings of each variant.
        calls: number of runs in one timing. A variant with several runs also runs once before, untimed.
    """

    name: str
    open: Callable[[], AbstractContextManager[Comparison]]
    limits: Mapping[str, float] = field(default_factory=dict)
    ceiling: float | None = None
    rounds: int = 60
    calls: int = 1

    def measure(self, divisor: int) -> Result:
        """Time all variants in each round, and return the medians of the ratios."""
        with self.open() as comparison, _quiet_collector():
            variants = [comparison.ours, *comparison.others.values()]
            order = Random(self.name)  # noqa: S311 - the same in every run
            if self.rounds >= _MIN_ROUNDS_FOR_WARM_UP:
                self._round(variants, order)
            rounds = range(max(1, self.rounds // divisor))
            ours, *others = zip(*(self._round(variants, order) for _ in rounds), strict=True)
        # One ratio for each round, because a slow spell of the machine slows all variants of a round.
        ratios = [median(a / b for a, b in zip(ours, other, strict=True)) for other in others]
        return Result(
            self.name,
            median(ours) * 1000,
            dict(zip(comparison.others, ratios, strict=True)),
            self.ceiling,
            self.limits,
        )

    def _round(self, variants: Sequence[Variant], order: Random) -> list[float]:
        # A new order in each round: the variant after the floor finds botocore's code in the processor's caches.
        turns = order.sample(range(len(variants)), len(variants))
        seconds = {turn: self._time(variants[turn]) for turn in turns}
        return [seconds[turn] for turn in range(len(variants))]

    def _time(self, variant: Variant) -> float:
        is_repeated = self.calls > 1
        variant.prepare(self.calls + is_repeated)
        gc.collect()
        if is_repeated:
            # Later collections skip the objects that are alive now, such as those of the call log.
            gc.freeze()
            # The variant before left other code in the processor's caches.
            variant.run()
        start = perf_counter()
        for _ in range(self.calls):
            variant.run()
        return (perf_counter() - start) / self.calls / variant.units


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Disable automatic collections, and exempt the objects that are alive now from explicit ones."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
