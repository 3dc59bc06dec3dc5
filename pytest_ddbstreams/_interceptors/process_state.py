"""Process state that a mock changes for clients: boto3's default session."""

from __future__ import annotations

import sys
from typing import Any


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
