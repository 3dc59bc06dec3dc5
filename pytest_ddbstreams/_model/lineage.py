"""The shards of one stream: how they open, close, split and rotate, and the shard that takes an item's records."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from .journal import CLOSED, OPENED
from .names import NUMBER_BASE, milliseconds, next_number, shard_id
from .shard import HASHES, ShardState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from random import Random

    from .journal import Journal

#: "A shard closes after about four hours."
ROTATION: Final = timedelta(hours=4)

#: How many rotations of a shard are made up for at most, when no call came for years.
_MOST_ROTATIONS = 10_000


class Lineage:
    """Every shard that a stream ever had.

    Attributes:
        shards: the shards in the order of opening, which is the lexical order of their ids.
        by_id: the same shards by their ids.
    """

    __slots__ = (
        "_children",
        "_first_hashes",
        "_journal",
        "_newest_milliseconds",
        "_offset",
        "_open",
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
        # The newest offset in the log of the whole stream. The lower digits of a sequence number are such an offset.
        self._offset = random.randrange(10**9, 10**10)
        # The time in the id of the shard that was opened last.
        self._newest_milliseconds = 0
        self._children: dict[str, list[ShardState]] = {}
        # The open shards in the order of their hashes, and the first hash of each.
        self._open: list[ShardState] = []
        self._first_hashes: list[int] = []

    def open_roots(self, count: int, now: datetime) -> None:
        """Open the first shards of a new stream."""
        # This shard is never opened: it only splits the range of all hashes into parts.
        whole = ShardState("", None, now, range(HASHES), 0)
        self._index(self._add(None, now, part, NUMBER_BASE + self.next_offset()) for part in whole.parts(count))

    @property
    def open_shards(self) -> tuple[ShardState, ...]:
        """The open shards, in the order of opening."""
        return tuple(sorted(self._open, key=lambda shard: shard.id))

    def next_offset(self) -> int:
        """Return an offset in the log of the stream, higher than every offset that was returned before."""
        # Steps are random, so that no consumer relies on them. getrandbits is four times as fast as randrange.
        self._offset += 1 + self._random.getrandbits(3)
        return self._offset

    def owner(self, partition: bytes) -> ShardState:
        """Return the open shard that takes the records of a partition key."""
        if len(self._open) == 1:
            return self._open[0]
        digest = blake2b(partition, digest_size=8, key=self._salt).digest()
        return self._open[bisect_right(self._first_hashes, int.from_bytes(digest, "big")) - 1]

    def listed_after(self, start: str | None, now: datetime, parent: str | None = None) -> Iterator[ShardState]:
        """Return the shards that DescribeStream lists, in the order of opening.

        Args:
            start: leave out the shards up to this id; it need not be the id of a shard. None leaves out none.
            now: the current time.
            parent: list the children of this shard only; None lists all shards.
        """
        shards = self.shards if parent is None else self._children.get(parent, [])
        first = 0 if start is None else bisect_right(shards, start, key=lambda shard: shard.id)
        # A slice would copy every shard behind the page: thousands, for a page of at most 100.
        following = (shards[index] for index in range(first, len(shards)))
        return (shard for shard in following if shard.is_listed(now))

    def replace(self, shard: ShardState, into: int, now: datetime) -> tuple[ShardState, ...]:
        """Close a shard, divide its hashes among children, and return these children.

        Args:
            shard: an open shard.
            into: how many children: one for a rotation, more for a split.
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
        """Rotate each open shard as of the instant at which it was four hours old; its child too, if that is due."""
        oldest = min(self._open, key=_opening_order)
        while (due := (now - oldest.opened_at) // ROTATION) > 0:
            # A test may move the clock by thousands of years. The records and shards of that time are long gone, so a
            # shard that stays open during the first of them looks the same.
            self.replace(oldest, 1, oldest.opened_at + ROTATION * max(1, due - _MOST_ROTATIONS))
            oldest = min(self._open, key=_opening_order)

    def ancestors(self, shard: ShardState) -> Iterator[ShardState]:
        """Return the parent of a shard, the parent of that parent, and so on."""
        parent = self.by_id.get(shard.parent_id or "")
        while parent is not None:
            yield parent
            parent = self.by_id.get(parent.parent_id or "")

    def _add(self, parent_id: str | None, now: datetime, hashes: range, number: int) -> ShardState:
        # Times in ids differ by one millisecond at least: ids sort in the order of opening even under a frozen clock.
        self._newest_milliseconds = max(milliseconds(now), self._newest_milliseconds + 1)
        name = shard_id(self._newest_milliseconds, self._random.getrandbits(32))
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
        # After many splits a range can be empty: it then starts at the same hash as its neighbour. The empty one must
        # come first, because `owner` takes the last shard that starts at or below a hash.
        still_open = (shard for shard in (*self._open, *opened) if shard.is_open)
        self._open = sorted(still_open, key=lambda shard: (shard.hashes.start, shard.hashes.stop))
        self._first_hashes = [shard.hashes.start for shard in self._open]


def _opening_order(shard: ShardState) -> tuple[datetime, str]:
    return shard.opened_at, shard.id
