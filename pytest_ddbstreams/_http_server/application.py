"""From HTTP to whom it concerns: the control API under its prefix, the streams everywhere else.

What is refused here, before either, is refused in the server's own name, which no client takes for the service's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from .. import _json
from .._exceptions import StreamsMockError
from .._interceptors.loopback import answer_over_http
from . import control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .._api.mock import StreamsMock

PREFIX = "/_ddbstreams"

#: Bytes in a body. The service's own bound is 1 MB; a control request may bring many items.
MOST_OF_A_REQUEST = 2**20
MOST_OF_A_CONTROL_REQUEST = 2**24


class Application:
    """A WSGI application that serves one mock.

    Args:
        streams: the mock.
        may_name: whether a Host header may name a host.
    """

    def __init__(self, streams: StreamsMock, may_name: Callable[[str], bool]) -> None:
        self._streams = streams
        self._may_name = may_name

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or close its connection without an answer."""
        request = Request(environment)
        try:
            self._check_sender(request)
            answering = self._steer if request.path.startswith(PREFIX) else self._answer
            response = answering(request)
        except _Refused as refused:
            response = _json_response(
                refused.status, {"error": refused.error, "message": str(refused)}, refused.headers
            )
        return response(environment, start_response)

    def _check_sender(self, request: Request) -> None:
        """Refuse what a web page had its browser send: nobody's tests do that, and no page is to steer them."""
        host = _host_of(request.headers.get("host", "localhost"))
        if not self._may_name(host):
            raise _Refused(
                403, "ForbiddenHost", f"the Host header names {host!r}, which is not this machine's loopback"
            )
        if "origin" in request.headers:
            raise _Refused(403, "ForbiddenOrigin", "a request with an Origin header comes from a web page")

    def _answer(self, request: Request) -> Response:
        host = _host_of(request.headers.get("host", ""))
        body = _body(request, MOST_OF_A_REQUEST)
        headers = {name.lower(): value for name, value in request.headers}
        service = self._streams._service  # noqa: SLF001 - serving is another of the mock's doors
        reply = answer_over_http(request.method, host, headers, body, service)
        if reply is None:
            raise ConnectionAbortedError  # werkzeug then sends nothing
        return Response(reply.body, reply.status, reply.headers)

    def _steer(self, request: Request) -> Response:
        verb = request.path.removeprefix(PREFIX).strip("/")
        if verb not in control.VERBS:
            raise _Refused(404, "UnknownVerb", f"no verb {verb!r}; there are: {', '.join(control.VERBS)}")
        if request.method != "POST":
            raise _Refused(405, "MethodNotAllowed", f"{verb} takes POST, not {request.method}", {"Allow": "POST"})
        try:
            arguments = _arguments(_body(request, MOST_OF_A_CONTROL_REQUEST))
            return _json_response(200, {"result": control.perform(self._streams, verb, arguments)})
        except (StreamsMockError, AssertionError) as error:
            raise _Refused(400, type(error).__name__, str(error)) from None


class _Refused(Exception):
    """A refusal by the server itself."""

    def __init__(self, status: int, error: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.headers = headers or {}


def _body(request: Request, most: int) -> bytes:
    """The whole body; one that is too large is refused by its Content-Length, else as soon as it shows."""
    too_large = _Refused(413, "RequestTooLarge", f"the body has more than {most} bytes; send it in parts")
    if (request.content_length or 0) > most:
        raise too_large
    # One more, because werkzeug cuts a body in chunks there without a word.
    request.max_content_length = most + 1
    try:
        body = request.get_data(cache=False)
    except (HTTPException, OSError) as error:
        raise _Refused(400, "BadRequest", f"the body cannot be read: {error}") from None
    if len(body) > most:
        raise too_large
    return body


def _arguments(body: bytes) -> dict[str, Any]:
    """The arguments of a verb; an empty body has none."""
    try:
        arguments = _json.decode_exactly(body or b"{}")
    except ValueError as error:
        raise _Refused(400, "BadRequest", f"the body is no JSON: {error}") from None
    if not isinstance(arguments, dict) or _json.is_nested_deeper(arguments, control.DEEPEST):
        raise _Refused(400, "BadRequest", f"the body is no JSON object of at most {control.DEEPEST} levels")
    return arguments


def _json_response(status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(_json.encode(document), status, headers, content_type="application/json")


def _host_of(header: str) -> str:
    """The host that a Host header names; empty where it makes no sense."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
