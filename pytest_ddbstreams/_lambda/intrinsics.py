"""CloudFormation's intrinsic functions, as far as they can be known before anything is deployed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .._exceptions import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a property that is not there resolves to.
ABSENT: Final = object()
_NO_VALUE = "AWS::NoValue"
_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


class Resolver:
    """Resolves the values of one template.

    Args:
        template: the template.
        parameters: what its parameters are; those that are not given have their default.
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._template = template
        self._parameters = parameters
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Equals": lambda sides: self.resolve(sides[0]) == self.resolve(sides[1]),
            "Fn::Not": lambda one: not self.resolve(one[0]),
            "Fn::And": lambda all_: all(map(self.resolve, all_)),
            "Fn::Or": lambda any_: any(map(self.resolve, any_)),
            "Condition": self._condition,
        }

    def resolve(self, value: Any) -> Any:
        """The value with all that it is made of known.

        Raises:
            InvalidOption: something in it is only known when it is deployed.
        """
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not ABSENT]
        if not isinstance(value, Mapping):
            return value
        name = next(iter(value), "")
        if len(value) == 1 and (name in self._functions or name.startswith("Fn::")):
            return self._call(name, value)
        resolved = {name: self.resolve(entry) for name, entry in value.items()}
        return {name: entry for name, entry in resolved.items() if entry is not ABSENT}

    def _call(self, name: str, value: Mapping[str, Any]) -> Any:
        try:
            return self._functions[name](value[name])
        except (LookupError, TypeError, ValueError):
            raise InvalidOption(
                f"the template says {dict(value)!r}, which is not known before it is deployed; "
                "where it is a parameter, parameters={…} gives its value"
            ) from None

    def _ref(self, name: str) -> Any:
        if name == _NO_VALUE:
            return ABSENT
        if name in self._parameters:
            return self._parameters[name]
        return self._template["Parameters"][name]["Default"]

    def _sub(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        return _IN_TEXT.sub(lambda found: str(self.resolve(own.get(found[1], {"Ref": found[1]}))), text)

    def _find_in_map(self, names: list[Any]) -> Any:
        found = self._template["Mappings"]
        for name in names:
            found = found[self.resolve(name)]
        return found

    def _if(self, argument: list[Any]) -> Any:
        condition, true, false = argument
        return self.resolve(true if self._condition(condition) else false)

    def _condition(self, name: str) -> bool:
        return bool(self.resolve(self._template["Conditions"][name]))
