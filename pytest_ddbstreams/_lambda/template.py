"""The settings of event source mappings as they are deployed, read from SAM and CloudFormation templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from .. import _json
from .._exceptions import InvalidOption
from .settings import FLAGS, NAMES, NUMBERS, api_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

_MAPPING = "AWS::Lambda::EventSourceMapping"
_OF_DYNAMODB = "DynamoDB"
_BOOLEANS = {"true": True, "false": False}
_INTEGER = re.compile(r"-?[0-9]+")
#: The logical ids in the text of Fn::Sub.
_LOGICAL_ID = re.compile(r"\$\{(\w+)")
#: The parts of the text of Fn::Sub that are replaced.
_REPLACED = re.compile(r"\$\{([^!}][^}]*)\}")
#: The value of a property that AWS::NoValue removes.
_ABSENT: Final = object()


def settings_of_template(
    path: str | PathLike[str], function: str, event: str | None, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings that a template gives the event source mapping of a function.

    Args:
        path: the template: YAML, or JSON.
        function: the function's logical id.
        event: the name of the event in SAM, or the mapping's logical id in CloudFormation; None: the only one.
        parameters: values of the template's parameters that are not their defaults.

    Raises:
        InvalidOption: the template has no such mapping, or several and no event is given.
    """
    template = _load(Path(path))
    properties = _properties_of_mapping(template, function, event)
    names = {api_name(name): name for name in NAMES}
    resolver = _Resolver(template, parameters)
    settings = resolver.resolve({name: value for name, value in properties.items() if name in names})
    return {names[name]: _typed(names[name], value) for name, value in settings.items()}


def _typed(name: str, value: Any) -> Any:
    """Return the number or the boolean that a text stands for, because values of parameters are texts."""
    if isinstance(value, str) and name in FLAGS:
        return _BOOLEANS.get(value.lower(), value)
    if isinstance(value, str) and name in NUMBERS and _INTEGER.fullmatch(value):
        return int(value)
    return value


# Which mapping


def _properties_of_mapping(template: Mapping[str, Any], function: str, event: str | None) -> Mapping[str, Any]:
    mappings = {**_sam_events(template, function), **_mapping_resources(template, function)}
    if event is None and len(mappings) == 1:
        [event] = mappings
    if event not in mappings:
        raise InvalidOption(
            f"event={event!r} does not fit; the event source mappings of {function!r} in the template are: "
            f"{', '.join(map(repr, mappings)) or 'none'}. "
            "Give the function's logical id and one of them: from_template(path, function, event)"
        )
    return mappings[event]


def _sam_events(template: Mapping[str, Any], function: str) -> dict[str, Mapping[str, Any]]:
    """Return the properties of the DynamoDB events of a function, by name."""
    events = _properties(template, function).get("Events", {})
    return {name: event.get("Properties", {}) for name, event in events.items() if event.get("Type") == _OF_DYNAMODB}


def _mapping_resources(template: Mapping[str, Any], function: str) -> dict[str, Mapping[str, Any]]:
    """Return the properties of the mappings of a function, by logical id, without those that read queues."""
    # A mapping that reads a queue has no StartingPosition.
    return {
        name: _properties(template, name)
        for name, resource in _resources(template).items()
        if resource.get("Type") == _MAPPING
        and "StartingPosition" in _properties(template, name)
        and _names_function(template, _properties(template, name).get("FunctionName"), function)
    }


def _names_function(template: Mapping[str, Any], value: Any, function: str) -> bool:
    """Return whether a FunctionName refers to a function: by its name or ARN, or through an alias or a version."""
    if isinstance(value, Mapping) and len(value) == 1:
        [argument] = value.values()
        text = str(argument if isinstance(argument, str) else argument[0])
        names = _LOGICAL_ID.findall(text) or [text.partition(".")[0]]
        return function in names or any(
            _names_function(template, _properties(template, name).get("FunctionName"), function) for name in names
        )
    deployed = _properties(template, function).get("FunctionName", function)
    return isinstance(value, str) and deployed in {value, *value.split(":")}


def _properties(template: Mapping[str, Any], resource: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = _resources(template).get(resource, {}).get("Properties", {})
    return properties


def _resources(template: Mapping[str, Any]) -> Mapping[str, Any]:
    resources: Mapping[str, Any] = template.get("Resources", {})
    return resources


# Reading


def _load(path: Path) -> Mapping[str, Any]:
    text = path.read_text("utf-8")
    is_json = path.suffix == ".json" or text.lstrip().startswith("{")
    template = _read_json(path, text) if is_json else _read_yaml(path, text)
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
        """Reads the short forms of intrinsic functions, such as !Ref."""

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


# Intrinsic functions


class _Resolver:
    """A resolver of the intrinsic functions in one template, as far as their values are known before deployment.

    Args:
        template: the template.
        parameters: values of its parameters; the others have their defaults.
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
        """Return a value of the template without intrinsic functions.

        Raises:
            InvalidOption: part of the value is known only after deployment.
        """
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not _ABSENT]
        if not isinstance(value, Mapping):
            return value
        name = next(iter(value), "")
        if len(value) == 1 and (name in self._functions or name.startswith("Fn::")):
            return self._call(name, value)
        resolved = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in resolved.items() if member is not _ABSENT}

    def _call(self, name: str, value: Mapping[str, Any]) -> Any:
        try:
            return self._functions[name](value[name])
        except (LookupError, TypeError, ValueError):
            raise InvalidOption(
                f"the template has {dict(value)!r}, whose value is known only after deployment; "
                "where it is a parameter, give its value in parameters={…}"
            ) from None

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _ABSENT
        if name in self._parameters:
            return self._parameters[name]
        return self._template["Parameters"][name]["Default"]

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        return _REPLACED.sub(lambda found: str(self.resolve(variables.get(found[1], {"Ref": found[1]}))), text)

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
