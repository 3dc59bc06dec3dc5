"""Requests that were signed by hand and are sent through `requests`, answered by way of `responses`.

The hook is at the choice of an adapter for a URL, not at the sending: other mocks replace ``HTTPAdapter.send``, and
none of their requests comes here, in whichever order the mocks start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.exceptions import ReadTimeout
from requests.sessions import Session

from .._children import inheritance
from .._clock import calling
from .._environment import endpoint
from .._exceptions import AnswerLost
from .._service import innermost
from .._wire import STREAMS_HOST, answer
from .http_requests import host_of, http_request_of
from .refusals import refuse_in_child, refuse_stale

if TYPE_CHECKING:
    from .._service import Service


def install() -> None:
    """Wrap the choice of an adapter, for hosts of DynamoDB Streams while a mock is open."""
    choose = Session.get_adapter

    def get_adapter(self: Session, url: str | bytes) -> Any:
        adapter = _adapter_for(host) if STREAMS_HOST.fullmatch(host := host_of(url)) else None
        return adapter or choose(self, url)  # type: ignore[arg-type] # the stubs know no URL in bytes

    Session.get_adapter = get_adapter  # type: ignore[method-assign] # on purpose


def _adapter_for(host: str) -> HTTPAdapter | None:
    """Return the adapter for a host of the service; None: the request goes where it is sent."""
    service, inherited, call = innermost(), inheritance(), f"The service at {host}"
    refused = refuse_stale(call, service)
    if refused is not None:
        refused.fail()
    if service is not None:
        return StreamsAdapter(service)
    if inherited is None:
        return None
    url = endpoint()
    return RedirectingAdapter(url) if url else refuse_in_child(call, inherited).fail()


class RedirectingAdapter(HTTPAdapter):
    """An adapter that sends to a server of the mock of the parent process."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: Any, *rest: Any, **named: Any) -> Any:
        """Send a prepared request to the server."""
        request.url = self._url
        return super().send(request, *rest, **named)


class StreamsAdapter(HTTPAdapter):
    """An adapter that sends nothing."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        """Answer a prepared request."""
        # Imported here: it costs 160 ms, which a test without requests need not pay.
        from responses import CallbackResponse

        faked = CallbackResponse(request.method, request.url, self._reply, content_type=None)
        return self.build_response(request, faked.get_response(request))

    def _reply(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        try:
            with calling():
                reply = answer(http_request_of(request), self._service)
        except AnswerLost as lost:
            raise ReadTimeout(lost, request=request) from None
        return reply.status, reply.headers, reply.body
