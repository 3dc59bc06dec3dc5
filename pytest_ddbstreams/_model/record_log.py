"""The records of one shard, oldest first, in columns.

A record's text is opaque here, and comes in two parts: a head, which records of one kind share, and the rest. Numbers
strictly increase, so every look-up is a bisection, and a page costs what it returns, wherever it starts. Trimmed
records leave from the front; what is left of them is one number.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import add
from typing import TYPE_CHECKING, Final, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many trimmed records are let go at a time, in a fraction of a millisecond.
LET_GO_AT_ONCE: Final = 4096


class Texts(Sequence[bytes]):
    """Texts that are put together when somebody looks at them."""

    __slots__ = ("_heads", "_rests")

    def __init__(self, heads: list[bytes], rests: list[bytes]) -> None:
        self._heads = heads
        self._rests = rests

    def __len__(self) -> int:
        return len(self._rests)

    def __iter__(self) -> Iterator[bytes]:
        return map(add, self._heads, self._rests)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Texts: ...
    def __getitem__(self, index: int | slice) -> bytes | Texts:
        if isinstance(index, slice):
            return Texts(self._heads[index], self._rests[index])
        return self._heads[index] + self._rests[index]


class RecordLog:
    """An append-only column store of encoded records that can be trimmed from the front."""

    __slots__ = ("_first", "_heads", "_kept", "_numbers", "_rests", "_sizes", "_times", "trimmed", "trimmed_through")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        # Epoch seconds, never falling: a record counts as no older than those before it, so that the trim
        # horizon and AT_TIMESTAMP stay one place in the order even when a clock was moved back.
        self._times = array("d")
        self._sizes = array("Q")
        self._heads: list[bytes] = []
        self._rests: list[bytes] = []
        self._first = 0
        # Where that begins of which the memory is not let go yet.
        self._kept = 0
        #: How many were trimmed.
        self.trimmed = 0
        #: The highest number that was trimmed, or None.
        self.trimmed_through: int | None = None

    def __len__(self) -> int:
        return len(self._numbers) - self._first

    def append(self, number: int, time: float, size: int, rest: bytes, head: bytes = b"") -> None:
        times = self._times
        if len(times) > self._first and times[-1] > time:
            time = times[-1]
        self._numbers.append(number)
        times.append(time)
        self._sizes.append(size)
        self._heads.append(head)
        self._rests.append(rest)
        if self._first:
            self._compact()

    def texts(self) -> Texts:
        """All texts that are still there; what is written or trimmed later changes nothing in them."""
        return self._between(self._first, None)

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

    def page(self, number: int, limit: int, max_bytes: int) -> tuple[Sequence[bytes], int | None]:
        """The texts from a number on, and the last number among them, None for none.

        Up to a limit, or as many as fit, and at least one if there is one.
        """
        start = bisect_left(self._numbers, number, lo=self._first)
        sizes = self._sizes[start : start + limit]
        if not sizes:
            return [], None
        fits = sum(sizes) <= max_bytes
        stop = start + (len(sizes) if fits else max(1, bisect_left(list(accumulate(sizes)), max_bytes + 1)))
        return self._between(start, stop), self._numbers[stop - 1]

    def stretch(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """The records from a number on, up to a limit, each with its number."""
        start = bisect_left(self._numbers, number, lo=self._first)
        stop = start + limit
        return list(zip(self._numbers[start:stop], self._between(start, stop), strict=True))

    def drop(self, count: int) -> int:
        """Trim that many records from the front; says how many there were."""
        count = max(min(count, len(self)), 0)
        if count:
            self._first += count
            self.trimmed += count
            self.trimmed_through = self._numbers[self._first - 1]
        self._let_go()
        return count

    def drop_before(self, time: float) -> int:
        """Trim the records that were written before a time; says how many there were."""
        first = self._first
        # Most who ask find that all are young enough, and nothing to let go: they go no further.
        times = self._times
        if first == self._kept and (first == len(times) or times[first] >= time):
            return 0
        return self.drop(self.index_at(time))

    def truncate_after(self, number: int) -> None:
        """Take back the records above a number: an unfinished bulk write."""
        end = self._first + self.index_of(number + 1)
        for column in self._columns():
            del column[end:]

    def _between(self, start: int, stop: int | None) -> Texts:
        return Texts(self._heads[start:stop], self._rests[start:stop])

    def _columns(self) -> tuple[list[int], array[float], array[int], list[bytes], list[bytes]]:
        return self._numbers, self._times, self._sizes, self._heads, self._rests

    def _let_go(self) -> None:
        # Freeing a million texts takes tens of milliseconds, which no trim shall wait for: whoever comes frees a few.
        start, stop = self._kept, min(self._first, self._kept + LET_GO_AT_ONCE)
        if start < stop:
            self._numbers[start:stop] = [0] * (stop - start)
            self._rests[start:stop] = [b""] * (stop - start)
            self._kept = stop

    def _compact(self) -> None:
        self._let_go()
        # Half of the columns must be dead before they are moved, so each record is moved once on average.
        if self._kept == self._first >= len(self):
            for column in self._columns():
                del column[: self._first]
            self._first = self._kept = 0
