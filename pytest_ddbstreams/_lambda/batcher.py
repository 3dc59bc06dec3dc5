"""Batches of the records of a shard, and the tumbling windows that the batches belong to.

A shard has one `Batcher` for each batch that may be under way at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .._clock import later
from .events import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .events import StoredRecord
    from .invocations import Invocation
    from .settings import Settings

#: Reasons for an invocation.
FULL: Final = "full"
PAYLOAD: Final = "payload"
WINDOW: Final = "window"
AVAILABLE: Final = "available"
RETRY: Final = "retry"
BISECT: Final = "bisect"
REMAINDER: Final = "remainder"
DUPLICATE: Final = "duplicate"
TUMBLED: Final = "tumbled"
FINAL: Final = "final"

#: "The function is invoked when the payload reaches 6 MB." D
LARGEST_PAYLOAD: Final = 6 * 1024 * 1024
#: "The maximum size of the state is 1 MB." A larger state ends its window early. D
LARGEST_STATE: Final = 1024 * 1024

# Bytes of an event without its records.
_ENVELOPE_SIZE = len(_json.encode({"Records": []}))
# More bytes than `Window.members` needs without the state. Most are for the ARN, which has up to 1024 characters.
_WINDOW_MEMBERS_SIZE = 1300


@dataclass(slots=True)
class Window:
    """A tumbling window, and the state that the function returned in it.

    Each invocation in a window gets the state that the one before it returned. Windows are aligned to the epoch (I).

    Attributes:
        start: the first instant of the window.
        end: the first instant after the window.
        state: the state that the function returned last, as JSON text.
    """

    start: datetime
    end: datetime
    state: bytes = b"{}"

    @classmethod
    def at(cls, created_at: float, seconds: int) -> Window:
        """Return the window of a record.

        Args:
            created_at: time of the record in seconds since the epoch.
            seconds: length of the window.
        """
        start = datetime.fromtimestamp(created_at - created_at % seconds, timezone.utc)
        return cls(start, later(start, timedelta(seconds=seconds)))

    def holds(self, record: StoredRecord) -> bool:
        """Return whether the time of a record lies in the window."""
        return self.start.timestamp() <= record.created_at < self.end.timestamp()

    @property
    def is_overfull(self) -> bool:
        """Whether the state is too large for another invocation."""
        return len(self.state) > LARGEST_STATE

    def members(self, shard_id: str, arn: str, *, is_final: bool) -> bytes:
        """Return the members of an event in this window, without the records, as JSON text."""
        members: dict[str, Any] = {
            "window": {"start": instant_text(self.start), "end": instant_text(self.end)},
            "state": _json.decode(self.state),
            "shardId": shard_id,
            "eventSourceARN": arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_final and self.is_overfull,
        }
        return _json.encode(members)


@dataclass(slots=True)
class Batch:
    """The records of one event, until the function has processed them or they are given up.

    Attributes:
        records: the records; none for the final invocation of a window.
        reason: reason of the first invocation with them.
        window: the tumbling window of the records, or None.
        last: the last invocation with them, or None.
        is_duplicate: whether the function has processed them before.
    """

    records: list[StoredRecord]
    reason: str
    window: Window | None = None
    last: Invocation | None = None
    is_duplicate: bool = False

    @property
    def attempts(self) -> int:
        """How many invocations there were with this batch."""
        return 0 if self.last is None else self.last.attempt

    @property
    def is_final(self) -> bool:
        """Whether the batch ends a tumbling window."""
        return self.reason == FINAL

    def window_members(self, shard_id: str, arn: str) -> bytes:
        """Return the members that a tumbling window adds to the event, as JSON text; an empty object without one."""
        if self.window is None:
            return _json.encode({})
        return self.window.members(shard_id, arn, is_final=self.is_final)

    def split_before(self, number: int | None) -> tuple[list[StoredRecord], list[StoredRecord]]:
        """Return the records before a sequence number, and the records from it on; with None, all come second."""
        if number is None:
            return [], self.records
        below = [record for record in self.records if record.number < number]
        return below, self.records[len(below) :]

    def halves(self) -> list[Batch]:
        """Return the batch split in two; the first half is the larger one if the count of records is odd."""
        middle = (len(self.records) + 1) // 2
        return [self.part(self.records[:middle], BISECT), self.part(self.records[middle:], BISECT)]

    def part(self, records: list[StoredRecord], reason: str) -> Batch:
        """Return a new batch of some of the records, without attempts so far."""
        return Batch(records, reason, window=self.window, is_duplicate=self.is_duplicate or reason == DUPLICATE)


class Batcher:
    """A maker of batches, of which one is under way at a time.

    Attributes:
        index: index among the batchers of the shard, from 0.
        pending: batches that are cut, the next one first.
        gathered: records that wait for their batch to be cut.
        retry_at: when `EventSourceMapping.drain` tries the first pending batch again, or None.
        window: the open tumbling window, or None.
    """

    def __init__(self, index: int, settings: Settings, arn: str) -> None:
        self.index = index
        self.pending: deque[Batch] = deque()
        self.gathered: list[StoredRecord] = []
        self.retry_at: datetime | None = None
        self.window: Window | None = None
        self._settings = settings
        self._arn = arn
        #: When the first of the gathered records was read.
        self._gathered_since: datetime | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no batch is pending, no record is gathered and no window is open."""
        return not self.pending and not self.gathered and self.window is None

    @property
    def waiting(self) -> int:
        """How many records are pending or gathered."""
        return sum(len(batch.records) for batch in self.pending) + len(self.gathered)

    @property
    def room(self) -> int:
        """How many more records the next batch may have."""
        return max(0, self._settings.batch_size - len(self.gathered))

    def gather(self, records: Iterable[StoredRecord], now: datetime) -> None:
        """Add records that were read now."""
        self.gathered.extend(records)
        if self._gathered_since is None and self.gathered:
            self._gathered_since = now

    def next_batch(self, now: datetime, *, is_window_over: bool) -> Batch | None:
        """Return the batch for the next invocation, or None if records have to wait.

        Args:
            now: the time.
            is_window_over: whether the open window ends, because it gets no more records.
        """
        if not self.pending:
            if self._must_end_window(is_over=is_window_over):
                self.pending.append(Batch([], FINAL, window=self.window))
            elif batch := self._cut(now):
                self.pending.append(batch)
        return self.pending[0] if self.pending else None

    def release(self) -> list[StoredRecord]:
        """Return the records that are pending or gathered, in order, and forget them; an open window stays open."""
        records = [record for batch in self.pending for record in batch.records] + self.gathered
        self.pending.clear()
        self.gathered = []
        self.retry_at = self._gathered_since = None
        return records

    def replace(self, parts: list[Batch]) -> None:
        """Replace the first pending batch by other batches."""
        self.drop()
        self.pending.extendleft(reversed(parts))

    def drop(self) -> None:
        """Remove the first pending batch, which was processed or given up."""
        if self.pending.popleft().is_final:
            self.window = None
        self.retry_at = None

    def due(self, *, nothing_to_read: bool) -> datetime | None:
        """Return when the next batch is due if no more records are read, or None if it needs more records."""
        if self.pending:
            return self.retry_at
        if self._gathered_since is not None:
            return later(self._gathered_since, self._batching_window)
        return self.window.end if self.window is not None and nothing_to_read else None

    @property
    def _batching_window(self) -> timedelta:
        return timedelta(seconds=self._settings.maximum_batching_window_in_seconds)

    def _must_end_window(self, *, is_over: bool) -> bool:
        if self.window is None:
            return False
        if self.window.is_overfull:
            return True
        if self.gathered:
            return not self.window.holds(self.gathered[0])
        return is_over

    def _cut(self, now: datetime) -> Batch | None:
        """Cut a batch off the gathered records, if the batching window allows it."""
        if self._gathered_since is None:
            return None
        self._open_window()
        count, reason = self._count_and_reason()
        if reason in {WINDOW, AVAILABLE} and now < later(self._gathered_since, self._batching_window):
            return None
        batch = Batch(self.gathered[:count], reason, window=self.window)
        del self.gathered[:count]
        if not self.gathered:
            self._gathered_since = None
        return batch

    def _open_window(self) -> None:
        seconds = self._settings.tumbling_window_in_seconds
        if seconds and self.window is None:
            self.window = Window.at(self.gathered[0].created_at, seconds)

    def _count_and_reason(self) -> tuple[int, str]:
        """Return how many of the gathered records the next batch gets, and the reason for its invocation."""
        fitting = self._count_fitting()
        count = min(self._settings.batch_size, fitting, self._count_in_window())
        if count == self._settings.batch_size:
            return count, FULL
        if count < len(self.gathered):
            return count, PAYLOAD if count == fitting else TUMBLED
        return count, WINDOW if self._batching_window else AVAILABLE

    def _count_fitting(self) -> int:
        """Return how many of the gathered records fit into a payload beside the state of their window."""
        # The first record always fits: each of its two images has up to 400 KB, or 2.4 MB if every byte is escaped, and
        # the state has up to 1 MB.
        window_members = 0 if self.window is None else _WINDOW_MEMBERS_SIZE + len(self.window.state)
        room = LARGEST_PAYLOAD - _ENVELOPE_SIZE - window_members
        sizes = accumulate(record.size_in_event(self._arn) for record in self.gathered)
        return sum(size <= room for size in sizes)

    def _count_in_window(self) -> int:
        """Return how many of the gathered records, from the first one on, belong to the open window."""
        if self.window is None:
            return len(self.gathered)
        return sum(1 for _ in takewhile(self.window.holds, self.gathered))
