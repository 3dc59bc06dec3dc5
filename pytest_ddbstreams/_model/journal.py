"""The journal of a mock: what happened to its shards and calls, in the order in which it happened.

Under a frozen clock all events have the same time, so times give no order. The journal gives it. Code that changes a
shard, or that takes or answers a call, holds the lock of the mock and adds to the journal:

    journal.add(OPENED, at, shard=shard.id)     # or CLOSED
    journal.write(shard.id, at)                 # for each record
    journal.add(ARRIVED, at, call=call.number)  # or ANSWERED

All records that are written between two other events share one entry, so a bulk write of many records does not make
the journal long.
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
        kind: OPENED, CLOSED, WRITTEN, ARRIVED or ANSWERED.
        at: the mock's time of the event, or of the first of the records.
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
        """Add an event of a shard or of a call.

        Args:
            kind: OPENED, CLOSED, ARRIVED or ANSWERED.
            at: the mock's time.
            shard: id of the shard that was opened or closed.
            call: number of the call that arrived or was answered.
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
        """Subtract the newest records of a shard, because a bulk write that failed is undone.

        Args:
            shard: id of the shard.
            count: how many records are undone.
        """
        for entry in reversed(self._entries):
            taken = min(count, entry.written.get(shard, 0))
            if taken:
                entry.written[shard] -= taken
                count -= taken
