"""Refusals of the service's framework, which checks a request before its operation does; and nulls in requests.

`tests/test_bad_input.py` breaks every rule of every member. The exact texts are here.
"""

from __future__ import annotations

from typing import Any

import pytest
from operations.world import NO_ARN, NO_SHARD, World, arns, place

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._operations import request_of

#: A request of each operation that breaks no rule of the framework.
VALID: dict[str, dict[str, Any]] = {
    "ListStreams": {},
    "DescribeStream": {"StreamArn": NO_ARN},
    "GetShardIterator": {"StreamArn": NO_ARN, "ShardId": NO_SHARD, "ShardIteratorType": "LATEST"},
    "GetRecords": {"ShardIterator": "x"},
}


def violation(value: str, field: str, rule: str) -> str:
    return f"Value {value} at '{field}' failed to satisfy constraint: Member must {rule}"


@pytest.mark.parametrize(
    ("operation", "members", "text"),
    [
        ("GetRecords", {"Limit": 0}, violation("'0'", "limit", "have value greater than or equal to 1")),
        (
            "DescribeStream",
            {"StreamArn": "a" * 36},
            violation(f"'{'a' * 36}'", "streamArn", "have length greater than or equal to 37"),
        ),
        (
            "GetShardIterator",
            {"SequenceNumber": "1" * 41},
            violation(f"'{'1' * 41}'", "sequenceNumber", "have length less than or equal to 40"),
        ),
        (
            "ListStreams",
            {"TableName": "a/b"},
            violation("'a/b'", "tableName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ),
        ("GetRecords", {"ShardIterator": None}, violation("null", "shardIterator", "not be null")),
        (
            "DescribeStream",
            {"ShardFilter": {"ShardId": "shardId-1"}},
            violation("'shardId-1'", "shardFilter.shardId", "have length greater than or equal to 28"),
        ),
    ],
)
def test_a_broken_rule_is_named_with_the_member_and_its_value(
    world: World, operation: str, members: dict[str, Any], text: str
) -> None:
    refusal = world.refusal(operation, **{**VALID[operation], **members})
    assert refusal == ("ValidationException", f"1 validation error detected: {text}")


def test_broken_rules_are_counted_and_named_in_the_order_of_the_members(world: World) -> None:
    texts = [
        violation("'id'", "shardId", "have length greater than or equal to 28"),
        violation("null", "shardIteratorType", "not be null"),
        violation("'arn'", "streamArn", "have length greater than or equal to 37"),
    ]
    refusal = world.refusal("GetShardIterator", StreamArn="arn", ShardId="id")
    assert refusal == ("ValidationException", f"3 validation errors detected: {'; '.join(texts)}")


def test_two_broken_rules_of_one_member_count_twice(world: World) -> None:
    assert world.refusal("ListStreams", TableName="/")[1].startswith("2 validation errors detected: ")


def test_the_framework_refuses_before_the_operation(world: World) -> None:
    _, message = world.refusal("GetShardIterator", StreamArn=NO_ARN, ShardId="id", ShardIteratorType="NONE")
    assert message.startswith("1 validation error detected: ")


def test_the_length_of_a_text_is_counted_in_characters(world: World) -> None:
    assert world.refusal("DescribeStream", StreamArn="é" * 1024)[1] == _service_errors.INVALID_STREAM_ARN


@pytest.mark.parametrize("operation", ["DescribeStream", "GetShardIterator", "GetRecords"])
def test_an_unknown_member_is_ignored(world: World, operation: str) -> None:
    refusal = world.refusal(operation, **VALID[operation])
    assert world.refusal(operation, **VALID[operation], Colour={"deep": [None]}) == refusal


# Nulls


@pytest.mark.parametrize("member", ["Limit", "TableName", "ExclusiveStartStreamArn"])
def test_an_optional_member_that_is_null_counts_as_absent(world: World, member: str) -> None:
    arn = world.create().name.arn
    assert arns(world.ask("ListStreams", **dict[str, Any]({member: None}))) == [arn]


def test_a_filter_that_is_null_counts_as_absent(world: World) -> None:
    description = world.ask("DescribeStream", StreamArn=world.create().name.arn, ShardFilter=None)["StreamDescription"]
    assert len(description["Shards"]) == 1


def test_a_null_in_a_filter_counts_as_absent(world: World) -> None:
    shard_filter = {"Type": "CHILD_SHARDS", "ShardId": None}
    refusal = world.refusal("DescribeStream", StreamArn=world.create().name.arn, ShardFilter=shard_filter)
    assert refusal == ("ValidationException", _service_errors.INVALID_SHARD_FILTER)


# Types


def test_a_limit_of_2_and_no_fraction_is_an_integer(world: World) -> None:
    stream = world.create(shards=3)
    world.put(stream, *map(str, range(30)))
    description = world.ask("DescribeStream", StreamArn=stream.name.arn, Limit=2.0)["StreamDescription"]
    assert (len(description["Shards"]), len(world.read(world.iterator(stream, "TRIM_HORIZON"), Limit=2.0))) == (2, 2)


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (True, "TRUE_VALUE"),
        (False, "FALSE_VALUE"),
        ("5", "STRING_VALUE"),
        ("", "STRING_VALUE"),
        (1.5, "NUMBER_VALUE"),
        ([], "START_ARRAY"),
        ([5], "START_ARRAY"),
        ({}, "START_OBJECT"),
    ],
)
def test_a_value_that_is_not_an_integer_cannot_be_converted_to_one(world: World, value: Any, came: str) -> None:
    refusal = world.refusal("ListStreams", Limit=value)
    assert refusal == ("SerializationException", f"{came} can not be converted to Integer")


@pytest.mark.parametrize(
    ("operation", "member", "value", "text"),
    [
        ("ListStreams", "TableName", 5, "NUMBER_VALUE can not be converted to String"),
        ("DescribeStream", "ShardFilter", "CHILD_SHARDS", "STRING_VALUE can not be converted to Object"),
        ("DescribeStream", "ShardFilter", {"Type": 5}, "NUMBER_VALUE can not be converted to String"),
        ("GetShardIterator", "ShardIteratorType", 5, "NUMBER_VALUE can not be converted to String"),
        ("GetShardIterator", "Timestamp", "2026-01-01", "STRING_VALUE can not be converted to Number"),
        ("GetRecords", "Limit", 2.5, "NUMBER_VALUE can not be converted to Integer"),
    ],
)
def test_a_member_of_another_json_type_is_refused(
    world: World, operation: str, member: str, value: Any, text: str
) -> None:
    refusal = world.refusal(operation, **{**VALID[operation], member: value})
    assert refusal == ("SerializationException", text)


def test_a_wrong_type_is_refused_before_any_other_broken_rule(world: World) -> None:
    refusal = world.refusal("GetShardIterator", StreamArn="arn", ShardId=5)
    assert refusal == ("SerializationException", "NUMBER_VALUE can not be converted to String")


# The stream and the shard that a request names


def test_a_request_names_its_stream_and_its_shard() -> None:
    named = request_of("GetShardIterator", VALID["GetShardIterator"])
    assert (named.stream, named.shard, named.iterator) == (NO_ARN, NO_SHARD, None)


def test_a_request_with_a_token_names_those_of_its_iterator(world: World) -> None:
    stream = world.create()
    named = request_of("GetRecords", {"ShardIterator": world.iterator(stream, "LATEST"), "StreamArn": NO_ARN})
    members = place(stream, "LATEST")
    assert (named.stream, named.shard) == (members["StreamArn"], members["ShardId"])
    assert named.iterator is not None
    assert named.iterator.stream_arn == stream.name.arn


@pytest.mark.parametrize(
    "document",
    [{}, {"StreamArn": None}, {"StreamArn": 5, "ShardId": []}, {"ShardIterator": 5}, {"ShardIterator": "garbage"}],
)
def test_a_request_without_text_or_with_a_foreign_token_names_neither(document: dict[str, Any]) -> None:
    named = request_of("GetRecords", document)
    assert (named.stream, named.shard, named.iterator) == (None, None, None)
