"""A mock as one looks at it: with `print`, in a notebook, in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._service import Service


class Shown:
    """The half of `StreamsMock` that explains what it holds."""

    _service: Service

    def __str__(self) -> str:
        """Shard trees, the last calls and the pending faults: what a failed test shows."""
        from .._report import printable, show

        return printable(show(self._service, self._service.moment()), sys.stdout)

    def to_html(self) -> str:
        """The lineage of every stream as an SVG timeline, with the last calls and the pending faults.

        Returns:
            A page of HTML that stands alone: write it to a file, and open that in a browser.
        """
        from .._report import page

        return page(self._service, self._service.moment())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .._report import fragment

        return fragment(self._service, self._service.moment())
