"""Shard iterators, and the rule of 15 minutes.

"A shard iterator expires 15 minutes after it is returned to the requester."
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .shard import ShardState

#: Microseconds after which an iterator has expired.
LIFETIME: Final = timedelta(minutes=15) // timedelta(microseconds=1)


class ShardIterator(NamedTuple):
    """A position in a shard, issued to a reader at an instant.

    Attributes:
        stream_arn: the stream.
        shard_id: the shard.
        number: the lowest sequence number that the iterator reads.
        issued_at: microseconds since the epoch.
        serial: the iterator's ordinal among all iterators of the mock; a later iterator has a higher serial.
        reader: serial of the iterator that GetShardIterator issued; every NextShardIterator after it has the same one.
    """

    stream_arn: str
    shard_id: str
    number: int
    issued_at: int
    serial: int
    reader: int = 0

    def is_expired(self, now: int, shard: ShardState) -> bool:
        """Return whether the iterator is older than 15 minutes, or whether the test expired it.

        Args:
            now: microseconds since the epoch.
            shard: the iterator's shard.
        """
        return now - self.issued_at > LIFETIME or self.serial <= shard.expired_through
