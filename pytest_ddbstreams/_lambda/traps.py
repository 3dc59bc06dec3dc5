"""Traps: settings and responses that Lambda accepts, and that lose records, or deliver them again, without an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._exceptions import warn

if TYPE_CHECKING:
    from collections.abc import Iterable


class Trap(NamedTuple):
    """One trap.

    Attributes:
        text: the warning about it, with the nearest right form.
        kind: equal for traps of which a mapping warns once; empty: the text.
    """

    text: str
    kind: str = ""


class Warner:
    """The warnings of one mapping, each of which is given once.

    Args:
        given: the kinds of which no warning is given, because there was one before.

    Attributes:
        given: the kinds of which there was a warning.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self.given = set(given)

    def warn(self, traps: Iterable[Trap]) -> None:
        """Warn about each trap that this mapping has not warned about yet."""
        for trap in traps:
            kind = trap.kind or trap.text
            if kind not in self.given:
                self.given.add(kind)
                warn(trap.text)
