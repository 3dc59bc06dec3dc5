"""Wrappers around functions of other modules while a mock is open.

A test may patch the same functions. A patch that lies under a wrapper is put back as it was, one that lies on top
stays, and a wrapper that such a patch puts back after the mock is replaced by the next one. So a wrapper must do
nothing while no mock is open.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    #: A module, the class in it ("" for none), the function, and what returns its wrapper.
    Row: TypeAlias = tuple[str, str, str, Callable[[Callable[..., Any]], Callable[..., Any]]]

#: The attribute of a wrapper that holds itself and what it has replaced.
_REPLACED = "_ddbstreams_replaced"


class _Wrapped(NamedTuple):
    """A function that is wrapped now.

    Attributes:
        owner: the class or the module that has it.
        name: its name.
        before: what the owner itself had under the name; None if the class inherits it.
        after: what it has instead.
    """

    owner: Any
    name: str
    before: Any
    after: Any

    def restore(self) -> None:
        if vars(self.owner).get(self.name) is not self.after:
            return
        if self.before is None:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self.before)


class Wrappers:
    """Wrappers that are put in place and removed together.

    Args:
        rows: what to wrap; modules that are not loaded are left out.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = tuple(rows)
        self._wrapped: list[_Wrapped] = []

    def update(self, *, wanted: bool) -> None:
        """Put the wrappers in place if they are wanted, else restore the functions."""
        if wanted and not self._wrapped:
            for module, owner, name, wrap in self._rows:
                loaded = sys.modules.get(module)
                found: Any = getattr(loaded, owner, None) if owner else loaded
                if found is not None:
                    self._wrapped.append(_wrap(found, name, wrap))
        elif not wanted:
            while self._wrapped:
                self._wrapped.pop().restore()


def _wrap(owner: Any, name: str, wrap: Callable[..., Any]) -> _Wrapped:
    before = vars(owner).get(name)
    wrapper, replaced = getattr(before, _REPLACED, (None, None))
    # A patch that copies the attributes of a wrapper is no wrapper itself.
    if wrapper is before:
        before = replaced
    is_classmethod = isinstance(before, classmethod)
    real = before.__func__ if isinstance(before, classmethod) else before or getattr(owner, name)
    after: Any = classmethod(wrap(real)) if is_classmethod else wrap(real)
    setattr(after, _REPLACED, (after, before))
    setattr(owner, name, after)
    return _Wrapped(owner, name, before, after)
