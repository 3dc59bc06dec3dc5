"""The reads of each shard in a call log, beside the records that the shard holds.

Evidence changes nothing: records past the 24 hours count as trimmed here, whether or not they were trimmed yet.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from .._operations.calls import is_not_found, opening_of, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._model.journal import Entry
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.calls import Call, Opening, Reading

#: How many lines of evidence a message has; the rest is counted.
SHOWN = 5

_END_OF_TIME = datetime.max.replace(tzinfo=timezone.utc)


class Spans:
    """A set of sequence numbers as ascending spans, both ends included; spans that touch are one.

    The numbers of a page are one span, so that a set costs what its pages cost and not what its records cost.
    """

    __slots__ = ("_highs", "_lows")

    def __init__(self) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []

    def add(self, low: int, high: int) -> None:
        """Add all numbers from `low` to `high`."""
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
        """Say whether all numbers from `low` to `high` are in the set."""
        index = bisect_right(self._lows, low) - 1
        return index >= 0 and high <= self._highs[index]

    def gaps(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the spans between `low` and `high` that are not in the set."""
        for index in range(bisect_left(self._highs, low), len(self._lows)):
            if self._lows[index] > high:
                break
            if low < self._lows[index]:
                yield low, self._lows[index] - 1
            low = self._highs[index] + 1
        if low <= high:
            yield low, high


@dataclass(slots=True)
class Reads:
    """The iterators and the pages of one shard in a call log, by the index of their calls."""

    openings: dict[int, Opening] = field(default_factory=dict)
    readings: dict[int, Reading] = field(default_factory=dict)

    @property
    def start(self) -> Opening | None:
        """The iterator with which the shard was opened first, or None."""
        return next(iter(self.openings.values()), None)

    @property
    def starts(self) -> list[int]:
        """The lowest sequence number of each iterator that was issued or used."""
        return [
            *(opening.number for opening in self.openings.values()),
            *(reading.first for reading in self.readings.values()),
        ]

    @property
    def delivered(self) -> Spans:
        """The sequence numbers that were delivered."""
        return self.delivered_before(None)

    def delivered_before(self, index: int | None) -> Spans:
        """Return the sequence numbers that were delivered before a call; None: in all."""
        spans = Spans()
        for at, reading in self.readings.items():
            if reading.last is not None and (index is None or at < index):
                spans.add(reading.first, reading.last)
        return spans

    def is_resumed(self, shard: ShardState) -> bool:
        """Say whether reading began at a checkpoint: older records were delivered before this call log began."""
        start = self.start
        # A shard's StartingSequenceNumber reads like TRIM_HORIZON, and leaves nothing out.
        return start is not None and start.is_by_number and start.number > shard.starting_number + 1


_NO_READS = Reads()


@dataclass(frozen=True)
class Evidence:
    """The calls of a log beside the streams.

    Attributes:
        calls: the calls, in the order of arrival.
        streams: every stream.
        now: the mock's time.
        journal: what happened to the shards and the calls, in its order.
    """

    calls: Sequence[Call]
    streams: tuple[StreamState, ...]
    now: datetime = _END_OF_TIME
    journal: tuple[Entry, ...] = ()

    @cached_property
    def reads(self) -> dict[tuple[str | None, str | None], Reads]:
        """The reads of each shard that was opened or read, by ARN and shard id."""
        found: dict[tuple[str | None, str | None], Reads] = {}
        for index, call in enumerate(self.calls):
            opening, reading = opening_of(call), reading_of(call)
            if opening is None and reading is None:
                continue
            reads = found.setdefault((call.stream, call.shard), Reads())
            if opening is not None:
                reads.openings[index] = opening
            if reading is not None:
                reads.readings[index] = reading
        return found

    @cached_property
    def not_found(self) -> dict[tuple[str | None, str | None], int]:
        """The index of the first call that was refused because its shard does not exist, by ARN and shard id."""
        first: dict[tuple[str | None, str | None], int] = {}
        for index, call in enumerate(self.calls):
            if is_not_found(call):
                first.setdefault((call.stream, call.shard), index)
        return first

    def reads_of(self, stream: StreamState, shard: ShardState) -> Reads:
        """Return the reads of a shard of a stream."""
        return self.reads.get((stream.name.arn, shard.id), _NO_READS)

    def unreadable(self, shard: ShardState) -> int:
        """Return how many records of a shard's log are past the retention and not trimmed yet."""
        return shard.count_past_retention(self.now)

    def unread(self, shard: ShardState, spans: Spans, least: int = 0) -> tuple[int, int | None]:
        """Return how many readable records are not in the spans, and the sequence number of the first.

        Args:
            shard: the shard.
            spans: the sequence numbers that do not count.
            least: the lowest sequence number that counts.
        """
        log, unreadable = shard.log, self.unreadable(shard)
        count, first = 0, None
        for low, high in spans.gaps(least, shard.last_number):
            start, stop = max(unreadable, log.index_of(low)), log.index_of(high + 1)
            if start < stop:
                count += stop - start
                first = log.number(start) if first is None else first
        return count, first

    def trimmed_through(self, shard: ShardState) -> int | None:
        """Return the highest sequence number that cannot be read any more, or None."""
        unreadable = self.unreadable(shard)
        return shard.log.number(unreadable - 1) if unreadable else shard.log.trimmed_through

    def named(self, index: int) -> str:
        """Return a call as messages name it."""
        return f"calls[{index}] {self.calls[index]!r}"


def listed(found: Sequence[str], noun: str) -> Iterable[str]:
    """Return the first lines of evidence, and a line that counts the others."""
    rest = len(found) - SHOWN
    return [*found[:SHOWN], f"  and {rest} more {noun}"] if rest > 0 else found
