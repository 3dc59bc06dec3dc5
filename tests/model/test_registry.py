from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._items.keys import KeySchema
from pytest_ddbstreams._model.registry import Registry
from pytest_ddbstreams._operations.documents import DocumentCodec

if TYPE_CHECKING:
    from pytest_ddbstreams._model.stream import StreamState

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
DAY = timedelta(hours=24)
TINY = timedelta(microseconds=1)
HOME = ("us-east-1", "123456789012")

# Some names are prefixes of others.
tables = st.sampled_from(["ord", "ord-", "ord.stream", "orders", "order"])
regions = st.sampled_from(["us-east-1", "us-east-10", "cn-north-1"])
accounts = st.sampled_from(["123456789012", "123456789013"])


def registry() -> Registry:
    return Registry(DocumentCodec(), seed=0)


def create(streams: Registry, table: str, region: str = HOME[0], account: str = HOME[1]) -> StreamState:
    schema = KeySchema.parse({"pk": "S"})
    return streams.create(
        table, region, account, schema, NOW + TINY, view_type="KEYS_ONLY", shards=1, auto_rotate=False
    )


def test_a_second_stream_in_one_millisecond_has_the_label_of_the_next_millisecond() -> None:
    streams = registry()
    labels = [create(streams, "orders").name.label for _ in range(3)]
    assert labels == ["2026-01-01T00:00:00.000", "2026-01-01T00:00:00.001", "2026-01-01T00:00:00.002"]


def test_streams_are_iterated_in_the_order_of_their_creation() -> None:
    streams = registry()
    made = [create(streams, table) for table in ("zebra", "apple", "mango")]
    assert list(streams) == made


def test_streams_are_listed_in_the_order_of_their_arns() -> None:
    streams = registry()
    for table in ("zebra", "apple", "mango"):
        create(streams, table)
    listed = streams.listed_after(None, *HOME, None, NOW)
    assert [state.name.table_name for state in listed] == ["apple", "mango", "zebra"]


@given(st.lists(st.tuples(tables, regions, accounts), max_size=12), st.none() | tables, regions, accounts, st.data())
def test_a_listing_holds_the_streams_of_one_account_region_and_table(
    made: list[tuple[str, str, str]], table: str | None, region: str, account: str, data: st.DataObject
) -> None:
    streams = registry()
    for name in made:
        create(streams, *name)
    start = data.draw(st.none() | st.sampled_from(["", "arn:", "zzz", *(state.name.arn for state in streams)]))
    theirs = [
        state.name.arn
        for state in streams
        if (state.name.region, state.name.account) == (region, account) and table in {None, state.name.table_name}
    ]
    listed = [state.name.arn for state in streams.listed_after(start, region, account, table, NOW)]
    assert listed == sorted(arn for arn in theirs if start is None or arn > start)


@given(st.lists(st.tuples(tables, st.booleans()), max_size=10), tables)
def test_the_enabled_stream_of_a_table_is_its_newest_one_until_that_is_disabled(
    made: list[tuple[str, bool]], table: str
) -> None:
    streams = registry()
    newest = enabled = None
    for name, disabled in made:
        state = create(streams, name)
        if disabled:
            state.disable(NOW)
        if name == table:
            newest, enabled = state, None if disabled else state
    assert (streams.newest(table, *HOME), streams.enabled(table, *HOME)) == (newest, enabled)


def test_a_disabled_stream_is_found_and_listed_for_24_hours() -> None:
    streams = registry()
    state = create(streams, "orders")
    state.disable(NOW)
    ages = (DAY, DAY + TINY)
    assert [streams.get(state.name.arn, NOW + age) for age in ages] == [state, None]
    assert [list(streams.listed_after(None, *HOME, None, NOW + age)) for age in ages] == [[state], []]


def test_a_registry_holds_its_own_streams_only() -> None:
    streams, others = registry(), registry()
    assert [streams.holds(create(each, "orders")) for each in (streams, others)] == [True, False]


def test_serials_count_the_iterators_that_were_issued() -> None:
    streams = registry()
    assert [streams.next_serial(), streams.next_serial(), streams.issued] == [1, 2, 2]
