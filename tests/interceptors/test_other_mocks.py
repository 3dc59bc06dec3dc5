from __future__ import annotations

import json
from contextlib import ExitStack
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
import responses
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto import mock_aws

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://streams.dynamodb.eu-west-1.amazonaws.com/"


def list_by_hand(*, sign: bool = True, method: str = "POST", body: Any = "{}", url: str = URL) -> requests.Response:
    """Send ListStreams through requests, signed by hand."""
    request = signed(body, sign=sign, method=method, url=url)
    return requests.request(method, url, data=body, headers=dict(request.headers), timeout=1)


def signed(body: Any, *, sign: bool = True, method: str = "POST", url: str = URL) -> AWSRequest:
    headers = {
        "X-Amz-Target": "DynamoDBStreams_20120810.ListStreams",
        "Content-Type": "application/x-amz-json-1.0",
    }
    request = AWSRequest(method, url, data=body, headers=headers)
    if sign:
        SigV4Auth(Credentials("key", "secret"), "dynamodb", "eu-west-1").add_auth(request)
    return request


def tables(response: requests.Response) -> list[str]:
    return [stream["TableName"] for stream in response.json()["Streams"]]


@pytest.mark.parametrize("body", ["{}", b"{}"])
@pytest.mark.parametrize(
    "url", [URL, URL.replace("streams.dynamodb", "123456789012.streams-ddb"), URL.replace("https", "HTTPS")]
)
def test_a_request_that_was_signed_by_hand_is_answered(ddbstreams_mock: StreamsMock, body: Any, url: str) -> None:
    ddbstreams_mock.create_stream("orders", region="eu-west-1")
    response = list_by_hand(body=body, url=url)
    assert (response.status_code, tables(response)) == (200, ["orders"])
    assert response.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert ddbstreams_mock.calls[0].region == "eu-west-1"


BODY = b'{"Limit": 1}'


@pytest.mark.parametrize(
    "body",
    [
        BytesIO(BODY),
        StringIO(BODY.decode()),
        (chunk for chunk in (BODY[:5], BODY[5:])),
        (chunk for chunk in (BODY[:5].decode(), BODY[5:].decode())),
        bytearray(BODY),
    ],
    ids=["file", "text file", "generator", "generator of text", "bytearray"],
)
def test_a_request_whose_body_is_streamed_is_answered(ddbstreams_mock: StreamsMock, body: Any) -> None:
    for name in ("orders", "carts"):
        ddbstreams_mock.create_stream(name, region="eu-west-1")
    request = signed(BODY)
    response = requests.post(URL, data=body, headers=dict(request.headers), timeout=1)
    assert (response.status_code, len(tables(response))) == (200, 1)
    assert ddbstreams_mock.calls[0].request == {"Limit": 1}


def test_a_file_is_read_from_its_position_as_requests_sends_it(ddbstreams_mock: StreamsMock, tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"skipped" + BODY)
    with file.open("rb") as opened:
        opened.seek(len(b"skipped"))
        response = requests.post(URL, data=opened, headers=dict(signed(BODY).headers), timeout=1)
    assert response.status_code == 200
    assert ddbstreams_mock.calls[0].request == {"Limit": 1}


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"sign": False}, "MissingAuthenticationTokenException"),
        ({"method": "PUT"}, "UnknownOperationException"),
        ({"body": None}, "SerializationException"),
    ],
)
@pytest.mark.ddbstreams(strict=False)  # a strict mock reports a request that it cannot read
def test_a_request_by_hand_that_the_service_would_refuse_is_refused(how: dict[str, Any], code: str) -> None:
    response = list_by_hand(**how)
    assert (response.status_code, response.json()["__type"].partition("#")[2]) == (400, code)


def test_a_transport_fault_reaches_the_caller_of_requests(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.fail("ListStreams", requests.ConnectionError("of the test"))
    with pytest.raises(requests.ConnectionError, match="of the test"):
        list_by_hand()


def test_a_lost_answer_is_a_time_out_of_requests(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.lose_answers("ListStreams")
    with pytest.raises(requests.ReadTimeout, match="the answer to ListStreams was lost"):
        list_by_hand()


@pytest.mark.usefixtures("ddbstreams_mock")
def test_requests_sends_a_request_to_another_host_itself() -> None:
    with pytest.raises(requests.ConnectionError, match="Connection refused"):
        requests.get("http://127.0.0.1:1/", timeout=1)


def test_requests_chooses_its_own_adapter_while_no_mock_is_open() -> None:
    session = requests.Session()
    assert session.get_adapter(URL) is session.adapters["https://"]


@pytest.mark.parametrize("mock_first", [True, False])
def test_responses_and_the_mock_each_answer_their_own_requests(mock_first: bool) -> None:  # noqa: FBT001
    other, mock = responses.RequestsMock(), mock_streams()
    with ExitStack() as stack:
        for each in (mock, other) if mock_first else (other, mock):
            stack.enter_context(each)
        other.get("https://example.org/", json={"other": 1})
        assert requests.get("https://example.org/", timeout=1).json() == {"other": 1}
        assert tables(list_by_hand()) == []


# moto


def use_everything(streams: StreamsMock) -> None:
    """Use a table and a bucket of moto, and streams of the mock."""
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    dynamodb.create_table(
        TableName="moto-table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert dynamodb.list_tables()["TableNames"] == ["moto-table"]
    s3.create_bucket(Bucket="moto-bucket")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["moto-bucket"]
    client = boto3.client("dynamodbstreams")
    stream = streams.create_stream("orders")
    assert [listed["TableName"] for listed in client.list_streams()["Streams"]] == ["orders"]
    assert client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["StreamStatus"] == "ENABLED"
    streams.fail("DescribeStream", "ResourceNotFoundException")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamArn=stream.arn)
    streams.create_stream("by-hand", region="eu-west-1")
    assert tables(list_by_hand()) == ["by-hand"]


@pytest.mark.parametrize("start", [("streams", "moto"), ("moto", "streams")])
@pytest.mark.parametrize("stop", [("streams", "moto"), ("moto", "streams")])
def test_moto_and_the_mock_each_answer_their_own_calls(start: tuple[str, ...], stop: tuple[str, ...]) -> None:
    mocks: dict[str, Any] = {"streams": mock_streams(region="us-east-1"), "moto": mock_aws()}
    started = {name: mocks[name].start() for name in start}
    use_everything(started["streams"])
    for name in stop:
        mocks[name].stop()


def test_moto_answers_after_the_mock_has_stopped() -> None:
    with mock_aws():
        with mock_streams():
            client = boto3.client("sqs", region_name="us-east-1")
        assert "QueueUrls" not in client.list_queues()


def test_the_mock_answers_after_moto_has_stopped(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    with mock_aws():
        pass
    ddbstreams_mock.create_stream("orders")
    assert len(ddbstreams_client.list_streams()["Streams"]) == 1
    assert json.loads(list_by_hand().text) == {"Streams": []}
