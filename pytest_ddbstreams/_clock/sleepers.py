"""Sleepers under a frozen clock: the clock moves to the earliest wake-up once every thread that counts is asleep.

A thread counts if it has called a mock or slept on the clock, and lives. A thread that works for one real second
without a call, such as one that waits for a bare lock, counts no more until its next call or sleep: nothing hangs.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from bisect import insort
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from threading import Condition, get_ident, local
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakSet

from .._locks import make_lock
from .waits import is_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

#: The waking time of a sleep for ever, and of one past the year 9999.
NEVER: Final = datetime.max.replace(tzinfo=timezone.utc)

#: How many real seconds a thread may work without a call, and still count.
_PATIENCE: Final = 1.0

#: How many real seconds pass between two looks at the other threads, at first and at most.
_SHORTEST: Final = 0.001
_LONGEST: Final = 0.01


class ProcessClock(Protocol):
    """The process clock, as sleepers need it."""

    def now(self) -> datetime:
        """Return the time."""

    def advance(self, instant: datetime) -> None:
        """Move the clock on to an instant."""

    def monotonic(self) -> float:
        """Return the real monotonic time in seconds, whatever is frozen."""


@dataclass(eq=False)
class Sleeper:
    """One sleep of a thread or of a task.

    Attributes:
        wakes: when it ends.
        order: its place among the sleeps that end at the same time.
        wake: ends the sleep of a task.
        is_interrupted: returns whether the sleep of a thread ends early.
    """

    wakes: datetime
    order: int
    wake: Callable[[], Any] = field(default=lambda: None)
    is_interrupted: Callable[[], bool] = field(default=lambda: False)
    #: For each other thread that is awake: how often it had called or slept, and since when it is seen awake.
    watched: dict[ThreadState, tuple[int, float]] = field(default_factory=dict)
    _pause: float = _SHORTEST / 2

    def pause(self) -> float | None:
        """Return how many real seconds pass until the next look at the other threads; None: all."""
        self._pause = min(2 * self._pause, _LONGEST)
        return None if self.wakes == NEVER else self._pause

    def __lt__(self, other: Sleeper) -> bool:
        return (self.wakes, self.order) < (other.wakes, other.order)


class ThreadState:
    """A thread, and what a sleeper in another thread must know about it.

    A context manager, for the time in which a call of the thread is answered.
    """

    def __init__(self) -> None:
        self.ident = get_ident()
        self.counts = False
        #: How often it has called a mock or slept.
        self.uses = 0
        #: How many calls of the thread are being answered.
        self.answering = 0
        #: Its sleep, if the thread itself sleeps, and not a task.
        self.sleeper: Sleeper | None = None
        #: Its event loops with sleeping tasks.
        self.loops: list[LoopSleepers] = []

    def use(self) -> ThreadState:
        """Let the thread count."""
        self.counts = True
        self.uses += 1
        return self

    def next_sleeper(self) -> Sleeper | None:
        """Return the sleeper of the thread that wakes first, or None. Tasks do not wake while the thread sleeps."""
        if self.sleeper is not None:
            return self.sleeper
        return min((loop.waiting[0] for loop in tuple(self.loops) if loop.waiting and loop.is_running()), default=None)

    def __enter__(self) -> None:
        self.use().answering += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.answering -= 1


class _Here(local):
    """The state of the running thread. It ends with the thread."""

    def __init__(self, states: WeakSet[ThreadState]) -> None:
        self.state = ThreadState()
        with LOCK:
            states.add(self.state)


#: Held by the thread that freezes, moves or releases the clock, or that looks whether a sleeper wakes.
LOCK = make_lock()


class Sleepers:
    """The sleepers of a process, and its threads that count.

    Args:
        clock: the process clock.
    """

    def __init__(self, clock: ProcessClock) -> None:
        self._clock = clock
        self._changed = Condition(LOCK)
        self._states: WeakSet[ThreadState] = WeakSet()
        self._here = _Here(self._states)
        self._order = count()
        #: Whether the clock is frozen, so that sleepers move it.
        self.are_frozen = False

    @property
    def thread(self) -> ThreadState:
        """The running thread."""
        return self._here.state

    def forget_threads(self) -> None:
        """Let no thread count until its next call or sleep."""
        with LOCK:
            for state in self._states:
                state.counts = False

    def freeze(self, *, frozen: bool) -> None:
        """Say whether the clock is frozen; sleepers whose freeze ends wake."""
        with LOCK:
            self.are_frozen = frozen
            self._changed.notify_all()

    def instant_after(self, seconds: float) -> datetime:
        """Return the instant that is so many seconds from now, `NEVER` if the calendar has none."""
        try:
            return min(self._clock.now() + timedelta(seconds=float(seconds)), NEVER)
        except OverflowError:
            return NEVER

    def sleeper(self, wakes: datetime, **more: Any) -> Sleeper:
        """Return a new sleep of the running thread, which counts from now on."""
        self.thread.use()
        return Sleeper(wakes, next(self._order), **more)

    def sleep(self, wakes: datetime) -> None:
        """Let the running thread sleep until an instant."""
        with self._sleeping(self.sleeper(wakes)) as sleeper, LOCK:
            while not self.may_wake(sleeper):
                self._changed.wait(sleeper.pause())

    def wait(self, wakes: datetime, wait: Callable[[float | None], bool], is_set: Callable[[], bool]) -> bool:
        """Let the running thread wait for an event until an instant, and return whether the event is set.

        Args:
            wakes: the instant.
            wait: waits for the event for so many real seconds, None: for ever, and returns whether it is set.
            is_set: returns whether the event is set.
        """
        with self._sleeping(self.sleeper(wakes, is_interrupted=is_set)) as sleeper:
            while not (is_set() or self.may_wake(sleeper)):
                if wait(sleeper.pause()):
                    return True
            return is_set()

    @contextmanager
    def _sleeping(self, sleeper: Sleeper) -> Iterator[Sleeper]:
        state = self.thread
        outer = state.sleeper
        with LOCK:
            state.sleeper = sleeper
            # The earliest sleeper may have waited for this thread only.
            self._changed.notify_all()
        try:
            yield sleeper
        finally:
            state.sleeper = outer

    def is_over(self, sleeper: Sleeper) -> bool:
        """Return whether a sleep has ended, because its time has come, or because the clock is frozen no more."""
        return not self.are_frozen or self._clock.now() >= sleeper.wakes

    def may_wake(self, sleeper: Sleeper) -> bool:
        """Return whether a sleep of the running thread ends now; move the clock to its end if nothing else is due."""
        with LOCK:
            if sleeper.wakes == NEVER:
                return False
            if self.is_over(sleeper):
                return True
            if not self._is_next(sleeper):
                return False
            self._advance(sleeper.wakes)
            return True

    def _advance(self, instant: datetime) -> None:
        self._clock.advance(instant)
        self._changed.notify_all()

    def _is_next(self, sleeper: Sleeper) -> bool:
        """Return whether every other thread that counts is asleep, and wakes later."""
        others = [state for state in self._states if state.counts and state is not self.thread]
        # Else a thread that wakes another one, and waits then, could be seen asleep together with it.
        first, second = self._look(sleeper, others), self._look(sleeper, others)
        return first == second and None not in first

    def _look(self, sleeper: Sleeper, others: list[ThreadState]) -> list[object]:
        """Return for each thread the wait that it is in; None: it is awake, or wakes earlier."""
        frames = sys._current_frames()  # noqa: SLF001 - documented
        return [self._wait_of(state, sleeper, frames) for state in others if state.ident in frames]

    def _wait_of(self, state: ThreadState, sleeper: Sleeper, frames: dict[int, Any]) -> object:
        first = state.next_sleeper()
        wait = self._asleep_in(state, frames[state.ident], first)
        if wait is None:
            self._watch(state, sleeper)
            return None
        sleeper.watched.pop(state, None)
        return None if first is not None and first < sleeper else wait

    def _asleep_in(self, state: ThreadState, frame: Any, first: Sleeper | None) -> object:
        """Return the wait that a thread is in, the same object while it lasts, or None if the thread is awake."""
        if first is not None and (first.wakes <= self._clock.now() or first.is_interrupted()):
            return None
        if state.sleeper is not None:
            return state.sleeper
        return frame if not state.answering and is_waiting(frame) else None

    def _watch(self, state: ThreadState, sleeper: Sleeper) -> None:
        """Note that a thread is awake; let it count no more if it has worked too long without a call."""
        real = self._clock.monotonic()
        uses, since = sleeper.watched.get(state, (-1, real))
        if uses != state.uses:
            sleeper.watched[state] = (state.uses, real)
        elif real - since >= _PATIENCE:
            state.counts = False


class LoopSleepers(ABC):
    """The sleeping tasks of one event loop. Its driver calls `wake_due` whenever no task of the loop is ready.

    Args:
        sleepers: the sleepers of the process.
    """

    def __init__(self, sleepers: Sleepers) -> None:
        self.sleepers = sleepers
        #: The sleepers, in the order of their waking times.
        self.waiting: list[Sleeper] = []
        self._thread = sleepers.thread

    @abstractmethod
    def is_running(self) -> bool:
        """Return whether the loop runs: the tasks of one that does not run cannot wake."""

    @contextmanager
    def sleeping(self, wakes: datetime, wake: Callable[[], Any]) -> Iterator[None]:
        """Add a sleeper for the time of the block.

        Args:
            wakes: when it wakes.
            wake: ends the wait in the block.
        """
        sleeper = self.sleepers.sleeper(wakes, wake=wake)
        with LOCK:
            insort(self.waiting, sleeper)
            if self not in self._thread.loops:
                self._thread.loops.append(self)
        try:
            yield
        finally:
            with LOCK:
                self.waiting.remove(sleeper)
                if not self.waiting:
                    self._thread.loops.remove(self)

    def wake_due(self) -> bool:
        """Wake the tasks whose time has come, and return whether there are any."""
        with LOCK:
            first = self.waiting[0]
            if not self.sleepers.may_wake(first):
                return False
            due = [each for each in self.waiting if each.wakes <= first.wakes or self.sleepers.is_over(each)]
        for sleeper in due:
            sleeper.wake()
        return True
