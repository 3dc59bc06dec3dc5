"""Filters of an event source mapping: what a record must look like to be delivered, and the traps in saying so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .. import _json
from .._exceptions import InvalidOption, warn
from .events import record_form
from .patterns import Compiler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .patterns import Path

#: "Each pattern can have at most 4096 characters." D.
LONGEST_PATTERN = 4096
# An item has 32 levels at most, of which each takes two here.
_DEEPEST_PATTERN = 100
_IMAGES = frozenset({"Keys", "NewImage", "OldImage"})
_OBJECTS = frozenset({("dynamodb",), ("userIdentity",)})


class Filter:
    """One pattern, ready to be asked.

    Attributes:
        fits: whether a record of an event passes.
        traps: what a reader of the pattern would expect and will not get.
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
        self.traps: tuple[str, ...] = (*map(_repeats, repeated), *_traps(compiler.met))

    def warn(self) -> None:
        """Warn of each trap."""
        for trap in self.traps:
            warn(trap)


def matches(pattern: str | Mapping[str, Any], record: Any) -> bool:
    """Whether a record passes a filter pattern of an event source mapping.

    Warns (`MappingWarning`) of what Lambda accepts and nobody means: ``numeric`` on a number of an item, ``exists``
    on what is no leaf, a key that stands twice in one object.

    Args:
        pattern: the pattern, as JSON text or as the dict that it says; it is compiled once.
        record: a StreamRecord, or a dict as GetRecords or a Lambda event has it, or a part of one.

    Raises:
        InvalidOption: the pattern is not JSON, or breaks a rule of the filter syntax; the text says where.
        InvalidItem: the record is no record.
    """
    found = filter_of(pattern)
    found.warn()
    return found.fits(record_form(record))


def filter_of(pattern: object) -> Filter:
    """The filter of a pattern, compiled when it is first asked for."""
    if isinstance(pattern, Mapping):
        try:
            pattern = _json.encode(pattern).decode()
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"the filter pattern is {pattern!r}: it is not JSON; {error}") from None
    if not isinstance(pattern, str):
        raise InvalidOption(f"the filter pattern is {pattern!r}: give JSON text, or the dict that it says")
    return _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Filter:
    return Filter(text)


def _read(text: str) -> tuple[Mapping[str, Any], list[str]]:
    try:
        pattern, repeated = _json.decode_noting_repeats(text)
    except ValueError as error:
        raise InvalidOption(f"the filter pattern is {text!r}: it is not JSON; {error}") from None
    if not isinstance(pattern, dict):
        raise InvalidOption(f'the filter pattern is {text!r}: it takes an object, {{"eventName": ["INSERT"]}}')
    if _json.is_nested_deeper(pattern, _DEEPEST_PATTERN):
        raise InvalidOption(f"the filter pattern is nested deeper than {_DEEPEST_PATTERN} levels; no record is")
    return pattern, repeated


def _repeats(name: str) -> str:
    return f"the filter pattern has the key {name!r} more than once in one object, and Lambda keeps the last only"


def _traps(met: Iterable[tuple[Path, str]]) -> Iterator[str]:
    for path, operator in met:
        place = "".join(f"[{name!r}]" for name in path)
        if operator in {"numeric", "number"} and _is_in_item(path):
            yield (
                f"the filter pattern{place} compares with a number and never matches: in a record the number of an "
                'item is text, {"N": "5"}; compare with text, ["5"]'
            )
        elif operator == "exists" and _is_object(path):
            yield (
                f"the filter pattern{place} asks whether an object exists, and Lambda looks for leaves only: true "
                'never matches and false always does; ask for its type, {"total": {"N": [{"exists": true}]}}'
            )


def _is_in_item(path: Path) -> bool:
    return len(path) > 1 and path[0] == "dynamodb" and path[1] in _IMAGES


def _is_object(path: Path) -> bool:
    """Whether a record has an object at this place, if it has anything."""
    if not _is_in_item(path):
        return path in _OBJECTS
    # An image names attributes, an attribute its type, and of these a map names attributes, a list holds values.
    expected = "name"
    for step in path[2:]:
        expected = "type" if expected == "name" else {"M": "name", "L": "type"}.get(step, "nothing")
    return expected != "nothing"
