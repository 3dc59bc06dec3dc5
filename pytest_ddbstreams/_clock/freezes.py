"""The process clock: the time, who rules the clock, and this package's freezes.

The clock may be ruled by freezegun's innermost freeze or by time-machine's travel, of this package or of a test.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import ExitStack

from . import freezegun_freezes, travels
from .freezegun_freezes import monotonic
from .sleep import FrozenSleep
from .sleepers import LOCK, NEVER, Sleepers, ThreadState

#: The libraries that may rule the clock. The first one that rules it is the one to move.
_RULERS = (freezegun_freezes, travels)


class Freeze:
    """One freeze of the process clock."""


def now() -> dt.datetime:
    """Return the time of the process clock, aware and in UTC."""
    # Looked up at each call: freezegun replaces the class, time-machine its method.
    return dt.datetime.now(dt.timezone.utc)


def later(instant: dt.datetime, delta: dt.timedelta) -> dt.datetime:
    """Return the instant that is so much later; the last one of the calendar if the calendar ends before."""
    try:
        return instant + delta
    except OverflowError:
        return NEVER


def hold(instant: dt.datetime) -> Freeze:
    """Stop the process clock at an instant; if that fails, the clock stays as it was."""
    freeze = Freeze()
    with LOCK, ExitStack() as undo:
        freezegun_freezes.hold(instant)
        undo.callback(freezegun_freezes.release, len(_held))
        if not _held:
            _sleep.install()
        _held.append(freeze)
        undo.pop_all()
    return freeze


def release(freeze: Freeze) -> None:
    """Undo one `hold`."""
    with LOCK, ExitStack() as steps:
        index = _held.index(freeze)
        steps.callback(freezegun_freezes.release, index)
        del _held[index]
        if not _held:
            steps.callback(_sleep.uninstall)


def is_ruled() -> bool:
    """Return whether freezegun or time-machine has stopped or moved the process clock."""
    return any(ruler.is_ruling() for ruler in _RULERS)


def move_to(instant: dt.datetime) -> None:
    """Move a clock that is ruled, whoever rules it.

    Raises:
        StreamStateError: a version of time-machine rules it that other code cannot move.
    """
    next(ruler for ruler in _RULERS if ruler.is_ruling()).move_to(instant)


def wait_until(instant: dt.datetime) -> None:
    """Let time pass until an instant: move a clock that is ruled, else wait. A later clock stays as it is."""
    with LOCK:
        left = instant - now()
        ruled = is_ruled()
        if ruled and left > dt.timedelta():
            move_to(instant)
    if not ruled:
        time.sleep(max(0.0, left.total_seconds()))


def calling() -> ThreadState:
    """Return a context manager for the time in which a call of the running thread is answered."""
    return _sleepers.thread


def forget_threads() -> None:
    """Let no thread delay a sleeper until its next call or sleep: the mocks that it called are closed."""
    _sleepers.forget_threads()


class _ProcessClock:
    """The process clock, as sleepers need it."""

    now = staticmethod(now)
    monotonic = staticmethod(monotonic)

    advance = staticmethod(move_to)


#: The freezes in force; innermost last.
_held: list[Freeze] = []
#: The sleepers, and the threads that have called a mock or slept.
_sleepers = Sleepers(_ProcessClock())
#: The functions that are replaced while the clock is frozen.
_sleep = FrozenSleep(_sleepers, monotonic)
