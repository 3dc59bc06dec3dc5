"""How the streams look to one call while the service is not consistent yet: less than there is, or another place.

An operation shows the streams as the view says. Its answer says which parts of the view made a difference, so that a
fault can count how often it triggered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable


def _no_shard(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class View:
    """How the streams look to one call.

    Attributes:
        hides: says of a shard id whether the shard is not listed yet.
        lingers: says of the id of a closed shard whether the shard still looks open.
        withholds: whether pages are empty although there are records.
        latest_shift: how many records behind the newest record LATEST begins; a negative number: before it.
    """

    hides: Callable[[str], bool] = _no_shard
    lingers: Callable[[str], bool] = _no_shard
    withholds: bool = False
    latest_shift: int = 0


#: Shows everything as it is.
CLEAR: Final = View()


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of an operation, and the parts of the view that made a difference to it.

    Attributes:
        response: the response, as JSON data.
        hidden: ids of the shards that the page would have listed.
        lingering: ids of the closed shards that the page shows as open.
        is_withheld: whether the page would have had records.
        is_shifted: whether the iterator begins where LATEST was shifted to.
    """

    response: dict[str, Any]
    hidden: frozenset[str] = frozenset()
    lingering: frozenset[str] = frozenset()
    is_withheld: bool = False
    is_shifted: bool = False
