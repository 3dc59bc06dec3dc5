"""The sockets and threads of the server; all of them end when the server stops."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from .exchange import Exchange

if TYPE_CHECKING:
    from .application import Application

#: How many seconds the threads have to end when the server stops.
_GRACE = 2.0


class Server(TCPServer):
    """A TCP server with a thread for each connection, so that a delayed answer holds up no other.

    It listens once it is made, and answers once its ``serve_forever`` is called. When it is closed, all threads end but
    those that delay an answer. No client waits for such an answer any more, and its thread is a daemon like all of
    them, so the process does not wait for it either.

    Args:
        host: the address to listen on.
        port: the port to listen on; 0: a free one.
        application: answers the requests.

    Raises:
        OSError: the system does not let this process listen on the address.
    """

    # On Windows the option would let two servers listen on one port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128

    def __init__(self, host: str, port: int, application: Application) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._application = application
        self._workers: list[tuple[Thread, socket.socket]] = []
        super().__init__((host, port), BaseRequestHandler)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self.server_address[1]
        return port

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's
        """Start the thread of a connection, and keep both for `server_close`."""
        worker = Thread(target=self._serve, args=(request,), name="ddbstreams-connection", daemon=True)
        self._workers = [each for each in self._workers if each[0].is_alive()] + [(worker, request)]
        worker.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            Exchange(connection, self._application).run()
        finally:
            self.shutdown_request(connection)

    def server_close(self) -> None:
        """Close the connections, also those of clients that send nothing, and wait some time for their threads."""
        super().server_close()
        grace = _GRACE
        for _, connection in self._workers:
            with suppress(OSError):  # it has ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        for worker, _ in self._workers:
            worker.join(grace)
            if worker.is_alive():  # it delays an answer, and the others had as long as it
                grace = 0
