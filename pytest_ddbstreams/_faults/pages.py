"""Pages that are empty although records wait, and a LATEST that is not quite the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .fault import Fault

if TYPE_CHECKING:
    from .._call_log import Call
    from .._operations.view import View
    from .fault import Answer, Response


@dataclass(slots=True, eq=False, kw_only=True)
class EmptyPages(Fault):
    """Has GetRecords answer no records where there are some; they come later, from the same place."""

    name: str = "an empty page"
    operation: str = "GetRecords"

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:  # noqa: ARG002 - any call will do
        return answer(replace(view, withholds=self._withholds))

    def _withholds(self) -> bool:
        self.struck += 1
        return True


@dataclass(slots=True, eq=False, kw_only=True)
class ShiftedLatest(Fault):
    """Has LATEST begin some records later or earlier than where the shard ends.

    Attributes:
        records: how many; negative for earlier.
    """

    operation: str = "GetShardIterator"
    records: int

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:  # noqa: ARG002 - any call will do
        def shift() -> int:
            self.struck += 1
            return self.records + view.latest_shift()

        return answer(replace(view, latest_shift=shift))
