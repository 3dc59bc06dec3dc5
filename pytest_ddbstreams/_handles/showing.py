"""A mock as one looks at it: with `print`, in a notebook, in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._backend import Backend


class Shown:
    """The half of `StreamsMock` that explains what it holds."""

    _backend: Backend

    def __str__(self) -> str:
        """Shard trees, the last calls and the pending faults: what a failed test shows."""
        from .._report import printable, show

        return printable(show(self._backend, self._backend.moment()), sys.stdout)
