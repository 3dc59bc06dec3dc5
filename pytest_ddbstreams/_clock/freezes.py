"""The process clock: the time, the libraries that rule the clock, and this package's freezes.

The clock may be ruled by freezegun's innermost freeze or by time-machine's travel, of this package or of a test. All
mocks share the freezes and may release theirs in any order, as coroutines do. freezegun releases the innermost freeze
only, and its outermost freeze keeps the state to restore. So where an outer freeze is released, the instants of the
inner freezes move one place outwards, and the innermost place is given up.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
import warnings
from contextlib import suppress
from itertools import pairwise
from types import ModuleType
from typing import Any
from weakref import WeakSet

from .._exceptions import StreamStateError
from .._locks import make_lock
from .sleep import FrozenSleep

#: Held by the thread that freezes, moves or releases the clock.
LOCK = make_lock()

#: The attribute of time-machine that holds its travels: since version 3, and before.
TRAVELS = ("traveller_stack", "coordinates_stack")


class Freeze:
    """One freeze of the process clock."""


def now() -> dt.datetime:
    """Return the time of the process clock, aware and in UTC."""
    # Looked up at each call: freezegun replaces the class, time-machine its method.
    return dt.datetime.now(dt.timezone.utc)


def hold(instant: dt.datetime) -> Freeze:
    """Stop the process clock at an instant."""
    # Imported here: it costs 60 ms, which a test without a frozen clock need not pay.
    import freezegun

    freeze = Freeze()
    with LOCK:
        if not _held:
            load_lazy_names(tuple(freezegun.config.settings.default_ignore_list))
        freezer = freezegun.freeze_time(instant, real_asyncio=True)
        _places.append((freezer, freezer.start()))
        _held.append(freeze)
        if len(_held) == 1:
            _sleep.install()
    return freeze


def release(freeze: Freeze) -> None:
    """Undo one `hold`."""
    with LOCK:
        index = _held.index(freeze)
        for (_, outer), (_, inner) in pairwise(_places[index:]):
            outer.move_to(inner())
        del _held[index]
        if not _held:
            _sleep.uninstall()
        freezer, _ = _places.pop()
        freezer.stop()


def is_ruled() -> bool:
    """Return whether freezegun or time-machine has stopped or moved the process clock."""
    return _innermost_freeze() is not None or _is_travelling()


def move_to(instant: dt.datetime) -> None:
    """Move a clock that is ruled, whoever rules it.

    Raises:
        StreamStateError: a version of time-machine rules it that other code cannot move.
    """
    freeze = _innermost_freeze()
    if freeze is not None:
        # freezegun adds the offset of a freeze_time(tz_offset=…) to each instant, in UTC too.
        freeze.move_to(instant - sys.modules["freezegun.api"].tz_offsets[-1])
        return
    module = sys.modules["time_machine"]
    for name in TRAVELS:
        travels = getattr(module, name, None)
        if travels:
            travels[-1].move_to(instant)
            return
    raise StreamStateError(
        "the clock is ruled by a version of time-machine that other code cannot move; "
        "move it with its own traveller.shift(...) or traveller.move_to(...)"
    )


def wait_until(instant: dt.datetime) -> None:
    """Let time pass until an instant: move a clock that is ruled, else wait. A later clock stays as it is."""
    with LOCK:
        left = instant - now()
        ruled = is_ruled()
        if ruled and left > dt.timedelta():
            move_to(instant)
    if not ruled:
        time.sleep(max(0.0, left.total_seconds()))


def load_lazy_names(ignored: tuple[str, ...]) -> None:
    """Load the names that modules load on first use (PEP 562), before freezegun replaces ``datetime``.

    freezegun reads every name of every module after it has put its own ``datetime`` in place. A name that a module
    loads then is built from that class: pydantic, for one, refuses to build a model from it.

    Args:
        ignored: prefixes of the names of modules that freezegun leaves alone.
    """
    with warnings.catch_warnings():
        # Names may be deprecated; they are loaded and not used.
        warnings.simplefilter("ignore")
        while fresh := [module for module in _lazy_modules(ignored) if module not in _loaded]:
            _loaded.update(fresh)
            for module in fresh:
                _load_names(module)


def _lazy_modules(ignored: tuple[str, ...]) -> list[ModuleType]:
    # sys.modules has None for a module whose import is blocked, and some libraries put other objects there.
    loaded: dict[str, object] = dict(sys.modules)
    return [
        module
        for name, module in loaded.items()
        if isinstance(module, ModuleType) and "__getattr__" in vars(module) and not name.startswith(ignored)
    ]


def _load_names(module: ModuleType) -> None:
    for name in dir(module):
        # freezegun as well passes over a name that cannot be loaded, for a library that is not installed.
        with suppress(AttributeError, ImportError, TypeError):
            getattr(module, name)


def _innermost_freeze() -> Any | None:
    module = sys.modules.get("freezegun.api")
    freezes = module.freeze_factories if module is not None else ()
    return freezes[-1] if freezes else None


def _is_travelling() -> bool:
    module = sys.modules.get("time_machine")
    return module is not None and module.escape_hatch.is_travelling()


def _advance(instant: dt.datetime) -> None:
    """Move the clock on to an instant; it may be later already, because another sleeper slept longer."""
    with LOCK:
        if now() < instant:
            move_to(instant)


#: freezegun's objects for each hold, and the holds; innermost last.
_places: list[tuple[Any, Any]] = []
_held: list[Freeze] = []
_sleep = FrozenSleep(now, _advance)
#: Modules whose lazy names were loaded; a name that cannot be loaded is tried once.
_loaded: WeakSet[ModuleType] = WeakSet()
