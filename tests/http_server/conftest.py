"""Fixtures that send requests to the server in plain HTTP, without an SDK."""

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
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    document: Any


@pytest.fixture
def send(ddbstreams_server: StreamsServer) -> Callable[..., Answer]:
    """Return a function that sends a request: a valid ListStreams, with the given changes."""

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
def control(send: Callable[..., Answer]) -> Callable[..., Any]:
    """Return a function that calls a verb of the control API, and returns its result."""

    def control(verb: str, **arguments: Any) -> Any:
        answer = send(json.dumps(arguments).encode(), f"/_ddbstreams/{verb}")
        assert answer.status == 200, answer
        return answer.document["result"]

    return control
