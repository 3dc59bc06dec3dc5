"""Process state that a mock changes for clients: boto3's default session, and the threads that outlive the mock."""

from __future__ import annotations

import sys
from threading import current_thread
from threading import enumerate as living_threads
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._service import Service
    from .._strictness import LateCalls

#: The attribute of a thread that holds the late calls of the mock that it has outlived.
_OUTLIVED = "_ddbstreams_outlived"


class DefaultSession:
    """A context manager without boto3's default session: it is removed at the start and restored at the end.

    A session from before the mock would sign with the user's credentials, and one made while it is open would sign
    with the dummy credentials afterwards.
    """

    def __init__(self) -> None:
        self.before: Any = None

    def __enter__(self) -> None:
        self.before = _exchange(None)
        _REPLACED.append(self)

    def __exit__(self, *_: object) -> None:
        index = _REPLACED.index(self)
        del _REPLACED[index]
        # Mocks may close in any order. The next one to have opened has saved a session of this mock's time.
        if index < len(_REPLACED):
            _REPLACED[index].before = self.before
        else:
            _exchange(self.before)


#: One for each open mock that removed the default session, in the order of opening.
_REPLACED: list[DefaultSession] = []


def _exchange(session: Any) -> Any:
    """Set the default session, None for none, and return the one from before."""
    boto3 = sys.modules.get("boto3")
    before = getattr(boto3, "DEFAULT_SESSION", None)
    if boto3 is not None:
        boto3.DEFAULT_SESSION = session  # type: ignore[attr-defined] # a module of any kind
    return before


class OutlivingThreads:
    """The threads that were started while a mock was open and are alive when it closes.

    A thread remembers the mock, because a client that it makes later has not met the mock itself.
    """

    def __init__(self) -> None:
        self._before = set(living_threads())

    def remember(self, service: Service) -> None:
        """Note the mock, which is closed now, on each thread that was started since it opened."""
        for thread in set(living_threads()) - self._before:
            setattr(thread, _OUTLIVED, late_calls_of(service))


def outlived_by_this_thread() -> LateCalls | None:
    """Return the late calls of the mock that the current thread has outlived, or None."""
    return getattr(current_thread(), _OUTLIVED, None)


def late_calls_of(service: Service | None) -> LateCalls | None:
    """Return the late calls of a mock; None: there is no mock, or it lets calls through."""
    return service.findings.late_calls if service is not None and service.options.block_network else None
