"""Behaviours of DescribeStream."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from conformance.behaviours import (
    behaviour,
    describe,
    first_shard,
    iterator,
    put_versions,
    read,
    refused,
    require_member,
    shards_of,
)

if TYPE_CHECKING:
    from conformance.targets import Table, Target

    from pytest_ddbstreams import ViewType

GROUP = "DescribeStream"
NO_SHARD = "shardId-99999999999999999999-ffffffff"


def ids(shards: list[dict[str, Any]]) -> list[str]:
    return [shard["ShardId"] for shard in shards]


def with_many_shards(target: Target) -> Table:
    """Create a table whose stream lists more than 100 shards."""
    table = target.create_table()
    for _ in range(50):
        table.split()
    return table


# Members of a description


@behaviour("describe-members", "R", GROUP)
def test_a_description_of_an_enabled_stream_has_eight_members(target: Target) -> None:
    description = describe(target.client(), target.create_table())

    assert set(description) == {
        "StreamArn",
        "StreamLabel",
        "StreamStatus",
        "StreamViewType",
        "CreationRequestDateTime",
        "TableName",
        "KeySchema",
        "Shards",
    }


@behaviour("describe-names", "R", GROUP)
def test_a_description_has_the_arn_the_label_and_the_table_name_of_its_stream(target: Target) -> None:
    table = target.create_table()

    description = describe(target.client(), table)

    names = description["StreamArn"], description["StreamLabel"], description["TableName"]
    assert names == (table.stream_arn, table.stream_arn.rpartition("/stream/")[2], table.name)


@behaviour("describe-hash-key", "R", GROUP)
def test_the_key_schema_in_a_description_has_the_partition_key(target: Target) -> None:
    description = describe(target.client(), target.create_table({"pk": "S"}))

    assert description["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]


@behaviour("describe-range-key", "R", GROUP)
def test_the_key_schema_in_a_description_has_the_sort_key_second(target: Target) -> None:
    description = describe(target.client(), target.create_table({"pk": "S", "sk": "N"}))

    assert description["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


@behaviour("describe-view-type", "R", GROUP)
def test_a_description_has_the_view_type_of_its_stream(target: Target) -> None:
    view_types: list[ViewType] = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
    client = target.client()

    shown = [describe(client, target.create_table(view_type=each))["StreamViewType"] for each in view_types]

    assert shown == view_types


@behaviour("describe-creation", "R", GROUP)
def test_the_creation_time_in_a_description_is_the_time_of_the_label(target: Target) -> None:
    description = describe(target.client(), target.create_table())

    label = datetime.fromisoformat(description["StreamLabel"]).replace(tzinfo=timezone.utc)
    assert abs(description["CreationRequestDateTime"] - label) < timedelta(minutes=1)


@behaviour("describe-enabled", "R", GROUP)
def test_the_status_of_an_enabled_stream_is_enabled(target: Target) -> None:
    assert describe(target.client(), target.create_table())["StreamStatus"] == "ENABLED"


@behaviour("describe-disabled", "R", GROUP)
def test_the_status_of_a_disabled_stream_is_disabling_or_disabled(target: Target) -> None:
    table = target.create_table()

    table.disable()

    assert describe(target.client(), table)["StreamStatus"] in {"DISABLING", "DISABLED"}


@behaviour("describe-disabled-shards", "R", GROUP)
def test_every_shard_of_a_disabled_stream_has_an_ending_sequence_number(target: Target) -> None:
    table = target.create_table()

    table.disable()

    shards = shards_of(target.client(), table)
    assert shards
    assert all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shards)


@behaviour("describe-disabled-readable", "R", GROUP)
def test_a_disabled_stream_is_still_readable_after_23_hours(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 1)
    arn = table.stream_arn
    table.disable()

    target.pass_time(timedelta(hours=23))

    assert read(client, iterator(client, arn, shard)) == records


@behaviour("describe-disabled-25-hours", "I", GROUP)
def test_a_stream_that_was_disabled_25_hours_ago_is_not_found(target: Target) -> None:
    table = target.create_table()
    table.disable()

    target.pass_time(timedelta(hours=25))

    with refused(target, "ResourceNotFoundException"):
        describe(target.client(), table)


# Shards


@behaviour("describe-open-shard", "R", GROUP)
def test_an_open_shard_has_no_ending_sequence_number(target: Target) -> None:
    assert all(
        set(shard["SequenceNumberRange"]) == {"StartingSequenceNumber"}
        for shard in shards_of(target.client(), target.create_table())
    )


@behaviour("describe-closed-shard", "R", GROUP)
def test_a_closed_shard_has_an_ending_sequence_number(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    closed = first_shard(client, table)

    table.rotate()

    [shard] = [shard for shard in shards_of(client, table) if shard["ShardId"] == closed]
    assert set(shard["SequenceNumberRange"]) == {"StartingSequenceNumber", "EndingSequenceNumber"}


@behaviour("describe-root", "R", GROUP)
def test_a_root_shard_has_no_parent(target: Target) -> None:
    assert all("ParentShardId" not in shard for shard in shards_of(target.client(), target.create_table()))


@behaviour("describe-child", "R", GROUP)
def test_a_child_shard_names_its_parent(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    before = ids(shards_of(client, table))

    table.rotate()

    [child] = [shard for shard in shards_of(client, table) if shard["ShardId"] not in before]
    assert child["ParentShardId"] == before[0]


@behaviour("describe-delisted-parent", "R", GROUP)
def test_a_child_shard_names_its_parent_after_the_parent_is_no_longer_listed(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    table.rotate()

    target.pass_time(timedelta(days=4))

    oldest, *others = shards_of(client, table)
    assert oldest["ParentShardId"] not in ids(others)


@behaviour("describe-aged-shard", "D", GROUP)
def test_a_closed_shard_stays_listed_past_24_hours(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    closed = first_shard(client, table)
    table.rotate()

    target.pass_time(timedelta(hours=25))

    assert closed in ids(shards_of(client, table))


@behaviour("describe-shard-order", "R", GROUP)
def test_shards_are_listed_in_the_order_of_their_ids(target: Target) -> None:
    table = target.create_table()
    table.split()
    table.split()

    listed = ids(shards_of(target.client(), table))

    assert len(listed) >= 5
    assert listed == sorted(listed)


@behaviour("describe-creation-order", "R", GROUP)
def test_shards_are_listed_in_the_order_of_their_creation(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    before = ids(shards_of(client, table))

    table.split()

    assert ids(shards_of(client, table))[: len(before)] == before


# Pages


@behaviour("describe-default-page", "R", GROUP)
def test_a_page_of_shards_without_a_limit_has_100_shards(target: Target) -> None:
    table = with_many_shards(target)

    assert len(describe(target.client(), table)["Shards"]) == 100


@behaviour("describe-limit-100", "R", GROUP)
def test_describe_stream_accepts_a_limit_of_100(target: Target) -> None:
    assert describe(target.client(), target.create_table(), Limit=100)["Shards"]


@behaviour("describe-limit-101", "R", GROUP)
def test_describe_stream_refuses_a_limit_above_100(target: Target) -> None:
    table = target.create_table()

    with refused(target, "ValidationException", "Limit.*100", "E"):
        describe(target.client(), table, Limit=101)


@behaviour("describe-limit-kept", "R", GROUP)
def test_a_page_of_shards_has_no_more_shards_than_the_limit(target: Target) -> None:
    table = target.create_table()
    table.split()

    assert len(describe(target.client(), table, Limit=2)["Shards"]) == 2


@behaviour("describe-last-evaluated", "R", GROUP)
def test_a_page_of_shards_before_the_last_page_names_its_last_shard(target: Target) -> None:
    table = target.create_table()
    table.split()

    page = describe(target.client(), table, Limit=2)

    assert page["LastEvaluatedShardId"] == page["Shards"][-1]["ShardId"]


@behaviour("describe-last-page", "R", GROUP)
def test_the_last_page_of_shards_has_no_last_evaluated_shard(target: Target) -> None:
    assert "LastEvaluatedShardId" not in describe(target.client(), target.create_table())


@behaviour("describe-pages-join", "R", GROUP)
def test_all_pages_of_shards_together_list_every_shard_once(target: Target) -> None:
    table = with_many_shards(target)

    listed = ids(shards_of(target.client(), table))

    assert len(listed) == len(set(listed)) >= 101


@behaviour("describe-start-excluded", "R", GROUP)
def test_a_page_of_shards_starts_after_the_start_shard(target: Target) -> None:
    table = target.create_table()
    table.split()
    client = target.client()
    first, *others = ids(shards_of(client, table))

    assert ids(describe(client, table, ExclusiveStartShardId=first)["Shards"]) == others


@behaviour("describe-last-start", "R", GROUP)
def test_a_page_of_shards_after_the_last_shard_is_empty(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    last = ids(shards_of(client, table))[-1]

    assert describe(client, table, ExclusiveStartShardId=last)["Shards"] == []


@behaviour("describe-unknown-start", "R", GROUP)
def test_a_page_of_shards_after_an_unknown_shard_that_sorts_last_is_empty(target: Target) -> None:
    table = target.create_table()

    assert describe(target.client(), table, ExclusiveStartShardId=NO_SHARD)["Shards"] == []


# Refusals


@behaviour("describe-unknown-stream", "R", GROUP)
def test_describe_stream_does_not_find_a_well_formed_arn_without_a_stream(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn.replace(table.name, "an-unknown-table")

    with refused(
        target,
        "ResourceNotFoundException",
        f"^Requested resource not found: Stream: {re.escape(arn)} not found$",
    ):
        target.client().describe_stream(StreamArn=arn)


@behaviour("describe-unknown-label", "R", GROUP)
def test_describe_stream_does_not_find_another_label_of_a_table_with_a_stream(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn.rpartition("/")[0] + "/2011-11-11T11:11:11.111"

    with refused(target, "ResourceNotFoundException"):
        target.client().describe_stream(StreamArn=arn)


@behaviour("describe-malformed-arn", "R", GROUP)
def test_describe_stream_refuses_a_malformed_arn(target: Target) -> None:
    with refused(target, "ValidationException", "^Invalid StreamArn$"):
        target.client().describe_stream(StreamArn="a text that is long enough to be an ARN, and is none")


@behaviour("describe-arn-of-another-partition", "R", GROUP)
def test_describe_stream_refuses_an_arn_whose_partition_is_not_that_of_its_region(target: Target) -> None:
    arn = "arn:aws:dynamodb:cn-north-1:123456789012:table/nope/stream/2026-01-01T00:00:00.000"

    with refused(target, "ValidationException", "^Invalid StreamArn$"):
        target.client().describe_stream(StreamArn=arn)


# The children of a shard


@behaviour("filter-children", "R", GROUP)
def test_a_shard_filter_lists_the_children_of_a_shard(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    require_member(client, "DescribeStream", "ShardFilter")
    before = ids(shards_of(client, table))
    table.split()
    table.split()
    children = [shard for shard in shards_of(client, table) if shard.get("ParentShardId") == before[0]]

    found = describe(client, table, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": before[0]})["Shards"]

    assert len(found) == 2
    assert found == children


@behaviour("filter-no-children", "R", GROUP)
def test_a_shard_filter_lists_nothing_for_a_shard_without_children(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    require_member(client, "DescribeStream", "ShardFilter")
    shard_filter = {"Type": "CHILD_SHARDS", "ShardId": first_shard(client, table)}

    assert describe(client, table, ShardFilter=shard_filter)["Shards"] == []


def assert_filter_refused(target: Target, text: str = "", **shard_filter: str) -> None:
    """Assert that a stream refuses a shard filter. An empty ``ShardId`` stands for the id of its first shard."""
    table = target.create_table()
    client = target.client(validation=False)
    require_member(client, "DescribeStream", "ShardFilter")
    if shard_filter.get("ShardId") == "":
        shard_filter["ShardId"] = first_shard(client, table)
    with refused(target, "ValidationException", text):
        describe(client, table, ShardFilter=shard_filter)


@behaviour("filter-wrong-type", "R", GROUP)
def test_a_shard_filter_of_an_unknown_type_is_refused(target: Target) -> None:
    assert_filter_refused(target, Type="PARENT_SHARDS", ShardId="")


@behaviour("filter-no-type", "R", GROUP)
def test_a_shard_filter_without_a_type_is_refused(target: Target) -> None:
    assert_filter_refused(target, ShardId="")


@behaviour("filter-no-shard", "R", GROUP)
def test_a_shard_filter_without_a_shard_is_refused(target: Target) -> None:
    assert_filter_refused(target, Type="CHILD_SHARDS")


@behaviour("filter-short-shard", "R", GROUP)
def test_a_shard_filter_with_a_shard_id_that_is_too_short_is_refused(target: Target) -> None:
    assert_filter_refused(target, "'shardFilter.shardId'", Type="CHILD_SHARDS", ShardId="shardId-1")
