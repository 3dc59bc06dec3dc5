"""Clients of the service: one that is made quickly, and one that no hook reaches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader, create_loader
from botocore.session import Session

from .._exceptions import InvalidOption
from .botocore_answer import answer_request, sign_with_dummies
from .botocore_hook import SERVICE, service_of
from .client_tracking import SEND_EVENT, SIGN_EVENT, replace_handler

if TYPE_CHECKING:
    from .._service import Service


def make_client(region: str) -> Any:
    """Make a ``dynamodbstreams`` client with its own session: boto3's if boto3 is installed, else botocore's."""
    session = Session()
    loader = _loader()
    session.register_component("data_loader", loader)
    try:
        import boto3
    except ImportError:
        return session.create_client(SERVICE, region_name=region)
    paths = list(loader.search_paths)
    client = boto3.Session(botocore_session=session).client(SERVICE, region_name=region)
    # Each boto3 session adds its own folder, which has no data of this service.
    loader.search_paths[:] = paths
    return client


@cache
def _loader() -> Loader:
    """Return a loader that all clients share: it reads botocore's data once, which takes a third of a second."""
    return create_loader()


def attach(client: Any, service: Service) -> None:
    """Answer all calls of a client with a service, whether its mock is open or not; the mock attached last answers.

    Raises:
        InvalidOption: it is a client of another service, or no client.
    """
    if service_of(client) != SERVICE:
        raise InvalidOption(f"attach() takes a client of {SERVICE!r}, not {client!r}")

    events: Any = client.meta.events

    def on_send(request: Any, **_: Any) -> Any:
        return answer_request(request, service, events)

    def on_sign(request: Any, **_: Any) -> None:
        sign_with_dummies(request)

    for event, handler in ((SEND_EVENT, on_send), (SIGN_EVENT, on_sign)):
        replace_handler(events.register_first, events, event, handler)
