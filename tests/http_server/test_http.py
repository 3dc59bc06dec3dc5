"""Requests that no AWS SDK sends, and bytes that are no HTTP."""

from __future__ import annotations

import json
import logging
import socket
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import ContractViolation, StreamsServer, mock_streams
from pytest_ddbstreams._http_server.application import MOST_OF_A_CONTROL_REQUEST, MOST_OF_A_REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Clock, StreamsMock

    Send = Callable[..., Any]

SIGNED = {"Authorization": "signed", "X-Amz-Target": "DynamoDBStreams_20120810.ListStreams"}

# A strict mock would report the invalid requests at the end of each test.
pytestmark = pytest.mark.ddbstreams(strict=False)


def code(answer: Any) -> str:
    """Return the code of a service error."""
    return str(answer.document["__type"]).partition("#")[2]


@pytest.fixture
def talk(ddbstreams_server: StreamsServer) -> Callable[[bytes], tuple[bytes, bytes]]:
    """Return a function that sends bytes, and returns the head and the body of all that the server answers."""

    def talk(said: bytes) -> tuple[bytes, bytes]:
        address = urlsplit(ddbstreams_server.url)
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(said)
            heard = b"".join(iter(lambda: connection.recv(2**16), b""))
        head, _, body = heard.partition(b"\r\n\r\n")
        return head, body

    return talk


# --- service errors


def test_a_signed_post_of_a_known_target_is_answered(send: Send) -> None:
    answer = send()
    assert (answer.status, answer.document) == (200, {"Streams": []})
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"


def test_a_request_without_a_signature_is_refused(send: Send) -> None:
    answer = send(Authorization=None)
    assert (answer.status, code(answer)) == (400, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("target", [None, "DynamoDB_20120810.ListTables", "DynamoDBStreams_20120810.Nothing"])
def test_an_unknown_target_is_refused(send: Send, target: str | None) -> None:
    answer = send(X_Amz_Target=target)
    assert (answer.status, code(answer)) == (400, "UnknownOperationException")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_a_method_other_than_post_is_refused(send: Send, method: str) -> None:
    answer = send(method=method)
    assert (answer.status, code(answer)) == (400, "UnknownOperationException")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=(st.binary(max_size=200) | st.lists(st.text()).map(lambda texts: json.dumps(texts).encode())).filter(
        lambda body: b"{" not in body
    )
)
def test_a_body_that_is_no_json_object_is_refused_in_json(send: Send, body: bytes) -> None:
    answer = send(body)
    assert (answer.status, code(answer)) == (400, "SerializationException")


# --- bounds


def test_a_body_with_too_large_a_content_length_is_refused_before_it_is_sent(talk: Any) -> None:
    too_many = MOST_OF_A_REQUEST + 1
    head, body = talk(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % too_many)
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body) == {
        "error": "RequestTooLarge",
        "message": f"the body has more than {MOST_OF_A_REQUEST} bytes; send it in parts",
    }


def test_a_client_that_sends_too_large_a_body_before_it_reads_gets_the_refusal(send: Send) -> None:
    assert send(bytes(4 * MOST_OF_A_REQUEST)).status == 413


def test_a_chunked_body_that_is_too_large_is_refused(send: Send) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MOST_OF_A_REQUEST // 2**16 + 1):
            yield bytes(2**16)

    assert send(chunks(), Transfer_Encoding="chunked").status == 413


def test_a_control_request_that_is_too_large_is_refused(talk: Any) -> None:
    too_many = MOST_OF_A_CONTROL_REQUEST + 1
    head, _ = talk(b"POST /_ddbstreams/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % too_many)
    assert head.startswith(b"HTTP/1.1 413 ")


# --- HTTP


def test_a_chunked_body_is_read(send: Send) -> None:
    assert send(iter([b'{"Lim', b'it": 1}']), Transfer_Encoding="chunked").status == 200


def test_invalid_chunks_are_refused(talk: Any) -> None:
    head, body = talk(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"] == "BadRequest"


def test_a_body_shorter_than_its_content_length_is_refused(ddbstreams_server: StreamsServer) -> None:
    address = urlsplit(ddbstreams_server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{}")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(13) == b"HTTP/1.1 400 "


@pytest.mark.parametrize("line", [b"nonsense", b"POST / HTTP/x", b"POST / HTTP/3.0", b'POST / HTTP/"\\', b"A" * 70_000])
def test_a_first_line_that_is_no_http_is_refused_in_json(talk: Any, line: bytes) -> None:
    heard = b"".join(talk(line + b"\r\n\r\n"))  # without a head, if the version of HTTP is unreadable
    assert json.loads(heard[heard.index(b"{") :])["error"] == "BadRequest"


def test_a_client_that_expects_100_continue_gets_it_once(talk: Any) -> None:
    head, rest = talk(
        b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        b"Authorization: signed\r\nX-Amz-Target: DynamoDBStreams_20120810.ListStreams\r\n\r\n{}"
    )
    assert head == b"HTTP/1.1 100 Continue"
    assert rest.startswith(b"HTTP/1.1 200 ")


def test_a_transport_fault_closes_the_connection_without_an_answer(send: Send, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.fail("ListStreams", TimeoutError())
    with pytest.raises(RemoteDisconnected):
        send()
    assert send().status == 200


def test_a_transport_fault_is_logged(
    send: Send, ddbstreams_mock: StreamsMock, caplog: pytest.LogCaptureFixture
) -> None:
    ddbstreams_mock.fail("ListStreams", TimeoutError())
    with caplog.at_level(logging.WARNING, "pytest_ddbstreams"), pytest.raises(RemoteDisconnected):
        send()
    assert caplog.messages == ["closed a connection without an answer: TimeoutError()"]


def test_a_contract_violation_closes_the_connection_and_is_reported_at_the_end() -> None:
    mock = mock_streams().start()
    mock.fail("ListStreams", ContractViolation("a bug in the fake"))
    with StreamsServer(mock) as server, closing(HTTPConnection(urlsplit(server.url).netloc, timeout=20)) as connection:
        connection.request("POST", "/", b"{}", SIGNED)
        with pytest.raises(RemoteDisconnected):
            connection.getresponse()
    with pytest.raises(ContractViolation, match="a bug in the fake"):
        mock.stop()


def test_an_answer_has_the_checksum_of_its_body(talk: Any) -> None:
    head, body = talk(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
    assert f"x-amz-crc32: {crc32(body)}".encode() in head.splitlines()


def test_the_region_of_a_request_is_that_of_its_signature(send: Send, ddbstreams_mock: StreamsMock) -> None:
    send(Authorization="AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, Signature=0")
    assert [call.region for call in ddbstreams_mock.calls] == ["eu-west-1"]


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_an_answer_has_no_date_header_and_calls_have_the_time_of_the_mock(send: Send, ddbstreams_clock: Clock) -> None:
    ddbstreams_clock.tick(hours=1)
    assert "Date" not in send().headers
    assert send(b"", "/_ddbstreams/calls").document["result"][0]["at"] == "2026-01-01T01:00:00+00:00"


# --- web pages


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "10.0.0.1", "localhost.evil.example", "[", ""])
def test_a_host_that_is_not_loopback_is_refused(send: Send, ddbstreams_mock: StreamsMock, host: str) -> None:
    answer = send(Host=host)
    assert (answer.status, answer.document["error"]) == (403, "ForbiddenHost")
    assert len(ddbstreams_mock.calls) == 0


@pytest.mark.parametrize("host", ["localhost", "streams.localhost:80", "127.0.0.1", "127.1.2.3:1", "[::1]:80"])
def test_a_host_that_is_loopback_is_answered(send: Send, host: str) -> None:
    assert send(Host=host).status == 200


def test_a_request_with_an_origin_header_is_refused(send: Send, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders")
    answer = send(b"{}", "/_ddbstreams/reset", Origin="https://evil.example")
    assert (answer.status, answer.document["error"]) == (403, "ForbiddenOrigin")
    assert len(ddbstreams_mock.streams) == 1


def test_a_server_with_allow_remote_answers_any_host(ddbstreams_mock: StreamsMock) -> None:
    with StreamsServer(ddbstreams_mock, host="0.0.0.0", allow_remote=True) as server:  # noqa: S104 - on purpose
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(b"POST /_ddbstreams/streams HTTP/1.1\r\nHost: runner.example\r\n\r\n")
            assert connection.recv(13) == b"HTTP/1.1 200 "
