"""Batches: the records that go in one event, how they are gathered, and the tumbling windows that they are of."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .events import created_at, instant_text, size_in_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .events import Entry
    from .invocations import Invocation
    from .settings import Settings

#: Why the function was invoked.
FULL: Final = "full"
PAYLOAD: Final = "payload"
WINDOW: Final = "window"
AVAILABLE: Final = "available"
RETRY: Final = "retry"
BISECT: Final = "bisect"
DUPLICATE: Final = "duplicate"
TUMBLED: Final = "tumbled"
FINAL: Final = "final"


@dataclass(slots=True)
class Batch:
    """Records that go in one event.

    Attributes:
        entries: the records.
        reason: why the function is to be invoked with them: a constant of this module.
        attempts: how often it was.
        window: the tumbling window that they are of, if there is one.
        last: the invocation with them that was the last one.
        is_duplicate: whether they were delivered already.
    """

    entries: list[Entry]
    reason: str
    attempts: int = 0
    window: Window | None = None
    last: Invocation | None = None
    is_duplicate: bool = False

    @property
    def is_final(self) -> bool:
        """Whether it ends a tumbling window."""
        return self.window is not None and not self.entries

    def halves(self) -> list[Batch]:
        """The batch, split in two: the first half is not the smaller one."""
        middle = (len(self.entries) + 1) // 2
        return [self.part(self.entries[:middle], BISECT), self.part(self.entries[middle:], BISECT)]

    def part(self, entries: list[Entry], reason: str) -> Batch:
        """A batch of some of its records, never tried before."""
        return Batch(entries, reason, window=self.window, is_duplicate=self.is_duplicate or reason == DUPLICATE)


#: A state that is larger ends its window early: "The maximum size of the state is 1 MB." D
LARGEST_STATE: Final = 1024 * 1024


@dataclass(slots=True)
class Window:
    """A window of one lane of a shard, and the state that the function made in it.

    Attributes:
        start: when it begins.
        end: when it ends, and the next one begins.
        state: what the function returned last, as JSON text.
    """

    start: datetime
    end: datetime
    state: bytes = b"{}"

    @classmethod
    def at(cls, created: float, seconds: int) -> Window:
        """The window in which a record was written."""
        start = datetime.fromtimestamp(created - created % seconds, timezone.utc)
        return cls(start, start + timedelta(seconds=seconds))

    def holds(self, created: float) -> bool:
        """Whether a record was written in it."""
        return self.start.timestamp() <= created < self.end.timestamp()

    @property
    def is_overfull(self) -> bool:
        """Whether the state is too large to be handed on."""
        return len(self.state) > LARGEST_STATE

    def members(self, shard: str, arn: str, *, is_final: bool) -> bytes:
        """What an event says of it, as JSON text."""
        said: dict[str, Any] = {
            "window": {"start": instant_text(self.start), "end": instant_text(self.end)},
            "state": _json.decode(self.state),
            "shardId": shard,
            "eventSourceARN": arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_final and self.is_overfull,
        }
        return _json.encode(said)


#: "The function is invoked when the payload reaches 6 MB." D
LARGEST_PAYLOAD: Final = 6 * 1024 * 1024
_ENVELOPE = len('{"Records":[]}')
# What an event says of its window, but for the state; an ARN has 1024 characters at most.
_WINDOW_MEMBERS = 1300


class Lane:
    """What is under way and what waits, in order.

    Attributes:
        number: counts the lanes of a shard from 0.
        pending: batches that were made, the one that is tried next first.
        gathered: records that wait for their batch to be made.
        retry_at: when the first pending batch is to be tried again, if somebody waits for that.
        window: the tumbling window that is open.
    """

    __slots__ = ("_arn", "_settings", "_since", "_size", "gathered", "number", "pending", "retry_at", "window")

    def __init__(self, number: int, settings: Settings, arn: str) -> None:
        self.number = number
        self.pending: deque[Batch] = deque()
        self.gathered: list[Entry] = []
        self.retry_at: datetime | None = None
        self.window: Window | None = None
        self._settings = settings
        self._arn = arn
        self._since: datetime | None = None
        self._size = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not self.pending and not self.gathered and self.window is None

    @property
    def room(self) -> int:
        """How many records more it gathers."""
        return max(0, self._settings.batch_size - len(self.gathered))

    def gather(self, entries: Iterable[Entry], now: datetime) -> None:
        """Take records that were read."""
        before = len(self.gathered)
        self.gathered.extend(entries)
        self._size += sum(size_in_event(entry.text, self._arn) for entry in self.gathered[before:])
        if self._since is None and self.gathered:
            self._since = now

    def next_batch(self, now: datetime, *, nothing_to_read: bool, at_end: bool) -> Batch | None:
        """The batch that the function is to be invoked with now, if there is one.

        Args:
            now: what time it is.
            nothing_to_read: whether the shard has no record that was not read.
            at_end: whether it will never have one.
        """
        if not self.pending:
            if self._must_close(now, nothing_to_read, at_end):
                self.pending.append(Batch([], FINAL, window=self.window))
            elif batch := self._cut(now):
                self.pending.append(batch)
        return self.pending[0] if self.pending else None

    def drop(self) -> None:
        """The first pending batch is over, whatever became of it."""
        if self.pending.popleft().is_final:
            self.window = None
        self.retry_at = None

    def due(self, *, nothing_to_read: bool) -> datetime | None:
        """When there will be something to do, if only time is what it waits for."""
        if self.pending:
            return self.retry_at
        if self._since is not None:
            return self._since + timedelta(seconds=self._settings.maximum_batching_window_in_seconds)
        return self.window.end if self.window is not None and nothing_to_read else None

    def _must_close(self, now: datetime, nothing_to_read: bool, at_end: bool) -> bool:  # noqa: FBT001 - facts
        """Whether the open window is to be ended before anything else."""
        if self.window is None or self.window.is_overfull:
            return self.window is not None
        if self.gathered:
            return not self.window.holds(created_at(self.gathered[0].text))
        return at_end or (nothing_to_read and now >= self.window.end)

    def _cut(self, now: datetime) -> Batch | None:
        if self._since is None:
            return None
        if self._settings.tumbling_window_in_seconds and self.window is None:
            created = created_at(self.gathered[0].text)
            self.window = Window.at(created, self._settings.tumbling_window_in_seconds)
        wait = timedelta(seconds=self._settings.maximum_batching_window_in_seconds)
        count, reason = self._leading()
        if reason in {WINDOW, AVAILABLE} and now < self._since + wait:
            return None
        batch = Batch(self.gathered[:count], reason, window=self.window)
        del self.gathered[:count]
        self._size = sum(size_in_event(entry.text, self._arn) for entry in self.gathered)
        self._since = self._since if self.gathered else None
        return batch

    def _leading(self) -> tuple[int, str]:
        """How many of the gathered records fit into one batch, and what keeps the next one out."""
        fitting = self._fitting()
        count = min(self._settings.batch_size, fitting, self._in_window())
        if count == self._settings.batch_size:
            return count, FULL
        if count < len(self.gathered):
            return count, PAYLOAD if count == fitting else TUMBLED
        return count, WINDOW if self._settings.maximum_batching_window_in_seconds else AVAILABLE

    def _fitting(self) -> int:
        """How many of the gathered records fit into a payload; one, of at most 1 MB, always does."""
        room = LARGEST_PAYLOAD - _ENVELOPE - (0 if self.window is None else _WINDOW_MEMBERS + len(self.window.state))
        if self._size <= room:
            return len(self.gathered)
        sizes = accumulate(size_in_event(entry.text, self._arn) for entry in self.gathered)
        return sum(size <= room for size in sizes)

    def _in_window(self) -> int:
        """How many of the gathered records are of the window that is open."""
        window = self.window
        if window is None:
            return len(self.gathered)
        return sum(1 for _ in takewhile(lambda entry: window.holds(created_at(entry.text)), self.gathered))
