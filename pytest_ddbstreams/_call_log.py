"""What a test sees of the requests: the log of calls, in the order in which they came, attempt by attempt.

It knows operations, requests and answers as dicts; no wire and no streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, overload

from ._assertions import Assertions, Evidence
from ._exceptions import InvalidOption
from ._operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_SHOWN = 20


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """One request as it reached the fake, and what became of it: one attempt of what the client was asked to do.

    Attributes:
        operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
        request: the request as sent: JSON data, times in epoch seconds.
        at: the mock's time at which it came.
        attempt: 1 for a first try, more for the client's retries of it.
        region: the region it was sent to.
        stream: ARN of the stream it is about, if it names one.
        shard: id of the shard it is about, if it names one.
        invocation: the id that the SDK gave to all attempts of one call of its method, or None without an SDK.
        response: the answer, or None; its ``Records`` are dicts as GetRecords gives them.
        error: the refusal or the transport fault, or None.
        late: how long the answer took to arrive.
        actions: what the test had happen right after it, before the answer arrived.
    """

    operation: str
    request: dict[str, Any]
    at: datetime
    attempt: int
    region: str
    stream: str | None
    shard: str | None
    invocation: str | None = None
    response: dict[str, Any] | None = None
    error: Exception | None = None
    late: timedelta = timedelta()
    actions: tuple[Callable[[], object], ...] = ()

    def __repr__(self) -> str:
        stream = self.stream and self.stream.partition(":table/")[2]
        retry = f"(attempt {self.attempt})" if self.attempt > 1 else ""
        words = filter(None, (self.operation, stream, self.shard, retry, "->", self.outcome))
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {' '.join(words)}"

    @property
    def outcome(self) -> str:
        """What became of it, in a few words."""
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        response = self.response or {}
        counts = [f"{len(value)} {key.lower()}" for key, value in response.items() if _is_list(value)]
        return ", ".join(counts) or "answered"


class Calls(Sequence[Call], Assertions):
    """The log: what came in, in order; what could not be read as a request of an operation is not in it.

    Args:
        witness: sets a log beside what the streams hold, for the oracles; None: there are no streams.
    """

    __slots__ = ("_calls", "_witness")

    def __init__(self, witness: Callable[[Sequence[Call]], Evidence] | None = None) -> None:
        self._calls: list[Call] = []
        self._witness = witness

    def of(self, operation: str) -> tuple[Call, ...]:
        """The calls of one operation, such as ``"GetRecords"``.

        Raises:
            InvalidOption: there is no such operation, and so there would never be a call of it.
        """
        if operation not in OPERATIONS:
            raise InvalidOption(f"operation={operation!r} does not fit; there are: {', '.join(OPERATIONS)}")
        return tuple(call for call in self._calls if call.operation == operation)

    @property
    def errors(self) -> tuple[Call, ...]:
        """The calls that were not answered with success."""
        return tuple(call for call in self._calls if call.error is not None)

    @property
    def invocations(self) -> tuple[tuple[Call, ...], ...]:
        """What the code under test asked of its client, in order: each with the attempts that it took."""
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


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
