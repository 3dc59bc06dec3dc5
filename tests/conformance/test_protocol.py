"""Behaviours that all four operations share: statuses, error bodies, constraints, hosts."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from conformance.behaviours import behaviour, first_shard, iterator, refused
from conformance.targets import FakeTarget

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.targets import Target

GROUP = "Protocol"
NO_STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/nope/stream/2026-01-01T00:00:00.000"
NO_ARN = "a text that is long enough to be an ARN, and is none"


def responses_to(client: Any, call: Callable[[], Any]) -> list[dict[str, Any]]:
    """Return the responses to a call, successful or not, before botocore parses them."""
    responses: list[dict[str, Any]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        responses.append(response_dict)

    client.meta.events.register("response-received.dynamodb-streams", keep)
    with suppress(ClientError):
        call()
    return responses


def error_body(client: Any, call: Callable[[], Any]) -> tuple[str, str]:
    """Return the namespace and the code of the error that answers a call."""
    [response] = responses_to(client, call)
    body = json.loads(response["body"])
    assert set(body) == {"__type", "message"}
    namespace, code = body["__type"].split("#")
    return namespace, code


def call_operation(client: Any, operation: str, **request: Any) -> Any:
    """Call an operation by its name in the API."""
    return getattr(client, xform_name(operation))(**request)


@behaviour("success-status", "D", GROUP)
def test_a_successful_call_has_the_status_200(target: Target) -> None:
    assert target.client().list_streams()["ResponseMetadata"]["HTTPStatusCode"] == 200


@behaviour("success-content-type", "D", GROUP)
def test_a_response_has_the_content_type_of_json_1_0(target: Target) -> None:
    client = target.client()

    [response] = responses_to(client, client.list_streams)

    headers = {name.lower(): value for name, value in response["headers"].items()}
    assert headers["content-type"] == "application/x-amz-json-1.0"


@behaviour("modelled-error-status", "D", GROUP)
def test_a_modelled_error_has_the_status_400(target: Target) -> None:
    with refused(target, "ResourceNotFoundException"):
        target.client().describe_stream(StreamArn=NO_STREAM)


@behaviour("validation-error-status", "D", GROUP)
def test_a_validation_error_has_the_status_400(target: Target) -> None:
    with refused(target, "ValidationException"):
        target.client().describe_stream(StreamArn=NO_ARN)


# Error bodies. Most namespaces are inferred, so only this package has to have them.


@behaviour("error-body-modelled", "R", GROUP)
def test_the_body_of_a_modelled_error_has_a_type_with_a_namespace_and_a_message(target: Target) -> None:
    client = target.client()

    namespace, code = error_body(client, lambda: client.describe_stream(StreamArn=NO_STREAM))

    assert code == "ResourceNotFoundException"
    assert namespace == "com.amazonaws.dynamodb.v20120810" or not isinstance(target, FakeTarget)


@behaviour("error-body-validation", "R", GROUP)
def test_the_body_of_a_validation_error_has_a_type_with_a_namespace_and_a_message(target: Target) -> None:
    client = target.client()

    namespace, code = error_body(client, lambda: client.describe_stream(StreamArn=NO_ARN))

    assert code == "ValidationException"
    assert namespace == "com.amazon.coral.validate" or not isinstance(target, FakeTarget)


# Typed exceptions of the client.


@behaviour("typed-stream-not-found", "D", GROUP)
def test_an_unknown_stream_is_a_typed_exception_of_the_client(target: Target) -> None:
    client = target.client()

    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamArn=NO_STREAM)


@behaviour("untyped-validation", "D", GROUP)
def test_a_validation_error_is_not_a_typed_exception_of_the_client(target: Target) -> None:
    with pytest.raises(ClientError) as caught:
        target.client().describe_stream(StreamArn=NO_ARN)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert type(caught.value) is ClientError


# Constraints of members. botocore checks only some of them, and none with parameter_validation=False.


LEAST = "have length greater than or equal to {}"
MOST = "have length less than or equal to {}"
LEAST_VALUE = "have value greater than or equal to 1"


@pytest.mark.parametrize(
    ("operations", "member", "broken"),
    [
        pytest.param(operations, member, broken, marks=behaviour(f"constraint-{identity}", "D", GROUP), id=identity)
        for identity, operations, member, broken in [
            (
                "stream-arn",
                ["DescribeStream", "GetShardIterator"],
                "StreamArn",
                {"a" * 36: LEAST.format(37), "a" * 1025: MOST.format(1024)},
            ),
            ("shard-id", ["GetShardIterator"], "ShardId", {"s" * 27: LEAST.format(28), "s" * 66: MOST.format(65)}),
            (
                "sequence-number",
                ["GetShardIterator"],
                "SequenceNumber",
                {"1" * 20: LEAST.format(21), "1" * 41: MOST.format(40)},
            ),
            ("iterator", ["GetRecords"], "ShardIterator", {"": LEAST.format(1), "i" * 2049: MOST.format(2048)}),
            ("limit", ["ListStreams", "DescribeStream", "GetRecords"], "Limit", {0: LEAST_VALUE, -1: LEAST_VALUE}),
            (
                "table-name",
                ["ListStreams"],
                "TableName",
                {"ab": LEAST.format(3), "a" * 256: MOST.format(255), "no/name": "satisfy regular expression pattern: "},
            ),
            (
                "start-stream-arn",
                ["ListStreams"],
                "ExclusiveStartStreamArn",
                {"a" * 36: LEAST.format(37), "a" * 1025: MOST.format(1024)},
            ),
            (
                "start-shard-id",
                ["DescribeStream"],
                "ExclusiveStartShardId",
                {"s" * 27: LEAST.format(28), "s" * 66: MOST.format(65)},
            ),
        ]
    ],
)
def test_the_service_checks_the_constraints_of_a_member(
    target: Target, operations: list[str], member: str, broken: dict[Any, str]
) -> None:
    table = target.create_table()
    client = target.client(validation=False)
    shard = first_shard(client, table)
    kind = "AT_SEQUENCE_NUMBER" if member == "SequenceNumber" else "TRIM_HORIZON"
    valid: dict[str, dict[str, Any]] = {
        "ListStreams": {},
        "DescribeStream": {"StreamArn": table.stream_arn},
        "GetShardIterator": {"StreamArn": table.stream_arn, "ShardId": shard, "ShardIteratorType": kind},
        "GetRecords": {"ShardIterator": iterator(client, table.stream_arn, shard)},
    }
    field = member[0].lower() + member[1:]

    for operation in operations:
        for value, rule in broken.items():
            text = f"Value '{value}' at '{field}' failed to satisfy constraint: Member must {rule}"
            with refused(target, "ValidationException", re.escape(text)):
                call_operation(client, operation, **{**valid[operation], member: value})


@behaviour("framework-one-violation", "R", GROUP)
def test_one_violated_constraint_is_reported_in_the_words_of_the_framework(target: Target) -> None:
    sentence = (
        "1 validation error detected: Value 'a' at 'tableName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 3"
    )

    with refused(target, "ValidationException", f"^{sentence}$"):
        target.client(validation=False).list_streams(TableName="a")


@behaviour("framework-two-violations", "R", GROUP)
def test_several_violated_constraints_are_counted_and_reported_in_one_message(target: Target) -> None:
    one = "Value 'a' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"
    two = "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"

    with refused(target, "ValidationException", f"^2 validation errors detected: ({one}; {two}|{two}; {one})$"):
        target.client(validation=False).list_streams(TableName="a", Limit=0)


@behaviour("framework-absent-member", "R", GROUP)
def test_an_absent_required_member_is_reported_as_null(target: Target) -> None:
    sentence = (
        "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null"
    )

    with refused(target, "ValidationException", f"^{sentence}$"):
        target.client(validation=False).describe_stream()


@behaviour("framework-all-absent-members", "R", GROUP)
def test_every_absent_required_member_is_counted(target: Target) -> None:
    with refused(target, "ValidationException", "^3 validation errors detected: Value null at '"):
        target.client(validation=False).get_shard_iterator()


# Endpoints. The same service answers on every host that botocore may choose.


@behaviour("host-of-account", "R", GROUP)
def test_the_endpoint_of_an_account_serves_the_streams_of_its_region(target: Target) -> None:
    table = target.create_table()

    client = target.client_of_host("https://123456789012.streams-ddb.us-east-1.amazonaws.com")

    description = client.describe_stream(StreamArn=table.stream_arn)["StreamDescription"]
    assert description["StreamArn"] == table.stream_arn


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(host, marks=behaviour(f"host-{identity}", "R", GROUP), id=identity)
        for identity, host in [
            ("classic", "streams.dynamodb.us-east-1.amazonaws.com"),
            ("fips", "streams.dynamodb-fips.us-east-1.amazonaws.com"),
            ("dual-stack", "streams.dynamodb.us-east-1.api.aws"),
            ("china", "streams.dynamodb.cn-north-1.amazonaws.com.cn"),
        ]
    ],
)
def test_every_kind_of_endpoint_is_answered(target: Target, host: str) -> None:
    assert "Streams" in target.client_of_host(f"https://{host}").list_streams()


@behaviour("regions-apart", "R", GROUP)
def test_a_stream_is_listed_in_its_own_region_only(target: Target) -> None:
    here, there = target.create_table(region="us-east-1"), target.create_table(region="eu-west-1")

    listed = target.client("eu-west-1").list_streams(TableName=there.name)["Streams"]
    listed_elsewhere = target.client("eu-west-1").list_streams(TableName=here.name)["Streams"]

    assert [entry["StreamArn"] for entry in listed] == [there.stream_arn]
    assert listed_elsewhere == []
