"""Functions of other modules that are replaced for some time, wherever a module has them under their name.

A function that the user has put in the place of one of them, by unittest.mock or monkeypatch, stays where it is.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType


class Replacement:
    """A function of a module and what stands in for it.

    Args:
        module: the name of the module that defines the function.
        function: the name of the function; with a class before it, as in ``Event.wait``, it is replaced there only.
        make: returns the function that stands in, from the real one. It is called once, so that one object stands in
            each time: a patch of the user's that ends after the replacement puts back that object.
    """

    def __init__(self, module: str, function: str, make: Callable[[Any], Any]) -> None:
        self.module = module
        self.owner, _, self.name = function.rpartition(".")
        self._make = make
        self._pair: tuple[Any, Any] | None = None

    def replace(self) -> None:
        """Put in the function that stands in for the real one."""
        module = sys.modules.get(self.module)
        if module is not None:
            for place in self._places(module):
                current = self._current(place)
                if _is_defined_in(module, current, self.name):
                    setattr(place, self.name, self._stand_in_of(current))

    def restore(self) -> None:
        """Put back the real function."""
        module = sys.modules.get(self.module)
        if module is not None and self._pair is not None:
            real, stand_in = self._pair
            for place in self._places(module):
                if self._current(place) is stand_in:
                    setattr(place, self.name, real)

    def _places(self, module: ModuleType) -> Iterable[Any]:
        if self.owner:
            return [getattr(module, self.owner)]
        return tuple(sys.modules.values())

    def _current(self, place: Any) -> Any:
        # Some libraries put objects of other classes into sys.modules, and None blocks the import of a module.
        return getattr(place, "__dict__", {}).get(self.name)

    def _stand_in_of(self, real: Any) -> Any:
        if self._pair is None:
            self._pair = real, self._make(real)
        return self._pair[1]


def _is_defined_in(module: ModuleType, value: object, name: str) -> bool:
    """Return whether a value is the function that a module defines under a name, and no patch of it."""
    if isinstance(value, BuiltinFunctionType):
        return value.__self__ is module and value.__name__ == name
    # functools.wraps copies the name and the module of a function, and not its globals.
    return isinstance(value, FunctionType) and value.__globals__ is vars(module) and value.__name__ == name
