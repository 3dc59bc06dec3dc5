"""How the tests of the server talk to it: in plain HTTP, without an SDK."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import StreamsServer

SIGNED = {"Authorization": "signed", "X-Amz-Target": "DynamoDBStreams_20120810.ListStreams"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    document: Any


@pytest.fixture
def send(ddbstreams_server: StreamsServer) -> Callable[..., Answer]:
    """Sends a request, one of the service that is in order but for what is said."""

    def send(body: Any = b"{}", path: str = "/", method: str = "POST", **headers: str | None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in (SIGNED | named).items() if value is not None}
        connection = HTTPConnection(urlsplit(ddbstreams_server.url).netloc, timeout=20)
        try:
            connection.request(method, path, body, given, encode_chunked=not isinstance(body, bytes))
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), json.loads(response.read()))
        finally:
            connection.close()

    return send


@pytest.fixture
def steer(send: Callable[..., Answer]) -> Callable[..., Any]:
    """Pulls a lever over the control API, and gives what that gives."""

    def steer(verb: str, **arguments: Any) -> Any:
        answer = send(json.dumps(arguments).encode(), f"/_ddbstreams/{verb}")
        assert answer.status == 200, answer
        return answer.document["result"]

    return steer
