"""Code under test that goes on whatever comes; in a file of its own, for what a test's file catches is seen."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def swallow(call: Callable[[], object], times: int = 1) -> None:
    """Call, and let no error out."""
    for _ in range(times):
        with suppress(Exception):
            call()
