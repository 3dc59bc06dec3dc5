"""Every record was delivered at least once.

What could not be read is not held against the reader: records that were trimmed, and those before a checkpoint
that was there when the log began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._exceptions import UnknownStream
from .._model.names import names_stream
from .._operations.calls import listed_shards
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .evidence import Evidence


class Loss(NamedTuple):
    """Records of a shard that were not delivered: how many, and the number of the first."""

    shard: ShardState
    size: int
    number: int


def check(evidence: Evidence, name: str, handed: frozenset[int] | None = None) -> None:
    """Every record of a stream that can still be read was delivered.

    Args:
        evidence: log and streams.
        name: a table's name or a stream's ARN.
        handed: the sequence numbers of the records that the reader handed on; None: being answered counts.

    Raises:
        AssertionError: one was not.
        UnknownStream: there is no such stream.
    """
    stream = _find(evidence, name)
    losses = list(_losses(evidence, stream, handed))
    if losses:
        count = sum(loss.size for loss in losses)
        heading = (
            f"{count} record{'s' * (count != 1)} of {stream.name.table_name!r} ({stream.name.arn}) did not arrive:"
        )
        found = [_told(evidence, stream, loss) for loss in losses]
        raise AssertionError("\n".join([heading, *listed(found, "shards"), *_trimmed(evidence, stream)]))


def _find(evidence: Evidence, name: str) -> StreamState:
    for stream in reversed(evidence.streams):
        if names_stream(name, stream.name.arn):
            return stream
    there_are = ", ".join(f"{stream.name.table_name!r} ({stream.name.arn})" for stream in evidence.streams) or "none"
    raise UnknownStream(f"no stream {name!r}; there are: {there_are}")


def _losses(evidence: Evidence, stream: StreamState, handed: frozenset[int] | None) -> Iterator[Loss]:
    earlier = _read_earlier(evidence, stream)
    for shard in stream.lineage.shards:
        if shard.id in earlier:
            continue
        trail = evidence.trail(stream, shard)
        least = trail.start.number if trail.start and trail.is_resumed(shard) else 0
        count, number = evidence.unread(shard, trail.delivered, least)
        if handed is not None:
            count, number = _not_handed(evidence, shard, handed, least)
        if number is not None:
            yield Loss(shard, count, number)


def _read_earlier(evidence: Evidence, stream: StreamState) -> set[str]:
    """The shards that nobody touched here because a checkpoint in a younger one says that they were read before."""
    shards = stream.lineage.shards
    resumed = [shard for shard in shards if evidence.trail(stream, shard).is_resumed(shard)]
    older = {ancestor for shard in resumed for ancestor in stream.lineage.ancestors(shard)}
    return {shard.id for shard in older if not evidence.trail(stream, shard).starts}


def _not_handed(evidence: Evidence, shard: ShardState, handed: frozenset[int], least: int) -> tuple[int, int | None]:
    log = shard.log
    start = max(evidence.left(shard), log.index_of(least))
    missing = [number for number in map(log.number, range(start, len(log))) if number not in handed]
    return len(missing), missing[0] if missing else None


def _told(evidence: Evidence, stream: StreamState, loss: Loss) -> str:
    what = f"{loss.size} records, first" if loss.size > 1 else "the record of"
    why = _reason(evidence, stream, loss)
    return f"  shard {loss.shard.id}: {what} sequence number {loss.number}\n    {why}"


def _reason(evidence: Evidence, stream: StreamState, loss: Loss) -> str:
    """Which call lost it, as far as a log can tell."""
    trail, number = evidence.trail(stream, loss.shard), loss.number
    for index, reading in trail.readings.items():
        if reading.brings(number):
            return f"the reader got it, and did not hand it on: {evidence.told(index)}"
    came_near = [index for index, reading in trail.readings.items() if (reading.last or reading.first) < number]
    for index, opening in trail.openings.items():
        if opening.number > number:
            return f"{opening.kind} left it out: {evidence.told(index)}"
    if came_near:
        return f"the shard was read no further than by {evidence.told(came_near[-1])}"
    if trail.openings:
        return f"an iterator was fetched and not used: {evidence.told(next(iter(trail.openings)))}"
    return _why_untouched(evidence, stream, loss.shard)


def _why_untouched(evidence: Evidence, stream: StreamState, shard: ShardState) -> str:
    arn, seen, last = stream.name.arn, None, None
    if (arn, shard.id) in evidence.gone:
        return f"the reader was told that it is gone: {evidence.told(evidence.gone[arn, shard.id])}"
    for index, call in enumerate(evidence.calls):
        if call.stream == arn and call.operation == "DescribeStream":
            last, seen = index, index if shard.id in listed_shards(call) else seen
    if seen is not None:
        return f"nobody asked for an iterator, though the shard was listed: {evidence.told(seen)}"
    if last is not None:
        return f"no listing showed the shard; the last one: {evidence.told(last)}"
    return "nobody asked for an iterator, and nobody listed the stream's shards"


def _trimmed(evidence: Evidence, stream: StreamState) -> Iterator[str]:
    """What nobody can be blamed for, so that nobody looks for it."""
    for shard in stream.lineage.shards:
        number = evidence.trimmed_through(shard)
        if number is not None and number not in evidence.trail(stream, shard).delivered:
            yield f"  not counted: {shard.id} was trimmed unread, up to sequence number {number}"
