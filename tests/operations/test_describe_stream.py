from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import _service_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Clock, Stream, StreamsMock

DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
MOST_PAGES = 20
LAST_ID = f"shardId-{'9' * 20}-ffffffff"
FIRST_ID = f"shardId-{'0' * 20}-00000000"


def describe(client: Any, stream: Stream, **arguments: Any) -> dict[str, Any]:
    description: dict[str, Any] = client.describe_stream(StreamArn=stream.arn, **arguments)["StreamDescription"]
    return description


def pages(client: Any, stream: Stream, **arguments: Any) -> Iterator[dict[str, Any]]:
    page = describe(client, stream, **arguments)
    yield page
    for _ in range(MOST_PAGES):
        if "LastEvaluatedShardId" not in page:
            return
        page = describe(client, stream, **arguments, ExclusiveStartShardId=page["LastEvaluatedShardId"])
        yield page
    pytest.fail("the list never ends")


def ids(*pages: dict[str, Any]) -> list[str]:
    return [shard["ShardId"] for page in pages for shard in page["Shards"]]


def children_of(shard_id: str) -> dict[str, str]:
    return {"Type": "CHILD_SHARDS", "ShardId": shard_id}


def test_a_description_has_these_members_and_no_others(client: Any, stream: Stream) -> None:
    assert describe(client, stream).keys() == {
        "StreamArn",
        "StreamLabel",
        "StreamStatus",
        "StreamViewType",
        "CreationRequestDateTime",
        "TableName",
        "KeySchema",
        "Shards",
    }


def test_a_description_says_what_the_stream_is_called(client: Any, stream: Stream) -> None:
    description = describe(client, stream)
    said = [description[name] for name in ("StreamArn", "StreamLabel", "TableName")]
    assert said == [stream.arn, stream.label, "orders"]


@pytest.mark.parametrize("view_type", ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"])
def test_a_description_says_which_images_records_show(
    client: Any, ddbstreams_mock: StreamsMock, view_type: str
) -> None:
    stream = ddbstreams_mock.create_stream("orders", view_type=view_type)
    assert describe(client, stream)["StreamViewType"] == view_type


def test_a_description_says_when_the_stream_was_created(
    client: Any, ddbstreams_mock: StreamsMock, ddbstreams_clock: Clock
) -> None:
    ddbstreams_clock.move_to("2026-02-03T04:05:06.789123Z")
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_clock.tick(hours=1)
    created = describe(client, stream)["CreationRequestDateTime"]
    assert created == datetime(2026, 2, 3, 4, 5, 6, 789000, tzinfo=timezone.utc)


def test_the_key_schema_names_the_partition_key_before_the_sort_key(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", key_schema={"pk": "S", "sk": "N"})
    assert describe(client, stream)["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


def test_the_key_schema_of_a_simple_key_has_one_element(client: Any, stream: Stream) -> None:
    assert describe(client, stream)["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


def test_a_fresh_stream_is_enabled(client: Any, stream: Stream) -> None:
    assert describe(client, stream)["StreamStatus"] == "ENABLED"


def test_a_disabled_stream_says_so(client: Any, stream: Stream) -> None:
    stream.disable()
    assert describe(client, stream)["StreamStatus"] == "DISABLED"


def test_an_open_root_has_neither_parent_nor_ending_number(client: Any, stream: Stream) -> None:
    [root] = stream.shards
    [shown] = describe(client, stream)["Shards"]
    assert shown == {
        "ShardId": root.id,
        "SequenceNumberRange": {"StartingSequenceNumber": root.starting_sequence_number},
    }


def test_a_closed_shard_has_an_ending_number(client: Any, stream: Stream) -> None:
    [root] = stream.shards
    stream.rotate()
    assert describe(client, stream)["Shards"][0]["SequenceNumberRange"] == {
        "StartingSequenceNumber": root.starting_sequence_number,
        "EndingSequenceNumber": root.ending_sequence_number,
    }


def test_a_child_names_its_parent(client: Any, stream: Stream) -> None:
    [root] = stream.shards
    stream.split()
    assert [shard.get("ParentShardId") for shard in describe(client, stream)["Shards"]] == [None, root.id, root.id]


def test_shards_come_in_the_lexical_order_of_their_ids(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    for _ in range(5):
        stream.split()
        ddbstreams_clock.tick(minutes=1)
    shown = ids(describe(client, stream))
    assert (shown, len(shown)) == (sorted(shown), 11)


def test_shards_come_in_the_order_of_opening(client: Any, stream: Stream) -> None:
    opened = [stream.shards[0].id, *(child.id for _ in range(3) for child in stream.split())]
    assert ids(describe(client, stream)) == opened


def test_a_page_holds_a_hundred_shards_when_nothing_is_said(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=101)
    assert [len(page["Shards"]) for page in pages(client, stream)] == [100, 1]


def test_a_limit_of_a_hundred_is_the_largest(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=101)
    assert len(describe(client, stream, Limit=100)["Shards"]) == 100


def test_a_limit_above_a_hundred_is_refused(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    refusal = refused(client.describe_stream, StreamArn=stream.arn, Limit=101)
    assert refusal == ("ValidationException", 400, _service_errors.DESCRIBE_STREAM_LIMIT)


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_of_any_size_hold_every_shard_once_in_order(
    client: Any, ddbstreams_mock: StreamsMock, limit: int
) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=7)
    assert ids(*pages(client, stream, Limit=limit)) == [shard.id for shard in stream.shards]


def test_a_page_that_is_not_the_last_names_its_last_shard(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=3)
    assert describe(client, stream, Limit=2)["LastEvaluatedShardId"] == stream.shards[1].id


def test_a_full_page_that_is_the_last_names_no_shard(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=3)
    assert "LastEvaluatedShardId" not in describe(client, stream, Limit=3)


def test_the_start_itself_is_left_out(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=3)
    first, *others = stream.shards
    assert ids(describe(client, stream, ExclusiveStartShardId=first.id)) == [shard.id for shard in others]


def test_nothing_comes_after_the_last_shard(client: Any, stream: Stream) -> None:
    assert describe(client, stream, ExclusiveStartShardId=stream.shards[-1].id)["Shards"] == []


def test_nothing_comes_after_an_unknown_shard_beyond_all(client: Any, stream: Stream) -> None:
    assert describe(client, stream, ExclusiveStartShardId=LAST_ID)["Shards"] == []


def test_all_come_after_an_unknown_shard_before_all(client: Any, stream: Stream) -> None:
    assert ids(describe(client, stream, ExclusiveStartShardId=FIRST_ID)) == [stream.shards[0].id]


def test_a_filter_leaves_the_children_of_its_shard(client: Any, stream: Stream) -> None:
    [root] = stream.shards
    one, other = stream.split()
    stream.split(one)
    assert ids(describe(client, stream, ShardFilter=children_of(root.id))) == [one.id, other.id]


def test_a_filter_for_a_shard_without_children_leaves_none(client: Any, stream: Stream) -> None:
    assert describe(client, stream, ShardFilter=children_of(stream.shards[0].id))["Shards"] == []


def test_a_filter_for_an_unknown_shard_leaves_none(client: Any, stream: Stream) -> None:
    assert describe(client, stream, ShardFilter=children_of(LAST_ID))["Shards"] == []


def test_filtered_shards_are_paged(client: Any, stream: Stream) -> None:
    [root] = stream.shards
    children = stream.split(into=3)
    stream.split(children[0])
    shown = [ids(page) for page in pages(client, stream, ShardFilter=children_of(root.id), Limit=2)]
    assert shown == [[children[0].id, children[1].id], [children[2].id]]


@pytest.mark.parametrize(
    "shard_filter",
    [
        {},
        {"Type": "CHILD_SHARDS"},
        {"ShardId": LAST_ID},
        {"Type": "PARENT_SHARDS", "ShardId": LAST_ID},
        {"Type": "child_shards", "ShardId": LAST_ID},
    ],
)
def test_a_filter_without_its_type_or_its_shard_is_refused(
    unchecked: Any, stream: Stream, refused: Callable[..., Any], shard_filter: dict[str, str]
) -> None:
    refusal = refused(unchecked.describe_stream, StreamArn=stream.arn, ShardFilter=shard_filter)
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_SHARD_FILTER)


def test_a_filter_for_a_shard_id_that_is_too_short_names_the_member(
    unchecked: Any, stream: Stream, refused: Callable[..., Any]
) -> None:
    code, status, message = refused(
        unchecked.describe_stream, StreamArn=stream.arn, ShardFilter=children_of("shardId-1")
    )
    assert (code, status) == ("ValidationException", 400)
    assert "Value 'shardId-1' at 'shardFilter.shardId'" in message


def test_all_shards_of_a_disabled_stream_are_closed(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=3)
    stream.disable()
    ranges = [shard["SequenceNumberRange"] for shard in describe(client, stream)["Shards"]]
    assert ["EndingSequenceNumber" in numbers for numbers in ranges] == [True] * 3


def test_a_disabled_stream_is_described_for_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    stream.disable()
    ddbstreams_clock.tick(DAY)
    assert describe(client, stream)["StreamArn"] == stream.arn


def test_a_disabled_stream_is_not_found_after_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    stream.disable()
    ddbstreams_clock.tick(DAY + INSTANT)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        describe(client, stream)


def test_an_earlier_stream_is_described_apart_from_the_newer(client: Any, stream: Stream) -> None:
    stream.disable()
    newer = stream.enable(view_type="KEYS_ONLY")
    told = [(describe(client, each)["StreamStatus"], ids(describe(client, each))) for each in (stream, newer)]
    assert told == [("DISABLED", [stream.shards[0].id]), ("ENABLED", [newer.shards[0].id])]


def test_a_closed_shard_is_listed_past_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    [root] = stream.shards
    stream.rotate()
    ddbstreams_clock.tick(DAY + INSTANT)
    assert root.id in ids(describe(client, stream))


def test_a_child_names_its_parent_also_when_that_is_not_listed_any_more(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    [root] = stream.shards
    child = stream.rotate()
    ddbstreams_clock.tick(DAY * 3)
    [shown] = describe(client, stream)["Shards"]
    assert (shown["ShardId"], shown["ParentShardId"]) == (child.id, root.id)


def test_an_unknown_stream_is_not_found(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    arn = stream.arn.replace("orders", "customers")
    refusal = refused(client.describe_stream, StreamArn=arn)
    assert refusal == ("ResourceNotFoundException", 400, _service_errors.STREAM_NOT_FOUND.format(arn=arn))


def test_not_found_is_a_typed_error_of_the_client(client: Any, stream: Stream) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamArn=stream.arn.replace("orders", "customers"))


def test_a_stream_is_not_found_from_another_region(stream: Stream, client_in: Callable[[str], Any]) -> None:
    elsewhere = client_in("eu-west-1")
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        describe(elsewhere, stream)


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_a_stream_is_described_in_its_own_region(
    ddbstreams_mock: StreamsMock, client_in: Callable[[str], Any], region: str
) -> None:
    stream = ddbstreams_mock.create_stream("orders", region=region)
    assert describe(client_in(region), stream)["StreamArn"] == stream.arn


def test_a_stream_of_another_account_is_described_by_its_arn(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", account_id="999999999999")
    assert describe(client, stream)["TableName"] == "orders"


@pytest.mark.parametrize(
    "arn",
    [
        "x" * 37,
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/yesterday",
        "arn:aws:dynamodb:us-east-1:123456789012:table/o/stream/2026-01-01T00:00:00.000",
    ],
)
@pytest.mark.usefixtures("ddbstreams_mock")
def test_a_malformed_arn_is_refused(client: Any, refused: Callable[..., Any], arn: str) -> None:
    refusal = refused(client.describe_stream, StreamArn=arn)
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_STREAM_ARN)
