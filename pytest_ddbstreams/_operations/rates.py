"""The rates above which the service refuses calls: listings per second, and readers of one shard.

AWS documents: "You can call DescribeStream at a maximum rate of 10 times per second", ListStreams 5 times; "no more
than two processes at most should be reading from the same streams shard at the same time".

AWS does not document how the service recognizes a process. This package assumes that a reader is a chain of iterators:
one that GetShardIterator returned, and every NextShardIterator after it. A reader is refused when it reads again within
one second, and two other readers have read the shard in between. So a consumer that requests a new iterator before each
read is never refused.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .. import _service_errors

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from .requests import Request

#: How many calls of an operation are admitted per second, in one region.
CALLS: Final = {"ListStreams": 5, "DescribeStream": 10}
#: How many readers may read one shard at the same time.
READERS: Final = 2

_SECOND = timedelta(seconds=1)


class Rates:
    """The calls that were admitted during the last second."""

    def __init__(self) -> None:
        # The times of admitted calls, by operation and region; the time and the reader of admitted reads, by shard.
        self._calls: defaultdict[Hashable, list[datetime]] = defaultdict(list)
        self._reads: defaultdict[Hashable, list[tuple[datetime, int]]] = defaultdict(list)

    def admit(self, request: Request, region: str, now: datetime) -> None:
        """Count a call, or refuse it.

        Raises:
            ThrottlingException: the operation was called too often within the last second.
            LimitExceededException: two other readers read the shard at the same time.
        """
        if request.operation in CALLS:
            self._count((request.operation, region), CALLS[request.operation], now)
        elif request.operation == "GetRecords" and request.iterator is not None:
            self._read((request.stream, request.shard), request.iterator.reader, now)

    def _count(self, operation: Hashable, limit: int, now: datetime) -> None:
        recent = [at for at in self._calls[operation] if _is_recent(at, now)]
        if len(recent) >= limit:
            raise _service_errors.ThrottlingException
        self._calls[operation] = [*recent, now]

    def _read(self, shard: Hashable, reader: int, now: datetime) -> None:
        recent = [(at, by) for at, by in self._reads[shard] if _is_recent(at, now)]
        readers = [by for _, by in recent]
        # The readers from this reader's first recent read on, itself included.
        since = readers[readers.index(reader) :] if reader in readers else []
        if len(set(since)) > READERS:
            raise _service_errors.LimitExceededException
        self._reads[shard] = [*recent, (now, reader)]


def _is_recent(at: datetime, now: datetime) -> bool:
    # The absolute difference, because a test may move the clock back.
    return abs(now - at) < _SECOND
