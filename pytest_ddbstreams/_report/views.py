"""The view of a mock that a report shows: streams with their shards, journal, calls, faults, and the time.

A view changes nothing and trims nothing: records past the 24 hours are shown as trimmed.
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

    from .._assertions import Reads
    from .._model.journal import Entry
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.calls import Call
    from .._service import Service

#: Real seconds to wait for a thread that is in the middle of a call: a report must come, whatever hangs.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class ShardView:
    """A shard, and how many of its records are trimmed, read and unread."""

    id: str
    name: str
    parent_id: str | None
    state: str
    trimmed: int
    read: int
    unread: int
    reader: str

    @property
    def counts(self) -> str:
        """The counts of records that are not zero."""
        counts = {"trimmed": self.trimmed, "read": self.read, "unread": self.unread}
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


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
    """The values of a mock that a report shows."""

    journal: tuple[Entry, ...]
    calls: tuple[Call, ...]
    streams: tuple[StreamView, ...]
    mappings: tuple[str, ...]
    faults: tuple[str, ...]
    now: datetime
    is_frozen: bool


def gather(service: Service, now: datetime) -> MockView:
    """Return the view of a mock at a time."""
    with _held(service):
        journal, calls = tuple(service.registry.journal), tuple(service.calls)
        evidence = Evidence(calls, tuple(service.registry), now)
        streams = tuple(_stream_view(evidence, stream) for stream in evidence.streams)
        mappings = (*(poller.summary for poller in service.pollers), *service.notes.values())
        faults = tuple(map(str, service.faults.pending))
        return MockView(journal, calls, streams, mappings, faults, now, service.clock.is_frozen)


def outcome(call: Call) -> str:
    """Return the outcome of a call in words that matter to a reader of shards."""
    opening, reading = opening_of(call), reading_of(call)
    if opening is not None:
        return f"{opening.kind}, from {tail(opening.number)}" if opening.is_by_number else opening.kind
    if reading is not None and reading.is_final:
        return f"{call.outcome}, the end of the shard"
    listing, shards = listing_of(call), listed_shards(call)
    more = ", more behind them" if listing and listing.stopped_at else ""
    return f"{len(shards)} shard{'s' * (len(shards) != 1)}{more}" if shards else f"{call.outcome}{more}"


def tail(number: int) -> str:
    """Return the last digits of a sequence number, which differ within a stream."""
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
    # The last eight digits are random, so that they nearly always differ.
    tails = Counter(shard.id[-8:] for shard in shards)
    names = {shard.id: shard.id[-8:] if tails[shard.id[-8:]] == 1 else shard.id for shard in shards}
    views = (_shard_view(evidence, shard, names[shard.id], evidence.reads_of(stream, shard)) for shard in shards)
    return StreamView(stream, tuple(views))


def _shard_view(evidence: Evidence, shard: ShardState, name: str, reads: Reads) -> ShardView:
    trimmed = shard.log.trimmed + evidence.unreadable(shard)
    unread, _ = evidence.unread(shard, reads.delivered)
    read = len(shard.log) - evidence.unreadable(shard) - unread
    state = "open" if shard.is_open else "trimmed" if trimmed and not read + unread else "closed"
    return ShardView(shard.id, name, shard.parent_id, state, trimmed, read, unread, _reader(reads))


def _reader(reads: Reads) -> str:
    """Say how far a shard was read."""
    delivered = [reading.last for reading in reads.readings.values() if reading.last is not None]
    if any(reading.is_final for reading in reads.readings.values()):
        return "read to its end"
    if delivered:
        return f"read to {tail(max(delivered))}"
    if reads.readings:
        return "polled"
    return f"opened at {reads.start.kind}" if reads.start else "never opened"
