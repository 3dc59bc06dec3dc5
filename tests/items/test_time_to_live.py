from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pytest_ddbstreams._items.items import is_due

FIVE_YEARS = timedelta(days=1825)
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def number(instant: datetime) -> dict[str, Any]:
    return {"N": str(int(instant.timestamp()))}


@pytest.mark.parametrize(
    ("expires", "due"),
    [
        (number(NOW - timedelta(seconds=1)), True),
        (number(NOW), False),
        (number(NOW + timedelta(seconds=1)), False),
        (number(NOW - FIVE_YEARS), True),
        (number(NOW - FIVE_YEARS - timedelta(seconds=1)), False),
        ({"N": "1767225599.5"}, True),
        ({"N": "1" + "0" * 120}, False),
        ({"N": "-" + "1" + "0" * 120}, False),
        ({"S": "1767225599"}, False),
        ({"L": [{"N": "1767225599"}]}, False),
        (None, False),
    ],
)
def test_an_item_is_due_once_the_time_is_past_its_number_and_for_five_years(
    expires: dict[str, Any] | None,
    due: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    assert is_due(expires, NOW) is due


def test_an_item_is_due_in_the_first_years_of_the_calendar() -> None:
    now = NOW.replace(year=1)
    assert is_due({"N": str(now.timestamp() - 1)}, now)
