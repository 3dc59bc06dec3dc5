"""werkzeug's HTTP server, with threads and connections that end when the server stops.

The number of bytes that are read is bounded here for each connection, and by the application for each request.
"""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .. import _json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How many bytes are read from a connection at most.
MOST_OF_A_CONNECTION = 2**26

#: How many seconds a client may send nothing in the middle of a request.
_PATIENCE = 30.0

#: How many seconds a client has after the answer to close its half of the connection.
_LINGER = 1.0

#: How many seconds the threads have to end when the server stops.
_GRACE = 2.0

#: The standard library inserts the status with the operator %.
_UNREADABLE = {"error": "BadRequest", "message": "this is no HTTP request that can be read (%(code)d)"}


def listen(application: WSGIApplication, host: str, port: int) -> Server:
    """Return a server that listens already, and serves as soon as its ``serve_forever`` is called.

    Raises:
        OSError: the system does not let this process listen on the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The socket is bound here, because werkzeug ends the process if it cannot bind.
    with socket.create_server((host, port), family=family) as bound:
        return Server(host, port, application, Handler, fd=bound.fileno())


class Server(ThreadedWSGIServer):
    """An HTTP server with a thread for each connection.

    When the server is closed, all threads end but those that delay an answer. No client waits for such an answer any
    more, and its thread is a daemon like all of them, so the process does not wait for it either.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._connections: set[Any] = set()
        self._workers: list[Thread] = []
        super().__init__(*arguments, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, and keep both for `server_close`: the base class keeps no daemon."""
        worker = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections.add(request)
        self._workers = [each for each in self._workers if each.is_alive()] + [worker]
        worker.start()

    def shutdown_request(self, request: Any) -> None:
        """End a connection so that a client that is still sending gets the answer, and not a reset."""
        with suppress(OSError):  # the client has closed the connection meanwhile
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER)
            _read_rest(request)
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the connections, also those of clients that send nothing, and wait some time for their threads."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # the client has closed the connection meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()
        deadline = monotonic() + _GRACE
        for worker in self._workers:
            worker.join(max(0, deadline - monotonic()))


def _read_rest(connection: Any) -> None:
    """Read on, up to the bound of a connection, until the client closes its half."""
    left = MOST_OF_A_CONNECTION
    while left > 0:
        count = len(connection.recv(2**16))
        left -= count or left


class Handler(WSGIRequestHandler):
    """A connection, with one request as werkzeug handles it."""

    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE
    rbufsize = 0  # setup() adds a buffer above the bound
    error_content_type = "application/json"
    error_message_format = _json.encode(_UNREADABLE).decode("ascii")

    def setup(self) -> None:
        """Bound the number of bytes that are read."""
        super().setup()
        self.rfile = io.BufferedReader(_BoundedStream(self.rfile))

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status without the headers Server and Date: an SDK corrects its clock by a Date that differs."""
        self.send_response_only(code, message)

    def handle_expect_100(self) -> bool:
        """Send no 100 Continue: werkzeug sends it when the body is read, and it would be sent twice."""
        return True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002 - the base's
        """Close a connection without an answer."""
        self.close_connection = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base's
        """Log nothing: the mock has a call log."""


class _BoundedStream(io.RawIOBase):
    """The stream of a socket that ends after a number of bytes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = MOST_OF_A_CONNECTION

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
