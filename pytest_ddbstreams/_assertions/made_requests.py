"""Requests: their sequence numbers have been shown by an answer, and they keep to the documented rates.

A consumer that invents or mangles a checkpoint asks for a number that no answer has shown. A checkpoint from before the
call log is known if a record has that number.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from .._exceptions import StreamStateError, is_about_the_test
from .._operations.calls import asked_number, listed_bounds, reading_of
from .._operations.rates import CALLS
from .evidence import Spans, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.shard import ShardState
    from .evidence import Evidence

__tracebackhide__ = is_about_the_test

#: A busy moment is no fault: the rates of a second are counted over two.
_WINDOW = timedelta(seconds=2)


def check_numbers(evidence: Evidence) -> None:
    """Raise AssertionError if GetShardIterator was asked for a sequence number that no answer has shown."""
    found = [f"  sequence number {number} by {evidence.named(index)}" for index, number in _unknown(evidence)]
    if found:
        heading = "a sequence number was asked for that no answer has shown:"
        cure = "Save the SequenceNumber of a record as the text that GetRecords gives, and compare numbers as integers."
        raise AssertionError("\n".join([heading, *listed(found, "calls"), cure]))


def _unknown(evidence: Evidence) -> Iterator[tuple[int, int]]:
    shards = {(stream.name.arn, shard.id): shard for stream in evidence.streams for shard in stream.lineage.shards}
    bounds: set[int] = set()
    read: dict[tuple[str | None, str | None], Spans] = {}
    for index, call in enumerate(evidence.calls):
        place, number, reading = (call.stream, call.shard), asked_number(call), reading_of(call)
        bounds.update(listed_bounds(call))
        if reading is not None and reading.last is not None:
            read.setdefault(place, Spans()).add(reading.first, reading.last)
        if number is None or number in bounds or call.error is not None:
            continue
        shard = shards.get((str(call.stream), str(call.shard)))
        if shard is not None and not _is_known(shard, number, read.get(place)):
            yield index, number


def _is_known(shard: ShardState, number: int, read: Spans | None) -> bool:
    """Return whether a number is that of a record which was delivered, or of any record if none was delivered yet."""
    if read is not None and number not in read:
        return False
    trimmed = shard.log.trimmed_through
    if trimmed is not None and number <= trimmed:
        return True  # the record is not there any more
    place = shard.log.index_of(number)
    return place < len(shard.log) and shard.log.number(place) == number


def check_rates(evidence: Evidence) -> None:
    """Raise AssertionError if an operation was called more often than AWS allows, over two seconds of the clock.

    Raises:
        StreamStateError: the clock stood still between the calls, so they have no rate.
    """
    found = []
    for operation, limit in CALLS.items():
        for region in sorted({call.region for call in evidence.calls}):
            first = _too_many(evidence, operation, region, 2 * limit)
            if first is not None:
                found.append(
                    f"  {operation} in {region}: more than {2 * limit} calls in two seconds; AWS allows {limit} a "
                    f"second\n    the first is {evidence.named(first)}"
                )
    if found:
        cure = "Wait between two listings, and keep what they have shown."
        raise AssertionError("\n".join(["calls came too fast:", *listed(found, "operations"), cure]))


def _too_many(evidence: Evidence, operation: str, region: str, most: int) -> int | None:
    """Return the index of the first call of a window with more calls than `most`, or None."""
    recent: deque[int] = deque()
    for index, call in enumerate(evidence.calls):
        if (call.operation, call.region) != (operation, region):
            continue
        recent.append(index)
        while call.at - evidence.calls[recent[0]].at >= _WINDOW:
            recent.popleft()
        if len(recent) > most:
            if call.at == evidence.calls[recent[0]].at:
                raise StreamStateError(
                    f"{len(recent)} calls of {operation} have one time, because the clock stood still. Let time pass "
                    "between the calls, by a sleep or by mock.clock.tick(), and call assert_rates() then"
                )
            return recent[0]
    return None
