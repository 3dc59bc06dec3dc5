"""What a log of calls proves of the reading of each shard, beside what the shards hold.

It changes nothing: records past the 24 hours count as trimmed here, whether or not anybody has looked since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from .._operations.calls import is_not_found, opening_of, reading_of
from .spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.calls import Call, Opening, Reading

#: How much of a message is evidence; the rest is counted.
SHOWN = 5

_LATE = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(slots=True)
class Trail:
    """The readers' trail through one shard, each step with the index of its call."""

    openings: dict[int, Opening] = field(default_factory=dict)
    readings: dict[int, Reading] = field(default_factory=dict)

    @property
    def start(self) -> Opening | None:
        """How the shard was opened first."""
        return next(iter(self.openings.values()), None)

    @property
    def starts(self) -> list[int]:
        """Where readers began, or went on."""
        return [
            *(opening.number for opening in self.openings.values()),
            *(each.first for each in self.readings.values()),
        ]

    @property
    def delivered(self) -> Spans:
        return self.delivered_before(None)

    def delivered_before(self, index: int | None) -> Spans:
        """What was delivered before a call; None: in all."""
        spans = Spans()
        for at, reading in self.readings.items():
            if reading.last is not None and (index is None or at < index):
                spans.add(reading.first, reading.last)
        return spans

    def is_resumed(self, shard: ShardState) -> bool:
        """Whether it begins at a checkpoint: what lies before that was delivered earlier, out of this log's sight."""
        start = self.start
        # A shard's StartingSequenceNumber reads like TRIM_HORIZON, and leaves nothing out.
        return start is not None and start.is_by_number and start.number > shard.starting_number + 1


_NOBODYS = Trail()


@dataclass(frozen=True)
class Evidence:
    """A log of calls and what the streams hold.

    Attributes:
        calls: the log.
        streams: every stream.
        now: what time it is.
    """

    calls: Sequence[Call]
    streams: tuple[StreamState, ...]
    now: datetime = _LATE

    @cached_property
    def trails(self) -> dict[tuple[str | None, str | None], Trail]:
        """The trails through all shards that anybody opened or read, by ARN and shard id."""
        trails: dict[tuple[str | None, str | None], Trail] = {}
        for index, call in enumerate(self.calls):
            opening, reading = opening_of(call), reading_of(call)
            if opening is None and reading is None:
                continue
            trail = trails.setdefault((call.stream, call.shard), Trail())
            if opening is not None:
                trail.openings[index] = opening
            if reading is not None:
                trail.readings[index] = reading
        return trails

    @cached_property
    def gone(self) -> dict[tuple[str | None, str | None], int]:
        """For each shard that a reader was told does not exist, by ARN and id: the index of the first such call."""
        gone: dict[tuple[str | None, str | None], int] = {}
        for index, call in enumerate(self.calls):
            if is_not_found(call):
                gone.setdefault((call.stream, call.shard), index)
        return gone

    def trail(self, stream: StreamState, shard: ShardState) -> Trail:
        return self.trails.get((stream.name.arn, shard.id), _NOBODYS)

    def left(self, shard: ShardState) -> int:
        """How many records come before those that can still be read."""
        return shard.count_past_retention(self.now)

    def unread(self, shard: ShardState, spans: Spans, least: int = 0) -> tuple[int, int | None]:
        """How many records can still be read, from a number on, that are not in the spans, and the first of them."""
        log, left = shard.log, self.left(shard)
        count, first = 0, None
        for low, high in spans.gaps(least, shard.last_number):
            start, stop = max(left, log.index_of(low)), log.index_of(high + 1)
            if start < stop:
                count += stop - start
                first = log.number(start) if first is None else first
        return count, first

    def trimmed_through(self, shard: ShardState) -> int | None:
        """The highest number that can not be read any more."""
        left = self.left(shard)
        return shard.log.number(left - 1) if left else shard.log.trimmed_through

    def told(self, index: int) -> str:
        """A call as a message names it."""
        return f"calls[{index}] {self.calls[index]!r}"


def listed(found: Sequence[str], noun: str) -> Iterable[str]:
    """The first lines of evidence, and a line that counts the rest."""
    rest = len(found) - SHOWN
    return [*found[:SHOWN], f"  and {rest} more {noun}"] if rest > 0 else found
