"""The kinds of faults: refused and late calls, and pages and listings that show less than there is.

A kind that changes the view counts the parts of the view that made a difference, and takes its share out of the answer,
so that of two faults of one kind only one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from .._exceptions import AnswerLost
from .fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._operations import Answer, Request, View
    from .._operations.calls import Call
    from .fault import AnswerFrom


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class Failure(Fault):
    """Refuses calls, or breaks their transport.

    Attributes:
        make: makes the exception to raise.
        delay: how long the refusal takes to arrive.
    """

    make: Callable[[], Exception]
    delay: timedelta = timedelta()

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> NoReturn:  # noqa: ARG002 - it does not answer
        """Raise the exception."""
        self.triggered += 1
        call.delay += self.delay
        raise self.make()


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class LostAnswer(Fault):
    """Lets the service act, and the answer get lost: the client waits for it until its time-out."""

    name: str = "a lost answer"

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> NoReturn:
        """Answer, and raise `AnswerLost` in place of the answer; a call that is refused loses no answer."""
        answer(view)
        self.triggered += 1
        raise AnswerLost(f"the answer to {call.operation} was lost, as lose_answers() of the test says")


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class Delay(Fault):
    """Answers calls at the time of their arrival, and lets the answers arrive late.

    Attributes:
        delay: how late.
    """

    delay: timedelta

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:
        """Answer now, and note the delay."""
        self.triggered += 1
        call.delay += self.delay
        return answer(view)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class ActionBeforeCall(Fault):
    """Lets a function be called before calls arrive.

    Attributes:
        action: the function; the service calls it, outside of its lock.
        retries: whether botocore's retries are calls, too.
    """

    action: Callable[[], object]
    retries: bool = True

    def action_before(self, request: Request, *, is_retry: bool) -> Callable[[], object] | None:  # noqa: ARG002 - any
        """Return the function, and count it, unless `after` calls have not passed; a retry may not count at all."""
        if is_retry and not self.retries:
            return None
        if self.passed < self.after:
            self.passed += 1
            return None
        self.triggered += 1
        return self.action

    def around(self, call: Call, answer: AnswerFrom, view: View) -> Answer:
        """Answer: the function was called before the call arrived."""
        return self.trigger(call, answer, view)

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Answer, and count nothing."""
        return answer(view)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class ActionAfterCall(Fault):
    """Lets a function be called right after good calls, before their answers arrive.

    Attributes:
        action: the function; the service calls it, outside of its lock.
    """

    action: Callable[[], object]

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:
        """Answer, and note the action; a call that is refused has none."""
        answered = answer(view)
        self.triggered += 1
        call.actions += (self.action,)
        return answered


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class EmptyPages(Fault):
    """Answers GetRecords without records although there are some; the next page has them."""

    name: str = "an empty page"
    operation: str = "GetRecords"

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Withhold the records of a page, and count a page that would have had some."""
        answered = answer(replace(view, withholds=True))
        self.triggered += answered.is_withheld
        return replace(answered, is_withheld=False)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class ShortPages(Fault):
    """Answers GetRecords with fewer records than the call asks for, although there are more.

    Attributes:
        limit: how many records a page has at most.
    """

    name: str = "a short page"
    operation: str = "GetRecords"
    limit: int

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Shorten a page, and count it if there are more records."""
        answered = answer(replace(view, page_limit=min(self.limit, view.page_limit)))
        self.triggered += answered.is_short
        return replace(answered, is_short=False)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class ShortListings(Fault):
    """Answers DescribeStream with fewer shards than the call asks for, although there are more.

    Attributes:
        limit: how many shards a page has at most.
    """

    name: str = "a short listing"
    operation: str = "DescribeStream"
    limit: int

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Shorten a page of shards, and count it if there are more shards."""
        answered = answer(replace(view, listing_limit=min(self.limit, view.listing_limit)))
        self.triggered += answered.is_short
        return replace(answered, is_short=False)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class EmptyListings(Fault):
    """Answers DescribeStream without shards although there are some."""

    name: str = "an empty listing"
    operation: str = "DescribeStream"

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Withhold the shards of a page, and count a page that would have had some."""
        answered = answer(replace(view, withholds=True))
        self.triggered += answered.is_withheld
        return replace(answered, is_withheld=False)


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class ShiftedLatest(Fault):
    """Lets LATEST begin some records later or earlier than the end of the shard.

    Attributes:
        records: how many records later; a negative number: earlier.
    """

    operation: str = "GetShardIterator"
    records: int

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Shift the position of LATEST, and count an iterator that begins there."""
        answered = answer(replace(view, latest_shift=view.latest_shift + self.records))
        self.triggered += answered.is_shifted
        return answered


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class LateListing(Fault):
    """Keeps news of shards back from DescribeStream.

    Attributes:
        describes: from how many calls news of each shard is kept back.
        known: ids of the shards of which there is no news.
        left: from how many calls news of a shard is still kept back; shards without an entry: `describes`.
    """

    operation: str = "DescribeStream"
    times: int | None = None
    describes: int
    known: frozenset[str]
    left: dict[str, int] = field(default_factory=dict)

    def keeps_back(self, shard_id: str) -> bool:
        """Return whether news of a shard is still kept back."""
        return shard_id not in self.known and self.left.get(shard_id, self.describes) > 0

    def count(self, shard_ids: frozenset[str]) -> frozenset[str]:
        """Count the shards of which news was kept back, and return the others."""
        mine = frozenset(filter(self.keeps_back, shard_ids))
        for shard_id in mine:
            self.left[shard_id] = self.left.get(shard_id, self.describes) - 1
        self.triggered += len(mine)
        return shard_ids - mine


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class LateOpenings(LateListing):
    """Leaves shards that were opened out of listings."""

    name: str = "late discovery of new shards"

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Hide shards, and count those that the page would have listed."""
        answered = answer(replace(view, hides=lambda shard_id: self.keeps_back(shard_id) or view.hides(shard_id)))
        return replace(answered, hidden=self.count(answered.hidden))


@dataclass(slots=True, eq=False, kw_only=True, repr=False)
class LateClosings(LateListing):
    """Lists shards that were closed as open."""

    name: str = "late closing of shards"

    def trigger(self, call: Call, answer: AnswerFrom, view: View) -> Answer:  # noqa: ARG002 - for any call
        """Let closed shards look open, and count those that the page shows so."""
        answered = answer(replace(view, lingers=lambda shard_id: self.keeps_back(shard_id) or view.lingers(shard_id)))
        return replace(answered, lingering=self.count(answered.lingering))
