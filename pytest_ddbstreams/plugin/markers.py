"""The arguments of markers and what they make, the line at which wrong ones are reported, and the code of a test."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from .._exceptions import InvalidOption, StreamsMockError, refuse_unknown, short
from .._options import make_options
from .._running_tests import CodeOfTest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._faults.fault import Fault

# Markers. STREAM is also the fixture whose stream the marker shapes.
OPTIONS = "ddbstreams"
STREAM = "ddbstreams_stream"
EXPIRED = "ddbstreams_expired_iterators"
SCENARIOS = "ddbstreams_scenarios"
MARKERS = (OPTIONS, STREAM, EXPIRED, SCENARIOS)


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
        raise InvalidOption(f"the marker takes keywords only, not {short(mark.args)}")
    return dict(mark.kwargs)


@contextmanager
def at_the_users_line(node: Any, marker: str) -> Iterator[None]:
    """Report wrong arguments of a marker at the line where the user wrote it, without a traceback of this package."""
    try:
        yield
    except StreamsMockError as error:
        file, line, _ = getattr(node, "location", (node.nodeid, None, ""))
        place = file if line is None else f"{file}:{line + 1}"
        raise pytest.fail.Exception(f"{place}: @pytest.mark.{marker}: {error}", pytrace=False) from None


def marked_stream(node: Any, mock: StreamsMock) -> Stream:
    """Create the stream of a test, in the shape of its markers."""
    shape = {"table_name": "test-table", **arguments_of(node, STREAM)}
    with at_the_users_line(node, STREAM):
        refuse_unknown("argument", shape, inspect.signature(mock.create_stream).parameters)
        return mock.create_stream(**shape)


def marked_faults(node: Any, mock: StreamsMock) -> list[Fault]:
    """Add the faults of the markers of expired iterators."""
    with at_the_users_line(node, EXPIRED):
        return [mock._add_marker(**mark) for mark in marks_of(node, EXPIRED)]  # noqa: SLF001 - the marker's half of the mock


class MarkersOfTest:
    """The markers of a test, which act on the mock of its decorator if `mock_streams` decorates it.

    Args:
        item: the test.
    """

    def __init__(self, item: Any) -> None:
        self._item = item

    def belong_to(self, test: object) -> bool:
        """Return whether the test is this function, or a method of this object."""
        cls = getattr(self._item, "cls", None)
        return isinstance(test, cls or ()) or _function_of(test) is _function_of(self._item.obj)

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the options of the decorator and of the markers together.

        Raises:
            Failed: an option is wrong, or given in both places with two values.
        """
        with at_the_users_line(self._item, OPTIONS):
            marked = arguments_of(self._item, OPTIONS)
            for name in marked.keys() & given.keys():
                if marked[name] != given[name]:
                    raise InvalidOption(
                        f"{name}={short(marked[name])} differs from {name}={short(given[name])} of @mock_streams; "
                        "give the option in one place"
                    )
            make_options(marked)
        return {**given, **marked}

    def act_on(self, mock: StreamsMock) -> None:
        """Add the faults and the stream of the markers to a mock."""
        marked_faults(self._item, mock)
        if self._item.get_closest_marker(STREAM) is not None:
            marked_stream(self._item, mock)


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
    return getattr(_function_of(function), "__code__", None)


def _function_of(function: Any) -> Any:
    """Return the function within a method and its decorators."""
    return inspect.unwrap(getattr(function, "__func__", function))
