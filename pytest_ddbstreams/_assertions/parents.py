"""Parents before children: what keeps the changes of each item in their order.

"A parent shard must be processed before its children." A child that was read while a record of an ancestor was
still to come is the violation; that record is the evidence.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from .._operations.calls import numbers_of
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .evidence import Evidence, Trail


class Reversal(NamedTuple):
    """A child, the index of the call that read it too early, and the ancestor's record that was still to come."""

    child: ShardState
    call: int
    ancestor: ShardState
    number: int


def check(evidence: Evidence) -> None:
    """Every shard was read after all that it continues.

    Raises:
        AssertionError: one was not.
    """
    found = [line for stream in evidence.streams for line in _reversals(evidence, stream)]
    if found:
        heading = "a shard was read before its parent was read to the end:"
        cure = "Read a shard up to the page without a NextShardIterator before you open its children."
        raise AssertionError("\n".join([heading, *listed(found, "shards"), cure]))


def _reversals(evidence: Evidence, stream: StreamState) -> Iterator[str]:
    settled: set[str] = set()
    for index, child in sorted(_first_reads(evidence, stream), key=lambda read: read[0]):
        found = _unread_ancestor(evidence, stream, child, index, settled)
        if found is not None:
            yield _told(evidence, stream, Reversal(child, index, *found))


def _first_reads(evidence: Evidence, stream: StreamState) -> Iterator[tuple[int, ShardState]]:
    for shard in stream.lineage.shards:
        readings = evidence.trail(stream, shard).readings
        if readings:
            yield min(readings), shard


def _unread_ancestor(
    evidence: Evidence, stream: StreamState, child: ShardState, index: int, settled: set[str]
) -> tuple[ShardState, int] | None:
    """The nearest ancestor of which something was still to come when a call read the child, and what.

    Args:
        evidence: log and streams.
        stream: theirs.
        child: the shard that was read.
        index: of the call that read it first.
        settled: shards known to be read with all that they continue; those found so are added.
    """
    chosen, seen = False, []
    for younger, ancestor in pairwise((child, *stream.lineage.ancestors(child))):
        if ancestor.id in settled:
            break
        chosen = chosen or _starts_where_the_reader_chose(evidence.trail(stream, younger), younger)
        number = _still_to_come(evidence, stream, ancestor, index, excused=chosen)
        if number is not None:
            return ancestor, number
        if not chosen:
            seen.append(ancestor.id)
    settled.update(seen)
    return None


def _starts_where_the_reader_chose(trail: Trail, shard: ShardState) -> bool:
    """Whether a reader began here on purpose, from now on or from a checkpoint: what is older is left out."""
    start = trail.start
    return start is not None and (trail.is_resumed(shard) or not (start.is_at_the_horizon or start.is_by_number))


def _still_to_come(
    evidence: Evidence, stream: StreamState, shard: ShardState, index: int, *, excused: bool
) -> int | None:
    """The first record of a closed shard that was not delivered before a call, and could have been."""
    trail = evidence.trail(stream, shard)
    if (not trail.starts and excused) or evidence.gone.get((stream.name.arn, shard.id), index) < index:
        return None
    before, least = trail.delivered_before(index), min(trail.starts, default=0)
    _, waiting = evidence.unread(shard, before, least)
    # What was delivered afterwards was there before, even if it is trimmed by now.
    came_later = (
        number
        for at, reading in trail.readings.items()
        if reading.last is not None and not before.covers(reading.first, reading.last)
        for number in numbers_of(evidence.calls[at])
        if number not in before
    )
    return min((number for number in (waiting, *came_later) if number is not None), default=None)


def _told(evidence: Evidence, stream: StreamState, reversal: Reversal) -> str:
    child, index, parent, number = reversal
    readings = evidence.trail(stream, parent).readings
    later = next((at for at, reading in readings.items() if at > index and reading.brings(number)), None)
    fate = "was never delivered" if later is None else f"came later, by {evidence.told(later)}"
    return (
        f"  shard {child.id} by {evidence.told(index)}\n"
        f"    while sequence number {number} of {parent.id}, which it continues, was still to come; it {fate}"
    )
