"""Operations of DynamoDB itself, sent to the server by boto3."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import StreamsMock, StreamsServer

    Send = Callable[..., Any]

#: A consumer that begins with the name of a table.
CONSUMER = """
import boto3

arn = boto3.client("dynamodb").describe_table(TableName="orders")["Table"]["LatestStreamArn"]
print(boto3.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["TableName"])
"""


@pytest.fixture
def dynamodb(ddbstreams_server: StreamsServer) -> Any:
    """Return a DynamoDB client of the server: its host is not AWS's, so the hook in botocore lets it through."""
    return boto3.client("dynamodb", region_name="us-east-1", endpoint_url=ddbstreams_server.url)


def test_a_process_finds_the_stream_of_a_table_by_describe_table(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CONSUMER], env=ddbstreams_server.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "orders"


def test_describe_table_over_http_answers_as_in_the_process(dynamodb: Any, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders", key_schema={"pk": "S", "sk": "N"})
    in_process = boto3.client("dynamodb", region_name="us-east-1")
    assert (
        dynamodb.describe_table(TableName="orders")["Table"] == in_process.describe_table(TableName="orders")["Table"]
    )
    assert len(ddbstreams_mock.calls) == 0


def test_describe_table_over_http_answers_a_waiter(dynamodb: Any, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders")
    dynamodb.get_waiter("table_exists").wait(TableName="orders")


def test_describe_table_over_http_of_a_table_without_a_stream_is_not_found(dynamodb: Any) -> None:
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as refused:
        dynamodb.describe_table(TableName="carts")
    assert refused.value.response["Error"]["Message"] == "Requested resource not found: Table: carts not found"


@pytest.mark.ddbstreams(strict=False)
def test_another_operation_of_dynamodb_is_refused_in_words_that_say_what_to_do(
    dynamodb: Any, ddbstreams_mock: StreamsMock
) -> None:
    with pytest.raises(ClientError, match=r"this mock has streams and no tables.*AWS_ENDPOINT_URL_DYNAMODB") as refused:
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    [error] = ddbstreams_mock.unanswered
    assert str(error).startswith("PutItem of DynamoDB is not answered here")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Authorization": None}, "MissingAuthenticationTokenException"),
        ({"method": "GET"}, "UnknownOperationException"),
        ({"body": b"[]"}, "SerializationException"),
        ({"body": b"{}"}, "ResourceNotFoundException"),
    ],
)
def test_a_describe_table_that_no_sdk_sends_is_refused(send: Send, changes: dict[str, Any], code: str) -> None:
    answer = send(**{"X_Amz_Target": "DynamoDB_20120810.DescribeTable", **changes})
    assert answer.status == 400
    assert answer.document["__type"].endswith(f"#{code}")
