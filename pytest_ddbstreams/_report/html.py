"""The report of a mock as HTML: a page that stands alone, and the fragment that a notebook shows.

Nothing is loaded from elsewhere, and every text of a test or of a request is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .call_lines import call_lines
from .text import fault_lines, mapping_lines, plain, summary
from .timeline import legend, timeline

if TYPE_CHECKING:
    from .views import MockView

_STYLE = """
.ddbs-report { --ink: #1f2328; --faint: #656d76; --line: #d0d7de; --ground: #ffffff; --open: #2da44e;
  --closed: #8c959f; --blue: #0969da; --red: #cf222e; --amber: #bf8700;
  color: var(--ink); background: var(--ground); font: 13px/1.5 system-ui, sans-serif; padding: 16px 20px; }
@media (prefers-color-scheme: dark) { .ddbs-report { --ink: #e6edf3; --faint: #8b949e; --line: #30363d;
  --ground: #0d1117; --open: #3fb950; --closed: #6e7681; --blue: #58a6ff; --red: #ff7b72; --amber: #d29922; } }
.ddbs-report h2 { font-size: 15px; margin: 18px 0 2px; overflow-wrap: anywhere; }
.ddbs-report h2 small { color: var(--faint); font-weight: normal; margin-left: 8px; }
.ddbs-report p { margin: 0; color: var(--faint); }
.ddbs-report pre { font: 12px/1.5 ui-monospace, monospace; overflow-x: auto; margin: 4px 0 0; color: inherit;
  background: none; }
.ddbs-scroll { overflow-x: auto; }
.ddbs-legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 14px; color: var(--faint); }
.ddbs-legend svg { vertical-align: -2px; }
.ddbs-at, .ddbs-counts { font: 11px ui-monospace, monospace; fill: var(--faint); }
.ddbs-name { font: 12px ui-monospace, monospace; fill: var(--ink); text-anchor: end; }
.ddbs-time { stroke: var(--line); stroke-dasharray: 2 3; }
.ddbs-bar { fill-opacity: .3; stroke-width: 1; }
.ddbs-open { fill: var(--open); stroke: var(--open); }
.ddbs-closed { fill: var(--closed); stroke: var(--closed); }
.ddbs-trimmed { fill: none; stroke: var(--closed); stroke-dasharray: 3 3; }
.ddbs-branch { fill: none; stroke: var(--closed); stroke-width: 1.3; }
.ddbs-written { stroke: var(--amber); stroke-width: 2; }
.ddbs-gone { stroke: var(--closed); stroke-width: 2; stroke-dasharray: 2 2; }
path.ddbs-written, path.ddbs-gone { fill: none; }
.ddbs-got { fill: var(--ground); stroke: var(--blue); stroke-width: 1.4; }
.ddbs-read-page { fill: var(--blue); stroke: var(--ground); stroke-width: 1; }
.ddbs-empty-page { fill: var(--ground); stroke: var(--blue); stroke-width: 1.4; }
.ddbs-expired { fill: none; stroke: var(--red); stroke-width: 2.2; }
.ddbs-refused { fill: none; stroke: var(--amber); stroke-width: 2.2; }
"""


def fragment_of(view: MockView) -> str:
    """Return a fragment for a page of another program."""
    pieces = [f"<style>{_STYLE}</style>", f"<p>{escape(summary(view))}</p>"]
    for stream in view.streams:
        table, *rest = stream.title.split("  ")
        pieces.append(f"<h2>{escape(table)} <small>{escape(' · '.join(rest))}</small></h2>")
        pieces.append(f'<div class="ddbs-scroll">{timeline(view, stream)}</div>')
    if view.streams:
        pieces.append(f'<div class="ddbs-legend">{"".join(legend())}</div>')
    for part in (call_lines(view), mapping_lines(view), fault_lines(view)):
        heading, *lines = [*part] or [""]
        if heading:
            pieces.append(f"<h2>{escape(heading)}</h2><pre>{chr(10).join(escape(plain(line)) for line in lines)}</pre>")
    return f'<div class="ddbs-report">{"".join(pieces)}</div>'


def page_of(view: MockView) -> str:
    """Return a page that stands alone."""
    head = '<meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>DynamoDB Streams</title>'
    ground = "<style>body { margin: 0 } @media (prefers-color-scheme: dark) { body { background: #0d1117 } }</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}{ground}</head><body>{fragment_of(view)}</body></html>\n'
