"""The shards of one stream: how they open, close, split and rotate, and the shard that takes an item's records."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from .journal import CLOSED, OPENED
from .names import (
    NUMBER_BASE,
    milliseconds,
    next_number,
    shard_id,
)
from .shard import HASHES, ShardState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from random import Random

    from .journal import Journal

#: "A shard closes after about four hours."
ROTATION: Final = timedelta(hours=4)


class Lineage:
    """Every shard that a stream ever had.

    Attributes:
        shards: the shards in the order of opening, which is the lexical order of their ids.
        by_id: the same shards by their ids.
    """

    __slots__ = (
        "_children",
        "_edges",
        "_journal",
        "_offset",
        "_open",
        "_opened",
        "_random",
        "_salt",
        "by_id",
        "shards",
    )

    def __init__(self, random: Random, journal: Journal) -> None:
        self.shards: list[ShardState] = []
        self.by_id: dict[str, ShardState] = {}
        self._random = random
        self._journal = journal
        self._salt = random.randbytes(16)
        # The last offset in the log of the whole stream: the lower digits of a sequence number.
        self._offset = random.randrange(10**9, 10**10)
        self._opened = 0
        self._children: dict[str, list[ShardState]] = {}
        # The open shards in the order of their hashes, and the first hash of each.
        self._open: list[ShardState] = []
        self._edges: list[int] = []

    def open_roots(self, count: int, now: datetime) -> None:
        """Open the first shards of a new stream."""
        whole = ShardState("", None, now, range(HASHES), 0)
        self._index(self._add(None, now, part, NUMBER_BASE + self.next_offset()) for part in whole.parts(count))

    @property
    def open_shards(self) -> tuple[ShardState, ...]:
        """The open shards, in the order of opening."""
        return tuple(sorted(self._open, key=lambda shard: shard.id))

    def next_offset(self) -> int:
        """Return an offset in the log of the stream, above all that were returned before."""
        # Steps are random, so that no consumer can count on them. getrandbits takes a quarter of the time of randrange.
        self._offset += 1 + self._random.getrandbits(3)
        return self._offset

    def owner(self, partition: bytes) -> ShardState:
        """Return the open shard that takes the records of a partition key."""
        if len(self._open) == 1:
            return self._open[0]
        digest = blake2b(partition, digest_size=8, key=self._salt).digest()
        return self._open[bisect_right(self._edges, int.from_bytes(digest, "big")) - 1]

    def listed_after(self, start: str | None, now: datetime, parent: str | None = None) -> Iterator[ShardState]:
        """Return the shards that DescribeStream lists, in the order of opening.

        Args:
            start: leave out shards up to this id, which may be any text; None leaves out none.
            now: the current time.
            parent: list the children of this shard only; None lists all shards.
        """
        shards = self.shards if parent is None else self._children.get(parent, [])
        first = 0 if start is None else bisect_right(shards, start, key=lambda shard: shard.id)
        # Not a slice: a page of 100 would copy all the thousands of shards behind it.
        following = (shards[index] for index in range(first, len(shards)))
        return (shard for shard in following if shard.is_listed(now))

    def replace(self, shard: ShardState, into: int, now: datetime) -> tuple[ShardState, ...]:
        """Close a shard and open its children, which share its hashes.

        Args:
            shard: an open shard.
            into: how many children; one child makes it a rotation.
            now: the current time.
        """
        self._close(shard, now)
        children = tuple(
            self._add(shard.id, now, part, next_number(shard.last_number, self.next_offset()))
            for part in shard.parts(into)
        )
        self._index(children)
        return children

    def close_all(self, now: datetime) -> None:
        """Close every open shard."""
        for shard in self._open:
            self._close(shard, now)
        self._index()

    def rotate_aged(self, now: datetime) -> None:
        """Rotate each open shard at the instant at which it was four hours old, and each child that has aged since."""
        oldest = min(self._open, key=_age)
        while now - oldest.opened_at >= ROTATION:
            self.replace(oldest, 1, oldest.opened_at + ROTATION)
            oldest = min(self._open, key=_age)

    def ancestors(self, shard: ShardState) -> Iterator[ShardState]:
        """Return the shards that a shard continues, nearest first."""
        parent = self.by_id.get(shard.parent_id or "")
        while parent is not None:
            yield parent
            parent = self.by_id.get(parent.parent_id or "")

    def _add(self, parent_id: str | None, now: datetime, hashes: range, number: int) -> ShardState:
        # One millisecond apart at least: ids then sort in the order of opening, also under a frozen clock.
        self._opened = max(milliseconds(now), self._opened + 1)
        name = shard_id(self._opened, self._random.getrandbits(32))
        shard = ShardState(name, parent_id, now, hashes, number)
        self.shards.append(shard)
        self.by_id[name] = shard
        if parent_id is not None:
            self._children.setdefault(parent_id, []).append(shard)
        self._journal.add(OPENED, now, shard=name)
        return shard

    def _close(self, shard: ShardState, now: datetime) -> None:
        shard.close(now, next_number(shard.last_number, self.next_offset()))
        self._journal.add(CLOSED, now, shard=shard.id)

    def _index(self, opened: Iterable[ShardState] = ()) -> None:
        # A range that was split to nothing starts where the next one does, and must stand before it.
        still_open = (shard for shard in (*self._open, *opened) if shard.is_open)
        self._open = sorted(still_open, key=lambda shard: (shard.hashes.start, shard.hashes.stop))
        self._edges = [shard.hashes.start for shard in self._open]


def _age(shard: ShardState) -> tuple[datetime, str]:
    return shard.opened_at, shard.id
