"""The records of one shard, oldest first: an append-only log that is trimmed from its front.

The log keeps the sequence number of each record, the time at which it was written, its SizeBytes and its encoded text,
and never decodes that text. Sequence numbers and times only rise, so a look-up is a bisection, and the cost of a page
depends on its length only, wherever it starts.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate


class RecordLog:
    """The records of one shard, in columns. Index 0 is the oldest record that is not trimmed.

    Attributes:
        trimmed: how many records were trimmed.
        trimmed_through: the highest sequence number that was trimmed; None before the first trim.
    """

    __slots__ = ("_encoded", "_first", "_numbers", "_sizes", "_times", "trimmed", "trimmed_through")

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._times = array("q")  # microseconds since the epoch
        self._sizes = array("Q")
        self._encoded: list[bytes] = []
        # Position in the columns of the oldest record that is not trimmed. The trimmed ones are removed later.
        self._first = 0
        self.trimmed = 0
        self.trimmed_through: int | None = None

    def __len__(self) -> int:
        return len(self._numbers) - self._first

    def append(self, number: int, time: int, size: int, encoded: bytes) -> None:
        """Add a record at the end.

        Args:
            number: its sequence number, higher than all others.
            time: when it is written, in microseconds since the epoch.
            size: its SizeBytes.
            encoded: its encoded text.
        """
        # A test may move the clock back. The record then takes the time of the record before it, because bisection
        # needs times that never fall.
        if self._times and self._times[-1] > time:
            time = self._times[-1]
        self._numbers.append(number)
        self._times.append(time)
        self._sizes.append(size)
        self._encoded.append(encoded)

    def number(self, index: int) -> int:
        """Return the sequence number of the record at an index."""
        return self._numbers[self._first + index]

    def times(self, count: int) -> array[int]:
        """Return when each of the `count` oldest records was written, in microseconds since the epoch."""
        return self._times[self._first : self._first + count]

    def index_of(self, number: int) -> int:
        """Return how many records have a lower sequence number."""
        return bisect_left(self._numbers, number, lo=self._first) - self._first

    def goes_on(self, number: int) -> bool:
        """Return whether there is a record after a sequence number."""
        return bool(self._numbers) and self._numbers[-1] > number

    def index_at(self, time: int) -> int:
        """Return how many records were written before a time, in microseconds since the epoch."""
        return bisect_left(self._times, time, lo=self._first) - self._first

    def encoded(self) -> list[bytes]:
        """Return every record, encoded."""
        return self._encoded[self._first :]

    def page(self, number: int, limit: int, max_bytes: int) -> tuple[list[bytes], int | None]:
        """Return the encoded records from a sequence number on, and the last sequence number among them.

        Args:
            number: the lowest sequence number.
            limit: how many records at most.
            max_bytes: the largest sum of SizeBytes; the first record is returned however large it is.
        """
        start = bisect_left(self._numbers, number, lo=self._first)
        sizes = self._sizes[start : start + limit]
        if not sizes:
            return [], None
        fitting = len(sizes) if sum(sizes) <= max_bytes else bisect_right(list(accumulate(sizes)), max_bytes)
        stop = start + max(1, fitting)
        return self._encoded[start:stop], self._numbers[stop - 1]

    def stretch(self, number: int, limit: int) -> list[tuple[int, bytes]]:
        """Return the encoded records from a sequence number on, up to a limit, each with its sequence number."""
        start = bisect_left(self._numbers, number, lo=self._first)
        stop = start + limit
        return list(zip(self._numbers[start:stop], self._encoded[start:stop], strict=True))

    def trim(self, count: int) -> int:
        """Trim the oldest records, `count` of them or as many as there are; return how many were trimmed."""
        count = max(min(count, len(self)), 0)
        if count:
            self._first += count
            self.trimmed += count
            self.trimmed_through = self._numbers[self._first - 1]
            self._remove_trimmed()
        return count

    def trim_before(self, time: int) -> int:
        """Trim the records that were written before a time; return how many were trimmed."""
        return self.trim(self.index_at(time))

    def truncate_after(self, number: int) -> int:
        """Remove the records above a sequence number, as if they had not been written; return how many there were."""
        kept = self.index_of(number + 1)
        removed = len(self) - kept
        for column in self._columns():
            del column[self._first + kept :]
        self._remove_trimmed()
        return removed

    def _remove_trimmed(self) -> None:
        # Removal moves every record that stays. So it waits until at least as many records are trimmed as stay: on
        # average a trimmed record then costs one move at most, even if records are trimmed one by one.
        if self._first >= len(self):
            for column in self._columns():
                del column[: self._first]
            self._first = 0

    def _columns(self) -> tuple[list[int], array[int], array[int], list[bytes]]:
        return self._numbers, self._times, self._sizes, self._encoded
