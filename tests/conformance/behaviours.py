"""What the conformance tests are written with: behaviours, refusals, and ways to read a stream."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from conformance.targets import Cannot, Own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets import Table, Target

Record = dict[str, Any]

#: How sure a fact is: recorded from AWS, documented by AWS, seen in an emulator only, inferred.
MARKS = ("R", "D", "E", "I")


def behaviour(identity: str, mark: str, group: str) -> pytest.MarkDecorator:
    """Say what a test proves: a stable id, how sure the fact is, and the group it counts for."""
    return pytest.mark.behaviour(identity=identity, mark=mark, group=group)


@contextmanager
def refused(target: Target, code: str, text: str = "", mark: str = "R") -> Iterator[None]:
    """The block is refused with this code; the text, a pattern, counts for others only if AWS is known to say so."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, f"refused with {error['Code']}: {error['Message']}"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    if mark in "RD" or isinstance(target, Own):
        assert re.search(text, error["Message"]), error["Message"]


def describe(client: Any, table: Table, **more: Any) -> dict[str, Any]:
    """The description of a table's newest stream."""
    description: dict[str, Any] = client.describe_stream(StreamArn=table.stream_arn, **more)["StreamDescription"]
    return description


def shards_of(client: Any, table: Table) -> list[dict[str, Any]]:
    """All shards of a table's newest stream."""
    arn = table.stream_arn
    page = client.describe_stream(StreamArn=arn)["StreamDescription"]
    shards: list[dict[str, Any]] = page["Shards"]
    while "LastEvaluatedShardId" in page:
        start = page["LastEvaluatedShardId"]
        page = client.describe_stream(StreamArn=arn, ExclusiveStartShardId=start)["StreamDescription"]
        shards += page["Shards"]
    return shards


def first_shard(client: Any, table: Table) -> str:
    """The id of the oldest shard of a table's newest stream."""
    shard_id: str = describe(client, table)["Shards"][0]["ShardId"]
    return shard_id


def iterator(client: Any, arn: str, shard_id: str, kind: str = "TRIM_HORIZON", **place: Any) -> str:
    """A shard iterator."""
    token: str = client.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **place)[
        "ShardIterator"
    ]
    return token


def read(client: Any, token: str, *, pages: int = 20) -> list[Record]:
    """What a reader gets from an iterator on: until the shard ends, or until two pages on end were empty."""
    records: list[Record] = []
    empty = 0
    for _ in range(pages):
        page = client.get_records(ShardIterator=token)
        records += page["Records"]
        empty = 0 if page["Records"] else empty + 1
        if "NextShardIterator" not in page or empty > 1:
            break
        token = page["NextShardIterator"]
    return records


def put_versions(client: Any, table: Table, count: int) -> tuple[str, list[Record]]:
    """Put one item so many times, different each time: the shard that took the records, and the records."""
    for number in range(count):
        table.put({"pk": {"S": "a"}, "n": {"N": str(number)}})
    return holder(client, table)


def holder(client: Any, table: Table) -> tuple[str, list[Record]]:
    """The first shard of a table's newest stream that has records, and the records."""
    arn = table.stream_arn
    for shard in shards_of(client, table):
        records = read(client, iterator(client, arn, shard["ShardId"]))
        if records:
            return shard["ShardId"], records
    raise AssertionError("no shard has records")


def numbers(records: list[Record]) -> list[int]:
    """The sequence numbers of records."""
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


def require_member(client: Any, operation: str, member: str) -> None:
    """Members of requests that are newer than some botocore: with that, nobody can ask."""
    if member not in client.meta.service_model.operation_model(operation).input_shape.members:
        raise Cannot(f"be asked, this botocore has no {operation}.{member}")


def records_of(client: Any, table: Table) -> list[Record]:
    """Every record of a table's newest stream, parents before children."""
    arn = table.stream_arn
    return [
        record for shard in shards_of(client, table) for record in read(client, iterator(client, arn, shard["ShardId"]))
    ]


def events_of(client: Any, table: Table) -> list[str]:
    """The event names of all records, in order."""
    return [record["eventName"] for record in records_of(client, table)]
