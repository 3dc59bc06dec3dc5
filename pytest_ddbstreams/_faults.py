"""What a test scripts: calls that are refused although the service itself would answer them.

A fault waits for its calls by operation, stream and shard, lets the first ones pass, then strikes. It knows no
wire: an error is raised, and whoever stands above decides what that looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._streams.names import names_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._calls import Call


@dataclass(slots=True, eq=False)
class Fault:
    """A fault that was armed.

    Attributes:
        operation: the operation that it waits for.
        make: makes the exception to raise.
        name: what a report calls it.
        times: how often it strikes; None for always.
        after: how many good calls pass first.
        stream: a table's name or a stream's ARN, or None for any stream.
        shard: shard id, or None for any shard.
        passed: how many good calls have passed.
        struck: how often it has struck.
    """

    operation: str
    make: Callable[[], Exception]
    name: str
    times: int | None = 1
    after: int = 0
    stream: str | None = None
    shard: str | None = None
    passed: int = 0
    struck: int = 0

    def waits_for(self, call: Call) -> bool:
        return (
            self.operation == call.operation
            and (self.stream is None or names_stream(self.stream, call.stream))
            and self.shard in {None, call.shard}
        )

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.struck >= self.times

    @property
    def is_unmet(self) -> bool:
        """Whether it has not struck as often as it was to; one without a number: not once."""
        return not self.struck if self.times is None else not self.is_spent

    def __str__(self) -> str:
        wanted = "every time" if self.times is None else f"{self.times} time{'s' * (self.times != 1)}"
        where = "".join(f", {place}" for place in (self.stream, self.shard) if place)
        after = f" after {self.after} good call{'s' * (self.after != 1)}" if self.after else ""
        return f"{self.name} on {self.operation}, {wanted}{after}{where} (struck {self.struck}, saw {self.passed} good)"


class Faults:
    """The faults of one mock, asked in the order in which they were armed."""

    __slots__ = ("_faults",)

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def arm(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def disarm(self, fault: Fault) -> None:
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        self._faults.clear()

    @property
    def unused(self) -> tuple[Fault, ...]:
        """The faults that are armed and were not met."""
        return tuple(fault for fault in self._faults if fault.is_unmet)

    def around(self, call: Call, answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Answer a call, unless a fault strikes it."""
        waiting = [fault for fault in self._faults if not fault.is_spent and fault.waits_for(call)]
        for fault in waiting:
            if fault.passed >= fault.after:
                fault.struck += 1
                raise fault.make()
        response = answer()
        for fault in waiting:
            fault.passed += 1
        return response
