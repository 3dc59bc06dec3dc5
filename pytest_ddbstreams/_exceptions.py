"""What a test is told when it asks for the impossible, and when something it relied on did not happen.

The service's own refusals live in ``_service_errors``; nothing here ever travels over the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class StreamsMockError(Exception):
    """Base of every error that this package raises at the code of a test."""


class InvalidItem(StreamsMockError, ValueError):
    """An item, key or record that DynamoDB could not hold: says where, what came and what is accepted."""


class InvalidOption(StreamsMockError, TypeError):
    """An option, marker argument or method argument that does not exist or does not fit."""


class UnknownStream(StreamsMockError, LookupError):
    """A stream, shard or record was named that the mock does not have: says which ones there are."""


class StreamStateError(StreamsMockError, RuntimeError):
    """The stream, the shard, the clock or the mock is not in a state in which this can be done."""


class UnsupportedVersion(StreamsMockError, ImportError):
    """A release of another library has moved what this package holds on to: says what, and which release to take."""


class NetworkBlocked(StreamsMockError, RuntimeError):
    """A call that nothing answered would have left for a real AWS host."""


class ContractViolation(StreamsMockError, AssertionError):
    """A response of the fake breaks the API's schema: a bug in pytest-ddbstreams, never in the code under test."""


class UnusedFault(StreamsMockError, AssertionError):
    """A fault that the test armed was met less often than it says by the code under test."""


class NotDrained(StreamsMockError, RuntimeError):
    """An event source mapping was to deliver all that is left and came to no end: says which batch it was at."""


class MappingWarning(UserWarning):
    """An event source mapping is set up, or a handler answers, in a way that loses records silently."""


class UnansweredCall(StreamsMockError, AssertionError):
    """A call that nothing answered, told at the end of the test because the code under test went on without it."""


def refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that nobody knows, such as a misspelt option, and list those that there are.

    Raises:
        InvalidOption: one of the given names is not among the known ones.
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidOption(f"unknown {what} {unknown[0]!r}; there are: {', '.join(known)}")
