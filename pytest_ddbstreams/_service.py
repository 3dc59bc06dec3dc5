"""One fake service: its streams, call log, faults, lock and clock."""

from __future__ import annotations

from functools import partial
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from . import _operations
from ._assertions import Evidence
from ._call_log import Calls
from ._clock import later, wait_until
from ._exceptions import AnswerLost, ContractViolation
from ._faults.fault import Faults
from ._locks import make_lock
from ._model.journal import ANSWERED, ARRIVED
from ._model.registry import Registry
from ._operations.calls import Call
from ._operations.documents import DocumentCodec
from ._operations.rates import Rates
from ._operations.tables import describe_table
from ._running_tests import note_use
from ._strictness import Findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ._clock import Clock
    from ._options import Options


#: The error in the log of a call that an exception of an action left, so that its answer never arrived.
_LEFT = "{death} left the client's call of {call.operation} before the answer arrived"


class Tables(Protocol):
    """Tables of another mock that feed the streams of a service."""

    def begin(self) -> None:
        """Create a new and empty stream for each table that has a stream enabled."""

    def expire_items(self) -> int:
        """Delete the items whose Time To Live is over; return how many were deleted."""

    def connect_functions(self) -> None:
        """Connect the event source mappings of the other mock to the handlers that are registered for them."""

    def account_of(self, access_key: str) -> str | None:
        """Return the account that an access key belongs to; None if the other mock does not know the key."""


class Origin(NamedTuple):
    """The sender of a request.

    Attributes:
        region: the region that it was sent to.
        attempt: 1 for a first try, more for the client's retries.
        invocation: the id that the SDK gave to all attempts of one call of a client's method, or None.
        client: an object that lives as long as the client object, or None.
        access_key: the access key that signed the request; empty if there is none.
    """

    region: str
    attempt: int = 1
    invocation: str | None = None
    client: object | None = None
    access_key: str = ""


class Service:
    """One fake service. It answers each operation as a whole under its lock."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.lock = make_lock()
        self.calls = Calls(self.witness)
        self.faults = Faults(self.lock)
        #: The problems to report when the mock closes.
        self.findings = Findings(strict=options.strict)
        #: The name of what opened the mock, for a report that shows several.
        self.opened_by = "StreamsMock()"
        #: The URLs of the running servers of this service, the newest last.
        self.served_at: list[str] = []
        #: The time of the last use.
        self.seen_at: datetime | None = None
        #: The time when the mock was closed; None while it is open, and for a mock that is never opened.
        self.closed_at: datetime | None = None
        #: The tables of another mock that feed the streams, or None.
        self.tables: Tables | None = None
        self.reset()

    def reset(self) -> None:
        """Forget all streams, mappings, Lambda functions, calls and faults."""
        with self.lock:
            self.registry = Registry(DocumentCodec(), self.options.seed)
            # One bit less than 52 hexadecimal digits hold, so that no later id has a digit more.
            self._request_ids = count(Random(f"{self.options.seed}/requests").getrandbits(207))  # noqa: S311 - repeatable, not secret
            #: The pollers of the event source mappings, in the order of connecting.
            self.pollers: list[Any] = []
            #: The handlers of Lambda functions, by name or ARN.
            self.lambda_functions: dict[str, Any] = {}
            #: The mappings that another mock's API has made, by their UUID, and what a report says of the others.
            self.deployed_mappings: dict[str, Any] = {}
            self.notes: dict[str, str] = {}
            self.calls._clear()  # noqa: SLF001 - users read the log, the service writes it
            self._clients: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
            self._ordinals = count(1)
            self.faults.clear()
            self.findings.unanswered.clear()
            self.rates = Rates()
            if self.tables is not None:
                self.tables.begin()

    def perform(self, operation: str, document: dict[str, Any], origin: Origin) -> dict[str, Any]:
        """Answer one request, and log its two events: its arrival, and its answer.

        Raises:
            ServiceError: the service or a fault refuses the request.
            Exception: a transport fault that the test scripted, or an error of an action.
            BaseException: an action ended the client's call, as the death of a process does.
        """
        request = _operations.request_of(operation, document)
        self._act_before(request, origin)
        with self.lock:
            # Kept for the answer: a reset during the call begins another journal, which does not have this call.
            journal = self.registry.journal
            call = self._arrive(request, origin)
            self._decide(call, request, self._account_of(origin))
        try:
            # Not under the lock: other calls are answered meanwhile, and an action may wait for them.
            self._act(call)
            if call.delay:
                wait_until(later(call.at, call.delay))
        except BaseException as death:
            with self.lock:
                call.response, call.error = None, AnswerLost(_LEFT.format(call=call, death=type(death).__name__))
            raise
        finally:
            with self.lock:
                call.answered_at = self.clock.now()
                journal.add(ANSWERED, call.answered_at, call=call.number)
        if call.error is not None:
            raise call.error
        return call.response  # type: ignore[return-value] # there is one where there is no error

    def _act_before(self, request: _operations.Request, origin: Origin) -> None:
        """Call the actions before a call; an error of an action leaves the call, which never arrives."""
        try:
            for action in self.faults.actions_before(request, is_retry=origin.attempt > 1):
                action()
        except Exception as error:
            with self.lock:
                self.findings.failed_actions.append(error)
            raise

    def _arrive(self, request: _operations.Request, origin: Origin) -> Call:
        """Log the arrival of a call."""
        call = Call(
            operation=request.operation,
            request=request.document,
            number=len(self.calls),
            at=self.use(),
            attempt=origin.attempt,
            region=origin.region,
            client=self._ordinal_of(origin.client),
            invocation=origin.invocation,
            stream=request.stream,
            shard=request.shard,
            iterator=request.iterator,
        )
        # Shards that are due to rotate have rotated before the call arrives.
        self.registry.advance(request.stream, call.at)
        self.calls._add(call)  # noqa: SLF001 - users read the log, the service writes it
        self.registry.journal.add(ARRIVED, call.at, call=call.number)
        return call

    def _ordinal_of(self, client: object | None) -> int | None:
        """Return the number of a client object in the order of first calls."""
        if client is None:
            return None
        if client not in self._clients:
            self._clients[client] = next(self._ordinals)
        return self._clients[client]

    def _account_of(self, origin: Origin) -> str:
        """Return the account of the sender of a request: that of an assumed role, say, else the mock's."""
        known = None if self.tables is None else self.tables.account_of(origin.access_key)
        return known or self.options.account_id

    def _decide(self, call: Call, request: _operations.Request, account: str) -> None:
        """Give a call its response or its error."""
        caller = _operations.Caller(call.region, account, call.at)
        answer = partial(_operations.perform, self.registry, caller, request)
        try:
            if self.options.enforce_rates:
                self.rates.admit(request, call.region, call.at)
            call.response = self.faults.around(call, answer).response
        except Exception as error:  # noqa: BLE001 - raised when the answer would arrive
            call.error = error
            if isinstance(error, ContractViolation):
                self.findings.violations.append(error)

    def _act(self, call: Call) -> None:
        """Call the actions of a call; the error of an action becomes the error of the call."""
        try:
            for action in call.actions:
                action()
        except Exception as error:  # noqa: BLE001 - raised when the answer would arrive
            with self.lock:
                call.response, call.error = None, error
                self.findings.failed_actions.append(error)

    def use(self) -> datetime:
        """Note that the test uses the mock, and return the mock's time."""
        note_use(self)
        self.seen_at = self.clock.now()
        return self.seen_at

    def witness(self, calls: Sequence[Call]) -> Evidence:
        """Return evidence for the assertions of the call log: the calls, and the records of the streams."""
        with self.lock:
            return Evidence(calls, tuple(self.registry), self.current_time(), tuple(self.registry.journal))

    def current_time(self) -> datetime:
        """Return the mock's time without noting a use; for a closed mock, the time when it was closed.

        A closed mock has released the clock. By the clock's present time all its records may be months old.
        """
        return self.closed_at or self.clock.now()

    def time_of_last_use(self) -> datetime:
        """Return the time for a report after the test: that of the last use if the clock is not frozen now.

        The test may have frozen the clock with another library, and released it since. Then the present time
        has nothing to do with the test.
        """
        if self.seen_at is None or self.clock.is_frozen or self.closed_at is not None:
            return self.current_time()
        return self.seen_at

    def describe_table(self, request: dict[str, Any], region: str) -> dict[str, Any] | None:
        """Return the response of DynamoDB's DescribeTable for a table with a stream here, else None; log no call."""
        with self.lock:
            caller = _operations.Caller(region, self.options.account_id, self.use())
            return describe_table(self.registry, caller, request)

    def request_id(self) -> str:
        """Return the next request id."""
        return f"{next(self._request_ids):052X}"


#: The mocks that are open in this process, innermost last.
OPEN: list[Service] = []


def innermost() -> Service | None:
    """Return the service of the mock that was opened last; None if no mock is open."""
    return OPEN[-1] if OPEN else None
