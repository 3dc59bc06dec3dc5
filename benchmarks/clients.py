"""boto3 clients that differ in one thing: who answers them.

Import this before the package and moto: who adds handlers to botocore's is found out by what is there before and after.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import botocore.session
from botocore import handlers
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import Stubber
from measuring import Contest, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR = "floor"
STUBBER = "Stubber"
MOTO = "moto"

#: As the mock signs with, whatever a client has: a token is one header more to sign.
_CREDENTIALS = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), "testing")

_OWN = tuple(handlers.BUILTIN_HANDLERS)


def _added_by(module: str) -> tuple[Any, ...]:
    """The handlers that a module adds to botocore's when it is imported.

    Raises:
        RuntimeError: it was imported already.
    """
    before = len(handlers.BUILTIN_HANDLERS)
    import_module(module)
    if len(handlers.BUILTIN_HANDLERS) == before:
        raise RuntimeError(f"{module} added no handlers to botocore's: import benchmarks/clients.py before it")
    return tuple(handlers.BUILTIN_HANDLERS[before:])


#: Who answers, and what of all the handlers here a process would have that has only that installed.
_HANDLERS = {
    "botocore": _OWN,
    "ours": _OWN + _added_by("pytest_ddbstreams._lifecycle"),
    MOTO: _OWN + _added_by("moto.core.models"),
}


class _Raw:
    """What botocore reads an answer from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the API, by the name of its method, and what it is asked."""

    operation: str
    request: dict[str, Any] = field(default_factory=dict)

    def of(self, client: Any) -> Any:
        """The answer that a client gets."""
        return getattr(client, self.operation)(**self.request)

    def way(self, client: Any) -> Way:
        """The call, to be timed."""
        method, request = getattr(client, self.operation), self.request
        return Way(lambda: method(**request))


def session_of(who: str) -> Any:
    """A session whose clients only one can answer: ``ours``, ``moto``, or for ``botocore`` nobody yet."""
    with patch.object(handlers, "BUILTIN_HANDLERS", list(_HANDLERS[who])):
        return boto3.Session(botocore_session=botocore.session.get_session())


def client_of(who: str, region: str = "us-east-1") -> Any:
    """A client of DynamoDB Streams, made the same way whoever answers it."""
    # moto answers no host that is of one account.
    config = Config(account_id_endpoint_mode="disabled")
    return session_of(who).client("dynamodbstreams", region_name=region, config=config, **_CREDENTIALS)


def contest_of(call: Call, moto: Way | None = None) -> Contest:
    """A call answered by us; with the same bytes, by a bare handler; with the same answer, by botocore's Stubber.

    Args:
        call: what our client is asked; a mock that can answer is open.
        moto: the same asked of moto, if it can answer.
    """
    ours = client_of("ours")
    others = {FLOOR: _floor(ours, call), STUBBER: _stubber(call.of(ours), call)}
    return Contest(call.way(ours), others if moto is None else {**others, MOTO: moto})


def _floor(ours: Any, call: Call) -> Way:
    """What botocore itself costs: a handler that has the bytes of our answer at hand."""
    headers, body = _answer(ours, call)
    floor = client_of("botocore")
    floor.meta.events.register(
        "before-send.dynamodb-streams", lambda request, **_: AWSResponse(request.url, 200, headers, _Raw(body))
    )
    return call.way(floor)


def _stubber(answer: dict[str, Any], call: Call) -> Way:
    client = client_of("botocore")
    stubber = Stubber(client)
    stubber.activate()
    parsed = {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def queue(runs: int) -> None:
        # It gives each answer once, and checks it when it is queued.
        for _ in range(runs):
            stubber.add_response(call.operation, parsed, call.request)

    return Way(call.way(client).run, queue)


def _answer(client: Any, call: Call) -> tuple[Any, bytes]:
    """Headers and body of our answer."""
    seen: list[dict[str, Any]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        seen.append(response_dict)

    event = "response-received.dynamodb-streams"
    client.meta.events.register(event, keep)
    call.of(client)
    client.meta.events.unregister(event, keep)
    return seen[0]["headers"], seen[0]["body"]


@contextmanager
def table_of_moto(region: str = "us-east-1") -> Iterator[Any]:
    """A table with a stream, in a `mock_aws` of its own."""
    from moto import mock_aws

    with mock_aws():
        yield (
            session_of(MOTO)
            .resource("dynamodb", region_name=region)
            .create_table(
                TableName="table",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )
        )
