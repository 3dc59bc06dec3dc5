"""Locks that a forked child process can take.

Only the thread that forks goes on in the child. A lock that another thread held at that moment is never released there.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import Any
from weakref import WeakSet


def make_lock() -> Any:
    """Return a reentrant lock (RLock) that is free in a forked child, unless the thread that forked holds it."""
    lock = RLock()
    _LOCKS.add(lock)
    return lock


def _release_after_fork() -> None:
    """Release, in a forked child, each lock that is held by a thread which is not there."""
    for lock in tuple(_LOCKS):
        if not lock._is_owned():  # noqa: SLF001 - threading and logging do the same after a fork
            lock._at_fork_reinit()  # noqa: SLF001 - as above


#: The locks that are in use.
_LOCKS: WeakSet[Any] = WeakSet()

# Windows has no fork.
if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_release_after_fork)
