"""Code under test that swallows errors. It is not in a file of tests, because an error caught there counts as seen."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def swallow(call: Callable[[], object], times: int = 1) -> None:
    """Call a function and swallow its errors."""
    for _ in range(times):
        with suppress(Exception):
            call()
