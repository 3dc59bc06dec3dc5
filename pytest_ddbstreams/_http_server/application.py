"""A WSGI application that serves one mock: the control API below its prefix, the operations at every other path.

A request that the application refuses itself gets a JSON error in a form that no AWS SDK takes for the service's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from .. import _json
from .._exceptions import StreamsMockError, short
from .._wire import HttpRequest, answer
from . import control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from .._api.mock import StreamsMock

PREFIX = "/_ddbstreams"

_log = logging.getLogger("pytest_ddbstreams")

#: The largest bodies, in bytes. The service takes 1 MB; a request of the control API may contain many items.
MOST_OF_A_REQUEST = 2**20
MOST_OF_A_CONTROL_REQUEST = 2**24


class Application:
    """A WSGI application that serves one mock.

    Args:
        mock: the mock.
        may_name: returns whether the Host header of a request may name a host.
    """

    def __init__(self, mock: StreamsMock, may_name: Callable[[str], bool]) -> None:
        self._mock = mock
        self._may_name = may_name

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or close its connection without an answer."""
        request = Request(environment)
        try:
            self._check_sender(request)
            perform = self._control if request.path.startswith(PREFIX) else self._perform
            response = perform(request)
        except _Refused as refused:
            document = {"error": refused.error, "message": str(refused)}
            response = _json_response(refused.status, document, refused.headers)
        return response(environment, start_response)

    def _check_sender(self, request: Request) -> None:
        """Refuse a request that a browser sends for a web page: a page must not control the tests of a developer."""
        host = _host_of(request.headers.get("host", "localhost"))
        if not self._may_name(host):
            raise _Refused(
                403, "ForbiddenHost", f"the Host header names {short(host)}, which is not this machine's loopback"
            )
        if "origin" in request.headers:
            raise _Refused(403, "ForbiddenOrigin", "a request with an Origin header comes from a web page")

    def _perform(self, request: Request) -> Response:
        """Answer a request of an operation.

        Raises:
            ConnectionAbortedError: a test scripted a transport fault, or the mock has a bug, which it also reports when
                it closes. werkzeug then sends nothing.
        """
        host = _host_of(request.headers.get("host", ""))
        body = _read_body(request, MOST_OF_A_REQUEST)
        headers = {name.lower(): value for name, value in request.headers}
        service = self._mock._service  # noqa: SLF001 - private to the package, not to the class
        try:
            reply = answer(HttpRequest(request.method, host, headers, body), service)
        except Exception as error:
            _log.warning("closed a connection without an answer: %r", error, exc_info=error)
            raise ConnectionAbortedError from error
        # Some SDKs verify the checksum. There is no Date header: an SDK that sees a clock other than its own corrects
        # its own clock, and retries calls that failed for other reasons.
        return Response(reply.body, reply.status, reply.headers | {"x-amz-crc32": str(crc32(reply.body))})

    def _control(self, request: Request) -> Response:
        verb = request.path.removeprefix(PREFIX).strip("/")
        if verb not in control.VERBS:
            raise _Refused(404, "UnknownVerb", f"no verb {short(verb)}; there are: {', '.join(control.VERBS)}")
        if request.method != "POST":
            raise _Refused(405, "MethodNotAllowed", f"{verb} takes POST, not {request.method}", {"Allow": "POST"})
        try:
            arguments = _decode_arguments(_read_body(request, MOST_OF_A_CONTROL_REQUEST))
            return _json_response(200, {"result": control.perform(self._mock, verb, arguments)})
        except (StreamsMockError, AssertionError) as error:
            raise _Refused(400, type(error).__name__, str(error)) from None


class _Refused(Exception):
    """The application refuses a request."""

    def __init__(self, status: int, error: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.headers = headers or {}


def _read_body(request: Request, most: int) -> bytes:
    """Return the body of a request.

    Raises:
        _Refused: the body has more than `most` bytes, by its Content-Length or as it comes, or cannot be read.
    """
    too_large = _Refused(413, "RequestTooLarge", f"the body has more than {most} bytes; send it in parts")
    if (request.content_length or 0) > most:
        raise too_large
    # One byte more, because werkzeug ends a chunked body at this length without an error.
    request.max_content_length = most + 1
    try:
        body = request.get_data(cache=False)
    except (HTTPException, OSError) as error:
        raise _Refused(400, "BadRequest", f"the body cannot be read: {error}") from None
    if len(body) > most:
        raise too_large
    return body


def _decode_arguments(body: bytes) -> dict[str, Any]:
    """Return the arguments of a verb; an empty body has none."""
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
    """Return the host that a Host header names; empty if the header cannot be parsed."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
