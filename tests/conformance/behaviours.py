"""Helpers of the conformance tests: the marker of a behaviour, refusals, and ways to read a stream."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from conformance.targets import Cannot, FakeTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets import Table, Target

Record = dict[str, Any]

#: How sure a fact is: recorded from AWS, documented by AWS, seen in an emulator only, inferred.
MARKS = ("R", "D", "E", "I")


def behaviour(identity: str, mark: str, group: str) -> pytest.MarkDecorator:
    """Mark a test as the proof of one behaviour.

    Args:
        identity: the stable id of the behaviour.
        mark: how sure the fact is, one of `MARKS`.
        group: the row of the scoreboard that counts the behaviour.
    """
    return pytest.mark.behaviour(identity=identity, mark=mark, group=group)


@contextmanager
def refused(target: Target, code: str, text: str = "", mark: str = "R") -> Iterator[None]:
    """Expect that the target refuses a call of the block.

    Args:
        target: the target that refuses.
        code: the code of the service error.
        text: a pattern of the message. Other targets than this package have to match it only if AWS's text is known.
        mark: how sure the text is, one of `MARKS`.
    """
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, f"refused with {error['Code']}: {error['Message']}"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    if mark in "RD" or isinstance(target, FakeTarget):
        assert re.search(text, error["Message"]), error["Message"]


def describe(client: Any, table: Table, **more: Any) -> dict[str, Any]:
    """Return the description of a table's newest stream."""
    description: dict[str, Any] = client.describe_stream(StreamArn=table.stream_arn, **more)["StreamDescription"]
    return description


def shards_of(client: Any, table: Table) -> list[dict[str, Any]]:
    """Return all shards of a table's newest stream."""
    arn = table.stream_arn
    page = client.describe_stream(StreamArn=arn)["StreamDescription"]
    shards: list[dict[str, Any]] = page["Shards"]
    while "LastEvaluatedShardId" in page:
        start = page["LastEvaluatedShardId"]
        page = client.describe_stream(StreamArn=arn, ExclusiveStartShardId=start)["StreamDescription"]
        shards += page["Shards"]
    return shards


def first_shard(client: Any, table: Table) -> str:
    """Return the id of the oldest shard of a table's newest stream."""
    shard_id: str = describe(client, table)["Shards"][0]["ShardId"]
    return shard_id


def iterator(client: Any, arn: str, shard_id: str, kind: str = "TRIM_HORIZON", **position: Any) -> str:
    """Return a new iterator token."""
    token: str = client.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **position)[
        "ShardIterator"
    ]
    return token


def read(client: Any, token: str, *, pages: int = 20) -> list[Record]:
    """Return the records from an iterator on, until the shard ends or two pages in a row are empty."""
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
    """Put one item `count` times with different values. Return the id of its shard and the records."""
    for number in range(count):
        table.put({"pk": {"S": "a"}, "n": {"N": str(number)}})
    return shard_with_records(client, table)


def shard_with_records(client: Any, table: Table) -> tuple[str, list[Record]]:
    """Return the id of the first shard that has records, and the records, of a table's newest stream."""
    arn = table.stream_arn
    for shard in shards_of(client, table):
        records = read(client, iterator(client, arn, shard["ShardId"]))
        if records:
            return shard["ShardId"], records
    raise AssertionError("no shard has records")


def sequence_numbers(records: list[Record]) -> list[int]:
    """Return the sequence numbers of records."""
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


def require_member(client: Any, operation: str, member: str) -> None:
    """Raise `Cannot` if the installed botocore is too old to know this member of a request."""
    if member not in client.meta.service_model.operation_model(operation).input_shape.members:
        raise Cannot(f"be called with {operation}.{member}, which this botocore does not know")


def records_of(client: Any, table: Table) -> list[Record]:
    """Return every record of a table's newest stream, parents before children."""
    arn = table.stream_arn
    return [
        record for shard in shards_of(client, table) for record in read(client, iterator(client, arn, shard["ShardId"]))
    ]


def events_of(client: Any, table: Table) -> list[str]:
    """Return the event names of all records of a table's newest stream, in order."""
    return [record["eventName"] for record in records_of(client, table)]
