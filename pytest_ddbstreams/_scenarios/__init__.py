"""Named hardships: stories in steps of a stream and its consumer.

A scenario is a generator function. Its first step, the part before its first ``yield``, happens before the consumer
starts. Each ``yield`` lets the consumer go on until a call of GetRecords was answered; the next step happens then,
before the answer arrives. So the consumer under test needs no hook and no change. Scenarios use the public surface
only, and users add their own scenarios.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .._checks import check_function
from .._exceptions import InvalidOption, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .running import Item, Steps

Function = TypeVar("Function", bound="Steps")

#: Scenarios that users registered, by name; the ready ones are in `ready`.
REGISTERED: dict[str, Steps] = {}


def scenario(function: Function) -> Function:
    """Register a scenario of your own, by the name of the function; a decorator.

    Args:
        function: a generator function of one argument, the `Scenario`.

    Raises:
        InvalidOption: it is no such function, or a function of another module has registered the name.
    """
    check_function("scenario", function, "a generator function of one argument, the Scenario", arguments=1)
    name = function.__name__
    known = everything().get(name)
    if known is not None and known.__module__ != function.__module__:
        raise InvalidOption(f"there is a scenario {name!r} already, of {known.__module__}; give yours another name")
    REGISTERED[name] = function
    return function


def everything() -> dict[str, Steps]:
    """Return every scenario by its name, the ready ones first."""
    from .ready import SCENARIOS

    return {**SCENARIOS, **REGISTERED}


def chosen(names: tuple[Any, ...], options: Mapping[str, Any]) -> tuple[tuple[str, ...], Item | None]:
    """Return the scenarios that a marker's arguments name, or all, and the function that makes their items.

    Raises:
        InvalidOption: an argument does not fit.
    """
    refuse_unknown("argument", options, ("item",))
    refuse_unknown("scenario", map(str, names), everything())
    item = options.get("item")
    if item is not None:
        check_function("item", item, "a function that makes an item of its number", arguments=1)
    return names or tuple(everything()), item
