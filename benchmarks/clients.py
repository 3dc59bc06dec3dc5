"""Two boto3 clients that differ in one thing: who answers them.

Import this before the package: the floor's session is made with botocore's handlers as they were before the package
added its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import botocore.session
from botocore import handlers
from botocore.awsrequest import AWSResponse
from measuring import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import StreamsMock

_BOTOCORES_OWN = list(handlers.BUILTIN_HANDLERS)

#: As the mock signs with, whatever a client has: a token is one header more to sign.
_CREDENTIALS = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), "testing")


class _Raw:
    """What botocore reads an answer from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def client_of(session: Any) -> Any:
    """A client of DynamoDB Streams, made the same way from any session."""
    return session.client("dynamodbstreams", region_name="us-east-1", **_CREDENTIALS)


def against_floor(streams: StreamsMock, operation: str, **request: Any) -> Pair:
    """A call answered by us, and the same call answered by a handler that has the same bytes at hand.

    Raises:
        RuntimeError: the floor's client is answered by us too.
    """
    ours, floor = client_of(boto3.Session()), client_of(_session_without_hooks())
    headers, body = _answer(ours, operation, request)
    floor.meta.events.register(
        "before-send.dynamodb-streams", lambda request, **_: AWSResponse(request.url, 200, headers, _Raw(body))
    )
    before = len(streams.calls)
    getattr(floor, operation)(**request)
    if len(streams.calls) > before:
        raise RuntimeError("the floor has the package's hooks: import clients before the package")
    return Pair(lambda: getattr(ours, operation)(**request), lambda: getattr(floor, operation)(**request))


def _session_without_hooks() -> Any:
    with patch.object(handlers, "BUILTIN_HANDLERS", _BOTOCORES_OWN):
        return boto3.Session(botocore_session=botocore.session.get_session())


def _answer(client: Any, operation: str, request: dict[str, Any]) -> tuple[Any, bytes]:
    """Headers and body of our answer."""
    seen: list[dict[str, Any]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        seen.append(response_dict)

    event = "response-received.dynamodb-streams"
    client.meta.events.register(event, keep)
    getattr(client, operation)(**request)
    client.meta.events.unregister(event, keep)
    return seen[0]["headers"], seen[0]["body"]
