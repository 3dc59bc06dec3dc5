"""The freezes of this process: all clocks share them, and may let go of theirs in any order, as coroutines do.

freezegun lets go of the innermost freeze only, and its outermost freeze keeps what is to be put back. So where a
clock lets go of one further out, the instants of those within move one place outwards, and the innermost place is
given up.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from threading import RLock
from typing import Any

from . import lazy_modules, rulers
from .sleep import FrozenSleep

#: Held by whoever freezes, moves or lets go.
LOCK = RLock()


class Freeze:
    """One hold on the process clock."""


def now() -> dt.datetime:
    """What time it is, aware and in UTC."""
    # Looked up at each call: freezegun replaces the class, time-machine its method.
    return dt.datetime.now(dt.timezone.utc)


def hold(instant: dt.datetime) -> Freeze:
    """Stop the process clock."""
    # Imported here: it costs some 60 ms, and only those who freeze should pay.
    import freezegun

    freeze = Freeze()
    with LOCK:
        if not _held:
            lazy_modules.load(tuple(freezegun.config.settings.default_ignore_list))
        freezer = freezegun.freeze_time(instant, real_asyncio=True)
        _places.append((freezer, freezer.start()))
        _held.append(freeze)
        if len(_held) == 1:
            _sleep.install()
    return freeze


def let_go(freeze: Freeze) -> None:
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


def _advance(instant: dt.datetime) -> None:
    """Move the clock on to an instant; it may be there already, because somebody else slept longer."""
    with LOCK:
        if now() < instant:
            rulers.move_to(instant)


#: What freezegun gave for each hold, and the holds; innermost last.
_places: list[tuple[Any, Any]] = []
_held: list[Freeze] = []
_sleep = FrozenSleep(now, _advance)
