"""The event hooks that botocore's clients, sync and async, take over from ``BUILTIN_HANDLERS``.

``before-send`` is emitted to every handler, and the first answer counts, the more specific event name being first.
Imported once botocore is.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from botocore.handlers import BUILTIN_HANDLERS, REGISTER_LAST

from .._exceptions import NetworkBlocked
from .._options import how_to_set
from .._service import Service, innermost
from .._wire import answer, describe_table
from .aws_hosts import is_aws
from .botocore_answer import (
    ANSWERED,
    Answer,
    Refused,
    sign_with_dummies,
)
from .client_tracking import ClientMemory
from .existing_clients import sessions_and_clients
from .prepared_requests import host_of, http_request_of

SERVICE = "dynamodbstreams"
SEND_EVENT = "before-send.dynamodb-streams"
SIGN_EVENT = "before-sign.dynamodb-streams"
_ANY_SEND_EVENT = "before-send"
_SEND_ID = "pytest-ddbstreams-answer"


def install() -> None:
    """Add the hooks to what every session copies, and to the sessions and clients that are there already."""
    BUILTIN_HANDLERS.extend(_HOOKS)
    for made_before in sessions_and_clients():
        _hook_up(made_before)


def service_of(client: Any) -> str | None:
    """The service of a client; None for what is none."""
    meta = getattr(client, "meta", None)
    return getattr(getattr(meta, "service_model", None), "service_name", None)


def answer_request(request: Any, service: Service, client: object | None) -> Answer:
    """Answer a prepared botocore request of a client."""
    url = request.url
    reply = answer(http_request_of(request, client), service)
    # moto's handler runs after this one, and would put its exception in place of this answer.
    request.url = ANSWERED
    return Answer(url, reply.status, reply.headers, reply.body)


def _hook_up(made_before: Any) -> None:
    """Add the hooks to a client, or to a session and so to the clients that it makes from now on."""
    service_name = service_of(made_before)
    events = made_before.meta.events if service_name else made_before.get_component("event_emitter")
    for event, handler, *is_last in _HOOKS:
        (events.register_last if is_last else events.register)(event, handler)
    if service_name == SERVICE:
        _have_remember(events)


class Remembering:
    """A base of every client class that is made for the service."""

    meta: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        _have_remember(self.meta.events)


def _have_remember(events: Any) -> None:
    """Give a client of the service its memory, which refuses what the hook of all services would, and more.

    Its requests are answered by a handler that knows the client; the emitter of its events lives as long as the client.
    """
    events.unregister(_ANY_SEND_EVENT, _on_send_elsewhere)
    events.unregister(SEND_EVENT, _on_send)
    client = ref(events)

    def on_send(request: Any, **_: Any) -> Answer | None:
        return _on_send(request, client())

    events.register(SEND_EVENT, on_send, unique_id=_SEND_ID)
    ClientMemory(events)


def _on_creating_class(base_classes: list[type], **_: Any) -> None:
    # Who makes a session of another's event hooks may have this called twice.
    if Remembering not in base_classes:
        base_classes.insert(0, Remembering)


def _on_send(request: Any, client: object | None = None, **_: Any) -> Answer | None:
    service = innermost()
    # An attached client's own handler may have answered before.
    return None if service is None or request.url == ANSWERED else answer_request(request, service, client)


def _on_sign_describe_table(request: Any, request_signer: Any, **_: Any) -> None:
    service = innermost()
    # Only where there are none: the table may be at a host that knows the user's own.
    lacks_them = getattr(request_signer, "_credentials", None) is None
    if lacks_them and service is not None and service.options.mock_credentials:
        sign_with_dummies(request)


def _on_send_elsewhere(request: Any, event_name: str, **_: Any) -> Answer | Refused | None:
    service = innermost()
    host = host_of(request.url)
    if service is None or not is_aws(host):
        return None
    call = event_name.removeprefix("before-send.")
    reply = describe_table(http_request_of(request), service) if call == "dynamodb.DescribeTable" else None
    if reply is not None:
        return Answer(request.url, reply.status, reply.headers, reply.body)
    return _refused(call, host, service) if service.options.block_network else None


def _refused(call: str, host: str, service: Service) -> Refused:
    return Refused(
        NetworkBlocked(
            f"{call} would have gone to {host}, and nothing answered it. Answer it with moto's "
            "mock_aws or botocore's Stubber, or point endpoint_url at loopback; to let it through, set "
            f"{how_to_set('block_network', value=False)}"
        ),
        service.findings.unanswered,
    )


_HOOKS: tuple[tuple[Any, ...], ...] = (
    ("creating-client-class.dynamodb-streams", _on_creating_class),
    (SEND_EVENT, _on_send),
    ("before-sign.dynamodb.DescribeTable", _on_sign_describe_table),
    # Last, so that the answer of any other mock comes before this refusal.
    (_ANY_SEND_EVENT, _on_send_elsewhere, REGISTER_LAST),
)
