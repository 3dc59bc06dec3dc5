"""freezegun as the freezer of the process clock.

All mocks share the freezes and may release theirs in any order, as coroutines do. freezegun releases the innermost
freeze only, and its outermost freeze keeps the state to restore. So where an outer freeze is released, the instants of
the inner freezes move one place outwards, and the innermost place is given up.
"""

from __future__ import annotations

import sys
import time
import warnings
from contextlib import suppress
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from datetime import datetime

#: Modules that go on reading the real clock: pytest times the phases of a test, and its freeze is one of a phase.
_IGNORED = ("_pytest.runner", "_pytest.terminal", "_pytest.timing")


def hold(instant: datetime) -> None:
    """Stop the process clock at an instant; if that fails, undo what was done."""
    # Imported here: it costs 60 ms, which a test without a frozen clock need not pay.
    import freezegun

    if not _places:
        load_lazy_names(tuple(freezegun.config.settings.default_ignore_list))
    # Without its real_asyncio, which makes an event loop, and with that a socket: tests may forbid both.
    freezer = freezegun.freeze_time(instant, ignore=[*_IGNORED])
    depth = len(freezegun.api.freeze_factories)
    try:
        _places.append((freezer, freezer.start()))
    except BaseException:
        if len(freezegun.api.freeze_factories) > depth:
            freezer.stop()
        raise


def release(index: int) -> None:
    """Undo one `hold`: the one that is so many places from the outermost."""
    for (_, outer), (_, inner) in pairwise(_places[index:]):
        outer.move_to(inner())
    freezer, _ = _places.pop()
    freezer.stop()


def is_ruling() -> bool:
    """Return whether freezegun has stopped the process clock, for this package or for a test."""
    return _innermost() is not None


def move_to(instant: datetime) -> None:
    """Move the clock of freezegun's innermost freeze."""
    # freezegun adds the offset of a freeze_time(tz_offset=…) to each instant, in UTC too.
    _innermost().move_to(instant - sys.modules["freezegun.api"].tz_offsets[-1])


def monotonic() -> float:
    """Return the real monotonic time in seconds, also while freezegun has replaced ``time.monotonic``."""
    module = sys.modules.get("freezegun.api")
    real: float = time.monotonic() if module is None else module.real_monotonic()
    return real


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


def _innermost() -> Any:
    module = sys.modules.get("freezegun.api")
    return module.freeze_factories[-1] if module is not None and module.freeze_factories else None


#: freezegun's objects for each hold; innermost last.
_places: list[tuple[Any, Any]] = []
#: Modules whose lazy names were loaded; a name that cannot be loaded is tried once.
_loaded: WeakSet[ModuleType] = WeakSet()
