"""Sizes in bytes, as they count towards the 400 KB of an item and in the SizeBytes of a record.

Source: "DynamoDB item sizes and formats" in the developer guide. An attribute counts the UTF-8 length of its name plus
its value; text counts its UTF-8 bytes, binary its raw bytes, BOOL and NULL one, a set the sum of its elements, a list
or map three, one more per element, and its elements. Checked against recorded stream records: the item ``id=Fred``,
inserted with its new image, has a SizeBytes of 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .numbers import number_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from .values import AttributeValue, Item

MAX_ITEM_BYTES = 400 * 1024
_DOCUMENT = 3


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
    return len(text.encode())


def _one(_: object) -> int:
    return 1


def _list_size(values: list[AttributeValue]) -> int:
    return _DOCUMENT + len(values) + sum(map(value_size, values))


def _map_size(values: Item) -> int:
    return _DOCUMENT + len(values) + item_size(values)


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
