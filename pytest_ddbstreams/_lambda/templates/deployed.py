"""One event source mapping of a stack: which one is asked for, its settings, its function and its destination."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..._exceptions import InvalidOption, short
from ..function import Configuration
from ..settings import FLAGS, NAMES, NUMBERS, api_name
from .intrinsics import ABSENT, NamingResolver, Resolver
from .parameters import Parameters
from .references import Unresolved, references_in
from .stack import FUNCTION, members, properties_of, resources_of

if TYPE_CHECKING:
    from .stack import Declared, Stack

_DYNAMODB: Final = "dynamodb"
_BOOLEANS = {"true": True, "false": False}
#: Seconds that a function may run, and its MB, unless its template says otherwise. D.
_TIMEOUT: Final = 3
_MEMORY: Final = 128
_INTEGER = re.compile(r"-?[0-9]{1,9}")
#: A function's name in its name, its partial ARN and its ARN, each of which may end with a qualifier. D.
_FUNCTION_NAME = re.compile(r"(?:arn:[^:]*:lambda:[^:]*:)?(?:[^:]*:function:)?([^:]*)(?::.*)?", re.DOTALL)
_SETTINGS = {api_name(name): name for name in NAMES}
#: Properties that only mappings of other services have. D.
_OF_OTHERS = frozenset(
    {
        "AmazonManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig",
        "Queues",
        "SelfManagedEventSource",
        "SelfManagedKafkaEventSourceConfig",
        "Topics",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployed:
    """An event source mapping as a template deploys it.

    Attributes:
        settings: values by the names of `Settings`.
        configuration: timeout, memory and name of the function, or the defaults if the template does not have it.
        destinations: the names of the on-failure destination: logical ids, name and ARN. Without one: an empty tuple.
    """

    settings: dict[str, Any]
    configuration: Configuration
    destinations: tuple[str, ...]


class Finder:
    """A search in one stack.

    Args:
        stack: the template.
        given: values of its parameters.
    """

    def __init__(self, stack: Stack, given: Mapping[str, Any]) -> None:
        self._stack = stack
        self._resources = resources_of(stack.document)
        self._parameters = Parameters(members(stack.document.get("Parameters")), given)
        self._resolver = Resolver(stack.document, self._parameters)
        self._naming = NamingResolver(stack.document, self._parameters)

    def find(self, function: str, event: str | None) -> Deployed:
        """Return a mapping of a function.

        Args:
            function: logical id or name of the function, or logical id of the mapping.
            event: name or logical id of the mapping; None: the only one.

        Raises:
            InvalidOption: the stack has no such mapping, or several and no event is given; or part of the mapping is
                known only after deployment, or is nothing that its language has.
        """
        declared = self._choose(function, event)
        place = f"{declared.name!r} of {self._function_of(declared)!r}"
        _check_properties(declared, place)
        if self._naming.resolve(declared.source) in (None, "", ABSENT):
            raise InvalidOption(f"{place} has no {declared.source_name}; give the ARN of the table's stream there")
        deployed = Deployed(
            settings=self._settings(declared, place),
            configuration=self._configuration(self._function_resource(declared)),
            destinations=self._destinations(declared),
        )
        self._parameters.refuse_unknown({*references_in(self._stack.document), *self._stack.references})
        return deployed

    # Which mapping

    def _choose(self, function: str, event: str | None) -> Declared:
        there = [declared for declared in self._stack.mappings if self._is_of_dynamodb(declared)]
        names = self._names_of(function)
        of_function = [one for one in there if one.logical_id == function or self._function_name(one) in names]
        named = [one for one in of_function if event is None or event in (one.name, one.logical_id)]
        chosen = [one for one in named if self._exists(one)]
        if len(chosen) == 1:
            return chosen[0]
        if of_function:
            raise self._wrong_event(function, event, of_function)
        listed = ", ".join(f"{self._function_of(one)!r} ({one.name!r})" for one in there)
        raise InvalidOption(
            f"function={short(function)} does not fit: in the template it has no event source mapping of a DynamoDB "
            f"stream. Functions that have one, and their mappings: {listed or 'none'}"
        )

    def _wrong_event(self, function: str, event: str | None, mappings: list[Declared]) -> InvalidOption:
        listed = ", ".join(repr(one.name) for one in mappings if self._may_exist(one))
        return InvalidOption(
            f"event={short(event)} does not fit; the mappings of {function!r} to DynamoDB streams are: "
            f"{listed or 'none, because their condition is false'}. "
            "Give one of them: from_template(path, function, event)"
        )

    def _names_of(self, function: str) -> set[str]:
        """Return the names under which mappings may refer to a function."""
        logical_id = self._stack.functions.get(function, function)
        names = {function, logical_id, function_name(function)}
        return names | ({self._deployed_name(logical_id)} if logical_id in self._resources else set())

    def _deployed_name(self, logical_id: str) -> str:
        return str(self._naming.resolve({"Ref": logical_id}))

    def _function_name(self, declared: Declared) -> str:
        return function_name(str(self._naming.resolve(declared.function)))

    def _function_resource(self, declared: Declared) -> str | None:
        """Return the logical id of the function of a mapping, or None if it is not in the template."""
        name = self._function_name(declared)
        functions = (each for each, resource in self._resources.items() if resource.get("Type") == FUNCTION)
        return next((each for each in functions if name in {each, self._deployed_name(each)}), None)

    def _function_of(self, declared: Declared) -> str:
        """Return the name of a mapping's function as a user would give it."""
        logical_id = self._function_resource(declared) or self._function_name(declared)
        return next((name for name, each in self._stack.functions.items() if each == logical_id), logical_id)

    def _is_of_dynamodb(self, declared: Declared) -> bool:
        if declared.is_of_dynamodb:
            return True
        source = self._naming.resolve(declared.source)
        if isinstance(source, str) and source.startswith("arn:"):
            return source.split(":")[2:3] == [_DYNAMODB]
        # The source is a parameter or a value of another stack. Lambda asks for a StartingPosition for streams only.
        return "StartingPosition" in declared.properties and not _OF_OTHERS.intersection(declared.properties)

    def _exists(self, declared: Declared) -> bool:
        try:
            return declared.condition is None or self._resolver.holds(declared.condition)
        except Unresolved as error:
            raise _refusal(f"the condition of {declared.name!r}", error) from None

    def _may_exist(self, declared: Declared) -> bool:
        try:
            return self._exists(declared)
        except InvalidOption:
            return True

    # What it says

    def _settings(self, declared: Declared, place: str) -> dict[str, Any]:
        given = {name: value for name, value in declared.properties.items() if name in _SETTINGS}
        resolved = {name: self._resolve(value, f"{name} of {place}") for name, value in given.items()}
        return settings_of({name: value for name, value in resolved.items() if value is not ABSENT}, place)

    def _resolve(self, value: Any, place: str) -> Any:
        try:
            return self._resolver.resolve(value)
        except Unresolved as error:
            raise _refusal(place, error) from None

    def _configuration(self, function: str | None) -> Configuration:
        """Return the configuration of a function by its logical id."""
        if function is None:
            return Configuration()
        return Configuration(
            timeout=self._number(function, "Timeout", _TIMEOUT),
            memory_size=self._number(function, "MemorySize", _MEMORY),
            name=self._name_of(function),
        )

    def _number(self, function: str, name: str, default: int) -> Any:
        given = properties_of(self._resources[function]).get(name, default)
        resolved = self._resolve(given, f"{name} of {function!r}")
        return default if resolved is ABSENT else _as_integer(resolved)

    def _name_of(self, function: str) -> str | None:
        try:
            return str(self._resolver.resolve({"Ref": function}))
        except Unresolved:
            return None

    def _destinations(self, declared: Declared) -> tuple[str, ...]:
        config = self._naming.resolve(declared.properties.get("DestinationConfig"))
        destination = members(members(config).get("OnFailure")).get("Destination")
        if not isinstance(destination, str):
            return ()
        names = self._naming.references.names(destination)
        return tuple(dict.fromkeys([*names, destination.rpartition(":")[2], destination]))


def settings_of(properties: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the values of `Settings` in properties of Lambda's API; other properties are left out.

    Args:
        properties: values by the names of the API, such as BatchSize.
        place: the name of the mapping, for an error.

    Raises:
        InvalidOption: the filter criteria are no object of the API.
    """
    settings = {
        _SETTINGS[name]: _typed(_SETTINGS[name], value) for name, value in properties.items() if name in _SETTINGS
    }
    if "filter_criteria" in settings:
        _check_filters(settings["filter_criteria"], place)
    # Without a position Settings refuses the mapping in the words of every setting.
    return {"starting_position": None, **settings}


def function_name(text: str) -> str:
    """Return the name of a function from its name, ARN or partial ARN, with or without a qualifier."""
    return _FUNCTION_NAME.sub(r"\1", text, count=1)


def _typed(name: str, value: Any) -> Any:
    """Return the number or the boolean that a text stands for, because values of parameters are texts."""
    if isinstance(value, str) and name in FLAGS:
        return _BOOLEANS.get(value.lower(), value)
    return _as_integer(value) if name in NUMBERS else value


def _as_integer(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value


def _check_properties(declared: Declared, place: str) -> None:
    for name in declared.given:
        if name not in declared.known:
            raise InvalidOption(
                f"{place} has the unknown property {short(name)}; there are: {', '.join(declared.known)}"
            )


def _check_filters(criteria: Any, place: str) -> None:
    """Raise if filter criteria are not the object that a template has; `Settings` checks the entries of Filters."""
    filters = criteria.get("Filters", []) if isinstance(criteria, Mapping) and criteria.keys() <= {"Filters"} else None
    if not isinstance(filters, list):
        raise InvalidOption(f"FilterCriteria of {place} is {short(criteria)}; give {{'Filters': [{{'Pattern': '…'}}]}}")


def _refusal(place: str, error: Unresolved) -> InvalidOption:
    cure = ""
    if error.reason == Unresolved.UNSAID:
        cure = f"; give its value: parameters={{{error.key!r}: …}}"
        if error.key.startswith("Fn::"):
            cure = "; write the settings in the test: EventSourceMapping(batch_size=…)"
    return InvalidOption(f"{place} needs {error.key!r}, which {error.reason}{cure}")
