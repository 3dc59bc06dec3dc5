"""Whether a thread waits: its innermost Python frame is a waiting function, and nothing has ended the wait yet.

A thread that was woken stays in the waiting function until it gets its turn. It counts as awake already, so that a
sleeper does not move the clock in the meantime.
"""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    Locals = Mapping[str, Any]


def is_waiting(frame: FrameType) -> bool:
    """Return whether a thread waits.

    Args:
        frame: the innermost Python frame of the thread.
    """
    place = frame.f_globals.get("__name__"), frame.f_code.co_name
    waits = _WAITS.get(place)
    try:
        return waits is not None and waits(frame.f_locals)
    except (AttributeError, KeyError, OSError, RuntimeError, ValueError):
        # The thread has left the function meanwhile, or closed what it waited for.
        return False


def _waits_for_notice(frame: Locals) -> bool:
    """Return whether `Condition.wait`, which queues, events, futures and barriers wait by, waits for its `notify`."""
    waiter = frame.get("waiter")
    # Condition.notify removes the waiter. The attribute has had this name in each version of Python since 3.0.
    return waiter is not None and waiter in frame["self"]._waiters  # noqa: SLF001 - as above


def _waits_for_thread(frame: Locals) -> bool:
    alive: bool = frame["self"].is_alive()
    return alive


def _waits_for_work(frame: Locals) -> bool:
    """Return whether the thread of a ThreadPoolExecutor waits for work."""
    empty: bool = frame["work_queue"].empty()
    return empty and frame.get("work_item") is None


def _waits_for_job(frame: Locals) -> bool:
    """Return whether a worker thread of trio waits for a job: the lock is released when it gets one."""
    waits: bool = frame["self"]._worker_lock.locked()  # noqa: SLF001 - trio has no other sign of it
    return waits


def _waits_for_time(frame: Locals) -> bool:
    """Return whether an event loop has nothing to do now: else it looks for events and does not wait for them."""
    return frame.get("timeout") != 0


def _waits_for_events(frame: Locals) -> bool:
    return _waits_for_time(frame) and not _has_events(frame["self"])


def _has_events(selector: selectors.BaseSelector) -> bool:
    """Return whether a file of a selector is ready, such as the pipe of `call_soon_threadsafe`."""
    with selectors.DefaultSelector() as probe:
        for key in list(selector.get_map().values()):
            probe.register(key.fd, key.events)
        return bool(probe.select(0))


def _waits_always(_: Locals) -> bool:
    return True


#: The waiting functions, by module and name. The names are those of CPython 3.10 to 3.14 and of trio.
_WAITS: dict[tuple[Any, str], Callable[[Locals], bool]] = {
    ("threading", "wait"): _waits_for_notice,
    ("threading", "join"): _waits_for_thread,
    ("threading", "_wait_for_tstate_lock"): _waits_for_thread,  # of join, until 3.12
    ("concurrent.futures.thread", "_worker"): _waits_for_work,
    ("selectors", "select"): _waits_for_events,
    ("selectors", "_select"): _waits_for_events,  # of select, on Windows
    ("asyncio.windows_events", "_poll"): _waits_for_time,
    ("asyncio.runners", "run"): _waits_always,  # an event loop in C, such as uvloop's
    ("trio._core._io_epoll", "get_events"): _waits_for_time,
    ("trio._core._io_kqueue", "get_events"): _waits_for_time,
    ("trio._core._io_windows", "get_events"): _waits_for_time,
    ("trio._core._thread_cache", "_work"): _waits_for_job,
}
