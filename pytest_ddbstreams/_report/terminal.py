"""What a terminal can show: colours where it has them, ASCII where its encoding has no more.

Done by whoever shows a report, which under pytest-xdist is another process than the one that made it.
"""

from __future__ import annotations

import re
import sys
from typing import Any

_ASCII = str.maketrans(
    {"●": "O", "○": "o", "◌": ".", "·": ".", "█": "#", "░": "-", "│": "|", "├": "+", "└": "`", "─": "-", "…": "~"}
)

_RED, _GREEN, _YELLOW, _FAINT, _BOLD = 31, 32, 33, 2, 1

#: What is coloured, and how: the first pattern that fits a place wins.
_COLOURS = (
    (r"-> \w+(?:Exception|Error)\b.*", _RED),
    (r"^pending faults$|^calls$|^the last \d+ calls$|^\S+  (?:ENABLED|DISABLED)\b", _BOLD),
    (r"^  - .*|attempt \d+", _YELLOW),
    (r"█+|●", _GREEN),
    (r"░+|\d+ unread|never opened", _YELLOW),
    (r"·+|◌|^  \(.*\)$|\d+ trimmed|(?<=  )\d\d:\d\d:\d\d\.\d{3}(?=  )", _FAINT),
)
_ANY = re.compile("|".join(f"({pattern})" for pattern, _ in _COLOURS), re.MULTILINE)


def dress_section(section: tuple[str, str], title: str, has_colours: object) -> tuple[str, str]:
    """A section of a test's report as the terminal of this process can show it; those of others as they are."""
    its_title, text = section
    if its_title != title:
        return section
    coloured = _ANY.sub(_coloured, text) if has_colours else text
    return title, printable(coloured, sys.__stdout__)


def printable(text: str, file: Any) -> str:
    """A report as a text file can show it."""
    try:
        "".join(map(chr, _ASCII)).encode(getattr(file, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII)
    return text


def _coloured(found: re.Match[str]) -> str:
    _, code = _COLOURS[(found.lastindex or 1) - 1]
    return f"\x1b[{code}m{found[0]}\x1b[0m"
