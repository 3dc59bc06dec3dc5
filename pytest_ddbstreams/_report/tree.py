"""The shards of a stream as a tree in text, one line each.

A shard with one child has it below; where a shard splits, its children branch off. So a shard that was rotated two
hundred times is one column, and the picture grows to the right with splits only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .views import ShardView

#: How many shards of a stream are shown.
_SHOWN = 24
_WIDEST = 24
_BAR = 16
_MARKS = {"open": "●", "closed": "○", "trimmed": "◌"}
_BELOW = str.maketrans("├└─", "│  ")

LEGEND = "● open  ○ closed  ◌ trimmed    records: · trimmed  █ read  ░ unread"


class Row(NamedTuple):
    """A shard, and the lines that lead to it."""

    lead: str
    shard: ShardView


def lines_of(shards: Iterable[ShardView]) -> Iterator[str]:
    """Yield the lines of a tree; of a big tree the shards that matter most, and a count of the others."""
    rows = list(_rows(tuple(shards)))
    kept = {row.shard.id for row in sorted(rows, key=_weight, reverse=True)[:_SHOWN]}
    width = max((len(_head(row)) for row in rows if row.shard.id in kept), default=0)
    left_out: list[Row] = []
    for row in rows:
        if row.shard.id not in kept:
            left_out.append(row)
            continue
        yield from _summary(left_out)
        left_out = []
        yield f"{_head(row):{width}}  {_line(row.shard)}"
    yield from _summary(left_out)


def ordered(shards: Iterable[ShardView]) -> Iterator[ShardView]:
    """Yield the shards in the order of the tree, from the top down."""
    return (row.shard for row in _rows(tuple(shards)))


def bar(shard: ShardView) -> str:
    """Return a bar of the trimmed, read and unread records, each with one cell at least."""
    sizes = (shard.trimmed, shard.read, shard.unread)
    total = sum(sizes)
    if not total:
        return " " * _BAR
    cells = [max(1, size * _BAR // total) if size else 0 for size in sizes]
    cells[cells.index(max(cells))] += _BAR - sum(cells)
    return "".join(mark * count for mark, count in zip("·█░", cells, strict=True))


def _rows(shards: tuple[ShardView, ...]) -> Iterator[Row]:
    children: dict[str | None, list[ShardView]] = {}
    known = {shard.id for shard in shards}
    for shard in shards:
        children.setdefault(shard.parent_id if shard.parent_id in known else None, []).append(shard)
    # Not by recursion: the lineage of some months is deeper than Python recurses.
    waiting = list(_branches("", children.get(None, [])))
    while waiting:
        row = waiting.pop()
        yield row
        waiting += _branches(row.lead.translate(_BELOW), children.get(row.shard.id, []))


def _branches(lead: str, shards: list[ShardView]) -> Iterator[Row]:
    """Yield the rows of siblings, the last one first."""
    if len(shards) == 1:
        yield Row(lead, shards[0])
        return
    for place, shard in enumerate(reversed(shards)):
        yield Row(lead + ("├─" if place else "└─"), shard)


def _weight(row: Row) -> tuple[bool, bool, str]:
    shard = row.shard
    return shard.unread > 0, shard.state == "open", shard.id


def _head(row: Row) -> str:
    return f"{_fitted(row.lead)}{_MARKS[row.shard.state]} {row.shard.name}"


def _line(shard: ShardView) -> str:
    return f"{shard.state:7}  {bar(shard)}  {shard.counts or 'no records'}; {shard.reader}"


def _summary(rows: list[Row]) -> Iterator[str]:
    """Yield the line that stands for rows that are left out."""
    if rows:
        states = [row.shard.state for row in rows]
        counts = [f"{states.count(state)} {state}" for state in _MARKS if state in states]
        unread = sum(row.shard.unread for row in rows)
        more = f", {unread} records unread" if unread else ""
        shards = "1 shard is" if len(rows) == 1 else f"{len(rows)} shards are"
        yield f"{_fitted(rows[0].lead.translate(_BELOW))}… {shards} left out: {', '.join(counts)}{more}"


def _fitted(lead: str) -> str:
    return lead if len(lead) <= _WIDEST else f"…{lead[1 - _WIDEST :]}"
