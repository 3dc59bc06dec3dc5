"""The arguments of markers, and the line at which wrong arguments are reported.

This module is imported for the first test that has a marker.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def arguments_of(node: Any, marker: str) -> dict[str, Any]:
    """Return the arguments of all markers of a name; where two give the same argument, the nearest marker wins."""
    merged: dict[str, Any] = {}
    for arguments in reversed(marks_of(node, marker)):
        merged.update(arguments)
    return merged


def marks_of(node: Any, marker: str) -> list[dict[str, Any]]:
    """Return the arguments of each marker of a name, nearest first."""
    with at_the_users_line(node, marker):
        return [_keywords(mark) for mark in node.iter_markers(marker)]


def _keywords(mark: pytest.Mark) -> dict[str, Any]:
    if mark.args:
        from .._exceptions import InvalidOption, short

        raise InvalidOption(f"the marker takes keywords only, not {short(mark.args)}")
    return dict(mark.kwargs)


@contextmanager
def at_the_users_line(node: Any, marker: str) -> Iterator[None]:
    """Report wrong arguments of a marker at the line where the user wrote it, without a traceback of this package."""
    from .._exceptions import StreamsMockError

    try:
        yield
    except StreamsMockError as error:
        file, line, _ = getattr(node, "location", (node.nodeid, None, ""))
        place = file if line is None else f"{file}:{line + 1}"
        raise pytest.fail.Exception(f"{place}: @pytest.mark.{marker}: {error}", pytrace=False) from None
