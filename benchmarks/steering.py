"""What a test makes happen to a shard, and what must cost the same whatever the shard holds: splitting and trimming."""

from __future__ import annotations

import copyreg
import pickle
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cache, partial
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from items import items
from measuring import Contest, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale

    from pytest_ddbstreams import Stream, StreamsMock

_SMALL = f"{1000:,} records"


def _proxy_of(entries: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(entries)


# Key schemas have some, and pickle finds the type by no name.
copyreg.pickle(MappingProxyType, lambda proxy: (_proxy_of, (dict(proxy),)))


class Written(NamedTuple):
    """A stream whose one shard holds records, to be had any number of times.

    Attributes:
        registry: all that the mock holds, pickled.
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
        streams._backend.registry = pickle.loads(self.registry)  # noqa: S301, SLF001 - our own; to write it takes too long
        return streams.stream("table")


if TYPE_CHECKING:
    #: What is done to a stream as it was written.
    Step: TypeAlias = Callable[[Stream, Written], object]


def section(scale: Scale) -> Section:
    """The table about splitting and trimming."""
    steps: dict[str, Step] = {
        "split": lambda stream, _: stream.split(),
        "rotate": lambda stream, _: stream.rotate(),
        "trim half, records=": lambda stream, written: stream.trim(records=written.size // 2),
        "trim half, through=": lambda stream, written: stream.trim(through=written.half),
        "trim half, before=": lambda stream, written: stream.trim(before=written.between),
    }
    rows = [Timed(name, partial(_steering, scale.records, step), ceiling=1.0, rounds=5) for name, step in steps.items()]
    return Section(f"A shard of {scale.records:,} records, to be steered", "ms", (_SMALL,), rows)


@contextmanager
def _steering(records: int, step: Step) -> Iterator[Contest]:
    yield Contest(_way(records, step), {_SMALL: _way(1000, step)})


def _way(size: int, step: Step) -> Way:
    from pytest_ddbstreams import StreamsMock

    written = _written(size)
    streams = StreamsMock()

    def run() -> None:
        step(streams.stream("table"), written)

    return Way(run, lambda _: written.into(streams))


@cache
def _written(size: int) -> Written:
    from pytest_ddbstreams import StreamsMock

    streams = StreamsMock()
    stream = streams.create_stream("table")
    new = items()
    stream.write_many(islice(new, size // 2))
    half = stream.shards[0].records[-1]["dynamodb"]["SequenceNumber"]
    between = datetime.now(timezone.utc)
    stream.write_many(islice(new, size - size // 2))
    written = Written(pickle.dumps(streams._backend.registry), size, half, between)  # noqa: SLF001 - as above
    _check(written)
    return written


def _check(written: Written) -> None:
    """See that half of it is what is trimmed."""
    from pytest_ddbstreams import StreamsMock

    for ways in ({"records": written.size // 2}, {"through": written.half}, {"before": written.between}):
        trimmed = written.into(StreamsMock()).trim(**ways)
        if trimmed != written.size // 2:
            raise RuntimeError(f"trim({ways}) trimmed {trimmed} of {written.size} records")
