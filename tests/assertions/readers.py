"""Consumers as people write them: one that is right, and five small ones, each with a fault that production finds.

A `client` is a boto3 client, or `Direct`, which asks the mock without any HTTP.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._service import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import StreamsMock

Record = dict[str, Any]


class Direct:
    """Asks as a client would; raises the refusals as they are."""

    exceptions = _service_errors

    def __init__(self, mock: StreamsMock, region: str = "us-east-1") -> None:
        self._mock = mock
        self._region = region

    def describe_stream(self, **request: Any) -> dict[str, Any]:
        return self._mock._service.perform("DescribeStream", request, Origin(self._region, client=self))

    def get_shard_iterator(self, **request: Any) -> dict[str, Any]:
        return self._mock._service.perform("GetShardIterator", request, Origin(self._region, client=self))

    def get_records(self, **request: Any) -> dict[str, Any]:
        return self._mock._service.perform("GetRecords", request, Origin(self._region, client=self))

    def list_streams(self, **request: Any) -> dict[str, Any]:
        return self._mock._service.perform("ListStreams", request, Origin(self._region, client=self))


def all_shards(client: Any, arn: str, limit: int = 100) -> list[dict[str, Any]]:
    shards: list[dict[str, Any]] = []
    start: dict[str, str] = {}
    while True:
        page = client.describe_stream(StreamArn=arn, Limit=limit, **start)["StreamDescription"]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            return shards
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}


def iterator(client: Any, arn: str, shard_id: str, kind: str = "TRIM_HORIZON", **more: str) -> str:
    answer = client.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **more)
    return str(answer["ShardIterator"])


def pages(client: Any, token: str | None, limit: int = 2) -> Iterator[list[Record]]:
    """The pages of a shard, to its end or to the first empty one."""
    while token:
        page = client.get_records(ShardIterator=token, Limit=limit)
        yield page["Records"]
        token = page.get("NextShardIterator") if page["Records"] else None


@dataclass
class Walker:
    """Right: lists to the end, parents first, from its checkpoints, and never twice with an expired iterator."""

    client: Any
    arn: str
    page_size: int = 2
    handled: list[Record] = field(default_factory=list)
    checkpoints: dict[str, str] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)

    def poll(self) -> None:
        """One round: a few pages of every shard that may be read."""
        shards = all_shards(self.client, self.arn, limit=3)
        listed = {shard["ShardId"] for shard in shards}
        for shard in shards:
            parent = shard.get("ParentShardId")
            if parent not in listed or parent in self.finished:
                self._read(shard["ShardId"])

    def drain(self) -> None:
        """Rounds until nothing comes."""
        before = None
        while before != (before := (len(self.handled), len(self.finished))):
            self.poll()

    def _read(self, shard_id: str) -> None:
        for _ in range(4):
            if shard_id not in self.finished:
                self._turn_page(shard_id)

    def _turn_page(self, shard_id: str) -> None:
        exceptions = self.client.exceptions
        try:
            token = self.tokens.pop(shard_id, None) or self._iterator(shard_id)
            page = self.client.get_records(ShardIterator=token, Limit=self.page_size)
        except exceptions.ExpiredIteratorException:
            return
        except exceptions.TrimmedDataAccessException:
            self.checkpoints.pop(shard_id, None)
            return
        except exceptions.ResourceNotFoundException:
            self.finished.add(shard_id)
            return
        self.handled += page["Records"]
        if page["Records"]:
            self.checkpoints[shard_id] = page["Records"][-1]["dynamodb"]["SequenceNumber"]
        if "NextShardIterator" in page:
            self.tokens[shard_id] = page["NextShardIterator"]
        else:
            self.finished.add(shard_id)

    def _iterator(self, shard_id: str) -> str:
        if shard_id in self.checkpoints:
            number = self.checkpoints[shard_id]
            return iterator(self.client, self.arn, shard_id, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
        return iterator(self.client, self.arn, shard_id)


def read_children_first(client: Any, arn: str) -> None:
    """Wrong: takes the newest shard first."""
    for shard in reversed(all_shards(client, arn)):
        for _ in pages(client, iterator(client, arn, shard["ShardId"])):
            pass


def drop_the_last_page(client: Any, arn: str) -> list[Record]:
    """Wrong: looks for the next iterator before it looks at the records."""
    handled: list[Record] = []
    for shard in all_shards(client, arn):
        token = iterator(client, arn, shard["ShardId"])
        while True:
            page = client.get_records(ShardIterator=token, Limit=2)
            if "NextShardIterator" not in page:
                break
            handled += page["Records"]
            if not page["Records"]:
                break
            token = page["NextShardIterator"]
    return handled


def leave_a_closed_shard_early(client: Any, arn: str) -> None:
    """Wrong: takes one page of a shard that is closed for all of it."""
    for shard in all_shards(client, arn):
        next(pages(client, iterator(client, arn, shard["ShardId"]), limit=1))


def list_the_first_page_only(client: Any, arn: str) -> None:
    """Wrong: takes a page of shards for all of them."""
    for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        for _ in pages(client, iterator(client, arn, shard["ShardId"]), limit=1000):
            pass


@dataclass
class LatestReader:
    """Wrong: opens what it sees for the first time at LATEST, also the child of a shard that it has read."""

    client: Any
    arn: str
    tokens: dict[str, str | None] = field(default_factory=dict)

    def poll(self) -> None:
        for shard in all_shards(self.client, self.arn):
            shard_id = shard["ShardId"]
            token = self.tokens.setdefault(shard_id, iterator(self.client, self.arn, shard_id, "LATEST"))
            if token:
                page = self.client.get_records(ShardIterator=token)
                self.tokens[shard_id] = page.get("NextShardIterator")


def keep_using_an_iterator(client: Any, token: str, rounds: int = 5) -> None:
    """Wrong: believes that an iterator which was refused will work again."""
    for _ in range(rounds):
        with suppress(client.exceptions.ExpiredIteratorException):
            client.get_records(ShardIterator=token)
