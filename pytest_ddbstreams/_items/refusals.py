"""How a refused value is described: where it stood, what came and what is accepted.

Knows nothing of the rules. A rule raises ``Refused`` at the value; every container on the way out adds where
it was, so that values that pass never pay for a path.
"""

from __future__ import annotations

import reprlib

_WIDTH = 60
# Python refuses to write integers of over 4300 digits, and nobody reads one of 300.
_LONG_INTEGER = 1000


class Refused(Exception):
    """A value broke a rule; knows what came and why that is refused, and learns the place on its way up."""

    def __init__(self, value: object, why: str, *, verb: str = "is") -> None:
        super().__init__(why)
        self.value = value
        self.why = why
        self.verb = verb
        self._steps: list[str] = []

    def inside(self, step: object) -> None:
        """Adds the name or index under which the container around it holds the refused value.

        Args:
            step: What one writes in brackets to get there.
        """
        self._steps.append(f"[{step!r}]")

    def describe(self, what: str) -> str:
        """Says where it stood, what came and why that is refused.

        Args:
            what: The name of the outermost value, such as ``"item"``.
        """
        return f"{what}{''.join(reversed(self._steps))} {self.verb} {came(self.value)}: {self.why}"


def came(value: object) -> str:
    """Shows a value and its type, short enough for one line.

    Args:
        value: Anything, however large, deep or cyclic.
    """
    shown = _SHORT.repr(value)
    if len(shown) > _WIDTH:
        shown = shown[: _WIDTH - 1] + "…"
    return f"{shown} ({type(value).__name__})"


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        bits = x.bit_length()
        return super().repr_int(x, level) if bits < _LONG_INTEGER else f"an integer of {bits} bits"


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = _WIDTH
