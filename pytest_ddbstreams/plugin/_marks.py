"""What markers say, where they are told that they are wrong, and what became of a test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = "ddbstreams"
STREAM = "ddbstreams_stream"
EXPIRED = "ddbstreams_expired_iterators"
SCENARIOS = "ddbstreams_scenarios"
SCENARIO = "ddbstreams_scenario"
MOCK = "ddbstreams_mock"

#: Fixtures that are used for what a test bears, asked for or not.
ARMED = "_ddbstreams_armed"
MISPLACED = "_ddbstreams_misplaced"
#: Fixtures that open a mock, nearest scope first.
MOCKS = (MOCK, "ddbstreams_mock_module", "ddbstreams_mock_session")

_ended_early = pytest.StashKey[bool]()


def arguments_of(node: Any, marker: str) -> dict[str, Any]:
    """The arguments of all markers of a name, the nearest one winning."""
    merged: dict[str, Any] = {}
    for arguments in reversed(marks_of(node, marker)):
        merged.update(arguments)
    return merged


def marks_of(node: Any, marker: str) -> list[dict[str, Any]]:
    """The arguments of each marker of a name, nearest first."""
    with at_the_users_line(node, marker):
        return [_keywords(mark) for mark in node.iter_markers(marker)]


def _keywords(mark: pytest.Mark) -> dict[str, Any]:
    if mark.args:
        from .._problems import InvalidOption

        raise InvalidOption(f"it takes keywords only, not {mark.args!r}")
    return dict(mark.kwargs)


@contextmanager
def at_the_users_line(node: Any, marker: str) -> Iterator[None]:
    """Have wrong arguments of a marker fail where the user wrote it, not in here."""
    from .._problems import StreamsMockError

    try:
        yield
    except StreamsMockError as error:
        file, line, _ = getattr(node, "location", (node.nodeid, None, ""))
        place = file if line is None else f"{file}:{line + 1}"
        raise pytest.fail.Exception(f"{place}: @pytest.mark.{marker}: {error}", pytrace=False) from None


def has_ended_early(node: Any) -> bool:
    """Whether a test has failed or was skipped, or one of a module's or the run's has failed."""
    return bool(node.stash.get(_ended_early, False))


def note_end(item: pytest.Item, report: pytest.TestReport) -> None:
    """Note which tests have failed or were skipped, and where."""
    # A test that is run again, as by pytest-rerunfailures, is the same object.
    if report.when == "setup" or not report.passed:
        item.stash[_ended_early] = not report.passed
    if report.failed:
        for node in item.listchain():  # mocks are opened for modules and runs, too
            node.stash[_ended_early] = True
