"""Sizes in bytes, as they count towards the 400 KB of an item and in the SizeBytes of a record.

Source: "DynamoDB item sizes and formats" in the developer guide. The size of an attribute is the size of its name plus
that of its value. Names and text count their UTF-8 bytes, binary values their raw bytes, BOOL and NULL one byte, a set
the sum of its elements. A list or map counts three bytes, one more per element, and its elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .numbers import number_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from .values import AttributeValue, Item

MAX_ITEM_BYTES = 400 * 1024
_LIST_OR_MAP_BYTES = 3


def item_size(item: Item) -> int:
    """Return the size of an item, a key or an image: the names and values of its attributes.

    Args:
        item: a typed and normalised item.
    """
    total = 0
    for name, value in item.items():
        [(descriptor, content)] = value.items()
        total += text_size(name) + _SIZES[descriptor](content)
    return total


def value_size(value: AttributeValue) -> int:
    """Return the size of one attribute value, without its name.

    Args:
        value: a typed and normalised value, such as ``{"N": "5"}``.
    """
    [(descriptor, content)] = value.items()
    return _SIZES[descriptor](content)


def text_size(text: str) -> int:
    """Return the number of UTF-8 bytes of a text without lone surrogates."""
    return len(text) if text.isascii() else len(text.encode())


def _one(_: object) -> int:
    return 1


def _list_size(values: list[AttributeValue]) -> int:
    return _LIST_OR_MAP_BYTES + len(values) + sum(map(value_size, values))


def _map_size(values: Item) -> int:
    return _LIST_OR_MAP_BYTES + len(values) + item_size(values)


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": text_size,
    "N": number_size,
    "B": len,
    "BOOL": _one,
    "NULL": _one,
    "L": _list_size,
    "M": _map_size,
    "SS": lambda texts: sum(map(text_size, texts)),
    "NS": lambda numbers: sum(map(number_size, numbers)),
    "BS": lambda binaries: sum(map(len, binaries)),
}
