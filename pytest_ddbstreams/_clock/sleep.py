"""The functions that sleep under a frozen clock instead of those of Python and trio."""

from __future__ import annotations

import asyncio
import math
import sys
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from .._imports import when_imported
from .replacements import Replacement
from .sleepers import NEVER
from .tasks import TaskSleepers

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sleepers import Sleepers

_STANDARD = sys.stdlib_module_names | {__name__.partition(".")[0]}


class FrozenSleep:
    """Replacements of the functions that sleep, and of the clocks that event loops run on.

    Args:
        sleepers: the sleepers of the process.
        monotonic: returns the real monotonic time in seconds.
    """

    def __init__(self, sleepers: Sleepers, monotonic: Callable[[], float]) -> None:
        self._sleepers = sleepers
        self._monotonic = monotonic
        self._tasks = TaskSleepers(sleepers)
        self._replacements = (
            Replacement("time", "sleep", self._make_time_sleep),
            Replacement("threading", "Event.wait", self._make_event_wait),
            Replacement("asyncio.tasks", "sleep", self._make_asyncio_sleep),
            Replacement("trio._timeouts", "sleep", self._make_trio_sleep),
            Replacement("trio._timeouts", "sleep_until", self._make_trio_sleep_until),
        )
        #: Puts the clocks of event loops back.
        self._loop_clocks = ExitStack()

    def install(self) -> None:
        """Replace the functions; if that fails, replace none."""
        with ExitStack() as undo:
            undo.callback(self.uninstall)
            self._keep_real(asyncio.BaseEventLoop, "time", lambda _: self._monotonic())
            self._sleepers.freeze(frozen=True)
            self._replace()
            when_imported("trio", self.install_in_trio)
            undo.pop_all()

    def uninstall(self) -> None:
        """Restore the real functions, also in modules that were imported meanwhile."""
        self._sleepers.freeze(frozen=False)
        for replacement in self._replacements:
            replacement.restore()
        self._loop_clocks.close()

    def _replace(self) -> None:
        for replacement in self._replacements:
            replacement.replace()

    def install_in_trio(self) -> None:
        """Keep trio's clock real, and replace its functions; trio is imported, maybe while the clock was frozen."""
        if self._sleepers.are_frozen:
            self._keep_real(sys.modules["trio._core._run"], "perf_counter", self._monotonic)
            self._replace()

    def _keep_real(self, owner: Any, name: str, real: Callable[..., float]) -> None:
        """Let an event loop read its time from a real clock."""
        self._loop_clocks.callback(setattr, owner, name, vars(owner).get(name))
        setattr(owner, name, real)

    def _make_time_sleep(self, real: Callable[[float], None]) -> Callable[[float], None]:
        def sleep(seconds: float, /) -> None:
            """Stand in for ``time.sleep``."""
            # Another comparison would let NaN pass. What is no time is refused by the real function.
            if not (self._sleepers.are_frozen and seconds > 0):
                return real(seconds)
            return self._sleepers.sleep(self._sleepers.instant_after(seconds))

        return sleep

    def _make_event_wait(self, real: Callable[..., bool]) -> Callable[..., bool]:
        def wait(event: threading.Event, timeout: float | None = None) -> bool:
            """Stand in for ``threading.Event.wait``."""
            if timeout is None or not (self._sleepers.are_frozen and timeout > 0) or _is_standard(sys._getframe(1)):  # noqa: SLF001 - documented
                return real(event, timeout)
            # The longest timeout that Python takes stands for a wait without one.
            wakes = self._sleepers.instant_after(timeout) if timeout < threading.TIMEOUT_MAX else NEVER
            return self._sleepers.wait(wakes, partial(real, event), event.is_set)

        return wait

    def _make_asyncio_sleep(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep(delay: float, result: Any = None) -> Any:
            """Stand in for ``asyncio.sleep``."""
            if not (self._sleepers.are_frozen and delay > 0):
                return await real(delay, result)
            wakes = self._sleepers.instant_after(delay)
            await (real(math.inf) if wakes == NEVER else self._tasks.sleep_in_asyncio(wakes))
            return result

        return sleep

    def _make_trio_sleep(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep(seconds: float) -> None:
            """Stand in for ``trio.sleep``."""
            if not (self._sleepers.are_frozen and seconds > 0 and _is_on_real_clock()):
                await real(seconds)
            else:
                await self._sleep_in_trio(seconds)

        return sleep

    def _make_trio_sleep_until(self, real: Callable[..., Any]) -> Callable[..., Any]:
        async def sleep_until(deadline: float) -> None:
            """Stand in for ``trio.sleep_until``, whose deadline is a time of the loop's clock."""
            seconds = deadline - sys.modules["trio"].current_time()
            if not (self._sleepers.are_frozen and seconds > 0 and _is_on_real_clock()):
                await real(deadline)
            else:
                await self._sleep_in_trio(seconds)

        return sleep_until

    async def _sleep_in_trio(self, seconds: float) -> None:
        wakes = self._sleepers.instant_after(seconds)
        await (sys.modules["trio"].sleep_forever() if wakes == NEVER else self._tasks.sleep_in_trio(wakes))


def _is_standard(frame: Any) -> bool:
    """Return whether a frame runs code of the standard library, whose own waits take real time.

    A frame of this package is between a pool of the standard library and its job.
    """
    return frame.f_globals.get("__name__", "").partition(".")[0] in _STANDARD


def _is_on_real_clock() -> bool:
    """Return whether trio runs on its own clock. One of the user's, such as a MockClock, rules the sleeps itself."""
    return type(sys.modules["trio"].lowlevel.current_clock()).__name__ == "SystemClock"
