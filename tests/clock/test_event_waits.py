"""Waits for an event with a timeout wait for the frozen clock, unless the standard library waits."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from clock.threads import NOON, Worker, elapsed, work_until

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_wait_for_an_event_moves_the_clock_and_returns_false(mock: StreamsMock) -> None:
    assert threading.Event().wait(3600) is False
    assert elapsed(mock) == 3600


def test_a_service_that_polls_by_a_polite_stop_is_stopped_without_real_time(
    mock: StreamsMock, call: Callable[[], None]
) -> None:
    stop, polls = threading.Event(), []

    def serve() -> None:
        while not stop.wait(timeout=60):
            polls.append(elapsed(mock))

    call()
    service = Worker(serve)
    time.sleep(3600 - 1)
    stop.set()
    service.finish()
    assert polls == [60 * number for number in range(1, 60)]


def test_a_wait_ends_when_its_event_is_set_and_does_not_move_the_clock(
    mock: StreamsMock, call: Callable[[], None], looks: list[None]
) -> None:
    event, waited = threading.Event(), []
    call()
    waiter = Worker(lambda: waited.append(event.wait(3600)))
    work_until(lambda: len(looks) >= 20)
    event.set()
    waiter.finish()
    assert (waited, elapsed(mock)) == ([True], 0)


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_wait_without_time_returns_at_once(mock: StreamsMock, timeout: int) -> None:
    assert threading.Event().wait(timeout) is False
    assert elapsed(mock) == 0


def test_a_wait_for_an_event_that_is_set_does_not_move_the_clock(mock: StreamsMock) -> None:
    event = threading.Event()
    event.set()
    assert event.wait(60) is True
    assert elapsed(mock) == 0


@pytest.mark.parametrize("timeout", [float("inf"), threading.TIMEOUT_MAX, 1e12, None])
def test_a_wait_for_ever_waits_until_its_event_is_set(
    mock: StreamsMock, call: Callable[[], None], timeout: float | None
) -> None:
    event, waited = threading.Event(), []
    waiting = threading.Event()
    waiter = Worker(call, waiting.set, lambda: waited.append(event.wait(timeout)))
    waiting.wait()
    time.sleep(3600)
    event.set()
    waiter.finish()
    assert (waited, elapsed(mock)) == ([True], 3600)


def test_a_timer_keeps_real_time(mock: StreamsMock) -> None:
    ran = threading.Event()
    timer = threading.Timer(0.01, ran.set)
    timer.start()
    ran.wait()
    timer.join()
    assert elapsed(mock) == 0


def test_a_wait_of_the_standard_library_keeps_real_time(mock: StreamsMock) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(threading.Event().wait, 0.01).result() is False
    assert elapsed(mock) == 0


def test_the_real_wait_is_restored_at_the_end_of_the_freeze() -> None:
    before = threading.Event.wait
    with mock_streams(freeze=NOON):
        kept = threading.Event.wait
        assert kept is not before
    assert threading.Event.wait is before
    assert kept(threading.Event(), 0.001) is False


# Sleeps for ever


@pytest.mark.parametrize("seconds", [float("inf"), 1e12, 10**400])
def test_a_sleep_of_a_thread_past_the_year_9999_delays_no_other_sleeper(mock: StreamsMock, seconds: float) -> None:
    begun = threading.Event()
    sleeper = Worker(lambda: time.sleep(1), begun.set, lambda: time.sleep(seconds))
    begun.wait()
    time.sleep(3600)
    assert elapsed(mock) == 3601
    assert sleeper.is_alive()
