"""Sleeping tasks of asyncio and trio: they wake in the order of their waking times, while their loop runs on.

The loops stay on real clocks, so that timeouts end what hangs.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from .sleepers import LoopSleepers

if TYPE_CHECKING:
    from datetime import datetime

    from .sleepers import Sleepers

#: How many rounds of its loop a task sleeps at least: tasks that are awake need some rounds until they sleep, too.
_ROUNDS = 10


class AsyncioSleepers(LoopSleepers):
    """The sleeping tasks of a running event loop of asyncio."""

    def __init__(self, sleepers: Sleepers) -> None:
        super().__init__(sleepers)
        # Not the loop itself: it is the key under which this object is kept as long as the loop lives.
        self._loop = ref(asyncio.get_running_loop())
        self._rounds = 0
        self._next: asyncio.Handle | None = None

    def is_running(self) -> bool:
        """Return whether the loop runs."""
        loop = self._loop()
        return loop is not None and loop.is_running()

    async def sleep(self, wakes: datetime) -> None:
        """Let the running task sleep until an instant."""
        future = asyncio.get_running_loop().create_future()
        with self.sleeping(wakes, partial(wake, future)):
            self._begin()
            await future

    def _begin(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self._rounds = 0
        self._next = asyncio.get_running_loop().call_soon(self._drive)

    def _drive(self) -> None:
        """Count a round; wake the tasks that are due once tasks that are awake had their rounds."""
        loop, self._next = asyncio.get_running_loop(), None
        if not self.waiting:
            return
        self._rounds += 1
        if self._rounds < _ROUNDS:
            self._next = loop.call_soon(self._drive)
        elif self.wake_due():
            self._begin()
        else:
            self._next = loop.call_later(self.waiting[0].pause() or 0, self._drive)


def wake(future: asyncio.Future[None]) -> None:
    """Let a task go on that waits for a future."""
    if not future.done():  # the task may be cancelled already
        future.set_result(None)


class TrioSleepers(LoopSleepers):
    """The sleeping tasks of a run of trio."""

    def __init__(self, sleepers: Sleepers) -> None:
        super().__init__(sleepers)
        self._is_driven = False

    def is_running(self) -> bool:
        """Return True: a run cancels its tasks before it ends."""
        return True

    async def sleep(self, wakes: datetime) -> None:
        """Let the running task sleep until an instant."""
        import trio

        event = trio.Event()
        with self.sleeping(wakes, event.set):
            if not self._is_driven:
                self._is_driven = True
                trio.lowlevel.spawn_system_task(self._drive)
            await event.wait()

    async def _drive(self) -> None:
        """Wake the tasks that are due whenever all tasks are blocked, until no task sleeps."""
        import trio
        from trio.testing import wait_all_tasks_blocked

        while self.waiting:
            await wait_all_tasks_blocked()
            if self.waiting and not self.wake_due():
                with trio.move_on_after(self.waiting[0].pause() or 0):
                    await trio.sleep_forever()
        self._is_driven = False


class TaskSleepers:
    """The sleeping tasks of each event loop and each run of trio."""

    def __init__(self, sleepers: Sleepers) -> None:
        self._sleepers = sleepers
        self._loops: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    async def sleep_in_asyncio(self, wakes: datetime) -> None:
        """Let the running task of asyncio sleep until an instant."""
        await self._of(asyncio.get_running_loop(), AsyncioSleepers).sleep(wakes)

    async def sleep_in_trio(self, wakes: datetime) -> None:
        """Let the running task of trio sleep until an instant."""
        await self._of(sys.modules["trio"].lowlevel.current_trio_token(), TrioSleepers).sleep(wakes)

    def _of(self, loop: Any, kind: type[AsyncioSleepers | TrioSleepers]) -> Any:
        if loop not in self._loops:
            self._loops[loop] = kind(self._sleepers)
        return self._loops[loop]
