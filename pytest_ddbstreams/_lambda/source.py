"""A stream as a mapping reads it: by position, under the lock of its fake, and without a word in the log of calls.

What a mapping reads stays where it is, for other readers; what is trimmed before it was read is lost to it. A handle
gives decoded dicts, and its reads would cost several times what an event is made for: here are texts and numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._exceptions import StreamStateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._service import Service


class Entry(NamedTuple):
    """A record on its way: its sequence number, and its text as the stream keeps it."""

    number: int
    text: bytes


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
        return self._service.look()

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
