from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
import requests
import responses
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto import mock_aws

from pytest_ddbstreams import StreamsMock, mock_streams

URL = "https://streams.dynamodb.eu-west-1.amazonaws.com/"


def list_by_hand(*, sign: bool = True, method: str = "POST", body: Any = "{}", url: str = URL) -> requests.Response:
    """ListStreams through requests, signed by hand."""
    headers = {
        "X-Amz-Target": "DynamoDBStreams_20120810.ListStreams",
        "Content-Type": "application/x-amz-json-1.0",
    }
    request = AWSRequest(method, url, data=body, headers=headers)
    if sign:
        SigV4Auth(Credentials("key", "secret"), "dynamodb", "eu-west-1").add_auth(request)
    return requests.request(method, url, data=body, headers=dict(request.headers), timeout=1)


def tables(response: requests.Response) -> list[str]:
    return [stream["TableName"] for stream in response.json()["Streams"]]


@pytest.mark.parametrize("body", ["{}", b"{}"])
@pytest.mark.parametrize(
    "url", [URL, URL.replace("streams.dynamodb", "123456789012.streams-ddb"), URL.replace("https", "HTTPS")]
)
def test_requests_signed_by_hand_are_answered(ddbstreams_mock: StreamsMock, body: Any, url: str) -> None:
    ddbstreams_mock.create_stream("orders", region="eu-west-1")
    response = list_by_hand(body=body, url=url)
    assert (response.status_code, tables(response)) == (200, ["orders"])
    assert response.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert ddbstreams_mock.calls[0].region == "eu-west-1"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"sign": False}, "MissingAuthenticationTokenException"),
        ({"method": "PUT"}, "UnknownOperationException"),
        ({"body": None}, "SerializationException"),
    ],
)
@pytest.mark.ddbstreams(strict=False)  # which tells of what could not be read
def test_what_the_service_would_refuse_is_refused(how: dict[str, Any], code: str) -> None:
    response = list_by_hand(**how)
    assert (response.status_code, response.json()["__type"].partition("#")[2]) == (400, code)


def test_a_transport_fault_reaches_the_caller_of_requests(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.fail("ListStreams", requests.ConnectionError("of the test"))
    with pytest.raises(requests.ConnectionError, match="of the test"):
        list_by_hand()


@pytest.mark.usefixtures("ddbstreams_mock")
def test_other_hosts_are_left_to_requests() -> None:
    with pytest.raises(requests.ConnectionError, match="Connection refused"):
        requests.get("http://127.0.0.1:1/", timeout=1)


def test_without_an_open_mock_requests_picks_its_own_adapter() -> None:
    session = requests.Session()
    assert session.get_adapter(URL) is session.adapters["https://"]


@pytest.mark.parametrize("ours_first", [True, False])
def test_while_responses_is_active_each_answers_its_own(ours_first: bool) -> None:  # noqa: FBT001
    theirs, ours = responses.RequestsMock(), mock_streams()
    with ExitStack() as stack:
        for mock in (ours, theirs) if ours_first else (theirs, ours):
            stack.enter_context(mock)
        theirs.get("https://example.org/", json={"theirs": 1})
        assert requests.get("https://example.org/", timeout=1).json() == {"theirs": 1}
        assert tables(list_by_hand()) == []


# moto


def use_everything(streams: StreamsMock) -> None:
    """A table and a bucket of moto's, a stream of ours."""
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    dynamodb.create_table(
        TableName="motos",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert dynamodb.list_tables()["TableNames"] == ["motos"]
    s3.create_bucket(Bucket="motos")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["motos"]
    client = boto3.client("dynamodbstreams")
    stream = streams.create_stream("orders")
    assert [listed["TableName"] for listed in client.list_streams()["Streams"]] == ["orders"]
    assert client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["StreamStatus"] == "ENABLED"
    streams.fail("DescribeStream", "ResourceNotFoundException")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream(StreamArn=stream.arn)
    streams.create_stream("by-hand", region="eu-west-1")
    assert tables(list_by_hand()) == ["by-hand"]


@pytest.mark.parametrize("start", [("ours", "motos"), ("motos", "ours")])
@pytest.mark.parametrize("stop", [("ours", "motos"), ("motos", "ours")])
def test_with_moto_active_each_answers_its_own(start: tuple[str, ...], stop: tuple[str, ...]) -> None:
    ours, motos = mock_streams(region="us-east-1"), mock_aws()
    streams = None
    for name in start:
        if name == "ours":
            streams = ours.start()
        else:
            motos.start()
    assert streams is not None
    use_everything(streams)
    for name in stop:
        if name == "ours":
            ours.stop()
        else:
            motos.stop()


def test_when_ours_has_stopped_first_moto_answers_on() -> None:
    with mock_aws():
        with mock_streams():
            client = boto3.client("sqs", region_name="us-east-1")
        assert "QueueUrls" not in client.list_queues()


def test_when_moto_has_stopped_first_we_answer_on(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    with mock_aws():
        pass
    ddbstreams_mock.create_stream("orders")
    assert len(ddbstreams_client.list_streams()["Streams"]) == 1
    assert json.loads(list_by_hand().text) == {"Streams": []}
