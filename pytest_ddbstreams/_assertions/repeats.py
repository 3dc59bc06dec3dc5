"""Repeats: no record comes twice, no iterator is used by two calls at once, and no closed shard is read again.

A client object stands for a reader: two readers of one process, each with a client of its own, may both read all
records. A repeat has a cause if a call failed between the two deliveries: the reader could not know what it had got.
Requests over HTTP come from unknown readers, and are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .._exceptions import is_about_the_test
from .._model.journal import ANSWERED, ARRIVED
from .._operations.calls import numbers_of, opening_of, reading_of, token_of
from .evidence import Spans, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._operations.calls import Call, Opening, Reading
    from .evidence import Evidence

    #: A client, and the ARN and the shard that it reads.
    Reader: TypeAlias = tuple[int, str | None, str | None]

__tracebackhide__ = is_about_the_test


class Repeat(NamedTuple):
    """A call that repeated an earlier one, with the sequence number if it delivered a record again."""

    earlier: int
    later: int
    number: int | None = None


@dataclass(slots=True)
class Progress:
    """How far a client has read a shard since the last call that failed.

    Attributes:
        delivered: the sequence numbers that were delivered.
        pages: for each page the lowest number, the highest one, and the index of the call.
        asked: the sequence numbers that were asked for by AT_SEQUENCE_NUMBER, whose records may come again.
        ended: the index of the call that delivered the end of the shard, or None.
    """

    delivered: Spans = field(default_factory=Spans)
    pages: list[tuple[int, int, int]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)
    ended: int | None = None

    def open(self, opening: Opening) -> None:
        """Note an iterator that was issued."""
        if opening.kind == "AT_SEQUENCE_NUMBER":
            self.asked.add(opening.number)

    def read(self, index: int, call: Call, reading: Reading) -> Repeat | None:
        """Note a page, and return the first record of it that came before."""
        if reading.last is None:
            return None
        repeat = None
        if self._overlaps(reading.first, reading.last):
            again = (number for number in numbers_of(call) if number in self.delivered and number not in self.asked)
            number = next(again, None)
            repeat = None if number is None else Repeat(self._page_of(number), index, number)
        self.delivered.add(reading.first, reading.last)
        self.pages.append((reading.first, reading.last, index))
        return repeat

    def _overlaps(self, low: int, high: int) -> bool:
        return list(self.delivered.gaps(low, high)) != [(low, high)]

    def _page_of(self, number: int) -> int:
        return next(index for low, high, index in self.pages if low <= number <= high)


class Progresses:
    """The progress of each client in each shard, call by call."""

    def __init__(self) -> None:
        self._found: dict[Reader, Progress] = {}

    def of(self, call: Call) -> Progress | None:
        """Return the progress of the client and the shard of a call; None if it has no client."""
        if call.client is None:
            return None
        return self._found.setdefault((call.client, call.stream, call.shard), Progress())

    def fail(self, call: Call) -> None:
        """Forget what a failed call excuses: its shard, all shards of its stream, or all shards of its client."""
        kept = {reader: progress for reader, progress in self._found.items() if not _concerns(call, reader)}
        self._found = kept


def _concerns(call: Call, reader: Reader) -> bool:
    client, stream, shard = reader
    return client == call.client and call.stream in (None, stream) and call.shard in (None, shard)


def check_deliveries(evidence: Evidence, stream: str | None, excused: frozenset[int | str]) -> None:
    """Raise AssertionError if a record was delivered twice to a client, without a failed call in between.

    Args:
        evidence: calls and streams.
        stream: the ARN of the stream that is judged; None: all streams.
        excused: ordinals of clients, and ids of shards, that are not judged.
    """
    found = []
    for index, call, progress in _reads(evidence, excused):
        opening, reading = opening_of(call), reading_of(call)
        if opening is not None:
            progress.open(opening)
        repeat = None if reading is None else progress.read(index, call, reading)
        if repeat is not None and stream in (None, call.stream):
            found.append(_described(evidence, repeat))
    if found:
        heading = "a record was delivered twice to one client, and no call failed in between:"
        cure = "Keep the iterator of each shard, or begin AFTER_SEQUENCE_NUMBER of the last record that was handled."
        raise AssertionError("\n".join([heading, *listed(found, "records"), cure]))


def check_closed_shards(evidence: Evidence) -> None:
    """Raise AssertionError if a client read a shard again after it had got the shard's end."""
    found = []
    for index, call, progress in _reads(evidence, frozenset()):
        reading = reading_of(call)
        if reading is None:
            continue
        if progress.ended is not None:
            found.append(_described(evidence, Repeat(progress.ended, index)))
        if reading.is_final:
            progress.ended = index
    if found:
        heading = "a closed shard was read again after its end:"
        cure = "A page without a NextShardIterator is the last one: remember that the shard is finished."
        raise AssertionError("\n".join([heading, *listed(found, "calls"), cure]))


def check_iterators(evidence: Evidence) -> None:
    """Raise AssertionError if two calls with one iterator were under way at the same time."""
    found = [_described(evidence, repeat) for repeat in _at_once(evidence)]
    if found:
        heading = "an iterator was used by two calls at once:"
        cure = "Let one thread or task read a shard, and wait for each page before the next call."
        raise AssertionError("\n".join([heading, *listed(found, "calls"), cure]))


def _reads(evidence: Evidence, excused: frozenset[int | str]) -> Iterator[tuple[int, Call, Progress]]:
    """Yield each answered call about a shard, with the progress of its client there."""
    progresses = Progresses()
    for index, call in enumerate(evidence.calls):
        if call.error is not None:
            progresses.fail(call)
        elif call.shard is not None and not excused.intersection((call.client or 0, call.shard)):
            progress = progresses.of(call)
            if progress is not None:
                yield index, call, progress


def _at_once(evidence: Evidence) -> Iterator[Repeat]:
    """Yield each call that arrived while another call with its iterator was under way."""
    under_way: dict[str, int] = {}
    for entry in evidence.journal:
        if entry.call is None or entry.call >= len(evidence.calls):
            continue
        token = token_of(evidence.calls[entry.call])
        if token is None:
            continue
        if entry.kind == ARRIVED and token in under_way:
            yield Repeat(under_way[token], entry.call)
        elif entry.kind == ARRIVED:
            under_way[token] = entry.call
        elif entry.kind == ANSWERED and under_way.get(token) == entry.call:
            del under_way[token]


def _described(evidence: Evidence, repeat: Repeat) -> str:
    shard = evidence.calls[repeat.later].shard
    number = "" if repeat.number is None else f", sequence number {repeat.number}"
    return (
        f"  shard {shard}{number}\n    first by {evidence.named(repeat.earlier)}\n"
        f"    again by {evidence.named(repeat.later)}"
    )
