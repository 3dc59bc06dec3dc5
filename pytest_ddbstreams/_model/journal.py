"""The journal of a mock: what happened to its shards and calls, in the order in which it happened.

Times give no order under a frozen clock; the journal does. Whoever changes a shard, or answers a call, adds to it under
the lock of the mock:

    journal.add(OPENED, at, shard=shard.id)      OPENED or CLOSED
    journal.write(shard.id, at)                  one record more
    journal.add(ARRIVED, at, call=call.number)   ARRIVED or ANSWERED

All records that are written between two other events are one entry, so that a journal grows with what a test does, and
not with the records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

OPENED: Final = "opened"
CLOSED: Final = "closed"
WRITTEN: Final = "written"
ARRIVED: Final = "arrived"
ANSWERED: Final = "answered"


@dataclass(slots=True, eq=False)
class Entry:
    """One event, or all records that were written between two events.

    Attributes:
        kind: a constant of this module.
        at: the mock's time; of the first record of several.
        shard: id of the shard that was opened or closed.
        call: number of the call that arrived or was answered.
        written: how many records were written to each shard, by shard id.
    """

    kind: str
    at: datetime
    shard: str | None = None
    call: int | None = None
    written: dict[str, int] = field(default_factory=dict)


class Journal:
    """The entries of one mock, oldest first."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def add(self, kind: str, at: datetime, *, shard: str | None = None, call: int | None = None) -> None:
        """Add an event.

        Args:
            kind: any constant of this module but WRITTEN.
            at: the mock's time.
            shard: id of the shard that it happened to.
            call: number of the call that it happened to.
        """
        self._entries.append(Entry(kind, at, shard, call))

    def write(self, shard: str, at: datetime) -> None:
        """Count a record that was written to a shard.

        Args:
            shard: id of the shard.
            at: the mock's time.
        """
        if not self._entries or self._entries[-1].kind != WRITTEN:
            self._entries.append(Entry(WRITTEN, at))
        written = self._entries[-1].written
        written[shard] = written.get(shard, 0) + 1

    def take_back(self, shard: str, count: int) -> None:
        """Take back the last records that were written to a shard.

        Args:
            shard: id of the shard.
            count: how many records.
        """
        for entry in reversed(self._entries):
            taken = min(count, entry.written.get(shard, 0))
            if taken:
                entry.written[shard] -= taken
                count -= taken
