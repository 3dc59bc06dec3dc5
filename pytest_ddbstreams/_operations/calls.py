"""A call, and what its request and response say about reading.

Assertions and reports use these functions, so they need not know the JSON members of requests and responses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .._exceptions import InvalidOption, short
from .._service_errors import ExpiredIteratorException, ResourceNotFoundException
from . import iterator_tokens
from .reading import BY_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._model.iterator import ShardIterator

# For each operation that lists: the members for the start and the end of a page, and those that narrow the listing.
_LISTINGS = {
    "DescribeStream": ("ExclusiveStartShardId", "LastEvaluatedShardId", ("StreamArn", "ShardFilter")),
    "ListStreams": ("ExclusiveStartStreamArn", "LastEvaluatedStreamArn", ("TableName",)),
}


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Call:
    """One request that reached the mock, and its answer: two events. Each retry is another call.

    Attributes:
        operation: ListStreams, DescribeStream, GetShardIterator or GetRecords.
        request: the request as sent: JSON data, times in epoch seconds.
        number: the number of calls that arrived before it; its index in the call log.
        at: the mock's time of arrival.
        answered_at: the mock's time at which the answer or the error left; None while the call is under way.
        attempt: 1 for a first try, more for the client's retries.
        region: the region that the request was sent to.
        client: ordinal of the client object, from 1 on, in the order of first calls; None for a request that came
            over HTTP, or that no botocore client sent.
        invocation: the id that the SDK gave to all attempts of one call of a client's method; None without an SDK.
        stream: ARN of the stream that the request names, directly or by its iterator, or None.
        shard: id of the shard that the request names, directly or by its iterator, or None.
        iterator: the shard iterator of the request's token, or None.
        response: the response, or None; its ``Records`` are StreamRecords.
        error: the service error or the transport fault, or None.
        delay: the time that faults add between arrival and answer.
        actions: functions of the test; they are called after the arrival and before the answer.
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
        """The error, or the sizes of the lists in the response."""
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        response = self.response or {}
        counts = [_counted(len(value), key.lower()) for key, value in response.items() if _is_list(value)]
        return ", ".join(counts) or "answered"


class Opening(NamedTuple):
    """A shard iterator that GetShardIterator issued.

    Attributes:
        kind: the ShardIteratorType of the request, such as LATEST.
        number: the lowest sequence number that the iterator reads.
    """

    kind: str
    number: int

    @property
    def is_by_number(self) -> bool:
        """Whether the request gives a sequence number, as a consumer with a checkpoint does."""
        return self.kind in BY_NUMBER

    @property
    def is_at_the_horizon(self) -> bool:
        """Whether the iterator begins at the trim horizon."""
        return self.kind == "TRIM_HORIZON"


class Reading(NamedTuple):
    """A page of records that a call delivered.

    Attributes:
        first: the lowest sequence number that the iterator reads.
        last: sequence number of the last record; None for an empty page.
        size: number of records.
        is_final: whether the shard ends with this page, so that no NextShardIterator came with it.
    """

    first: int
    last: int | None
    size: int
    is_final: bool

    def includes(self, number: int) -> bool:
        """Return whether the page includes the record of a sequence number, provided that the record exists."""
        return self.last is not None and self.first <= number <= self.last


class ListingPage(NamedTuple):
    """A page of shards or streams that a call asked for; a listing is all pages that a client reads one after another.

    Attributes:
        listing: the operation, the region and the members that narrow the listing; equal for all pages of one listing.
        after: the entry after which the page starts; empty for the first page.
        stopped_at: the last entry of the page if more entries follow, else None.
        is_answered: whether the call was answered.
    """

    listing: tuple[str, ...]
    after: str
    stopped_at: str | None
    is_answered: bool


def opening_of(call: Call) -> Opening | None:
    """Return the iterator in the response of a call, or None."""
    iterator = iterator_tokens.decode((call.response or {}).get("ShardIterator"))
    return None if iterator is None else Opening(str(call.request["ShardIteratorType"]), iterator.number)


def reading_of(call: Call) -> Reading | None:
    """Return the page of records in the response of a call, or None."""
    response = call.response or {}
    if call.iterator is None or "Records" not in response:
        return None
    records = response["Records"]
    last = number_of(records[-1]) if records else None
    return Reading(call.iterator.number, last, len(records), "NextShardIterator" not in response)


def listing_of(call: Call) -> ListingPage | None:
    """Return the page of shards or streams that a call asked for, or None."""
    if call.operation not in _LISTINGS:
        return None
    start, stop, narrowing = _LISTINGS[call.operation]
    response = call.response or {}
    page = response.get("StreamDescription", response)
    listing = (call.operation, call.region, *(str(call.request.get(name)) for name in narrowing))
    return ListingPage(listing, str(call.request.get(start) or ""), page.get(stop), call.response is not None)


def listed_shards(call: Call) -> frozenset[str]:
    """Return the ids of the shards that a response lists."""
    description = (call.response or {}).get("StreamDescription", {})
    return frozenset(shard["ShardId"] for shard in description.get("Shards", ()))


def token_of(call: Call) -> str | None:
    """Return the iterator token with which a call reads; None for a call of another operation."""
    return call.request.get("ShardIterator") if call.operation == "GetRecords" else None


def asked_number(call: Call) -> int | None:
    """Return the sequence number from which a call asks for an iterator, or None."""
    number = call.request.get("SequenceNumber") if call.operation == "GetShardIterator" else None
    return int(number) if isinstance(number, str) and number.isdecimal() else None


def listed_bounds(call: Call) -> list[int]:
    """Return the sequence numbers at which the shards in a response begin and end."""
    description = (call.response or {}).get("StreamDescription", {})
    ranges = [shard["SequenceNumberRange"] for shard in description.get("Shards", ())]
    return [int(number) for each in ranges for number in each.values()]


def is_expired(call: Call) -> bool:
    """Return whether a call was refused because its iterator has expired."""
    return isinstance(call.error, ExpiredIteratorException)


def is_not_found(call: Call) -> bool:
    """Return whether a call was refused because its stream or its shard does not exist."""
    return isinstance(call.error, ResourceNotFoundException)


def numbers_of(call: Call) -> list[int]:
    """Return the sequence numbers of the records in the response of a call."""
    return [number_of(record) for record in (call.response or {}).get("Records", ())]


def number_of(record: Any) -> int:
    """Return the sequence number of a record.

    Args:
        record: a StreamRecord, its dict, or a sequence number.

    Raises:
        InvalidOption: the record is none of these.
    """
    try:
        return int(record["dynamodb"]["SequenceNumber"] if isinstance(record, Mapping) else record)
    except (KeyError, TypeError, ValueError):
        raise InvalidOption(
            f"{short(record)} is no record; give records as GetRecords returns them, or their sequence numbers"
        ) from None


def _counted(count: int, nouns: str) -> str:
    return f"{count} {nouns.removesuffix('s') if count == 1 else nouns}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
