"""Calls that are refused, and calls that are answered late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._call_log import Call
    from .._operations.view import View
    from .fault import Answer, Response


@dataclass(slots=True, eq=False, kw_only=True)
class Failure(Fault):
    """Refuses calls, or breaks the transport.

    Attributes:
        make: makes the exception to raise.
        late: how long that takes to arrive.
    """

    make: Callable[[], Exception]
    late: timedelta = timedelta()

    def _strike(self, call: Call, answer: Answer, view: View) -> NoReturn:  # noqa: ARG002 - nobody is asked
        self.struck += 1
        call.late += self.late
        raise self.make()


@dataclass(slots=True, eq=False, kw_only=True)
class Delay(Fault):
    """Has calls answered as of when they came, and the answer arrive late.

    Attributes:
        late: how late.
    """

    late: timedelta

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:
        self.struck += 1
        call.late += self.late
        return answer(view)
