"""Warnings that point at the line of the test, however many of our own functions lie between."""

from __future__ import annotations

import sys
import warnings

from .._exceptions import MappingWarning

_PACKAGE = __name__.partition(".")[0]


def warn(text: str) -> None:
    """Warn whoever called this package."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - documented, and what `warnings` itself counts by
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, MappingWarning, stacklevel=level)
