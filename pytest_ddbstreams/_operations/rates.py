"""The rates at which the service answers: listings in a second, and readers of one shard.

"You can call DescribeStream at a maximum rate of 10 times per second", ListStreams 5 times; "no more than two
processes at most should be reading from the same streams shard at the same time" (D). AWS does not document how the
service recognizes a process. Here (I) a reader is a chain of iterators: the one of GetShardIterator, and all that
GetRecords returned for it. Two readers read at the same time if one continues after the other has begun, both within
a second. So a consumer that requests a new iterator before each read counts as one reader.
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

#: Calls a second, of one account in one region.
CALLS: Final = {"ListStreams": 5, "DescribeStream": 10}
#: Readers of one shard.
READERS: Final = 2

_SECOND = timedelta(seconds=1)


class Rates:
    """The calls that were admitted during the last second."""

    def __init__(self) -> None:
        self._calls: defaultdict[Hashable, list[datetime]] = defaultdict(list)
        self._reads: defaultdict[Hashable, list[tuple[datetime, int]]] = defaultdict(list)

    def admit(self, request: Request, region: str, now: datetime) -> None:
        """Count a call, or refuse it.

        Raises:
            ThrottlingException: the operation was called too often within this second.
            LimitExceededException: two other readers are reading this shard.
        """
        if request.operation in CALLS:
            self._count((request.operation, region), CALLS[request.operation], now)
        elif request.operation == "GetRecords" and request.iterator is not None:
            self._read((request.stream, request.shard), request.iterator.reader, now)

    def _count(self, counted: Hashable, most: int, now: datetime) -> None:
        recent = [at for at in self._calls[counted] if _is_recent(at, now)]
        if len(recent) >= most:
            raise _service_errors.ThrottlingException
        self._calls[counted] = [*recent, now]

    def _read(self, shard: Hashable, reader: int, now: datetime) -> None:
        recent = [(at, by) for at, by in self._reads[shard] if _is_recent(at, now)]
        readers = [by for _, by in recent]
        since = readers[readers.index(reader) :] if reader in readers else []
        if len(set(since)) > READERS:
            raise _service_errors.LimitExceededException
        self._reads[shard] = [*recent, (now, reader)]


def _is_recent(at: datetime, now: datetime) -> bool:
    # Absolute, because a test may move the clock back.
    return abs(now - at) < _SECOND
