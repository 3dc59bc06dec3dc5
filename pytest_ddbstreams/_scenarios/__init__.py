"""Named hardships: stories in steps of a stream and its consumer.

A scenario is a generator function. Its first step, the part before its first ``yield``, happens before the consumer
starts. Each ``yield`` lets the consumer go on until a call of GetRecords was answered; the next step happens then,
before the answer arrives. So the consumer under test needs no hook and no change. Scenarios use the public surface
only, and users add their own scenarios.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

from .._checks import check_choice, check_function
from .._exceptions import InvalidOption, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .running import Item, Start, Steps

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


class Choice(NamedTuple):
    """The choice of a marker.

    Attributes:
        names: the names of scenarios.
        item: makes an item of its number; None: items that have a key alone.
        start: the position from which the consumer under test reads its first shards.
    """

    names: tuple[str, ...]
    item: Item | None
    start: Start


def chosen(names: tuple[Any, ...], options: Mapping[str, Any]) -> Choice:
    """Return the choice that a marker's arguments make: all scenarios without a name.

    Raises:
        InvalidOption: an argument does not fit.
    """
    from .running import Start

    refuse_unknown("argument", options, ("item", "start"))
    refuse_unknown("scenario", map(str, names), everything())
    item, start = options.get("item"), options.get("start", "TRIM_HORIZON")
    if item is not None:
        check_function("item", item, "a function that makes an item of its number", arguments=1)
    check_choice("start", start, get_args(Start))
    return Choice(names or tuple(everything()), item, start)
