"""The tests that run now: the mocks that each has used, and the code that belongs to it.

pytest's plugin begins and ends each test here. Outside pytest no test is known, and code is judged by its name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


class CodeOfTest:
    """The code of a test: all functions in its files, and single functions in other files.

    Args:
        files: the paths of the files.
        functions: the code of the functions.
    """

    def __init__(self, files: set[str], functions: set[CodeType]) -> None:
        self._files = files
        self._functions = functions

    def has_file(self, path: str) -> bool:
        """Return whether a file belongs to the test."""
        return path in self._files

    def has_function(self, code: CodeType) -> bool:
        """Return whether a function belongs to the test."""
        return code in self._functions


class CodeByName:
    """The code of any test, by the names that tests usually have."""

    _FILE = re.compile(r"(test_.*|.*_test\.py|conftest\.py)")

    def has_file(self, path: str) -> bool:
        """Return whether a file is named like a file of tests."""
        return self._FILE.fullmatch(re.split(r"[/\\]", path)[-1]) is not None

    @staticmethod
    def has_function(code: CodeType) -> bool:
        """Return whether a function is named like a test."""
        return code.co_name.startswith("test")


class Markers(Protocol):
    """The markers of a test, which act on the mock of its decorator."""

    def belong_to(self, test: object) -> bool:
        """Return whether the test is this function, or a method of this object."""

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the options of the decorator and of the markers together."""

    def act_on(self, mock: Any) -> None:
        """Add the faults and the streams of the markers to a mock."""


class RunningTest:
    """A test that runs.

    Args:
        find_code: returns the code of the test.
        markers: its markers.

    Attributes:
        mocks: the mocks that the test has opened or used: each once, in the order of first use.
    """

    def __init__(self, find_code: Callable[[], CodeOfTest], markers: Markers | None = None) -> None:
        self.mocks: list[Any] = []
        self.markers = markers
        self._find_code = find_code
        self._code: CodeOfTest | None = None

    @property
    def code(self) -> CodeOfTest:
        """The code of the test, which is looked up when it is first asked for."""
        if self._code is None:
            self._code = self._find_code()
        return self._code


#: The tests that run, innermost last: a pytest run may be part of a test.
_RUNNING: list[RunningTest] = []


def begin_test(find_code: Callable[[], CodeOfTest], markers: Markers | None = None) -> RunningTest:
    """Begin a test; `end_test` ends it.

    Args:
        find_code: returns the code of the test; called only if an error is to be judged.
        markers: its markers, if it has some.
    """
    _RUNNING.append(RunningTest(find_code, markers))
    return _RUNNING[-1]


def end_test() -> None:
    """End the test that began last."""
    _RUNNING.pop()


def is_in_test() -> bool:
    """Return whether pytest runs a test, which shows the mocks that the test used if it fails."""
    return bool(_RUNNING)


def note_use(service: object) -> None:
    """Note that the running test, if there is one, uses the mock of a service."""
    if _RUNNING and service not in _RUNNING[-1].mocks:
        _RUNNING[-1].mocks.append(service)


def markers_of(test: object) -> Markers | None:
    """Return the markers of a decorated test, if it is the one that runs and has markers.

    Args:
        test: the function of the test, or the object whose method it is.
    """
    markers = _RUNNING[-1].markers if _RUNNING else None
    return markers if markers is not None and markers.belong_to(test) else None


def code_of_test() -> CodeOfTest | CodeByName:
    """Return the code of the running test; if none is known, a rule by names."""
    return _RUNNING[-1].code if _RUNNING else CodeByName()
