"""Real clients, and one door past them for requests that no client would send."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pytest_ddbstreams._wire import TARGET_PREFIX, Arrival, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream, StreamsMock


class Refused(NamedTuple):
    """What a client was told instead of an answer."""

    code: str
    status: int
    message: str


@cache
def client_of(region: str, *, checks: bool) -> Any:
    # The hooks answer clients made before the mock too, and making one takes a good part of a second.
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing").client(
        "dynamodbstreams",
        region_name=region,
        config=Config(parameter_validation=checks, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def client() -> Any:
    return client_of("us-east-1", checks=True)


@pytest.fixture
def unchecked() -> Any:
    """A client that sends what it is given: botocore's own validation is off."""
    return client_of("us-east-1", checks=False)


@pytest.fixture
def client_in() -> Callable[[str], Any]:
    return lambda region: client_of(region, checks=True)


@pytest.fixture
def stream(ddbstreams_mock: StreamsMock) -> Stream:
    return ddbstreams_mock.create_stream("orders", key_schema={"pk": "S"})


@pytest.fixture
def refused() -> Callable[..., Refused]:
    """Makes a call that must fail, and says how it did."""

    def refused(call: Callable[..., Any], **arguments: Any) -> Refused:
        with pytest.raises(ClientError) as caught:
            call(**arguments)
        response: Any = caught.value.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return Refused(response["Error"]["Code"], status, response["Error"]["Message"])

    return refused


@pytest.fixture
def post(ddbstreams_mock: StreamsMock) -> Callable[[str, Any], tuple[int, dict[str, Any]]]:
    """Sends any body, as text or as what becomes JSON, to an operation; past every client."""

    def post(operation: str, body: Any) -> tuple[int, dict[str, Any]]:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"x-amz-target": TARGET_PREFIX + operation, "authorization": "signed"}
        reply = answer(Arrival("POST", "localhost", headers, text), ddbstreams_mock._backend)
        document: dict[str, Any] = json.loads(reply.body)
        return reply.status, document

    return post
