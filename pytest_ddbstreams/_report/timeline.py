"""The lineage of a stream as an SVG timeline: a row for each shard, with the records written and the calls on it.

Events stand from left to right in the order of the mock's journal, each beside the next; the times are written above.
Distances are not to scale, because under a frozen clock all events have one time.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from .._model.journal import ARRIVED, CLOSED, OPENED, WRITTEN
from .._operations.calls import is_expired, reading_of
from .text import plain
from .tree import ordered
from .views import outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from .._model.journal import Entry
    from .._model.stream import StreamState
    from .._operations.calls import Call
    from .views import MockView, ShardView, StreamView

_LEFT, _TOP, _ROW, _BAR = 118, 44, 22, 10
#: Width of a character of the counts, which a browser may draw a little wider than in its usual font.
_CHARACTER = 7.5
_NARROWEST, _WIDEST, _STEP = 420, 840, 16
_LABEL_WIDTH = 86
_CROWDED = 3
_TROUBLE = frozenset({"expired", "refused"})
_WRITINGS = frozenset({"written", "gone"})


@dataclass(frozen=True, slots=True)
class Event:
    """An event of one stream.

    Attributes:
        kind: OPENED, CLOSED, WRITTEN or ARRIVED.
        at: the mock's time.
        shard: id of the shard; None for a call about the whole stream.
        size: how many records were written.
        call: the call that arrived, or None.
    """

    kind: str
    at: datetime
    shard: str | None
    size: int = 0
    call: Call | None = None


def events_of(journal: Iterable[Entry], calls: Sequence[Call], stream: StreamState) -> list[Event]:
    """Return the events of a stream in the order in which they happened."""
    return [event for entry in journal for event in _events_of(entry, calls, stream)]


def _events_of(entry: Entry, calls: Sequence[Call], stream: StreamState) -> Iterator[Event]:
    shards = stream.lineage.by_id
    if entry.kind == ARRIVED and entry.call is not None:
        call = calls[entry.call]
        if call.stream == stream.name.arn:
            yield Event(ARRIVED, call.at, call.shard, call=call)
    elif entry.shard in shards:
        yield Event(entry.kind, entry.at, entry.shard)
    for shard, size in entry.written.items():
        if size and shard in shards:
            yield Event(WRITTEN, entry.at, shard, size)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The coordinates of events, by their place, and of shards, by their row."""

    view: MockView
    stream: StreamView
    events: list[Event]
    rows: dict[str, int]

    @property
    def span(self) -> int:
        return min(_WIDEST, max(_NARROWEST, _STEP * len(self.events)))

    @property
    def width(self) -> int:
        """The width of all: beside the rows there is room for the longest counts, and for a time that begins late."""
        longest = max(len(counts_of(shard)) for shard in self.stream.shards)
        return _LEFT + self.span + max(2 * _LABEL_WIDTH, int(longest * _CHARACTER) + 24)

    @property
    def height(self) -> int:
        return _TOP + _ROW * len(self.rows) + 14

    def x(self, place: float) -> str:
        return f"{_LEFT + self.span * (place + 0.5) / max(1, len(self.events)):.1f}"

    def y(self, shard: str) -> int:
        return _TOP + _ROW * self.rows[shard] + _ROW // 2


def timeline(view: MockView, stream: StreamView) -> str:
    """Return the picture of one stream."""
    rows = {shard.id: row for row, shard in enumerate(ordered(stream.shards))}
    sheet = _Sheet(view, stream, events_of(view.journal, view.calls, stream.state), rows)
    size = f'width="{sheet.width}" height="{sheet.height}" viewBox="0 0 {sheet.width} {sheet.height}"'
    label = escape(f"Shards of {stream.state.name.table_name} over time")
    pieces = [f'<svg class="ddbs" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg" {size}>']
    pieces += [*_times(sheet), *_rows(sheet), *_marks(sheet), "</svg>"]
    return "\n".join(pieces)


def _times(sheet: _Sheet) -> Iterator[str]:
    """Yield the times above the rows, wherever the time changes and there is room."""
    free, before = 0.0, None
    days = len({event.at.date() for event in sheet.events}) > 1
    for place, event in enumerate(sheet.events):
        x = float(sheet.x(place))
        if event.at == before or x < free:
            continue
        before, free = event.at, x + _LABEL_WIDTH * (2 if days else 1)
        yield f'<line class="ddbs-time" x1="{x}" x2="{x}" y1="26" y2="{sheet.height - 8}"/>'
        yield f'<text class="ddbs-at" x="{x}" y="18">{_clock(event.at, days=days)}</text>'


def _rows(sheet: _Sheet) -> Iterator[str]:
    """Yield each shard's bar, name and counts, and the line from its parent."""
    opened = {event.shard: place for place, event in enumerate(sheet.events) if event.kind == OPENED}
    closed = {event.shard: place for place, event in enumerate(sheet.events) if event.kind == CLOSED}
    for shard in sheet.stream.shards:
        start, stop, y = opened.get(shard.id, 0), closed.get(shard.id, len(sheet.events) - 0.5), sheet.y(shard.id)
        if shard.parent_id in sheet.rows:
            yield _branch(sheet, shard.parent_id, closed[shard.parent_id], start, y)
        yield from _row(sheet, shard, float(sheet.x(start)), float(sheet.x(stop)))


def _row(sheet: _Sheet, shard: ShardView, left: float, right: float) -> Iterator[str]:
    y = sheet.y(shard.id)
    counts = counts_of(shard)
    box = f'x="{left}" y="{y - _BAR // 2}" width="{max(4.0, right - left):.1f}" height="{_BAR}" rx="4"'
    yield f"<g><title>{escape(f'{shard.id}, {shard.state}: {counts}')}</title>"
    yield f'<rect class="ddbs-bar ddbs-{shard.state}" {box}/>'
    yield f'<text class="ddbs-name" x="{_LEFT - 12}" y="{y + 4}">{escape(shard.name[-13:])}</text>'
    yield f'<text class="ddbs-counts" x="{_LEFT + sheet.span + 12}" y="{y + 4}">{escape(counts)}</text></g>'


def counts_of(shard: ShardView) -> str:
    """Return the text beside the row of a shard: its records, and how far they were read."""
    return f"{shard.counts or 'no records'}; {shard.reader}"


def _branch(sheet: _Sheet, parent: str, closed: int, opened: int, y: int) -> str:
    x, end, top = sheet.x(closed), sheet.x(opened), sheet.y(parent)
    return f'<path class="ddbs-branch" d="M{x} {top} C{x} {y} {x} {y} {end} {y}"/>'


def _marks(sheet: _Sheet) -> Iterator[str]:
    """Yield a mark for each event on a row, trouble last; in a crowd one mark stands for others of its kind."""
    marks: dict[tuple[str, str, int], str] = {}
    trimmed = {shard.id: shard.trimmed for shard in sheet.stream.shards}
    for place, event in enumerate(sheet.events):
        kind = _kind(event, trimmed)
        if kind is not None and event.shard in sheet.rows:
            x, y = sheet.x(place), sheet.y(event.shard)
            spot = (kind, event.shard, round(float(x)) // _CROWDED)
            if spot not in marks:
                marks[spot] = f"<g><title>{escape(plain(_title(event)))}</title>{_mark(kind, event.size, x, y)}</g>"
    yield from (mark for _, mark in sorted(marks.items(), key=lambda item: item[0][0] in _TROUBLE))


def _kind(event: Event, trimmed: dict[str, int]) -> str | None:
    """Return the kind of an event's mark, or None.

    Args:
        event: the event; the events before it were given before it.
        trimmed: how many of the next records of each shard are trimmed; the records of the event are subtracted.
    """
    if event.call is None:
        return _kind_of_writing(event, trimmed) if event.kind == WRITTEN else None
    if event.call.error is not None:
        return "expired" if is_expired(event.call) else "refused"
    reading = reading_of(event.call)
    if reading is None:
        return "got"
    return "read-page" if reading.size else "empty-page"


def _kind_of_writing(event: Event, trimmed: dict[str, int]) -> str:
    shard = event.shard or ""
    trimmed[shard] -= event.size
    return "written" if trimmed[shard] < 0 else "gone"


def _title(event: Event) -> str:
    at = _clock(event.at, days=True)
    if event.call is None:
        return f"{event.size} record{'s' * (event.size != 1)} written, {at}"
    return f"calls[{event.call.number}] {event.call.operation} {at}: {outcome(event.call)}"


def _mark(kind: str, size: int, x: str, y: int) -> str:
    if kind in _WRITINGS:
        tall = min(9, 3 + size.bit_length())
        return f'<line class="ddbs-{kind}" x1="{x}" x2="{x}" y1="{y - tall}" y2="{y + tall}"/>'
    if kind in _TROUBLE:
        return f'<path class="ddbs-{kind}" d="M{x} {y} m-5 -5 l10 10 m0 -10 l-10 10"/>'
    if kind == "got":
        return f'<path class="ddbs-got" d="M{x} {y - 5} l5 5 l-5 5 l-5 -5 z"/>'
    return f'<circle class="ddbs-{kind}" cx="{x}" cy="{y}" r="4"/>'


def _clock(instant: datetime, *, days: bool) -> str:
    text = instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return text if days else text[11:-1]


_BOX, _TICK, _CROSS = "M-6 -4 h12 v8 h-12 z", "M0 -6 v12", "M-5 -5 l10 10 m0 -10 l-10 10"
_DISC = "M-4 0 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0"
#: The marks, each with its class and its meaning.
_LEGEND = (
    (_BOX, "bar ddbs-open", "open shard"),
    (_BOX, "bar ddbs-closed", "closed shard"),
    (_BOX, "bar ddbs-trimmed", "trimmed shard"),
    (_TICK, "written", "records written"),
    (_TICK, "gone", "records written, and trimmed since"),
    ("M0 -5 l5 5 l-5 5 l-5 -5 z", "got", "iterator fetched"),
    (_DISC, "read-page", "records read"),
    (_DISC, "empty-page", "empty page"),
    (_CROSS, "expired", "iterator expired"),
    (_CROSS, "refused", "refused"),
)


def legend() -> Iterator[str]:
    """Yield the meaning of each mark."""
    for path, kind, meaning in _LEGEND:
        mark = f'<svg width="14" height="14" viewBox="-7 -7 14 14"><path class="ddbs-{kind}" d="{path}"/></svg>'
        yield f"<span>{mark} {meaning}</span>"
