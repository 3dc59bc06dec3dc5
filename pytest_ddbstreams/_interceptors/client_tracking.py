"""The event handlers of each client of the service, which know the client and the mock that it was used with.

A thread or a task that outlives its test polls on, and its next call would leave for AWS with any credentials that it
finds. So a client is refused once its mock is closed. A client that was never made or called while a mock was open,
such as that of an integration test in the same run, is let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from .._exceptions import NetworkBlocked
from .._options import how_to_set
from .._service import innermost
from .botocore_answer import ANSWERED, Answer, Refused, answer_request, sign_with_dummies
from .http_requests import host_of, is_aws
from .process_state import late_calls_of, outlived_by_this_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._strictness import LateCalls

SEND_EVENT = "before-send.dynamodb-streams"
SIGN_EVENT = "before-sign.dynamodb-streams"


def add_handlers(events: Any) -> None:
    """Add handlers to a client of the service.

    They answer its calls while a mock is open. When the last mock with which it was made or called is closed, they
    refuse its calls.

    Args:
        events: the emitter of the client's events.
    """
    handlers = _ClientHandlers(events)
    replace_handler(events.register, events, SIGN_EVENT, handlers.on_sign)
    replace_handler(events.register, events, SEND_EVENT, handlers.on_send)
    # Last, so that the answer of any other mock comes before the refusal.
    replace_handler(events.register_last, events, "before-send", handlers.on_send_to_aws)


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
            if service.options.mock_credentials:
                sign_with_dummies(request)
        # Without credentials botocore's error would name the credentials, and not the closed mock.
        elif getattr(request_signer, "_credentials", None) is None and self._closed() and is_aws(host_of(request.url)):
            sign_with_dummies(request)

    def on_send(self, request: Any, **_: Any) -> Answer | None:
        service = innermost()
        # The handler of an attached client may have answered already.
        return None if service is None or request.url == ANSWERED else answer_request(request, service, self._client())

    def on_send_to_aws(self, request: Any, event_name: str, **_: Any) -> Refused | None:
        # `on_send` has answered if a mock is open, and the URL names no host of AWS any more. This does not ask which
        # mock is open, because a mock may close between the signing of a request and its sending.
        closed, host = self._closed(), host_of(request.url)
        if closed is None or not is_aws(host):
            return None
        return Refused(
            NetworkBlocked(
                f"{event_name.partition('.')[2]} would have gone to {host}, but {closed} is closed, and this client or "
                "its thread was made or used while it was open. Stop the code that goes on calling before the test "
                "ends. To reach AWS, use a client and a thread that are made while no mock is open, or set "
                f"{how_to_set('block_network', value=False)}"
            ),
            closed,
        )

    def _closed(self) -> LateCalls | None:
        return self._late_calls or outlived_by_this_thread()


def replace_handler(register: Callable[..., None], events: Any, event: str, handler: Callable[..., Any]) -> None:
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
