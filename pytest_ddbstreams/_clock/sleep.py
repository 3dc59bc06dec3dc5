"""Sleep without real time: under a frozen clock a sleeper moves the clock instead of waiting.

Tasks of one event loop wake in the order of their wake-up times, as in real time; the loop itself runs on, so that its
other work is done.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_NAME = "sleep"
#: The attribute of a replacement that holds the real function.
_REAL = "_ddbstreams_real"
#: How many rounds of its loop a task sleeps at least: tasks that are awake need some rounds until they sleep, too.
_ROUNDS = 10


class FrozenSleep:
    """Replacements of ``time.sleep`` and ``asyncio.sleep``, wherever a module holds them under their name.

    Args:
        now: returns the time.
        advance: moves the clock on to an instant, unless it is later already.
    """

    def __init__(self, now: Callable[[], datetime], advance: Callable[[datetime], None]) -> None:
        self._now = now
        self._advance = advance
        self._sleepers: WeakKeyDictionary[Any, list[datetime]] = WeakKeyDictionary()
        #: Each real function with its replacement; empty while none is replaced.
        self._replaced: list[tuple[Any, Any]] = []

    def install(self) -> None:
        """Replace both functions, also in modules with ``from time import sleep``."""
        swaps = {}
        todo: list[tuple[Any, Any]] = [(time.sleep, self._replace_time), (asyncio.sleep, self._replace_asyncio)]
        for current, replace in todo:
            # It may be an earlier replacement that a test's patch has put back.
            real = getattr(current, _REAL, current)
            replacement = replace(real)
            setattr(replacement, _REAL, real)
            swaps[id(current)] = swaps[id(real)] = replacement
            self._replaced.append((real, replacement))
        _swap(swaps)

    def uninstall(self) -> None:
        """Restore the real functions, also in modules that were imported meanwhile."""
        _swap({id(replacement): real for real, replacement in self._replaced})
        self._replaced = []

    def _replace_time(self, real: Callable[[float], None]) -> Callable[[float], None]:
        def sleep(seconds: float, /) -> None:
            """Stand in for ``time.sleep``."""
            if not self._replaced:  # the caller kept this replacement
                return real(seconds)
            if seconds < 0:
                raise ValueError("sleep length must be non-negative")
            return self._advance(self._now() + timedelta(seconds=seconds))

        return sleep

    def _replace_asyncio(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep(delay: float, result: Any = None) -> Any:
            """Stand in for ``asyncio.sleep``."""
            if not self._replaced:  # the caller kept this replacement
                return await real(delay, result)
            if delay <= 0:
                return await real(0, result)
            await self._wait_until(self._now() + timedelta(seconds=delay), real)
            return result

        return sleep

    async def _wait_until(self, wakes: datetime, real: Callable[..., Any]) -> None:
        sleepers = self._sleepers.setdefault(asyncio.get_running_loop(), [])
        heappush(sleepers, wakes)
        try:
            rounds = 0
            while rounds < _ROUNDS:
                await real(0)
                rounds = 0 if sleepers[0] < wakes else rounds + 1
            if self._replaced:  # else the clock was released meanwhile, and cannot be moved
                self._advance(wakes)
        finally:
            _remove(sleepers, wakes)


def _swap(replacements: dict[int, Any]) -> None:
    """Replace, by identity, the functions that modules have under the name."""
    for module in tuple(sys.modules.values()):
        replacement = replacements.get(id(getattr(module, "__dict__", {}).get(_NAME)))
        if replacement is not None:
            setattr(module, _NAME, replacement)


def _remove(sleepers: list[datetime], wakes: datetime) -> None:
    if sleepers[0] == wakes:
        heappop(sleepers)
    else:  # cancelled before its time
        sleepers.remove(wakes)
        sleepers.sort()
