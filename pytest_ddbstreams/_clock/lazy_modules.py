"""Names that a module loads when somebody first asks for them (PEP 562), loaded before the clock is replaced.

freezegun asks every module for all its names, but only after it has put its own ``datetime`` in place. What a module
loads then is made of that one: pydantic, for one, refuses to build a model of it.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from types import ModuleType
from weakref import WeakSet


def load(ignored: tuple[str, ...]) -> None:
    """Ask lazy modules for all their names, once, and then those that were loaded by that.

    Args:
        ignored: how the names of modules begin that are left alone.
    """
    with warnings.catch_warnings():
        # Names may be deprecated, and nobody here uses them.
        warnings.simplefilter("ignore")
        while fresh := [module for module in _lazy_modules(ignored) if module not in _asked]:
            _asked.update(fresh)
            for module in fresh:
                _ask(module)


def _lazy_modules(ignored: tuple[str, ...]) -> list[ModuleType]:
    # None stands there for a module whose import is blocked, and some libraries put other objects there.
    loaded: dict[str, object] = dict(sys.modules)
    return [
        module
        for name, module in loaded.items()
        if isinstance(module, ModuleType) and "__getattr__" in vars(module) and not name.startswith(ignored)
    ]


def _ask(module: ModuleType) -> None:
    for name in dir(module):
        # freezegun as well passes over what it cannot load, for a library that is not installed.
        with suppress(AttributeError, ImportError, TypeError):
            getattr(module, name)


#: Who was asked: what cannot be loaded is tried once.
_asked: WeakSet[ModuleType] = WeakSet()
