"""The lines of calls in a report: the time, the place and the outcome of each; a run of equal calls is one line.

A line names a stream only by what differs between the streams of the mock: table, region, account, label.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from .._model.names import region_of
from .views import outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .._model.names import StreamName
    from .._operations.calls import Call
    from .views import MockView, StreamView

#: How many lines there are of the last calls.
_LINES = 20
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class Row:
    """Equal calls: consecutive ones, or of earlier ones those with the same error.

    Attributes:
        calls: the calls, in order.
        place: the place of each.
        text: attempt and outcome of each.
    """

    calls: tuple[Call, ...]
    place: str
    text: str

    @property
    def name(self) -> str:
        """The calls as a test writes them."""
        first, last = self.calls[0].number, self.calls[-1].number
        return f"calls[{first}]" if first == last else f"calls[{first}..{last}]"

    @property
    def times(self) -> str:
        """How many calls there are, if there are several."""
        return f" ({len(self.calls)} times)" if len(self.calls) > 1 else ""


class Places:
    """The names of the places that calls go to.

    Args:
        streams: the streams of the mock.
    """

    def __init__(self, streams: Sequence[StreamView]) -> None:
        names = [stream.state.name for stream in streams]
        self._regions = {name.region for name in names}
        self._streams = {name.arn: self._named(name, names) for name in names}
        self._shards = {shard.id: shard.name for stream in streams for shard in stream.shards}

    def of(self, call: Call) -> str:
        """Return the name of a call's stream and shard, and its region where that is not the stream's."""
        unknown = (call.stream or "").partition(":table/")[2]
        stream = self._streams.get(call.stream or "", unknown)
        place = "/".join(filter(None, (stream, self._shards.get(call.shard or "", call.shard))))
        regions = {region_of(call.stream)} - {""} if call.stream else self._regions
        is_elsewhere = bool(regions) and call.region not in regions
        return f"{place} sent to {call.region}".lstrip() if is_elsewhere else place

    @staticmethod
    def _named(name: StreamName, names: Sequence[StreamName]) -> str:
        parts = [(each.table_name, each.region, each.account) for each in names]
        own = (name.table_name, name.region, name.account)
        shown = [part for part, among in zip(own, zip(*parts, strict=True), strict=True) if len(set(among)) > 1]
        return " ".join([*shown, name.label] if parts.count(own) > 1 else shown)


def call_lines(view: MockView) -> Iterator[str]:
    """Yield the last calls under their heading, and before them each earlier error; nothing if there are no calls."""
    rows = list(_folded(view))
    earlier, last = rows[:-_LINES], rows[-_LINES:]
    errors = list(_errors_of(earlier))
    if errors:
        yield "earlier errors"
        yield from _lines(errors, view.now)
        yield ""
    if last:
        count = sum(len(row.calls) for row in last)
        yield f"the last {count} calls" if earlier else "calls"
        yield from _lines(last, view.now)


def _folded(view: MockView) -> Iterator[Row]:
    """Yield the calls in order; equal ones that follow each other are one row."""
    places = Places(view.streams)
    for (_, place, text), calls in groupby(view.calls, lambda call: (call.operation, places.of(call), _text(call))):
        yield Row(tuple(calls), place, text)


def _errors_of(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield a row for each operation, place and error."""
    found: dict[tuple[str, str, str], list[Call]] = {}
    for row in rows:
        if row.calls[0].error is not None:
            found.setdefault((row.calls[0].operation, row.place, row.text), []).extend(row.calls)
    return (Row(tuple(calls), place, text) for (_, place, text), calls in found.items())


def _text(call: Call) -> str:
    return f"{f'attempt {call.attempt} ' if call.attempt > 1 else ''}-> {outcome(call)}"


def _lines(rows: Sequence[Row], now: datetime) -> Iterator[str]:
    same_day = len({call.at.date() for row in rows for call in row.calls} | {now.date()}) == 1
    name_width = max(len(row.name) for row in rows)
    width = min(_WIDEST, max(len(row.place) for row in rows))
    for row in rows:
        first = row.calls[0]
        at = clock(first.at) if same_day else full(first.at)
        yield f"  {row.name:{name_width}}  {at}  {first.operation:16}  {row.place:{width}}  {row.text}{row.times}"


def full(instant: datetime) -> str:
    """Return an instant with its date."""
    return f"{instant:%Y-%m-%dT}{clock(instant)}Z"


def clock(instant: datetime) -> str:
    """Return the time of day of an instant."""
    return f"{instant:%H:%M:%S}.{instant.microsecond // 1000:03}"
