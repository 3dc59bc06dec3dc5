"""What a caller is shown where the service is not consistent yet: less than there is, or not quite the place.

An operation asks where an answer is about to show something, so whoever lays a view over the streams knows what
was kept back, and how often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _of_no_shard(_: str) -> bool:
    return False


def _never() -> bool:
    return False


def _by_none() -> int:
    return 0


@dataclass(frozen=True, slots=True)
class View:
    """How the streams look to one call.

    Attributes:
        hides: asked for each shard that is about to be listed: whether it is not, yet.
        lingers: asked for each closed shard that is about to be listed: whether it looks open, still.
        withholds: asked where records are about to be returned: whether the page is empty instead.
        latest_shift: asked for a place by LATEST: how many records behind the newest it begins; before, if negative.
    """

    hides: Callable[[str], bool] = _of_no_shard
    lingers: Callable[[str], bool] = _of_no_shard
    withholds: Callable[[], bool] = _never
    latest_shift: Callable[[], int] = _by_none


#: Everything, as it is.
CLEAR = View()
