"""Requests that were signed by hand and are sent through ``requests``, answered by way of ``responses``.

Hooked in where a session picks the adapter of a URL, not where adapters send: other mocks replace
``HTTPAdapter.send``, and this way none of their traffic ever comes by here, in whichever order they start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.sessions import Session

from .._service import innermost
from .._wire import STREAMS_HOST, answer
from .prepared_requests import host_of, http_request_of

if TYPE_CHECKING:
    from .._service import Service


def install() -> None:
    """Wrap the choice of an adapter; all but DynamoDB Streams hosts, and all while no mock is open, pass on."""
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
        # Imported here: it costs 160 ms, and only those who use requests should pay.
        from responses import CallbackResponse

        faked = CallbackResponse(request.method, request.url, self._reply, content_type=None)
        return self.build_response(request, faked.get_response(request))

    def _reply(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        reply = answer(http_request_of(request), self._service)
        return reply.status, reply.headers, reply.body
