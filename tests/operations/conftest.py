"""Real clients, and one door past them for requests that no client would send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from aio_clients import WaitingClient, needs_aiobotocore
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from pytest_ddbstreams._wire import TARGET_PREFIX, HttpRequest, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock


class Refused(NamedTuple):
    """What a client was told instead of an answer."""

    code: str
    status: int
    message: str


class Clients:
    """The clients of a kind, made once: the hooks answer clients made before the mock too."""

    def __init__(self, kind: str) -> None:
        self._is_async = kind == "aiobotocore"
        self._loader = create_loader()
        self._made: dict[Any, Any] = {}

    def get(self, region: str, *, checks: bool) -> Any:
        key = region, checks
        if key not in self._made:
            config = Config(parameter_validation=checks, retries={"total_max_attempts": 1})
            self._made[key] = self._make("dynamodbstreams", region_name=region, config=config)
        return self._made[key]

    def close(self) -> None:
        if self._is_async:
            for client in self._made.values():
                client.close()

    def _make(self, service: str, **options: Any) -> Any:
        options = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", **options}
        if self._is_async:
            return WaitingClient(self._loader, service, **options)
        return boto3.Session().client(service, **options)


@pytest.fixture(scope="session", params=["boto3", pytest.param("aiobotocore", marks=needs_aiobotocore)])
def clients(request: pytest.FixtureRequest) -> Iterator[Clients]:
    """What makes the clients of both kinds; a test that asks for a client runs with each."""
    made = Clients(request.param)
    yield made
    made.close()


@pytest.fixture
def client(clients: Clients) -> Any:
    return clients.get("us-east-1", checks=True)


@pytest.fixture
def unchecked(clients: Clients) -> Any:
    """A client that sends what it is given: botocore's own validation is off."""
    return clients.get("us-east-1", checks=False)


@pytest.fixture
def client_in(clients: Clients) -> Callable[[str], Any]:
    return lambda region: clients.get(region, checks=True)


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
        reply = answer(HttpRequest("POST", "localhost", headers, text), ddbstreams_mock._service)
        document: dict[str, Any] = json.loads(reply.body)
        return reply.status, document

    return post
