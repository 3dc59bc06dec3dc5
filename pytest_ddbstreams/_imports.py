"""Functions that run once a module is imported: the libraries that this package patches are imported late, or never."""

from __future__ import annotations

import atexit
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


def when_imported(name: str, then: Callable[[], None]) -> None:
    """Call ``then`` once: now if the module is imported, else right after its import."""
    if name in sys.modules:
        then()
    elif not any(isinstance(finder, _Waiting) and finder.name == name for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting(name, then))


@atexit.register
def give_up() -> None:
    """Remove the finders that still wait: a finder in the path at exit keeps all of pytest alive."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Waiting)]


class _Waiting:
    """A finder on `sys.meta_path` that waits for one module, and removes itself once the module is imported."""

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
            # A loader may serve many modules, and many may have looked for this one without an import.
            if module.__name__ == self.name and self in sys.meta_path:
                self._then()
                # Not before: an import that fails is tried again later.
                sys.meta_path.remove(self)

        loader.exec_module = exec_module
