"""CloudFormation's intrinsic functions and conditions, as far as the template itself says their values. D."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ... import _json
from .references import References, Unresolved
from .stack import members

if TYPE_CHECKING:
    from collections.abc import Callable

    from .parameters import Parameters

#: The value of a property that AWS::NoValue removes.
ABSENT: Final = object()
#: The parts of the text of Fn::Sub that are replaced; those with an exclamation mark only lose it.
_REPLACED = re.compile(r"\$\{(!?)([^}]*)\}")
#: Values of Systems Manager and Secrets Manager, which CloudFormation looks up during deployment.
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


class Resolver:
    """A resolver of the intrinsic functions in one template.

    Args:
        document: the template.
        parameters: values that are known before deployment.
    """

    def __init__(self, document: Mapping[str, Any], parameters: Parameters) -> None:
        self._parameters = parameters
        self._mappings = members(document.get("Mappings"))
        self._conditions = members(document.get("Conditions"))
        #: Conditions that are being computed.
        self._pending: set[str] = set()
        self.references = References(document, parameters, self.resolve, self._unknown)
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Length": lambda argument: len(_list(self.resolve(argument))),
            "Fn::ToJsonString": lambda argument: _json.encode(self.resolve(argument)).decode(),
            "Fn::ImportValue": lambda argument: self._looked_up(self._text(argument)),
        }

    def resolve(self, value: Any) -> Any:
        """Return a value without intrinsic functions.

        Raises:
            Unresolved: the template does not say part of the value.
        """
        if isinstance(value, str):
            return _DYNAMIC.sub(lambda found: _text(self._looked_up(found[0])), value)
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not ABSENT]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        resolved = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in resolved.items() if member is not ABSENT}

    def holds(self, name: Any) -> bool:
        """Return whether a condition of the template is true.

        Raises:
            Unresolved: the template does not say so.
        """
        if not isinstance(name, str) or name not in self._conditions:
            raise Unresolved(str(name), "is no condition of the template")
        if name in self._pending:
            raise Unresolved(name, "refers to itself")
        self._pending.add(name)
        try:
            return self._is_true(self._conditions[name])
        finally:
            self._pending.remove(name)

    def _unknown(self, key: str, reason: str = Unresolved.UNSAID) -> Any:
        """Raise `Unresolved`, or return a text in the value's place."""
        raise Unresolved(key, reason)

    def _call(self, name: str, argument: Any) -> Any:
        if name not in self._functions:
            return self._unknown(name)
        try:
            return self._functions[name](argument)
        except (LookupError, TypeError, ValueError):
            return self._unknown(name, "has arguments that do not fit")

    def _text(self, argument: Any) -> str:
        return _text(self.resolve(argument))

    def _looked_up(self, key: str) -> Any:
        """Return the value of a name of another stack or service, which only the user can give."""
        return self._parameters[key] if key in self._parameters else self._unknown(key)

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            raise TypeError(name)
        return ABSENT if name == "AWS::NoValue" else self.references.ref(name)

    def _get_att(self, argument: Any) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.references.attribute(name, self._text(attribute))

    def _sub(self, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})
        variables = members(given)

        def replaced(found: re.Match[str]) -> str:
            is_literal, name = found[1], found[2].strip()
            if is_literal:
                return f"${{{found[2]}}}"
            return self._text(variables[name]) if name in variables else _text(self.references.variable(name))

        return self._text(_REPLACED.sub(replaced, text))

    def _join(self, argument: list[Any]) -> str:
        delimiter, parts = argument
        return self._text(delimiter).join(map(_text, _list(self.resolve(parts))))

    def _select(self, argument: list[Any]) -> Any:
        index, parts = argument
        chosen, choices = int(self._text(index)), _list(self.resolve(parts))
        if chosen < 0:
            raise IndexError(chosen)
        return choices[chosen]

    def _split(self, argument: list[Any]) -> list[str]:
        delimiter, text = argument
        return self._text(text).split(self._text(delimiter))

    def _if(self, argument: list[Any]) -> Any:
        condition, true, false = argument
        try:
            holds = self.holds(condition)
        except Unresolved as error:
            return self._unknown(error.key, error.reason)
        return self.resolve(true if holds else false)

    def _find_in_map(self, argument: list[Any]) -> Any:
        names, options = [self._text(name) for name in argument[:3]], argument[3:]
        found: Any = self._mappings
        for name in names:
            found = members(found).get(name)
        if found is not None:
            return found
        if options and "DefaultValue" in options[0]:
            return self.resolve(options[0]["DefaultValue"])
        return self._unknown(".".join(names), "is not in the Mappings of the template")

    def _is_true(self, value: Any) -> bool:
        """Return whether an expression of the section Conditions is true."""
        try:
            [(name, argument)] = members(value).items()
            return self.holds(argument) if name == "Condition" else self._logic(name, _list(argument))
        except (TypeError, ValueError):
            raise Unresolved(str(value), "is no condition of CloudFormation") from None

    def _logic(self, name: str, arguments: list[Any]) -> bool:
        if name == "Fn::Equals":
            one, other = map(self._text, arguments)
            return one == other
        if name == "Fn::Not":
            [one] = arguments
            return not self._is_true(one)
        combined = {"Fn::And": all, "Fn::Or": any}
        if name not in combined:
            raise ValueError(name)
        return combined[name](map(self._is_true, arguments))


class NamingResolver(Resolver):
    """A resolver that puts the name of a value in its place where the template does not say the value.

    It compares references: two names are equal where two values are.
    """

    def _unknown(self, key: str, reason: str = "") -> Any:
        del reason
        # In an ARN a colon would look like the end of a part.
        return str(key).replace(":", "_")


def _text(value: Any) -> str:
    """Return a value as text, as CloudFormation writes it.

    Raises:
        TypeError: it is a list, an object, or absent.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value
