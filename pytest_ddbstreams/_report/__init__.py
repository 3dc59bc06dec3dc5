"""The report of a mock: as text, for a failed test and for `print`, and as HTML.

A report is dressed by the process that shows it, which under pytest-xdist is not the process that made it.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from .html import fragment_of, page_of
from .text import text_of
from .views import gather

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .._service import Service

#: The title of the report in what a test framework prints of a failed test.
TITLE = "DynamoDB Streams"

_ASCII = str.maketrans(
    {"●": "O", "○": "o", "◌": ".", "·": ".", "█": "#", "░": "-", "│": "|", "├": "+", "└": "`", "─": "-", "…": "~"}
)

_RED, _GREEN, _YELLOW, _FAINT, _BOLD = 31, 32, 33, 2, 1

_HEADINGS = r"pending faults|event source mappings|earlier errors|calls|the last \d+ calls"

#: Patterns and the colours of the text that they fit; the first pattern that fits a place wins.
_COLOURS = (
    (r"-> \w+(?:Exception|Error)\b.*", _RED),
    (rf"^(?:{_HEADINGS})$|^\S+  (?:ENABLED|DISABLED)\b", _BOLD),
    (r"^  - .*|attempt \d+", _YELLOW),
    (r"█+|●", _GREEN),
    (r"░+|\d+ unread|never opened", _YELLOW),
    (r"·+|◌|^  \(.*\)$|\d+ trimmed|(?<=  )\d\d:\d\d:\d\d\.\d{3}(?=  )", _FAINT),
)
_ANY = re.compile("|".join(f"({pattern})" for pattern, _ in _COLOURS), re.MULTILINE)


def show(service: Service, now: datetime) -> str:
    """Return the text of a mock at a time."""
    return text_of(gather(service, now))


def page(service: Service, now: datetime) -> str:
    """Return a page of HTML that stands alone, with a mock at a time."""
    return page_of(gather(service, now))


def fragment(service: Service, now: datetime) -> str:
    """Return a fragment of HTML for a page of another program, with a mock at a time."""
    return fragment_of(gather(service, now))


def failure_text(seen: Iterable[tuple[Service, datetime]]) -> str:
    """Return the text of the mocks that a failed test has used, each at its time.

    An error in here must not hide why the test failed.
    """
    try:
        mocks = list(seen)
        titles = [_title(number, service, len(mocks)) for number, (service, _) in enumerate(mocks, 1)]
        return "\n\n".join(title + show(service, now) for title, (service, now) in zip(titles, mocks, strict=True))
    except Exception as error:  # noqa: BLE001 - see above
        return f"The report failed, which is a bug in pytest-ddbstreams and not in the test: {error!r}"


def _title(number: int, service: Service, total: int) -> str:
    """Return a line that names one of several mocks, and says whether it answered a call."""
    if total == 1:
        return ""
    answered = "answered calls" if service.calls else "answered no call"
    return f"mock {number} of {total}, opened by {service.opened_by}; it {answered}\n"


def add_to(error: BaseException, service: Service) -> None:
    """Add the report of a mock to the error of a test: as a note, or on stderr, because Python 3.10 has no notes.

    A mock that the error has passed already is not shown again.
    """
    text = f"{TITLE}\n{failure_text([(service, service.time_of_last_use())])}"
    if sys.version_info < (3, 11):
        sys.stderr.write(f"{text}\n")
    elif text not in getattr(error, "__notes__", ()):
        error.add_note(text)


def dress_section(section: tuple[str, str], title: str, has_colours: object) -> tuple[str, str]:
    """Return a section of a test's report in colours and characters that this process's terminal has.

    Args:
        section: title and text; a section with another title is returned as it is.
        title: the title of the sections to dress.
        has_colours: whether the terminal has colours.
    """
    its_title, text = section
    if its_title != title:
        return section
    coloured = _ANY.sub(_coloured, text) if has_colours else text
    return title, printable(coloured, sys.__stdout__)


def printable(text: str, file: Any) -> str:
    """Return a report in characters that a text file can show: in ASCII where its encoding has no more."""
    try:
        "".join(map(chr, _ASCII)).encode(getattr(file, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII)
    return text


def _coloured(found: re.Match[str]) -> str:
    _, code = _COLOURS[(found.lastindex or 1) - 1]
    return f"\x1b[{code}m{found[0]}\x1b[0m"
