"""What a call tells of reading: where an iterator points, what a page delivered, where a listing stopped.

The API's words end here, so whoever looks at requests and responses afterwards asks this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import InvalidOption
from .._service_errors import ExpiredIteratorException, ResourceNotFoundException
from .iterator_tokens import place_of

if TYPE_CHECKING:
    from .._call_log import Call

_BY_NUMBER = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})


class Opening(NamedTuple):
    """A shard iterator that was asked for and given.

    Attributes:
        kind: its type, such as LATEST.
        number: the first sequence number that it does not leave out.
    """

    kind: str
    number: int

    @property
    def is_by_number(self) -> bool:
        """Whether the reader said where, which takes a checkpoint."""
        return self.kind in _BY_NUMBER

    @property
    def is_at_the_horizon(self) -> bool:
        """Whether the reader asked for all that is there."""
        return self.kind == "TRIM_HORIZON"


class Reading(NamedTuple):
    """A page that was delivered.

    Attributes:
        first: where the iterator pointed: no record below it was delivered.
        last: the last record's number; None for an empty page.
        size: how many records.
        is_final: whether the shard ends here.
    """

    first: int
    last: int | None
    size: int
    is_final: bool

    def brings(self, number: int) -> bool:
        """Whether a record of this number, if there is one, is on the page."""
        return self.last is not None and self.first <= number <= self.last


class Listing(NamedTuple):
    """A page of a listing, or what was refused instead.

    Attributes:
        what: what is listed; pages of one listing share it.
        after: what the page starts behind; empty for the first one.
        stopped_at: its last entry, where there are more behind it.
        is_answered: whether there was a page.
    """

    what: tuple[str, ...]
    after: str
    stopped_at: str | None
    is_answered: bool


def opening_of(call: Call) -> Opening | None:
    """The iterator that a call was answered with, if that is what it was about."""
    position = place_of((call.response or {}).get("ShardIterator"))
    return None if position is None else Opening(str(call.request["ShardIteratorType"]), position.number)


def reading_of(call: Call) -> Reading | None:
    """The page that a call was answered with, if that is what it was about."""
    response = call.response or {}
    position = place_of(call.request.get("ShardIterator"))
    if position is None or "Records" not in response:
        return None
    records = response["Records"]
    last = number_of(records[-1]) if records else None
    return Reading(position.number, last, len(records), "NextShardIterator" not in response)


def listing_of(call: Call) -> Listing | None:
    """The page of a listing that a call asked for, if it did."""
    if call.operation not in _LISTINGS:
        return None
    start, stop, narrowing = _LISTINGS[call.operation]
    response = call.response or {}
    page = response.get("StreamDescription", response)
    what = (call.operation, call.region, *(str(call.request.get(name)) for name in narrowing))
    return Listing(what, str(call.request.get(start) or ""), page.get(stop), call.response is not None)


#: For each operation that lists: where to start, where it stopped, and what else the request narrows it to.
_LISTINGS = {
    "DescribeStream": ("ExclusiveStartShardId", "LastEvaluatedShardId", ("StreamArn", "ShardFilter")),
    "ListStreams": ("ExclusiveStartStreamArn", "LastEvaluatedStreamArn", ("TableName",)),
}


def shards_shown(call: Call) -> frozenset[str]:
    """The shards that a call's answer lists."""
    description = (call.response or {}).get("StreamDescription", {})
    return frozenset(shard["ShardId"] for shard in description.get("Shards", ()))


def iterator_of(call: Call) -> str | None:
    """The iterator that a call reads with, if it reads."""
    return call.request.get("ShardIterator") if call.operation == "GetRecords" else None


def is_told_expired(call: Call) -> bool:
    """Whether the reader was told that its iterator is too old."""
    return isinstance(call.error, ExpiredIteratorException)


def is_told_gone(call: Call) -> bool:
    """Whether the reader was told that what it asked for does not exist."""
    return isinstance(call.error, ResourceNotFoundException)


def numbers_of(call: Call) -> list[int]:
    """The sequence numbers of the records that a call was answered with."""
    return [number_of(record) for record in (call.response or {}).get("Records", ())]


def number_of(record: Any) -> int:
    """Return the sequence number of a record, which is a StreamRecord, its dict, or the sequence number itself.

    Raises:
        InvalidOption: it is none of these.
    """
    try:
        return int(record["dynamodb"]["SequenceNumber"] if isinstance(record, Mapping) else record)
    except (KeyError, TypeError, ValueError):
        raise InvalidOption(
            f"{record!r} is no record; give records as GetRecords returns them, or their sequence numbers"
        ) from None
