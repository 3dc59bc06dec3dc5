"""Items in DynamoDB's typed shape, and the rule of Time To Live.

Users write items in plain Python or in the typed shape. The model works with the typed shape only. Its items are
validated, and normalised so that two items are ``==`` exactly if DynamoDB considers them equal.

Sources: for the 400 KB, "Quotas" in the developer guide. For equality, recordings: a put of the same item in another
spelling (``1`` for ``1.0``, a set in another order) makes no stream record. For Time To Live, "Using time to live (TTL)
in DynamoDB" in the developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .._exceptions import InvalidItem
from .plain import from_plain
from .sizes import MAX_ITEM_BYTES, item_size
from .typed import from_typed, looks_typed
from .values import Refused, came, entries

if TYPE_CHECKING:
    from datetime import datetime

    from .values import AttributeValue, Item

#: Time To Live ignores instants that lie further back. AWS gives the reason: "To avoid a possible accidental deletion
#: due to a malformed TTL value."
OLDEST: Final = timedelta(days=5 * 365)


def typed_item(item: Mapping[str, Any], *, plain: bool | None = None, what: str = "item") -> Item:
    """Return a copy of an item that a test wrote: typed, validated, normalised, and sharing nothing with it.

    Args:
        item: names and values, in plain Python (``{"pk": "o#1", "total": Decimal("9.50")}``) or DynamoDB-typed
            (``{"pk": {"S": "o#1"}}``).
        plain: whether the item is plain Python. If None, the item counts as typed if every value is a mapping of one
            type descriptor to a value that fits it, and as plain otherwise.
        what: the item's name in messages.

    Raises:
        InvalidItem: DynamoDB could not hold the item; the message has the path, the value and what is accepted.
    """
    made = typed_values(item, plain=plain, what=what)
    check_size(made, what)
    return made


def typed_values(item: Mapping[str, Any], *, plain: bool | None = None, what: str = "item") -> Item:
    """Return the copy that ``typed_item`` returns, of any size: the caller checks it with ``check_size``."""
    if not isinstance(item, Mapping):
        raise InvalidItem(f"{what} is {came(item)}: an item maps names to values, as in {{'pk': 'o#1'}}")
    is_typed = looks_typed(item) if plain is None else not plain
    try:
        return entries(item, 0, from_typed if is_typed else from_plain)
    except Refused as refusal:
        guessed = plain is None and is_typed
        hint = "; the item was taken for DynamoDB-typed, pass plain=True if it is not" if guessed else ""
        raise InvalidItem(refusal.describe(what) + hint) from None


def check_size(item: Item, what: str = "item") -> int:
    """Return the size of an item in bytes, or raise InvalidItem if no table could hold the item.

    Args:
        item: a typed and normalised item.
        what: the item's name in messages.

    Raises:
        InvalidItem: the item is too large.
    """
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise InvalidItem(f"{what} has {size} bytes, names included; at most {MAX_ITEM_BYTES} (400 KB) fit")
    return size


def is_due(expires: AttributeValue | None, now: datetime) -> bool:
    """Return whether Time To Live deletes an item now.

    The Time To Live attribute is a number of epoch seconds. An item is due if that instant is past, and not more than
    five years ago.

    Args:
        expires: the Time To Live attribute; None if the item has none.
        now: the current time.
    """
    if expires is None or "N" not in expires:
        return False
    seconds = Decimal(expires["N"])
    # Numbers, because the calendar has no date five years before the year 5.
    return now.timestamp() - OLDEST.total_seconds() <= seconds < now.timestamp()
