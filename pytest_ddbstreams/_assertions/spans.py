"""Which sequence numbers were delivered: a set of integers as its spans, since pages are contiguous."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Spans:
    """Disjoint spans, ascending, both ends included; those that touch are one."""

    __slots__ = ("_highs", "_lows")

    def __init__(self) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []

    def add(self, low: int, high: int) -> None:
        """Add all numbers from low to high."""
        start = bisect_left(self._highs, low - 1)
        stop = bisect_right(self._lows, high + 1)
        touched = slice(start, stop)
        merged_low = min([low, *self._lows[touched]])
        merged_high = max([high, *self._highs[touched]])
        self._lows[touched] = [merged_low]
        self._highs[touched] = [merged_high]

    def __contains__(self, number: int) -> bool:
        return self.covers(number, number)

    def covers(self, low: int, high: int) -> bool:
        """Whether all numbers from low to high are in it."""
        index = bisect_right(self._lows, low) - 1
        return index >= 0 and high <= self._highs[index]

    def gaps(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The spans between low and high that are not in it."""
        for index in range(bisect_left(self._highs, low), len(self._lows)):
            if self._lows[index] > high:
                break
            if low < self._lows[index]:
                yield low, self._lows[index] - 1
            low = self._highs[index] + 1
        if low <= high:
            yield low, high
