from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_ddbstreams._items.items import typed_item
from pytest_ddbstreams._items.keys import KeySchema
from pytest_ddbstreams._items.sizes import item_size
from pytest_ddbstreams._model.changes import (
    INSERT,
    MODIFY,
    REMOVE,
    VIEW_TYPES,
    Change,
    size_of,
)
from pytest_ddbstreams._model.last_seen import LastSeen
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


def registry() -> Registry:
    return Registry(DocumentCodec(), seed=0)


def stream(view_type: str = "NEW_AND_OLD_IMAGES", key: str = "pk") -> StreamState:
    schema = KeySchema.parse({key: "S"})
    shape: dict[str, Any] = {"view_type": view_type, "shards": 1, "auto_rotate": False}
    return registry().create("orders", "us-east-1", "123456789012", schema, NOW, **shape)


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


@given(images=st.lists(st.none() | st.just(OLD) | st.just(NEW), max_size=2))
def test_an_image_that_is_not_included_has_no_size(images: list[Any]) -> None:
    assert size_of(KEY, *images) == sum(item_size(image) for image in (KEY, *images) if image)


def test_a_record_is_trimmed_once_it_is_older_than_24_hours() -> None:
    state = stream()
    write(state, Change(INSERT, KEY, NEW))
    shard = the_shard(state)
    assert (shard.trim_past_retention(NOW + DAY), len(shard.log)) == (0, 1)
    assert (shard.trim_past_retention(NOW + DAY + TINY), len(shard.log)) == (1, 0)


def test_looking_up_a_shard_trims_its_records_past_24_hours() -> None:
    state = stream()
    write(state, Change(INSERT, KEY, NEW))
    shard = the_shard(state)
    assert len(state.shard(shard.id, NOW + DAY).log) == 1  # type: ignore[union-attr]
    assert len(state.shard(shard.id, NOW + DAY + TINY).log) == 0  # type: ignore[union-attr]


def test_a_closed_shard_can_be_read_for_24_hours_and_is_listed_for_48() -> None:
    state = stream()
    shard = the_shard(state)
    state.lineage.replace(shard, 1, NOW)
    readable = [shard.is_readable(NOW + age) for age in (DAY, DAY + TINY)]
    listed = [shard.is_listed(NOW + age) for age in (2 * DAY, 2 * DAY + TINY)]
    assert (readable, listed) == ([True, False], [True, False])


def test_a_shard_that_is_no_longer_listed_is_not_found() -> None:
    state = stream()
    shard = the_shard(state)
    state.lineage.replace(shard, 1, NOW)
    assert [state.shard(shard.id, NOW + age) for age in (2 * DAY, 2 * DAY + TINY)] == [shard, None]


def test_a_disabled_stream_is_listed_for_24_hours() -> None:
    state = stream()
    state.disable(NOW)
    assert [state.is_listed(NOW + DAY), state.is_listed(NOW + DAY + TINY)] == [True, False]


def test_the_trim_horizon_stands_above_what_was_trimmed() -> None:
    state = stream()
    shard = the_shard(state)
    assert shard.horizon == shard.starting_number
    number = int(write(state, Change(INSERT, KEY, NEW)).sequence_number)
    state.trim_oldest(1)
    assert shard.horizon == number + 1
    assert (shard.is_trimmed(number), shard.is_trimmed(number + 1)) == (True, False)


@given(moves=st.lists(st.integers(-100, 100), min_size=2, max_size=20))
def test_sequence_numbers_rise_when_the_clock_goes_back(moves: list[int]) -> None:
    state = stream()
    for move in moves:
        state.write(Change(INSERT, KEY, NEW), NOW + timedelta(hours=move))
    log = the_shard(state).log
    numbers = [log.number(index) for index in range(len(moves))]
    assert numbers == sorted(set(numbers))


def test_a_second_stream_in_one_millisecond_has_the_label_of_the_next_millisecond() -> None:
    streams = registry()
    shape: dict[str, Any] = {"view_type": "KEYS_ONLY", "shards": 1, "auto_rotate": False}
    schema = KeySchema.parse({"pk": "S"})
    for _ in range(3):
        streams.create("orders", "us-east-1", "123456789012", schema, NOW + TINY, **shape)
    labels = [state.name.label for state in streams]
    assert labels == ["2026-01-01T00:00:00.000", "2026-01-01T00:00:00.001", "2026-01-01T00:00:00.002"]


def test_streams_are_listed_in_the_order_of_their_arns() -> None:
    streams = registry()
    shape: dict[str, Any] = {"view_type": "KEYS_ONLY", "shards": 1, "auto_rotate": False}
    for table in ("zebra", "apple", "mango"):
        streams.create(table, "us-east-1", "123456789012", KeySchema.parse({"pk": "S"}), NOW, **shape)
    listed = list(streams.listed_after(None, "us-east-1", "123456789012", None, NOW))
    assert [state.name.table_name for state in listed] == ["apple", "mango", "zebra"]
    assert list(streams.listed_after(listed[0].name.arn, "us-east-1", "123456789012", None, NOW)) == listed[1:]


# Some names are prefixes of others.
tables = st.sampled_from(["ord", "ord-", "ord.stream", "orders", "order"])
regions = st.sampled_from(["us-east-1", "us-east-10", "cn-north-1"])
accounts = st.sampled_from(["123456789012", "123456789013"])


@given(st.lists(st.tuples(tables, regions, accounts), max_size=12), st.none() | tables, regions, accounts, st.data())
def test_a_listing_holds_the_streams_of_one_account_region_and_table(
    made: list[tuple[str, str, str]], table: str | None, region: str, account: str, data: st.DataObject
) -> None:
    streams = registry()
    shape: dict[str, Any] = {"view_type": "KEYS_ONLY", "shards": 1, "auto_rotate": False}
    for name in made:
        streams.create(*name, KeySchema.parse({"pk": "S"}), NOW, **shape)
    start = data.draw(st.none() | st.sampled_from(["", "arn:", "zzz", *(state.name.arn for state in streams)]))
    theirs = [
        state.name.arn
        for state in streams
        if (state.name.region, state.name.account) == (region, account) and table in {None, state.name.table_name}
    ]
    listed = [state.name.arn for state in streams.listed_after(start, region, account, table, NOW)]
    assert listed == sorted(arn for arn in theirs if start is None or arn > start)


class Seen(RuleBasedStateMachine):
    """LastSeen beside a dict, and copies of the dict for nested bulk writes."""

    def __init__(self) -> None:
        super().__init__()
        self.items = LastSeen(DocumentCodec.decode_image)
        self.model: dict[str, Any] = {}
        self.before: list[dict[str, Any]] = []

    @rule(name=st.sampled_from("abcd"), value=st.none() | st.integers(0, 3))
    def remember(self, name: str, value: int | None) -> None:
        image = None if value is None else typed_item({"v": value})
        self.items.remember(name, None if image is None else DocumentCodec.encode_image(image))
        self.model[name] = image

    @rule()
    def begin(self) -> None:
        self.items.begin()
        self.before.append(dict(self.model))

    @precondition(lambda self: self.before)
    @rule()
    def commit(self) -> None:
        self.items.commit()
        self.before.pop()

    @precondition(lambda self: self.before)
    @rule()
    def rollback(self) -> None:
        self.items.rollback()
        self.model = self.before.pop()

    @invariant()
    def images_are_those_of_the_dict(self) -> None:
        assert {name: self.items.image(name) for name in "abcd"} == {name: self.model.get(name) for name in "abcd"}


TestSeen = Seen.TestCase


def test_a_remembered_image_is_returned_as_a_copy() -> None:
    items = LastSeen(DocumentCodec.decode_image)
    items.remember("a", DocumentCodec.encode_image(OLD))
    image = items.image("a")
    assert image is not None
    image.clear()
    assert items.image("a") == OLD


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
