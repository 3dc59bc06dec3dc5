"""`@mock_streams` around tests: functions, coroutine functions, generator functions, classes, TestCases.

An argument named ``ddbstreams_mock`` is supplied, and removed from the signature, so that pytest does not look for a
fixture of that name. A function without that argument gets none.

Each test of a class has a mock, which is open from before its set-up until after its tear-down. `_class_set_up` adds
one around the set-up and the tear-down of the class.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import aclosing, contextmanager
from types import MethodType
from typing import TYPE_CHECKING, Any, Protocol
from unittest import TestCase

from ._class_set_up import ARGUMENT, wrap_set_up_of_class
from ._exceptions import InvalidOption, is_about_the_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ._api.mock import StreamsMock
    from ._class_set_up import OpenedMock

    #: Returns a block in which a mock is open, for the positional arguments of a call.
    CallOpener = Callable[[tuple[Any, ...]], AbstractContextManager[StreamsMock]]
    #: Opens a mock around a test: its function, or the object whose method it is.
    Opener = Callable[[object], OpenedMock]

__tracebackhide__ = is_about_the_test

#: The attribute of a test's object that lists the mocks that are open for it.
_OPENED = "_ddbstreams_opened"
#: The attribute of a function that is decorated. Other decorators copy it, as functools.wraps does.
_DECORATED = "_ddbstreams_decorated"


class Mocks(Protocol):
    """Opens mocks with the options of a decorator."""

    def open(self) -> OpenedMock:
        """Open a mock."""

    def open_around(self, test: object) -> OpenedMock:
        """Open a mock around a test, its function or the object whose method it is, and let its markers act on it."""


def is_decorated(function: Any) -> bool:
    """Return whether a test has a mock of `mock_streams` as a decorator, of its own or of its class."""
    return bool(getattr(function, _DECORATED, False))


def decorate(mocks: Mocks, target: Any) -> Any:
    """Return the target so that a mock is open around it.

    Args:
        mocks: opens the mocks.
        target: a function, a coroutine function, a generator function or a class; a class is changed in place.

    Raises:
        InvalidOption: the target is neither a class nor callable.
    """
    if inspect.isclass(target):
        return _decorate_class(mocks, target)
    if not callable(target):
        raise InvalidOption(
            f"mock_streams decorates functions and classes, not {target!r}; its options are keywords: "
            'mock_streams(region="eu-west-1")'
        )
    return _decorate_function(target, lambda _: mocks.open_around(target))


def _decorate_function(function: Any, open_for: CallOpener) -> Any:
    """Return a function that calls another one while a mock is open.

    Args:
        function: the function to call.
        open_for: opens a mock for the positional arguments of a call.
    """
    signature = inspect.signature(function)
    takes_mock = ARGUMENT in signature.parameters
    kept = [parameter for name, parameter in signature.parameters.items() if name != ARGUMENT]

    @contextmanager
    def opened(args: tuple[Any, ...]) -> Iterator[dict[str, StreamsMock]]:
        with open_for(args) as mock:
            yield {ARGUMENT: mock} if takes_mock else {}

    wrapper = _wrap_examples(function, opened, takes_mock=takes_mock)
    if wrapper is None:
        wrapper = functools.wraps(function)(_maker_of_wrapper(function)(function, opened))
    wrapper.__signature__ = signature.replace(parameters=kept)
    setattr(wrapper, _DECORATED, True)
    return wrapper


def _wrap_examples(function: Any, opened: Any, *, takes_mock: bool) -> Any:
    """Return a function that opens a mock for each example of Hypothesis; None if ``@given`` does not decorate it."""
    handle: Any = getattr(function, "hypothesis", None)
    inner = getattr(handle, "inner_test", None)
    if inner is None:
        return None
    # Hypothesis calls the inner function with keywords only, and the object of a method is needed.
    positional: list[tuple[Any, ...]] = []
    make = _maker_of_wrapper(inner)
    handle.inner_test = functools.wraps(inner)(make(inner, lambda _: opened(positional[-1])))

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        positional.append(args)
        try:
            # Hypothesis passes the argument on, and the mock of the example takes its place.
            return function(*args, **({ARGUMENT: None} if takes_mock else {}), **kwargs)
        finally:
            positional.pop()

    return wrapper


def _maker_of_wrapper(function: Any) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator
    return _wrap_generator if inspect.isgeneratorfunction(function) else _wrap_function


def _wrap_function(function: Any, opened: Any) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return function(*args, **{**kwargs, **supplied})

    return wrapper


def _wrap_generator(function: Any, opened: Any) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return (yield from function(*args, **{**kwargs, **supplied}))

    return wrapper


def _wrap_coroutine(function: Any, opened: Any) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            return await function(*args, **{**kwargs, **supplied})

    return wrapper


def _wrap_async_generator(function: Any, opened: Any) -> Any:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with opened(args) as supplied:
            async with aclosing(function(*args, **{**kwargs, **supplied})) as values:
                # Each value and exception is forwarded by hand, because an async generator has no `yield from`.
                step = anext(values)
                while True:
                    try:
                        value = await step
                    except StopAsyncIteration:
                        return
                    try:
                        sent = yield value
                    except Exception as error:  # noqa: BLE001 - thrown in, for the function to handle
                        step = values.athrow(error)
                    else:
                        step = values.asend(sent)

    return wrapper


class _Hidden:
    """A method that other decorators of the class do not find, because it is no function in the class.

    moto's decorator would wrap it, and then keep the tables of one test for the next.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self._function if instance is None else MethodType(self._function, instance)


# Classes: one mock for each test, and one around the set-up and the tear-down of the class


def _decorate_class(mocks: Mocks, cls: Any) -> Any:
    open_mock = mocks.open_around
    # Inherited test methods are decorated too, because they take the argument too.
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        if name.startswith("test"):
            setattr(cls, name, _decorate_method(open_mock, cls, name, method))
    if issubclass(cls, TestCase):
        cls.run = _Hidden(_wrap_run(open_mock, cls.run))
        cls.debug = _Hidden(_wrap_run(open_mock, cls.debug))
    else:
        for name, method in _wrap_set_up(open_mock, cls).items():
            setattr(cls, name, method if hasattr(cls, name) else _Hidden(method))
    wrap_set_up_of_class(mocks.open, cls)
    return cls


def _decorate_method(open_mock: Opener, cls: Any, name: str, method: Any) -> Any:
    if isinstance(inspect.getattr_static(cls, name), staticmethod):
        # A static method does not know the object that a mock was opened for, so it gets another mock.
        return staticmethod(_decorate_function(method, lambda _: open_mock(method)))
    return _decorate_function(method, functools.partial(_mock_of_test, open_mock))


def _mock_of_test(open_mock: Opener, args: tuple[Any, ...]) -> AbstractContextManager[StreamsMock]:
    """Return the mock that was opened for a test's object; a new one if the method is called by hand."""
    opened = vars(args[0]).get(_OPENED)
    return _excused_by_sub_tests(args[0], opened[-1]) if opened else open_mock(args[0])


@contextmanager
def _excused_by_sub_tests(test: Any, opened: OpenedMock) -> Iterator[StreamsMock]:
    """Excuse the mock of a test if its method raises, or if a subTest has failed, which raises nothing here."""
    with opened.excused_by_failure() as mock:
        yield mock
    outcome = getattr(test, "_outcome", None)
    if outcome is not None and not outcome.success:
        opened.excuse()


def _open_for(test: Any, open_mock: Opener) -> OpenedMock:
    opened = open_mock(test)
    vars(test).setdefault(_OPENED, []).append(opened)
    return opened


def _close_for(test: Any, opened: OpenedMock) -> None:
    """Close a mock that was opened for a test's object, unless it is closed already."""
    if opened in vars(test)[_OPENED]:
        vars(test)[_OPENED].remove(opened)
        opened.close()


def _wrap_run(open_mock: Opener, run: Any) -> Any:
    """Return a method that opens a mock around ``TestCase.run`` or ``TestCase.debug``.

    A clean-up closes the mock. It is added before all others, so it runs after them, and can still fail the test.
    """

    @functools.wraps(run)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        opened = _open_for(self, open_mock)
        self.addCleanup(_close_for, self, opened)
        try:
            # run() catches the failure of a test, and debug() lets it pass.
            with opened.excused_by_failure():
                return run(self, *args, **kwargs)
        finally:
            # A test that is skipped as a whole runs no clean-ups.
            _close_for(self, opened)

    return wrapper


def _wrap_set_up(open_mock: Opener, cls: Any) -> dict[str, Any]:
    """Return pytest's ``setup_method`` and ``teardown_method`` of a class, which open and close a mock."""
    set_up, tear_down = getattr(cls, "setup_method", None), getattr(cls, "teardown_method", None)

    def setup_method(self: Any, method: Any) -> None:
        opened = _open_for(self, open_mock)
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
            # Looked up now: a base class that is decorated too has closed its mock by this time.
            _close_for(self, vars(self)[_OPENED][-1])

    return {"setup_method": setup_method, "teardown_method": teardown_method}


def _call_with_method(function: Any, self: Any, method: Any) -> None:
    """Call a set-up or tear-down method as pytest does: with the test's method if it takes one."""
    if function is None:
        return
    if len(inspect.signature(function).parameters) > 1:
        function(self, method)
    else:
        function(self)
