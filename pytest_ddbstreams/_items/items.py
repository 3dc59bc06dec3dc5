"""Items as DynamoDB holds them: the one shape that stands for all the spellings of an item.

Users write items in plain Python or in DynamoDB's typed shape; everything behind this file sees the typed
shape only, validated, and normalised so that two items that DynamoDB considers equal are ``==``.

Sources: "Quotas" in the developer guide for the 400 KB; recordings for what is equal: to write an item again
in another spelling (``1`` for ``1.0``, sets in another order) leaves no stream record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .._exceptions import InvalidItem
from .plain import from_plain
from .refusals import Refused, came
from .sizes import MAX_ITEM_BYTES, item_size
from .typed import from_typed, looks_typed
from .values import MAPPINGS, entries

if TYPE_CHECKING:
    from collections.abc import Mapping

AttributeValue: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, AttributeValue]


def typed_item(item: Mapping[str, Any], *, plain: bool | None = None, what: str = "item") -> Item:
    """Makes the typed, validated, normalised and independent copy of an item that a test wrote.

    Args:
        item: Names and values, in plain Python (``{"pk": "o#1", "total": Decimal("9.50")}``) or
            DynamoDB-typed (``{"pk": {"S": "o#1"}}``).
        plain: Which of the two it is. ``None`` looks: typed when every value is a one-entry mapping from a
            type descriptor to a value that fits it, plain otherwise.
        what: How error texts call the item.

    Raises:
        InvalidItem: DynamoDB could not hold it; the text says where, what came and what is accepted.
    """
    made = typed_values(item, plain=plain, what=what)
    check_size(made, what)
    return made


def typed_values(item: Mapping[str, Any], *, plain: bool | None = None, what: str = "item") -> Item:
    """As ``typed_item``, however large: for those who count the size anyway."""
    if not isinstance(item, MAPPINGS):
        raise InvalidItem(f"{what} is {came(item)}: an item maps names to values, as in {{'pk': 'o#1'}}")
    is_typed = looks_typed(item) if plain is None else not plain
    try:
        return entries(item, 0, from_typed if is_typed else from_plain)
    except Refused as refusal:
        guessed = plain is None and is_typed
        hint = "; the item was taken for DynamoDB-typed, pass plain=True if it is not" if guessed else ""
        raise InvalidItem(refusal.describe(what) + hint) from None


def check_size(item: Item, what: str = "item") -> int:
    """Counts the bytes of an item that a table is to hold.

    Args:
        item: A typed and normalised item.
        what: How error texts call the item.

    Raises:
        InvalidItem: It is too large.
    """
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise InvalidItem(f"{what} has {size} bytes, names included; at most {MAX_ITEM_BYTES} (400 KB) fit")
    return size
