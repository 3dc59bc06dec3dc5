"""The travels of time-machine, which rule the process clock where a test uses that library."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .._exceptions import StreamStateError

if TYPE_CHECKING:
    from datetime import datetime

#: The attribute of time-machine that holds its travels: since version 3, and before.
TRAVELS = ("traveller_stack", "coordinates_stack")


def is_ruling() -> bool:
    """Return whether time-machine has stopped or moved the process clock."""
    module = sys.modules.get("time_machine")
    return module is not None and module.escape_hatch.is_travelling()


def move_to(instant: datetime) -> None:
    """Move the clock of the innermost travel.

    Raises:
        StreamStateError: a version of time-machine rules it that other code cannot move.
    """
    module = sys.modules["time_machine"]
    for name in TRAVELS:
        travels = getattr(module, name, None)
        if travels:
            travels[-1].move_to(instant)
            return
    raise StreamStateError(
        "the clock is ruled by a version of time-machine that other code cannot move; "
        "move it with its own traveller.shift(...) or traveller.move_to(...)"
    )
