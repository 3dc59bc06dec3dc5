"""Parts of JSON Schemas. This module does not know DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Schema = dict[str, Any]

ABSENT: Schema = {"not": {}}


def whole(pattern: str) -> Schema:
    """Return a schema of texts that match a pattern from end to end."""
    return {"pattern": f"^(?:{pattern})$"}


def merged(schema: Schema, more: Schema) -> Schema:
    """Return ``schema`` with ``more`` added: members and conditions add up, other keywords are replaced."""
    joined = {key: _joined(key, schema[key], more[key]) for key in schema.keys() & more.keys()}
    return schema | more | joined


def _joined(key: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return merged(old, new)
    if key == "required":
        return sorted({*old, *new})
    return [*old, *new] if key == "allOf" else new


def at(path: str, schema: Schema) -> Schema:
    """Return a schema of documents with a value of ``schema`` at a dotted path."""
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}}
    return schema


def _having(path: str, values: Sequence[str]) -> Schema:
    """Return a schema of documents with one of these values at a dotted path."""
    schema: Schema = {"enum": sorted(values)}
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}, "required": [name]}
    return schema


def needs(*names: str) -> Schema:
    """Return a schema of objects that have these members."""
    return {"required": sorted(names)}


def when(conditions: Mapping[str, Sequence[str]], then: Schema) -> Schema:
    """Return a schema that demands ``then`` of documents with one of the given values at each dotted path."""
    condition: Schema = {}
    for path, values in conditions.items():
        condition = merged(condition, _having(path, values))
    return {"allOf": [{"if": condition, "then": then}]}


def refs(node: Any) -> Iterator[str]:
    """Return the names of the shapes that a schema refers to."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from refs(child)
