"""One connection of a client: h11 reads its requests, and the application answers them, one after the other.

h11 obeys the rules of HTTP, and bounds the heads, chunk sizes and trailers that it reads; the application bounds the
bodies. Servers for production are no fit for the process of a test. cheroot, for one, sleeps and expires connections by
Python's clock, which the test freezes and moves, and waits for delayed answers when it stops.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import h11

from .application import Closed, Head, Refused

if TYPE_CHECKING:
    from .._wire import HttpResponse
    from .application import Application

#: How many seconds a client may send nothing: between two requests, and in the middle of one.
_PATIENCE = 30.0

#: How many seconds a client that was refused has to stop sending, and how many pieces it may send meanwhile.
_LINGER = 1.0
_MOST_PIECES = 256

#: How many bytes are read at once.
_PIECE = 2**16

_VERSIONS = (b"1.0", b"1.1")

_REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}


class Exchange:
    """The requests and responses of one connection.

    Args:
        connection: the socket; the caller closes it.
        application: answers the requests.
    """

    def __init__(self, connection: socket.socket, application: Application) -> None:
        self._socket = connection
        self._application = application
        self._http = h11.Connection(h11.SERVER)
        self._head = Head("", "", {})

    def run(self) -> None:
        """Answer requests until the connection ends."""
        self._socket.settimeout(_PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(Closed):
            while self._answer_next():
                self._http.start_next_cycle()

    def _answer_next(self) -> bool:
        """Answer the next request; return whether another one may follow on the connection."""
        try:
            if not self._read_head():
                return False
            self._send(self._application.answer(self._head, self._read_body))
        except Refused as refused:
            self._send_last(refused.response)
        except h11.RemoteProtocolError as error:
            message = f"this is no HTTP request that can be read: {error}"
            self._send_last(Refused(error.error_status_hint, "BadRequest", message).response)
        return self._http.our_state is h11.DONE

    # Reading

    def _read_head(self) -> bool:
        """Read the head of the next request; return False if the client has ended the connection instead."""
        request = self._next_event()
        if not isinstance(request, h11.Request):
            return False
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        self._head = Head(request.method.decode("ascii"), request.target.decode("ascii"), headers)
        if request.http_version not in _VERSIONS:
            raise Refused(505, "BadRequest", f"HTTP/{request.http_version.decode('ascii')} is neither 1.0 nor 1.1")
        return True

    def _read_body(self, most: int) -> bytes:
        """Return the body of the request.

        Raises:
            Refused: the body has more than `most` bytes, by its Content-Length or as it comes.
        """
        too_large = Refused(413, "RequestTooLarge", f"the body has more than {most} bytes; send it in parts")
        if int(self._head.headers.get("content-length", 0)) > most:
            raise too_large
        if self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[], reason=_REASONS[100]))
        body = bytearray()
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
            if len(body) > most:
                raise too_large
        return bytes(body)

    def _next_event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self._receive())
        return event

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(_PIECE)
        except TimeoutError:
            if self._is_between_requests:
                raise Closed from None
            message = f"the rest of the request has not come for {_PATIENCE:.0f} seconds"
            raise Refused(408, "RequestTimeout", message) from None
        except OSError:
            raise Closed from None

    @property
    def _is_between_requests(self) -> bool:
        received, _ = self._http.trailing_data
        return self._http.their_state is h11.IDLE and not received

    # Writing

    def _send_last(self, response: HttpResponse) -> None:
        """Send the response to a refused request, and end the connection: its body may be unread."""
        self._send(response._replace(headers=response.headers | {"Connection": "close"}))
        if self._http.their_state in {h11.SEND_BODY, h11.ERROR}:
            self._linger()

    def _send(self, response: HttpResponse) -> None:
        reason = _REASONS.get(response.status, b"")
        body = b"" if self._head.method == "HEAD" else response.body
        head = h11.Response(status_code=response.status, headers=list(response.headers.items()), reason=reason)
        self._write(head, h11.Data(data=body), h11.EndOfMessage())

    def _write(self, *events: h11.Event) -> None:
        try:
            self._socket.sendall(b"".join(self._http.send(event) or b"" for event in events))
        except OSError:
            raise Closed from None

    def _linger(self) -> None:
        """Read on for a while: a client that still sends would get a reset, and not the answer."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(_LINGER)
            for _ in range(_MOST_PIECES):
                if not self._socket.recv(_PIECE):
                    break
