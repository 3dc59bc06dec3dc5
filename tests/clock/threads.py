"""Shared parts of the tests of the clock: a time to freeze at, the state of the process, and threads that work."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import freezegun

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import StreamsMock

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
REAL_SLEEP = time.sleep
#: Real seconds after which a test that hangs fails.
BOUND = 60


def state_of_process() -> tuple[Any, ...]:
    """Return what a freeze changes, and must restore."""
    freezes = len(freezegun.api.freeze_factories)
    return datetime, time.time, time.monotonic, time.sleep, asyncio.sleep, asyncio.BaseEventLoop.time, freezes


def work_until(condition: Callable[[], object]) -> None:
    """Keep the thread awake until a condition holds; a loaded machine takes its time."""
    end = real() + BOUND
    while not condition():
        assert real() < end, "the condition does not come true"
        REAL_SLEEP(0.001)


def real() -> float:
    return float(freezegun.api.real_monotonic())


def elapsed(mock: StreamsMock) -> float:
    return (mock.clock.now() - NOON).total_seconds()


class Worker(threading.Thread):
    """A thread that does its jobs in order, from the constructor on; `finish` raises its error."""

    def __init__(self, *jobs: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._jobs = jobs
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            for job in self._jobs:
                job()
        except BaseException as error:  # noqa: BLE001 - raised by finish()
            self._error = error

    def finish(self) -> None:
        self.join(BOUND)
        assert not self.is_alive()
        if self._error is not None:
            raise self._error
