"""Parents before children, which keeps the changes of each item in their order.

"A parent shard must be processed before its children." (D) A violation is a child that was read before a record of an
ancestor; that record is the evidence.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from .._exceptions import is_about_the_test
from .._operations.calls import numbers_of
from .evidence import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .evidence import Evidence, Reads

__tracebackhide__ = is_about_the_test


class Reversal(NamedTuple):
    """A child, the index of the call that read it too early, and the record of the ancestor that came later."""

    child: ShardState
    call: int
    ancestor: ShardState
    number: int


def check(evidence: Evidence) -> None:
    """Raise AssertionError unless every shard was read after its ancestors."""
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
            yield _described(evidence, stream, Reversal(child, index, *found))


def _first_reads(evidence: Evidence, stream: StreamState) -> Iterator[tuple[int, ShardState]]:
    for shard in stream.lineage.shards:
        readings = evidence.reads_of(stream, shard).readings
        if readings:
            yield min(readings), shard


def _unread_ancestor(
    evidence: Evidence, stream: StreamState, child: ShardState, index: int, settled: set[str]
) -> tuple[ShardState, int] | None:
    """Return the nearest ancestor with a record that came after the child was read, and its sequence number.

    Args:
        evidence: calls and streams.
        stream: the stream of the child.
        child: the shard that was read.
        index: index of the call that read the child first.
        settled: ids of shards that were read with all their ancestors; ids that are found are added.
    """
    chosen, seen = False, []
    for younger, ancestor in pairwise((child, *stream.lineage.ancestors(child))):
        if ancestor.id in settled:
            break
        chosen = chosen or _starts_where_the_reader_chose(evidence.reads_of(stream, younger), younger)
        number = _still_to_come(evidence, stream, ancestor, index, excused=chosen)
        if number is not None:
            return ancestor, number
        if not chosen:
            seen.append(ancestor.id)
    settled.update(seen)
    return None


def _starts_where_the_reader_chose(reads: Reads, shard: ShardState) -> bool:
    """Say whether a reader began here on purpose, at LATEST or at a checkpoint, and so leaves older records out."""
    start = reads.start
    return start is not None and (reads.is_resumed(shard) or not (start.is_at_the_horizon or start.is_by_number))


def _still_to_come(
    evidence: Evidence, stream: StreamState, shard: ShardState, index: int, *, excused: bool
) -> int | None:
    """Return the first sequence number that could have been delivered before a call, and was not."""
    reads = evidence.reads_of(stream, shard)
    if (not reads.starts and excused) or evidence.not_found.get((stream.name.arn, shard.id), index) < index:
        return None
    before, least = reads.delivered_before(index), min(reads.starts, default=0)
    _, waiting = evidence.unread(shard, before, least)
    # A record that was delivered later was there before, even if it is trimmed by now.
    came_later = (
        number
        for at, reading in reads.readings.items()
        if reading.last is not None and not before.covers(reading.first, reading.last)
        for number in numbers_of(evidence.calls[at])
        if number not in before
    )
    return min((number for number in (waiting, *came_later) if number is not None), default=None)


def _described(evidence: Evidence, stream: StreamState, reversal: Reversal) -> str:
    child, index, parent, number = reversal
    readings = evidence.reads_of(stream, parent).readings
    later = next((at for at, reading in readings.items() if at > index and reading.includes(number)), None)
    fate = "was never delivered" if later is None else f"came later, by {evidence.named(later)}"
    return (
        f"  shard {child.id} by {evidence.named(index)}\n"
        f"    while sequence number {number} of {parent.id}, its ancestor, was not delivered yet; it {fate}"
    )
