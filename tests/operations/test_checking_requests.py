"""What the service's framework refuses before an operation sees the request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._operations.requests import _constraint
from pytest_ddbstreams._schemas import Violation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream, StreamsMock

    Post = Callable[[str, Any], tuple[int, dict[str, Any]]]

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
SHARD_ID = f"shardId-{'0' * 20}-00000000"
NAMESPACE = "com.amazon.coral.service#SerializationException"

#: A request of each operation that breaks no rule.
VALID: dict[str, dict[str, Any]] = {
    "ListStreams": {},
    "DescribeStream": {"StreamArn": ARN},
    "GetShardIterator": {"StreamArn": ARN, "ShardId": SHARD_ID, "ShardIteratorType": "LATEST"},
    "GetRecords": {"ShardIterator": "x"},
}


def violation(value: str, field: str, rule: str) -> str:
    return f"Value {value} at '{field}' failed to satisfy constraint: Member must {rule}"


def one(value: str, field: str, rule: str) -> str:
    return f"1 validation error detected: {violation(value, field, rule)}"


@pytest.fixture
def refusal_of(unchecked: Any, refused: Callable[..., Any], ddbstreams_mock: StreamsMock) -> Callable[..., Any]:
    """Makes a call past botocore's own validation, and says how the service refused it."""

    def refusal_of(operation: str, **request: Any) -> Any:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        refusal = refused(getattr(unchecked, name), **request)
        assert ddbstreams_mock.calls[-1].operation == operation
        return refusal

    return refusal_of


@pytest.mark.parametrize(
    ("operation", "member", "value", "field", "rule"),
    [
        ("ListStreams", "Limit", 0, "limit", "have value greater than or equal to 1"),
        ("ListStreams", "TableName", "ab", "tableName", "have length greater than or equal to 3"),
        ("ListStreams", "TableName", "t" * 256, "tableName", "have length less than or equal to 255"),
        ("ListStreams", "TableName", "a/b", "tableName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        (
            "ListStreams",
            "ExclusiveStartStreamArn",
            "a" * 36,
            "exclusiveStartStreamArn",
            "have length greater than or equal to 37",
        ),
        ("DescribeStream", "StreamArn", "a" * 36, "streamArn", "have length greater than or equal to 37"),
        ("DescribeStream", "StreamArn", "a" * 1025, "streamArn", "have length less than or equal to 1024"),
        ("DescribeStream", "Limit", -5, "limit", "have value greater than or equal to 1"),
        (
            "DescribeStream",
            "ExclusiveStartShardId",
            "s" * 66,
            "exclusiveStartShardId",
            "have length less than or equal to 65",
        ),
        ("GetShardIterator", "ShardId", "s" * 27, "shardId", "have length greater than or equal to 28"),
        ("GetShardIterator", "ShardId", "s" * 66, "shardId", "have length less than or equal to 65"),
        ("GetShardIterator", "SequenceNumber", "1" * 20, "sequenceNumber", "have length greater than or equal to 21"),
        ("GetShardIterator", "SequenceNumber", "1" * 41, "sequenceNumber", "have length less than or equal to 40"),
        ("GetRecords", "ShardIterator", "", "shardIterator", "have length greater than or equal to 1"),
        ("GetRecords", "ShardIterator", "i" * 2049, "shardIterator", "have length less than or equal to 2048"),
        ("GetRecords", "Limit", 0, "limit", "have value greater than or equal to 1"),
    ],
)
def test_a_member_beyond_its_bounds_is_named(  # noqa: PLR0913, PLR0917 - a case is what it is
    refusal_of: Callable[..., Any], operation: str, member: str, value: Any, field: str, rule: str
) -> None:
    refusal = refusal_of(operation, **{**VALID[operation], member: value})
    assert refusal == ("ValidationException", 400, one(f"'{value}'", field, rule))


@pytest.mark.parametrize(
    ("operation", "member", "field"),
    [
        ("DescribeStream", "StreamArn", "streamArn"),
        ("GetShardIterator", "StreamArn", "streamArn"),
        ("GetShardIterator", "ShardId", "shardId"),
        ("GetShardIterator", "ShardIteratorType", "shardIteratorType"),
        ("GetRecords", "ShardIterator", "shardIterator"),
    ],
)
def test_a_required_member_that_is_absent_is_null(
    refusal_of: Callable[..., Any], operation: str, member: str, field: str
) -> None:
    request = {name: value for name, value in VALID[operation].items() if name != member}
    assert refusal_of(operation, **request).message == one("null", field, "not be null")


def test_several_violations_are_counted_in_one_message(refusal_of: Callable[..., Any]) -> None:
    refusal = refusal_of("GetShardIterator", StreamArn="arn", ShardId="id")
    told = [
        violation("'id'", "shardId", "have length greater than or equal to 28"),
        violation("null", "shardIteratorType", "not be null"),
        violation("'arn'", "streamArn", "have length greater than or equal to 37"),
    ]
    assert refusal.message == f"3 validation errors detected: {'; '.join(told)}"


def test_two_violations_of_one_member_count_twice(refusal_of: Callable[..., Any]) -> None:
    assert refusal_of("ListStreams", TableName="/").message.startswith("2 validation errors detected: ")


def test_the_framework_speaks_before_the_operation(refusal_of: Callable[..., Any]) -> None:
    refusal = refusal_of("GetShardIterator", StreamArn=ARN, ShardId="id", ShardIteratorType="NONE")
    assert refusal.message == one("'id'", "shardId", "have length greater than or equal to 28")


def test_bounds_count_characters_not_bytes(refusal_of: Callable[..., Any]) -> None:
    refusal = refusal_of("DescribeStream", StreamArn="é" * 1024)
    assert refusal.message == _service_errors.INVALID_STREAM_ARN


@pytest.mark.parametrize("operation", VALID)
def test_a_member_that_nobody_knows_is_passed_over(post: Post, operation: str) -> None:
    request = {**VALID[operation], "Colour": "red"}
    assert post(operation, request) == post(operation, VALID[operation])


@pytest.mark.parametrize("member", ["Limit", "TableName", "ExclusiveStartStreamArn"])
def test_an_optional_member_that_is_null_counts_as_absent(post: Post, stream: Stream, member: str) -> None:
    _, answer = post("ListStreams", {member: None})
    assert [listed["StreamArn"] for listed in answer["Streams"]] == [stream.arn]


def test_a_required_member_that_is_null_counts_as_absent(post: Post) -> None:
    _, answer = post("DescribeStream", {"StreamArn": None})
    assert answer["message"] == one("null", "streamArn", "not be null")


def test_a_filter_that_is_null_counts_as_absent(post: Post, stream: Stream) -> None:
    _, answer = post("DescribeStream", {"StreamArn": stream.arn, "ShardFilter": None})
    assert len(answer["StreamDescription"]["Shards"]) == 1


def test_a_null_within_a_filter_counts_as_absent(post: Post, stream: Stream) -> None:
    _, answer = post(
        "DescribeStream", {"StreamArn": stream.arn, "ShardFilter": {"Type": "CHILD_SHARDS", "ShardId": None}}
    )
    assert answer["message"] == _service_errors.INVALID_SHARD_FILTER


def test_a_limit_with_a_fraction_of_zero_is_an_integer(post: Post, ddbstreams_mock: StreamsMock) -> None:
    for name in ("customers", "orders"):
        ddbstreams_mock.create_stream(name)
    _, answer = post("ListStreams", {"Limit": 1.0})
    assert len(answer["Streams"]) == 1


def test_a_limit_of_records_with_a_fraction_of_zero_is_an_integer(client: Any, post: Post, stream: Stream) -> None:
    stream.write_many({"pk": str(number)} for number in range(3))
    request = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = client.get_shard_iterator(**request)["ShardIterator"]
    _, answer = post("GetRecords", {"ShardIterator": iterator, "Limit": 2.0})
    assert len(answer["Records"]) == 2


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
def test_what_is_no_integer_cannot_be_converted_to_one(post: Post, value: Any, came: str) -> None:
    status, answer = post("ListStreams", {"Limit": value})
    assert (status, answer["__type"]) == (400, NAMESPACE)
    assert answer["message"] == f"{came} can not be converted to Integer"


@pytest.mark.parametrize(
    ("operation", "member", "value", "wanted"),
    [
        ("ListStreams", "TableName", 5, "String"),
        ("DescribeStream", "StreamArn", ["arn"], "String"),
        ("DescribeStream", "ShardFilter", "CHILD_SHARDS", "Object"),
        ("DescribeStream", "ShardFilter", {"Type": 5}, "String"),
        ("GetShardIterator", "ShardIteratorType", 5, "String"),
        ("GetShardIterator", "SequenceNumber", 10**21, "String"),
        ("GetShardIterator", "Timestamp", "2026-01-01T00:00:00Z", "Number"),
        ("GetShardIterator", "Timestamp", True, "Number"),
        ("GetRecords", "ShardIterator", {"a": "b"}, "String"),
        ("GetRecords", "Limit", 2.5, "Integer"),
    ],
)
def test_a_member_of_another_json_type_is_refused(
    post: Post, operation: str, member: str, value: Any, wanted: str
) -> None:
    status, answer = post(operation, {**VALID[operation], member: value})
    assert (status, answer["__type"]) == (400, NAMESPACE)
    assert answer["message"].endswith(f" can not be converted to {wanted}")


def test_a_wrong_type_is_told_before_any_other_violation(post: Post) -> None:
    _, answer = post("GetShardIterator", {"StreamArn": "arn", "ShardId": 5})
    assert answer["message"] == "NUMBER_VALUE can not be converted to String"


def test_a_client_without_checks_sends_wrong_types_too(refusal_of: Callable[..., Any]) -> None:
    assert refusal_of("ListStreams", TableName=5).code == "SerializationException"


def test_an_enumeration_that_the_service_leaves_to_its_framework_shows_its_values_side_by_side() -> None:
    # No request has one today; the sentence is the one that was recorded for view types of tables.
    broken = Violation(("StreamSpecification", "StreamViewType"), "enum", "x", ("KEYS_ONLY", "NEW_IMAGE"))
    field = "streamSpecification.streamViewType"
    assert _constraint(broken) == violation("'x'", field, "satisfy enum value set: [KEYS_ONLY, NEW_IMAGE]")
