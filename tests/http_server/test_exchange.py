"""Connections: how they are kept, how they end, and what a client that breaks the rules of HTTP gets."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import closing
from http.client import HTTPConnection
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pytest_ddbstreams._http_server import connections, exchange
from pytest_ddbstreams._http_server.application import MOST_OF_A_REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import StreamsMock, StreamsServer

    Connect = Callable[[], socket.socket]
    Send = Callable[..., Any]

# A strict mock would report the invalid requests at the end of each test.
pytestmark = pytest.mark.ddbstreams(strict=False)

LIST_STREAMS = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: signed\r\n"
    b"X-Amz-Target: DynamoDBStreams_20120810.ListStreams\r\n"
)


@pytest.fixture
def connect(ddbstreams_server: StreamsServer) -> Connect:
    """Return a function that opens a connection."""
    address = urlsplit(ddbstreams_server.url)
    return lambda: socket.create_connection((address.hostname, address.port), timeout=20)


@pytest.fixture
def talk(connect: Connect) -> Callable[[bytes], tuple[bytes, Any]]:
    """Return a function that sends bytes, waits for the end, and returns the status line and the JSON body."""

    def talk(said: bytes) -> tuple[bytes, Any]:
        with connect() as connection:
            connection.sendall(said)
            heard = heard_to_the_end(connection)
        head, _, body = heard.partition(b"\r\n\r\n")
        return head.partition(b"\r\n")[0], json.loads(body)

    return talk


def heard_to_the_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(2**16), b""))


def reset(connection: socket.socket) -> None:
    """End a connection at once, without the usual goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def connection_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ddbstreams-connection"]


def wait_for(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    assert any(condition() or pause.wait(0.01) for _ in range(1000))


# --- kept and ended


def test_a_connection_answers_several_requests(ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock) -> None:
    headers = {"Authorization": "signed", "X-Amz-Target": "DynamoDBStreams_20120810.ListStreams"}
    with closing(HTTPConnection(urlsplit(ddbstreams_server.url).netloc, timeout=20)) as connection:
        for _ in range(3):
            connection.request("POST", "/", b"{}", headers)
            assert json.loads(connection.getresponse().read()) == {"Streams": []}
        assert len(connection_threads()) == 1
    assert len(ddbstreams_mock.calls) == 3


def test_two_requests_that_arrive_at_once_are_answered_in_order(connect: Connect) -> None:
    two = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + LIST_STREAMS
    with connect() as connection:
        connection.sendall(two + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        heard = heard_to_the_end(connection)
    assert heard.index(b'{"status":"ok"}') < heard.index(b'{"Streams":[]}')


REFUSED_BY_ITS_HEAD = {
    "host": b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 9\r\n\r\n",
    "origin": b"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nContent-Length: 9\r\n\r\n",
    "verb": b"POST /_ddbstreams/spilt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
    "method": b"PUT /_ddbstreams/split HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
    "size": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (MOST_OF_A_REQUEST + 1),
    "length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: nine\r\n\r\n",
}


@pytest.mark.parametrize("said", REFUSED_BY_ITS_HEAD.values(), ids=REFUSED_BY_ITS_HEAD)
def test_a_refusal_of_an_unsent_body_ends_the_connection_at_once(talk: Any, said: bytes) -> None:
    before = perf_counter()
    status, document = talk(said)
    assert perf_counter() - before < 0.9
    assert status.startswith(b"HTTP/1.1 4")
    assert document.keys() == {"error", "message"}


def test_a_refused_client_that_keeps_its_connection_open_holds_a_thread_for_a_second_at_most(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_LINGER", 0.1)
    with connect() as connection:
        connection.sendall(REFUSED_BY_ITS_HEAD["host"])
        assert heard_to_the_end(connection).startswith(b"HTTP/1.1 403 ")
        wait_for(lambda: not connection_threads())


def test_a_refused_client_that_never_stops_sending_is_read_up_to_a_bound(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_MOST_PIECES", 1)
    with connect() as connection:
        connection.sendall(REFUSED_BY_ITS_HEAD["host"])
        heard_to_the_end(connection)
        connection.sendall(b"x")
        wait_for(lambda: not connection_threads())


def test_a_delayed_answer_holds_up_no_other_client(
    connect: Connect, send: Send, ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_GRACE", 0.1)
    ddbstreams_mock.delay("ListStreams", 1, times=40)
    waiting = [connect() for _ in range(40)]
    for connection in waiting:
        connection.sendall(LIST_STREAMS + b"Content-Length: 2\r\n\r\n{}")
    wait_for(lambda: len(ddbstreams_mock.calls) == 40)
    before = perf_counter()
    assert send().status == 200
    assert perf_counter() - before < 0.8
    for connection in waiting:
        connection.close()


# --- silent and absent clients


@pytest.mark.parametrize("said", [b"POST / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"])
def test_a_request_that_stalls_is_refused_in_json(
    talk: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.1)
    status, document = talk(said)
    assert (status, document["error"]) == (b"HTTP/1.1 408 Request Timeout", "RequestTimeout")
    assert capfd.readouterr().err == ""


def test_a_connection_without_a_request_is_closed_without_an_answer(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.1)
    with connect() as connection:
        assert connection.recv(1) == b""


def test_a_client_that_disappears_in_the_middle_of_a_request_leaves_no_trace(
    connect: Connect, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = connect()
    connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
    wait_for(connection_threads)
    reset(connection)
    wait_for(lambda: not connection_threads())
    assert capfd.readouterr().err == ""


def test_a_client_that_disappears_before_its_answer_leaves_no_trace(
    connect: Connect, capfd: pytest.CaptureFixture[str], ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.delay("ListStreams", 0.3)
    connection = connect()
    connection.sendall(LIST_STREAMS + b"Content-Length: 2\r\n\r\n{}")
    wait_for(lambda: len(ddbstreams_mock.calls))
    reset(connection)
    wait_for(lambda: not connection_threads())
    assert capfd.readouterr().err == ""


# --- the rules of HTTP


@pytest.mark.parametrize("length", [b"-1", b"+2", b"two", b"1_0", b"2.0", b"0x2", b"2, 3", b"9" * 40])
def test_a_malformed_content_length_is_refused_and_is_no_call(
    talk: Any, ddbstreams_mock: StreamsMock, length: bytes
) -> None:
    status, document = talk(LIST_STREAMS + b"Content-Length: " + length + b"\r\n\r\n{}")
    assert (status, document["error"]) == (b"HTTP/1.1 400 Bad Request", "BadRequest")
    assert "Content-Length" in document["message"]
    assert (len(ddbstreams_mock.calls), ddbstreams_mock.unanswered) == (0, ())


def test_a_chunked_body_with_extensions_and_a_trailer_is_read(talk: Any) -> None:
    head = LIST_STREAMS + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b'1;signed=yes\r\n{\r\n1;a="b;c"\r\n}\r\n0;last\r\nX-Checksum: 1\r\n\r\n'
    assert talk(head + chunks) == (b"HTTP/1.1 200 OK", {"Streams": []})


def test_invalid_chunks_of_a_refused_request_end_the_connection(talk: Any) -> None:
    head = b"POST / HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, document = talk(head + b"1\r\n{\r\nnonsense\r\n")
    assert (status, document["error"]) == (b"HTTP/1.1 403 Forbidden", "ForbiddenHost")


@pytest.mark.parametrize("target", [b"http://[", b"//[::bad/_ddbstreams", b"/%zz", b"*", b"/\x7f", b"/\xff"])
def test_a_url_that_cannot_be_read_is_refused_in_json_without_a_traceback(
    talk: Any, capfd: pytest.CaptureFixture[str], target: bytes
) -> None:
    status, _ = talk(b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status == b"HTTP/1.1 400 Bad Request"
    assert capfd.readouterr().err == ""


def test_a_whole_url_is_answered_by_its_path(talk: Any) -> None:
    said = b"POST http://localhost/_ddbstreams/streams?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert talk(said) == (b"HTTP/1.1 200 OK", {"result": []})


def test_a_request_of_http_1_0_ends_its_connection(talk: Any) -> None:
    assert talk(b"GET /health HTTP/1.0\r\n\r\n") == (b"HTTP/1.1 200 OK", {"status": "ok"})


def test_a_status_that_http_does_not_name_is_sent_without_a_phrase(send: Send, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.fail("ListStreams", "Enhanced", status=420)
    assert send().status == 420


# --- health


def test_get_health_answers_200(send: Send) -> None:
    answer = send(b"", "/health", "GET", Authorization=None)
    assert (answer.status, answer.document) == (200, {"status": "ok"})


def test_head_health_answers_200_without_a_body(connect: Connect) -> None:
    with connect() as connection:
        connection.sendall(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head, _, body = heard_to_the_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""
