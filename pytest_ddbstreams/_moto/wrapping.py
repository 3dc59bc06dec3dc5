"""Methods of another library, wrapped for a while: laid on, taken off, and named where a release has moved them."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from inspect import unwrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Method(NamedTuple):
    """A method, with the parameters that the wrapper counts on.

    Attributes:
        wrapper: makes what stands in its place of what stood there.
    """

    module: str
    owner: str
    name: str
    parameters: tuple[str, ...]
    wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]

    def __str__(self) -> str:
        return f"{self.module}.{self.owner}.{self.name}({', '.join(self.parameters)})"

    @property
    def holder(self) -> Any:
        """The class that has it."""
        return getattr(import_module(self.module), self.owner, None)

    @property
    def has_moved(self) -> bool:
        """Whether it is not where it was, or takes other parameters."""
        function: Any = getattr(self.holder, self.name, None)
        code = getattr(unwrap(function), "__code__", None)
        return code is None or code.co_varnames[: code.co_argcount] != self.parameters


class Wrapping:
    """Methods that are wrapped together."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods = tuple(methods)
        self._laid: list[tuple[type, str, Any]] = []

    @property
    def moved(self) -> list[Method]:
        """The methods that cannot be wrapped."""
        return [method for method in self._methods if method.has_moved]

    @property
    def is_laid(self) -> bool:
        """Whether the methods are wrapped now."""
        return bool(self._laid)

    def lay(self) -> None:
        """Wrap the methods."""
        for method in self._methods:
            original = getattr(method.holder, method.name)
            self._laid.append((method.holder, method.name, original))
            setattr(method.holder, method.name, wraps(original)(method.wrapper(original)))

    def lift(self) -> None:
        """Put the methods back as they were."""
        while self._laid:
            setattr(*self._laid.pop())
