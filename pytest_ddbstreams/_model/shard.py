"""Shards, and how long their records can be read.

A shard takes the records of a range of hashes of partition keys. A closed shard never changes again, and shards never
merge. One item key always stays in one lineage, so a reader that reads parents before children sees the changes of each
item in order.
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
# AWS lists closed shards for longer than the 24 hours in which they can be read. It does not document for how long, so
# 48 hours are an assumption.
_LISTED: Final = timedelta(hours=48)
_MICROSECOND: Final = timedelta(microseconds=1)


def is_past_retention(written_at: datetime, now: datetime) -> bool:
    """Return whether data that was written at an instant can no longer be read: AWS retains it for 24 hours."""
    return now - written_at > _RETENTION


@dataclass(slots=True, eq=False)
class ShardState:
    """The state of one shard.

    Attributes:
        id: the shard id.
        parent_id: the shard that this one continues, which may no longer be listed; None for a root.
        opened_at: when the shard was opened.
        hashes: the shard takes the records of the partition keys that have these hashes.
        starting_number: a sequence number below that of the first record.
        ending_number: a sequence number above that of the last record; None while the shard is open.
        closed_at: when the shard was closed; None while it is open.
        last_number: the last sequence number that the shard has used: of its newest record, or its start or end.
        expired_through: iterators with this serial, or a lower one, have expired because the test expired them.
        log: the records.
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
        """Whether the shard takes records."""
        return self.closed_at is None

    def close(self, at: datetime, ending_number: int) -> None:
        """Close the shard, so that it takes no more records."""
        self.closed_at = at
        self.ending_number = self.last_number = ending_number

    def parts(self, count: int) -> list[range]:
        """Return the range of hashes, divided into `count` ranges of about the same size."""
        start, width = self.hashes.start, self.hashes.stop - self.hashes.start
        edges = [start + width * part // count for part in range(count + 1)]
        return [range(low, high) for low, high in pairwise(edges)]

    # Age

    def is_readable(self, now: datetime) -> bool:
        """Return whether GetShardIterator finds the shard: it does until 24 hours after the shard was closed."""
        return self.closed_at is None or not is_past_retention(self.closed_at, now)

    def is_listed(self, now: datetime) -> bool:
        """Return whether DescribeStream lists the shard."""
        return self.closed_at is None or now - self.closed_at <= _LISTED

    def trim_past_retention(self, now: datetime) -> int:
        """Trim the records that are past the retention; return how many were trimmed."""
        count = self.count_past_retention(now)
        return self.log.trim(count) if count else 0

    def count_past_retention(self, now: datetime) -> int:
        """Return how many records that are not trimmed yet are past the retention."""
        return self.log.index_at(microseconds(now) - _RETENTION // _MICROSECOND)

    # Sequence numbers

    @property
    def horizon(self) -> int:
        """The lowest sequence number that can still be read: TRIM_HORIZON begins there."""
        trimmed = self.log.trimmed_through
        return self.starting_number if trimmed is None else trimmed + 1

    def is_trimmed(self, number: int) -> bool:
        """Return whether a sequence number is trimmed: not above that of the last record that the shard has trimmed."""
        return self.log.trimmed_through is not None and number <= self.log.trimmed_through

    def contains(self, number: int) -> bool:
        """Return whether a sequence number lies between the shard's start and the last number that it has used."""
        return self.starting_number <= number <= self.last_number

    def number_at(self, time: int) -> int:
        """Return the first sequence number that AT_TIMESTAMP reads.

        Args:
            time: microseconds since the epoch; records that were written before it are left out.
        """
        index = self.log.index_at(time)
        if index == 0:
            return self.horizon
        return self.log.number(index) if index < len(self.log) else self.last_number + 1

    def number_at_latest(self, shift: int) -> int:
        """Return the first sequence number that LATEST reads when it is shifted by some records.

        Args:
            shift: how many of the next records LATEST leaves out; if negative, how many of the newest ones it reads.
        """
        if shift < 0 and len(self.log):
            return self.log.number(max(len(self.log) + shift, 0))
        if shift <= 0:
            return self.last_number + 1
        # Each record raises the counter in its sequence number by one, so LATEST leaves out the next `shift` counters.
        return (self.last_number // NUMBER_BASE + 1 + shift) * NUMBER_BASE

    def has_more_after(self, number: int) -> bool:
        """Return whether the shard has, or may still get, records from a sequence number on."""
        return self.is_open or self.log.index_of(number) < len(self.log)
