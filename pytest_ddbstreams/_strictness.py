"""Findings: problems that are reported at the end of a test, besides the test's own failure.

A mock reports when it closes:

- faults that triggered less often than their ``times`` (`UnusedFault`), if it is strict;
- calls that nothing answered (`UnansweredCall`), if it is strict and the error did not reach the test;
- errors of ``after_call`` actions that did not reach the test;
- responses of the fake that break the API's schema (`ContractViolation`).

A late call is a call made after its mock was closed. It is reported at the end of the test that runs at that time.
A test that has failed already is excused: of its mock, only a broken schema is reported.

Callers note what happened on the `Findings` of a mock, and call `Findings.report` when the mock closes.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from ._exceptions import (
    ContractViolation,
    NetworkBlocked,
    StreamsMockError,
    UnansweredCall,
    UnusedFault,
    is_about_the_test,
)
from ._locks import make_lock
from ._options import how_to_set
from ._running_tests import code_of_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import CodeType, TracebackType

__tracebackhide__ = is_about_the_test

#: How many different errors a report lists at most.
_LISTED = 20

#: How a user switches these reports off.
RELAX = how_to_set("strict", value=False)

_UNUSED = (
    "faults triggered less often than their `times` say:\n{listed}\n"
    f"Let the code under test make the calls that they wait for, or allow unused faults by {RELAX}."
)
_UNANSWERED = (
    "the code under test made calls that nothing answered, and went on:\n{listed}\n"
    "An error that reaches the test is not reported again: expect it there with pytest.raises. "
    f"If the code is right to go on, call ddbstreams_mock.forgive(), or allow unanswered calls by {RELAX}."
)


class Findings:
    """The findings that one mock reports at the end of its test.

    Attributes:
        unanswered: the calls that nothing answered.
        late_calls: the calls made after the mock was closed.
        violations: the responses that broke the API's schema; kept because code under test may swallow the error.
        failed_actions: the errors of ``after_call`` actions; kept for the same reason.
    """

    def __init__(self, *, strict: bool) -> None:
        self.unanswered = UnansweredCalls()
        self.late_calls = LateCalls(reported=strict)
        self.violations: list[ContractViolation] = []
        self.failed_actions: list[Exception] = []
        self._strict = strict
        self._is_excused = False

    def excuse(self) -> None:
        """Report only a broken schema from now on: the test has failed already, or has ended early on purpose."""
        self._is_excused = True
        # Otherwise the next test, which is innocent, would fail because of a poller that this test left behind.
        self.late_calls.silence()

    def forgive(self) -> None:
        """Forget the unanswered calls so far, and the late calls so far of every closed mock."""
        self.unanswered.clear()
        for late_calls in _pop_late():
            late_calls.clear()

    def report(self, unused: Sequence[object]) -> None:
        """Raise the failure of a test whose mock closes, if there is one.

        Args:
            unused: the faults that triggered less often than their ``times``.

        Raises:
            ContractViolation: a response broke the API's schema.
            Exception: an action failed, and its error did not reach the test.
            UnusedFault: a fault is unused, and the mock is strict.
            UnansweredCall: nothing answered a call, and the mock is strict.
        """
        if self.violations:
            raise self.violations[0]
        if self._is_excused:
            return
        failed_actions = _unseen(self.failed_actions)
        if failed_actions:
            raise failed_actions[0]
        if self._strict:
            self._report_strictly(unused)

    def _report_strictly(self, unused: Sequence[object]) -> None:
        failure = failure_of(unused, self.unanswered.unseen() + _take_late_calls())
        if failure is not None:
            # The threads behind the late calls may go on, and must not fail the next test too.
            self.excuse()
            raise failure


class UnansweredCalls:
    """The errors of the unanswered calls of a mock: the newest ones, and a count for each text of the older ones.

    An error is kept for some time, because it may still be on its way to the test after it was raised. An error also
    keeps alive the frames that it passed through, so only a hundred are kept.
    """

    _KEPT = 100

    def __init__(self) -> None:
        self._lock = make_lock()
        self.clear()

    def __iter__(self) -> Iterator[Exception]:
        return iter(tuple(self._newest))

    def append(self, error: Exception) -> None:
        """Keep an error that is about to be raised, or to be sent in a response."""
        with self._lock:
            self._newest.append(error)
            if len(self._newest) > self._KEPT:
                self._older.update(map(str, _unseen([self._newest.pop(0)])))

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._newest: list[Exception] = []
            self._older: Counter[str] = Counter()

    def unseen(self) -> Counter[str]:
        """Return the texts of the errors that did not reach a test, with the number of calls for each."""
        with self._lock:
            return self._older + Counter(map(str, _unseen(self._newest)))


class LateCalls:
    """Calls made after one mock was closed.

    Clients and threads keep this object instead of the mock, so that the mock's streams can be freed.

    Args:
        reported: whether the calls are reported to a test.

    Attributes:
        title: names the mock in the errors of these calls.
        mock_is_closed: whether the mock is closed, so that its calls are late.
    """

    def __init__(self, *, reported: bool) -> None:
        self.title = "the mock"
        self.mock_is_closed = False
        self._are_reported = reported
        self._calls = UnansweredCalls()

    def __str__(self) -> str:
        return self.title

    def append(self, error: Exception) -> None:
        """Keep the error of a late call until a test ends."""
        if not self._are_reported:
            return
        self._calls.append(error)
        if self not in _LATE:
            _LATE.append(self)

    def take(self) -> Counter[str]:
        """Return the texts of the errors that did not reach a test, with the number of calls for each.

        If there are any, the mock's later calls are not reported: one report of a forgotten thread is enough.
        """
        calls = self._calls.unseen()
        self._calls.clear()
        if calls:
            self.silence()
        return calls

    def silence(self) -> None:
        """Report no late calls from now on."""
        self._are_reported = False

    def clear(self) -> None:
        """Forget the late calls so far."""
        self._calls.clear()


#: The closed mocks that have late calls to report.
_LATE: list[LateCalls] = []


def late_failure() -> StreamsMockError | None:
    """Return the failure of a test, or of a run, that ends after late calls; None if there were none."""
    return failure_of((), _take_late_calls())


def _take_late_calls() -> Counter[str]:
    return sum((late_calls.take() for late_calls in _pop_late()), Counter())


def _pop_late() -> list[LateCalls]:
    """Empty `_LATE`, and return its content."""
    # Popped one by one, not copied and cleared: threads of closed mocks may append at the same time.
    return [_LATE.pop(0) for _ in tuple(_LATE)]


def report_unused(faults: Sequence[object]) -> None:
    """Raise the failure of a test whose marker or scenario added faults, if some of these are unused.

    Args:
        faults: the unused faults.

    Raises:
        UnusedFault: there is an unused fault.
    """
    failure = failure_of(faults, {})
    if failure is not None:
        raise failure


# The failure and its text


class _UnusedFaultAndUnansweredCall(UnusedFault, UnansweredCall):
    """A failure because of unused faults and of unanswered calls."""


def failure_of(unused: Sequence[object], calls: Mapping[str, int]) -> StreamsMockError | None:
    """Return the failure of a test that left something behind; None if it left nothing.

    Args:
        unused: the faults that triggered less often than their ``times``.
        calls: the texts of unanswered calls, with the number of calls for each.
    """
    parts = []
    if unused:
        parts.append(_UNUSED.format(listed=_listed(Counter(map(str, unused)))))
    if calls:
        parts.append(_UNANSWERED.format(listed=_listed(calls)))
    kind = _UnusedFaultAndUnansweredCall if unused and calls else UnusedFault if unused else UnansweredCall
    return kind("\n".join(parts)) if parts else None


def _listed(counts: Mapping[str, int]) -> str:
    lines = [f"  - {text}{f' ({times} times)' * (times > 1)}" for text, times in islice(counts.items(), _LISTED)]
    if len(counts) > _LISTED:
        lines.append(f"  and {len(counts) - _LISTED} more")
    return "\n".join(lines)


# Which errors reached a test


def _unseen(errors: Iterable[Exception]) -> list[Exception]:
    return [error for error in errors if not _has_been_seen(error)]


def _has_been_seen(error: Exception) -> bool:
    """Return whether a function of the test let the error pass, or a file of the test caught it."""
    trace = error.__traceback__
    if trace is None:
        # TestCase.assertRaises removes the traceback of what it caught. An error that is sent in a response was never
        # raised, and is no NetworkBlocked.
        return isinstance(error, NetworkBlocked)
    # The first frame of a traceback is the one that caught the error. An inner frame in a file of tests proves nothing:
    # a test's handler may let the error pass to code that swallows it.
    code = code_of_test()
    return code.has_file(trace.tb_frame.f_code.co_filename) or any(map(code.has_function, _codes_of(trace)))


def _codes_of(trace: TracebackType | None) -> Iterator[CodeType]:
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next
