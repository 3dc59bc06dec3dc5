from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._items.keys import KeySchema
from pytest_ddbstreams._items.sizes import item_size
from pytest_ddbstreams._model.changes import (
    INSERT,
    MODIFY,
    REMOVE,
    VIEW_TYPES,
    Change,
    record_size,
)
from pytest_ddbstreams._model.names import microseconds
from pytest_ddbstreams._model.registry import Registry
from pytest_ddbstreams._operations.documents import DocumentCodec
from pytest_ddbstreams._operations.records import StreamRecord

if TYPE_CHECKING:
    from pytest_ddbstreams._model.shard import ShardState
    from pytest_ddbstreams._model.stream import StreamState

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
STARTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001 - they come naive
DAY = timedelta(hours=24)
TINY = timedelta(microseconds=1)
KEY = {"pk": {"S": "o#1"}}
OLD = {**KEY, "state": {"S": "new"}}
NEW = {**KEY, "state": {"S": "paid"}}


images = st.sampled_from([None, OLD, NEW])


def stream(view_type: str = "NEW_AND_OLD_IMAGES", key: str = "pk") -> StreamState:
    schema = KeySchema.parse({key: "S"})
    shape: dict[str, Any] = {"view_type": view_type, "shards": 1, "auto_rotate": False}
    return Registry(DocumentCodec(), seed=0).create("orders", "us-east-1", "123456789012", schema, NOW, **shape)


def write(state: StreamState, change: Change) -> StreamRecord:
    return StreamRecord(state.write(change, NOW))


def the_shard(state: StreamState) -> ShardState:
    [shard] = state.lineage.shards
    return shard


@pytest.mark.parametrize(
    ("view_type", "new", "old"),
    [
        ("NEW_IMAGE", True, False),
        ("OLD_IMAGE", False, True),
        ("NEW_AND_OLD_IMAGES", True, True),
        ("KEYS_ONLY", False, False),
    ],
)
def test_a_record_includes_the_images_of_its_view_type(view_type: str, new: bool, old: bool) -> None:  # noqa: FBT001
    record = write(stream(view_type), Change(MODIFY, KEY, NEW, OLD))
    assert (record.new_image, record.old_image) == (NEW if new else None, OLD if old else None)


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_a_record_includes_the_keys_under_every_view_type(view_type: str) -> None:
    assert write(stream(view_type), Change(INSERT, KEY, NEW)).keys == KEY


@pytest.mark.parametrize(
    ("view_type", "change", "size"),
    [
        # Checked against AWS.
        ("NEW_AND_OLD_IMAGES", Change(INSERT, {"id": {"S": "Fred"}}, {"id": {"S": "Fred"}}), 12),
        ("KEYS_ONLY", Change(INSERT, {"Username": {"S": "Fred"}}, {"Username": {"S": "Fred"}}), 12),
        ("NEW_IMAGE", Change(MODIFY, KEY, NEW, OLD), 5 + 5 + 9),
        ("OLD_IMAGE", Change(MODIFY, KEY, NEW, OLD), 5 + 5 + 8),
        ("NEW_AND_OLD_IMAGES", Change(MODIFY, KEY, NEW, OLD), 5 + 5 + 9 + 5 + 8),
        ("NEW_AND_OLD_IMAGES", Change(REMOVE, KEY, None, OLD), 5 + 5 + 8),
    ],
)
def test_the_size_of_a_record_is_that_of_its_keys_and_images(view_type: str, change: Change, size: int) -> None:
    assert write(stream(view_type, next(iter(change.keys))), change).size_bytes == size


@given(st.lists(images, max_size=2))
def test_an_image_that_is_not_included_has_no_size(included: list[Any]) -> None:
    assert record_size(KEY, *included) == sum(item_size(image) for image in (KEY, *included) if image)


def test_looking_up_a_shard_trims_its_records_past_24_hours() -> None:
    state = stream()
    write(state, Change(INSERT, KEY, NEW))
    shard = the_shard(state)
    assert [state.shard(shard.id, NOW + age) and len(shard.log) for age in (DAY, DAY + TINY)] == [1, 0]


def test_a_shard_that_is_no_longer_listed_is_not_found() -> None:
    state = stream()
    shard = the_shard(state)
    state.lineage.replace(shard, 1, NOW)
    assert [state.shard(shard.id, NOW + age) for age in (2 * DAY, 2 * DAY + TINY)] == [shard, None]


@given(images, images)
def test_a_change_between_two_items_leads_from_one_to_the_other(old: Any, new: Any) -> None:
    change = Change.between(KEY, old, new)
    if old == new:
        assert change is None
    else:
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        assert change == Change(name, KEY, new, old)


def test_a_disabled_stream_is_listed_for_24_hours() -> None:
    state = stream()
    state.disable(NOW)
    assert [state.is_listed(NOW + DAY), state.is_listed(NOW + DAY + TINY)] == [True, False]


@given(moves=st.lists(st.integers(-100, 100), min_size=2, max_size=20))
def test_sequence_numbers_rise_when_the_clock_goes_back(moves: list[int]) -> None:
    state = stream()
    for move in moves:
        state.write(Change(INSERT, KEY, NEW), NOW + timedelta(hours=move))
    log = the_shard(state).log
    numbers = [log.number(index) for index in range(len(moves))]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_the_new_image_is_remembered_under_every_view_type(view_type: str) -> None:
    state = stream(view_type)
    write(state, Change(MODIFY, KEY, NEW, OLD))
    assert state.last_image(KEY) == NEW


@given(
    written=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=30),
    count=st.integers(0, 35),
    step=st.sampled_from([TINY, timedelta(seconds=1), DAY]),
    start=st.one_of(st.just(NOW), STARTS),
)
def test_the_oldest_records_are_trimmed_and_of_one_instant_those_of_the_first_shards(
    written: list[tuple[int, int]], count: int, step: timedelta, start: datetime
) -> None:
    state = stream()
    state.lineage.replace(the_shard(state), 3, NOW)
    logs = [shard.log for shard in state.lineage.shards]
    ages = []
    for number, (place, ticks) in enumerate(sorted(written, key=lambda each: each[1])):
        time = microseconds(start + ticks * step)
        logs[place].append(number, time, 1, b"")
        ages.append((time, place))
    gone = Counter(place for _, place in sorted(ages)[:count])
    assert state.trim_oldest(count) == gone.total()
    assert [log.trimmed for log in logs] == [gone[place] for place in range(4)]
