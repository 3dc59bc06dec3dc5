"""Things that happen right after a call, before its answer arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._call_log import Call
    from .._operations.view import View
    from .fault import Answer, Response


@dataclass(slots=True, eq=False, kw_only=True)
class Aftermath(Fault):
    """Has something happen once calls were answered well; who answers them sees to it, outside the lock.

    Attributes:
        action: what happens.
    """

    action: Callable[[], object]

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:
        response = answer(view)
        self.struck += 1
        call.actions += (self.action,)
        return response
