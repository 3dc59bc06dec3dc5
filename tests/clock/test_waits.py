"""Whether a thread waits, by its innermost frame."""

from __future__ import annotations

import asyncio
import queue
import selectors
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams._clock.waits import is_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BOUND = 60


def waits(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and is_waiting(frame)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < end, "the condition does not come true"
        time.sleep(0.001)


def frame(module: str, function: str, **local: Any) -> Any:
    """Return what `is_waiting` reads of the frame of a function."""
    return SimpleNamespace(f_globals={"__name__": module}, f_code=SimpleNamespace(co_name=function), f_locals=local)


@pytest.fixture
def started() -> Iterator[Callable[..., threading.Thread]]:
    """Return a function that starts a thread, which must end by the end of the test."""
    threads: list[threading.Thread] = []

    def start(job: Callable[[], Any]) -> threading.Thread:
        threads.append(threading.Thread(target=job, daemon=True))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(BOUND)
        assert not thread.is_alive()


def test_a_thread_that_runs_code_of_the_test_does_not_wait() -> None:
    assert not waits(threading.current_thread())


def test_a_thread_in_an_event_waits(started: Callable[..., threading.Thread]) -> None:
    event = threading.Event()
    thread = started(event.wait)
    until(lambda: waits(thread))
    event.set()


def test_a_thread_in_a_queue_waits(started: Callable[..., threading.Thread]) -> None:
    items: queue.Queue[None] = queue.Queue()
    thread = started(items.get)
    until(lambda: waits(thread))
    items.put(None)


def test_a_thread_that_was_notified_waits_no_more_although_it_has_not_run_yet(
    started: Callable[..., threading.Thread],
) -> None:
    condition = threading.Condition()

    def wait() -> None:
        with condition:
            condition.wait()

    thread = started(wait)
    until(lambda: waits(thread))
    with condition:
        # The thread cannot leave `wait` as long as this one holds the condition.
        condition.notify()
        assert not waits(thread)


def test_a_thread_that_joins_another_one_waits_while_that_one_lives(started: Callable[..., threading.Thread]) -> None:
    event = threading.Event()
    joined = started(event.wait)
    thread = started(joined.join)
    until(lambda: waits(thread))
    event.set()


def test_a_thread_of_a_pool_waits_if_there_is_no_work() -> None:
    with ThreadPoolExecutor(1) as pool:
        thread = pool.submit(threading.current_thread).result()
        until(lambda: waits(thread))


@pytest.mark.parametrize(("pending", "item"), [([], "work"), (["work"], None)])
def test_a_thread_of_a_pool_with_work_does_not_wait(pending: list[str], item: str | None) -> None:
    items: queue.SimpleQueue[str] = queue.SimpleQueue()
    for each in pending:
        items.put(each)
    assert not is_waiting(frame("concurrent.futures.thread", "_worker", work_queue=items, work_item=item))


def test_a_thread_in_an_event_loop_without_ready_tasks_waits(started: Callable[..., threading.Thread]) -> None:
    loop = asyncio.new_event_loop()
    thread = started(loop.run_forever)
    until(lambda: waits(thread))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(BOUND)
    loop.close()


def test_a_selector_waits_until_one_of_its_files_is_ready() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ)
        selecting = frame("selectors", "select", self=selector, timeout=5)
        assert is_waiting(selecting)
        theirs.send(b".")
        assert not is_waiting(selecting)


def test_a_selector_that_only_looks_for_events_does_not_wait() -> None:
    with selectors.DefaultSelector() as selector:
        assert not is_waiting(frame("selectors", "select", self=selector, timeout=0))
        assert is_waiting(frame("selectors", "select", self=selector, timeout=None))


def test_a_selector_that_is_closed_does_not_wait() -> None:
    selector = selectors.DefaultSelector()
    selector.close()
    assert not is_waiting(frame("selectors", "select", self=selector, timeout=5))


def test_an_event_loop_in_c_waits() -> None:
    assert is_waiting(frame("asyncio.runners", "run"))


@pytest.mark.parametrize("locked", [True, False])
def test_a_worker_thread_of_trio_waits_until_it_gets_a_job(*, locked: bool) -> None:
    lock = threading.Lock()
    if locked:
        lock.acquire()
    worker = SimpleNamespace(_worker_lock=lock)
    assert is_waiting(frame("trio._core._thread_cache", "_work", self=worker)) is locked


def test_a_function_of_that_name_elsewhere_does_not_wait() -> None:
    assert not is_waiting(frame("tests.threading", "wait"))
