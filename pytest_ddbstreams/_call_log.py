"""The call log: the requests that reached a mock, in the order of arrival, attempt by attempt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from ._assertions import Assertions, Evidence
from ._checks import check_choice, checks_keywords
from ._operations import OPERATIONS, Operation
from ._operations.calls import Call

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 20


@checks_keywords
class Calls(Sequence[Call], Assertions):
    """The call log of a mock. A request that is not a request of an operation is not in it.

    Args:
        witness: returns evidence for assertions: the calls beside the records of the streams; None: no streams.
    """

    __slots__ = ("_calls", "_witness")

    def __init__(self, witness: Callable[[Sequence[Call]], Evidence] | None = None) -> None:
        self._calls: list[Call] = []
        self._witness = witness

    def of(self, operation: Operation) -> tuple[Call, ...]:
        """Return the calls of one operation, such as ``"GetRecords"``.

        Raises:
            InvalidOption: the service has no such operation.
        """
        check_choice("operation", operation, OPERATIONS)
        return tuple(call for call in self._calls if call.operation == operation)

    @property
    def errors(self) -> tuple[Call, ...]:
        """The calls that were answered with an error."""
        return tuple(call for call in self._calls if call.error is not None)

    @property
    def invocations(self) -> tuple[tuple[Call, ...], ...]:
        """Each call of a client's method, with the attempts that it took, in order."""
        attempts: dict[str | Call, list[Call]] = {}
        for call in tuple(self._calls):
            attempts.setdefault(call.invocation or call, []).append(call)
        return tuple(map(tuple, attempts.values()))

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._calls[index]

    def __repr__(self) -> str:
        shown = self._calls[-_SHOWN:]
        left_out = len(self._calls) - len(shown)
        lines = [f"{len(self._calls)} calls" + (f", the last {_SHOWN}:" if left_out else ":" if shown else "")]
        return "\n  ".join([*lines, *map(repr, shown)])

    def _add(self, call: Call) -> None:
        self._calls.append(call)

    def _clear(self) -> None:
        self._calls.clear()

    def _evidence(self) -> Evidence:
        calls = tuple(self._calls)
        return self._witness(calls) if self._witness else Evidence(calls, ())
