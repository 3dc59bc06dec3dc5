"""Checks and normalisation of attribute values that are written in DynamoDB's typed shape.

Source: ``AttributeValue`` in the API reference, with the Python types that boto3's client accepts and returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import short
from .numbers import canonical_text
from .values import (
    BYTES,
    Convert,
    Refused,
    binary,
    deeper,
    distinct,
    elements,
    entries,
    number,
    text,
    wraps_binary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .values import AttributeValue, Item


def looks_typed(item: Mapping[str, Any]) -> bool:
    """Return whether every value is a mapping of one type descriptor to a value that fits it.

    Args:
        item: an item in either shape; an empty one is the same in both.
    """
    for value in item.values():
        if not isinstance(value, Mapping) or len(value) != 1:
            return False
        [(descriptor, content)] = value.items()
        if descriptor not in _KINDS or not _fits(descriptor, content):
            return False
    return True


def from_typed(value: Any, depth: int) -> AttributeValue:
    """Return the normalised copy of an attribute value.

    Args:
        value: anything; only a mapping of one type descriptor to a value that fits it is accepted.
        depth: the number of lists and maps around the value.

    Raises:
        Refused: DynamoDB could not hold the value.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        raise Refused(value, "a typed value maps one type descriptor to its content, as in {'S': 'text'}")
    [(descriptor, content)] = value.items()
    if descriptor not in _KINDS:
        raise Refused(value, f"{short(descriptor)} is no type descriptor; there are {', '.join(_KINDS)}")
    try:
        return {descriptor: _content(descriptor, content, depth)}
    except Refused as refusal:
        refusal.inside(descriptor)
        raise


def _content(descriptor: str, content: Any, depth: int) -> Any:
    if not _fits(descriptor, content):
        raise Refused(content, f"{descriptor} takes {_KINDS[descriptor].accepted}")
    return _KINDS[descriptor].convert(content, depth)


def _fits(descriptor: str, content: object) -> bool:
    return isinstance(content, _KINDS[descriptor].types) or (descriptor == "B" and wraps_binary(content))


def _bool(value: bool, _: int) -> bool:  # noqa: FBT001 - it is the value, not a flag
    return value


def _null(value: bool, _: int) -> bool:  # noqa: FBT001 - it is the value, not a flag
    if not value:
        raise Refused(value, "NULL takes True and nothing else")
    return True


def _list(values: Sequence[Any], depth: int) -> list[AttributeValue]:
    return elements(values, deeper(values, depth), from_typed)


def _map(values: Mapping[Any, Any], depth: int) -> Item:
    return entries(values, deeper(values, depth), from_typed)


def _set(kind: str, values: Sequence[Any], depth: int) -> list[Any]:
    if not values:
        raise Refused(values, "an empty set is refused; leave the attribute out")
    return distinct(kind, elements(values, depth, partial(_content, kind)))


class _Kind(NamedTuple):
    """One type of attribute value.

    Attributes:
        convert: normalises the content of a value, and refuses content that breaks a rule.
        types: the Python types of the content.
        accepted: these types in words, for messages.
    """

    convert: Convert
    types: type | tuple[type, ...]
    accepted: str


_LISTS = (list, tuple)
#: Each type of attribute value, by its type descriptor.
_KINDS = {
    "S": _Kind(text, str, "text"),
    "N": _Kind(partial(number, canonical_text), str, "a number written as text, as in {'N': '5'}"),
    "B": _Kind(binary, BYTES, "bytes, as in {'B': b'raw'}"),
    "BOOL": _Kind(_bool, bool, "True or False"),
    "NULL": _Kind(_null, bool, "True and nothing else"),
    "L": _Kind(_list, _LISTS, "a list of typed values, as in {'L': [{'S': 'text'}]}"),
    "M": _Kind(_map, Mapping, "a mapping of names to typed values, as in {'M': {'x': {'S': 'text'}}}"),
    "SS": _Kind(partial(_set, "S"), _LISTS, "a list of text, as in {'SS': ['a', 'b']}"),
    "NS": _Kind(partial(_set, "N"), _LISTS, "a list of numbers written as text, as in {'NS': ['1', '2']}"),
    "BS": _Kind(partial(_set, "B"), _LISTS, "a list of bytes, as in {'BS': [b'a', b'b']}"),
}
DESCRIPTORS = tuple(_KINDS)
