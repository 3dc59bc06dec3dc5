"""What a test scripts: calls that go wrong although the service itself would answer them well.

Each fault is laid around the answer of its calls, the one that was armed first outermost. It may let a call pass,
refuse it, have it answered late, or have it answered from another view of the streams. So faults compose, and the
order of arming decides: behind a delay a refusal comes late, before it the delay waits for the next call. It knows
no wire: an error is raised, and whoever stands above decides what that looks like.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .._operations.view import CLEAR
from .actions import Aftermath
from .fault import Fault
from .listings import LateClosings, LateOpenings
from .pages import EmptyPages, ShiftedLatest
from .refusals import Delay, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._call_log import Call
    from .._operations.view import View
    from .fault import Answer, Response

__all__ = [
    "Aftermath",
    "Delay",
    "EmptyPages",
    "Failure",
    "Fault",
    "Faults",
    "LateClosings",
    "LateOpenings",
    "ShiftedLatest",
]


class Faults:
    """The faults of one mock, in the order in which they were armed."""

    __slots__ = ("_faults",)

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def arm(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def disarm(self, fault: Fault) -> None:
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        self._faults.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that may strike yet."""
        return tuple(fault for fault in self._faults if not fault.is_spent)

    @property
    def unused(self) -> tuple[Fault, ...]:
        """The faults that are armed and were not met."""
        return tuple(fault for fault in self._faults if fault.is_unmet)

    def around(self, call: Call, answer_call: Callable[[Call, View], Response]) -> Response:
        """Answer a call, with all that the faults have to say about it."""
        if not self._faults:
            return answer_call(call, CLEAR)
        answer: Answer = partial(answer_call, call)
        for fault in reversed(self._faults):
            # Those that are spent gather up over a run, and the chain of all would be deeper than Python recurses.
            if not fault.is_spent and fault.waits_for(call):
                answer = partial(fault.around, call, answer)
        return answer(CLEAR)
