"""One fake service: its streams, its log, its faults, its lock, its clock. What all doorways lead to."""

from __future__ import annotations

from random import Random
from threading import RLock
from typing import TYPE_CHECKING, Any

from . import _operations
from ._calls import Call, Calls
from ._faults import Faults
from ._operations.documents import DocumentCodec
from ._operations.subject import subject_of
from ._problems import ContractViolation
from ._streams.registry import Registry

if TYPE_CHECKING:
    from ._clock import Clock
    from ._options import Options


class Backend:
    """Answers operations; each is one turn under the lock."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.lock = RLock()
        self.calls = Calls()
        self.faults = Faults()
        #: Broken contracts are kept, because a consumer's ``except Exception`` swallows them.
        self.violations: list[ContractViolation] = []
        self.reset()

    def reset(self) -> None:
        """Forget everything: streams, calls, faults."""
        with self.lock:
            self.registry = Registry(DocumentCodec(), self.options.seed)
            self._request_ids = Random(f"{self.options.seed}/requests")  # noqa: S311 - repeatable, not secret
            self.calls._clear()  # noqa: SLF001 - users read the log, the backend writes it
            self.faults.clear()

    def perform(self, operation: str, request: dict[str, Any], region: str, attempt: int) -> dict[str, Any]:
        """Answer one request, and log it.

        Raises:
            Refusal: the service would not answer it with success, or a fault says so.
            Exception: a transport fault that the test scripted.
        """
        with self.lock:
            now = self.clock.now()
            call = Call(operation, request, now, attempt, region, *subject_of(request))
            self.calls._add(call)  # noqa: SLF001
            caller = _operations.Caller(region, self.options.account_id, now)
            try:
                call.response = self.faults.around(
                    call, lambda: _operations.perform(operation, self.registry, caller, request)
                )
            except Exception as error:
                call.error = error
                if isinstance(error, ContractViolation):
                    self.violations.append(error)
                raise
            return call.response

    def request_id(self) -> str:
        return f"{self._request_ids.getrandbits(208):052X}"


#: The mocks that are open in this process, innermost last: the only state that a module holds.
OPEN: list[Backend] = []


def innermost() -> Backend | None:
    """The backend that answers now, or None while no mock is open."""
    return OPEN[-1] if OPEN else None
