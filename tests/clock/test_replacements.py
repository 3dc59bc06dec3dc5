"""Replaced functions of modules that are not there, and wake-ups of tasks that no longer sleep."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from pytest_ddbstreams import Clock
from pytest_ddbstreams._clock import freezes
from pytest_ddbstreams._clock.replacements import Replacement
from pytest_ddbstreams._clock.tasks import wake

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def stand_in(real: Callable[..., Any]) -> Callable[..., Any]:
    return partial(real)


def test_a_function_of_a_module_that_is_not_imported_is_not_replaced_and_not_restored() -> None:
    replacement = Replacement("a_module_that_nothing_imports", "sleep", stand_in)
    replacement.replace()
    replacement.restore()
    assert "a_module_that_nothing_imports" not in sys.modules


def test_trio_keeps_its_functions_if_it_is_imported_after_the_freeze() -> None:
    before = trio.sleep
    with Clock().freeze(NOON):
        pass
    freezes._sleep.install_in_trio()
    assert trio.sleep is before


def test_a_task_that_was_cancelled_before_it_wakes_stays_cancelled() -> None:
    async def main() -> bool:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        wake(future)
        return future.cancelled()

    assert asyncio.run(main())
