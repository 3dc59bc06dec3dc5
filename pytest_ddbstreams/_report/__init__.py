"""How a mock explains itself: as text, for the report of a failed test and for `print`, and as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .html import fragment_of, page_of
from .terminal import dress_section, printable
from .text import text_of
from .views import gather

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .._service import Service

__all__ = ["dress_section", "failure_text", "fragment", "page", "printable", "show"]


def show(service: Service, now: datetime) -> str:
    """A mock as it is at a time."""
    return text_of(gather(service, now))


def page(service: Service, now: datetime) -> str:
    """A mock as a page of HTML that stands alone."""
    return page_of(gather(service, now))


def fragment(service: Service, now: datetime) -> str:
    """A mock as a piece of HTML, for a page of somebody else's."""
    return fragment_of(gather(service, now))


def failure_text(seen: Iterable[tuple[Service, datetime]]) -> str:
    """The mocks that a failed test has used, each as it was at its time.

    Whatever goes wrong here must not hide why the test failed.
    """
    try:
        return "\n\n".join(show(service, now) for service, now in seen)
    except Exception as error:  # noqa: BLE001 - see above
        return f"This could not be shown, which is a bug in pytest-ddbstreams and not in the test: {error!r}"
