"""The settings of event source mappings as they are deployed: read out of SAM and CloudFormation templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from .. import _json
from .._exceptions import InvalidOption
from .settings import (
    FLAGS,
    NAMES,
    NUMBERS,
    lambdas_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

_MAPPING = "AWS::Lambda::EventSourceMapping"
_OF_DYNAMODB = "DynamoDB"
_IN_TEXT = re.compile(r"\$\{(\w+)")
#: What a property that is not there resolves to.
ABSENT: Final = object()
_NO_VALUE = "AWS::NoValue"
_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")
_WORDS = {"true": True, "false": False}


def settings_of_template(
    path: str | PathLike[str], function: str, event: str | None, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings that a template gives a function's event source mapping.

    Args:
        path: the template: YAML, or JSON.
        function: the function's logical id.
        event: the name of the event in SAM, or the mapping's logical id in CloudFormation; None: there is one only.
        parameters: values of the template's parameters that are not their defaults.

    Raises:
        InvalidOption: there is no such mapping, or it is not clear which one.
    """
    template = _load(Path(path))
    properties = _chosen(template, function, event)
    resolver = Resolver(template, parameters)
    wanted = {lambdas_name(name): name for name in NAMES}
    said = resolver.resolve({name: value for name, value in properties.items() if name in wanted})
    return {wanted[name]: _typed(wanted[name], value) for name, value in said.items()}


def _typed(name: str, value: Any) -> Any:
    """Numbers and booleans that stand as text, as the values of parameters do."""
    if isinstance(value, str) and name in FLAGS:
        return _WORDS.get(value.lower(), value)
    if isinstance(value, str) and name in NUMBERS:
        return int(value) if value.lstrip("-").isdecimal() else value
    return value


def _chosen(template: Mapping[str, Any], function: str, event: str | None) -> Mapping[str, Any]:
    found = {**_events(template, function), **_mappings(template, function)}
    there_are = ", ".join(map(repr, found)) or "none"
    if event is None and len(found) == 1:
        [event] = found
    if event not in found:
        wanted = "which one is meant" if event is None else f"no {event!r}"
        raise InvalidOption(
            f"{wanted}: event source mappings of {function!r} in the template are: {there_are}; "
            "from_template(path, function, event) takes the function's logical id and one of them"
        )
    return found[event]


def _events(template: Mapping[str, Any], function: str) -> dict[str, Mapping[str, Any]]:
    """The events of DynamoDB that SAM knows of a function."""
    events = _properties(template, function).get("Events", {})
    return {name: event.get("Properties", {}) for name, event in events.items() if event.get("Type") == _OF_DYNAMODB}


def _mappings(template: Mapping[str, Any], function: str) -> dict[str, Mapping[str, Any]]:
    """The event source mappings of a function from streams: queues have no position to start from."""
    return {
        name: _properties(template, name)
        for name, resource in _resources(template).items()
        if resource.get("Type") == _MAPPING
        and "StartingPosition" in _properties(template, name)
        and _means(template, _properties(template, name).get("FunctionName"), function)
    }


def _means(template: Mapping[str, Any], value: Any, function: str) -> bool:
    """Whether a function's name, ARN, alias or version, as a template writes it, is of the function."""
    if isinstance(value, Mapping) and len(value) == 1:
        [argument] = value.values()
        text = str(argument if isinstance(argument, str) else argument[0])
        names = _IN_TEXT.findall(text) or [text.partition(".")[0]]
        return function in names or any(
            _means(template, _properties(template, name).get("FunctionName"), function) for name in names
        )
    deployed = _properties(template, function).get("FunctionName", function)
    return isinstance(value, str) and deployed in {value, *value.split(":")}


def _properties(template: Mapping[str, Any], resource: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _resources(template).get(resource, {}).get("Properties", {})
    return found


def _resources(template: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = template.get("Resources", {})
    return found


def _load(path: Path) -> Mapping[str, Any]:
    text = path.read_text("utf-8")
    template = (
        _read_json(path, text) if path.suffix == ".json" or text.lstrip().startswith("{") else _read_yaml(path, text)
    )
    if not isinstance(template, Mapping):
        raise InvalidOption(f"{path} is no template: it holds {type(template).__name__}, not an object")
    return template


def _read_json(path: Path, text: str) -> Any:
    try:
        return _json.decode(text.encode())
    except ValueError as error:
        raise InvalidOption(f"{path} is no template: {error}") from None


def _read_yaml(path: Path, text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise ImportError(
            "templates in YAML are read with PyYAML: python -m pip install 'pytest-ddbstreams[lambda]'"
        ) from None

    class Loader(yaml.SafeLoader):
        """Reads the short forms of intrinsic functions."""

    def intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
        name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
        if isinstance(node, yaml.ScalarNode):
            scalar = loader.construct_scalar(node)
            return {name: scalar.split(".", 1) if tag == "GetAtt" else scalar}
        if isinstance(node, yaml.SequenceNode):
            return {name: loader.construct_sequence(node, deep=True)}
        return {name: loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)}

    Loader.add_multi_constructor("!", intrinsic)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise InvalidOption(f"{path} is no template: {error}") from None


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
        return _SUBSTITUTION.sub(lambda found: str(self.resolve(own.get(found[1], {"Ref": found[1]}))), text)

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
