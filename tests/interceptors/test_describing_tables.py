"""DescribeTable without a mock of tables: it is answered because consumers look up the ARN of a stream there."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError, ProxyConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from pytest_ddbstreams import NetworkBlocked, StreamsMock, mock_streams

#: A proxy that does not exist: a request that fails there was let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"max_attempts": 0})


@pytest.fixture
def dynamodb(ddbstreams_mock: StreamsMock) -> Any:  # noqa: ARG001 - it opens the mock
    return boto3.client("dynamodb", region_name="us-east-1", config=NOWHERE)


def test_describe_table_gives_the_arn_of_the_stream(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders", view_type="KEYS_ONLY")

    answer = dynamodb.describe_table(TableName="orders")

    table = answer["Table"]
    assert (table["LatestStreamArn"], table["LatestStreamLabel"]) == (stream.arn, stream.label)
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_describe_table_answers_a_resource_and_a_waiter_of_boto3(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    dynamodb.get_waiter("table_exists").wait(TableName="orders")

    assert boto3.resource("dynamodb", region_name="us-east-1").Table("orders").latest_stream_arn == stream.arn


def test_describe_table_answers_an_aiobotocore_client(ddbstreams_mock: StreamsMock) -> None:
    aio = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")
    stream = ddbstreams_mock.create_stream("orders")

    async def look_up() -> str:
        async with aio.get_session().create_client("dynamodb", region_name="us-east-1") as client:
            arn: str = (await client.describe_table(TableName="orders"))["Table"]["LatestStreamArn"]
            return arn

    assert asyncio.run(look_up()) == stream.arn


def test_describe_table_is_not_in_the_call_log(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    ddbstreams_mock.create_stream("orders")
    dynamodb.describe_table(TableName="orders")

    assert len(ddbstreams_mock.calls) == 0


@pytest.mark.parametrize("elsewhere", [{"TableName": "carts"}, {"TableName": "orders"}])
def test_describe_table_of_a_table_without_a_stream_is_refused_with_a_hint_to_moto(
    ddbstreams_mock: StreamsMock, dynamodb: Any, elsewhere: dict[str, str]
) -> None:
    ddbstreams_mock.create_stream("orders", region="eu-west-1")

    with pytest.raises(NetworkBlocked, match=r"^dynamodb\.DescribeTable would have gone .* moto's mock_aws"):
        dynamodb.describe_table(**elsewhere)


def test_another_call_of_dynamodb_is_refused_with_a_hint_to_moto(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    ddbstreams_mock.create_stream("orders")

    with pytest.raises(NetworkBlocked, match=r"^dynamodb\.PutItem would have gone .* moto's mock_aws"):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}})


def test_describe_table_is_answered_for_a_table_with_a_stream_if_the_network_is_not_blocked() -> None:
    with mock_streams(block_network=False) as streams:
        stream = streams.create_stream("orders")
        client = boto3.client("dynamodb", region_name="us-east-1", config=NOWHERE)
        assert client.describe_table(TableName="orders")["Table"]["LatestStreamArn"] == stream.arn
        with pytest.raises(ProxyConnectionError):
            client.describe_table(TableName="carts")


def test_describe_table_with_a_body_that_is_no_json_is_refused(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    ddbstreams_mock.create_stream("orders")

    def spoil(request: Any, **_: Any) -> None:
        request.body = b"{"

    dynamodb.meta.events.register_first("before-send.dynamodb", spoil)
    with pytest.raises(NetworkBlocked):
        dynamodb.describe_table(TableName="orders")


def test_a_stubber_answers_describe_table_before_the_mock(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    ddbstreams_mock.create_stream("orders")
    with Stubber(dynamodb) as stubber:
        stubber.add_response("describe_table", {"Table": {"TableName": "theirs"}})
        assert dynamodb.describe_table(TableName="orders")["Table"] == {"TableName": "theirs"}


def test_moto_describes_its_tables_without_a_stream(ddbstreams_mock: StreamsMock) -> None:
    from moto import mock_aws

    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="carts",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        ddbstreams_mock.create_stream("orders")
        assert "LatestStreamArn" not in client.describe_table(TableName="carts")["Table"]
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.describe_table(TableName="orders")


@pytest.fixture
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("_no_credentials")
def test_describe_table_answers_a_client_without_credentials() -> None:
    client = boto3.Session().client("dynamodb", region_name="us-east-1", config=NOWHERE)
    with mock_streams() as streams:
        stream = streams.create_stream("orders")
        assert client.describe_table(TableName="orders")["Table"]["LatestStreamArn"] == stream.arn


@pytest.mark.usefixtures("_no_credentials")
def test_a_resource_without_credentials_is_signed_for_the_tables_of_moto() -> None:
    resource = boto3.Session().resource("dynamodb", region_name="us-east-1")
    with mock_aws(), mock_streams():
        assert list(resource.tables.all()) == []


@pytest.mark.usefixtures("_no_credentials")
def test_a_client_of_tables_without_credentials_is_not_signed_if_the_option_says_so() -> None:
    client = boto3.Session().client("dynamodb", region_name="us-east-1")
    with mock_streams(mock_credentials=False), pytest.raises(NoCredentialsError):
        client.list_tables()
