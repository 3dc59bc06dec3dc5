"""Threads, tasks and jobs that outlive their mock are refused; clients, pools and loops serve the next mock."""

from __future__ import annotations

import asyncio
import threading
from asyncio.base_events import BaseEventLoop
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from functools import wraps
from multiprocessing.pool import ThreadPool
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
import boto3
import pytest
import requests
import trio
from careless_code import swallow

from pytest_ddbstreams import NetworkBlocked, StreamsMock, UnansweredCall, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THIS = "tests/test_work.py::"


def make_client(service: str = "dynamodbstreams", **options: Any) -> Any:
    return boto3.client(service, "us-east-1", **options)


class Waiting:
    """A function that calls a client once it may go on, and keeps the outcome."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._started, self._may_go, self._done = Event(), Event(), Event()
        self.outcome: Any = None

    def __call__(self, *_: object) -> None:
        self._started.set()
        self._may_go.wait(timeout=30)
        try:
            self.outcome = self._call()
        except Exception as error:  # noqa: BLE001 - it is the outcome
            self.outcome = error
        self._done.set()

    def begin(self, start: Callable[[Waiting], object]) -> None:
        """Start the function as a piece of work, and return once it runs."""
        start(self)
        assert self._started.wait(timeout=30)

    def go_on(self) -> Any:
        """Let the function call, and return its outcome."""
        self._may_go.set()
        assert self._done.wait(timeout=30)
        return self.outcome


@contextmanager
def a_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop in a thread of its own until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def run_in(loop: asyncio.AbstractEventLoop, function: Callable[[], Any]) -> Future[Any]:
    async def main() -> Any:
        return await asyncio.to_thread(function)

    return asyncio.run_coroutine_threadsafe(main(), loop)


def in_anyio(function: Callable[[], Any]) -> Any:
    return anyio.run(anyio.to_thread.run_sync, function)


def in_trio(function: Callable[[], Any]) -> Any:
    return trio.run(trio.to_thread.run_sync, function)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def thread_pool() -> Iterator[ThreadPool]:
    with ThreadPool(1) as pool:
        yield pool


@pytest.fixture(
    params=["thread", "timer", "executor", "thread pool", "map of a thread pool", "asyncio", "anyio", "trio"]
)
def start(request: pytest.FixtureRequest) -> Iterator[Callable[[Callable[..., Any]], object]]:
    """Return a function that starts another one as a piece of work, in each way."""
    with ExitStack() as stack:
        loop = stack.enter_context(a_loop())
        pool = stack.enter_context(ThreadPoolExecutor(1))
        thread_pool = stack.enter_context(ThreadPool(1))
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        starts: dict[str, Callable[[Callable[..., Any]], object]] = {
            "thread": lambda function: Thread(target=function).start(),
            "timer": lambda function: threading.Timer(0, function).start(),
            "executor": lambda function: pool.submit(function, 1),
            "thread pool": lambda function: thread_pool.apply_async(function, [1]),
            "map of a thread pool": lambda function: thread_pool.map_async(function, [1]),
            "asyncio": lambda function: run_in(loop, function),
            "anyio": lambda function: portal.start_task_soon(anyio.to_thread.run_sync, function),
            "trio": lambda function: Thread(target=in_trio, args=[function]).start(),
        }
        yield starts[request.param]


def test_work_that_outlives_its_mock_is_refused_by_the_next_mock(start: Callable[..., object]) -> None:
    client = make_client()
    waiting = Waiting(client.list_streams)
    with mock_streams() as mock:
        waiting.begin(start)
    with mock_streams() as later:
        assert isinstance(waiting.go_on(), NetworkBlocked)
        assert not later.calls
        later.forgive()
    assert not mock.calls


def test_work_is_answered_while_its_mock_is_open(start: Callable[..., object]) -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams() as mock:
        waiting.begin(start)
        waiting.go_on()
        assert len(mock.calls) == 1


def test_work_that_started_while_no_mock_was_open_is_answered_by_the_next_mock(start: Callable[..., object]) -> None:
    waiting = Waiting(make_client().list_streams)
    waiting.begin(start)
    with mock_streams() as mock:
        waiting.go_on()
        assert len(mock.calls) == 1


def test_pools_and_loops_of_an_earlier_mock_serve_the_next_mock_with_new_work(start: Callable[..., object]) -> None:
    client = make_client()
    for _ in range(2):
        waiting = Waiting(client.list_streams)
        with mock_streams() as mock:
            waiting.begin(start)
            waiting.go_on()
            assert len(mock.calls) == 1


def test_the_error_of_stale_work_names_the_test_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams(), monkeypatch.context() as patch:
        patch.setenv("PYTEST_CURRENT_TEST", "tests/test_module.py::test_the_starter (call)")
        waiting.begin(lambda function: Thread(target=function).start())
    with mock_streams() as mock:
        text = str(waiting.go_on())
        mock.forgive()
    assert text.startswith("dynamodb-streams.ListStreams was called by a thread, task or pool job that was started by ")
    assert "started by tests/test_module.py::test_the_starter while the mock that was opened in " in text
    assert (
        f"{THIS}test_the_error_of_stale_work_names_the_test_that_started_it was open, and that mock is closed" in text
    )


def test_a_call_of_stale_work_is_reported_at_the_end_of_the_test_that_runs() -> None:
    client = make_client()
    waiting = Waiting(lambda: swallow(client.list_streams))
    with mock_streams():
        waiting.begin(lambda function: Thread(target=function).start())
    with pytest.raises(UnansweredCall, match="test_a_call_of_stale_work_is_reported"), mock_streams():
        waiting.go_on()


def test_work_of_a_closed_inner_mock_is_refused_by_the_outer_mock() -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams() as outer:
        with mock_streams():
            waiting.begin(lambda function: Thread(target=function).start())
        assert isinstance(waiting.go_on(), NetworkBlocked)
        assert not outer.calls
        outer.forgive()


def test_work_of_the_outer_mock_is_answered_after_the_inner_mock_is_closed() -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams() as outer:
        waiting.begin(lambda function: Thread(target=function).start())
        with mock_streams():
            pass
        waiting.go_on()
        assert len(outer.calls) == 1


def test_work_that_stale_work_starts_is_refused(start: Callable[..., object]) -> None:
    second = Waiting(make_client().list_streams)
    first = Waiting(lambda: second.begin(start))
    with mock_streams():
        first.begin(lambda function: Thread(target=function).start())
    with mock_streams() as mock:
        first.go_on()
        assert isinstance(second.go_on(), NetworkBlocked)
        assert not mock.calls
        mock.forgive()


def test_a_thread_that_a_callback_of_a_pool_starts_is_answered(pool: ThreadPoolExecutor) -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams():
        pool.submit(int).result()
    with mock_streams() as mock:
        may_end = Event()
        future = pool.submit(may_end.wait)
        future.add_done_callback(lambda _: waiting.begin(lambda function: Thread(target=function).start()))
        may_end.set()
        waiting.go_on()
        assert len(mock.calls) == 1


def test_a_job_waiting_in_a_pool_is_refused_once_its_mock_is_closed(pool: ThreadPoolExecutor) -> None:
    client, may_end = make_client(), Event()
    with mock_streams():
        pool.submit(may_end.wait)
        future = pool.submit(client.list_streams)
    with mock_streams() as mock:
        may_end.set()
        with pytest.raises(NetworkBlocked):
            future.result()
        assert not mock.calls


@pytest.mark.parametrize("name", ["imap", "imap_unordered"])
def test_an_iterated_job_of_a_thread_pool_is_refused_once_its_mock_is_closed(
    name: str, thread_pool: ThreadPool
) -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams():
        waiting.begin(lambda function: getattr(thread_pool, name)(function, [1]))
    with mock_streams() as mock:
        assert isinstance(waiting.go_on(), NetworkBlocked)
        mock.forgive()


def test_a_task_that_outlives_its_mock_on_one_loop_is_refused() -> None:
    client = make_client()

    async def main() -> None:
        may_go = asyncio.Event()

        async def call() -> None:
            await may_go.wait()
            client.list_streams()

        with mock_streams():
            task = asyncio.create_task(call())
            await asyncio.sleep(0)
        with mock_streams() as mock:
            may_go.set()
            with pytest.raises(NetworkBlocked):
                await task
            client.list_streams()
            assert len(mock.calls) == 1

    asyncio.run(main())


def test_a_call_in_a_callback_of_an_old_loop_is_answered() -> None:
    waiting = Waiting(make_client().list_streams)
    with ExitStack() as stack:
        with mock_streams():
            loop = stack.enter_context(a_loop())
        with mock_streams() as mock:
            waiting.begin(loop.call_soon_threadsafe)
            waiting.go_on()
            assert len(mock.calls) == 1


def test_stale_work_is_refused_whatever_its_endpoint() -> None:
    waiting = Waiting(make_client(endpoint_url="http://127.0.0.1:1").list_streams)
    with mock_streams():
        waiting.begin(lambda function: Thread(target=function).start())
    with mock_streams() as mock:
        assert isinstance(waiting.go_on(), NetworkBlocked)
        mock.forgive()


def test_stale_work_of_a_mock_that_does_not_block_the_network_is_refused_by_the_next_mock() -> None:
    waiting = Waiting(make_client().list_streams)
    with mock_streams(block_network=False):
        waiting.begin(lambda function: Thread(target=function).start())
    with mock_streams() as mock:
        assert isinstance(waiting.go_on(), NetworkBlocked)
        mock.forgive()


def test_stale_work_with_an_attached_client_is_answered_by_its_own_mock_only() -> None:
    client = make_client()
    first, second = Waiting(client.list_streams), Waiting(client.list_streams)
    with mock_streams() as mock:
        mock.attach(client)
        for waiting in (first, second):
            waiting.begin(lambda function: Thread(target=function).start())
    first.go_on()
    assert len(mock.calls) == 1
    later = StreamsMock()
    later.attach(client)
    assert isinstance(second.go_on(), NetworkBlocked)
    assert not later.calls
    later.forgive()


@pytest.mark.parametrize("is_another_open", [True, False])
def test_a_call_of_another_service_by_stale_work_is_refused_and_names_its_test(*, is_another_open: bool) -> None:
    with mock_streams() as mock:
        table = mock.create_stream("orders", key_schema={"pk": "S"}).table_name
        client = make_client("dynamodb")
        waiting = Waiting(lambda: client.describe_table(TableName=table))
        waiting.begin(lambda function: Thread(target=function).start())
    with mock_streams() if is_another_open else nullcontext() as later:
        if later is not None:
            later.create_stream("orders", key_schema={"pk": "S"})
        outcome = waiting.go_on()
        mock.forgive()
    assert isinstance(outcome, NetworkBlocked)
    assert "was called by a thread, task or pool job that was started by" in str(outcome)


@pytest.mark.parametrize("is_another_open", [True, False])
def test_a_request_of_stale_work_by_requests_is_refused(*, is_another_open: bool) -> None:
    url = "https://streams.dynamodb.us-east-1.amazonaws.com/"
    waiting = Waiting(lambda: requests.post(url, timeout=1))
    with mock_streams() as mock:
        waiting.begin(lambda function: Thread(target=function).start())
    with mock_streams() if is_another_open else nullcontext():
        outcome = waiting.go_on()
        mock.forgive()
    assert isinstance(outcome, NetworkBlocked)


# The wrappers

STARTS = [
    (Thread, "start"),
    (BaseEventLoop, "create_task"),
    (ThreadPoolExecutor, "submit"),
    (ThreadPool, "apply_async"),
]


def test_the_methods_that_start_work_are_put_back_when_the_last_mock_closes() -> None:
    before = [vars(owner).get(name) for owner, name in STARTS]
    with mock_streams():
        with mock_streams():
            pass
        assert all(vars(owner).get(name) is not old for (owner, name), old in zip(STARTS, before, strict=True))
    assert [vars(owner).get(name) for owner, name in STARTS] == before


def test_a_patch_from_before_the_mock_is_called_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    real, started = Thread.start, []

    def start(self: Thread) -> None:
        started.append(self)
        real(self)

    monkeypatch.setattr(Thread, "start", start)
    with mock_streams():
        thread = Thread(target=int)
        thread.start()
        thread.join()
    assert started == [thread]
    assert Thread.start is start


def test_a_patch_made_while_the_mock_is_open_stays_when_it_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Thread.start
    with mock_streams():
        wrapper = Thread.start

        @wraps(wrapper)
        def start(self: Thread) -> None:
            wrapper(self)

        monkeypatch.setattr(Thread, "start", start)
    assert Thread.start is start
    with mock_streams():
        assert Thread.start is not start
    assert Thread.start is start
    # The patch puts the wrapper back, which the next mock replaces.
    monkeypatch.undo()
    assert Thread.start is wrapper
    with mock_streams():
        pass
    assert Thread.start is real


def test_a_wrapper_that_was_kept_starts_threads_while_no_mock_is_open() -> None:
    with mock_streams():
        start = Thread.start
    called = Event()
    start(Thread(target=called.set))
    assert called.wait(timeout=30)


def test_a_wrapper_that_was_kept_starts_tasks_and_callbacks_while_no_mock_is_open() -> None:
    with mock_streams():
        create_task, call_soon = BaseEventLoop.create_task, BaseEventLoop.call_soon_threadsafe

    async def main() -> list[int]:
        loop: Any = asyncio.get_running_loop()
        done = loop.create_future()
        call_soon(loop, done.set_result, 2)
        return [await create_task(loop, asyncio.sleep(0, 1)), await done]

    assert asyncio.run(main()) == [1, 2]
