"""The report of a mock as text of a hundred columns: shard trees, calls, event source mappings, and pending faults."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from .call_lines import call_lines, full
from .tree import LEGEND, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .views import MockView

WIDTH = 100
_STREAMS = 6


def text_of(view: MockView) -> str:
    """Return the whole report of one mock."""
    return "\n".join(_fitted(line) for line in _lines(view))


def _lines(view: MockView) -> Iterator[str]:
    yield summary(view)
    yield from _streams(view)
    for part in (list(call_lines(view)), list(mapping_lines(view)), list(fault_lines(view))):
        yield from ["", *part] if part else []


def summary(view: MockView) -> str:
    """Return one line: how many streams and calls there are, and the time."""
    frozen = " (the clock is frozen)" if view.is_frozen else ""
    return f"{_count(view.streams, 'stream')}, {_count(view.calls, 'call')}; at {full(view.now)}{frozen}"


def _streams(view: MockView) -> Iterator[str]:
    # The newest are those that a test is most likely about.
    older = max(0, len(view.streams) - _STREAMS)
    if older:
        yield f"… {_count(view.streams[:older], 'older stream')} left out"
    for stream in view.streams[older:]:
        yield ""
        yield stream.title
        yield from (f"  {line}" for line in lines_of(stream.shards))
    if view.streams:
        yield f"  ({LEGEND})"


def mapping_lines(view: MockView) -> Iterator[str]:
    """Yield the event source mappings under their heading; nothing if there are none."""
    if view.mappings:
        yield "event source mappings"
    for mapping in view.mappings:
        yield from wrap(plain(mapping), WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def fault_lines(view: MockView) -> Iterator[str]:
    """Yield the faults that may still trigger under their heading; nothing if there are none."""
    if view.faults:
        yield "pending faults"
    for fault in view.faults:
        yield from wrap(plain(fault), WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)


def _count(things: tuple[object, ...], noun: str) -> str:
    return f"{len(things) or 'no'} {noun}{'s' * (len(things) != 1)}"


def _fitted(line: str) -> str:
    line = plain(line)
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def plain(text: str) -> str:
    """Return a text in which each character takes one column: texts of requests may hold anything."""
    return "".join(each if each in _OURS or " " <= each <= "~" else ascii(each)[1:-1] for each in text)


_OURS = frozenset("●○◌·█░│├└─…")
