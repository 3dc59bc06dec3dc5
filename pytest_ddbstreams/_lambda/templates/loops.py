"""Fn::ForEach of CloudFormation, which repeats a part of a template for each value of a list. D."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .stack import members

if TYPE_CHECKING:
    from .parameters import Parameters

_LOOP: Final = "Fn::ForEach::"
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")


def expand_loops(value: Any, parameters: Parameters) -> Any:
    """Return a part of a template in which each loop is replaced by its repetitions.

    Args:
        value: the part.
        parameters: values of the parameters, one of which may be the list of a loop.
    """
    if isinstance(value, list):
        return [expand_loops(one, parameters) for one in value]
    if not isinstance(value, Mapping):
        return value
    expanded: dict[str, Any] = {}
    for name, member in value.items():
        repetitions = _repetitions(member, parameters) if name.startswith(_LOOP) else None
        if repetitions is None:
            expanded[name] = expand_loops(member, parameters)
        else:
            for repetition in repetitions:
                expanded |= expand_loops(repetition, parameters)
    return expanded


def _repetitions(loop: Any, parameters: Parameters) -> list[Mapping[str, Any]] | None:
    """Return the repetitions of a loop; None if the template does not say its list, or it is no loop."""
    if not isinstance(loop, list) or len(loop) != len(("identifier", "list", "body")):
        return None
    identifier, values, body = loop
    name = members(values).get("Ref")
    if isinstance(name, str) and name in parameters:
        values = parameters[name]
    if not isinstance(identifier, str) or not isinstance(values, list) or not isinstance(body, Mapping):
        return None
    return [_replaced(body, identifier, str(one)) for one in values]


def _replaced(value: Any, identifier: str, one: str) -> Any:
    """Return a part of a loop's body with one value in the place of the identifier."""
    if isinstance(value, str):
        text = value.replace(f"${{{identifier}}}", one)
        return text.replace(f"&{{{identifier}}}", _NOT_ALPHANUMERIC.sub("", one))
    if isinstance(value, list):
        return [_replaced(part, identifier, one) for part in value]
    if not isinstance(value, Mapping):
        return value
    if value == {"Ref": identifier}:
        return one
    return {_replaced(name, identifier, one): _replaced(part, identifier, one) for name, part in value.items()}
