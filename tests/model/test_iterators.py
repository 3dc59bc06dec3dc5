from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pytest_ddbstreams._model.iterator import LIFETIME, ShardIterator
from pytest_ddbstreams._model.shard import HASHES, ShardState

ISSUED = 1_767_225_600_000_000


@pytest.fixture
def shard() -> ShardState:
    return ShardState("shard", None, datetime(2026, 1, 1, tzinfo=timezone.utc), range(HASHES), 0)


def iterator(serial: int = 5) -> ShardIterator:
    return ShardIterator("arn", "shard", 0, ISSUED, serial)


def test_an_iterator_lives_for_15_minutes() -> None:
    assert LIFETIME == 15 * 60 * 1_000_000


@pytest.mark.parametrize(("age", "expired"), [(0, False), (LIFETIME, False), (LIFETIME + 1, True), (-LIFETIME, False)])
def test_an_iterator_has_expired_when_it_is_older_than_its_lifetime(
    shard: ShardState, age: int, *, expired: bool
) -> None:
    assert iterator().is_expired(ISSUED + age, shard) == expired


@pytest.mark.parametrize(("serial", "expired"), [(4, True), (5, True), (6, False)])
def test_an_iterator_has_expired_when_it_was_made_to_expire_by_hand(
    shard: ShardState, serial: int, *, expired: bool
) -> None:
    shard.expired_through = 5
    assert iterator(serial).is_expired(ISSUED, shard) == expired


def test_an_iterator_is_frozen() -> None:
    with pytest.raises(AttributeError):
        iterator().number = 1  # type: ignore[misc]
