"""The mock around the set-up and the tear-down of a test class that `@mock_streams` decorates.

A TestCase with ``setUpClass`` or ``tearDownClass``, and a class with pytest's ``setup_class`` or ``teardown_class``,
has a mock that is open from before the one until after the other. Each test has another mock, with streams of its own,
and the mock that was opened last answers. So calls of the set-up reach no real AWS, and tests do not see its streams.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol
from unittest import TestCase

from ._exceptions import is_about_the_test

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from ._api.mock import StreamsMock

    #: Opens a mock.
    Opener = Callable[[], "OpenedMock"]

__tracebackhide__ = is_about_the_test

#: The argument with which a test, a set-up or a tear-down takes its mock.
ARGUMENT = "ddbstreams_mock"

_NAMES = ("setUpClass", "tearDownClass")
_PYTEST_NAMES = ("setup_class", "teardown_class")
#: The set-up and the tear-down of a class that has neither.
_WITHOUT = ((None, None), tuple(vars(TestCase)[name] for name in _NAMES))


class OpenedMock(Protocol):
    """A mock that is open; as a context manager it closes at the end of the block."""

    def __enter__(self) -> StreamsMock: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def excuse(self) -> None:
        """Report only a broken schema from now on."""

    def excused_by_failure(self) -> AbstractContextManager[StreamsMock]:
        """Excuse the mock if the block raises; the mock stays open."""

    def close(self) -> None:
        """Close the mock, then report the findings."""


def wrap_set_up_of_class(open_mock: Opener, cls: Any) -> None:
    """Open a mock around the set-up and the tear-down of a class, if it has one of the two; the class is changed."""
    names, kind = (_NAMES, _AroundTestCase) if issubclass(cls, TestCase) else (_PYTEST_NAMES, _AroundClass)
    set_up, tear_down = (inspect.getattr_static(cls, name, None) for name in names)
    if (set_up, tear_down) in _WITHOUT:
        return
    around = kind(open_mock, set_up, tear_down)
    for name, method in zip(names, (around.set_up, around.tear_down), strict=True):
        setattr(cls, name, _class_method(method))


def _class_method(method: Callable[[Any], None]) -> Any:
    # A function, because a classmethod of Python 3.10 binds a method once more, and the class is not passed.
    def call(cls: Any) -> None:
        method(cls)

    return classmethod(call)


class _AroundClass:
    """The mock around pytest's ``setup_class`` and ``teardown_class`` of a class.

    Args:
        open_mock: opens a mock.
        set_up: the set-up as it stands in the class; None if the class has none.
        tear_down: the tear-down, likewise.
    """

    def __init__(self, open_mock: Opener, set_up: Any, tear_down: Any) -> None:
        self._open_mock = open_mock
        self._set_up = set_up
        self._tear_down = tear_down
        # More than one if a class is set up within another one that inherits the same methods.
        self._opened: list[OpenedMock] = []

    def set_up(self, cls: Any) -> None:
        """Open the mock, and set the class up."""
        opened = self._open(cls)
        try:
            self._call(self._set_up, cls, opened)
        except BaseException:
            self._close(opened)
            raise

    def tear_down(self, cls: Any) -> None:
        """Tear the class down, and close the mock."""
        opened = self._last(cls)
        try:
            self._call(self._tear_down, cls, opened)
        finally:
            self._close(opened)

    def _open(self, _cls: Any) -> OpenedMock:
        self._opened.append(self._open_mock())
        return self._opened[-1]

    def _last(self, cls: Any) -> OpenedMock:
        # A subclass may have a set-up that does not call this one, and inherit the tear-down.
        return self._opened[-1] if self._opened else self._open(cls)

    def _close(self, opened: OpenedMock) -> None:
        """Close a mock, unless it is closed already."""
        if opened in self._opened:
            self._opened.remove(opened)
            opened.close()

    @staticmethod
    def _call(method: Any, cls: Any, opened: OpenedMock) -> None:
        """Call a set-up or a tear-down, with the class and the mock if it takes them."""
        if method is None:
            return
        function = method.__func__ if isinstance(method, (classmethod, staticmethod)) else method
        names = inspect.signature(function).parameters.keys()
        with opened.excused_by_failure() as mock:
            function(*[cls] * bool(names - {ARGUMENT}), **({ARGUMENT: mock} if ARGUMENT in names else {}))


class _AroundTestCase(_AroundClass):
    """The mock around ``setUpClass`` and ``tearDownClass`` of a TestCase, and around the clean-ups of its class."""

    def set_up(self, cls: Any) -> None:
        """Open the mock, and set the class up; a clean-up closes the mock."""
        opened = self._open(cls)
        try:
            self._call(self._set_up, cls, opened)
        except Exception:  # the clean-ups run now
            raise
        except BaseException:  # they do not run after KeyboardInterrupt, nor after pytest.skip() and its like
            self._close(opened)
            raise

    def tear_down(self, cls: Any) -> None:
        """Tear the class down; a clean-up closes the mock."""
        self._call(self._tear_down, cls, self._last(cls))

    def _open(self, cls: Any) -> OpenedMock:
        opened = super()._open(cls)
        # Added before all others, so it runs after them.
        cls.addClassCleanup(self._close, opened)
        return opened
