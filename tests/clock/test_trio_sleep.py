"""trio, and anyio on trio, under the frozen clock: the loop runs on a real clock, and sleeps move the frozen one."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import anyio
import boto3
import pytest
import trio
import trio.testing

from pytest_ddbstreams import Clock, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
#: Seconds. A test that sleeps so long in real time does not end.
HOURS = 5 * 3600
REAL_SLEEP = time.sleep


@pytest.fixture
def clock() -> Iterator[Clock]:
    before = trio.sleep, trio.sleep_until
    with Clock().freeze(NOON) as clock:
        yield clock
    assert (trio.sleep, trio.sleep_until) == before


@pytest.fixture
def frozen() -> Iterator[StreamsMock]:
    with mock_streams(freeze=NOON) as mock:
        yield mock


def elapsed(clock: Clock) -> float:
    return (clock.now() - NOON).total_seconds()


def test_trio_sleep_moves_the_clock(clock: Clock) -> None:
    trio.run(trio.sleep, HOURS)
    assert elapsed(clock) == HOURS


def test_trio_sleep_until_moves_the_clock(clock: Clock) -> None:
    async def main() -> None:
        await trio.sleep_until(trio.current_time() + HOURS)

    trio.run(main)
    assert elapsed(clock) == pytest.approx(HOURS, abs=60)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_sleep_moves_the_clock(clock: Clock, backend: str) -> None:
    anyio.run(anyio.sleep, HOURS, backend=backend)
    assert elapsed(clock) == HOURS


def test_tasks_of_trio_wake_in_the_order_of_their_waking_times(clock: Clock) -> None:
    ticks: list[tuple[str, float]] = []

    async def tick(name: str, every: int, times: int) -> None:
        for _ in range(times):
            await trio.sleep(every)
            ticks.append((name, elapsed(clock)))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick, "slow", 5, 2)
            nursery.start_soon(tick, "fast", 2, 4)

    trio.run(main)
    assert ticks == [("fast", 2), ("fast", 4), ("slow", 5), ("fast", 6), ("fast", 8), ("slow", 10)]


def test_a_cancelled_task_of_trio_delays_no_sleeper_and_does_not_move_the_clock(clock: Clock) -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for seconds in (60, 2 * HOURS):
                with trio.CancelScope() as scope:
                    scope.cancel()
                    await trio.sleep(seconds)
            nursery.start_soon(trio.sleep, HOURS)

    trio.run(main)
    assert elapsed(clock) == HOURS


@pytest.mark.parametrize("seconds", [math.inf, 1e12])
def test_a_sleep_of_trio_for_ever_or_past_the_year_9999_waits_until_it_is_cancelled(
    clock: Clock, seconds: float
) -> None:
    async def main() -> bool:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, seconds)
            nursery.start_soon(trio.sleep_forever)
            await trio.sleep(HOURS)
            nursery.cancel_scope.cancel()
        return nursery.cancel_scope.cancelled_caught

    assert trio.run(main)
    assert elapsed(clock) == HOURS


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_sleep_forever_waits_until_it_is_cancelled(clock: Clock, backend: str) -> None:
    ended: list[float] = []

    async def sleep() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(elapsed(clock))

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sleep)
            await anyio.sleep(HOURS)
            tasks.cancel_scope.cancel()

    anyio.run(main, backend=backend)
    assert ended == [HOURS]


def test_a_timeout_of_trio_ends_what_hangs_while_the_clock_is_frozen(clock: Clock) -> None:
    async def main() -> bool:
        with trio.move_on_after(0.01) as scope:
            await trio.Event().wait()
        return scope.cancelled_caught

    assert trio.run(main)
    assert elapsed(clock) == 0


@pytest.mark.parametrize(("seconds", "error"), [(0, None), (-1, "must be non-negative"), (math.nan, "NaN")])
def test_a_sleep_without_time_is_left_to_trio(clock: Clock, seconds: float, error: str | None) -> None:
    if error is None:
        trio.run(trio.sleep, seconds)
    else:
        with pytest.raises(ValueError, match=error):
            trio.run(trio.sleep, seconds)
    assert elapsed(clock) == 0


@pytest.mark.parametrize("method", ["sleep", "sleep_until"])
def test_a_mock_clock_of_trio_rules_the_sleeps_of_its_run(clock: Clock, method: str) -> None:
    async def main() -> float:
        await getattr(trio, method)(HOURS)
        return trio.current_time()

    assert trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0)) == HOURS
    assert elapsed(clock) == 0


def test_a_sleep_of_trio_takes_real_time_after_the_freeze() -> None:
    with Clock().freeze(NOON) as clock:
        kept, kept_until = trio.sleep, trio.sleep_until

    async def main() -> None:
        await kept(0.001)
        await kept_until(trio.current_time() + 0.001)
        await trio.sleep(0.001)

    trio.run(main)
    assert not clock.is_frozen


def test_a_task_of_trio_wakes_if_the_freeze_ends_before_its_waking_time() -> None:
    async def sleep(begins: trio.Event) -> None:
        begins.set()  # before the unfreezing, which would let a later sleep take hours
        await trio.sleep(HOURS)

    async def main() -> None:
        clock, begins = Clock().freeze(NOON.replace(year=2100)), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep, begins)
            await begins.wait()
            clock.unfreeze()

    trio.run(main)


def test_a_sleep_of_trio_that_the_user_has_patched_stays_patched(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    slept: list[float] = []
    monkeypatch.setattr(trio, "sleep", sleep)
    with clock.freeze(NOON):
        trio.run(trio.sleep, HOURS)
    assert (slept, trio.sleep) == ([HOURS], sleep)


def test_a_task_of_trio_waits_while_a_thread_whose_call_it_awaits_works(frozen: StreamsMock) -> None:
    """The call's action waits until the sleeper has had its chance; it would see a clock that moved."""
    client = boto3.client("dynamodbstreams", region_name="us-east-1")
    begun, seen = threading.Event(), []

    def act() -> None:
        begun.set()
        for _ in range(30):
            REAL_SLEEP(0.001)
        seen.append(elapsed(frozen.clock))

    frozen.after_call("ListStreams", act)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, client.list_streams)
            await trio.to_thread.run_sync(begun.wait)
            await trio.sleep(60)

    trio.run(main)
    assert (seen, elapsed(frozen.clock)) == ([0], 60)


def test_a_task_of_trio_sleeps_again_after_the_run_had_no_sleeper_for_a_while(clock: Clock) -> None:
    async def main() -> None:
        for _ in range(2):
            await trio.sleep(60)
            for _ in range(10):
                await trio.testing.wait_all_tasks_blocked()

    trio.run(main)
    assert elapsed(clock) == 120


def test_a_thread_and_a_task_of_trio_in_another_thread_wake_in_the_order_of_their_waking_times(clock: Clock) -> None:
    woken: list[str] = []
    both_sleep = threading.Barrier(2)

    async def sleep() -> None:
        await trio.sleep(1)  # its thread counts from now on
        both_sleep.wait(60)
        await trio.sleep(60)
        woken.append("task")

    thread = threading.Thread(target=trio.run, args=(sleep,))
    thread.start()
    both_sleep.wait(60)
    time.sleep(HOURS)
    woken.append("thread")
    thread.join()
    assert (woken, elapsed(clock)) == (["task", "thread"], HOURS + 1)


IMPORTED_LATE = """
from pytest_ddbstreams import mock_streams
import sys
assert "trio" not in sys.modules
with mock_streams(freeze="2026-01-01T00:00:00Z") as mock:
    import trio
    async def main():
        await trio.sleep(3600)
        with trio.move_on_after(0.01):
            await trio.sleep_forever()
    trio.run(main)
    print(mock.clock.now().hour)
trio.run(trio.sleep, 0.001)
"""


def run(code: str) -> str:
    """Return what a program prints in another process, which must end well."""
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - see above
    assert ran.stderr == ""
    return ran.stdout


def test_trio_may_be_imported_while_the_clock_is_frozen() -> None:
    assert run(IMPORTED_LATE) == "1\n"


def test_trio_may_be_imported_after_the_clock_was_frozen() -> None:
    late = IMPORTED_LATE.replace("    import trio\n    async def", "    pass\nimport trio\nif True:\n    async def")
    late = late.replace("sleep(3600)", "sleep(0.001)").replace("    print(mock.clock.now().hour)\n", "")
    assert run(late) == ""
