"""Who rules the process clock, and how to move it: freezegun's innermost freeze, or time-machine's travel.

Neither library is imported here: one that is not loaded rules nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .._exceptions import StreamStateError

if TYPE_CHECKING:
    from datetime import datetime

#: Where time-machine keeps its travels: since version 3, and before.
_TRAVELS = ("traveller_stack", "coordinates_stack")


def is_ruled() -> bool:
    """Whether anybody has stopped or moved the process clock."""
    return _freeze() is not None or _is_travelling()


def move_to(instant: datetime) -> None:
    """Move the clock of whoever rules it.

    Raises:
        StreamStateError: time-machine rules it and is of a version that cannot be moved from outside.
    """
    freeze = _freeze()
    if freeze is not None:
        # freezegun adds the offset of a freeze_time(tz_offset=…) to what it is asked, in UTC too.
        freeze.move_to(instant - sys.modules["freezegun.api"].tz_offsets[-1])
        return
    module = sys.modules["time_machine"]
    for name in _TRAVELS:
        travels = getattr(module, name, None)
        if travels:
            travels[-1].move_to(instant)
            return
    raise StreamStateError(
        "the clock is ruled by a version of time-machine that cannot be moved from outside; "
        "move it with its own traveller.shift(...) or traveller.move_to(...)"
    )


def _freeze() -> Any | None:
    module = sys.modules.get("freezegun.api")
    freezes = module.freeze_factories if module is not None else ()
    return freezes[-1] if freezes else None


def _is_travelling() -> bool:
    module = sys.modules.get("time_machine")
    return module is not None and module.escape_hatch.is_travelling()
