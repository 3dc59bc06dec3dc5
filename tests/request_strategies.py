"""Hypothesis strategies for requests, made from the request schemas: valid ones, and ones that break chosen rules.

The broken rules of a request are known by construction, so a test needs no validator to know what to expect.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

import generate
from pytest_ddbstreams._operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Draw: TypeAlias = st.DrawFn

Path: TypeAlias = tuple[str, ...]
Rules: TypeAlias = frozenset[str]

#: The broken rules of a request, by the path of the member.
Fates: TypeAlias = "Mapping[Path, Rules]"

#: Values that the service knows, by the name of their shape.
Known: TypeAlias = "Mapping[str, Sequence[Any]]"

_ANYTHING = "(?s:.*)"
_INTACT: Rules = frozenset()
_OF_TEXTS = ("maxLength", "minLength", "pattern")
_CONTRARY = frozenset({"maxLength", "minLength"})
_MOST = 64  # characters in a text without bounds, or beyond them

# Each counts as one in UTF-16 too: it is not known whether the service counts other characters once or twice.
_CHARACTERS = [chr(code) for code in (*range(0x20, 0x7F), 0, 0x0A, 0xDF, 0x3A9, 0x663, 0x2028, 0x6F22, 0xFFFD)]

_OTHER_TYPES: dict[str, list[st.SearchStrategy[Any]]] = {
    "boolean": [st.booleans()],
    "fraction": [st.floats(-1e9, 1e9).filter(lambda number: not number.is_integer())],
    "integer": [st.integers(-(10**20), 10**20)],
    "string": [st.text(max_size=4)],
    "array": [st.lists(st.integers(), max_size=2)],
    "object": [st.dictionaries(st.text(max_size=2), st.integers(), max_size=2)],
}
_FITTING = {"number": {"integer", "fraction"}}


class Place(NamedTuple):
    """A member of a request, at any depth."""

    path: Path
    node: dict[str, Any]
    required: bool

    @property
    def breakable(self) -> list[Rules]:
        """The sets of rules that one value can break together, sets of one rule first."""
        alone = ["type", *(["required"] if self.required else []), *({"enum", "minimum"} & self.node.keys())]
        return [frozenset({rule}) for rule in sorted(alone)] + [*_breakable_of_texts(self.node)]


def _breakable_of_texts(node: dict[str, Any]) -> Iterator[Rules]:
    rules = [rule for rule in _OF_TEXTS if rule in node]
    for count in range(1, len(rules) + 1):
        for together in map(frozenset, combinations(rules, count)):
            if not together >= _CONTRARY:
                yield together


@cache
def schema_of(operation: str) -> dict[str, Any]:
    """Return the schema of an operation's requests."""
    return generate.checked_in()[f"{OPERATIONS[operation].schema}.request.json"]


@cache
def places(operation: str) -> list[Place]:
    """Return every member that a request may have."""
    schema = schema_of(operation)
    return [*_places(schema, schema, ())]


def _places(schema: dict[str, Any], node: dict[str, Any], path: Path) -> Iterator[Place]:
    for name, member in node.get("properties", {}).items():
        shape = _shape(schema, member)
        yield Place((*path, name), shape, name in node.get("required", ()))
        yield from _places(schema, shape, (*path, name))


def _shape(schema: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    name = member["$ref"].rpartition("/")[2]
    shape: dict[str, Any] = {**schema["$defs"][name], "title": name}
    return shape


@st.composite
def fates(draw: Draw, operation: str, *, with_types: bool) -> Fates:
    """Draw rules to break, of any members of a request."""
    chosen: dict[Path, Rules] = {}
    for place in places(operation):
        sets = [rules for rules in place.breakable if with_types or "type" not in rules]
        above = chosen.get(place.path[:-1], _INTACT)  # what is no structure has no members
        if sets and not above and draw(st.booleans()):
            chosen[place.path] = draw(st.sampled_from(sets))
    return chosen


@st.composite
def requests(draw: Draw, operation: str, broken: Fates, known: Known) -> dict[str, Any]:
    """Draw a request that breaks these rules and no others."""
    schema = schema_of(operation)
    return _structure(draw, schema, schema, (), broken, known)


def _structure(  # noqa: PLR0913, PLR0917 - it descends with all that it was given
    draw: Draw, schema: dict[str, Any], node: dict[str, Any], path: Path, broken: Fates, known: Known
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, member in node["properties"].items():
        here, shape = (*path, name), _shape(schema, member)
        rules = broken.get(here, _INTACT)
        needed = name in node.get("required", ()) or any(place[: len(here)] == here for place in broken)
        if "required" in rules or not (needed or draw(st.booleans())):
            made |= draw(st.sampled_from([{}, {name: None}]))  # a member that is null did not come
        elif "properties" in shape and not rules:
            made[name] = _structure(draw, schema, shape, here, broken, known)
        else:
            made[name] = draw(values(shape, rules, known))
    return made


def values(node: dict[str, Any], rules: Rules, known: Known) -> st.SearchStrategy[Any]:
    """Return a strategy for values that break these rules of a shape and no others."""
    if "type" in rules:
        return _of_another_type(node["type"])
    if node["type"] != "string":
        return _numbers(node, rules)
    return _texts_of_enum(node, rules) if "enum" in node else _texts(node, rules, known)


def _of_another_type(kind: str) -> st.SearchStrategy[Any]:
    fitting = _FITTING.get(kind, {kind})
    return st.one_of([value for other, made in _OTHER_TYPES.items() if other not in fitting for value in made])


def _numbers(node: dict[str, Any], rules: Rules) -> st.SearchStrategy[Any]:
    least: Any = node.get("minimum")
    if rules:
        return st.integers(-(2**63), least - 1)
    if node["type"] == "number":
        return st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(st.integers(least, 100), st.sampled_from([100, 101, 1000, 1001]), st.integers(least, 2**63))


def _texts_of_enum(node: dict[str, Any], rules: Rules) -> st.SearchStrategy[str]:
    if not rules:
        return st.sampled_from(node["enum"])
    near = [f(value) for value in node["enum"] for f in (str.lower, str.title, lambda text: text[:-1])]
    return st.one_of(st.sampled_from([*near, ""]), st.text(_CHARACTERS, max_size=9)).filter(
        lambda text: text not in node["enum"]
    )


def _texts(node: dict[str, Any], rules: Rules, known: Known) -> st.SearchStrategy[str]:
    made = _made_texts(node, rules)
    fitting = [] if rules else [text for text in known.get(node["title"], ()) if _fits(node, text)]
    return st.one_of(st.sampled_from(fitting), st.sampled_from(fitting), made) if fitting else made


def _fits(node: dict[str, Any], text: str) -> bool:
    long_enough = node.get("minLength", 0) <= len(text) <= node.get("maxLength", len(text))
    return long_enough and re.fullmatch(node.get("pattern", _ANYTHING), text) is not None


@st.composite
def _made_texts(draw: Draw, node: dict[str, Any], rules: Rules) -> str:
    least, most = _lengths(node, rules)
    length = draw(st.one_of(st.sampled_from([least, most]), st.integers(least, most)))
    fitting, foreign = _characters(node.get("pattern", _ANYTHING))
    # A few characters, repeated: to draw a thousand characters one by one would take long.
    text = (draw(fitting) * length)[:length]
    if "pattern" in rules and text:
        place = draw(st.integers(0, length - 1))
        text = text[:place] + draw(foreign) + text[place + 1 :]
    return text


@cache
def _characters(pattern: str) -> tuple[st.SearchStrategy[str], st.SearchStrategy[str]]:
    """Return strategies for characters that fit a pattern, and for one that does not.

    Each pattern of the model is one class of characters, repeated: a character fits it or does not.
    """
    fitting = [character for character in _CHARACTERS if re.fullmatch(pattern, character)]
    foreign = [character for character in _CHARACTERS if character not in fitting]
    return st.text(fitting, min_size=1, max_size=8), st.sampled_from(foreign) if foreign else st.nothing()


def _lengths(node: dict[str, Any], rules: Rules) -> tuple[int, int]:
    """Return the least and the largest length of a text that breaks these rules and no others."""
    most = node.get("maxLength", node.get("minLength", 0) + _MOST)
    if "maxLength" in rules:
        return most + 1, most + _MOST
    if "minLength" not in rules:
        return node.get("minLength", 0), most
    # An empty text matches no pattern.
    return int("pattern" in node and "pattern" not in rules), node["minLength"] - 1
