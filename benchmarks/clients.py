"""boto3 clients that are identical except for the interceptor that answers them.

Import this module before the package and moto: it looks at which handlers each of them adds to botocore's.
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
from measuring import Comparison, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR = "floor"
STUBBER = "Stubber"
MOTO = "moto"

#: The mock signs with these, whatever credentials a client has. A session token makes one more header to sign.
_CREDENTIALS = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), "testing")

_BOTOCORES_HANDLERS = tuple(handlers.BUILTIN_HANDLERS)


def _added_by(module: str) -> tuple[Any, ...]:
    """Import a module, and return the handlers that it adds to botocore's.

    Raises:
        RuntimeError: the module was imported before.
    """
    before = len(handlers.BUILTIN_HANDLERS)
    import_module(module)
    if len(handlers.BUILTIN_HANDLERS) == before:
        raise RuntimeError(f"{module} added no handlers to botocore's: import benchmarks/clients.py before it")
    return tuple(handlers.BUILTIN_HANDLERS[before:])


#: Handlers of a process in which only one interceptor is installed.
_HANDLERS = {
    "botocore": _BOTOCORES_HANDLERS,
    "ours": _BOTOCORES_HANDLERS + _added_by("pytest_ddbstreams._lifecycle"),
    MOTO: _BOTOCORES_HANDLERS + _added_by("moto.core.models"),
}


class _Raw:
    """The body of a response, for botocore to read."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@dataclass(frozen=True, slots=True)
class Call:
    """A method of a client, and its arguments."""

    operation: str
    request: dict[str, Any] = field(default_factory=dict)

    def send(self, client: Any) -> Any:
        """Call the method, and return its response."""
        return getattr(client, self.operation)(**self.request)

    def variant(self, client: Any) -> Variant:
        """Return the call as a variant to time."""
        method, request = getattr(client, self.operation), self.request
        return Variant(lambda: method(**request))


def session_of(interceptor: str) -> Any:
    """Return a session whose clients are answered by ``ours`` or ``moto``, or with ``botocore`` by no interceptor."""
    with patch.object(handlers, "BUILTIN_HANDLERS", list(_HANDLERS[interceptor])):
        return boto3.Session(botocore_session=botocore.session.get_session())


def client_of(interceptor: str, region: str = "us-east-1") -> Any:
    """Return a client of DynamoDB Streams, made the same way for each interceptor."""
    # moto does not answer account-based host names.
    config = Config(account_id_endpoint_mode="disabled")
    return session_of(interceptor).client("dynamodbstreams", region_name=region, config=config, **_CREDENTIALS)


def compare(call: Call, moto: Variant | None = None) -> Comparison:
    """Compare a call with botocore alone, which has the response's bytes, and with botocore's Stubber.

    Args:
        call: the call; a mock that can answer it is open.
        moto: the same call to moto, if moto can answer it.
    """
    ours = client_of("ours")
    others = {FLOOR: _floor(ours, call), STUBBER: _stubber(call.send(ours), call)}
    return Comparison(call.variant(ours), others if moto is None else {**others, MOTO: moto})


def _floor(ours: Any, call: Call) -> Variant:
    headers, body = _response_to(ours, call)
    floor = client_of("botocore")
    floor.meta.events.register(
        "before-send.dynamodb-streams", lambda request, **_: AWSResponse(request.url, 200, headers, _Raw(body))
    )
    return call.variant(floor)


def _stubber(response: dict[str, Any], call: Call) -> Variant:
    client = client_of("botocore")
    stubber = Stubber(client)
    stubber.activate()
    parsed = {name: value for name, value in response.items() if name != "ResponseMetadata"}

    def queue(runs: int) -> None:
        # A Stubber gives each response once, and checks it when it is queued.
        for _ in range(runs):
            stubber.add_response(call.operation, parsed, call.request)

    return Variant(call.variant(client).run, queue)


def _response_to(client: Any, call: Call) -> tuple[Any, bytes]:
    """Return the headers and the body of the response to a call."""
    seen: list[dict[str, Any]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        seen.append(response_dict)

    event = "response-received.dynamodb-streams"
    client.meta.events.register(event, keep)
    call.send(client)
    client.meta.events.unregister(event, keep)
    return seen[0]["headers"], seen[0]["body"]


@contextmanager
def table_of_moto(region: str = "us-east-1") -> Iterator[Any]:
    """Open `mock_aws`, and yield a table with a stream."""
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
