"""The arguments of markers, the line at which wrong arguments are reported, and the code of a test.

This module is imported for the first test that has a marker, or that made a call which nothing answered.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from .._running_tests import CodeOfTest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType


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


def code_of_item(item: Any) -> CodeOfTest:
    """Return the code of a test: its file, the conftest files above it, its function, and its fixtures.

    Fixtures of plugins belong to the test too, though not the files that they stand in.

    Args:
        item: the test.
    """
    definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    fixtures = [definition.func for several in definitions.values() for definition in several]
    codes = {_code_of_function(function) for function in (getattr(item, "obj", None), *fixtures)}
    conftests = [item.config.pluginmanager._getconftestmodules(item.path)]  # noqa: SLF001 - pytest has no public way
    files = {str(item.path), *(str(module.__file__) for modules in conftests for module in modules)}
    return CodeOfTest(files, {code for code in codes if code is not None})


def _code_of_function(function: Any) -> CodeType | None:
    function = inspect.unwrap(getattr(function, "__func__", function))
    return getattr(function, "__code__", None)
