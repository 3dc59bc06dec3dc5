"""Checks of arguments that methods in several rooms share, and the error that refuses an argument."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps
from inspect import Parameter, isasyncgenfunction, iscoroutinefunction, signature
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from ._exceptions import InvalidOption, is_about_the_test, refuse_unknown, short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    Function = TypeVar("Function")
    Entry = TypeVar("Entry")

__tracebackhide__ = is_about_the_test

Target = TypeVar("Target", bound="Callable[..., Any]")

#: Methods that are called for each item of a test's data. The check would cost them a hundredth of their time.
_UNCHECKED = frozenset({"put", "insert", "modify", "remove", "delete", "write_many"})

#: The bound of counts by which objects are made: one number too many digits would take gigabytes, and many minutes.
MOST = 10_000


def misfit(name: str, value: object, accepts: str) -> InvalidOption:
    """Return the error that refuses the value of an argument.

    Args:
        name: the name of the argument.
        value: the value that came.
        accepts: the values that the argument takes, in words that continue "it takes".
    """
    return InvalidOption(f"{name}={short(value)} does not fit; {name} takes {accepts}")


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether a value is an integer; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_count(name: str, value: object, *, least: int, most: int | None = None) -> int:
    """Return `value` if it is an integer from `least` to `most`; without `most`, from `least` on.

    Raises:
        InvalidOption: it is not.
    """
    if is_integer(value) and value >= least and (most is None or value <= most):
        return value
    raise misfit(name, value, f"an integer from {least} {'on' if most is None else f'to {most}'}")


def check_choice(name: str, value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of some texts.

    Raises:
        InvalidOption: it is not; the text lists the choices.
    """
    if isinstance(value, str) and value in choices:
        return value
    raise InvalidOption(f"{name}={short(value)} does not fit; there are: {', '.join(choices)}")


def check_text(name: str, value: object) -> str:
    """Return `value` if it is text.

    Raises:
        InvalidOption: it is not.
    """
    if isinstance(value, str):
        return value
    raise misfit(name, value, "text")


def check_iterable(name: str, value: Iterable[Entry], accepts: str) -> Iterable[Entry]:
    """Return `value` if it can be iterated.

    Raises:
        InvalidOption: it cannot.
    """
    try:
        iter(value)
    except TypeError:
        raise misfit(name, value, accepts) from None
    return value


def check_function(name: str, value: Function, accepts: str, *, arguments: int) -> Function:
    """Return `value` if it can be called with so many arguments, and does its work when it is called.

    A coroutine function does none before its coroutine is awaited, and callbacks are never awaited.

    Args:
        name: the name of the argument.
        value: the function.
        accepts: the functions that the argument takes, in words that continue "it takes".
        arguments: how many positional arguments the function is called with.

    Raises:
        InvalidOption: it cannot be called so, or is a coroutine function.
    """
    if not callable(value) or not _takes(value, arguments):
        raise misfit(name, value, accepts)
    if _is_asynchronous(value):
        raise InvalidOption(
            f"{name}={short(value)} is a coroutine function, which is never awaited here; give a plain function, such "
            "as one that calls asyncio.run(...)"
        )
    return value


def checks_keywords(target: Target) -> Target:
    """Let a function, or the methods of a class, answer a misspelt keyword argument like a misspelt option.

    The error lists the arguments that there are, with the nearest one, and is a TypeError, as Python's own is. A call
    whose arguments fit costs no more than one more function call.
    """
    if isinstance(target, FunctionType):
        return _checked(target)  # type: ignore[return-value] # it has the same signature
    for name, method in tuple(vars(target).items()):
        is_public = not name.startswith("_") or name == "__init__"
        if is_public and isinstance(method, FunctionType) and name not in _UNCHECKED:
            setattr(target, name, _checked(method))
    return target


def _checked(function: FunctionType) -> Callable[..., Any]:
    names = _keywords_of(function)
    if not names:
        return function

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            # With a next frame the function has run, and the error is its own.
            if error.__traceback__ is None or error.__traceback__.tb_next is None:
                refuse_unknown(f"argument of {_name_of(function, args)}()", kwargs, names)
            raise

    return call


def _name_of(function: FunctionType, args: tuple[Any, ...]) -> str:
    """Return the name that a user has written: of a function, or of the class whose object is made."""
    return type(args[0]).__name__ if function.__name__ == "__init__" else function.__name__


def _keywords_of(function: FunctionType) -> list[str]:
    kinds = {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
    return [name for name, each in signature(function).parameters.items() if each.kind in kinds and name != "self"]


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    try:
        found = signature(function)
    except (TypeError, ValueError):  # some functions in C have none
        return True
    try:
        found.bind(*range(arguments))
    except TypeError:
        return False
    return True


def _is_asynchronous(function: Any) -> bool:
    while isinstance(function, partial):
        function = function.func
    # An object may have a __call__ that is a coroutine function.
    called = (function, type(function).__call__)
    return any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in called)


def to_duration(name: str, value: object) -> timedelta:
    """Return the duration that a timedelta or a number of seconds means.

    Raises:
        InvalidOption: it is neither, or negative, or longer than a timedelta can be.
    """
    duration = value
    if is_integer(value) or isinstance(value, float):
        with suppress(ValueError, OverflowError):  # NaN, and more than a timedelta holds
            duration = timedelta(seconds=value)
    if isinstance(duration, timedelta) and duration >= timedelta():
        return duration
    raise misfit(name, value, "seconds or a timedelta, not below zero")
