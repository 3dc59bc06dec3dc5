"""`@mock_streams` around tests: functions, coroutines, generators, classes, TestCases.

An argument named ``ddbstreams_mock`` is supplied, and taken out of the signature, so that pytest does not look
for a fixture of that name; without one nothing is passed.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import TestCase

from ._exceptions import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ._api.mock import StreamsMock
    from ._lifecycle import MockStreams
    from ._opening import OpenMock

    Around = Callable[[tuple[Any, ...]], AbstractContextManager[StreamsMock]]

ARGUMENT = "ddbstreams_mock"
#: Where a test's object keeps the mocks that are open for it.
_OPENED = "_ddbstreams_opened"


def decorate(mock: MockStreams, target: Any) -> Any:
    """Open the mock around whatever the target is.

    Raises:
        InvalidOption: it can be neither called nor opened for.
    """
    if inspect.isclass(target):
        return _decorate_class(mock, target)
    if not callable(target):
        raise InvalidOption(
            f"mock_streams decorates functions and classes, not {target!r}; its options are keywords: "
            'mock_streams(region="eu-west-1")'
        )
    return _decorate_function(mock, target)


def _decorate_function(mock: MockStreams, function: Any, around: Around | None = None) -> Any:
    """Open the mock around each call; ``around`` says how, and is told the call's arguments."""
    signature = inspect.signature(function)
    wanted = ARGUMENT in signature.parameters

    @contextmanager
    def opened(args: tuple[Any, ...]) -> Iterator[dict[str, StreamsMock]]:
        with mock.around() if around is None else around(args) as streams:
            yield {ARGUMENT: streams} if wanted else {}

    wrapper: Any = functools.wraps(function)(_wrapper_of(function)(function, opened))
    kept = [parameter for name, parameter in signature.parameters.items() if name != ARGUMENT]
    wrapper.__signature__ = signature.replace(parameters=kept)
    return wrapper


def _wrapper_of(function: Any) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):
        return _around_coroutine
    if inspect.isasyncgenfunction(function):
        return _around_async_generator
    return _around_generator if inspect.isgeneratorfunction(function) else _around_function


def _around_function(function: Any, opened: Any) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return function(*args, **supplied, **kwargs)

    return wrapper


def _around_generator(function: Any, opened: Any) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return (yield from function(*args, **supplied, **kwargs))

    return wrapper


def _around_coroutine(function: Any, opened: Any) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return await function(*args, **supplied, **kwargs)

    return wrapper


def _around_async_generator(function: Any, opened: Any) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            async with aclosing(function(*args, **supplied, **kwargs)) as values:
                step = anext(values)
                while True:
                    try:
                        value = await step
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield value
                    except Exception as error:  # noqa: BLE001 - thrown in, and the function's to deal with
                        step = values.athrow(error)
                    else:
                        step = values.asend(sent)

    return wrapper


# Classes: one mock for each test, open from before its set-up until after its tear-down.


def _decorate_class(mock: MockStreams, cls: Any) -> Any:
    # With those that it inherits: they take the argument too.
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if name.startswith("test"):
            setattr(cls, name, _decorate_method(mock, cls, name, method))
    if issubclass(cls, TestCase):
        cls.run = _around_run(mock, cls.run)
        cls.debug = _around_run(mock, cls.debug)
    else:
        cls.setup_method, cls.teardown_method = _around_set_up(mock, cls)
    return cls


def _decorate_method(mock: MockStreams, cls: Any, name: str, method: Any) -> Any:
    if isinstance(inspect.getattr_static(cls, name), staticmethod):
        # It has no object for which a mock was opened, so it gets one of its own.
        return staticmethod(_decorate_function(mock, method))
    return _decorate_function(mock, method, functools.partial(_mock_of_test, mock))


def _mock_of_test(mock: MockStreams, args: tuple[Any, ...]) -> AbstractContextManager[StreamsMock]:
    """The mock that was opened for a test's object; one of its own where the method is called by hand."""
    opened = vars(args[0]).get(_OPENED)
    return _excused_by_sub_tests(args[0], opened[-1]) if opened else mock.around()


@contextmanager
def _excused_by_sub_tests(test: Any, opened: OpenMock) -> Iterator[StreamsMock]:
    """A method whose failure excuses what it leaves behind; also that of a subTest, which raises nothing here."""
    with opened.excused_by_failure() as streams:
        yield streams
    outcome = getattr(test, "_outcome", None)
    if outcome is not None and not outcome.success:
        opened.excuse()


def _open_for(test: Any, mock: MockStreams) -> OpenMock:
    opened = mock.open()
    vars(test).setdefault(_OPENED, []).append(opened)
    return opened


def _close_for(test: Any, opened: OpenMock) -> None:
    if opened in vars(test)[_OPENED]:
        vars(test)[_OPENED].remove(opened)
        opened.close()


def _around_run(mock: MockStreams, run: Any) -> Any:
    """Around ``TestCase.run``: a clean-up added before all others runs after them, and can still fail the test."""

    @functools.wraps(run)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        opened = _open_for(self, mock)
        self.addCleanup(_close_for, self, opened)
        try:
            with opened.excused_by_failure():  # debug() raises it
                return run(self, *args, **kwargs)
        finally:
            # A test that is skipped as a whole runs no clean-ups.
            _close_for(self, opened)

    return wrapper


def _around_set_up(mock: MockStreams, cls: Any) -> tuple[Any, Any]:
    """Around pytest's ``setup_method`` and ``teardown_method``."""
    set_up, tear_down = getattr(cls, "setup_method", None), getattr(cls, "teardown_method", None)

    def setup_method(self: Any, method: Any) -> None:
        opened = _open_for(self, mock)
        try:
            with opened.excused_by_failure():
                _call_with_method(set_up, self, method)
        except BaseException:
            _close_for(self, opened)
            raise

    def teardown_method(self: Any, method: Any) -> None:
        try:
            _call_with_method(tear_down, self, method)
        except BaseException:
            vars(self)[_OPENED][-1].excuse()
            raise
        finally:
            # Looked up now: a base class that is decorated too has closed its own by this time.
            _close_for(self, vars(self)[_OPENED][-1])

    return setup_method, teardown_method


def _call_with_method(function: Any, self: Any, method: Any) -> None:
    """Call a set-up method as pytest does: with the test's method if it takes one."""
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(self, method)
    else:
        function(self)
