"""Behaviours of transient states: statuses in transition, delayed listings, early empty pages, and limits of rates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from conformance.behaviours import (
    behaviour,
    describe,
    first_shard,
    iterator,
    put_versions,
    read,
    refused,
    sequence_numbers,
    shards_of,
)

if TYPE_CHECKING:
    from conformance.targets import Table, Target

GROUP = "Transient states and rates"
SECOND = timedelta(seconds=1)


def ids(client: Any, table: Table) -> list[str]:
    return [shard["ShardId"] for shard in shards_of(client, table)]


def ends(client: Any, table: Table) -> dict[str, str | None]:
    """Return the ending sequence number of each listed shard, None while it looks open."""
    return {
        shard["ShardId"]: shard["SequenceNumberRange"].get("EndingSequenceNumber") for shard in shards_of(client, table)
    }


# Statuses in transition


@behaviour("status-enabling", "D", GROUP)
def test_an_enabling_stream_has_no_shards(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    table.disable()
    table.change_status_late()

    table.enable("KEYS_ONLY")

    description = describe(client, table)
    assert (description["StreamStatus"], description["Shards"]) == ("ENABLING", [])
    description = describe(client, table)
    assert (description["StreamStatus"], bool(description["Shards"])) == ("ENABLED", True)


@behaviour("status-disabling", "D", GROUP)
def test_a_stream_is_disabling_before_it_is_disabled(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    table.change_status_late()

    table.disable()

    assert [describe(client, table)["StreamStatus"] for _ in range(2)] == ["DISABLING", "DISABLED"]


# Delayed listings


@behaviour("listing-children-late", "D", GROUP)
def test_a_closed_parent_may_be_listed_before_its_children(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    parent = first_shard(client, table)
    table.list_children_late()

    table.split()

    listed = ends(client, table)
    assert parent in listed
    assert listed[parent] is not None
    assert len(ids(client, table)) == len(listed) + 2


@behaviour("listing-end-late", "R", GROUP)
def test_a_parent_may_look_open_although_its_children_are_listed(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    parent = first_shard(client, table)
    table.list_ends_late()

    table.split()

    shards = describe(client, table)["Shards"]
    assert [shard["ParentShardId"] for shard in shards if "ParentShardId" in shard] == [parent] * 2
    assert "EndingSequenceNumber" not in shards[0]["SequenceNumberRange"]
    assert ends(client, table)[parent] is not None


# Empty pages before records


@behaviour("records-empty-though-waiting", "D", GROUP)
def test_a_page_may_be_empty_although_records_wait_behind_it(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)
    table.answer_empty()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))

    assert page["Records"] == []
    assert sequence_numbers(read(client, page["NextShardIterator"])) == sequence_numbers(records)


@behaviour("records-empty-though-waiting-closed", "D", GROUP)
def test_an_empty_page_of_a_closed_shard_has_a_next_iterator_while_records_wait_behind_it(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)
    table.rotate()
    table.answer_empty()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))

    assert page["Records"] == []
    last = client.get_records(ShardIterator=page["NextShardIterator"])
    assert sequence_numbers(last["Records"]) == sequence_numbers(records)
    assert "NextShardIterator" not in last


# Rates of calls


@behaviour("rate-describe", "D", GROUP)
def test_more_than_ten_describe_stream_calls_a_second_are_throttled(target: Target) -> None:
    target.enforce_rates()
    table = target.create_table()
    client = target.client()

    with refused(target, "ThrottlingException", "Rate exceeded"):
        for _ in range(30):
            describe(client, table)


@behaviour("rate-describe-within", "D", GROUP)
def test_ten_describe_stream_calls_a_second_are_answered(target: Target) -> None:
    target.enforce_rates()
    table = target.create_table()
    client = target.client()

    for _ in range(3):
        target.pass_time(SECOND)
        for _ in range(10):
            assert describe(client, table)["TableName"] == table.name


@behaviour("rate-list", "D", GROUP)
def test_more_than_five_list_streams_calls_a_second_are_throttled(target: Target) -> None:
    target.enforce_rates()
    client = target.client()

    with refused(target, "ThrottlingException", "Rate exceeded"):
        for _ in range(30):
            client.list_streams()


@behaviour("rate-list-within", "D", GROUP)
def test_five_list_streams_calls_a_second_are_answered(target: Target) -> None:
    target.enforce_rates()
    client = target.client()

    for _ in range(3):
        target.pass_time(SECOND)
        for _ in range(5):
            assert client.list_streams()["ResponseMetadata"]["HTTPStatusCode"] == 200


@behaviour("rate-readers", "D", GROUP)
def test_a_third_reader_of_a_shard_may_be_refused(target: Target) -> None:
    target.enforce_rates()
    table = target.create_table()
    client = target.client()
    shard = first_shard(client, table)
    tokens = [iterator(client, table.stream_arn, shard) for _ in range(3)]

    with refused(target, "LimitExceededException"):
        for _ in range(10):
            for token in tokens:
                client.get_records(ShardIterator=token)


@behaviour("rate-two-readers", "D", GROUP)
def test_two_readers_of_a_shard_are_answered(target: Target) -> None:
    target.enforce_rates()
    table = target.create_table()
    client = target.client()
    shard = first_shard(client, table)
    readers = [iterator(client, table.stream_arn, shard) for _ in range(2)]

    for _ in range(3):
        target.pass_time(SECOND)
        readers = [client.get_records(ShardIterator=token)["NextShardIterator"] for token in readers]

    assert len(set(readers)) == 2
