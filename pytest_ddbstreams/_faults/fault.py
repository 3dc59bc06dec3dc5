"""A fault: which calls it waits for, how many it lets pass, how often it strikes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._model.names import names_stream
from .._operations.view import View

if TYPE_CHECKING:
    from .._call_log import Call

Response = dict[str, Any]
#: Answers a call as it looks from a view of the streams, or raises what the call is refused with.
Answer = Callable[[View], Response]


@dataclass(slots=True, eq=False, kw_only=True)
class Fault(ABC):
    """A fault that was armed.

    Attributes:
        name: what a report calls it.
        operation: the operation that it waits for.
        times: how often it strikes; None for always.
        after: how many good calls pass first.
        stream: a table's name or a stream's ARN, or None for any stream.
        shard: shard id, or None for any shard.
        passed: how many good calls have passed.
        struck: how often it has struck.
    """

    name: str
    operation: str
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

    def around(self, call: Call, answer: Answer, view: View) -> Response:
        """Answer a call that it waits for: as it comes, or as this fault has it."""
        if self.passed < self.after:
            response = answer(view)
            self.passed += 1
            return response
        return self._strike(call, answer, view)

    @abstractmethod
    def _strike(self, call: Call, answer: Answer, view: View) -> Response:
        """Do to a call what this fault is there for; where that changes something, it has struck."""

    def __str__(self) -> str:
        wanted = "every time" if self.times is None else f"{self.times} time{'s' * (self.times != 1)}"
        where = "".join(f", {place}" for place in (self.stream, self.shard) if place)
        after = f" after {self.after} good call{'s' * (self.after != 1)}" if self.after else ""
        return f"{self.name} on {self.operation}, {wanted}{after}{where} (struck {self.struck}, saw {self.passed} good)"
