"""Child processes: a mock answers only the process that opened it, and the calls of its children go to its server."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests

from pytest_ddbstreams import NetworkBlocked, StreamsMock, StreamsServer, mock_streams
from pytest_ddbstreams._children import _INHERITED, Inheritance, _after_fork, bequest, inherit
from pytest_ddbstreams._interceptors.child_processes import _Parcel
from pytest_ddbstreams._locks import _release_after_fork, make_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://streams.dynamodb.us-east-1.amazonaws.com/"
ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"

pytestmark = [
    # Python 3.12 warns of each fork beside a thread; a server is a thread.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
]


def make_client() -> Any:
    return boto3.client("dynamodbstreams", "us-east-1")


def tables(client: Any = None) -> Any:
    """Return the names of the tables, or the text of the refusal."""
    try:
        return [stream["TableName"] for stream in (client or make_client()).list_streams()["Streams"]]
    except NetworkBlocked as error:
        return str(error)


def in_fork(function: Callable[[], Any]) -> Any:
    """Return what a function returns in a forked child."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:  # pragma: no cover - runs in the child
        try:
            os.write(writer, pickle.dumps(function()))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        written = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(written)  # noqa: S301 - our own


def send_result(pipe: Any, function: Callable[[], Any]) -> None:
    pipe.send(function())


def in_process(method: str) -> Callable[[Callable[[], Any]], Any]:
    """Return a function that runs another one in a process of multiprocessing."""

    def run(function: Callable[[], Any]) -> Any:
        context: Any = multiprocessing.get_context(method)
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=send_result, args=(writer, function))
        process.start()
        writer.close()
        result = reader.recv()
        process.join()
        return result

    return run


def in_pool(function: Callable[[], Any]) -> Any:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function).result()


CHILDREN: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "os.fork": in_fork,
    "fork": in_process("fork"),
    "forkserver": in_process("forkserver"),
    "spawn": in_process("spawn"),
    "process pool": in_pool,
}

each_child = pytest.mark.parametrize("run", CHILDREN.values(), ids=CHILDREN.keys())


@each_child
def test_the_calls_of_a_child_go_to_the_server_that_was_open_when_it_was_started(run: Callable[..., Any]) -> None:
    with mock_streams() as mock, StreamsServer(mock):
        mock.create_stream("orders")
        assert run(tables) == ["orders"]
        assert len(mock.calls) == 1


@each_child
def test_the_calls_of_a_child_are_refused_without_a_server(run: Callable[..., Any]) -> None:
    with mock_streams() as mock:
        mock.create_stream("orders")
        refusal = run(tables)
        assert len(mock.calls) == 0
    assert refusal.startswith(
        "dynamodb-streams.ListStreams was called in a child process, and the mock that was opened in"
    )
    assert "ddbstreams_server" in refusal


@each_child
def test_the_calls_of_a_child_go_to_the_endpoint_in_its_environment(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = StreamsMock()
    served.create_stream("elsewhere")
    with StreamsServer(served) as server, mock_streams():
        monkeypatch.setenv(ENDPOINT, server.url)
        assert run(tables) == ["elsewhere"]


def test_a_client_that_was_made_before_a_fork_is_redirected() -> None:
    with mock_streams() as mock, StreamsServer(mock):
        mock.create_stream("orders")
        client = make_client()
        client.list_streams()
        assert in_fork(lambda: tables(client)) == ["orders"]


def test_a_forked_child_can_open_a_mock_of_its_own() -> None:
    def own() -> Any:
        with mock_streams() as inner:
            inner.create_stream("of-the-child")
            return tables()

    with mock_streams() as mock:
        mock.create_stream("of-the-parent")
        assert in_fork(own) == ["of-the-child"]


def test_a_fork_while_another_thread_holds_the_lock_of_a_mock_does_not_hang_the_child() -> None:
    with mock_streams() as mock:
        stream = mock.create_stream("orders")
        held, may_end = Event(), Event()

        def hold() -> None:
            with mock._service.lock:
                held.set()
                may_end.wait(30)

        thread = Thread(target=hold)
        thread.start()
        held.wait(30)
        try:
            assert in_fork(lambda: len(stream.shards)) == 1
        finally:
            may_end.set()
            thread.join()


# The rules, in this process: a test in a child cannot be measured


@pytest.fixture
def _child(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process be a child of one in which a mock was open."""
    monkeypatch.setenv(ENDPOINT, "")
    monkeypatch.setitem(os.environ, "AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setitem(os.environ, "AWS_SECRET_ACCESS_KEY", "testing")
    _INHERITED[:] = [Inheritance("the mock of the parent", blocks_network=True)]
    yield
    _INHERITED.clear()


@pytest.mark.usefixtures("_child")
def test_a_child_without_an_endpoint_refuses_calls_of_each_library() -> None:
    assert "the mock of the parent answers only the process that opened it" in tables()
    with pytest.raises(NetworkBlocked, match="answers only the process that opened it"):
        requests.post(URL, timeout=1)
    with pytest.raises(NetworkBlocked, match=r"sqs\.ListQueues would have gone to"):
        boto3.client("sqs", "us-east-1").list_queues()
    with pytest.raises(NetworkBlocked, match=r"DescribeTable was called in a child process"):
        boto3.client("dynamodb", "us-east-1").describe_table(TableName="orders")


@pytest.mark.usefixtures("_child")
def test_a_child_with_an_endpoint_redirects_calls_of_each_library(monkeypatch: pytest.MonkeyPatch) -> None:
    served = StreamsMock()
    served.create_stream("orders")
    client = make_client()
    with StreamsServer(served) as server:
        monkeypatch.setenv(ENDPOINT, server.url)
        assert tables(client) == ["orders"]
        assert requests.post(URL, timeout=5).status_code == 400
    served.forgive()


@pytest.mark.usefixtures("_child")
def test_a_child_leaves_calls_to_hosts_that_are_not_of_aws_alone() -> None:
    client = boto3.client("dynamodbstreams", "us-east-1", endpoint_url="http://127.0.0.1:1")
    with pytest.raises(Exception, match="Could not connect"):
        client.list_streams()


def test_a_process_that_forks_without_an_open_mock_bequeaths_nothing() -> None:
    _after_fork()
    assert _INHERITED == []


def test_a_forked_child_has_no_open_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:1")
    with mock_streams() as mock:
        _after_fork()
        try:
            assert "answers only the process that opened it" not in str(_INHERITED)
            assert _INHERITED[0].blocks_network
            with pytest.raises(Exception, match="Could not connect"):
                make_client().list_streams()
        finally:
            _INHERITED.clear()
    assert not mock.calls


def test_a_child_of_stale_work_gets_no_endpoint() -> None:
    found: list[Any] = []
    may_go = Event()

    def start_child() -> None:
        may_go.wait(30)
        found.append(bequest(later._service))

    with mock_streams():
        thread = Thread(target=start_child)
        thread.start()
    with mock_streams() as later, StreamsServer(later):
        may_go.set()
        thread.join()
    [(inherited, variables)] = found
    assert (inherited.blocks_network, variables[ENDPOINT]) == (True, None)


def test_what_a_child_unpickles_makes_the_mock_of_its_parent_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    parcel = _Parcel(Inheritance("the mock", blocks_network=False), {"AWS_REGION": "us-west-2"})
    try:
        pickle.loads(pickle.dumps(parcel))  # noqa: S301 - our own
        assert (_INHERITED, os.environ["AWS_REGION"]) == ([Inheritance("the mock", blocks_network=False)], "us-west-2")
    finally:
        _INHERITED.clear()


def test_a_newer_inheritance_replaces_the_older() -> None:
    try:
        for title in ("first", "second"):
            inherit(Inheritance(title, blocks_network=True), {})
        assert [inherited.title for inherited in _INHERITED] == ["second"]
    finally:
        _INHERITED.clear()


def test_a_forked_child_releases_the_locks_of_other_threads_only() -> None:
    mine, other = make_lock(), make_lock()
    thread = Thread(target=other.acquire)
    thread.start()
    thread.join()
    with mine:
        _release_after_fork()
        assert other.acquire(blocking=False)
        other.release()
        assert mine._is_owned()
