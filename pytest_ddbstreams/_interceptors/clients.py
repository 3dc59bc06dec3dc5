"""Clients of the service: the event handlers of each, a client that is attached to a mock, one that is made quickly.

A thread or a task that outlives its test polls on, and its next call would leave for AWS with any credentials that it
finds. So the handlers of a client refuse its calls once its mock is closed. A client that was never made or
called while a mock was open, such as that of an integration test in the same run, is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from botocore.credentials import Credentials

from .._children import inheritance
from .._exceptions import InvalidOption
from .._service import innermost
from .._work import stale_work
from .botocore_answer import ANSWERED, Answer, answer_request, redirect_to_server, sign_with_dummies
from .http_requests import host_of, is_aws
from .refusals import Refused, refuse_closed, refuse_stale

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._service import Service
    from .._strictness import LateCalls

SERVICE = "dynamodbstreams"
_SEND_EVENT = "before-send.dynamodb-streams"
_SIGN_EVENT = "before-sign.dynamodb-streams"


def service_of(client: Any) -> str | None:
    """Return the name of a client's service; None: the object is not a client."""
    meta = getattr(client, "meta", None)
    return getattr(getattr(meta, "service_model", None), "service_name", None)


def add_handlers(events: Any) -> None:
    """Add handlers to a client of the service.

    They answer its calls while a mock is open. When the last mock with which it was made or called is closed, they
    refuse its calls.

    Args:
        events: the emitter of the client's events.
    """
    handlers = _ClientHandlers(events)
    _replace_handler(events.register, events, _SIGN_EVENT, handlers.on_sign)
    _replace_handler(events.register, events, _SEND_EVENT, handlers.on_send)
    # Last, so that the answer of any other mock comes before the refusal.
    _replace_handler(events.register_last, events, "before-send", handlers.on_send_to_aws)


class _ClientHandlers:
    """The event handlers of one client.

    Args:
        events: the emitter of the client's events, which stands for the client because it lives as long.
    """

    def __init__(self, events: Any) -> None:
        # Weak, because the emitter keeps the handlers.
        self._client = ref(events)
        self._late_calls = late_calls_of(innermost())

    def on_sign(self, request: Any, request_signer: Any, **_: Any) -> None:
        service = innermost()
        if service is not None:
            self._late_calls = late_calls_of(service)
            # Credentials that stand in the client stay: they say who calls, an assumed role of moto's, say. Others may
            # be asked for over the network.
            if service.options.mock_credentials and type(_credentials_of(request_signer)) is not Credentials:
                sign_with_dummies(request)
        # Without credentials botocore's error would name the credentials, and not the reason of the refusal.
        elif _credentials_of(request_signer) is None and self._is_refused(request):
            sign_with_dummies(request)

    def _is_refused(self, request: Any) -> bool:
        """Return whether a request is refused, or redirected in a child process, while no mock is open."""
        return is_aws(host_of(request.url)) and bool(self._late_calls or inheritance() or stale_work())

    def on_send(self, request: Any, event_name: str, **_: Any) -> Answer | Refused | None:
        if request.url == ANSWERED:  # the handler of an attached client has answered
            return None
        service = innermost()
        if service is None:
            return redirect_to_server(request, _call_of(event_name))
        return _answer(request, event_name, service, self._client())

    def on_send_to_aws(self, request: Any, event_name: str, **_: Any) -> Refused | None:
        # `on_send` answers if a mock is open. This does not ask which mock is open: a mock may close between the
        # signing of a request and its sending.
        if request.url == ANSWERED or not is_aws(host := host_of(request.url)):
            return None
        stale = refuse_stale(_call_of(event_name))
        if stale is not None or self._late_calls is None:
            return stale
        return refuse_closed(_call_of(event_name), host, self._late_calls)


def _answer(request: Any, event_name: str, service: Service, client: object | None) -> Answer | Refused | None:
    """Answer a request with a service, unless stale work of another mock sends it."""
    if stale_work(service) is None:
        return answer_request(request, service, client)
    request.url = ANSWERED
    return refuse_stale(_call_of(event_name), service)


def _call_of(event_name: str) -> str:
    return event_name.partition(".")[2]


def _credentials_of(request_signer: Any) -> Any:
    return getattr(request_signer, "_credentials", None)


def late_calls_of(service: Service | None) -> LateCalls | None:
    """Return the late calls of a mock; None: there is no mock, or it lets calls through."""
    return service.findings.late_calls if service is not None and service.options.block_network else None


def attach(client: Any, service: Service) -> None:
    """Answer all calls of a client with a service, whether its mock is open or not; the mock attached last answers.

    Raises:
        InvalidOption: it is a client of another service, or no client.
    """
    if service_of(client) != SERVICE:
        raise InvalidOption(f"attach() takes a client of {SERVICE!r}, not {client!r}")

    events: Any = client.meta.events

    def on_send(request: Any, event_name: str, **_: Any) -> Any:
        return _answer(request, event_name, service, events)

    def on_sign(request: Any, **_: Any) -> None:
        sign_with_dummies(request)

    for event, handler in ((_SEND_EVENT, on_send), (_SIGN_EVENT, on_sign)):
        _replace_handler(events.register_first, events, event, handler)


def _replace_handler(register: Callable[..., None], events: Any, event: str, handler: Callable[..., Any]) -> None:
    """Register a handler of one client, in place of the one that was registered before in the same way.

    A session that is made with the events of a client copies the handlers of that client.

    Args:
        register: the method of the emitter that registers the handler.
        events: the emitter of the client's events.
        event: the name of the event.
        handler: the handler.
    """
    unique_id = f"pytest-ddbstreams/{register.__name__}/{event}"
    events.unregister(event, unique_id=unique_id)
    register(event, handler, unique_id=unique_id)


def make_client(region: str) -> Any:
    """Make a ``dynamodbstreams`` client with its own session: boto3's if boto3 is installed, else botocore's."""
    # Imported here: this module is imported while botocore's session may be half imported.
    from botocore.session import Session

    session = Session()
    try:
        import boto3
    except ImportError:
        return session.create_client(SERVICE, region_name=region)
    return boto3.Session(botocore_session=session).client(SERVICE, region_name=region)
