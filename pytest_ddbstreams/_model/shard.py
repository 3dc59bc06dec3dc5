"""A shard: a range of hashes, a lineage, and the records of the items that fall into the range.

Closed shards are never touched again; shards never merge; the same item key always stays in one lineage, so
reading parents before children preserves per-item order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from .names import NUMBER_BASE, microseconds
from .record_log import RecordLog

#: The hashes of partition keys lie in ``range(HASHES)``; every open shard owns a part of them.
HASHES: Final = 2**64

_RETENTION: Final = timedelta(hours=24)

#: Shards stay listed past the 24 hours in which they can be read; how long is not documented (I).
LISTED: Final = timedelta(hours=48)

#: "A shard closes after about four hours."
ROTATION: Final = timedelta(hours=4)

_MICROSECOND: Final = timedelta(microseconds=1)


def is_past_retention(written_at: datetime, now: datetime) -> bool:
    """Return whether data of an instant can no longer be read: "Data is retained for 24 hours."."""
    return now - written_at > _RETENTION


@dataclass(slots=True, eq=False)
class ShardState:
    """The state of one shard.

    Attributes:
        id: the shard id.
        parent_id: the shard that it continues, which may no longer be listed; None for a root.
        opened_at: when it was opened.
        hashes: the hashes of the partition keys whose records it takes.
        starting_number: below the number of its first record.
        ending_number: set when it closes; above the number of its last record.
        closed_at: set when it closes.
        last_number: the last number that was given out here.
        expired_through: iterators issued up to this serial number count as expired.
        log: its records.
    """

    id: str
    parent_id: str | None
    opened_at: datetime
    hashes: range
    starting_number: int
    ending_number: int | None = None
    closed_at: datetime | None = None
    last_number: int = field(init=False)
    expired_through: int = 0
    log: RecordLog = field(default_factory=RecordLog)

    def __post_init__(self) -> None:
        self.last_number = self.starting_number

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def close(self, at: datetime, ending_number: int) -> None:
        self.closed_at = at
        self.ending_number = self.last_number = ending_number

    def parts(self, count: int) -> list[range]:
        """The hashes, cut into that many parts of about the same size."""
        start, width = self.hashes.start, self.hashes.stop - self.hashes.start
        edges = [start + width * part // count for part in range(count + 1)]
        return [range(low, high) for low, high in pairwise(edges)]

    def is_readable(self, now: datetime) -> bool:
        """Whether an iterator can be had: a closed shard ages out with its last possible record."""
        return self.closed_at is None or not is_past_retention(self.closed_at, now)

    def is_listed(self, now: datetime) -> bool:
        return self.closed_at is None or now - self.closed_at <= LISTED

    def trim_past_retention(self, now: datetime) -> int:
        """Trim the records that are past the retention; return how many there were."""
        return self.log.trim(self.count_past_retention(now))

    def count_past_retention(self, now: datetime) -> int:
        """Return how many records that are not trimmed yet are past the retention."""
        return self.log.index_at(microseconds(now) - _RETENTION // _MICROSECOND)

    def is_trimmed(self, number: int) -> bool:
        """Whether the record at this number, or one after it, was there and is gone."""
        return self.log.trimmed_through is not None and number <= self.log.trimmed_through

    @property
    def horizon(self) -> int:
        """The lowest number that can still be read: where TRIM_HORIZON points."""
        trimmed = self.log.trimmed_through
        return self.starting_number if trimmed is None else trimmed + 1

    def number_behind_latest(self, records: int) -> int:
        """The lowest number that is not read yet by who is that many records behind the newest; before, if negative."""
        if records < 0 and len(self.log):
            return self.log.number(max(len(self.log) + records, 0))
        # The digits above the base count the records: those that will come take the next counts.
        return self.last_number + 1 if records <= 0 else (self.last_number // NUMBER_BASE + 1 + records) * NUMBER_BASE

    def contains(self, number: int) -> bool:
        """Whether the number lies in what this shard has given out so far."""
        return self.starting_number <= number <= self.last_number

    def has_more_after(self, number: int) -> bool:
        """Whether a reader at this number may yet get records: while open, or while some are left."""
        return self.is_open or self.log.index_of(number) < len(self.log)
