"""The changes from one set of schemas to a newer one, in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pieces import refs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pieces import Schema


def changes(fresh: Mapping[str, Schema], kept: Mapping[str, Schema]) -> list[str]:
    """Return a line for each thing that ``fresh`` has and ``kept`` lacks or contradicts.

    Things that only ``kept`` has are ignored: ``fresh`` then comes from an older botocore.
    """
    return [change for file in sorted(fresh) for change in _document_changes(fresh[file], kept.get(file))]


def _document_changes(fresh: Schema, kept: Schema | None) -> Iterator[str]:
    if kept is None:
        yield f"{fresh['title']}: new"
        return
    places = {fresh["title"]: (fresh, kept)} | _shared_definitions(fresh, kept)
    for place, (new, old) in places.items():
        for change in _node_changes(new, old, fresh.get("$defs", {})):
            yield f"{place}: {change}"


def _shared_definitions(fresh: Schema, kept: Schema) -> dict[str, tuple[Schema, Schema]]:
    # A definition that only the fresh one has belongs to a new member, which has a line already.
    new, old = fresh.get("$defs", {}), kept.get("$defs", {})
    return {f"{fresh['title']}, {name}": (new[name], old[name]) for name in sorted(new.keys() & old.keys())}


def _node_changes(fresh: Schema, kept: Schema, definitions: Schema) -> Iterator[str]:
    new, old = fresh.get("properties", {}), kept.get("properties", {})
    yield from _member_changes(new, old, definitions)
    yield from _required_changes(fresh, kept)
    yield from _enum_changes(fresh.get("enum"), kept.get("enum"))
    in_other_lines = {"$defs", "enum", "properties", "required"}
    yield from _keyword_changes(fresh, kept, sorted((fresh.keys() | kept.keys()) - in_other_lines))


def _member_changes(new: Schema, old: Schema, definitions: Schema) -> Iterator[str]:
    for name in sorted(new):
        if name not in old:
            yield f"new member {name!r} ({_kind(new[name], definitions)})"
        elif new[name] != old[name]:
            yield f"member {name!r} was {_shape(old[name])}, is {_shape(new[name])}"


def _shape(node: Any) -> str:
    if not isinstance(node, dict) or "$ref" not in node:
        return _short(node)
    facts = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
    return " ".join([*refs(node), *([_short(facts)] if facts else [])])


def _kind(node: Any, definitions: Schema) -> str:
    described = definitions[next(refs(node))] if "$ref" in node else node
    return str(described["type"])


def _required_changes(fresh: Schema, kept: Schema) -> Iterator[str]:
    new, old = set(fresh.get("required", ())), set(kept.get("required", ()))
    for name in sorted(new - old):
        yield f"member {name!r} is required now"
    for name in sorted((old - new) & fresh.get("properties", {}).keys()):
        yield f"member {name!r} is no longer required"


def _enum_changes(new: list[str] | None, old: list[str] | None) -> Iterator[str]:
    if new is None or old is None:
        yield from _keyword_changes({"enum": new}, {"enum": old}, ["enum"])
        return
    for value in sorted({*new} - {*old}):
        yield f"new enum value {value!r}"


def _keyword_changes(fresh: Schema, kept: Schema, keywords: Sequence[str]) -> Iterator[str]:
    for keyword in keywords:
        new, old = fresh.get(keyword), kept.get(keyword)
        if new != old:
            yield f"{keyword} was {_short(old)}, is {_short(new)}"


def _short(value: Any) -> str:
    return "absent" if value is None else json.dumps(value, sort_keys=True)
