"""Items and streams that the benchmarks read and write."""

from __future__ import annotations

import copyreg
import pickle
from datetime import datetime, timezone
from functools import cache
from itertools import count, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock

Item = dict[str, Any]


def items(length: int = 0, prefix: str = "item") -> Iterator[Item]:
    """Yield new items without end.

    Args:
        length: number of characters that each item has beside its key and a number.
        prefix: beginning of the keys.
    """
    more = {"text": "x" * length} if length else {}
    return ({"pk": f"{prefix}-{number:08}", "total": number, **more} for number in count())


def stream_of(mock: StreamsMock, written: Iterable[Item], name: str = "table") -> Stream:
    """Create a stream and write items to its one shard."""
    stream = mock.create_stream(name)
    stream.write_many(written)
    return stream


class PickledStream(NamedTuple):
    """A stream with records in its one shard, pickled, because a million records take half a minute to write.

    Attributes:
        registry: the pickled registry of a mock that holds only this stream.
        size: number of records.
        half: sequence number of the last record of the first half.
        between: a time after the first half was written, and before the second.
    """

    registry: bytes
    size: int
    half: str
    between: datetime

    def into(self, mock: StreamsMock) -> Stream:
        """Replace all streams of a mock by a new copy of this stream."""
        mock._service.registry = pickle.loads(self.registry)  # noqa: S301, SLF001 - our own; no user needs to do this
        return mock.stream("table")


@cache
def pickled_stream(size: int) -> PickledStream:
    """Return a stream that holds as many records."""
    from pytest_ddbstreams import StreamsMock

    mock = StreamsMock()
    stream = mock.create_stream("table")
    new = items()
    stream.write_many(islice(new, size // 2))
    half = stream.shards[0].records[-1]["dynamodb"]["SequenceNumber"]
    between = datetime.now(timezone.utc)
    stream.write_many(islice(new, size - size // 2))
    return PickledStream(pickle.dumps(mock._service.registry), size, half, between)  # noqa: SLF001 - as above


def _proxy_of(entries: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(entries)


# pickle cannot find this type by its name, and key schemas use it.
copyreg.pickle(MappingProxyType, lambda proxy: (_proxy_of, (dict(proxy),)))
