"""A template of any language in CloudFormation's words: its resources, and the mappings that they declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

FUNCTION: Final = "AWS::Lambda::Function"
MAPPING: Final = "AWS::Lambda::EventSourceMapping"


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """An event source mapping that a template declares. Its values may be intrinsic functions.

    Attributes:
        logical_id: the logical id of its resource.
        name: the name that users give as ``event``.
        function: the FunctionName.
        source: the ARN of the stream, or None.
        source_name: the word of the template's language for that ARN.
        properties: the other properties, by CloudFormation's names.
        given: the names of all properties, in the template's language.
        known: the names of properties that this language has.
        condition: the name of the condition under which the mapping exists, or None.
        is_of_dynamodb: whether the template says, beside the source, that the mapping reads a stream of DynamoDB.
    """

    logical_id: str
    name: str
    function: Any
    source: Any
    source_name: str
    properties: Mapping[str, Any]
    given: Collection[str] = ()
    known: Collection[str] = ()
    condition: Any = None
    is_of_dynamodb: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """A template.

    Attributes:
        document: the template with Resources, Parameters, Mappings and Conditions, as CloudFormation has them.
        mappings: the event source mappings.
        functions: the logical id of each function that has another name in the template's language, by that name.
        references: names that values of the template refer to, beside those that its intrinsic functions show.
    """

    document: Mapping[str, Any]
    mappings: tuple[Declared, ...]
    functions: Mapping[str, str] = field(default_factory=dict)
    references: Collection[str] = ()


def members(value: Any) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else, such as the hole after ``Resources:``."""
    return value if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def parts_of(value: Any) -> list[Any]:
    """Return the values in an object or a list; an empty list for anything else."""
    return list(value.values()) if isinstance(value, Mapping) else entries(value)


def resources_of(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the resources of a template by logical id, without what is no resource, such as ``Fn::Transform``."""
    resources = members(document.get("Resources"))
    return {name: resource for name, resource in resources.items() if isinstance(resource, Mapping)}


def properties_of(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a resource."""
    return members(resource.get("Properties"))
