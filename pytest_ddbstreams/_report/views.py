"""What a report shows of a mock, as plain values: streams with their shards, calls, faults, and the time.

It changes nothing, and does not trim: what is past the 24 hours is shown as trimmed.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._assertions import Evidence
from .._operations.calls import (
    listed_shards,
    listing_of,
    opening_of,
    reading_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._assertions import Trail
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.calls import Call
    from .._service import Service

#: Real seconds to wait for a thread that is in the middle of a call: a report must come, whatever hangs.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard: what it is, and how many of its records are gone, were read, and were not."""

    id: str
    name: str
    parent_id: str | None
    state: str
    trimmed: int
    read: int
    unread: int
    reader: str


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream and its shards, in the order of opening."""

    state: StreamState
    shards: tuple[ShardView, ...]

    @property
    def title(self) -> str:
        name = self.state.name
        return f"{name.table_name}  {self.state.status}  {self.state.view_type}  {name.region}  {name.label}"


@dataclass(frozen=True, slots=True)
class MockView:
    """All that a report shows of a mock."""

    evidence: Evidence
    streams: tuple[StreamView, ...]
    faults: tuple[str, ...]
    now: datetime
    is_frozen: bool

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(self.evidence.calls)

    def place(self, call: Call) -> str:
        """The stream and the shard that a call is about, as this report calls them."""
        for stream in self.streams:
            if stream.state.name.arn == call.stream:
                names = {shard.id: shard.name for shard in stream.shards}
                table = stream.state.name.table_name if len(self.streams) > 1 else ""
                return "/".join(filter(None, (table, names.get(call.shard or "", call.shard))))
        return (call.stream or "").partition(":table/")[2]


def gather(service: Service, now: datetime) -> MockView:
    """Look at a mock as it is at a time."""
    with _held(service):
        evidence = Evidence(tuple(service.calls), tuple(service.registry), now)
        streams = tuple(_stream_view(evidence, stream) for stream in evidence.streams)
        return MockView(evidence, streams, tuple(map(str, service.faults.pending)), now, service.clock.is_frozen)


def outcome(call: Call) -> str:
    """What became of a call, with what matters to a reader of shards."""
    opening, reading = opening_of(call), reading_of(call)
    if opening is not None:
        return f"{opening.kind}, from {tail(opening.number)}" if opening.is_by_number else opening.kind
    if reading is not None and reading.is_final:
        return f"{call.outcome}, the end of the shard"
    listing, shards = listing_of(call), listed_shards(call)
    more = ", more behind them" if listing and listing.stopped_at else ""
    return f"{len(shards)} shard{'s' * (len(shards) != 1)}{more}" if shards else f"{call.outcome}{more}"


def tail(number: int) -> str:
    """The digits of a sequence number that tell it from the others of its stream."""
    return f"…{str(number)[-8:]}"


@contextmanager
def _held(service: Service) -> Iterator[None]:
    held = service.lock.acquire(timeout=_PATIENCE)
    try:
        yield
    finally:
        if held:
            service.lock.release()


def _stream_view(evidence: Evidence, stream: StreamState) -> StreamView:
    shards = stream.lineage.shards
    # The last eight digits tell shards apart, but for an accident.
    tails = Counter(shard.id[-8:] for shard in shards)
    names = {shard.id: shard.id[-8:] if tails[shard.id[-8:]] == 1 else shard.id for shard in shards}
    views = (_shard_view(evidence, shard, names[shard.id], evidence.trail(stream, shard)) for shard in shards)
    return StreamView(stream, tuple(views))


def _shard_view(evidence: Evidence, shard: ShardState, name: str, trail: Trail) -> ShardView:
    trimmed = shard.log.trimmed + evidence.left(shard)
    unread, _ = evidence.unread(shard, trail.delivered)
    read = len(shard.log) - evidence.left(shard) - unread
    state = "open" if shard.is_open else "trimmed" if trimmed and not read + unread else "closed"
    return ShardView(shard.id, name, shard.parent_id, state, trimmed, read, unread, _reader(trail))


def _reader(trail: Trail) -> str:
    """How far the consumer came."""
    delivered = [reading.last for reading in trail.readings.values() if reading.last is not None]
    if any(reading.is_final for reading in trail.readings.values()):
        return "read to its end"
    if delivered:
        return f"read to {tail(max(delivered))}"
    if trail.readings:
        return "polled"
    return f"opened at {trail.start.kind}" if trail.start else "never opened"
