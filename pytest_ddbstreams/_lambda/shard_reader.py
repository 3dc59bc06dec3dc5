"""A shard as a mapping reads it: by position, under the lock of its fake, and not in the log of calls.

What a mapping reads stays where it is, for other readers; what is trimmed before it was read is lost to it. A handle
gives decoded dicts, and its reads would cost several times what an event is made for: here are texts and numbers.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from .. import _json
from .._exceptions import StreamStateError
from .batcher import Lane
from .events import Entry, event_of_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._service import Service
    from .settings import Settings


class Stretch(NamedTuple):
    """What one read found.

    Attributes:
        entries: the records.
        after: the number to go on from.
        lost_through: the highest number that was trimmed before it could be read, or None.
        is_last: whether the shard is closed and nothing comes after these.
    """

    entries: list[Entry]
    after: int
    lost_through: int | None
    is_last: bool


class Source:
    """One stream."""

    def __init__(self, service: Service, state: StreamState) -> None:
        self._service = service
        self._state = state
        self.arn = state.name.arn
        self.region = state.name.region
        self.account = state.name.account
        self.seed = service.options.seed

    def now(self) -> datetime:
        """What time it is."""
        return self._service.use()

    def wait_until(self, instant: datetime) -> None:
        """Move the clock on, unless it is there: one that nobody froze runs while it is looked at.

        Raises:
            StreamStateError: whoever rules the clock does not move it.
        """
        if self.now() < instant and self._service.clock.move_to(instant) < instant:
            raise StreamStateError(
                f"the clock was to move to {instant.isoformat()} and stands at {self.now().isoformat()}"
            )

    def shards(self) -> tuple[ShardState, ...]:
        """The shards that are listed now, in the order of opening.

        Raises:
            StreamStateError: the mock was reset, and the stream is gone.
        """
        with self._service.lock:
            if not self._service.registry.holds(self._state):
                raise StreamStateError(f"stream {self.arn} is gone since the mock was reset; so is this mapping")
            now = self.now()
            self._state.advance(now)
            return tuple(self._state.lineage.listed_after(None, now))

    def place(self, shard: ShardState, start: Callable[[ShardState], int]) -> int:
        """A sequence number that a shard is asked for while it stands still."""
        with self._service.lock:
            self._forget(shard)
            return start(shard)

    def read(self, shard: ShardState, number: int, limit: int) -> Stretch:
        """The records of a shard from a number on, up to a limit."""
        with self._service.lock:
            self._forget(shard)
            lost = shard.log.trimmed_through if shard.is_trimmed(number) else None
            entries = [Entry(*each) for each in shard.log.stretch(number, limit)]
            after = entries[-1].number + 1 if entries else max(number, shard.horizon)
            return Stretch(entries, after, lost, not shard.has_more_after(after))

    def trimmed_through(self, shard: ShardState) -> int:
        """The highest number that is trimmed; 0 if nothing is."""
        with self._service.lock:
            self._forget(shard)
            return shard.log.trimmed_through or 0

    def _forget(self, shard: ShardState) -> None:
        shard.trim_past_retention(self.now())


class Track:
    """One shard.

    Attributes:
        shard: the shard.
        lanes: as many as the parallelization factor says; order is kept per item, and an item keeps its lane.
        number: the sequence number to read on from.
        nothing_to_read: whether the last look found no record that is not read.
        is_read_out: whether it is closed and read to its end.
        passed_over: how many records the filters kept out.
    """

    def __init__(self, shard: ShardState, number: int, settings: Settings, source: Source) -> None:
        self.shard = shard
        self.lanes = [Lane(place, settings, source.arn) for place in range(settings.parallelization_factor)]
        self.number = number
        self.nothing_to_read = False
        self.is_read_out = False
        self.passed_over = 0
        self._settings = settings
        self._source = source
        self._unfinished: deque[int] = deque()
        self._finished: set[int] = set()
        self._checkpoint: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of it, and nothing will come."""
        return self.is_read_out and all(lane.is_idle for lane in self.lanes)

    @property
    def checkpoint(self) -> str | None:
        """The sequence number up to which every record is done; None before the first is."""
        return None if self._checkpoint is None else str(self._checkpoint)

    def fill(self, now: datetime) -> tuple[int, int] | None:
        """Read until a lane has no room, or there is nothing to read.

        Returns:
            Between which numbers records were trimmed before they could be read, if any were.
        """
        lost = None
        self.nothing_to_read = self.is_read_out
        while not self.nothing_to_read and not all(lane.pending for lane in self.lanes):
            room = min(lane.room for lane in self.lanes)
            if not room:
                break
            found = self._source.read(self.shard, self.number, room)
            if found.lost_through is not None:
                lost = self.number, found.lost_through
            self._take(found, now)
        return lost

    def finish(self, entries: Iterable[Entry]) -> None:
        """Records are done: delivered, or given up."""
        self._finish(entry.number for entry in entries)

    def _finish(self, numbers: Iterable[int]) -> None:
        self._finished.update(numbers)
        while self._unfinished and self._unfinished[0] in self._finished:
            self._checkpoint = self._unfinished.popleft()
            self._finished.remove(self._checkpoint)

    def _take(self, found: Stretch, now: datetime) -> None:
        self.number, self.is_read_out = found.after, found.is_last
        self.nothing_to_read = not found.entries
        self._unfinished.extend(entry.number for entry in found.entries)
        if len(self.lanes) == 1 and not self._settings.filters:
            self.lanes[0].gather(found.entries, now)
        else:
            self._sort(found.entries, now)

    def _sort(self, entries: list[Entry], now: datetime) -> None:
        """Pass over what the filters keep out, and give the rest to the lanes of their items."""
        filters, seed = self._settings.filters, self._source.seed & 0xFFFFFFFF
        records = event_of_texts([entry.text for entry in entries], self._source.arn)["Records"]
        kept_out = []
        for entry, record in zip(entries, records, strict=True):
            if filters and not any(each.fits(record) for each in filters):
                kept_out.append(entry.number)
                continue
            key = _json.encode(record["dynamodb"]["Keys"])
            self.lanes[crc32(key, seed) % len(self.lanes)].gather([entry], now)
        self.passed_over += len(kept_out)
        self._finish(kept_out)
