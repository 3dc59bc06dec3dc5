"""What happened to a stream, in the order in which it can only have happened.

A test with a frozen clock has everything at one instant, so times alone give no picture. But a reader gets what was
written before, a shard is listed after it was opened, and a parent closes before its children open: so within an
instant the calls stand in their order, and what happened to the stream just before the first call that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from .._model.names import from_microseconds, microseconds
from .._operations.calls import listed_shards, opening_of, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.calls import Call

OPENED, CLOSED, WRITTEN, CALLED = "opened", "closed", "written", "called"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a shard, or was asked of one.

    Attributes:
        kind: OPENED, CLOSED, WRITTEN or CALLED.
        at: when.
        shard: the id of the shard; None for a call about the whole stream.
        size: how many records were written.
        index: of the call.
    """

    kind: str
    at: datetime
    shard: str | None
    size: int = 0
    index: int = -1


def events_of(calls: Sequence[Call], stream: StreamState) -> list[Event]:
    """All that the log and the stream know of it, in order."""
    about = [(index, call) for index, call in enumerate(calls) if call.stream == stream.name.arn]
    return list(_Telling(stream).tell(about))


class _Telling:
    """Tells what happened to the shards, each thing once, as late as the calls allow."""

    def __init__(self, stream: StreamState) -> None:
        self._stream = stream
        self._opened: set[str] = set()
        self._closed: set[str] = set()
        self._written = {shard.id: 0 for shard in stream.lineage.shards}
        #: The shards of which something is still to tell, oldest first.
        self._rest = sorted(stream.lineage.shards, key=lambda shard: shard.opened_at)

    def tell(self, calls: list[tuple[int, Call]]) -> Iterator[Event]:
        at = None
        for index, call in calls:
            if call.at != at:
                yield from self._before(call.at)
            at = call.at
            for shard_id in sorted({*listed_shards(call), *([call.shard] if call.shard else [])}):
                shard = self._stream.lineage.by_id.get(shard_id)
                if shard is not None:
                    yield from self._needed(shard, call)
            yield Event(CALLED, call.at, call.shard, index=index)
        yield from self._before(None)

    def _needed(self, shard: ShardState, call: Call) -> Iterator[Event]:
        """What a call shows of a shard happened before it: its opening, what the page brought, its end."""
        yield from self._open(shard)
        opening, reading = opening_of(call), reading_of(call)
        known = (opening.number - 1) if opening else reading.last if reading else None
        if known is not None:
            yield from self._write(shard, shard.log.index_of(known + 1))
        if reading is not None and reading.is_final:
            yield from self._close(shard)

    def _before(self, at: datetime | None) -> Iterator[Event]:
        """What happened before an instant; None: all that is left."""
        for shard in tuple(takewhile(lambda shard: at is None or shard.opened_at < at, self._rest)):
            yield from self._open(shard)
            yield from self._write(shard, len(shard.log) if at is None else shard.log.index_at(microseconds(at)))
            if shard.closed_at is not None and (at is None or shard.closed_at < at):
                yield from self._close(shard)
        self._rest = [shard for shard in self._rest if shard.id not in self._closed]

    def _open(self, shard: ShardState) -> Iterator[Event]:
        if shard.id not in self._opened:
            parent = self._stream.lineage.by_id.get(shard.parent_id or "")
            if parent is not None:
                yield from self._close(parent)
            self._opened.add(shard.id)
            yield Event(OPENED, shard.opened_at, shard.id)

    def _close(self, shard: ShardState) -> Iterator[Event]:
        if shard.id not in self._closed and shard.closed_at is not None:
            # A closed shard has its records: nothing is written to it afterwards.
            self._closed.add(shard.id)
            yield from self._open(shard)
            yield from self._write(shard, len(shard.log))
            yield Event(CLOSED, shard.closed_at, shard.id)

    def _write(self, shard: ShardState, through: int) -> Iterator[Event]:
        """The records up to one that are not told yet."""
        told = self._written[shard.id]
        if through > told:
            self._written[shard.id] = through
            at = from_microseconds(shard.log.time(through - 1))
            yield Event(WRITTEN, at, shard.id, size=through - told)
