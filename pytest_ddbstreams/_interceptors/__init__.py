"""How requests get in: botocore's event hook, and ``requests`` by way of ``responses``.

The only place that another library's release can break. Each turns what arrives into an `HttpRequest`, and
an `HttpResponse` into what its library expects; `_wire` is between.

Nothing heavy is imported here: the hooks are laid when botocore or requests themselves get imported.
"""

from __future__ import annotations

import atexit
import importlib.util
import sys
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


#: What is awaited, and what then lays the hooks.
_LAYS = {
    "botocore.handlers": (".botocore_hook", "install"),
    "requests.sessions": (".requests_adapter", "install"),
    "botocore.retries.bucket": (".retry_waits", "lay_on_the_bucket"),
    "aiobotocore.retries.bucket": (".retry_waits", "lay_on_the_async_bucket"),
}


@cache
def install() -> None:
    """Lay the hooks, once and for all: they pass everything on while no mock is open."""
    for library, (module, function) in _LAYS.items():
        when_imported(library, partial(_lay, module, function))


def update() -> None:
    """Do for botocore's clients what the mocks that are open by now say: to be called when one opens or closes."""
    from .retry_waits import update as update_waits

    update_waits()


def _lay(module: str, function: str) -> None:
    getattr(import_module(module, __name__), function)()


def when_imported(name: str, then: Callable[[], None]) -> None:
    """Call ``then`` now if the module is loaded, else right after it has been executed, once."""
    if name in sys.modules:
        then()
    elif not any(isinstance(finder, _Waiting) and finder.name == name for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting(name, then))


@atexit.register
def give_up() -> None:
    """Wait no longer: what is in the path until the very end keeps all of pytest alive, while Python takes it apart."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Waiting)]


class _Waiting:
    """A finder that finds nothing itself, and steps aside once its module is loaded."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name = name
        self._then = then
        self._is_asking = False

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib passes it
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != self.name or self._is_asking:
            return None
        self._is_asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            self._run_after(spec.loader)
        return spec

    def _run_after(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            # A loader may serve many modules; and many may have looked for this one without loading it.
            if module.__name__ == self.name and self in sys.meta_path:
                self._then()
                # Only now: Python forgets a module whose loading fails, and loads it again for the next who asks.
                sys.meta_path.remove(self)

        loader.exec_module = exec_module
