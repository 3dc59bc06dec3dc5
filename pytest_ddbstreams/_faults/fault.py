"""A fault, and the faults of one mock.

A call goes through each fault that waits for it, in the order in which the faults were added, to the operation that
answers it. A fault lets a call pass, refuses it, answers it late, or has it answered from another view of the streams.
So faults compose, and their order decides: a refusal that was added after a delay arrives late, and a delay that was
added after a refusal waits for the next call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from .._model.names import names_stream
from .._operations import CLEAR, Answer, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from .._operations import Request
    from .._operations.calls import Call

#: Answers a call from a view of the streams, or raises the error that the call is refused with.
AnswerFrom = Callable[[View], Answer]


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class Fault(ABC):
    """A fault that was added to a mock.

    Attributes:
        name: the name that reports use.
        operation: the operation whose calls it waits for; None: any operation.
        times: how often it triggers; None: every time.
        after: how many good calls pass first.
        stream: a table's name or a stream's ARN; None: any stream.
        shard: a shard id; None: any shard.
        passed: how many good calls have passed.
        triggered: how often it has triggered.
        id: the number of the fault in the order in which the faults of its mock were added.
        faults: the faults of its mock; None before it is added.
    """

    name: str
    operation: str | None
    times: int | None = 1
    after: int = 0
    stream: str | None = None
    shard: str | None = None
    passed: int = 0
    triggered: int = 0
    id: int = field(default=0, init=False)
    faults: Faults | None = field(default=None, init=False, repr=False)

    def waits_for(self, call: Call | Request) -> bool:
        """Return whether the operation, the stream and the shard of a call are those of the fault."""
        return (
            self.operation in {None, call.operation}
            and (self.stream is None or names_stream(self.stream, call.stream))
            and self.shard in {None, call.shard}
        )

    @property
    def is_spent(self) -> bool:
        """Whether it has triggered as often as it may."""
        return self.times is not None and self.triggered >= self.times

    @property
    def is_unused(self) -> bool:
        """Whether it has triggered less often than its `times`, or never if `times` is None."""
        return not self.triggered if self.times is None else not self.is_spent

    def around(self, call: Call, answer: AnswerFrom, view: View) -> Answer:
        """Let a call pass while `after` good calls have not passed, else trigger."""
        if self.passed < self.after:
            answered = answer(view)
            self.passed += 1
            return answered
        return self.trigger(call, answer, view)

    def action_before(self, request: Request, *, is_retry: bool) -> Callable[[], object] | None:  # noqa: ARG002 - for kinds
        """Return the function to call before a request arrives, and count it; None for a fault that has none."""
        return None

    def cancel(self) -> None:
        """Take the fault back: it triggers no more, and is not reported as unused; a second time changes nothing."""
        if self.faults is not None:
            self.faults.remove(self)

    @abstractmethod
    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:
        """Apply the fault to a call, and count it if it made a difference."""

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        wanted = "every time" if self.times is None else f"{self.times} time{'s' * (self.times != 1)}"
        where = "".join(f", {place}" for place in (self.stream, self.shard) if place)
        after = f" after {self.after} good call{'s' * (self.after != 1)}" if self.after else ""
        counts = f"(triggered {self.triggered}, saw {self.passed} good)"
        return f"{self.name} on {self.operation or 'any call'}, {wanted}{after}{where} {counts}"


class Faults:
    """The faults of one mock, in the order in which they were added.

    Args:
        lock: the lock of the mock.
    """

    __slots__ = ("_faults", "_ids", "_lock")

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._ids = count(1)
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def add(self, fault: Fault) -> Fault:
        """Add a fault behind all others, and return it."""
        with self._lock:
            fault.id, fault.faults = next(self._ids), self
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove a fault, unless it was removed already."""
        with self._lock:
            if fault in self._faults:
                self._faults.remove(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that may still trigger."""
        return tuple(fault for fault in self._faults if not fault.is_spent)

    @property
    def unused(self) -> tuple[Fault, ...]:
        """The faults that have triggered less often than their `times`."""
        return tuple(fault for fault in self._faults if fault.is_unused)

    def actions_before(self, request: Request, *, is_retry: bool) -> list[Callable[[], object]]:
        """Return the functions to call before a request arrives, in the order in which they were added."""
        if not self._faults:  # as most calls have it
            return []
        with self._lock:
            waiting = [fault for fault in self._faults if not fault.is_spent and fault.waits_for(request)]
            actions = [fault.action_before(request, is_retry=is_retry) for fault in waiting]
        return [action for action in actions if action is not None]

    def around(self, call: Call, answer: AnswerFrom) -> Answer:
        """Answer a call through all faults that wait for it."""
        # Without those that cannot trigger any more: a chain of thousands would be deeper than Python recurses.
        for fault in reversed(self._faults):
            if not fault.is_spent and fault.waits_for(call):
                answer = partial(fault.around, call, answer)
        return answer(CLEAR)
