"""The records of one shard, oldest first, in columns.

A record's text is opaque here. Numbers strictly increase, so every look-up is a bisection, and a page costs what
it returns, wherever it starts. Trimmed records leave from the front; what is left of them is one number.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Page(NamedTuple):
    """What one read returns: the texts, and the last number among them (None for an empty page)."""

    texts: list[bytes]
    last_number: int | None


class RecordLog:
    """An append-only column store of encoded records that can be trimmed from the front."""

    __slots__ = ("_first", "_numbers", "_sizes", "_texts", "_times", "trimmed", "trimmed_through")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        # Epoch seconds, never falling: a record counts as no older than those before it, so that the trim
        # horizon and AT_TIMESTAMP stay one place in the order even when a clock was moved back.
        self._times = array("d")
        self._sizes = array("Q")
        self._texts: list[bytes] = []
        self._first = 0
        #: How many were trimmed.
        self.trimmed = 0
        #: The highest number that was trimmed, or None.
        self.trimmed_through: int | None = None

    def __len__(self) -> int:
        return len(self._numbers) - self._first

    def append(self, number: int, time: float, size: int, text: bytes) -> None:
        times = self._times
        self._numbers.append(number)
        times.append(max(time, times[-1]) if times else time)
        self._sizes.append(size)
        self._texts.append(text)

    def text(self, index: int) -> bytes:
        """The text of the index-th record that is still there."""
        return self._texts[self._first + index]

    def texts(self) -> list[bytes]:
        """All texts that are still there, as a list of its own."""
        return self._texts[self._first :]

    def times(self) -> Iterator[float]:
        """When the records that are still there were written, in epoch seconds."""
        return islice(self._times, self._first, None)

    def time(self, index: int) -> float:
        """When the index-th record that is still there was written, in epoch seconds."""
        return self._times[self._first + index]

    def number(self, index: int) -> int:
        """The number of the index-th record that is still there."""
        return self._numbers[self._first + index]

    def index_of(self, number: int) -> int:
        """How many records that are still there come before this number."""
        return bisect_left(self._numbers, number, lo=self._first) - self._first

    def index_at(self, time: float) -> int:
        """How many records that are still there were written before this time."""
        return bisect_left(self._times, time, lo=self._first) - self._first

    def page(self, number: int, limit: int, max_bytes: int) -> Page:
        """The records from a number on: up to a limit, or as many as fit, and at least one if there is one."""
        start = bisect_left(self._numbers, number, lo=self._first)
        sums = list(accumulate(self._sizes[start : start + limit]))
        if not sums:
            return Page([], None)
        count = len(sums) if sums[-1] <= max_bytes else max(1, bisect_left(sums, max_bytes + 1))
        stop = start + count
        return Page(self._texts[start:stop], self._numbers[stop - 1])

    def stretch(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """The records from a number on, up to a limit, each with its number."""
        start = bisect_left(self._numbers, number, lo=self._first)
        return list(zip(self._numbers[start : start + limit], self._texts[start : start + limit], strict=True))

    def drop(self, count: int) -> int:
        """Trim that many records from the front; says how many there were."""
        count = min(count, len(self))
        if count > 0:
            self._first += count
            self.trimmed += count
            self.trimmed_through = self._numbers[self._first - 1]
            self._compact()
        return max(count, 0)

    def truncate_after(self, number: int) -> None:
        """Take back the records above a number: an unfinished bulk write."""
        end = self._first + self.index_of(number + 1)
        for column in (self._numbers, self._times, self._sizes, self._texts):
            del column[end:]

    def _compact(self) -> None:
        # Half of the columns must be dead before they are moved, so each record is moved once on average.
        if self._first * 2 >= len(self._numbers):
            for column in (self._numbers, self._times, self._sizes, self._texts):
                del column[: self._first]
            self._first = 0
