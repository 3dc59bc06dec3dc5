"""The event hooks that the clients of botocore and aiobotocore copy from ``BUILTIN_HANDLERS``.

``before-send`` is emitted to every handler, and the first answer counts; handlers of more specific events come first.
Clients of the service get handlers of their own (`clients`). This module is imported after botocore.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS, REGISTER_LAST

from .._service import innermost
from .._wire import describe_table
from .._work import stale_work
from .botocore_answer import ANSWERED, Answer, redirect_to_server, sign_with_dummies
from .clients import SERVICE, add_handlers, service_of
from .http_requests import host_of, http_request_of, is_aws
from .refusals import Refused, refuse_elsewhere

_DESCRIBE_TABLE = "dynamodb.DescribeTable"
_KINDS = (("botocore.session", "Session"), ("botocore.client", "BaseClient"))


def install() -> None:
    """Add the hooks to the handlers that every session copies, and to the sessions and clients that exist already."""
    BUILTIN_HANDLERS.extend(_HOOKS)
    for existing in sessions_and_clients():
        hook_up(existing)


def sessions_and_clients() -> list[Any]:
    """Return the sessions and clients that were made before the hooks: the garbage collector alone knows them.

    Under pytest there are none as a rule, because the plugin is loaded before any conftest. They come from a
    ``sitecustomize``, from another plugin, or from ``import boto3`` before this package outside pytest.
    """
    # A module that is being imported does not have its names yet.
    found = (getattr(sys.modules.get(module), name, None) for module, name in _KINDS)
    kinds = tuple(kind for kind in found if kind is not None)
    # Not isinstance: it reads __class__ of every object, and some lazy objects load something then.
    return [thing for thing in gc.get_objects() if issubclass(type(thing), kinds)] if kinds else []


def hook_up(existing: Any) -> None:
    """Add the hooks to a client, or to a session and so to the clients that it makes from now on."""
    service_name = service_of(existing)
    events = existing.meta.events if service_name else existing.get_component("event_emitter")
    for event, handler, *is_last in _HOOKS:
        (events.register_last if is_last else events.register)(event, handler)
    if service_name == SERVICE:
        add_handlers(events)


class TrackedClient:
    """A base of every client class of the service."""

    meta: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        add_handlers(self.meta.events)


def _on_creating_class(base_classes: list[type], **_: Any) -> None:
    # A session that is made with the hooks of another session calls this twice.
    if TrackedClient not in base_classes:
        base_classes.insert(0, TrackedClient)


def _on_sign_tables(request: Any, request_signer: Any, **_: Any) -> None:
    """Sign a request of DynamoDB whose client was made without credentials, such as one that is made at import."""
    service = innermost()
    # Only without credentials: the table may be at a host that knows the user's own credentials.
    lacks_credentials = getattr(request_signer, "_credentials", None) is None
    if lacks_credentials and service is not None and service.options.mock_credentials:
        sign_with_dummies(request)


def _on_send_elsewhere(request: Any, event_name: str, **_: Any) -> Answer | Refused | None:
    if request.url == ANSWERED or not is_aws(host := host_of(request.url)):
        return None
    call, service = event_name.removeprefix("before-send."), innermost()
    if call == _DESCRIBE_TABLE and stale_work(service) is None:
        if service is None:
            return redirect_to_server(request, call)
        reply = describe_table(http_request_of(request), service)
        if reply is not None:
            return Answer(request.url, reply.status, reply.headers, reply.body)
    return refuse_elsewhere(call, host)


_HOOKS: tuple[tuple[Any, ...], ...] = (
    ("creating-client-class.dynamodb-streams", _on_creating_class),
    ("before-sign.dynamodb", _on_sign_tables),
    # Last, so that the answer of any other mock comes before this refusal.
    ("before-send", _on_send_elsewhere, REGISTER_LAST),
)
