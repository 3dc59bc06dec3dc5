"""The orders and the totals of each customer, in SQLite.

Each order has one row, which the newest image replaces. So a record can be applied again without harm.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from pathlib import Path

    from .api import Record

_deserialize = TypeDeserializer().deserialize


class OrderTotals:
    """Totals of a table with the key `order_id` and the attributes `customer` and `total`."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._database = sqlite3.connect(path)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, customer TEXT, total TEXT)"
        )

    def apply(self, records: list[Record]) -> None:
        """Apply all records of a page in one transaction."""
        with self._database:
            for record in records:
                self._apply(record["eventName"], record["dynamodb"])

    def by_customer(self) -> dict[str, Decimal]:
        """Return the exact sum of each customer's orders, added here because SQLite would add them as floats."""
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for customer, total in self._database.execute("SELECT customer, total FROM orders ORDER BY customer"):
            totals[customer] += Decimal(total)
        return dict(totals)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _apply(self, event: str, change: dict[str, Any]) -> None:
        if event == "REMOVE":
            key = _plain(change["Keys"])
            self._database.execute("DELETE FROM orders WHERE order_id = ?", (key["order_id"],))
        else:  # INSERT or MODIFY
            order = _plain(change["NewImage"])
            row = (order["order_id"], order["customer"], str(order["total"]))
            self._database.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", row)


def _plain(image: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in image.items()}
