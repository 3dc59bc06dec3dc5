"""ListStreams and DescribeStream: pages, boundaries, and the exact texts of refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from operations.world import DAY, INSTANT, NO_ARN, NO_SHARD, START, World, arns, shard_ids

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._operations import View

limits = st.integers(1, 12)


def all_streams(world: World, **members: Any) -> list[dict[str, Any]]:
    return world.pages("ListStreams", "ExclusiveStartStreamArn", "LastEvaluatedStreamArn", **members)


def all_shards(world: World, arn: str, **members: Any) -> list[dict[str, Any]]:
    return world.pages("DescribeStream", "ExclusiveStartShardId", "LastEvaluatedShardId", StreamArn=arn, **members)


def describe(world: World, arn: str, **members: Any) -> dict[str, Any]:
    description: dict[str, Any] = world.ask("DescribeStream", StreamArn=arn, **members)["StreamDescription"]
    return description


def assert_full_but_the_last(pages: list[dict[str, Any]], entries: str, limit: int) -> None:
    sizes = [len(page[entries]) for page in pages]
    assert sizes[:-1] == [limit] * (len(pages) - 1)
    assert sizes[-1] > 0 or len(pages) == 1


# Pages of streams


@given(st.lists(st.sampled_from(["aaa", "bbb", "ccc"]), max_size=10), limits)
def test_pages_of_any_size_list_every_stream_once_in_the_order_of_arns(tables: list[str], limit: int) -> None:
    world = World()
    created = [world.create(table).name.arn for table in tables]
    pages = all_streams(world, Limit=limit)
    assert arns(*pages) == sorted(created)
    assert_full_but_the_last(pages, "Streams", limit)


@given(st.lists(st.sampled_from(["orders", "orders-archive", "ord"]), max_size=10), limits)
def test_pages_with_a_table_name_list_the_streams_of_that_table(tables: list[str], limit: int) -> None:
    world = World()
    created = [(table, world.create(table).name.arn) for table in tables]
    pages = all_streams(world, TableName="orders", Limit=limit)
    assert arns(*pages) == sorted(arn for table, arn in created if table == "orders")


@given(st.data())
def test_streams_that_come_and_go_between_pages_hide_and_repeat_no_other_stream(data: st.DataObject) -> None:
    world = World()
    streams = [world.create(f"table-{number}") for number in range(0, 20, 4)]
    gone = set()
    seen: list[str] = []
    request: dict[str, Any] = {"Limit": 2}
    for number in data.draw(st.permutations(range(1, 20, 2))):
        page = world.ask("ListStreams", **request)
        seen += arns(page)
        if "LastEvaluatedStreamArn" not in page:
            break
        request["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"]
        world.create(f"table-{number}")
        stream = data.draw(st.sampled_from(streams))
        stream.disabled_at = stream.disabled_at or world.now - DAY - INSTANT
        gone.add(stream.name.arn)
    assert len(seen) == len(set(seen))
    assert {stream.name.arn for stream in streams} - gone <= set(seen)


@given(st.from_regex(r"table-?[0-9]?[a-z]?|[a-z]{3}", fullmatch=True), limits)
def test_a_listing_continues_after_an_arn_that_never_existed(table: str, limit: int) -> None:
    world = World()
    created = [world.create(f"table-{number}").name.arn for number in range(4)]
    start = NO_ARN.replace("nothing", table)
    pages = all_streams(world, ExclusiveStartStreamArn=start, Limit=limit)
    assert arns(*pages) == [arn for arn in created if arn > start]


def test_a_page_of_streams_has_100_entries_without_a_limit_and_with_the_largest_one(world: World) -> None:
    for number in range(101):
        world.create(f"table-{number}")
    assert [len(page["Streams"]) for page in all_streams(world)] == [100, 1]
    assert [len(page["Streams"]) for page in all_streams(world, Limit=100)] == [100, 1]


def test_a_limit_above_100_streams_is_refused(world: World) -> None:
    refusal = world.refusal("ListStreams", Limit=101)
    assert refusal == ("ValidationException", _service_errors.LIST_STREAMS_LIMIT)


@pytest.mark.parametrize(
    "start",
    [
        "x" * 37,
        NO_ARN.partition("/stream/")[0],
        NO_ARN.replace("2026-01-01T00:00:00.000", "yesterday"),
        NO_ARN.replace("dynamodb", "kinesis"),
    ],
)
def test_a_malformed_start_arn_is_refused(world: World, start: str) -> None:
    refusal = world.refusal("ListStreams", ExclusiveStartStreamArn=start)
    assert refusal == ("ValidationException", _service_errors.INVALID_STREAM_ARN)


def test_each_region_and_account_lists_its_own_streams(world: World) -> None:
    here = world.create("orders").name.arn
    there = world.create("orders", region="eu-west-1").name.arn
    world.create("orders", account="999999999999")
    listed = [arns(world.ask("ListStreams", region=region)) for region in ("us-east-1", "eu-west-1", "ap-south-1")]
    assert listed == [[here], [there], []]


def test_a_disabled_stream_is_listed_and_described_for_24_hours(world: World) -> None:
    arn = world.create().name.arn
    [stream] = world.registry
    stream.disable(world.now)
    world.now += DAY
    assert (arns(world.ask("ListStreams")), describe(world, arn)["StreamStatus"]) == ([arn], "DISABLED")
    world.now += INSTANT
    assert arns(world.ask("ListStreams")) == []
    assert world.refusal("DescribeStream", StreamArn=arn)[0] == "ResourceNotFoundException"


def test_an_enabled_stream_is_listed_however_old_it_is(world: World) -> None:
    arn = world.create().name.arn
    world.now += DAY * 400
    assert arns(world.ask("ListStreams")) == [arn]


# Descriptions of a stream


def test_a_description_has_these_members(world: World) -> None:
    stream = world.create(key_schema={"pk": "S", "sk": "N"}, view_type="NEW_IMAGE")
    world.now += timedelta(hours=1)
    [root] = stream.lineage.shards
    assert describe(world, stream.name.arn) == {
        "StreamArn": stream.name.arn,
        "StreamLabel": stream.name.label,
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_IMAGE",
        "CreationRequestDateTime": START.timestamp(),
        "TableName": "orders",
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "Shards": [
            {"ShardId": root.id, "SequenceNumberRange": {"StartingSequenceNumber": str(root.starting_number)}},
        ],
    }


def test_a_closed_shard_shows_its_ending_number_and_a_child_its_parent(world: World) -> None:
    stream = world.create()
    child = world.rotate(stream)
    root = stream.lineage.shards[0]
    closed, opened = describe(world, stream.name.arn)["Shards"]
    assert closed["SequenceNumberRange"]["EndingSequenceNumber"] == str(root.ending_number)
    assert (opened["ShardId"], opened["ParentShardId"]) == (child.id, root.id)


def test_a_closed_shard_is_listed_for_48_hours_and_its_child_names_it_afterwards(world: World) -> None:
    stream = world.create()
    child = world.rotate(stream)
    root = stream.lineage.shards[0]
    world.now += DAY * 2
    assert shard_ids(describe(world, stream.name.arn)) == [root.id, child.id]
    world.now += INSTANT
    [listed] = describe(world, stream.name.arn)["Shards"]
    assert (listed["ShardId"], listed["ParentShardId"]) == (child.id, root.id)


@pytest.mark.parametrize(
    ("view", "status", "listed", "ended"),
    [
        (View(), "DISABLED", 2, 2),
        (View(lingers=lambda _: True), "DISABLING", 2, 0),
        (View(hides=lambda _: True), "DISABLED", 0, 0),
    ],
)
def test_a_disabled_stream_with_a_shard_that_looks_open_is_disabling(
    world: World, view: View, status: str, listed: int, ended: int
) -> None:
    stream = world.create(shards=2)
    stream.disable(world.now)
    description = describe(world, stream.name.arn, view=view)
    ends = ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in description["Shards"]]
    assert (description["StreamStatus"], len(ends), sum(ends)) == (status, listed, ended)


@pytest.mark.parametrize(("start", "status"), [([], "ENABLING"), (["ExclusiveStartShardId"], "ENABLED")])
def test_an_enabled_stream_is_enabling_while_its_first_page_lists_no_shard(
    world: World, start: list[str], status: str
) -> None:
    stream = world.create(shards=2)
    members = dict.fromkeys(start, stream.lineage.shards[0].id)
    description = describe(world, stream.name.arn, view=View(hides=lambda _: True), **members)
    assert (description["StreamStatus"], description["Shards"]) == (status, [])


def test_an_answer_names_the_shards_that_the_view_hides_or_shows_as_open(world: World) -> None:
    stream = world.create(shards=3)
    world.rotate(stream)
    closed, opened, other, _ = (shard.id for shard in stream.lineage.shards)
    view = View(hides=lambda shard_id: shard_id == other, lingers=lambda shard_id: shard_id in {closed, opened, other})
    answer = world.answer("DescribeStream", view, StreamArn=stream.name.arn, Limit=3)
    assert (answer.hidden, answer.lingering) == (frozenset({other}), frozenset({closed}))
    assert (answer.is_withheld, answer.is_shifted) == (False, False)


def test_an_answer_names_no_shard_without_a_view(world: World) -> None:
    stream = world.create()
    world.rotate(stream)
    answer = world.answer("DescribeStream", View(), StreamArn=stream.name.arn)
    assert (answer.hidden, answer.lingering) == (frozenset(), frozenset())


# Pages of shards


@st.composite
def families(draw: st.DrawFn) -> tuple[World, str]:
    """A stream whose shards were split and rotated."""
    world = World()
    stream = world.create(shards=draw(st.integers(1, 3)))
    for into in draw(st.lists(st.integers(1, 3), max_size=5)):
        stream.lineage.replace(draw(st.sampled_from(stream.lineage.open_shards)), into, world.now)
    return world, stream.name.arn


@given(families(), limits)
def test_pages_of_any_size_list_every_shard_once_in_the_order_of_opening(family: tuple[World, str], limit: int) -> None:
    world, arn = family
    [stream] = world.registry
    pages = all_shards(world, arn, Limit=limit)
    assert shard_ids(*pages) == [shard.id for shard in stream.lineage.shards]
    assert_full_but_the_last(pages, "Shards", limit)


@given(families(), limits, st.data())
def test_pages_with_a_filter_list_the_children_of_its_shard(
    family: tuple[World, str], limit: int, data: st.DataObject
) -> None:
    world, arn = family
    [stream] = world.registry
    parent = data.draw(st.sampled_from([*(shard.id for shard in stream.lineage.shards), NO_SHARD]))
    pages = all_shards(world, arn, Limit=limit, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent})
    assert shard_ids(*pages) == [shard.id for shard in stream.lineage.shards if shard.parent_id == parent]


@given(families(), st.data())
def test_a_page_lists_the_shards_whose_ids_sort_behind_its_start(
    family: tuple[World, str], data: st.DataObject
) -> None:
    world, arn = family
    listed = shard_ids(describe(world, arn))
    unknown = st.from_regex(r"shardId-[0-9]{20}-[0-9a-f]{8}", fullmatch=True)
    start = data.draw(st.sampled_from([*listed, NO_SHARD]) | unknown)
    following = shard_ids(describe(world, arn, ExclusiveStartShardId=start))
    assert following == [shard for shard in listed if shard > start]


def test_a_page_of_shards_has_100_entries_without_a_limit_and_with_the_largest_one(world: World) -> None:
    arn = world.create(shards=101).name.arn
    assert [len(page["Shards"]) for page in all_shards(world, arn)] == [100, 1]
    assert [len(page["Shards"]) for page in all_shards(world, arn, Limit=100)] == [100, 1]


def test_a_limit_above_100_shards_is_refused(world: World) -> None:
    refusal = world.refusal("DescribeStream", StreamArn=world.create().name.arn, Limit=101)
    assert refusal == ("ValidationException", _service_errors.DESCRIBE_STREAM_LIMIT)


@pytest.mark.parametrize(
    "shard_filter",
    [
        {},
        {"Type": "CHILD_SHARDS"},
        {"ShardId": NO_SHARD},
        {"Type": "PARENT_SHARDS", "ShardId": NO_SHARD},
        {"Type": "child_shards", "ShardId": NO_SHARD},
    ],
)
def test_a_filter_without_its_type_or_its_shard_is_refused(world: World, shard_filter: dict[str, str]) -> None:
    refusal = world.refusal("DescribeStream", StreamArn=world.create().name.arn, ShardFilter=shard_filter)
    assert refusal == ("ValidationException", _service_errors.INVALID_SHARD_FILTER)


# Streams that DescribeStream does not find


def test_an_unknown_stream_is_refused_with_its_arn(world: World) -> None:
    refusal = world.refusal("DescribeStream", StreamArn=NO_ARN)
    assert refusal == ("ResourceNotFoundException", _service_errors.STREAM_NOT_FOUND.format(arn=NO_ARN))


def test_a_stream_is_found_in_its_own_region_only(world: World) -> None:
    arn = world.create(region="cn-north-1").name.arn
    assert world.refusal("DescribeStream", StreamArn=arn)[0] == "ResourceNotFoundException"
    assert world.ask("DescribeStream", region="cn-north-1", StreamArn=arn)["StreamDescription"]["StreamArn"] == arn


def test_a_stream_of_another_account_is_found_by_its_arn(world: World) -> None:
    arn = world.create(account="999999999999").name.arn
    assert describe(world, arn)["TableName"] == "orders"


@pytest.mark.parametrize(
    "arn",
    [
        "x" * 37,
        NO_ARN.partition("/stream/")[0],
        NO_ARN.replace("2026-01-01T00:00:00.000", "yesterday"),
        NO_ARN.replace("nothing", "o"),
        NO_ARN.replace("us-east-1", "cn-north-1"),  # R: arn:aws: with a region of the partition aws-cn
    ],
)
def test_a_malformed_arn_is_refused(world: World, arn: str) -> None:
    refusal = world.refusal("DescribeStream", StreamArn=arn)
    assert refusal == ("ValidationException", _service_errors.INVALID_STREAM_ARN)
