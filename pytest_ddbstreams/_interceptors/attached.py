"""A client that no hook can reach, answered by one mock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._exceptions import InvalidOption
from .botocore_answer import sign_with_dummies
from .botocore_hook import (
    SEND_EVENT,
    SERVICE,
    SIGN_EVENT,
    answer_request,
    service_of,
)

if TYPE_CHECKING:
    from .._service import Service

_ID = "pytest-ddbstreams-attached"


def attach(client: Any, service: Service) -> None:
    """Have all calls of a client answered by this service, be its mock open or not.

    Raises:
        InvalidOption: it is a client of another service, or none.
    """
    if service_of(client) != SERVICE:
        raise InvalidOption(f"attach() takes a client of {SERVICE!r}, not {client!r}")

    events: Any = client.meta.events

    def on_send(request: Any, **_: Any) -> Any:
        return answer_request(request, service, events)

    def on_sign(request: Any, **_: Any) -> None:
        sign_with_dummies(request)

    for event, handler in ((SEND_EVENT, on_send), (SIGN_EVENT, on_sign)):
        # The last mock that a client was attached to answers it.
        unique_id = f"{_ID}/{event}"
        events.unregister(event, unique_id=unique_id)
        events.register_first(event, handler, unique_id=unique_id)
