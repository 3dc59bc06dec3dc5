"""The options of a mock: their names, their defaults, and what they accept.

One object behind four doors: `mock_streams`, the marker, the ini file, the fixtures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ._exceptions import InvalidOption, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+-[0-9]+")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a mock behaves.

    Attributes:
        region: where streams are created when not told otherwise, and AWS_DEFAULT_REGION if none is set.
        account_id: owner of the streams, 12 digits.
        freeze: an instant at which the process clock is frozen while the mock is open.
        seed: everything random follows from it.
        mock_credentials: put dummy AWS credentials in the environment while open.
        block_network: refuse botocore's calls of other AWS services that nobody answers and that would reach AWS.
        strict: a fault or marker that was hit less often than it says fails the test, and so does a call that nothing
            answered.
        auto_rotate: a shard that is four hours old is closed and continued by a new one, as the service does.
        enforce_rates: refuse calls above the documented rates, by the mock's clock.
        instant_retries: botocore's clients try again at once, also while the clock is not frozen.
    """

    region: str = "us-east-1"
    account_id: str = "123456789012"
    freeze: datetime | str | None = None
    seed: int = 0
    mock_credentials: bool = True
    block_network: bool = True
    strict: bool = True
    auto_rotate: bool = False
    enforce_rates: bool = False
    instant_retries: bool = False

    def __post_init__(self) -> None:
        self._require(_matches(_REGION, self.region), "region", "the name of an AWS region, 'eu-west-1'")
        self._require(_matches(_ACCOUNT, self.account_id), "account_id", "12 digits as text, '123456789012'")
        self._require(type(self.seed) is int, "seed", "an integer")
        accepted = "a datetime or ISO 8601 text, '2026-01-01T00:00:00Z'"
        self._require(self.freeze is None or _is_instant(self.freeze), "freeze", accepted)
        for name in FLAGS:
            self._require(isinstance(getattr(self, name), bool), name, "True or False")

    def _require(self, fits: bool, name: str, accepted: str) -> None:  # noqa: FBT001 - a condition, not a flag
        if not fits:
            raise InvalidOption(f"{name}={getattr(self, name)!r} does not fit; {name} takes {accepted}")


NAMES = tuple(option.name for option in fields(Options))
FLAGS = tuple(option.name for option in fields(Options) if isinstance(option.default, bool))

#: What the ini file says, for as long as pytest runs; empty elsewhere.
INI: dict[str, Any] = {}


def replace_ini(values: dict[str, Any]) -> Callable[[], None]:
    """Have the ini file say something else; gives what undoes it."""
    before = INI.copy()

    def say(says: dict[str, Any]) -> None:
        INI.clear()
        INI.update(says)

    say(values)
    return lambda: say(before)


def make_options(given: Mapping[str, Any]) -> Options:
    """Options from what was given, then the ini file, then the defaults.

    Raises:
        InvalidOption: a name is unknown, or a value does not fit.
    """
    refuse_unknown("option", given, NAMES)
    return Options(**{**INI, **given})


def _is_instant(value: object) -> bool:
    from ._clock import instant_of

    try:
        instant_of(value)
    except InvalidOption:
        return False
    return True


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
