"""The server's life: it starts, says where it is, answers with its own mock, and leaves nothing behind."""

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

#: A consumer that knows of no fake.
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


def steer(server: StreamsServer, verb: str) -> Any:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        connection.request("POST", f"/_ddbstreams/{verb}")
        return json.loads(connection.getresponse().read())["result"]
    finally:
        connection.close()


# --- consumers in other processes


def test_a_python_process_finds_it_by_its_environment(
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


def test_it_serves_the_mock_of_the_test(ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock) -> None:
    assert ddbstreams_server.streams is ddbstreams_mock


def test_it_serves_the_nearest_mock_that_the_test_asks_for(
    ddbstreams_server: StreamsServer, ddbstreams_mock_module: StreamsMock
) -> None:
    assert ddbstreams_server.streams is ddbstreams_mock_module


def test_it_answers_with_its_own_mock_while_another_is_innermost(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    with mock_streams() as innermost:
        innermost.create_stream("carts")
        assert [stream["table_name"] for stream in steer(ddbstreams_server, "streams")] == ["orders"]


def test_a_client_of_its_own_process_is_answered_by_the_innermost_mock(
    ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    with mock_streams() as innermost:
        innermost.create_stream("carts")
        client = boto3.client("dynamodbstreams", region_name="us-east-1", endpoint_url=ddbstreams_server.url)
        assert [stream["TableName"] for stream in client.list_streams()["Streams"]] == ["carts"]


def test_it_serves_a_mock_that_is_not_open() -> None:
    with StreamsServer(StreamsMock(region="eu-west-1")) as server:
        assert steer(server, "streams") == []


# --- its life


def test_it_has_no_url_until_it_runs(ddbstreams_mock: StreamsMock) -> None:
    server = StreamsServer(ddbstreams_mock)
    with pytest.raises(StreamStateError, match=r"not running and has no url; start\(\) it"):
        server.url  # noqa: B018 - asking is what is tested


def test_it_starts_once(ddbstreams_server: StreamsServer) -> None:
    with pytest.raises(StreamStateError, match=f"running already, at {ddbstreams_server.url}"):
        ddbstreams_server.start()


def test_it_stops_more_than_once_and_starts_again(ddbstreams_mock: StreamsMock) -> None:
    server = StreamsServer(ddbstreams_mock).start()
    server.stop()
    server.stop()
    with server:
        assert steer(server, "streams") == []


def test_it_shows_whether_it_runs(ddbstreams_server: StreamsServer) -> None:
    shown = repr(ddbstreams_server)
    ddbstreams_server.stop()
    assert shown.startswith("<StreamsServer http://127.0.0.1:")
    assert repr(ddbstreams_server) == "<StreamsServer stopped>"


def test_where_it_was_nobody_listens_afterwards(ddbstreams_server: StreamsServer) -> None:
    address = urlsplit(ddbstreams_server.url)
    ddbstreams_server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), timeout=20)


@pytest.mark.parametrize("said", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"])
def test_a_client_that_falls_silent_does_not_hold_it_up_and_no_thread_is_left(
    ddbstreams_mock: StreamsMock, said: bytes
) -> None:
    before = set(threading.enumerate())
    server = StreamsServer(ddbstreams_mock).start()
    with connected(server) as silent:
        silent.sendall(said)
        steer(server, "streams")  # by now the connection before has been accepted
        server.stop()
        assert silent.recv(2**16) == b""
    assert set(threading.enumerate()) == before


def test_an_answer_that_is_held_back_does_not_hold_it_up(
    ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
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


# --- where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104 - to be refused
def test_an_address_that_others_reach_needs_to_be_allowed(ddbstreams_mock: StreamsMock, host: str) -> None:
    with pytest.raises(InvalidOption, match=r"may be reached from other machines.*allow_remote=True.*--allow-remote"):
        StreamsServer(ddbstreams_mock, host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_loopback_has_several_names(ddbstreams_mock: StreamsMock, host: str) -> None:
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
def test_its_url_is_one_that_this_machine_reaches(host: str, url: str) -> None:
    assert url_of(host, 80) == url


def test_it_listens_on_ipv6(ddbstreams_mock: StreamsMock) -> None:
    try:
        server = StreamsServer(ddbstreams_mock, host="::1").start()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    with connected(server) as connection:
        connection.sendall(b"POST /_ddbstreams/streams HTTP/1.1\r\nHost: [::1]\r\n\r\n")
        assert connection.recv(13) == b"HTTP/1.1 200 "
    server.stop()


def test_a_port_that_is_taken_is_an_oserror(ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock) -> None:
    taken = urlsplit(ddbstreams_server.url).port
    assert taken is not None
    with pytest.raises(OSError, match=r"(?i)in use"):
        StreamsServer(ddbstreams_mock, port=taken).start()


@pytest.mark.parametrize("port", [-1, 65536, "80"])
def test_a_port_that_is_none_is_refused(ddbstreams_mock: StreamsMock, port: Any) -> None:
    with pytest.raises(InvalidOption, match=f"port={port!r} does not fit; port takes an integer from 0 to 65535"):
        StreamsServer(ddbstreams_mock, port=port)


# --- what it needs


def test_without_its_library_the_error_names_the_extra(
    ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "werkzeug", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs werkzeug.*pip install 'pytest-ddbstreams\[server\]'"):
        StreamsServer(ddbstreams_mock).start()


def test_the_name_alone_loads_no_library() -> None:
    code = "import sys, pytest_ddbstreams; pytest_ddbstreams.StreamsServer; print('werkzeug' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"


def test_the_fixture_is_listed_with_what_it_is(pytester: pytest.Pytester) -> None:
    listed = pytester.runpytest_inprocess("--fixtures", "-p", "no:cacheprovider", "-p", "no:asyncio").stdout
    listed.fnmatch_lines(["ddbstreams_server -- *", "*served over HTTP on loopback*"])
