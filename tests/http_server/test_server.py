"""StreamsServer: starting and stopping, its URL, its mock, its addresses, and what it needs installed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from pytest_ddbstreams import (
    InvalidOption,
    StreamsMock,
    StreamsServer,
    StreamStateError,
    mock_streams,
)
from pytest_ddbstreams._http_server.server import url_of

#: A consumer that does not know the fake.
CONSUMER = """
import boto3

client = boto3.client("dynamodbstreams")
[stream] = client.list_streams()["Streams"]
arn = stream["StreamArn"]
for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
    place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    page = client.get_records(ShardIterator=client.get_shard_iterator(**place)["ShardIterator"])
    print(*(record["dynamodb"]["NewImage"]["pk"]["S"] for record in page["Records"]))
"""

LIST_STREAMS = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: signed\r\n"
    b"X-Amz-Target: DynamoDBStreams_20120810.ListStreams\r\nContent-Length: 2\r\n\r\n{}"
)


def connected(server: StreamsServer) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


def call_verb(server: StreamsServer, verb: str) -> Any:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        connection.request("POST", f"/_ddbstreams/{verb}")
        return json.loads(connection.getresponse().read())["result"]
    finally:
        connection.close()


# --- consumers in other processes


def test_a_python_process_finds_the_server_by_its_environment(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    stream.put({"pk": "o#1"})
    stream.rotate()
    stream.put({"pk": "o#2"})
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CONSUMER], env=ddbstreams_server.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["o#1", "o#2"]
    assert [call.operation for call in ddbstreams_mock.calls][:2] == ["ListStreams", "DescribeStream"]


# --- which mock answers


def test_the_fixture_serves_the_mock_of_the_test(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    assert ddbstreams_server.mock is ddbstreams_mock


def test_the_fixture_serves_the_mock_of_the_module_if_the_test_uses_that(
    ddbstreams_server: StreamsServer, ddbstreams_mock_module: StreamsMock
) -> None:
    assert ddbstreams_server.mock is ddbstreams_mock_module


def test_a_server_answers_with_its_own_mock_while_another_mock_is_innermost(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    with mock_streams() as innermost:
        innermost.create_stream("carts")
        assert [stream["table_name"] for stream in call_verb(ddbstreams_server, "streams")] == ["orders"]


def test_a_client_of_its_own_process_is_answered_by_the_innermost_mock(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    with mock_streams() as innermost:
        innermost.create_stream("carts")
        client = boto3.client("dynamodbstreams", region_name="us-east-1", endpoint_url=ddbstreams_server.url)
        assert [stream["TableName"] for stream in client.list_streams()["Streams"]] == ["carts"]


def test_a_server_serves_a_mock_that_is_not_open() -> None:
    with StreamsServer(StreamsMock(region="eu-west-1")) as server:
        assert call_verb(server, "streams") == []


# --- starting and stopping


def test_a_server_that_is_not_running_has_no_url(ddbstreams_mock: StreamsMock) -> None:
    server = StreamsServer(ddbstreams_mock)
    with pytest.raises(StreamStateError, match=r"not running and has no url; start\(\) it"):
        server.url  # noqa: B018 - asking is what is tested


def test_a_running_server_cannot_be_started(ddbstreams_server: StreamsServer) -> None:
    with pytest.raises(StreamStateError, match=f"running already, at {ddbstreams_server.url}"):
        ddbstreams_server.start()


def test_a_server_can_be_stopped_twice_and_started_again(ddbstreams_mock: StreamsMock) -> None:
    server = StreamsServer(ddbstreams_mock).start()
    server.stop()
    server.stop()
    with server:
        assert call_verb(server, "streams") == []


def test_the_repr_of_a_server_has_its_url_or_stopped(ddbstreams_server: StreamsServer) -> None:
    shown = repr(ddbstreams_server)
    ddbstreams_server.stop()
    assert shown.startswith("<StreamsServer http://127.0.0.1:")
    assert repr(ddbstreams_server) == "<StreamsServer stopped>"


def test_a_stopped_server_does_not_listen(ddbstreams_server: StreamsServer) -> None:
    address = urlsplit(ddbstreams_server.url)
    ddbstreams_server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=20)


@pytest.mark.parametrize(
    "said", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"]
)
def test_stop_ends_the_connection_and_the_thread_of_a_silent_client(ddbstreams_mock: StreamsMock, said: bytes) -> None:
    before = set(threading.enumerate())
    server = StreamsServer(ddbstreams_mock).start()
    with connected(server) as silent:
        silent.sendall(said)
        call_verb(server, "streams")  # after this call, the earlier connection has been accepted
        server.stop()
        assert silent.recv(2**16) == b""
    assert set(threading.enumerate()) == before


def test_stop_does_not_wait_for_a_delayed_answer(ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_ddbstreams._http_server.connections._GRACE", 0.1)
    ddbstreams_mock.delay("ListStreams", 8)
    pause = threading.Event()
    before = set(threading.enumerate())
    server = StreamsServer(ddbstreams_mock).start()
    with connected(server) as waiting:
        waiting.sendall(LIST_STREAMS)
        assert any(ddbstreams_mock.calls or pause.wait(0.01) for _ in range(1000))
        server.stop()
        assert waiting.recv(2**16) == b""
    [left] = set(threading.enumerate()) - before
    assert left.daemon


# --- addresses


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104 - to be refused
def test_an_address_that_other_machines_reach_needs_allow_remote(ddbstreams_mock: StreamsMock, host: str) -> None:
    with pytest.raises(InvalidOption, match=r"may be reached from other machines.*allow_remote=True.*--allow-remote"):
        StreamsServer(ddbstreams_mock, host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_every_name_of_loopback_is_accepted_as_host(ddbstreams_mock: StreamsMock, host: str) -> None:
    StreamsServer(ddbstreams_mock, host=host)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://localhost:80"),
        ("::1", "http://[::1]:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - named, not listened on
        ("::", "http://[::1]:80"),
    ],
)
def test_the_url_of_an_address_is_reachable_from_this_machine(host: str, url: str) -> None:
    assert url_of(host, 80) == url


def test_a_server_listens_on_ipv6(ddbstreams_mock: StreamsMock) -> None:
    try:
        server = StreamsServer(ddbstreams_mock, host="::1").start()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with connected(server) as connection:
        connection.sendall(b"POST /_ddbstreams/streams HTTP/1.1\r\nHost: [::1]\r\n\r\n")
        assert connection.recv(13) == b"HTTP/1.1 200 "
    server.stop()


def test_start_on_a_taken_port_raises_oserror(ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock) -> None:
    taken = urlsplit(ddbstreams_server.url).port
    assert taken is not None
    with pytest.raises(OSError, match=r"(?i)in use"):
        StreamsServer(ddbstreams_mock, port=taken).start()


@pytest.mark.parametrize("port", [-1, 65536, "80"])
def test_a_number_that_is_no_port_is_refused(ddbstreams_mock: StreamsMock, port: Any) -> None:
    with pytest.raises(InvalidOption, match=f"port={port!r} does not fit; port takes an integer from 0 to 65535"):
        StreamsServer(ddbstreams_mock, port=port)


# --- requirements


def test_the_error_of_start_without_h11_names_the_extra(
    ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h11", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs h11.*pip install 'pytest-ddbstreams\[server\]'"):
        StreamsServer(ddbstreams_mock).start()


def test_importing_streams_server_does_not_import_h11() -> None:
    code = "import sys, pytest_ddbstreams; pytest_ddbstreams.StreamsServer; print('h11' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"


def test_pytest_lists_the_fixture_with_its_description(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_inprocess("--fixtures").stdout
    listed.fnmatch_lines(["ddbstreams_server -- *", "*served over HTTP on loopback*"])
