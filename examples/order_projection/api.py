"""Calls of DynamoDB Streams: listings are followed to the last page, and throttled calls are repeated.

This module has the names of the API. It has no rules about order, checkpoints or recovery.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Record = dict[str, Any]  # as GetRecords returns it

THROTTLED = {"LimitExceededException", "ThrottlingException"}
WAITS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # seconds


@dataclass(frozen=True)
class Shard:
    """A shard as DescribeStream lists it."""

    id: str
    parent_id: str | None
    is_closed: bool


@dataclass(frozen=True)
class Listing:
    """All shards of a stream. A disabled stream gets no more shards."""

    shards: list[Shard]
    is_disabled: bool


@dataclass(frozen=True)
class Page:
    """The records of one GetRecords call, and the next iterator, which is None at the end of a closed shard."""

    records: list[Record]
    next_iterator: str | None


class Stream:
    """One stream, reached through a boto3 client of `dynamodbstreams`."""

    def __init__(self, client: Any, arn: str, *, page_size: int = 1000) -> None:
        self._client = client
        self._arn = arn
        self._page_size = page_size

    def list_shards(self) -> Listing:
        """Return every shard, from all pages of DescribeStream."""
        shards: list[Shard] = []
        status = ""
        for page in _pages(self._client.describe_stream, StreamArn=self._arn):
            description = page["StreamDescription"]
            shards += map(_shard, description["Shards"])
            status = description["StreamStatus"]
        return Listing(shards, is_disabled=status == "DISABLED")

    def iterator(self, shard_id: str, *, after: str | None) -> str:
        """Return an iterator that starts behind a sequence number, or at the trim horizon if none is given."""
        position = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
            if after
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        answer = _call_with_retries(self._client.get_shard_iterator, StreamArn=self._arn, ShardId=shard_id, **position)
        return str(answer["ShardIterator"])

    def page(self, iterator: str) -> Page:
        """Return one page of records."""
        answer = _call_with_retries(self._client.get_records, ShardIterator=iterator, Limit=self._page_size)
        return Page(answer["Records"], answer.get("NextShardIterator"))


def find_stream(client: Any, table_name: str) -> str:
    """Return the ARN of a table's newest stream. Earlier streams of the table stay listed for a day.

    Raises:
        LookupError: the table has no stream.
    """
    pages = _pages(client.list_streams, TableName=table_name)
    streams = [stream for page in pages for stream in page["Streams"]]
    if not streams:
        raise LookupError(f"table {table_name!r} has no stream; enable one with StreamViewType NEW_IMAGE")
    return str(max(streams, key=lambda stream: stream["StreamLabel"])["StreamArn"])


def _shard(listed: dict[str, Any]) -> Shard:
    is_closed = "EndingSequenceNumber" in listed["SequenceNumberRange"]
    return Shard(listed["ShardId"], listed.get("ParentShardId"), is_closed)


def _pages(operation: Callable[..., dict[str, Any]], **request: Any) -> Iterator[dict[str, Any]]:
    """Yield every page of a listing. boto3 has no paginators for DynamoDB Streams."""
    start: dict[str, str] | None = {}
    while start is not None:
        page = _call_with_retries(operation, **request, **start)
        yield page
        start = _start_after(page)


def _start_after(page: dict[str, Any]) -> dict[str, str] | None:
    """Return the start of the next request, or None after the last page."""
    if arn := page.get("LastEvaluatedStreamArn"):
        return {"ExclusiveStartStreamArn": arn}
    if shard_id := page.get("StreamDescription", {}).get("LastEvaluatedShardId"):
        return {"ExclusiveStartShardId": shard_id}
    return None


def _call_with_retries(operation: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    """Call an operation, and repeat it while it is throttled, after longer and longer waits."""
    for wait in WAITS:
        try:
            return operation(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLED:
                raise
        time.sleep(wait)
    return operation(**request)
