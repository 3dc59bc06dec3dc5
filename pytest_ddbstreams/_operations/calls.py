"""A call, and what its request and its response say about reading.

The API's words end in this room, so a room above that judges calls asks these functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import InvalidOption
from .._service_errors import ExpiredIteratorException, ResourceNotFoundException
from . import iterator_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._model.iterator import ShardIterator

_BY_NUMBER = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})

#: For each operation that lists: where a page starts, where it stopped, and what else the request narrows it to.
_LISTINGS = {
    "DescribeStream": ("ExclusiveStartShardId", "LastEvaluatedShardId", ("StreamArn", "ShardFilter")),
    "ListStreams": ("ExclusiveStartStreamArn", "LastEvaluatedStreamArn", ("TableName",)),
}


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Call:
    """One request that reached the mock, and its answer: two events. A retry is a call of its own.

    Attributes:
        operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
        request: the request as sent: JSON data, times in epoch seconds.
        number: the place of the call in the call log, in the order of arrival, from 0 on.
        at: the mock's time of arrival.
        answered_at: the mock's time at which the answer or the error left; None while the call is under way.
        attempt: 1 for a first try, more for the client's retries.
        region: the region that the request was sent to.
        client: ordinal of the client object, from 1 on, in the order of first calls; None for a request that came
            over HTTP, or that no client of botocore sent.
        invocation: the id that the SDK gave to all attempts of one call of a client's method; None without an SDK.
        stream: ARN of the stream that the request names, directly or by its iterator, or None.
        shard: id of the shard that the request names, directly or by its iterator, or None.
        iterator: the shard iterator whose token the request has, or None.
        response: the response, or None; its ``Records`` are StreamRecords.
        error: the service error or the transport fault, or None.
        delay: how long the answer takes to arrive.
        actions: functions to call once the call was answered, before the answer arrives.
    """

    operation: str
    request: dict[str, Any]
    number: int
    at: datetime
    attempt: int
    region: str
    client: int | None = None
    invocation: str | None = None
    stream: str | None = None
    shard: str | None = None
    iterator: ShardIterator | None = None
    answered_at: datetime | None = None
    response: dict[str, Any] | None = None
    error: Exception | None = None
    delay: timedelta = timedelta()
    actions: tuple[Callable[[], object], ...] = ()

    def __repr__(self) -> str:
        stream = self.stream and self.stream.partition(":table/")[2]
        retry = f"(attempt {self.attempt})" if self.attempt > 1 else ""
        words = filter(None, (self.operation, stream, self.shard, retry, "->", self.outcome))
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {' '.join(words)}"

    @property
    def outcome(self) -> str:
        """The error, or the sizes of the lists in the response, in a few words."""
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        response = self.response or {}
        counts = [f"{len(value)} {key.lower()}" for key, value in response.items() if _is_list(value)]
        return ", ".join(counts) or "answered"


class Opening(NamedTuple):
    """A shard iterator that GetShardIterator issued.

    Attributes:
        kind: its type, such as LATEST.
        number: the lowest sequence number that it reads.
    """

    kind: str
    number: int

    @property
    def is_by_number(self) -> bool:
        """Whether the reader gave a sequence number, which takes a checkpoint."""
        return self.kind in _BY_NUMBER

    @property
    def is_at_the_horizon(self) -> bool:
        """Whether the reader asked for all records that are there."""
        return self.kind == "TRIM_HORIZON"


class Reading(NamedTuple):
    """A page of records that was delivered.

    Attributes:
        first: the lowest sequence number that the iterator reads: no record below it was delivered.
        last: the last record's sequence number; None for an empty page.
        size: how many records the page has.
        is_final: whether the shard ends here.
    """

    first: int
    last: int | None
    size: int
    is_final: bool

    def brings(self, number: int) -> bool:
        """Say whether the page has the record of a sequence number, if there is such a record."""
        return self.last is not None and self.first <= number <= self.last


class Listing(NamedTuple):
    """A page of a listing that was asked for.

    Attributes:
        what: operation, region and narrowing; pages of one listing share it.
        after: the entry behind which the page starts; empty for the first page.
        stopped_at: the page's last entry, where more entries follow.
        is_answered: whether the page was delivered.
    """

    what: tuple[str, ...]
    after: str
    stopped_at: str | None
    is_answered: bool


def opening_of(call: Call) -> Opening | None:
    """Return the iterator that a call was answered with, or None."""
    iterator = iterator_tokens.decode((call.response or {}).get("ShardIterator"))
    return None if iterator is None else Opening(str(call.request["ShardIteratorType"]), iterator.number)


def reading_of(call: Call) -> Reading | None:
    """Return the page of records that a call was answered with, or None."""
    response = call.response or {}
    if call.iterator is None or "Records" not in response:
        return None
    records = response["Records"]
    last = number_of(records[-1]) if records else None
    return Reading(call.iterator.number, last, len(records), "NextShardIterator" not in response)


def listing_of(call: Call) -> Listing | None:
    """Return the page of a listing that a call asked for, or None."""
    if call.operation not in _LISTINGS:
        return None
    start, stop, narrowing = _LISTINGS[call.operation]
    response = call.response or {}
    page = response.get("StreamDescription", response)
    what = (call.operation, call.region, *(str(call.request.get(name)) for name in narrowing))
    return Listing(what, str(call.request.get(start) or ""), page.get(stop), call.response is not None)


def listed_shards(call: Call) -> frozenset[str]:
    """Return the ids of the shards that a response lists."""
    description = (call.response or {}).get("StreamDescription", {})
    return frozenset(shard["ShardId"] for shard in description.get("Shards", ()))


def token_of(call: Call) -> str | None:
    """Return the iterator token with which a call reads; None for a call of another operation."""
    return call.request.get("ShardIterator") if call.operation == "GetRecords" else None


def is_expired(call: Call) -> bool:
    """Say whether a call was refused because its iterator is too old."""
    return isinstance(call.error, ExpiredIteratorException)


def is_not_found(call: Call) -> bool:
    """Say whether a call was refused because its stream or its shard does not exist."""
    return isinstance(call.error, ResourceNotFoundException)


def numbers_of(call: Call) -> list[int]:
    """Return the sequence numbers of the records that a call was answered with."""
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


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
