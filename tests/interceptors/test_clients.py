"""A client that was used with a mock never reaches AWS after the mock is closed; any other client does as before."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ProxyConnectionError
from moto import mock_aws

from pytest_ddbstreams import NetworkBlocked, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: A proxy that does not exist: a request that fails there was let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"max_attempts": 0})
TEST = "tests/interceptors/test_clients.py::test_the_error_of_a_late_call_names_its_host_and_its_test"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")


def make_client(**options: Any) -> Any:
    options = {"config": NOWHERE, **options}
    return botocore.session.get_session().create_client("dynamodbstreams", region_name="us-east-1", **options)


@contextmanager
def a_thread() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Run a thread until the end of the block, and return a function that runs a job in it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        yield lambda job: pool.submit(job).result()


def test_the_error_of_a_late_call_names_its_host_and_its_test() -> None:
    with mock_streams():
        client = make_client()
    with pytest.raises(NetworkBlocked) as refused:
        client.list_streams()
    text = str(refused.value)
    host = "streams.dynamodb.us-east-1.amazonaws.com"
    assert text.startswith(f"dynamodb-streams.ListStreams would have gone to {host}, but the mock that was opened in ")
    assert f"{TEST} is closed" in text
    assert "while no mock is open, or set block_network=False" in text


def test_the_error_of_a_late_call_names_no_test_outside_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with mock_streams():
        client = make_client()
    with pytest.raises(NetworkBlocked, match="but the mock is closed, and this client"):
        client.list_streams()


def test_a_client_that_was_only_called_while_the_mock_was_open_is_refused() -> None:
    client = make_client()
    with mock_streams():
        client.list_streams()
    with pytest.raises(NetworkBlocked):
        client.list_streams()


def test_a_client_without_credentials_is_refused_for_the_closed_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            patch.setenv(name, "/nowhere")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = make_client()
    with mock_streams():
        client.list_streams()
    with pytest.raises(NetworkBlocked):
        client.list_streams()


def test_a_client_that_was_not_used_with_a_mock_is_let_through() -> None:
    before = make_client()
    with mock_streams():
        make_client().list_streams()
    for client in (before, make_client()):
        with pytest.raises(ProxyConnectionError):
            client.list_streams()


def test_a_late_call_is_let_through_if_the_mock_does_not_block_the_network() -> None:
    with mock_streams(block_network=False):
        client = make_client()
        client.list_streams()
    with pytest.raises(ProxyConnectionError):
        client.list_streams()


def test_a_late_call_to_an_endpoint_that_is_not_of_aws_is_let_through() -> None:
    with mock_streams():
        client = make_client(endpoint_url="http://127.0.0.1:1", config=Config(retries={"max_attempts": 0}))
        client.list_streams()
    with pytest.raises(EndpointConnectionError):
        client.list_streams()


def test_the_next_mock_answers_a_client_of_a_closed_mock() -> None:
    with mock_streams():
        client = make_client()
    with mock_streams() as streams:
        client.list_streams()
    assert len(streams.calls) == 1


def test_moto_answers_a_late_call_if_it_is_active() -> None:
    with mock_aws():
        with mock_streams():
            client = make_client()
        assert client.list_streams()["Streams"] == []


def test_an_attached_client_is_answered_by_its_own_mock_after_another_mock_is_closed() -> None:
    own = StreamsMock()
    with mock_streams():
        client = make_client()
        own.attach(client)
        client.list_streams()
    client.list_streams()
    assert len(own.calls) == 2


# Threads


def test_a_thread_that_outlives_its_mock_is_refused_with_a_new_client() -> None:
    with ExitStack() as stack:
        with mock_streams():
            run = stack.enter_context(a_thread())
        with pytest.raises(NetworkBlocked):
            run(lambda: make_client().list_streams())


def test_a_thread_that_is_older_than_the_mock_is_let_through_with_a_new_client() -> None:
    with a_thread() as run:
        with mock_streams():
            pass
        with pytest.raises(ProxyConnectionError):
            run(lambda: make_client().list_streams())


def test_a_poll_loop_in_a_thread_ends_with_an_error_when_its_mock_closes() -> None:
    polled, refused = Event(), []

    def poll(client: Any) -> None:
        try:
            while True:
                client.list_streams()
                polled.set()
        except NetworkBlocked as error:
            refused.append(error)

    client = make_client()
    with mock_streams() as streams:
        thread = Thread(target=poll, args=[client])
        thread.start()
        assert polled.wait(timeout=30)
    thread.join(timeout=30)
    streams.forgive()
    assert len(refused) == 1


def test_a_request_is_refused_if_its_mock_closes_between_signing_and_sending() -> None:
    mock = mock_streams()
    streams = mock.start()
    client = make_client()
    client.meta.events.register_last("before-sign", lambda **_: mock.stop())
    with pytest.raises(NetworkBlocked):
        client.list_streams()
    streams.forgive()


# aiobotocore


def test_an_aiobotocore_client_is_refused_after_its_mock_is_closed() -> None:
    session = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed").get_session()

    async def main() -> None:
        with mock_streams():
            making = session.create_client("dynamodbstreams", region_name="us-east-1", config=NOWHERE)
            client = await making.__aenter__()
            await client.list_streams()
        try:
            await client.list_streams()
        finally:
            await making.__aexit__(None, None, None)

    with pytest.raises(NetworkBlocked, match="test_an_aiobotocore_client_is_refused_after_its_mock_is_closed"):
        asyncio.run(main())
