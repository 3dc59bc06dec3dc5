"""The process environment while a mock is open: dummy credentials, a region, and nothing that reaches out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._options import Options

_DUMMIES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    # Else a client without credentials asks the instance metadata service, over the network.
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: A profile would bring credentials of its own, or fail where the test's machine does not have it.
_IN_THE_WAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_REGION = "AWS_DEFAULT_REGION"


class Environment:
    """Sets the variables, and puts back what was there."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._before: dict[str, str | None] = {}

    def enter(self) -> None:
        if self._options.mock_credentials:
            for name, value in _DUMMIES.items():
                self._set(name, value)
            for name in _IN_THE_WAY:
                self._set(name, None)
        if _REGION not in os.environ:
            self._set(_REGION, self._options.region)

    def leave(self) -> None:
        while self._before:
            name, value = self._before.popitem()
            _put(name, value)

    def _set(self, name: str, value: str | None) -> None:
        self._before[name] = os.environ.get(name)
        _put(name, value)


def _put(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
