"""The HTTP server, werkzeug's, and what it takes to stop it: threads and connections that end when told to.

The bodies that it reads are bounded here for each connection, and by the application for each request.
"""

from __future__ import annotations

import io
import socket
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: What is read of one connection at most.
MOST_OF_A_CONNECTION = 2**26

_PATIENCE = 30.0  # seconds that a client may be silent in the middle of a request
_LINGER = 1.0  # and after the answer, until it closes its half of the connection
_GRACE = 2.0  # that threads have to end in, when the server stops


def listen(application: WSGIApplication, host: str, port: int) -> Server:
    """Make a server that listens, and serves once its ``serve_forever`` is called.

    Raises:
        OSError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here, because werkzeug ends the process where it cannot bind.
    with socket.create_server((host, port), family=family) as bound:
        return Server(host, port, application, Handler, fd=bound.fileno())


class Server(ThreadedWSGIServer):
    """A thread for each connection; all of them end when it is closed, but for those that hold an answer back.

    An answer that is to come late is nobody's any more by then. Its thread is a daemon, as they all are, so that the
    process does not wait for it either.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._connections: set[Any] = set()
        self._workers: list[Thread] = []
        super().__init__(*arguments, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note a connection and its thread before it starts: the base waits for daemons not at all."""
        worker = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections.add(request)
        self._workers = [each for each in self._workers if each.is_alive()] + [worker]
        worker.start()

    def shutdown_request(self, request: Any) -> None:
        """End a connection so that a client which is still sending sees the answer, and not a reset."""
        with suppress(OSError):  # it ended meanwhile
            request.shutdown(socket.SHUT_WR)
            request.settimeout(_LINGER)
            _drop(request)
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the connections, on some of which clients may be silent, and wait a while for their threads."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # it ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()
        deadline = monotonic() + _GRACE
        for worker in self._workers:
            worker.join(max(0, deadline - monotonic()))


def _drop(connection: Any) -> None:
    """Read what still comes, as far as is bearable, until the client closes its half."""
    left = MOST_OF_A_CONNECTION
    while left > 0:
        count = len(connection.recv(2**16))
        left -= count or left


class Handler(WSGIRequestHandler):
    """Serves one connection: one request, as werkzeug does it."""

    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE
    rbufsize = 0  # buffered below, above the bound
    error_content_type = "application/json"
    error_message_format = '{"error":"BadRequest","message":"this is no HTTP request that can be read (%(code)d)"}'

    def setup(self) -> None:
        """Bound what is read."""
        super().setup()
        self.rfile = io.BufferedReader(_Bounded(self.rfile))

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status, and leave the headers to the application: no Server, and no Date, which the mock rules."""
        self.send_response_only(code, message)

    def handle_expect_100(self) -> bool:
        """Leave it to werkzeug to say 100, which else were said twice."""
        return True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002 - the base's
        """Close a connection on which there is to be no answer."""
        self.close_connection = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base's
        """Say nothing: the mock has a log of its own."""


class _Bounded(io.RawIOBase):
    """A socket's stream that ends early."""

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
