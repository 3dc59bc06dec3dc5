"""One fake service: its streams, its log, its faults, its lock, its clock. What all doorways lead to."""

from __future__ import annotations

from itertools import count
from random import Random
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

from . import _operations
from ._assertions import Evidence
from ._call_log import Call, Calls
from ._exceptions import ContractViolation
from ._faults import Faults
from ._model.registry import Registry
from ._operations.documents import DocumentCodec
from ._operations.rates import Rates
from ._operations.subject import subject_of
from ._operations.tables import describe_table
from ._strictness import Findings, note_use

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ._clock import Clock
    from ._operations.view import View
    from ._options import Options


class Tables(Protocol):
    """Tables of another mock that feed the streams of a service."""

    def begin(self) -> None:
        """Give each table that has a stream enabled one that is new and empty."""

    def expire_items(self) -> int:
        """Delete what Time To Live would delete by now; says how many items there were."""


class Service:
    """Answers operations; each is one turn under the lock."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.lock = RLock()
        self.calls = Calls(self.witness)
        self.faults = Faults()
        #: What is reported when the mock closes.
        self.findings = Findings(strict=options.strict)
        #: When it was used last.
        self.seen_at: datetime | None = None
        #: When the mock was closed; None while it is open, and for one that is made by hand.
        self.closed_at: datetime | None = None
        #: Tables of another mock that feed the streams, while there are such.
        self.tables: Tables | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything: streams, calls, faults."""
        with self.lock:
            self.registry = Registry(DocumentCodec(), self.options.seed)
            # One bit less than 52 hexadecimal digits hold, so that those which follow have no more.
            self._request_ids = count(Random(f"{self.options.seed}/requests").getrandbits(207))  # noqa: S311 - repeatable, not secret
            self.calls._clear()  # noqa: SLF001 - users read the log, the service writes it
            self.faults.clear()
            self.findings.unanswered.clear()
            self.rates = Rates()
            if self.tables is not None:
                self.tables.begin()

    def perform(
        self, operation: str, request: dict[str, Any], region: str, attempt: int, invocation: str | None = None
    ) -> dict[str, Any]:
        """Answer one request, and log it.

        Raises:
            ServiceError: the service would not answer it with success, or a fault says so.
            Exception: a transport fault that the test scripted, or what an action of the test raised.
        """
        with self.lock:
            call = Call(operation, request, self.look(), attempt, region, *subject_of(request), invocation)
            self.calls._add(call)  # noqa: SLF001
            self._settle(call)
        # Not under the lock: others are answered meanwhile, and an action may wait for them.
        if call.actions:
            self._follow(call)
        if call.late:
            self.clock._wait_until(call.at + call.late)  # noqa: SLF001 - nothing that users call
        if call.error is not None:
            raise call.error
        return call.response  # type: ignore[return-value] # there is one where there is no error

    def _settle(self, call: Call) -> None:
        """Decide what becomes of a call."""
        try:
            if self.options.enforce_rates:
                self.rates.admit(call.operation, call.request, call.region, call.at)
            call.response = self.faults.around(call, self._answer)
        except Exception as error:  # noqa: BLE001 - raised when its answer would arrive
            call.error = error
            if isinstance(error, ContractViolation):
                self.findings.violations.append(error)

    def _follow(self, call: Call) -> None:
        """Have happen what the test wants right after a call; where that fails, so does the call."""
        try:
            for action in call.actions:
                action()
        except Exception as error:  # noqa: BLE001 - as above
            with self.lock:
                call.response, call.error = None, error
                self.findings.failed_actions.append(error)

    def _answer(self, call: Call, view: View) -> dict[str, Any]:
        caller = _operations.Caller(call.region, self.options.account_id, call.at, view)
        return _operations.perform(call.operation, self.registry, caller, call.request)

    def look(self) -> datetime:
        """What time it is, remembered: the mock is being used."""
        note_use(self)
        self.seen_at = self.clock.now()
        return self.seen_at

    def witness(self, calls: Sequence[Call]) -> Evidence:
        """A log beside what the streams hold at this moment."""
        with self.lock:
            return Evidence(calls, tuple(self.registry), self.moment())

    def moment(self) -> datetime:
        """What time it is here; once the mock is closed, when that was.

        The clock is let go then, and what the mock holds would be months old all at once.
        """
        return self.closed_at or self.clock.now()

    def last_moment(self) -> datetime:
        """As `moment`, for those who look after a test: a clock that the test itself froze is let go by then."""
        return self.seen_at if self.seen_at and not self.clock.is_frozen and not self.closed_at else self.moment()

    def describe_table(self, request: dict[str, Any], region: str) -> dict[str, Any] | None:
        """What DynamoDB's DescribeTable says of a table that has a stream here, or None; not a call of ours to log."""
        with self.lock:
            caller = _operations.Caller(region, self.options.account_id, self.look())
            return describe_table(self.registry, caller, request)

    def request_id(self) -> str:
        return f"{next(self._request_ids):052X}"


#: The mocks that are open in this process, innermost last: the only state that a module holds.
OPEN: list[Service] = []


def innermost() -> Service | None:
    """The service that answers now, or None while no mock is open."""
    return OPEN[-1] if OPEN else None
