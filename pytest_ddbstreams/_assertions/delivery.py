"""Delivery: every record was delivered at least once.

Records that the reader could not read do not count: those that were trimmed, and those before a checkpoint that was
there when the call log began.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .._clock import later
from .._exceptions import UnknownStream, is_about_the_test, short
from .._model.journal import ARRIVED, WRITTEN
from .._model.names import names_stream
from .._operations.calls import listed_shards
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .evidence import Evidence

__tracebackhide__ = is_about_the_test


class Loss(NamedTuple):
    """Records of a shard that were not delivered: how many, and the sequence number of the first."""

    shard: ShardState
    size: int
    number: int


def check(evidence: Evidence, name: str, handled: frozenset[int] | None = None) -> None:
    """Raise unless every record of a stream that can still be read was delivered.

    Args:
        evidence: calls and streams.
        name: a table's name or a stream's ARN.
        handled: the sequence numbers of the records that the reader handled; None: a record in a response counts.

    Raises:
        AssertionError: a record was not delivered.
        UnknownStream: there is no such stream.
    """
    stream = find(evidence, name)
    losses = list(_losses(evidence, stream, handled))
    if losses:
        count = sum(loss.size for loss in losses)
        heading = (
            f"{count} record{'s' * (count != 1)} of {stream.name.table_name!r} ({stream.name.arn}) did not arrive:"
        )
        found = [_described(evidence, stream, loss) for loss in losses]
        raise AssertionError("\n".join([heading, *listed(found, "shards"), *_trimmed(evidence, stream)]))


def check_liveness(evidence: Evidence, name: str, calls: int | None, time: timedelta | None) -> None:
    """Raise unless every record of a stream was delivered soon after the last one was written.

    Args:
        evidence: calls and streams.
        name: a table's name or a stream's ARN.
        calls: how many calls may come after the last write; None: any number.
        time: how much time of the clock may pass after the last write; None: any time.

    Raises:
        AssertionError: a record came later, or not at all.
        UnknownStream: there is no such stream.
    """
    stream = find(evidence, name)
    before, at = _last_write(evidence, stream)
    last = len(evidence.calls) if calls is None else before + calls
    soon = [
        call
        for index, call in enumerate(evidence.calls)
        if index < last and (time is None or at is None or (call.answered_at or call.at) <= later(at, time))
    ]
    losses = list(_losses(replace(evidence, calls=soon), stream, None))
    if losses:
        allowed = " and ".join([*([f"{calls} calls"] if calls is not None else []), *([f"{time}"] if time else [])])
        found = [_named(loss) for loss in losses]
        heading = f"records of {stream.name.table_name!r} did not arrive within {allowed} of the last write:"
        cure = f"Poll every open shard more often; after the last write came {len(evidence.calls) - before} calls."
        raise AssertionError("\n".join([heading, *listed(found, "shards"), cure]))


def _last_write(evidence: Evidence, stream: StreamState) -> tuple[int, datetime | None]:
    """Return how many calls had arrived when the last record of a stream was written, and the time."""
    shards = {shard.id for shard in stream.lineage.shards}
    arrived = 0
    last: tuple[int, datetime | None] = (0, None)
    for entry in evidence.journal:
        if entry.kind == ARRIVED:
            arrived += 1
        elif entry.kind == WRITTEN and any(entry.written.get(shard) for shard in shards):
            last = arrived, entry.at
    return last


def find(evidence: Evidence, name: str) -> StreamState:
    """Return the newest stream of a table, or the stream of an ARN.

    Raises:
        UnknownStream: there is no such stream.
    """
    for stream in reversed(evidence.streams):
        if names_stream(name, stream.name.arn):
            return stream
    there_are = ", ".join(f"{stream.name.table_name!r} ({stream.name.arn})" for stream in evidence.streams) or "none"
    raise UnknownStream(f"no stream {short(name)}; there are: {there_are}")


def _losses(evidence: Evidence, stream: StreamState, handled: frozenset[int] | None) -> Iterator[Loss]:
    earlier = _read_earlier(evidence, stream)
    for shard in stream.lineage.shards:
        if shard.id in earlier:
            continue
        reads = evidence.reads_of(stream, shard)
        least = reads.start.number if reads.start and reads.is_resumed(shard) else 0
        count, number = evidence.unread(shard, reads.delivered, least)
        if handled is not None:
            count, number = _unhandled(evidence, shard, handled, least)
        if number is not None:
            yield Loss(shard, count, number)


def _read_earlier(evidence: Evidence, stream: StreamState) -> set[str]:
    """Return the ids of untouched shards that a checkpoint in a younger shard shows to be read before."""
    shards = stream.lineage.shards
    resumed = [shard for shard in shards if evidence.reads_of(stream, shard).is_resumed(shard)]
    older = {ancestor for shard in resumed for ancestor in stream.lineage.ancestors(shard)}
    return {shard.id for shard in older if not evidence.reads_of(stream, shard).starts}


def _unhandled(evidence: Evidence, shard: ShardState, handled: frozenset[int], least: int) -> tuple[int, int | None]:
    log = shard.log
    start = max(evidence.unreadable(shard), log.index_of(least))
    missing = [number for number in map(log.number, range(start, len(log))) if number not in handled]
    return len(missing), missing[0] if missing else None


def _described(evidence: Evidence, stream: StreamState, loss: Loss) -> str:
    return f"{_named(loss)}\n    {_reason(evidence, stream, loss)}"


def _named(loss: Loss) -> str:
    what = f"{loss.size} records, first" if loss.size > 1 else "the record of"
    return f"  shard {loss.shard.id}: {what} sequence number {loss.number}"


def _reason(evidence: Evidence, stream: StreamState, loss: Loss) -> str:
    """Name the call that lost the records, as far as a call log shows it."""
    reads, number = evidence.reads_of(stream, loss.shard), loss.number
    for index, reading in reads.readings.items():
        if reading.includes(number):
            return f"the reader got it, and did not handle it: {evidence.named(index)}"
    came_near = [index for index, reading in reads.readings.items() if (reading.last or reading.first) < number]
    for index, opening in reads.openings.items():
        if opening.number > number:
            return f"{opening.kind} left it out: {evidence.named(index)}"
    if came_near:
        return f"the shard was read no further than by {evidence.named(came_near[-1])}"
    if reads.openings:
        return f"an iterator was fetched and not used: {evidence.named(next(iter(reads.openings)))}"
    return _why_untouched(evidence, stream, loss.shard)


def _why_untouched(evidence: Evidence, stream: StreamState, shard: ShardState) -> str:
    arn, seen, last = stream.name.arn, None, None
    refused = evidence.not_found.get((arn, shard.id))
    if refused is not None:
        return f"the reader was refused because the shard does not exist: {evidence.named(refused)}"
    for index, call in enumerate(evidence.calls):
        if call.stream == arn and call.operation == "DescribeStream":
            last, seen = index, index if shard.id in listed_shards(call) else seen
    if seen is not None:
        return f"no call asked for an iterator, although the shard was listed: {evidence.named(seen)}"
    if last is not None:
        return f"no listing showed the shard; the last one: {evidence.named(last)}"
    return "no call asked for an iterator, or listed the stream's shards"


def _trimmed(evidence: Evidence, stream: StreamState) -> Iterator[str]:
    """Yield a line for each shard whose records were trimmed unread; they are not the reader's fault."""
    for shard in stream.lineage.shards:
        number = evidence.trimmed_through(shard)
        if number is not None and number not in evidence.reads_of(stream, shard).delivered:
            yield f"  not counted: {shard.id} was trimmed unread, up to sequence number {number}"
