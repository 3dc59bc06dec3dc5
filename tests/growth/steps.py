"""Steps that a test does over and over, each prepared beside as many records, shards or streams as one likes.

A step reads, writes or steers one thing, or a fixed number of things: whatever stands beside it must not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Stream, StreamsMock

#: How many items a step of writing writes.
WRITTEN = 10

Run: TypeAlias = Callable[[], object]


@dataclass(frozen=True)
class Step:
    """A step, and the two sizes of what stands beside it."""

    name: str
    prepare: Callable[[StreamsMock, int], Run]
    sizes: tuple[int, int]

    def __str__(self) -> str:
        return self.name


def items(count: int, prefix: str = "item") -> Iterator[dict[str, Any]]:
    return ({"pk": f"{prefix}-{number:06}", "total": number} for number in range(count))


def stream_with(mock: StreamsMock, records: int) -> Stream:
    stream = mock.create_stream("orders")
    stream.write_many(items(records))
    return stream


def client() -> Any:
    return botocore.session.get_session().create_client("dynamodbstreams", region_name="us-east-1")


# Reading


def get_first_record(mock: StreamsMock, records: int) -> Run:
    return _page(mock, records, ShardIteratorType="TRIM_HORIZON")


def get_last_record(mock: StreamsMock, records: int) -> Run:
    return _page(mock, records, **_last_record_of(stream_with(mock, records)))


def get_iterator_of_last_record(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    return partial(client().get_shard_iterator, **_place(stream), **_last_record_of(stream))


def get_iterator_by_timestamp(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    now = datetime.now(timezone.utc)
    return partial(client().get_shard_iterator, **_place(stream), ShardIteratorType="AT_TIMESTAMP", Timestamp=now)


def _page(mock: StreamsMock, records: int, **where: Any) -> Run:
    stream = mock.streams[0] if mock.streams else stream_with(mock, records)
    ours = client()
    token = ours.get_shard_iterator(**_place(stream), **where)["ShardIterator"]
    return partial(ours.get_records, ShardIterator=token, Limit=1)


def _place(stream: Stream) -> dict[str, str]:
    return {"StreamArn": stream.arn, "ShardId": stream.shards[0].id}


def _last_record_of(stream: Stream) -> dict[str, str]:
    number = stream.shards[0].records[-1]["dynamodb"]["SequenceNumber"]
    return {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}


# Listing


def describe_one_of_many_shards(mock: StreamsMock, shards: int) -> Run:
    stream = mock.create_stream("orders", shards=shards)
    start = stream.shards[shards // 2].id
    return partial(client().describe_stream, StreamArn=stream.arn, ExclusiveStartShardId=start, Limit=1)


def describe_child_shards(mock: StreamsMock, shards: int) -> Run:
    stream = mock.create_stream("orders", shards=shards)
    parent = stream.shards[shards // 2]
    stream.split(parent)
    return partial(
        client().describe_stream, StreamArn=stream.arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": parent.id}
    )


def list_one_of_many_streams(mock: StreamsMock, streams: int) -> Run:
    arns = _arns(mock, streams)
    return partial(client().list_streams, ExclusiveStartStreamArn=arns[streams // 2], Limit=1)


def list_streams_of_one_table(mock: StreamsMock, streams: int) -> Run:
    _arns(mock, streams)
    return partial(client().list_streams, TableName=f"table-{streams // 2:06}")


def _arns(mock: StreamsMock, streams: int) -> list[str]:
    return [mock.create_stream(f"table-{number:06}").arn for number in range(streams)]


# Writing


def insert_items(mock: StreamsMock, records: int) -> Run:
    return _each(stream_with(mock, records).insert, items(WRITTEN, "new"))


def put_over_items(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    changes = iter(range(1, 1000))

    def put_changed() -> None:
        change = next(changes)
        for item in items(WRITTEN):
            stream.put({**item, "total": -change})

    return put_changed


def delete_items(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    keys = iter([{"pk": item["pk"]} for item in items(records)])
    return lambda: [stream.delete(next(keys)) for _ in range(WRITTEN)]


def write_many_items(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    prefixes = iter("abcdefgh")
    return lambda: stream.write_many(items(WRITTEN, next(prefixes)))


def _each(write: Callable[[dict[str, Any]], object], written: Iterator[dict[str, Any]]) -> Run:
    every = list(written)
    return lambda: [write(item) for item in every]


# Steering


def rotate_shard(mock: StreamsMock, records: int) -> Run:
    return stream_with(mock, records).rotate


def split_newest_shard(mock: StreamsMock, records: int) -> Run:
    stream = stream_with(mock, records)
    return lambda: stream.split(stream.open_shards[-1])


def trim_one_record(mock: StreamsMock, records: int) -> Run:
    return partial(stream_with(mock, records).trim, records=1)


def open_and_close(mock: StreamsMock, records: int) -> Run:
    from pytest_ddbstreams import mock_streams

    stream_with(mock, records)

    def run() -> None:
        with mock_streams():
            pass

    return run


#: A copy of a column of the large shard takes far more bytes than the tests allow.
READ = (100, 10_000)
#: A list that grows is moved as a whole now and then, which would look like a copy of a larger one.
WRITTEN_TO = (100, 2000)
LISTED = (20, 400)

STEPS = (
    Step("GetRecords of the first record", get_first_record, READ),
    Step("GetRecords of the last record", get_last_record, READ),
    Step("GetShardIterator at the last record", get_iterator_of_last_record, READ),
    Step("GetShardIterator by a timestamp", get_iterator_by_timestamp, READ),
    Step("DescribeStream of one shard", describe_one_of_many_shards, LISTED),
    Step("DescribeStream of the children of a shard", describe_child_shards, LISTED),
    Step("ListStreams of one stream", list_one_of_many_streams, LISTED),
    Step("ListStreams of one table", list_streams_of_one_table, LISTED),
    Step("insert", insert_items, WRITTEN_TO),
    Step("put over items", put_over_items, WRITTEN_TO),
    Step("delete", delete_items, WRITTEN_TO),
    Step("write_many", write_many_items, WRITTEN_TO),
    Step("rotate", rotate_shard, READ),
    Step("split", split_newest_shard, READ),
    Step("trim one record", trim_one_record, READ),
    Step("open and close another mock", open_and_close, READ),
)
