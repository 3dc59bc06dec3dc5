"""A sleep that the test has patched stays patched while the clock is frozen, and the same object stays."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from datetime import datetime, timezone
from time import sleep
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

import pytest

from pytest_ddbstreams import Clock, mock_streams

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
HOURS = 5 * 3600


def elapsed(clock: Clock) -> float:
    return (clock.now() - NOON).total_seconds()


@pytest.fixture(params=["mock", "function"])
def patched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Patch both functions that sleep before any freeze, and return the objects that stand there."""
    made = [Mock(return_value=None), AsyncMock()] if request.param == "mock" else [lambda _: None, nothing]
    monkeypatch.setattr(time, "sleep", made[0])
    monkeypatch.setattr(asyncio, "sleep", made[1])
    return made


async def nothing(_: float) -> None:
    """Stand in for asyncio.sleep in a test."""


def test_a_patch_of_the_test_stays_while_the_clock_is_frozen_and_after(patched: list[Any]) -> None:
    with Clock().freeze(NOON) as clock:
        assert [time.sleep, asyncio.sleep] == patched
        time.sleep(HOURS)
        asyncio.run(asyncio.sleep(HOURS))
        assert elapsed(clock) == 0
    assert [time.sleep, asyncio.sleep] == patched


def test_a_patch_of_the_test_stays_when_tick_freezes_the_clock(patched: list[Any]) -> None:
    with mock_streams() as streams:
        streams.clock.tick(minutes=1)
        assert [time.sleep, asyncio.sleep] == patched
    assert [time.sleep, asyncio.sleep] == patched


def test_a_patch_of_the_test_stays_when_drain_freezes_the_clock(patched: list[Any]) -> None:
    with mock_streams() as streams:
        stream = streams.create_stream("orders")
        mapping = streams.event_source_mapping(
            stream, lambda *_: None, starting_position="TRIM_HORIZON", maximum_batching_window_in_seconds=60
        )
        stream.put({"pk": "1"})
        mapping.drain()
        assert streams.clock.is_frozen
        assert [time.sleep, asyncio.sleep] == patched
    assert [time.sleep, asyncio.sleep] == patched


def test_a_mock_of_a_patch_is_called_with_the_seconds_that_the_code_under_test_sleeps() -> None:
    with patch("time.sleep") as slept, Clock().freeze(NOON):
        time.sleep(60)
        slept.assert_called_once_with(60)
        assert time.sleep is slept


def test_a_wrapper_of_the_real_sleep_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    @functools.wraps(asyncio.sleep)
    async def wrapper(delay: float, result: Any = None) -> Any:
        slept.append(delay)
        return result

    slept: list[float] = []

    monkeypatch.setattr(asyncio, "sleep", wrapper)
    with Clock().freeze(NOON) as clock:
        assert asyncio.run(asyncio.sleep(HOURS, "wrapped")) == "wrapped"
        assert elapsed(clock) == 0
    assert asyncio.sleep is wrapper


def test_a_module_keeps_the_real_sleep_replaced_although_the_test_has_patched_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "sleep", Mock())
    with Clock().freeze(NOON) as clock:
        sleep(HOURS)
        assert elapsed(clock) == HOURS


def test_a_patched_wait_of_events_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(event: threading.Event, timeout: float | None = None) -> bool:
        return (event.is_set(), timeout) == (False, HOURS)

    monkeypatch.setattr(threading.Event, "wait", wait)
    with Clock().freeze(NOON):
        assert threading.Event().wait(HOURS)
    assert threading.Event.wait is wait
