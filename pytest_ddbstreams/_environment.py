"""Environment variables: dummy credentials and a region while a mock is open, and those of a child process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from ._options import Options

_DUMMIES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    # Otherwise a client without credentials asks the instance metadata service, over the network.
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: Variables that are removed beside the dummies. A profile brings other credentials, or fails on a machine that does
#: not have it. The expiration belongs to the user's credentials, and would end the dummies too. A session with a named
#: profile ignores the dummies, and asks the URI of a container's credentials over the network.
_REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_REGION = "AWS_DEFAULT_REGION"

#: SDKs of all languages read the endpoint of a service from the first two, that of every other service from the third,
#: and none of them if the last says so.
_ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"
_ENDPOINT_OF_TABLES = "AWS_ENDPOINT_URL_DYNAMODB"
_ENDPOINT_OF_ALL = "AWS_ENDPOINT_URL"
_IGNORE_ENDPOINT = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
#: Some SDKs read the one name, some the other.
_REGIONS = (_REGION, "AWS_REGION")
#: Hosts that are reached without a proxy; some clients read the one name, some the other.
_NO_PROXY = ("NO_PROXY", "no_proxy")


def current_test() -> str | None:
    """Return the id of the test that pytest runs now; None outside pytest."""
    current = os.environ.get("PYTEST_CURRENT_TEST")
    return current and current.rpartition(" (")[0]


class Environment:
    """The environment variables of one open mock: set when it is entered, restored when it is left."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.before: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        if self.options.mock_credentials:
            for name, value in _DUMMIES.items():
                self._set(name, value)
            for name in _REMOVED:
                self._set(name, None)
        if _REGION not in os.environ or _region_is_of_a_mock():
            self._set(_REGION, self.options.region)
        _ENTERED.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        later = _ENTERED[_ENTERED.index(self) + 1 :]
        _ENTERED.remove(self)
        for name, value in self.before.items():
            # A mock that opened later and is still open has set the variable too, so it restores the older value.
            heir = next((environment for environment in later if name in environment.before), None)
            if heir is None:
                _exchange(name, value)
            else:
                heir.before[name] = value

    def _set(self, name: str, value: str | None) -> None:
        self.before[name] = _exchange(name, value)


#: The environments of the open mocks, in the order of opening; they may be left in any order, as coroutines end.
_ENTERED: list[Environment] = []


def _region_is_of_a_mock() -> bool:
    """Return whether an open mock has set the region, and not the user."""
    return any(
        _REGION in environment.before and environment.options.region == os.environ[_REGION] for environment in _ENTERED
    )


def _exchange(name: str, value: str | None) -> str | None:
    """Set a variable, or remove it if the value is None, and return the value from before."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    return before


#: The variables that decide what an AWS SDK in a child process calls, and how.
_OF_SDKS = (*_DUMMIES, *_REMOVED, *_REGIONS, *_NO_PROXY, _ENDPOINT, _IGNORE_ENDPOINT)


def variables_of_sdks(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables of an environment that AWS SDKs read, with None for each that is absent."""
    return {name: environment.get(name) for name in _OF_SDKS}


def current_variables(*, with_endpoint: bool) -> dict[str, str | None]:
    """Return the variables of this process that AWS SDKs read; without the endpoint on demand."""
    return variables_of_sdks(os.environ) | ({} if with_endpoint else {_ENDPOINT: None})


def set_variables(variables: Mapping[str, str | None]) -> None:
    """Set environment variables of this process, and remove those whose value is None."""
    for name, value in variables.items():
        _exchange(name, value)


def endpoint() -> str | None:
    """Return the URL that the environment of this process names as the endpoint of the service, or None."""
    return os.environ.get(_ENDPOINT)


def environment_of_child(options: Options, url: str) -> dict[str, str]:
    """Return the environment of a child process whose AWS SDK is to find a server.

    It is the environment of this process, with the variables changed that AWS SDKs read. The server is the endpoint of
    DynamoDB too, unless the environment names one.

    Args:
        options: the options of the mock that the server serves.
        url: the URL of the server.
    """
    child = {**os.environ, _ENDPOINT: url, **dict.fromkeys(_REGIONS, options.region)}
    child.pop(_IGNORE_ENDPOINT, None)
    # Consumers that begin with a table's name ask DynamoDB for its stream. The user's own server of tables stays.
    if not child.get(_ENDPOINT_OF_ALL):
        child[_ENDPOINT_OF_TABLES] = child.get(_ENDPOINT_OF_TABLES) or url
    host = urlsplit(url).hostname
    for name in _NO_PROXY:
        child[name] = ",".join(filter(None, (child.get(name), host)))
    if options.mock_credentials:
        child.update(_DUMMIES)
        for name in _REMOVED:
            child.pop(name, None)
    return child
