"""What a shard iterator says: a place in a shard, and when it was issued.

"A shard iterator expires 15 minutes after it is returned to the requester."
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .shard import ShardState

#: Microseconds after which an iterator has expired.
LIFETIME: Final = timedelta(minutes=15) // timedelta(microseconds=1)


class Position(NamedTuple):
    """A place to read from: the first record whose number is ``number`` or higher.

    Attributes:
        stream_arn: the stream.
        shard_id: the shard.
        number: the sequence number, or the first one that is not read yet.
        issued_at: microseconds since the epoch.
        serial: counts the iterators of one mock, so that all issued so far can be told from later ones.
        reader: serial of the iterator that a chain began with: the one that was asked for, not given with records.
    """

    stream_arn: str
    shard_id: str
    number: int
    issued_at: int
    serial: int
    reader: int = 0

    def is_expired(self, now: int, shard: ShardState) -> bool:
        """Whether it is older than 15 minutes, or was made to expire by hand."""
        return now - self.issued_at > LIFETIME or self.serial <= shard.expired_through
