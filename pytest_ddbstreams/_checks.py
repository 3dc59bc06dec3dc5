"""Checks of arguments that methods in several rooms share, and the error that refuses an argument."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeGuard

from ._exceptions import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Collection


def misfit(name: str, value: object, accepts: str) -> InvalidOption:
    """Return the error that refuses the value of an argument.

    Args:
        name: the name of the argument.
        value: the value that came.
        accepts: the values that the argument takes, in words that continue "it takes".
    """
    return InvalidOption(f"{name}={value!r} does not fit; {name} takes {accepts}")


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether a value is an integer; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_coroutine_function(value: object) -> bool:
    """Return whether a call of a callable returns a coroutine, which this package would not await."""
    return iscoroutinefunction(value) or iscoroutinefunction(type(value).__call__)


def check_count(name: str, value: object, *, least: int) -> int:
    """Return `value` if it is an integer, and not below `least`.

    Raises:
        InvalidOption: it is not.
    """
    if is_integer(value) and value >= least:
        return value
    raise misfit(name, value, f"an integer from {least} on")


def check_choice(name: str, value: object, choices: Collection[str]) -> str:
    """Return `value` if it is one of some texts.

    Raises:
        InvalidOption: it is not; the text lists the choices.
    """
    if isinstance(value, str) and value in choices:
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; there are: {', '.join(choices)}")


def check_text(name: str, value: object) -> str:
    """Return `value` if it is text.

    Raises:
        InvalidOption: it is not.
    """
    if isinstance(value, str):
        return value
    raise misfit(name, value, "text")


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
