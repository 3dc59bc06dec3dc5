"""Requests that were signed by hand and are sent through `requests`, answered by way of `responses`.

The hook is at the choice of an adapter for a URL, not at the sending: other mocks replace ``HTTPAdapter.send``, and
none of their requests comes here, in whichever order the mocks start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.exceptions import ReadTimeout
from requests.sessions import Session

from .._exceptions import AnswerLost
from .._service import innermost
from .._wire import STREAMS_HOST, answer
from .http_requests import host_of, http_request_of

if TYPE_CHECKING:
    from .._service import Service


def install() -> None:
    """Wrap the choice of an adapter, for hosts of DynamoDB Streams while a mock is open."""
    choose = Session.get_adapter

    def get_adapter(self: Session, url: str | bytes) -> Any:
        service = innermost()
        if service is not None and STREAMS_HOST.fullmatch(host_of(url)):
            return StreamsAdapter(service)
        return choose(self, url)  # type: ignore[arg-type] # the stubs know no URL in bytes

    Session.get_adapter = get_adapter  # type: ignore[method-assign] # on purpose


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
            reply = answer(http_request_of(request), self._service)
        except AnswerLost as lost:
            raise ReadTimeout(lost, request=request) from None
        return reply.status, reply.headers, reply.body
