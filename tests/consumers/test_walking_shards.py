"""A walk from parents to children over two hundred shards delivers every record once, and each item's in order."""

from __future__ import annotations

from collections import defaultdict
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from consumers.evidence import assert_every_record_once, assert_parents_before_children
from consumers.shard_walk import ShardWalk
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}, shards=4)

VERSIONS = count()
TABLES = count()


def write_to_each_shard(stream: Stream) -> None:
    """Write new versions of items until each open shard has a record."""
    while not all(len(shard) for shard in stream.open_shards):
        stream.put({"pk": f"o#{next(VERSIONS) % 199}", "version": next(VERSIONS)})


def grow(stream: Stream, shards: int) -> None:
    """Split and rotate shards until there are so many, with records in each."""
    write_to_each_shard(stream)
    while len(stream.shards) < shards:
        oldest = stream.open_shards[0]
        if len(stream.open_shards) < 8:
            oldest.split()
        else:
            oldest.rotate()
        write_to_each_shard(stream)


def versions_by_item(walk: ShardWalk) -> dict[str, list[int]]:
    """Return the versions of each item, in the order of their delivery."""
    versions: dict[str, list[int]] = defaultdict(list)
    for _, record in walk.delivered:
        image = record["dynamodb"]["NewImage"]
        versions[image["pk"]["S"]].append(int(image["version"]["N"]))
    return versions


def assert_complete_and_in_order(stream: Stream, walk: ShardWalk) -> None:
    assert_every_record_once(stream, walk.sequence_numbers)
    assert_parents_before_children(stream, walk.sequence_numbers)
    for versions in versions_by_item(walk).values():
        assert versions == sorted(versions)


def test_a_walk_over_two_hundred_shards_is_complete_and_in_order(
    ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    grow(ddbstreams_stream, 200)
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)

    walk.run()

    assert len({shard for shard, _ in walk.delivered}) == 200
    assert max(map(len, versions_by_item(walk).values())) > 1
    assert_complete_and_in_order(ddbstreams_stream, walk)


def test_a_walk_passes_the_assertions_of_the_call_log(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_mock: StreamsMock
) -> None:
    grow(ddbstreams_stream, 201)

    ShardWalk(ddbstreams_client, ddbstreams_stream.arn).run()

    ddbstreams_mock.calls.assert_listing_followed_to_the_end()
    ddbstreams_mock.calls.assert_parents_before_children()
    ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_listing_of_two_hundred_and_one_shards_has_three_pages(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_mock: StreamsMock
) -> None:
    grow(ddbstreams_stream, 201)

    ShardWalk(ddbstreams_client, ddbstreams_stream.arn).round()

    pages = ddbstreams_mock.calls.of("DescribeStream")
    described: list[Any] = [page.response["StreamDescription"] for page in pages if page.response]
    assert [len(page["Shards"]) for page in described] == [100, 100, 1]
    for page, following in pairwise(pages):
        assert page.response
        last = page.response["StreamDescription"]["LastEvaluatedShardId"]
        assert following.request["ExclusiveStartShardId"] == last


@pytest.mark.parametrize("split_after_page", [1, 2])
def test_a_walk_is_complete_if_shards_split_between_two_pages_of_a_listing(
    ddbstreams_stream: Stream, ddbstreams_client: Any, split_after_page: int
) -> None:
    """The first page shows a shard as open, and the second shows its children."""
    grow(ddbstreams_stream, 110)
    pages = count(1)

    def split(**_: Any) -> None:
        if next(pages) == split_after_page:
            for shard in ddbstreams_stream.open_shards:
                ddbstreams_stream.split(shard)
            write_to_each_shard(ddbstreams_stream)

    ddbstreams_client.meta.events.register("after-call.dynamodb-streams.DescribeStream", split)
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)

    walk.run()

    assert next(pages) > split_after_page
    assert_complete_and_in_order(ddbstreams_stream, walk)


def test_a_walk_lists_a_closed_shard_without_children_again_five_times(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_mock: StreamsMock
) -> None:
    """A disabled stream has closed its last shards. A walk expects their children."""
    write_to_each_shard(ddbstreams_stream)
    ddbstreams_stream.disable()
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)

    walk.round()

    requests = [call.request for call in ddbstreams_mock.calls.of("DescribeStream")]
    again = {"ExclusiveStartShardId": ddbstreams_stream.shards[0].id}
    assert requests == [{"StreamArn": ddbstreams_stream.arn} | start for start in ({}, *[again] * 5)]
    assert_complete_and_in_order(ddbstreams_stream, walk)


@pytest.mark.parametrize("delay", ["delay_discovery", "delay_closing"])
def test_a_walk_is_complete_if_the_listing_is_late(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_mock: StreamsMock, delay: str
) -> None:
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)
    walk.round()
    getattr(ddbstreams_mock, delay)(describes=3)
    grow(ddbstreams_stream, 12)

    walk.run()

    assert_complete_and_in_order(ddbstreams_stream, walk)


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_a_walk_is_complete_if_its_iterators_expire_between_two_rounds(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_clock: Clock, ddbstreams_mock: StreamsMock
) -> None:
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)
    for _ in range(3):
        grow(ddbstreams_stream, len(ddbstreams_stream.shards) + 6)
        walk.round()  # its iterators are expired
        walk.run()
        ddbstreams_clock.tick(minutes=16)

    assert ddbstreams_mock.calls.errors
    assert_complete_and_in_order(ddbstreams_stream, walk)


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_a_walk_reads_the_last_24_hours_of_two_days(
    ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_clock: Clock, ddbstreams_mock: StreamsMock
) -> None:
    """The walk takes a shard that is listed and trimmed for a parent that it has read."""
    for _ in range(12):
        for shard in ddbstreams_stream.open_shards:
            ddbstreams_stream.rotate(shard)
        write_to_each_shard(ddbstreams_stream)
        ddbstreams_clock.tick(hours=4)
    walk = ShardWalk(ddbstreams_client, ddbstreams_stream.arn)

    walk.run()

    trimmed = {call.shard for call in ddbstreams_mock.calls.errors}
    assert trimmed
    assert trimmed.isdisjoint(shard for shard, _ in walk.delivered)
    assert_complete_and_in_order(ddbstreams_stream, walk)


# Any order of events


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client("dynamodbstreams", region_name="us-east-1")


@pytest.fixture
def _reset(ddbstreams_mock_module: StreamsMock) -> Iterator[None]:
    yield
    ddbstreams_mock_module.reset()


@pytest.mark.usefixtures("_reset")
@settings(max_examples=30)
@given(
    shards=st.integers(1, 3),
    limit=st.sampled_from([1, 2, 1000]),
    events=st.lists(st.sampled_from(["put", "put", "split", "rotate", "round"]), max_size=40),
)
def test_a_walk_is_complete_and_in_order_after_any_events_between_its_rounds(
    ddbstreams_mock_module: StreamsMock, client: Any, shards: int, limit: int, events: list[str]
) -> None:
    stream = ddbstreams_mock_module.create_stream(f"orders-{next(TABLES)}", key_schema={"pk": "S"}, shards=shards)
    walk = ShardWalk(client, stream.arn, limit=limit)
    actions: dict[str, Any] = {
        "put": lambda: stream.put({"pk": f"o#{next(VERSIONS) % 5}", "version": next(VERSIONS)}),
        "split": lambda: stream.split(stream.open_shards[0]),
        "rotate": lambda: stream.rotate(stream.open_shards[0]),
        "round": walk.round,
    }

    for event in events:
        actions[event]()
    walk.run()

    assert_complete_and_in_order(stream, walk)
