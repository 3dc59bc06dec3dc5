"""Behaviours of GetShardIterator."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conformance.behaviours import (
    behaviour,
    first_shard,
    iterator,
    put_versions,
    read,
    refused,
    require_member,
    sequence_numbers,
    shard_with_records,
)

if TYPE_CHECKING:
    from conformance.targets import Table, Target

GROUP = "GetShardIterator"
NO_SHARD = "shardId-00000000000000000001-00000001"


def sequence_number_of(record: dict[str, Any]) -> str:
    sequence_number: str = record["dynamodb"]["SequenceNumber"]
    return sequence_number


# Iterator tokens


@behaviour("iterator-form", "R", GROUP)
def test_an_iterator_token_is_the_arn_a_digit_and_an_opaque_part(target: Target) -> None:
    table = target.create_table()
    client = target.client()

    token = iterator(client, table.stream_arn, first_shard(client, table))

    assert re.fullmatch(re.escape(table.stream_arn) + r"\|\d\|[^|]+", token)


@behaviour("iterator-length", "R", GROUP)
def test_an_iterator_token_has_at_most_2048_characters(target: Target) -> None:
    table = target.create_table(name="t" * 255)
    client = target.client()

    assert len(iterator(client, table.stream_arn, first_shard(client, table))) <= 2048


@behaviour("iterator-reusable", "R", GROUP)
def test_an_iterator_can_be_used_several_times(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 2)
    token = iterator(client, table.stream_arn, shard)

    found = [client.get_records(ShardIterator=token)["Records"] for _ in range(3)]

    assert found == [records] * 3


# Iterator types


@behaviour("iterator-trim-horizon", "D", GROUP)
def test_trim_horizon_starts_at_the_oldest_record(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 3)

    records = read(client, iterator(client, table.stream_arn, shard, "TRIM_HORIZON"))

    assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in records] == ["0", "1", "2"]


@behaviour("iterator-latest", "D", GROUP)
def test_latest_starts_after_the_newest_record(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 3)
    token = iterator(client, table.stream_arn, shard, "LATEST")

    table.put({"pk": {"S": "a"}, "n": {"N": "99"}})

    assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in read(client, token)] == ["99"]


@behaviour("iterator-at", "D", GROUP)
def test_at_sequence_number_starts_with_the_record_of_that_number(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)

    token = iterator(
        client, table.stream_arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=sequence_number_of(records[1])
    )

    assert sequence_numbers(read(client, token)) == sequence_numbers(records[1:])


@behaviour("iterator-after", "D", GROUP)
def test_after_sequence_number_starts_behind_the_record_of_that_number(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)

    token = iterator(
        client, table.stream_arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=sequence_number_of(records[1])
    )

    assert sequence_numbers(read(client, token)) == sequence_numbers(records[2:])


def put_a_minute_apart(target: Target) -> tuple[Any, Table, str, list[dict[str, Any]]]:
    """Write three records of one shard, a minute apart."""
    table = target.create_table()
    client = target.client()
    require_member(client, "GetShardIterator", "Timestamp")
    for number in range(3):
        target.pass_time(timedelta(minutes=1))
        table.put({"pk": {"S": "a"}, "n": {"N": str(number)}})
    shard, records = shard_with_records(client, table)
    return client, table, shard, records


@behaviour("iterator-at-timestamp", "D", GROUP)
def test_at_timestamp_starts_with_the_first_record_at_or_after_the_timestamp(target: Target) -> None:
    client, table, shard, records = put_a_minute_apart(target)
    created = records[1]["dynamodb"]["ApproximateCreationDateTime"]

    at, before = (
        iterator(client, table.stream_arn, shard, "AT_TIMESTAMP", Timestamp=timestamp)
        for timestamp in (created, created - timedelta(seconds=30))
    )

    assert sequence_numbers(read(client, at)) == sequence_numbers(records[1:])
    assert sequence_numbers(read(client, before)) == sequence_numbers(records[1:])


@behaviour("iterator-timestamp-before-horizon", "D", GROUP)
def test_at_timestamp_before_the_trim_horizon_starts_like_trim_horizon(target: Target) -> None:
    client, table, shard, records = put_a_minute_apart(target)

    created = records[0]["dynamodb"]["ApproximateCreationDateTime"] - timedelta(days=7)
    token = iterator(client, table.stream_arn, shard, "AT_TIMESTAMP", Timestamp=created)

    assert sequence_numbers(read(client, token)) == sequence_numbers(records)


@behaviour("iterator-timestamp-in-future", "D", GROUP)
def test_at_timestamp_in_the_future_is_refused(target: Target) -> None:
    client, table, shard, records = put_a_minute_apart(target)

    future = records[-1]["dynamodb"]["ApproximateCreationDateTime"] + timedelta(days=7)

    with refused(target, "ValidationException"):
        iterator(client, table.stream_arn, shard, "AT_TIMESTAMP", Timestamp=future)


# Streams, shards and positions that do not exist


@behaviour("iterator-unknown-shard", "R", GROUP)
def test_get_shard_iterator_does_not_find_an_unknown_shard(target: Target) -> None:
    table = target.create_table()

    with refused(target, "ResourceNotFoundException", "^Requested resource not found: Shard does not exist$"):
        iterator(target.client(), table.stream_arn, NO_SHARD)


@behaviour("iterator-aged-shard", "R", GROUP)
def test_get_shard_iterator_does_not_find_a_shard_that_aged_out(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    closed = first_shard(client, table)
    table.rotate()

    target.pass_time(timedelta(hours=25))

    with refused(target, "ResourceNotFoundException", "^Requested resource not found: Shard does not exist$"):
        iterator(client, table.stream_arn, closed)


@behaviour("iterator-unknown-stream", "R", GROUP)
def test_get_shard_iterator_does_not_find_the_shard_of_an_unknown_stream(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    arn = table.stream_arn.replace(table.name, "an-unknown-table")
    text = f"^Requested resource not found: Stream: {re.escape(arn)} not found$"

    with refused(target, "ResourceNotFoundException", text, "I"):
        iterator(client, arn, first_shard(client, table))


@behaviour("iterator-malformed-arn", "R", GROUP)
def test_get_shard_iterator_refuses_a_malformed_arn(target: Target) -> None:
    with refused(target, "ValidationException", "^Invalid StreamArn$"):
        iterator(target.client(), "a text that is long enough to be an ARN, and is none", NO_SHARD)


@behaviour("iterator-trimmed-number", "D", GROUP)
def test_a_sequence_number_older_than_the_trim_horizon_is_refused_as_trimmed(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, [record] = put_versions(client, table, 1)

    # The shard is closed after about four hours, and stays readable for 24 more.
    target.pass_time(timedelta(hours=24, minutes=30))

    with refused(target, "TrimmedDataAccessException"):
        iterator(client, table.stream_arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=sequence_number_of(record))


# Invalid arguments


def assert_iterator_refused(target: Target, kind: str, text: str, **position: str) -> None:
    table = target.create_table()
    client = target.client(validation=False)
    shard, _ = put_versions(client, table, 1)
    with refused(target, "ValidationException", text, "E"):
        iterator(client, table.stream_arn, shard, kind, **position)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=behaviour(f"iterator-{identity}-without-number", "R", GROUP), id=identity)
        for identity, kind in [("at", "AT_SEQUENCE_NUMBER"), ("after", "AFTER_SEQUENCE_NUMBER")]
    ],
)
def test_an_iterator_type_that_needs_a_sequence_number_is_refused_without_one(target: Target, kind: str) -> None:
    assert_iterator_refused(target, kind, "Invalid SequenceNumber")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=behaviour(f"iterator-{identity}-with-number", "R", GROUP), id=identity)
        for identity, kind in [("trim-horizon", "TRIM_HORIZON"), ("latest", "LATEST")]
    ],
)
def test_an_iterator_type_that_takes_no_sequence_number_is_refused_with_one(target: Target, kind: str) -> None:
    assert_iterator_refused(target, kind, "SequenceNumber should not be passed", SequenceNumber="1" * 21)


@behaviour("iterator-unknown-type", "R", GROUP)
def test_an_unknown_iterator_type_is_refused(target: Target) -> None:
    assert_iterator_refused(target, "FROM_THE_START", "Invalid ShardIteratorType")


@behaviour("iterator-non-numeric", "R", GROUP)
def test_a_sequence_number_that_is_not_numeric_is_refused(target: Target) -> None:
    assert_iterator_refused(
        target, "AT_SEQUENCE_NUMBER", "Invalid SequenceNumber", SequenceNumber="twenty-one characters"
    )


@behaviour("iterator-short-number", "R", GROUP)
def test_a_sequence_number_that_is_too_short_is_refused(target: Target) -> None:
    assert_iterator_refused(target, "AT_SEQUENCE_NUMBER", "sequenceNumber", SequenceNumber="1")


@behaviour("iterator-number-below-shard", "R", GROUP)
def test_a_sequence_number_below_the_shard_is_refused(target: Target) -> None:
    assert_iterator_refused(target, "AT_SEQUENCE_NUMBER", "Invalid SequenceNumber", SequenceNumber="0" * 20 + "1")


@behaviour("iterator-number-above-shard", "R", GROUP)
def test_a_sequence_number_above_the_shard_is_refused(target: Target) -> None:
    assert_iterator_refused(target, "AFTER_SEQUENCE_NUMBER", "Invalid SequenceNumber", SequenceNumber="9" * 40)
