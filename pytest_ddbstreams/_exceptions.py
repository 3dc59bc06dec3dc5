"""The errors that a test can get from this package.

The errors of the service are in `_service_errors`: those are sent to the client, these never are.
"""

from __future__ import annotations

import reprlib
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE = __name__.partition(".")[0]

#: How many characters of a value a message has at most.
_LONGEST_VALUE = 200
# Python refuses to write integers of over 4300 digits, and 300 digits are more than a message needs.
_LONGEST_INTEGER = 1000  # bits


class StreamsMockError(Exception):
    """Base of every error of this package."""


class InvalidItem(StreamsMockError, ValueError):
    """An item, key or record that DynamoDB would not accept; the text says where, what came and what is accepted.

    Frequent causes: a float (write a ``Decimal``), an empty set, a key attribute that is missing or has another type
    than the key schema says, an item of more than 400 KB, and a map of your own that looks DynamoDB-typed (say
    ``plain=True``).
    """


class InvalidOption(StreamsMockError, TypeError):
    """An option, marker argument or method argument that does not exist or does not fit.

    The text names what there is, and the nearest name to one that was misspelt. It is a TypeError, too.
    """


class UnknownStream(StreamsMockError, LookupError):
    """A stream, shard or record that the mock does not have; the text lists those that exist.

    Frequent causes: the stream was created in another mock, such as the one of a decorator beside a fixture; the table
    has no stream; the stream of the name was disabled, and its successor has another ARN.
    """


class StreamStateError(StreamsMockError, RuntimeError):
    """A stream, shard, clock or mock is not in the state that the call needs.

    Frequent causes: a write to a disabled stream (``stream.enable()`` returns its successor), a split of a closed
    shard, a stream that was created before ``mock.reset()``, a ``stop()`` without ``start()``.
    """


class UnsupportedVersion(StreamsMockError, ImportError):
    """A release of another library lacks a method that this package patches; the text names a release that has it.

    Install that release, or a newer pytest-ddbstreams.
    """


class NetworkBlocked(StreamsMockError, RuntimeError):
    """A call that nothing answered would have reached a real AWS host.

    Frequent causes and their cures: a call of another AWS service (open moto's ``mock_aws``, point its ``endpoint_url``
    at a server on loopback, or set ``block_network=False``); a client or a thread that outlives the mock that it was
    made or started under (end it in the test that started it).
    """


class ContractViolation(StreamsMockError, AssertionError):
    """A response of the fake breaks the API's schema: a bug in pytest-ddbstreams, not in the code under test.

    Please report it with its text. There is nothing to change in your test.
    """


class AnswerLost(StreamsMockError, ConnectionResetError):
    """An answer that the fault of ``lose_answers`` has lost; clients of botocore and requests get a time-out for it.

    A test sees it in ``call.error`` only.
    """


class UnusedFault(StreamsMockError, AssertionError):
    """A fault that the test added triggered less often than its `times`.

    The consumer did not make the call that the fault waits for: it stopped early, reads another stream or shard, or the
    fault's `operation`, `stream` or `shard` does not fit. Say ``times=None`` for any number of times, or
    ``strict=False`` where an unused fault is right.
    """


class NotDrained(StreamsMockError, RuntimeError):
    """An event source mapping could not deliver all records; the text names the batch that it stopped at.

    ``__cause__`` is what the handler raised last. Frequent causes: a handler that fails for a record each time while
    the mapping has no ``maximum_retry_attempts``; a disabled mapping; an ``itemIdentifier`` that is no SequenceNumber.
    """


class MappingWarning(UserWarning):
    """An event source mapping is set up, or a handler answers, in a way that loses records or repeats them.

    The text has the nearest right form. Where you want the setting as it is, filter the warning as any other.
    """


class UnansweredCall(StreamsMockError, AssertionError):
    """A call that nothing answered; it is reported at the end of the test if the code under test went on without it.

    Its causes are those of `NetworkBlocked`; the code under test has swallowed that error. Where it is right to go on,
    ``mock.forgive()`` accepts the calls so far, and ``pytest.raises(NetworkBlocked)`` sees the error.
    """


for _error in (StreamsMockError, *StreamsMockError.__subclasses__(), MappingWarning):
    # Tracebacks and references name the errors as users import them.
    _error.__module__ = _PACKAGE


class _Short(reprlib.Repr):
    """A short repr of any value, in which long integers show their length only."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = width

    def repr_int(self, x: int, level: int) -> str:
        bits = x.bit_length()
        return super().repr_int(x, level) if bits < _LONGEST_INTEGER else f"an integer of {bits} bits"


def short(value: object, width: int = _LONGEST_VALUE) -> str:
    """Return the repr of a value, short enough for a message.

    Args:
        value: anything, however large, deep or cyclic.
        width: how many characters the text has at most.
    """
    text = _Short(width).repr(value)
    return text if len(text) <= width else text[: width - 1] + "…"


def is_about_the_test(raised: Any) -> bool:
    """Return whether an error concerns the test, so that pytest leaves the frames of this package out of its traceback.

    A module whose ``__tracebackhide__`` is this function leaves them out.

    Args:
        raised: pytest's ExceptionInfo of the error; None where pytest does not know it.
    """
    error = getattr(raised, "value", None)
    return isinstance(error, (StreamsMockError, AssertionError)) and not isinstance(error, ContractViolation)


def nearest(given: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one is most likely meant to be, or None; capitals do not count."""
    # Imported here: a run of pytest that has no error does not need it.
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    close = get_close_matches(given.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def suggestion(given: object, known: Iterable[str]) -> str:
    """Return " Did you mean …?" with the nearest known name; an empty text if none is near."""
    found = nearest(str(given), known)
    return "" if found is None else f" Did you mean {found!r}?"


def refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise if a name is unknown, such as a misspelt option; list the known names, and suggest the nearest.

    Raises:
        InvalidOption: one of the given names is not among the known ones.
    """
    names = list(known)
    unknown = sorted(set(given) - set(names))
    if unknown:
        meant = suggestion(unknown[0], names)
        raise InvalidOption(f"unknown {what} {short(unknown[0])}; there are: {', '.join(names)}{meant and f'.{meant}'}")


def warn(text: str) -> None:
    """Warn at the line of the code that called this package."""
    level, frame = 1, sys._getframe()  # noqa: SLF001 - documented, and `warnings` counts the same frames
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, MappingWarning, stacklevel=level)
