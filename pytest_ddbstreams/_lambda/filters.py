"""Filters of an event source mapping: patterns for records, and warnings about patterns that lose records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .. import _json
from .._checks import checks_keywords
from .._exceptions import InvalidItem, InvalidOption, short
from .._operations.records import StreamRecord
from .events import ARN, event_record
from .pattern_traps import pattern_traps
from .patterns import Compiler
from .traps import Trap, Warner

if TYPE_CHECKING:
    from .patterns import Predicate

#: "Each pattern can have at most 4096 characters." D.
LONGEST_PATTERN = 4096
# An item has 32 levels at most, and a pattern has two levels for each.
_DEEPEST_PATTERN = 100


class Filter:
    """One compiled pattern.

    Attributes:
        fits: returns whether a record of an event matches.
        repeats: a trap for each key that an object of the pattern repeats.
        traps: the traps of the pattern, whatever the stream is.
        leaves: the lists of the pattern.
        asks_for_source: whether one of them is about ``eventSourceARN``.
    """

    __slots__ = ("asks_for_source", "fits", "leaves", "repeats", "traps")

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise InvalidOption(
                f"the filter pattern has {len(text)} characters; Lambda takes at most {LONGEST_PATTERN}"
            )
        pattern, repeated = _read(text)
        compiler = Compiler()
        self.fits: Predicate = compiler.compile(pattern)
        self.leaves = tuple(compiler.leaves)
        self.asks_for_source = any(leaf.path[:1] == (ARN,) for leaf in self.leaves)
        self.repeats = tuple(map(_repeated_key, repeated))
        self.traps = pattern_traps(pattern, self.leaves)


@checks_keywords
def matches(pattern: str | Mapping[str, Any], record: Any) -> bool:
    """Return whether a record matches a filter pattern of an event source mapping.

    Warns (`MappingWarning`) about parts of a pattern that Lambda accepts and that match no record: a name or a value
    that records do not have, ``numeric`` on a number of an item, ``exists`` on an object; and about a key that an
    object of the pattern repeats. About names and values only if the record is a whole one, with ``dynamodb``.

    Args:
        pattern: the pattern as JSON text or as a dict; each pattern is compiled once.
        record: a StreamRecord, a dict as GetRecords returns it or as a Lambda event has it, or a part of one.

    Raises:
        InvalidOption: the pattern is not JSON, or breaks a rule of the filter syntax; the text names the place.
        InvalidItem: the record is not a mapping, or it is a whole record, the pattern asks for its ``eventSourceARN``,
            and it has none.
    """
    compiled, document = filter_of(pattern), event_record(record)
    if isinstance(record, StreamRecord) and record.stream_arn is not None:
        document[ARN] = record.stream_arn
    if compiled.asks_for_source and "dynamodb" in document and ARN not in document:
        raise InvalidItem(
            f"the filter pattern asks for {ARN}, which a record of GetRecords does not have; give a StreamRecord, "
            "such as stream.records[0], or a record of to_lambda_event(records, stream=stream)"
        )
    Warner().warn([*compiled.repeats, *(compiled.traps if "dynamodb" in document else ())])
    return compiled.fits(document)


def filter_of(pattern: object) -> Filter:
    """Return the filter of a pattern, compiled once.

    Raises:
        InvalidOption: as `matches`.
    """
    if isinstance(pattern, Mapping):
        try:
            pattern = _json.encode(pattern).decode()
        except (TypeError, ValueError) as error:
            raise InvalidOption(f"the filter pattern is {short(pattern)}: it is not JSON; {error}") from None
    if not isinstance(pattern, str):
        raise InvalidOption(f"the filter pattern is {short(pattern)}: give JSON text, or a dict of JSON data")
    return _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Filter:
    return Filter(text)


def _read(text: str) -> tuple[Mapping[str, Any], list[str]]:
    """Return a pattern, and the keys that its objects repeat."""
    try:
        pattern, repeated = _json.decode_noting_repeats(text)
    except ValueError as error:
        raise InvalidOption(f"the filter pattern is {short(text)}: it is not JSON; {error}") from None
    if not isinstance(pattern, dict):
        raise InvalidOption(f'the filter pattern is {short(text)}: give an object, {{"eventName": ["INSERT"]}}')
    if _json.is_nested_deeper(pattern, _DEEPEST_PATTERN):
        raise InvalidOption(f"the filter pattern is nested deeper than {_DEEPEST_PATTERN} levels; a record has fewer")
    return pattern, repeated


def _repeated_key(name: str) -> Trap:
    return Trap(f"the filter pattern has the key {name!r} more than once in one object, and Lambda keeps the last only")
