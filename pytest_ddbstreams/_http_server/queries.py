"""What a test looks at, as verbs: the properties of the mock, of a stream and of the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._clock import Clock
    from .._operations.calls import Call
    from .._operations.records import StreamRecord


def streams(streams: StreamsMock) -> Sequence[Stream]:
    """Every stream, oldest first."""
    return streams.streams


def calls(streams: StreamsMock, *, of: str | None = None) -> Sequence[Call]:
    """The calls that came in, in order.

    Args:
        streams: the mock.
        of: only those of this operation.
    """
    return tuple(streams.calls) if of is None else streams.calls.of(of)


def faults(streams: StreamsMock) -> list[str]:
    """What was armed: what each fault waits for and what it has met."""
    return [str(fault) for fault in streams.faults]


def unanswered(streams: StreamsMock) -> list[str]:
    """What became of calls that nothing answered."""
    return [str(call) for call in streams.unanswered]


def stream(stream: Stream) -> Stream:
    """One stream."""
    return stream


def records(stream: Stream, *, shard: str | None = None) -> list[StreamRecord]:
    """The records of a stream that are not trimmed.

    Args:
        stream: the stream.
        shard: only those of the shard of this id.
    """
    return [record for found in stream.shards if shard in {None, found.id} for record in found.records]


def clock(clock: Clock) -> Clock:
    """What time it is."""
    return clock
