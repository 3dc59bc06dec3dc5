"""Traps in filter patterns: names and values that no record has, so that the pattern passes over records in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._exceptions import nearest
from .._json import readable
from .._model.changes import INSERT, MODIFY, REMOVE, SHOWS_NEW, SHOWS_OLD
from .patterns import EXISTS, OR, place_of
from .record_shape import VALUE, Leaf, shape_at
from .traps import Trap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .._items.keys import KeySchema
    from .patterns import Condition, Path, PatternLeaf
    from .record_shape import Shape

_EVENT_NAME = "eventName"
_STREAM_RECORD = "dynamodb"
#: The image that the records of an event never have, and the one that they have.
_IMAGES_OF_EVENT = {INSERT: ("OldImage", "NewImage"), REMOVE: ("NewImage", "OldImage")}
#: The view types whose records have an image.
_SHOWS = {"NewImage": SHOWS_NEW, "OldImage": SHOWS_OLD}
_NUMBERS = frozenset({"number", "numeric"})
#: Names that other services, and DynamoDB's operations, have for the events.
_SYNONYMS = {"CREATE": INSERT, "PUT": INSERT, "UPDATE": MODIFY, "DELETE": REMOVE}


def pattern_traps(pattern: Mapping[str, Any], leaves: Iterable[PatternLeaf]) -> tuple[Trap, ...]:
    """Return the traps of a pattern, whatever the stream is.

    Args:
        pattern: the pattern, which Lambda accepts.
        leaves: its lists.
    """
    texts = [text for leaf in leaves for text in _leaf_traps(leaf)]
    return _traps([*texts, *map(_image_trap, _lost_events(pattern))])


def stream_traps(leaves: Iterable[PatternLeaf], view_type: str, key_schema: KeySchema) -> tuple[Trap, ...]:
    """Return the traps of a pattern that come from its stream.

    Args:
        leaves: the lists of the pattern.
        view_type: the view type of the stream.
        key_schema: the primary key of its table.
    """
    paths = [leaf.path for leaf in leaves if not leaf.matches_missing]
    return _traps(text for path in paths for text in _stream_traps(path, view_type, key_schema))


def _traps(texts: Iterable[str]) -> tuple[Trap, ...]:
    return tuple(Trap(text) for text in dict.fromkeys(texts))


# Names


def _leaf_traps(leaf: PatternLeaf) -> Iterator[str]:
    path, shape = shape_at(leaf.path)
    if path != leaf.path:
        if not leaf.matches_missing:
            yield f"{place_of(leaf.path[: len(path) + 1])} never matches: {_unknown_name(leaf.path, path, shape)}"
    elif isinstance(shape, Leaf):
        for condition in leaf.conditions:
            if condition.operator != EXISTS and not shape.can_meet(condition):
                yield f"{place_of(path)} {_mismatch(shape, condition)}"
    elif any(condition.operator == EXISTS for condition in leaf.conditions):
        yield (
            f"{place_of(path)} asks whether an object exists, and Lambda looks for leaves only: true "
            'never matches and false always does; ask for its type, {"total": {"N": [{"exists": true}]}}'
        )
    else:
        yield f"{place_of(path)} never matches: in a record it is an object; {_member_advice(path, shape, leaf)}"


def _unknown_name(wanted: Path, path: Path, shape: Shape) -> str:
    """Return why no record has a value at a path, and the nearest form that records have.

    Args:
        wanted: the path.
        path: the part of it that records have.
        shape: the shape there.
    """
    name = wanted[len(path)]
    if isinstance(shape, Leaf):
        return f"in a record {path[-1]!r} is {shape.form} and has no members; give its values as a list"
    owner = repr(path[-1]) if path else "a record"
    upper = (*path, name.upper(), *wanted[len(path) + 1 :])
    if shape is VALUE and shape_at(upper)[0] != upper:
        return (
            f"in a record the value of {owner} stands below its type, one of {', '.join(shape)}; "
            f"a map is written {readable({path[-1]: {'M': {name: '...'}}})}"
        )
    return f"{owner} has no {name!r}; write {_one_of(nearest(name, shape), shape)}"


def _member_advice(path: Path, shape: Shape, leaf: PatternLeaf) -> str:
    """Return the right form of a list that stands at an object."""
    if shape is not VALUE:
        return "name one of its members"
    return f"give the type of the attribute, {readable({path[-1]: _typed(leaf.conditions[0])})}"


def _typed(condition: Condition) -> dict[str, Any]:
    """Return the pattern of an attribute value that meets a condition."""
    by_operator: dict[str, dict[str, Any]] = {
        "number": {"N": [str(condition.wanted)]},
        "numeric": {"N": ["5"]},  # no pattern compares an attribute by size
        "boolean": {"BOOL": [condition.wanted]},
        "null": {"NULL": [True]},
    }
    return by_operator.get(condition.operator, {"S": [condition.wanted]})


# Values


def _mismatch(leaf: Leaf, condition: Condition) -> str:
    """Return why no record meets a condition, and the nearest condition that records can meet."""
    wanted = condition.wanted
    if leaf.is_number and condition.operator in _NUMBERS:
        return (
            "compares with a number and never matches: in a record the number of an "
            'item is text, {"N": "5"}; compare with text, ["5"]'
        )
    if leaf.values:
        there = " or ".join(map(readable, leaf.values))
        return f"never matches {readable(wanted)}: a record has {there}; write {_nearest_values(wanted, leaf.values)}"
    right = _right_form(leaf, condition)
    advice = "" if right is None else f"; write {readable([right])}"
    return f"never matches {readable(wanted)}: a record has {leaf.form} there{advice}"


def _nearest_values(wanted: Any, values: Iterable[Any]) -> str:
    texts = {str(value): value for value in values}
    near = texts.get(_SYNONYMS.get(str(wanted).upper()) or nearest(str(wanted), texts) or "")
    return readable([*texts.values()] if near is None else [near])


def _right_form(leaf: Leaf, condition: Condition) -> Any:
    """Return the value of the right type or spelling that a pattern wants, or None if it is not known."""
    if condition.operator == "text":
        return leaf.spelling_of(condition.wanted) if "text" in leaf.operators else None
    # Null is meant for a value that is not there, which an operator asks for.
    return {"number": str(condition.wanted), "null": {EXISTS: False}}.get(condition.operator)


def _one_of(near: str | None, known: Iterable[str]) -> str:
    return repr(near) if near is not None else f"one of {', '.join(known)}"


# Events and images


def _lost_events(pattern: Mapping[str, Any], around: tuple[Mapping[str, Any], ...] = ()) -> Iterator[str]:
    """Yield the events that a pattern asks for by name, and that it cannot match because it asks for an image too.

    Args:
        pattern: the pattern, or one of its alternatives.
        around: the objects that a record must match besides.
    """
    direct = {name: wanted for name, wanted in pattern.items() if name != OR}
    for event in direct.get(_EVENT_NAME, ()):
        is_named = isinstance(event, str) and event in _IMAGES_OF_EVENT
        if is_named and not all(_may_match(one, event) for one in (*around, pattern)):
            yield event
    for alternative in pattern.get(OR, ()):
        yield from _lost_events(alternative, (*around, direct))


def _may_match(pattern: Mapping[str, Any], event: str, path: Path = ()) -> bool:
    """Return whether the image that records of an event lack leaves them a way to match a part of a pattern."""
    return all(_member_may_match(name, wanted, event, path) for name, wanted in pattern.items())


def _member_may_match(name: str, wanted: Any, event: str, path: Path) -> bool:
    if name == OR:
        return any(_may_match(alternative, event, path) for alternative in wanted)
    below = (*path, name)
    if isinstance(wanted, Mapping):
        return _may_match(wanted, event, below)
    absent, _ = _IMAGES_OF_EVENT[event]
    return below[:2] != (_STREAM_RECORD, absent) or {EXISTS: False} in wanted


def _image_trap(event: str) -> str:
    absent, present = _IMAGES_OF_EVENT[event]
    return (
        f"the filter pattern asks for {event} and for the {absent}, which no record of {event} has; "
        f"ask for the {present}, or leave {event} out"
    )


# The stream


def _stream_traps(path: Path, view_type: str, key_schema: KeySchema) -> Iterator[str]:
    """Yield the traps in the path of a list that needs a value there."""
    member, image, *rest = (*path, "")
    if member != _STREAM_RECORD:
        return
    if view_type not in _SHOWS.get(image, (view_type,)):
        yield (
            f"{place_of(path[:2])} never matches: the view type of the stream is {view_type}, and its records have no "
            f"{image}; enable the stream with NEW_AND_OLD_IMAGES, or filter on the Keys"
        )
    # A key attribute with another type is a name below Keys that no record has, too.
    if image == "Keys" and len(rest) > 1 and rest[1] in VALUE and key_schema.types.get(rest[0]) != rest[1]:
        key = readable({name: {kind: ["..."]} for name, kind in key_schema.types.items()})
        yield f"{place_of(path[:4])} never matches: the Keys of the stream's records are {key}"
