"""A stream that takes half a minute to write, written once, and to be had any number of times."""

from __future__ import annotations

import copyreg
import pickle
from datetime import datetime, timezone
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from items import items

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock


class Stored(NamedTuple):
    """A stream whose one shard holds records.

    Attributes:
        registry: all that its mock holds, pickled.
        size: how many records.
        half: the sequence number of the last record of the first half.
        between: when the second half was yet to be written.
    """

    registry: bytes
    size: int
    half: str
    between: datetime

    def into(self, streams: StreamsMock) -> Stream:
        """Have a mock hold the stream, and nothing else; its records are objects of its own."""
        streams._service.registry = pickle.loads(self.registry)  # noqa: S301, SLF001 - our own; no user needs to do this
        return streams.stream("table")


@cache
def stored(size: int) -> Stored:
    """A stream of that many records."""
    from pytest_ddbstreams import StreamsMock

    streams = StreamsMock()
    stream = streams.create_stream("table")
    new = items()
    stream.write_many(islice(new, size // 2))
    half = stream.shards[0].records[-1]["dynamodb"]["SequenceNumber"]
    between = datetime.now(timezone.utc)
    stream.write_many(islice(new, size - size // 2))
    return Stored(pickle.dumps(streams._service.registry), size, half, between)  # noqa: SLF001 - as above


def _proxy_of(entries: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(entries)


# Key schemas have some, and pickle finds the type by no name.
copyreg.pickle(MappingProxyType, lambda proxy: (_proxy_of, (dict(proxy),)))
