"""Work: a thread, an asyncio task, or a job of a thread pool, and the mock that was open when it started.

Work that outlives its test would read the streams of the next test: with one seed and one frozen instant, ARNs, shards
and iterators of two tests are equal. So each piece of work remembers the innermost mock of its start, and the
interceptors refuse its calls once that mock is closed. Work that stale work starts is stale, too.

Pools are not bound to a mock, and neither are their threads: each job is work of its own. A thread that runs an event
loop is judged by its tasks.

The module wraps the methods that start work while a mock is open. It does not know what a call is, nor what a refusal
looks like. It does not see work that starts while no mock is open, and threads that are started without ``threading``.
"""

from __future__ import annotations

import asyncio
import asyncio.base_events
import functools
import threading
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from ._environment import current_test
from ._service import innermost
from ._wrappers import Wrappers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._service import Service
    from ._strictness import LateCalls
    from ._wrappers import Row

#: The attribute of a thread that holds the work which it does now.
_WORK = "_ddbstreams_work"
#: The attribute of a thread with an event loop that holds the stale work whose callback it calls now.
_CALLBACK = "_ddbstreams_callback"


class Work(NamedTuple):
    """The origin of a thread, a task or a job.

    Attributes:
        late_calls: the late calls of the mock that was the innermost one when the work started.
        blocks_network: whether that mock has the option `block_network`.
        test: the id of the test that started the work, or None.
        is_of_pool: whether it is a thread of a pool, between jobs.
    """

    late_calls: LateCalls
    blocks_network: bool
    test: str | None
    is_of_pool: bool

    def __str__(self) -> str:
        by = f" by {self.test}" if self.test else ""
        return f"a thread, task or pool job that was started{by} while {self.late_calls} was open"


def stale_work(service: Service | None = None) -> Work | None:
    """Return the work that is being done here if its mock is closed, else None.

    Args:
        service: the service that would answer a call. It answers the work of its own mock also when that is closed.
            None means that no mock is open. Then a pool's thread is stale between jobs as well.
    """
    work = _current_work()
    if work is None or not work.late_calls.mock_is_closed:
        return None
    if service is not None and (work.is_of_pool or work.late_calls is service.findings.late_calls):
        return None
    return work


def _current_work() -> Work | None:
    if asyncio._get_running_loop() is not None:  # noqa: SLF001 - documented for loops; the public one raises if there is none
        task = asyncio.current_task()
        return getattr(threading.current_thread(), _CALLBACK, None) if task is None else _TASKS.get(task)
    return getattr(threading.current_thread(), _WORK, None)


def _new_work(*, is_of_pool: bool = False) -> Work | None:
    """Return the work that starts now."""
    service = innermost()
    if service is None:
        return None
    findings = service.findings
    stale = stale_work(service)
    if stale is not None:
        return stale._replace(is_of_pool=is_of_pool)
    return Work(findings.late_calls, service.options.block_network, current_test(), is_of_pool)


#: The tasks that were started while a mock was open.
_TASKS: WeakKeyDictionary[Any, Work] = WeakKeyDictionary()


# Wrappers of the methods that start work


def _wrap_thread_start(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def start(self: threading.Thread, *rest: Any, **named: Any) -> Any:
        target = getattr(self, "_target", None) or type(self)
        setattr(self, _WORK, _new_work(is_of_pool=getattr(target, "__module__", None) in _POOLS))
        return real(self, *rest, **named)

    return start


def _wrap_create_task(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def create_task(self: Any, *rest: Any, **named: Any) -> Any:
        work = _new_work()
        task = real(self, *rest, **named)
        if work is not None:
            _TASKS[task] = work
        return task

    return create_task


def _wrap_submit(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def submit(self: Any, function: Callable[..., Any], /, *rest: Any, **named: Any) -> Any:
        work = _new_work()
        return real(self, function if work is None else functools.partial(_do, work, function), *rest, **named)

    return submit


def _do(work: Work, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """Call a function as work that was started elsewhere."""
    return _call(_WORK, work, function, *arguments, **named)


def _wrap_call_soon_threadsafe(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def call_soon_threadsafe(self: Any, callback: Callable[..., Any], *rest: Any, **named: Any) -> Any:
        stale = stale_work(innermost())
        if stale is not None:
            callback = functools.partial(_call, _CALLBACK, stale, callback)
        return real(self, callback, *rest, **named)

    return call_soon_threadsafe


def _call(attribute: str, work: Work, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """Call a function while the current thread has an attribute that holds its work."""
    thread = threading.current_thread()
    before = getattr(thread, attribute, None)
    setattr(thread, attribute, work)
    try:
        return function(*arguments, **named)
    finally:
        setattr(thread, attribute, before)


# Private methods are where several public ones meet. A method of a pool has the function of a job as its first
# argument.
_STARTS: tuple[Row, ...] = (
    ("threading", "Thread", "start", _wrap_thread_start),
    ("asyncio.base_events", "BaseEventLoop", "create_task", _wrap_create_task),
    ("asyncio.base_events", "BaseEventLoop", "call_soon_threadsafe", _wrap_call_soon_threadsafe),
    ("uvloop", "Loop", "create_task", _wrap_create_task),
    ("concurrent.futures.thread", "ThreadPoolExecutor", "submit", _wrap_submit),
    ("multiprocessing.pool", "ThreadPool", "apply_async", _wrap_submit),
    ("multiprocessing.pool", "ThreadPool", "_map_async", _wrap_submit),
    ("multiprocessing.pool", "ThreadPool", "imap", _wrap_submit),
    ("multiprocessing.pool", "ThreadPool", "imap_unordered", _wrap_submit),
    ("anyio._backends._asyncio", "AsyncIOBackend", "run_sync_in_worker_thread", _wrap_submit),
    ("trio._core._thread_cache", "ThreadCache", "start_thread_soon", _wrap_submit),
)
#: The modules whose threads belong to pools.
_POOLS = {module for module, _, _, wrap in _STARTS if wrap is _wrap_submit}

#: The wrapped methods.
WRAPPERS = Wrappers(_STARTS)
