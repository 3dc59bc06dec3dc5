"""Shards that DescribeStream learns of late: that they were opened, that they were closed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .fault import Fault

if TYPE_CHECKING:
    from .._call_log import Call
    from .._operations.view import View
    from .fault import Answer, Response


@dataclass(slots=True, eq=False, kw_only=True)
class LateNews(Fault):
    """Keeps news of shards from as many calls as would have told them.

    Attributes:
        describes: from how many calls, for each shard.
        known: the shards of which it is no news.
        left: from how many calls it is kept yet, for each shard that a call would have told of.
    """

    operation: str = "DescribeStream"
    times: int | None = None
    describes: int
    known: frozenset[str]
    left: dict[str, int] = field(default_factory=dict)

    def _keeps_back(self, shard_id: str) -> bool:
        left = 0 if shard_id in self.known else self.left.get(shard_id, self.describes)
        if not left:
            return False
        self.left[shard_id] = left - 1
        self.struck += 1
        return True


@dataclass(slots=True, eq=False, kw_only=True)
class LateOpenings(LateNews):
    """Has shards that were opened not be listed yet."""

    name: str = "late discovery of new shards"

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:  # noqa: ARG002 - any call will do
        return answer(replace(view, hides=lambda shard_id: self._keeps_back(shard_id) or view.hides(shard_id)))


@dataclass(slots=True, eq=False, kw_only=True)
class LateClosings(LateNews):
    """Has shards that were closed be listed as open still."""

    name: str = "late closing of shards"

    def _strike(self, call: Call, answer: Answer, view: View) -> Response:  # noqa: ARG002 - any call will do
        return answer(replace(view, lingers=lambda shard_id: self._keeps_back(shard_id) or view.lingers(shard_id)))
