"""Methods of moto that are replaced together, and restored together."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from importlib.metadata import version
from inspect import unwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import UnsupportedVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: The newest release of moto that the tests have passed with.
KNOWN = "5.2.5"

#: Modules of moto that have the methods.
TABLE, MODELS, RESPONSES = "moto.dynamodb.models.table", "moto.dynamodb.models", "moto.dynamodb.responses"


class Patch(NamedTuple):
    """A method of moto, and its replacement.

    Attributes:
        module: the module of the class.
        owner: the class that has the method.
        name: the name of the method.
        parameters: the parameters that the replacement is called with.
        replace: returns the replacement, given the method.
    """

    module: str
    owner: str
    name: str
    parameters: tuple[str, ...]
    replace: Callable[[Callable[..., Any]], Any]

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.name}({', '.join(self.parameters)})"

    @property
    def holder(self) -> Any:
        """The class that has the method; None if the module has no such class."""
        return getattr(import_module(self.module), self.owner, None)

    @property
    def is_impossible(self) -> bool:
        """Whether this release of moto has no such method, or one with other parameters."""
        function: Any = getattr(self.holder, self.name, None)
        code = getattr(unwrap(function), "__code__", None)
        return code is None or code.co_varnames[: code.co_argcount] != self.parameters


class Patches:
    """Patches that are installed and removed together."""

    def __init__(self, patches: Iterable[Patch]) -> None:
        self._patches = tuple(patches)
        self._originals: list[tuple[type, str, Any]] = []

    @property
    def impossible(self) -> list[Patch]:
        """The patches of methods that this release of moto does not have."""
        return [patch for patch in self._patches if patch.is_impossible]

    @property
    def are_installed(self) -> bool:
        """Whether the methods are replaced now."""
        return bool(self._originals)

    def install(self) -> None:
        """Replace the methods, unless they are replaced already.

        Raises:
            UnsupportedVersion: a method is not where it was; then none is replaced.
        """
        if self.are_installed:
            return
        self._refuse_impossible()
        for patch in self._patches:
            original = getattr(patch.holder, patch.name)
            made = patch.replace(original)
            self._originals.append((patch.holder, patch.name, vars(patch.holder).get(patch.name)))
            setattr(patch.holder, patch.name, made if isinstance(made, classmethod) else wraps(original)(made))

    def _refuse_impossible(self) -> None:
        impossible = ", ".join(map(str, self.impossible))
        if impossible:
            raise UnsupportedVersion(
                f"moto {version('moto')} has no {impossible} any more, by which it feeds this mock. "
                f"Update pytest-ddbstreams, or go back: pip install 'moto[dynamodb]=={KNOWN}'"
            )

    def remove(self) -> None:
        """Restore the methods."""
        while self._originals:
            holder, name, original = self._originals.pop()
            if original is None:  # the class has inherited the method
                delattr(holder, name)
            else:
                setattr(holder, name, original)
