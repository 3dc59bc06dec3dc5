from __future__ import annotations

import asyncio
import math
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from time import sleep
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import Clock, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
#: Seconds. A test that sleeps so long in real time does not end.
HOURS = 5 * 3600
REAL = time.sleep, asyncio.sleep


@pytest.fixture
def clock() -> Iterator[Clock]:
    with Clock().freeze(NOON) as clock:
        yield clock
    assert (time.sleep, sleep, asyncio.sleep, asyncio.tasks.sleep) == (REAL[0], REAL[0], REAL[1], REAL[1])


def elapsed(clock: Clock) -> float:
    return (clock.now() - NOON).total_seconds()


def test_time_sleep_moves_the_clock_and_returns_at_once(clock: Clock) -> None:
    time.sleep(HOURS)
    assert elapsed(clock) == HOURS


def test_a_sleep_that_a_module_imported_by_name_moves_the_clock(clock: Clock) -> None:
    sleep(HOURS)
    assert elapsed(clock) == HOURS


def test_a_negative_sleep_is_refused_as_python_refuses_it(clock: Clock) -> None:
    with pytest.raises(ValueError, match="sleep length must be non-negative"):
        time.sleep(-1)
    assert elapsed(clock) == 0


def test_a_sleep_in_a_thread_moves_the_clock(clock: Clock) -> None:
    thread = threading.Thread(target=sleep, args=(HOURS,))
    thread.start()
    thread.join()
    assert elapsed(clock) == HOURS


def test_a_module_imported_during_a_freeze_gets_the_real_sleep_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("imported_while_frozen")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Clock().freeze(NOON):
        exec("from time import sleep", vars(module))  # noqa: S102 - an import
        assert module.sleep is not REAL[0]
    assert module.sleep is REAL[0]


def test_a_sleep_that_the_test_patches_during_a_freeze_stays_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    with Clock().freeze(NOON):
        monkeypatch.setattr(time, "sleep", slept.append)
    time.sleep(HOURS)
    assert slept == [HOURS]
    # The end of the patch puts back the replacement of the first freeze. The next freeze removes it.
    monkeypatch.undo()
    with Clock().freeze(NOON):
        time.sleep(HOURS)
    assert time.sleep is REAL[0]


def test_a_kept_reference_to_a_frozen_sleep_sleeps_in_real_time_after_the_freeze() -> None:
    with Clock().freeze(NOON):
        kept, kept_async = time.sleep, asyncio.sleep
    kept(0)
    assert asyncio.run(kept_async(0, "result")) == "result"
    with pytest.raises(ValueError, match="non-negative"):
        kept(-1)


def test_sleep_stays_frozen_until_the_outermost_freeze_ends(clock: Clock) -> None:
    with clock.freeze(NOON):
        time.sleep(HOURS)
    time.sleep(60)
    assert elapsed(clock) == 60


# asyncio


def test_asyncio_sleep_moves_the_clock_and_returns_its_result(clock: Clock) -> None:
    assert asyncio.run(asyncio.sleep(HOURS, "result")) == "result"
    assert elapsed(clock) == HOURS


@pytest.mark.parametrize("delay", [0, -1])
def test_asyncio_sleep_for_zero_seconds_runs_other_tasks_and_does_not_move_the_clock(clock: Clock, delay: int) -> None:
    async def main() -> list[str]:
        ran: list[str] = []
        other = asyncio.create_task(append(ran, "other"))
        await asyncio.sleep(delay)
        ran.append("main")
        await other
        return ran

    assert asyncio.run(main()) == ["other", "main"]
    assert elapsed(clock) == 0


async def append(ran: list[str], name: str) -> None:
    ran.append(name)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 10**6), max_size=6))
def test_tasks_wake_in_the_order_of_their_waking_times(delays: list[int]) -> None:
    async def sleeper(clock: Clock, delay: int) -> float:
        await asyncio.sleep(delay)
        woken.append(elapsed(clock))
        return elapsed(clock)

    async def main(clock: Clock) -> list[float]:
        return await asyncio.gather(*(sleeper(clock, delay) for delay in delays))

    woken: list[float] = []
    with Clock().freeze(NOON) as clock:
        assert asyncio.run(main(clock)) == delays
    assert woken == sorted(delays)


def test_two_tasks_that_sleep_repeatedly_alternate_as_in_real_time(clock: Clock) -> None:
    ticks: list[tuple[str, float]] = []

    async def ticker(name: str, every: int, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(every)
            ticks.append((name, elapsed(clock)))

    async def main() -> None:
        await asyncio.gather(ticker("slow", 5, 2), ticker("fast", 2, 4))

    asyncio.run(main())
    assert ticks == [("fast", 2), ("fast", 4), ("slow", 5), ("fast", 6), ("fast", 8), ("slow", 10)]


def test_a_task_started_by_a_woken_task_wakes_before_later_sleepers(clock: Clock) -> None:
    async def produce(queue: asyncio.Queue[float]) -> None:
        await asyncio.sleep(2)
        await queue.put(elapsed(clock))

    async def consume(queue: asyncio.Queue[float]) -> float:
        await queue.get()
        await asyncio.sleep(1)
        return elapsed(clock)

    async def main() -> Any:
        queue: asyncio.Queue[float] = asyncio.Queue()
        consumer = asyncio.wait_for(asyncio.gather(consume(queue)), None)
        return await asyncio.gather(asyncio.sleep(10), produce(queue), consumer)

    assert asyncio.run(main()) == [None, None, [3]]
    assert elapsed(clock) == 10


@pytest.mark.parametrize("cancelled", [60, HOURS])
def test_a_cancelled_sleeper_delays_no_task_and_does_not_move_the_clock(clock: Clock, cancelled: int) -> None:
    async def main() -> None:
        others = [asyncio.create_task(asyncio.sleep(delay)) for delay in (cancelled, 90, 90)]
        await asyncio.sleep(0)
        others[0].cancel()
        await asyncio.gather(*others[1:])
        assert (others[0].cancelled(), elapsed(clock)) == (True, 90)
        await asyncio.sleep(2 * HOURS)

    asyncio.run(main())
    assert elapsed(clock) == 90 + 2 * HOURS


@pytest.mark.parametrize("delay", [math.inf, 1e12, 10**400])
def test_a_sleep_for_ever_or_past_the_year_9999_waits_until_it_is_cancelled(clock: Clock, delay: float) -> None:
    async def main() -> bool:
        sleeping = asyncio.create_task(asyncio.sleep(delay))
        await asyncio.sleep(HOURS)
        assert not sleeping.done()
        sleeping.cancel()
        await asyncio.wait([sleeping])
        return sleeping.cancelled()

    assert asyncio.run(main())
    assert elapsed(clock) == HOURS


def test_a_sleep_may_end_in_the_last_second_of_the_calendar(clock: Clock) -> None:
    clock.move_to("9999-12-31T23:59:58Z")
    asyncio.run(asyncio.sleep(1))
    assert clock.now() == datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@pytest.mark.parametrize("number", [60, 60.0])
def test_a_sleep_takes_each_number_that_python_takes(clock: Clock, number: Any) -> None:
    time.sleep(number)
    asyncio.run(asyncio.sleep(number))
    assert elapsed(clock) == 120


@pytest.mark.usefixtures("clock")
def test_not_a_number_is_refused_as_python_refuses_it() -> None:
    with pytest.raises(ValueError, match="NaN"):
        time.sleep(math.nan)


def test_a_sleeper_of_a_closed_loop_delays_no_other_sleeper(clock: Clock) -> None:
    async def begin() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(60)))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    asyncio.run(asyncio.sleep(HOURS))
    assert elapsed(clock) == HOURS
    loop.run_until_complete(tasks[0])
    loop.close()


def test_the_event_loop_calls_its_timers_while_a_task_sleeps(clock: Clock) -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_later(0.001, done.set_result, "timer")
        await asyncio.sleep(HOURS)
        return str(await done)

    assert asyncio.run(main()) == "timer"
    assert elapsed(clock) == HOURS


def test_a_sleeper_wakes_if_the_freeze_ends_before_its_waking_time() -> None:
    async def main() -> bool:
        clock = Clock().freeze(NOON.replace(year=2100))
        sleeping = asyncio.create_task(asyncio.sleep(HOURS))
        await asyncio.sleep(0)
        clock.unfreeze()
        await sleeping
        return clock.is_frozen

    assert asyncio.run(main()) is False


def test_a_sleeper_does_not_move_back_a_clock_that_is_past_its_waking_time(clock: Clock) -> None:
    async def main() -> None:
        sleeping = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        clock.tick(hours=5)
        await sleeping

    asyncio.run(main())
    assert elapsed(clock) == HOURS


# botocore


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_a_retry_of_botocore_moves_the_clock_instead_of_waiting(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", mode)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    with mock_streams(freeze=NOON) as streams:
        streams.fail("ListStreams", "ThrottlingException", times=3)
        boto3.client("dynamodbstreams").list_streams()
        assert [call.attempt for call in streams.calls] == [1, 2, 3, 4]
        times = [call.at for call in streams.calls]
        assert times == sorted(times)
        assert times[-1] > NOON


@mock_streams(freeze=NOON)
def test_a_poll_loop_that_sleeps_for_a_day_ends_at_once(ddbstreams_mock: StreamsMock) -> None:
    client = boto3.client("dynamodbstreams", region_name="us-east-1")
    for _ in range(24):
        client.list_streams()
        time.sleep(3600)
    hours = [call.at - NOON for call in ddbstreams_mock.calls]
    assert hours == [timedelta(hours=hour) for hour in range(24)]
