from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from aio_clients import aio_session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from pytest_ddbstreams import InvalidOption, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTS: dict[str, dict[str, Any]] = {
    "default": {"region_name": "us-east-1"},
    "account": {
        "region_name": "us-east-1",
        "endpoint_url": "https://123456789012.streams-ddb.us-east-1.amazonaws.com",
    },
    "endpoint_url": {"region_name": "us-east-1", "endpoint_url": "http://localhost:8000"},
    "dualstack": {"region_name": "us-east-1", "config": Config(use_dualstack_endpoint=True)},
    "fips": {"region_name": "us-gov-west-1", "config": Config(use_fips_endpoint=True)},
    "china": {"region_name": "cn-north-1"},
}


@pytest.mark.parametrize("form", HOSTS)
def test_a_client_is_answered_in_its_region_whatever_its_endpoint(ddbstreams_mock: StreamsMock, form: str) -> None:
    options = HOSTS[form]
    client = boto3.client("dynamodbstreams", **options)
    stream = ddbstreams_mock.create_stream("orders", region=options["region_name"])
    stream.insert({"pk": "o#1"})
    iterator = client.get_shard_iterator(
        StreamArn=stream.arn, ShardId=stream.shards[0].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert len(client.get_records(ShardIterator=iterator)["Records"]) == 1
    assert {call.region for call in ddbstreams_mock.calls} == {options["region_name"]}


def bare_client(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """Return a client that the code under test makes at its import, on a machine without credentials."""
    with monkeypatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        patch.setenv("AWS_CONFIG_FILE", "/nowhere")
        return botocore.session.Session().create_client("dynamodbstreams", region_name="us-east-1", **options)


def test_a_client_without_credentials_is_answered_if_it_was_made_before_the_mock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = bare_client(monkeypatch)
    with mock_streams() as streams:
        streams.create_stream("orders")
        assert len(client.list_streams()["Streams"]) == 1


def test_a_client_without_credentials_has_none_if_mock_credentials_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    client = bare_client(monkeypatch)
    with mock_streams(mock_credentials=False), pytest.raises(NoCredentialsError):
        client.list_streams()


def test_a_client_that_does_not_sign_gets_the_error_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    client = bare_client(monkeypatch, config=Config(signature_version=UNSIGNED))
    with mock_streams(), pytest.raises(ClientError) as refused:
        client.list_streams()
    assert refused.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"


def test_the_metadata_of_an_answer_has_a_status_a_request_id_and_no_retries(ddbstreams_client: Any) -> None:
    metadata = ddbstreams_client.list_streams()["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (200, 0)
    assert len(metadata["RequestId"]) == 52


def headers_that_a_hook_gets(client: Any) -> Any:
    seen: list[Any] = []
    event = "response-received.dynamodb-streams"
    client.meta.events.register(event, lambda response_dict, **_: seen.append(response_dict["headers"]))
    client.list_streams()
    [headers] = seen
    return headers


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_a_hook_of_the_user_reads_headers_in_any_case(ddbstreams_client: Any, spell: Callable[[str], str]) -> None:
    headers = headers_that_a_hook_gets(ddbstreams_client)
    kind, other = spell("content-type"), spell("x-other")
    assert (kind in headers, headers[kind], headers.get(kind)) == (True, *["application/x-amz-json-1.0"] * 2)
    assert (other in headers, headers.get(other), headers.get(other, "none")) == (False, None, "none")
    with pytest.raises(KeyError):
        headers[other]


def test_a_hook_of_the_user_changes_headers_in_any_case(ddbstreams_client: Any) -> None:
    headers = headers_that_a_hook_gets(ddbstreams_client)
    headers["Content-Type"] = "text/plain"
    headers.update({"X-Other": "5"})
    del headers["CONTENT-LENGTH"]
    assert len(headers.pop("X-Amzn-RequestId")) == 52
    assert dict(headers) == {"Content-Type": "text/plain", "X-Other": "5"}
    assert headers.copy()["Content-type"] == "text/plain"


def test_a_hook_of_the_user_reads_the_attributes_of_a_response_of_botocore(ddbstreams_client: Any) -> None:
    seen: list[Any] = []
    event = "after-call.dynamodb-streams"
    ddbstreams_client.meta.events.register(event, lambda http_response, **_: seen.append(http_response))
    ddbstreams_client.list_streams()
    [response] = seen
    assert (response.status_code, response.content, response.text) == (200, b'{"Streams":[]}', '{"Streams":[]}')
    assert response.url == "https://streams.dynamodb.us-east-1.amazonaws.com/"


def test_the_hooks_let_requests_through_while_no_mock_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    closed = {"endpoint_url": "http://127.0.0.1:1", "config": Config(retries={"max_attempts": 0})}
    for service, call in (("dynamodbstreams", "list_streams"), ("sqs", "list_queues")):
        client = boto3.client(service, region_name="us-east-1", **closed)
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            getattr(client, call)()


def test_a_stubber_answers_before_the_mock(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    with Stubber(ddbstreams_client) as stubber:
        stubber.add_response("list_streams", {"Streams": [{"TableName": "stubbed"}]})
        assert ddbstreams_client.list_streams()["Streams"] == [{"TableName": "stubbed"}]
    assert len(ddbstreams_mock.calls) == 0
    assert ddbstreams_client.list_streams()["Streams"] == []


# Transport faults


def test_a_lasting_transport_fault_reaches_the_caller(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.clock.freeze()
    ddbstreams_mock.fail("ListStreams", ReadTimeoutError(endpoint_url="https://there"), times=None)
    with pytest.raises(ReadTimeoutError, match="https://there"):
        ddbstreams_client.list_streams()


def test_botocore_retries_a_transport_fault(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.clock.freeze()
    ddbstreams_mock.fail("ListStreams", ReadTimeoutError(endpoint_url="https://there"), times=2)
    assert ddbstreams_client.list_streams()["Streams"] == []
    assert [call.attempt for call in ddbstreams_mock.calls] == [1, 2, 3]


def test_an_exception_that_is_no_transport_fault_reaches_the_caller_unchanged(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    error = KeyError("of the test")
    ddbstreams_mock.fail("ListStreams", error)
    with pytest.raises(KeyError) as raised:
        ddbstreams_client.list_streams()
    assert raised.value is error


# aiobotocore


def run_async(use: Callable[[Any], Any], **options: Any) -> Any:
    async def main() -> Any:
        session = aio_session()
        async with session.create_client("dynamodbstreams", region_name="us-east-1", **options) as client:
            return await use(client)

    try:
        return asyncio.run(main())
    finally:
        gc.collect()


def test_an_aiobotocore_client_reads_records(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    stream.insert({"pk": "o#1"})

    async def use(client: Any) -> Any:
        iterator = await client.get_shard_iterator(
            StreamArn=stream.arn, ShardId=stream.shards[0].id, ShardIteratorType="TRIM_HORIZON"
        )
        return await client.get_records(ShardIterator=iterator["ShardIterator"])

    page = run_async(use)
    assert [record["dynamodb"]["Keys"] for record in page["Records"]] == [{"pk": {"S": "o#1"}}]
    assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_aiobotocore_client_raises_typed_exceptions(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.fail("DescribeStream", "ResourceNotFoundException")
    arn = ddbstreams_mock.create_stream("orders").arn

    async def use(client: Any) -> Any:
        with pytest.raises(client.exceptions.ResourceNotFoundException) as refused:
            await client.describe_stream(StreamArn=arn)
        return refused.value.response["ResponseMetadata"]["HTTPStatusCode"]

    assert run_async(use) == 400


def test_an_aiobotocore_client_without_credentials_signs_with_dummy_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def use(client: Any) -> Any:
        return await client.list_streams()

    with mock_streams() as streams:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
        streams.create_stream("orders")
        assert len(run_async(use)["Streams"]) == 1
        monkeypatch.undo()


def test_aiobotocore_clients_have_ordinals(ddbstreams_mock: StreamsMock) -> None:
    async def use(client: Any) -> None:
        for _ in range(2):
            await client.list_streams()

    run_async(use)
    run_async(use)
    assert [call.client for call in ddbstreams_mock.calls] == [1, 1, 2, 2]


def test_an_attached_aiobotocore_client_is_answered() -> None:
    streams = StreamsMock()

    async def use(client: Any) -> Any:
        streams.attach(client)
        return await client.list_streams()

    assert run_async(use)["Streams"] == []
    assert len(streams.calls) == 1


# Attached clients


def test_an_attached_client_is_answered_without_the_hooks(unhooked: Any, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders")
    ddbstreams_mock.attach(unhooked)
    assert len(unhooked.list_streams()["Streams"]) == 1


def test_an_attached_client_is_answered_by_its_own_mock_while_another_mock_is_open(ddbstreams_client: Any) -> None:
    own = StreamsMock()
    own.create_stream("own")
    own.attach(ddbstreams_client)
    with mock_streams() as other:
        assert [stream["TableName"] for stream in ddbstreams_client.list_streams()["Streams"]] == ["own"]
    assert len(other.calls) == 0


def test_the_last_mock_that_a_client_was_attached_to_answers_it(unhooked: Any) -> None:
    first, last = StreamsMock(), StreamsMock()
    first.attach(unhooked)
    last.attach(unhooked)
    unhooked.list_streams()
    assert (len(first.calls), len(last.calls)) == (0, 1)


@pytest.mark.parametrize("client", [None, "dynamodbstreams", boto3])
def test_attach_refuses_an_object_that_is_no_client_of_the_service(client: Any) -> None:
    with pytest.raises(InvalidOption, match=r"attach\(\) takes a client of 'dynamodbstreams', not "):
        StreamsMock().attach(client)


def test_attach_refuses_a_client_of_another_service(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="DynamoDB object"):
        ddbstreams_mock.attach(boto3.client("dynamodb"))
