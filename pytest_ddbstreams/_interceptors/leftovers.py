"""The threads that are started while a mock is open, and are alive when it closes: they remember it.

A client that such a thread makes later has met no mock itself.
"""

from __future__ import annotations

from threading import current_thread
from threading import enumerate as living_threads
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._service import Service
    from .._strictness import LateCalls

#: The attribute of a thread that holds what is told of the mock.
_OUTLIVED = "_ddbstreams_outlived"


class Leftovers:
    """Made when a mock is opened."""

    def __init__(self) -> None:
        self._before = set(living_threads())

    def remember(self, service: Service) -> None:
        """Have the threads that were started since then remember this mock, which is closed now."""
        for thread in set(living_threads()) - self._before:
            setattr(thread, _OUTLIVED, told_of(service))


def outlived_by_this_thread() -> LateCalls | None:
    """What is told of the mock that the current thread outlived, None if there is none."""
    return getattr(current_thread(), _OUTLIVED, None)


def told_of(service: Service | None) -> LateCalls | None:
    """What is told of a mock that is closed; None for none, and for one that lets calls through."""
    return service.findings.late_calls if service is not None and service.options.block_network else None
