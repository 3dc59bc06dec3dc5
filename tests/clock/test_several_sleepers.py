"""Several threads and tasks that sleep on the frozen clock wake in the order of their waking times."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from clock.threads import NOON, Worker, elapsed, work_until

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.usefixtures("looks")
def test_two_threads_that_sleep_repeatedly_alternate_as_in_real_time(
    mock: StreamsMock, call: Callable[[], None]
) -> None:
    ticks: list[tuple[str, float]] = []
    start = threading.Barrier(2)

    def tick(name: str, every: int, times: int) -> None:
        call()
        start.wait()
        for _ in range(times):
            time.sleep(every)
            ticks.append((name, elapsed(mock)))

    workers = [Worker(lambda: tick("slow", 5, 2)), Worker(lambda: tick("fast", 2, 4))]
    for worker in workers:
        worker.finish()
    assert ticks == [("fast", 2), ("fast", 4), ("slow", 5), ("fast", 6), ("fast", 8), ("slow", 10)]


@pytest.mark.usefixtures("looks")
@pytest.mark.parametrize("seconds", [3, 7])
def test_a_thread_and_a_task_of_another_thread_wake_in_the_order_of_their_waking_times(
    mock: StreamsMock, call: Callable[[], None], seconds: int
) -> None:
    ticks: list[float] = []
    start = threading.Barrier(2)

    async def main() -> None:
        for _ in range(20):
            await asyncio.sleep(5)
            ticks.append(elapsed(mock))

    def run_loop() -> None:
        call()
        start.wait()
        asyncio.run(main())

    loop = Worker(run_loop)
    call()
    start.wait()
    for _ in range(20):
        time.sleep(seconds)
        ticks.append(elapsed(mock))
    loop.finish()
    assert ticks == sorted([5 * number for number in range(1, 21)] + [seconds * number for number in range(1, 21)])


def test_a_sleep_of_a_thread_passes_over_its_own_tasks_which_cannot_run(mock: StreamsMock) -> None:
    async def main() -> float:
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        time.sleep(3600)  # noqa: ASYNC251 - the code under test may block its loop
        late = elapsed(mock)
        await task
        return late

    assert asyncio.run(main()) == 3600
    assert elapsed(mock) == 3600


@pytest.mark.usefixtures("looks")
def test_a_sleeper_passes_over_the_tasks_of_a_loop_that_does_not_run(mock: StreamsMock) -> None:
    ready, done = threading.Event(), threading.Event()

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        return task

    def run_a_part() -> None:
        loop = asyncio.new_event_loop()
        task = loop.run_until_complete(begin())
        ready.set()
        done.wait()
        loop.run_until_complete(task)
        loop.close()

    worker = Worker(run_a_part)
    ready.wait()
    time.sleep(3600)
    assert elapsed(mock) == 3600
    done.set()
    worker.finish()


@pytest.mark.usefixtures("looks")
def test_a_sleeper_waits_for_a_thread_that_the_clock_has_woken(mock: StreamsMock, call: Callable[[], None]) -> None:
    """Both wake at the same time. The one that sleeps again at once must not move the clock before the other ran."""
    seen: dict[str, list[float]] = {"one": [], "two": []}
    start = threading.Barrier(2)

    def sleep_often(name: str) -> None:
        call()
        start.wait()
        for _ in range(50):
            time.sleep(60)
            seen[name].append(elapsed(mock))

    workers = [Worker(lambda: sleep_often("one")), Worker(lambda: sleep_often("two"))]
    for worker in workers:
        worker.finish()
    assert seen["one"] == seen["two"] == [60 * number for number in range(1, 51)]


def test_the_sleepers_of_all_threads_wake_if_the_freeze_ends(mock: StreamsMock, looks: list[None]) -> None:
    with mock_streams() as inner:
        mock.clock.unfreeze()
        inner.clock.freeze(NOON)
        time.sleep(60)
        sleeper = Worker(lambda: time.sleep(60))
        work_until(lambda: len(looks) >= 20)
        inner.clock.unfreeze()
        work_until(lambda: not sleeper.is_alive())
