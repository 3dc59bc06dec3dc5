"""The process environment while a mock is open: dummy credentials, a region, and nothing that reaches out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._interceptors import default_session

if TYPE_CHECKING:
    from ._options import Options

_DUMMIES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    # Else a client without credentials asks the instance metadata service, over the network.
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: A profile would bring credentials of its own, or fail where the test's machine does not have it; when credentials
#: of the machine's own end, the dummies would end too.
_IN_THE_WAY = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION")
_REGION = "AWS_DEFAULT_REGION"
#: boto3's default session: it would sign with credentials that it found before, or keep the dummies for calls after.
_SESSION = "boto3.DEFAULT_SESSION"

#: Where SDKs of all languages look for the endpoint of this service, and what would have them look elsewhere.
_ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"
_IGNORE_ENDPOINT = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
#: Some SDKs read the one name, some the other.
_REGIONS = (_REGION, "AWS_REGION")
#: Hosts that are reached without a proxy; some clients read the one name, some the other.
_NO_PROXY = ("NO_PROXY", "no_proxy")


def current_test() -> str | None:
    """The test that pytest runs, as it names it; None outside pytest."""
    said = os.environ.get("PYTEST_CURRENT_TEST")
    return said and said.rpartition(" (")[0]


class Environment:
    """Sets the variables, and puts back what was there."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.before: dict[str, Any] = {}

    def enter(self) -> None:
        if self.options.mock_credentials:
            for name, value in _DUMMIES.items():
                self._set(name, value)
            for name in _IN_THE_WAY:
                self._set(name, None)
            self._set(_SESSION, None)
        if _REGION not in os.environ or _region_is_ours():
            self._set(_REGION, self.options.region)
        _ENTERED.append(self)

    def leave(self) -> None:
        """Put back what was there; where an environment within has set it too, that will."""
        within = _ENTERED[_ENTERED.index(self) + 1 :]
        _ENTERED.remove(self)
        for name, value in self.before.items():
            heir = next((environment for environment in within if name in environment.before), None)
            if heir is None:
                _exchange(name, value)
            else:
                heir.before[name] = value

    def _set(self, name: str, value: str | None) -> None:
        self.before[name] = _exchange(name, value)


#: The environments in force, innermost last; they may end in any order, as coroutines do.
_ENTERED: list[Environment] = []


def _region_is_ours() -> bool:
    """Whether the region comes from a mock, not from the user."""
    return any(
        _REGION in environment.before and environment.options.region == os.environ[_REGION] for environment in _ENTERED
    )


def _exchange(name: str, value: Any) -> Any:
    """Set a variable, or with None take it away; gives what it was."""
    if name == _SESSION:
        return default_session.exchange(value)
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    return before


def environment_of_child(options: Options, url: str) -> dict[str, str]:
    """This process's environment, but for what has AWS SDKs of a child process find a server of ours.

    Args:
        options: of the mock that is served.
        url: where it is served.
    """
    child = {**os.environ, _ENDPOINT: url, **dict.fromkeys(_REGIONS, options.region)}
    child.pop(_IGNORE_ENDPOINT, None)
    host = urlsplit(url).hostname
    for name in _NO_PROXY:
        child[name] = ",".join(filter(None, (child.get(name), host)))
    if options.mock_credentials:
        child.update(_DUMMIES)
        for name in _IN_THE_WAY:
            child.pop(name, None)
    return child
