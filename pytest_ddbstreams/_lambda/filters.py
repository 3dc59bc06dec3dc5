"""Filters of an event source mapping: patterns for records, and warnings about patterns that lose records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .. import _json
from .._exceptions import InvalidOption, warn
from .events import event_record
from .patterns import Compiler, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .patterns import Path

#: "Each pattern can have at most 4096 characters." D.
LONGEST_PATTERN = 4096
# An item has 32 levels at most, and a pattern has two levels for each.
_DEEPEST_PATTERN = 100
_IMAGES = frozenset({"Keys", "NewImage", "OldImage"})
_OBJECTS = frozenset({("dynamodb",), ("userIdentity",)})


class Filter:
    """One compiled pattern.

    Attributes:
        fits: returns whether a record of an event matches.
        traps: a text for each part of the pattern that matches other records than a reader would expect.
    """

    __slots__ = ("fits", "traps")

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise InvalidOption(
                f"the filter pattern has {len(text)} characters; Lambda takes at most {LONGEST_PATTERN}"
            )
        pattern, repeated = _read(text)
        compiler = Compiler()
        self.fits: Callable[[Any], bool] = compiler.compile(pattern)
        self.traps: tuple[str, ...] = (*map(_repeated_key, repeated), *_traps(compiler.operators))

    def warn(self) -> None:
        """Warn about each trap."""
        for trap in self.traps:
            warn(trap)


def matches(pattern: str | Mapping[str, Any], record: Any) -> bool:
    """Return whether a record matches a filter pattern of an event source mapping.

    Warns (`MappingWarning`) about patterns that Lambda accepts and that lose records: ``numeric`` on a number of an
    item, ``exists`` on an object, a key that an object of the pattern repeats.

    Args:
        pattern: the pattern as JSON text or as a dict; each pattern is compiled once.
        record: a StreamRecord, a dict as GetRecords returns it or as a Lambda event has it, or a part of one.

    Raises:
        InvalidOption: the pattern is not JSON, or breaks a rule of the filter syntax; the text names the place.
        InvalidItem: the record is not a mapping.
    """
    compiled = filter_of(pattern)
    compiled.warn()
    return compiled.fits(event_record(record))


def filter_of(pattern: object) -> Filter:
    """Return the filter of a pattern, compiled once.

    Raises:
        InvalidOption: as `matches`.
    """
    if isinstance(pattern, Mapping):
        try:
            pattern = _json.encode(pattern).decode()
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"the filter pattern is {pattern!r}: it is not JSON; {error}") from None
    if not isinstance(pattern, str):
        raise InvalidOption(f"the filter pattern is {pattern!r}: give JSON text, or a dict of JSON data")
    return _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Filter:
    return Filter(text)


def _read(text: str) -> tuple[Mapping[str, Any], list[str]]:
    """Return a pattern, and the keys that its objects repeat."""
    try:
        pattern, repeated = _json.decode_noting_repeats(text)
    except ValueError as error:
        raise InvalidOption(f"the filter pattern is {text!r}: it is not JSON; {error}") from None
    if not isinstance(pattern, dict):
        raise InvalidOption(f'the filter pattern is {text!r}: give an object, {{"eventName": ["INSERT"]}}')
    if _json.is_nested_deeper(pattern, _DEEPEST_PATTERN):
        raise InvalidOption(f"the filter pattern is nested deeper than {_DEEPEST_PATTERN} levels; a record has fewer")
    return pattern, repeated


def _repeated_key(name: str) -> str:
    return f"the filter pattern has the key {name!r} more than once in one object, and Lambda keeps the last only"


def _traps(operators: Iterable[tuple[Path, str]]) -> Iterator[str]:
    for path, operator in operators:
        place = place_of(path)
        if operator in {"numeric", "number"} and _is_in_item(path):
            yield (
                f"{place} compares with a number and never matches: in a record the number of an "
                'item is text, {"N": "5"}; compare with text, ["5"]'
            )
        elif operator == "exists" and _is_object(path):
            yield (
                f"{place} asks whether an object exists, and Lambda looks for leaves only: true "
                'never matches and false always does; ask for its type, {"total": {"N": [{"exists": true}]}}'
            )


def _is_in_item(path: Path) -> bool:
    return len(path) > 1 and path[0] == "dynamodb" and path[1] in _IMAGES


def _is_object(path: Path) -> bool:
    """Return whether a record that has a value at a path has an object there."""
    if not _is_in_item(path):
        return path in _OBJECTS
    # An image is an object of attribute names, and each attribute is an object whose only key is its type. Under the
    # type M there are attribute names again, under L the types of the members, and under other types only leaves.
    expected = "name"
    for step in path[2:]:
        expected = "type" if expected == "name" else {"M": "name", "L": "type"}.get(step, "nothing")
    return expected != "nothing"
