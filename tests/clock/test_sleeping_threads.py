"""Threads that sleep on the frozen clock, beside threads that work, wait, and call the mock."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from clock.threads import BOUND, NOON, Worker, elapsed, real, work_until

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._clock import sleepers

if TYPE_CHECKING:
    from collections.abc import Callable


# Who counts


def test_a_sleeper_waits_while_a_thread_that_has_called_the_mock_works(
    mock: StreamsMock, call: Callable[[], None], looks: list[None]
) -> None:
    call()
    sleeper = Worker(*[lambda: time.sleep(60)] * 3)
    work_until(lambda: len(looks) >= 20)
    assert elapsed(mock) == 0
    sleeper.finish()
    assert elapsed(mock) == 180


def test_a_sleeper_waits_while_a_thread_that_has_slept_works(mock: StreamsMock, looks: list[None]) -> None:
    time.sleep(60)
    sleeper = Worker(lambda: time.sleep(60))
    work_until(lambda: len(looks) >= 20)
    assert elapsed(mock) == 60
    sleeper.finish()
    assert elapsed(mock) == 120


@pytest.mark.usefixtures("looks")
def test_a_sleeper_does_not_wait_for_a_thread_that_has_neither_called_nor_slept(mock: StreamsMock) -> None:
    sleeper = Worker(lambda: time.sleep(60))
    work_until(lambda: not sleeper.is_alive())
    assert elapsed(mock) == 60


@pytest.mark.usefixtures("looks")
def test_a_sleeper_does_not_wait_for_a_thread_that_has_ended(mock: StreamsMock, call: Callable[[], None]) -> None:
    Worker(call).finish()
    time.sleep(60)
    assert elapsed(mock) == 60


@pytest.mark.usefixtures("looks")
def test_a_sleeper_does_not_wait_for_a_thread_that_called_an_earlier_mock() -> None:
    with mock_streams():
        boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()
    with mock_streams(freeze=NOON) as mock:
        sleeper = Worker(lambda: time.sleep(60))
        work_until(lambda: not sleeper.is_alive())
        assert elapsed(mock) == 60


def test_a_call_before_the_freeze_lets_its_thread_count(looks: list[None]) -> None:
    with mock_streams() as mock:
        boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()
        with mock.clock.freeze(NOON):
            sleeper = Worker(lambda: time.sleep(60))
            work_until(lambda: len(looks) >= 20)
            assert elapsed(mock) == 0
            sleeper.finish()


def test_a_thread_whose_call_is_being_answered_is_awake_although_it_waits(
    mock: StreamsMock, call: Callable[[], None], looks: list[None]
) -> None:
    answer, called = threading.Event(), threading.Event()

    def wait_in_the_call() -> None:
        called.set()
        answer.wait()
        moved.append(elapsed(mock))

    moved: list[float] = []
    mock.after_call("ListStreams", wait_in_the_call)
    caller = Worker(call)
    called.wait()
    releaser = Worker(lambda: work_until(lambda: len(looks) >= 20), answer.set)
    time.sleep(60)
    for worker in (caller, releaser):
        worker.finish()
    assert (moved, elapsed(mock)) == ([0], 60)


# A thread that waits without a frame of the standard library


def test_a_thread_on_a_bare_lock_costs_a_sleeper_one_real_second_once(
    mock: StreamsMock, call: Callable[[], None]
) -> None:
    call()
    lock = threading.Lock()
    lock.acquire()
    before = real()

    def work() -> None:
        for _ in range(60):
            time.sleep(60)
        lock.release()

    sleeper = Worker(work)
    assert lock.acquire(timeout=BOUND)
    assert 1 <= real() - before < 30
    assert elapsed(mock) == 3600
    sleeper.finish()


def test_a_thread_that_stopped_to_count_counts_again_after_its_next_call(
    mock: StreamsMock, call: Callable[[], None], looks: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    call()
    with monkeypatch.context() as patch:
        patch.setattr(sleepers, "_PATIENCE", 0)
        first = Worker(lambda: time.sleep(60))
        work_until(lambda: not first.is_alive())
    looks.clear()
    call()
    second = Worker(lambda: time.sleep(60))
    work_until(lambda: len(looks) >= 20)
    assert elapsed(mock) == 60
    second.finish()
    assert elapsed(mock) == 120


def test_a_thread_that_calls_again_and_again_counts_however_long_it_works(
    mock: StreamsMock, call: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: queue.Queue[None] = queue.Queue()
    called: queue.Queue[None] = queue.Queue()
    looks: list[None] = []
    frames = sys._current_frames

    def look() -> Any:
        """Look at the threads after one more call of the main thread."""
        if len(looks) < 20:
            looks.append(None)
            asked.put(None)
            called.get(timeout=BOUND)
        return frames()

    monkeypatch.setattr(sys, "_current_frames", look)
    monkeypatch.setattr(sleepers, "_PATIENCE", 0)
    call()
    sleeper = Worker(lambda: time.sleep(60))
    for _ in range(20):
        work_until(asked.qsize)
        asked.get()
        call()
        assert elapsed(mock) == 0
        called.put(None)
    sleeper.finish()
    assert elapsed(mock) == 60


# Waits of the standard library


def wait_in_a_queue(done: threading.Event) -> None:
    items: queue.Queue[None] = queue.Queue()
    notify(done, lambda: items.put(None))
    items.get()


def wait_for_an_event(done: threading.Event) -> None:
    done.wait()


def wait_for_a_thread(done: threading.Event) -> None:
    notify(done, lambda: None).join()


def wait_for_a_future(done: threading.Event) -> None:
    future: Future[None] = Future()
    notify(done, lambda: future.set_result(None))
    future.result()


def wait_in_an_event_loop(done: threading.Event) -> None:
    async def main() -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        notify(done, lambda: loop.call_soon_threadsafe(event.set))
        await event.wait()

    asyncio.run(main())


def notify(done: threading.Event, action: Callable[[], object]) -> threading.Thread:
    """Start a thread, which does not count, and calls the action as soon as the event is set."""

    def run() -> None:
        done.wait()
        action()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize(
    "wait", [wait_in_a_queue, wait_for_an_event, wait_for_a_thread, wait_for_a_future, wait_in_an_event_loop]
)
def test_a_sleeper_moves_the_clock_while_the_other_threads_wait(
    mock: StreamsMock, call: Callable[[], None], wait: Callable[[threading.Event], None]
) -> None:
    done = threading.Event()

    def sleep_and_notify() -> None:
        for _ in range(60):
            time.sleep(60)
        done.set()

    call()
    sleeper = Worker(sleep_and_notify)
    wait(done)
    assert elapsed(mock) == 3600
    sleeper.finish()


@pytest.mark.usefixtures("looks")
def test_a_sleeper_moves_the_clock_while_the_threads_of_a_pool_have_no_work(
    mock: StreamsMock, call: Callable[[], None]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(call) for _ in range(2)]:
            future.result()
        time.sleep(3600)
        assert elapsed(mock) == 3600


@pytest.mark.usefixtures("looks")
def test_a_thread_that_gets_an_item_after_each_sleep_of_another_one_sees_the_time_of_each(
    mock: StreamsMock, call: Callable[[], None]
) -> None:
    items: queue.Queue[float | None] = queue.Queue()

    def produce() -> None:
        for _ in range(30):
            time.sleep(60)
            items.put(elapsed(mock))
        items.put(None)

    call()
    producer = Worker(produce)
    late = []
    while (made := items.get()) is not None:
        late.append(elapsed(mock) - made)
    assert late == [0] * 30
    producer.finish()
