"""A registry with streams, requests of their operations at any time, and the refusals of the requests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams._items.keys import KeySchema
from pytest_ddbstreams._model.registry import Registry
from pytest_ddbstreams._operations import CLEAR, Answer, Caller, View, perform, request_of
from pytest_ddbstreams._operations.documents import DocumentCodec
from pytest_ddbstreams._service_errors import ServiceError

if TYPE_CHECKING:
    from pytest_ddbstreams._model.shard import ShardState
    from pytest_ddbstreams._model.stream import StreamState

REGION, ACCOUNT = "us-east-1", "123456789012"
START = datetime(2026, 3, 4, 6, 0, 0, 500_000, tzinfo=timezone.utc)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(hours=24)
MOST_PAGES = 100

#: Well-formed, and without a stream or a shard.
NO_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/nothing/stream/2026-01-01T00:00:00.000"
NO_SHARD = f"shardId-{'9' * 20}-ffffffff"

Document = dict[str, Any]


class World:
    """The streams of one registry, and the time."""

    def __init__(self) -> None:
        self.registry = Registry(DocumentCodec(), seed=0)
        self.now = START

    def create(  # noqa: PLR0913 - each has a default
        self,
        table_name: str = "orders",
        *,
        region: str = REGION,
        account: str = ACCOUNT,
        key_schema: dict[str, str] | None = None,
        view_type: str = "KEYS_ONLY",
        shards: int = 1,
    ) -> StreamState:
        schema = KeySchema.parse(key_schema or {"pk": "S"})
        shape: dict[str, Any] = {"view_type": view_type, "shards": shards, "auto_rotate": False}
        return self.registry.create(table_name, region, account, schema, self.now, **shape)

    def put(self, stream: StreamState, *names: str) -> list[int]:
        """Write a record for each name, and return their sequence numbers."""
        numbers = []
        for name in names:
            stream.put({"pk": {"S": name}}, self.now)
            numbers.append(stream.owner({"pk": {"S": name}}).last_number)
        return numbers

    def rotate(self, stream: StreamState) -> ShardState:
        """Close the first open shard, and return its child."""
        [child] = stream.lineage.replace(stream.lineage.open_shards[0], 1, self.now)
        return child

    def ask(self, operation: str, *, region: str = REGION, view: View = CLEAR, **members: Any) -> Document:
        """Return the response of an operation."""
        return self.answer(operation, view, region=region, **members).response

    def answer(self, operation: str, view: View, *, region: str = REGION, **members: Any) -> Answer:
        """Return the answer of an operation: its response, and the parts of the view that made a difference."""
        return perform(self.registry, Caller(region, ACCOUNT, self.now), request_of(operation, members), view)

    def refusal(self, operation: str, *, region: str = REGION, **members: Any) -> tuple[str, str]:
        """Return the code and the message with which an operation is refused."""
        with pytest.raises(ServiceError) as caught:
            self.ask(operation, region=region, **members)
        return caught.value.code, caught.value.message

    def pages(self, operation: str, start: str, stopped_at: str, **members: Any) -> list[Document]:
        """Return all pages of a listing.

        Args:
            operation: ListStreams or DescribeStream.
            start: the member of the request that continues a listing.
            stopped_at: the member of the page that names its last entry.
            members: the other members of the request.
        """
        pages: list[Document] = []
        while len(pages) < MOST_PAGES:
            page = self.ask(operation, **members)
            pages.append(page.get("StreamDescription", page))
            if stopped_at not in pages[-1]:
                return pages
            members[start] = pages[-1][stopped_at]
        pytest.fail("the listing has no end")

    def iterator(self, stream: StreamState, kind: str, shard: int = 0, **members: Any) -> str:
        """Return the token of a new iterator."""
        token: str = self.ask("GetShardIterator", **place(stream, kind, shard), **members)["ShardIterator"]
        return token

    def read(self, token: str, **members: Any) -> list[str]:
        """Return the names of the records on the page of an iterator."""
        return names(self.ask("GetRecords", ShardIterator=token, **members))

    def read_all(self, token: str | None, **members: Any) -> list[Document]:
        """Return the pages from an iterator on, to the end of the shard or to the first empty page."""
        pages: list[Document] = []
        while token is not None and len(pages) < MOST_PAGES:
            pages.append(self.ask("GetRecords", ShardIterator=token, **members))
            token = pages[-1].get("NextShardIterator") if pages[-1]["Records"] else None
        return pages


def place(stream: StreamState, kind: str, shard: int = 0) -> Document:
    """Return the members of a request for an iterator."""
    return {"StreamArn": stream.name.arn, "ShardId": stream.lineage.shards[shard].id, "ShardIteratorType": kind}


def names(*pages: Document) -> list[str]:
    """Return the names that `World.put` wrote, of all records on some pages."""
    return [record["dynamodb"]["Keys"]["pk"]["S"] for page in pages for record in page["Records"]]


def shard_ids(*pages: Document) -> list[str]:
    """Return the ids of all shards on some pages of a description."""
    return [shard["ShardId"] for page in pages for shard in page["Shards"]]


def arns(*pages: Document) -> list[str]:
    """Return the ARNs of all streams on some pages."""
    return [stream["StreamArn"] for page in pages for stream in page["Streams"]]
