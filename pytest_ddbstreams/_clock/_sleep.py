"""Sleep that costs no time: under a frozen clock a sleeper moves the clock instead of waiting for it.

Tasks of one event loop wake in the order of their waking times, as they would in real time; the loop itself
keeps running, so that what else it has to do is done.
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


class FrozenSleep:
    """Replacements of ``time.sleep`` and ``asyncio.sleep``, wherever a module holds them under their name.

    Args:
        now: asks the clock.
        move: sets the clock.
    """

    def __init__(self, now: Callable[[], datetime], move: Callable[[datetime], None]) -> None:
        self._now = now
        self._move = move
        self._sleepers: WeakKeyDictionary[Any, list[datetime]] = WeakKeyDictionary()
        self._changed: list[tuple[Any, Any]] = []

    def install(self) -> None:
        """Replace both, also where a module did ``from time import sleep``."""
        replacements = {
            id(time.sleep): self.sleep,
            id(asyncio.sleep): self._replace_asyncio(asyncio.sleep),
        }
        for module in tuple(sys.modules.values()):
            original = getattr(module, "__dict__", {}).get(_NAME)
            replacement = replacements.get(id(original))
            if replacement is not None:
                setattr(module, _NAME, replacement)
                self._changed.append((module, original))

    def uninstall(self) -> None:
        """Put back what was there."""
        while self._changed:
            module, original = self._changed.pop()
            setattr(module, _NAME, original)

    def sleep(self, seconds: float, /) -> None:
        """Stands in for ``time.sleep``."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._move(self._now() + timedelta(seconds=seconds))

    def _replace_asyncio(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep(delay: float, result: Any = None) -> Any:
            """Stand in for ``asyncio.sleep``."""
            if delay > 0:
                await self._wait_until(self._now() + timedelta(seconds=delay), real)
            return await real(0, result)

        return sleep

    async def _wait_until(self, wakes: datetime, real: Callable[..., Any]) -> None:
        sleepers = self._sleepers.setdefault(asyncio.get_running_loop(), [])
        heappush(sleepers, wakes)
        try:
            await real(0)
            while sleepers[0] < wakes:
                await real(0)
            if self._now() < wakes:
                self._move(wakes)
        finally:
            _remove(sleepers, wakes)


def _remove(sleepers: list[datetime], wakes: datetime) -> None:
    if sleepers[0] == wakes:
        heappop(sleepers)
    else:  # cancelled before its time
        sleepers.remove(wakes)
        sleepers.sort()
