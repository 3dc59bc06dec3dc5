"""What schemas are put together from; knows JSON Schema, and nothing of DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Schema = dict[str, Any]

ABSENT: Schema = {"not": {}}


def whole(pattern: str) -> Schema:
    """A text that the pattern fits from end to end."""
    return {"pattern": f"^(?:{pattern})$"}


def merged(schema: Schema, more: Schema) -> Schema:
    """Lay ``more`` over ``schema``: members and conditions add up, anything else is replaced."""
    joined = {key: _joined(key, schema[key], more[key]) for key in schema.keys() & more.keys()}
    return schema | more | joined


def _joined(key: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return merged(old, new)
    if key == "required":
        return sorted({*old, *new})
    return [*old, *new] if key == "allOf" else new


def at(path: str, schema: Schema) -> Schema:
    """A schema for what stands at the dotted path."""
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}}
    return schema


def _having(path: str, values: Sequence[str]) -> Schema:
    """The document has one of these values at the dotted path."""
    schema: Schema = {"enum": sorted(values)}
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}, "required": [name]}
    return schema


def needs(*names: str) -> Schema:
    """A structure that has these members."""
    return {"required": sorted(names)}


def when(conditions: Mapping[str, Sequence[str]], then: Schema) -> Schema:
    """If there is one of the values at each dotted path, the rest holds."""
    condition: Schema = {}
    for path, values in conditions.items():
        condition = merged(condition, _having(path, values))
    return {"allOf": [{"if": condition, "then": then}]}


def refs(node: Any) -> Iterator[str]:
    """The shapes that a schema speaks of."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from refs(child)
