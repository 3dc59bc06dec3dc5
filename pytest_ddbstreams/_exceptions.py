"""What a test is told when it asks for the impossible, and when something it relied on did not happen.

The service's own refusals live in ``_service_errors``; nothing here ever travels over the wire.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType


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


class _Both(UnusedFault, UnansweredCall):
    """Faults that were not met, beside calls that nothing answered."""


def failure_of(faults: Sequence[object], calls: Mapping[str, int]) -> StreamsMockError | None:
    """The failure of a test that left something behind, or None where it left nothing.

    Args:
        faults: those that were not met, or not as often as they say.
        calls: what was the matter with the calls that nothing answered, and how many there were of each.
    """
    told = []
    if faults:
        told.append(_UNUSED.format(listed=_listed(Counter(map(str, faults)))))
    if calls:
        told.append(_UNANSWERED.format(listed=_listed(calls)))
    kind = _Both if faults and calls else UnusedFault if faults else UnansweredCall
    return kind("\n".join(told)) if told else None


class Unanswered:
    """Calls that nothing answered, each as the error that says so: the last ones, and a count of those before.

    Whether an error is seen shows some time after it was raised; and each holds on to all frames that it went through.
    """

    _KEPT = 100

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def __iter__(self) -> Iterator[Exception]:
        return iter(tuple(self._last))

    def append(self, error: Exception) -> None:
        """Keep an error that is about to be raised, or to be told in a response."""
        with self._lock:
            self._last.append(error)
            if len(self._last) > self._KEPT:
                self._before.update(_texts_of_unseen([self._last.pop(0)]))

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._last: list[Exception] = []
            self._before: Counter[str] = Counter()

    def unseen(self) -> Counter[str]:
        """What those say that did not reach a test, and how often."""
        with self._lock:
            return self._before + Counter(_texts_of_unseen(self._last))


def unseen(errors: Iterable[Exception]) -> list[Exception]:
    """The errors that no test has seen: one has what its function let through, and what its file caught."""
    return [error for error in errors if not _has_been_seen(error)]


def _texts_of_unseen(errors: Iterable[Exception]) -> list[str]:
    return [str(error) for error in unseen(errors)]


def _has_been_seen(error: Exception) -> bool:
    trace = error.__traceback__
    if trace is None:
        # TestCase.assertRaises takes it away from what it caught. What is told of a response was never raised.
        return isinstance(error, NetworkBlocked)
    # The outermost frame is of who caught it: a handler in a test's file is called by code that may swallow.
    return _is_of_tests(trace.tb_frame.f_code.co_filename) or _has_reached_a_test(trace)


def _is_of_tests(path: str) -> bool:
    name = re.split(r"[/\\]", path)[-1]
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def _has_reached_a_test(trace: TracebackType | None) -> bool:
    while trace is not None:
        if trace.tb_frame.f_code.co_name.startswith("test"):
            return True
        trace = trace.tb_next
    return False


def _listed(counts: Mapping[str, int]) -> str:
    lines = [f"  - {text}{f' ({times} times)' * (times > 1)}" for text, times in islice(counts.items(), _LISTED)]
    if len(counts) > _LISTED:
        lines.append(f"  and {len(counts) - _LISTED} more")
    return "\n".join(lines)


#: How many different things are told at most.
_LISTED = 20
_RELAXED = "allow it by strict=False (mock_streams, @pytest.mark.ddbstreams) or ddbstreams_strict = false (ini)."
_UNUSED = (
    "the code under test met less often than was armed:\n{listed}\nLet it make these calls, take the fault away, or "
    f"{_RELAXED}"
)
_UNANSWERED = (
    "the code under test made calls that nothing answered, and went on:\n{listed}\nAn error that reaches the test is "
    "not told again: expect it there by pytest.raises. Where the code is right to go on, say so by "
    f"ddbstreams_mock.forgive(), or {_RELAXED}"
)


def refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that nobody knows, such as a misspelt option, and list those that there are.

    Raises:
        InvalidOption: one of the given names is not among the known ones.
    """
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidOption(f"unknown {what} {unknown[0]!r}; there are: {', '.join(known)}")
