"""Time To Live: which items of a table are due.

Source: "Using time to live (TTL) in DynamoDB" in the developer guide: the attribute is a number at the top level, an
instant in epoch seconds; an item is due once the current time is past it, unless it lies more than five years back.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from .items import AttributeValue

#: "To avoid a possible accidental deletion due to a malformed TTL value."
OLDEST: Final = timedelta(days=5 * 365)


def is_due(expires: AttributeValue | None, now: datetime) -> bool:
    """Whether an item whose Time To Live attribute has this value, or is missing, is to be deleted."""
    if expires is None or "N" not in expires:
        return False
    seconds = Decimal(expires["N"])
    return (now - OLDEST).timestamp() <= seconds < now.timestamp()
