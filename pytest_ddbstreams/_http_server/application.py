"""The answers of the server: the control API below its prefix, `/health`, and the operations at every other path.

This module knows requests and responses, but no sockets and no library of HTTP. A request that the application refuses
itself gets a JSON error in a form that no AWS SDK takes for the service's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

from .. import _json
from .._exceptions import StreamsMockError, short
from .._wire import HttpRequest, HttpResponse, answer, answer_for_tables
from . import control

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._api.mock import StreamsMock

    #: Returns the body of a request, given the number of bytes that it may have.
    ReadBody = Callable[[int], bytes]

PREFIX = "/_ddbstreams"
HEALTH = "/health"

_log = logging.getLogger("pytest_ddbstreams")

#: The largest bodies, in bytes. The service takes 1 MB; a request of the control API may contain many items.
MOST_OF_A_REQUEST = 2**20
MOST_OF_A_CONTROL_REQUEST = 2**24


class Head(NamedTuple):
    """The first line and the headers of a request.

    Attributes:
        method: the HTTP method.
        target: the path, or the whole URL.
        headers: the headers, named in lower case.
    """

    method: str
    target: str
    headers: dict[str, str]


class Refused(Exception):
    """The server refuses a request.

    Args:
        status: the HTTP status.
        error: the kind of the refusal, for programs.
        message: what came and what is accepted, for people.
        headers: headers of the response.
    """

    def __init__(self, status: int, error: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = json_response(status, {"error": error, "message": message}, headers)


class Closed(Exception):
    """The connection ends without an answer."""


def json_response(status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    """Return a response whose body is JSON."""
    body = _json.encode(document)
    described = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return HttpResponse(status, described | (headers or {}), body)


class Application:
    """Answers the requests of one server.

    Args:
        mock: the mock.
        may_name: returns whether the Host header of a request may name a host.
    """

    def __init__(self, mock: StreamsMock, may_name: Callable[[str], bool]) -> None:
        self._mock = mock
        self._may_name = may_name

    def answer(self, head: Head, read_body: ReadBody) -> HttpResponse:
        """Return the response to a request.

        Args:
            head: the first line and the headers of the request.
            read_body: reads the body; a request that is refused by its head alone has its body unread.

        Raises:
            Refused: the server refuses the request.
            Closed: a test scripted a transport fault, or the mock has a bug, which it also reports when it closes.
        """
        host = self._check_sender(head.headers)
        path = _path_of(head.target)
        if path == HEALTH and head.method in {"GET", "HEAD"}:
            read_body(MOST_OF_A_REQUEST)  # nothing, but the connection can be kept
            return json_response(200, {"status": "ok"})
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return self._control(head.method, path.removeprefix(PREFIX).strip("/"), read_body)
        return self._perform(HttpRequest(head.method, host, head.headers, read_body(MOST_OF_A_REQUEST)))

    def _check_sender(self, headers: dict[str, str]) -> str:
        """Refuse a request that a browser sends for a web page, or return the host that the request was sent to.

        A page must not control the tests of a developer.
        """
        host = _host_of(headers.get("host", "localhost"))
        if not self._may_name(host):
            raise Refused(
                403, "ForbiddenHost", f"the Host header names {short(host)}, which is not this machine's loopback"
            )
        if "origin" in headers:
            raise Refused(403, "ForbiddenOrigin", "a request with an Origin header comes from a web page")
        return host

    def _perform(self, request: HttpRequest) -> HttpResponse:
        service = self._mock._service  # noqa: SLF001 - private to the package, not to the class
        try:
            reply = answer_for_tables(request, service) or answer(request, service)
        except Exception as error:
            # The fault was scripted, or the mock reports the error: a traceback would only hide the output of a test.
            _log.warning("closed a connection without an answer: %r", error)
            raise Closed from error
        # Some SDKs verify the checksum. There is no Date header: an SDK that sees a clock other than its own corrects
        # its own clock, and retries calls that failed for other reasons.
        return reply._replace(headers=reply.headers | {"x-amz-crc32": str(crc32(reply.body))})

    def _control(self, method: str, verb: str, read_body: ReadBody) -> HttpResponse:
        if verb not in control.VERBS:
            raise Refused(404, "UnknownVerb", f"no verb {short(verb)}; there are: {', '.join(control.VERBS)}")
        if method != "POST":
            raise Refused(405, "MethodNotAllowed", f"{verb} takes POST, not {method}", {"Allow": "POST"})
        arguments = _decode_arguments(read_body(MOST_OF_A_CONTROL_REQUEST))
        try:
            return json_response(200, {"result": control.perform(self._mock, verb, arguments)})
        except (StreamsMockError, AssertionError) as error:
            raise Refused(400, type(error).__name__, str(error)) from None
        except Exception as error:
            _log.exception("the verb %s failed by a bug of pytest-ddbstreams", verb)
            raise Refused(500, "InternalError", f"{verb} failed by a bug of pytest-ddbstreams: {error!r}") from error


def _decode_arguments(body: bytes) -> dict[str, Any]:
    """Return the arguments of a verb; an empty body has none."""
    try:
        arguments = _json.decode_exactly(body or b"{}")
    except ValueError as error:
        raise Refused(400, "BadRequest", f"the body is no JSON: {error}") from None
    if not isinstance(arguments, dict) or _json.is_nested_deeper(arguments, control.DEEPEST):
        raise Refused(400, "BadRequest", f"the body is no JSON object of at most {control.DEEPEST} levels")
    return arguments


def _path_of(target: str) -> str:
    """Return the path that the target of a request has: a path and a query, or a whole URL."""
    if target.startswith("/"):
        return target.partition("?")[0]
    try:
        return urlsplit(target).path
    except ValueError:
        raise Refused(400, "BadRequest", f"{short(target)} is no URL that can be read") from None


def _host_of(header: str) -> str:
    """Return the host that a Host header names; empty if the header cannot be parsed."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
