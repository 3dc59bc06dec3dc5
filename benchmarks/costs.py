"""The steady costs that are counted: what of the package's code runs for each thing that a test does over and over.

Each is counted at two sizes of what should not matter to it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import botocore.session
from items import items, stream_of

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Stream, StreamsMock

#: What is counted.
Step: TypeAlias = Callable[[], object]
#: Makes a mock ready for a step at a size.
Prepare: TypeAlias = "Callable[[StreamsMock, int], Step]"

_MANY = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """A step that is counted.

    Attributes:
        name: what it does; ``{}`` stands for the size.
        prepare: makes a mock ready for it.
        sizes: what it is counted at.
        counts: how many of what it is about a step does.
        is_answered_alike: whether the answer is as large at either size.
    """

    name: str
    prepare: Prepare
    sizes: tuple[int, int]
    counts: int = 1
    is_answered_alike: bool = True

    @contextmanager
    def at(self, size: int) -> Iterator[Step]:
        """The step, in a mock that was opened for it."""
        with mock_streams() as streams:
            yield self.prepare(streams, size)


def written(streams: StreamsMock, size: int) -> Stream:
    """A stream of one shard that holds that many records."""
    return stream_of(streams, islice(items(), size))


# Reading


def _client() -> Any:
    return botocore.session.get_session().create_client("dynamodbstreams", region_name="us-east-1")


def _place(stream: Stream, **more: str) -> dict[str, str]:
    return {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, **more}


def _page(streams: StreamsMock, size: int) -> Step:
    client, stream = _client(), written(streams, size)
    iterator = client.get_shard_iterator(**_place(stream, ShardIteratorType="TRIM_HORIZON"))["ShardIterator"]
    return partial(client.get_records, ShardIterator=iterator)


def _last_place(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size)
    number = stream.shards[0].records[-1]["dynamodb"]["SequenceNumber"]
    place = _place(stream, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=number)
    return partial(_client().get_shard_iterator, **place)


def _last_record(streams: StreamsMock, size: int) -> Step:
    iterator: Any = _last_place(streams, size)()
    return partial(_client().get_records, ShardIterator=iterator["ShardIterator"])


def _first_shards(streams: StreamsMock, size: int) -> Step:
    return partial(_client().describe_stream, StreamArn=streams.create_stream("table", shards=size).arn)


def _next_shard(streams: StreamsMock, size: int) -> Step:
    # One, because what a full page takes of memory would hide what is copied for a moment to find it.
    stream = streams.create_stream("table", shards=size)
    start = stream.shards[size // 2].id
    return partial(_client().describe_stream, StreamArn=stream.arn, ExclusiveStartShardId=start, Limit=1)


def _child_shards(streams: StreamsMock, size: int) -> Step:
    stream = streams.create_stream("table", shards=size)
    parent = stream.shards[size // 2]
    stream.split(parent)
    asked = {"Type": "CHILD_SHARDS", "ShardId": parent.id}
    return partial(_client().describe_stream, StreamArn=stream.arn, ShardFilter=asked)


def _first_streams(streams: StreamsMock, size: int) -> Step:
    _create(streams, size)
    return _client().list_streams  # type: ignore[no-any-return]


def _next_stream(streams: StreamsMock, size: int) -> Step:
    start = _create(streams, size)[size // 2]
    return partial(_client().list_streams, ExclusiveStartStreamArn=start, Limit=1)


def _one_stream(streams: StreamsMock, size: int) -> Step:
    _create(streams, size)
    return partial(_client().list_streams, TableName=f"table-{size // 2:06}")


def _create(streams: StreamsMock, size: int) -> list[str]:
    return [streams.create_stream(f"table-{number:06}").arn for number in range(size)]


# Writing


def _singly(method: str, streams: StreamsMock, size: int) -> Step:
    write = getattr(written(streams, size), method)
    new = list(islice(items(prefix="new"), _MANY))
    return lambda: [write(item) for item in new]


def _over(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size)
    changed = [{**item, "total": -1} for item in islice(items(), _MANY)]
    return lambda: [stream.put(item) for item in changed]


def _away(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size)
    keys = [{"pk": item["pk"]} for item in islice(items(), _MANY)]
    return lambda: [stream.delete(key) for key in keys]


def _in_bulk(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size)
    new = list(islice(items(prefix="new"), _MANY))
    return partial(stream.write_many, new)


# Steering


def _split(streams: StreamsMock, size: int) -> Step:
    return written(streams, size).split


def _trim_records(streams: StreamsMock, size: int) -> Step:
    return partial(written(streams, size).trim, records=size // 2)


def _trim_through(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size)
    return partial(stream.trim, through=stream.shards[0].records[size // 2]["dynamodb"]["SequenceNumber"])


def _trim_before(streams: StreamsMock, size: int) -> Step:
    stream = written(streams, size // 2)
    between = datetime.now(timezone.utc)
    stream.write_many(islice(items(prefix="new"), size // 2))
    return partial(stream.trim, before=between)


# Opening


def open_and_close(**options: Any) -> None:
    """What the fixture does, before a test and after it."""
    mock = mock_streams(**options)
    mock.start()
    mock.stop()


def _opening(streams: StreamsMock, size: int) -> Step:
    written(streams, size)
    return open_and_close


_RECORDS = (1000, 20_000)
_TO_STEER = (1000, 100_000)
_LISTED = (2 * _MANY, 10_000)

COSTS = (
    Cost("GetRecords, a page of {}", _page, (1, 1000), is_answered_alike=False),
    Cost("GetRecords, the last of {} records", _last_record, _RECORDS),
    Cost("GetShardIterator, at the last of {} records", _last_place, _RECORDS),
    Cost("DescribeStream, the first of {} shards", _first_shards, _LISTED),
    Cost("DescribeStream, the next of {} shards", _next_shard, _LISTED),
    Cost("DescribeStream, CHILD_SHARDS of {} shards", _child_shards, _LISTED),
    Cost("ListStreams, the first of {} streams", _first_streams, _LISTED),
    Cost("ListStreams, the next of {} streams", _next_stream, _LISTED),
    Cost("ListStreams, TableName of {} streams", _one_stream, _LISTED),
    Cost("put, beside {} records", partial(_singly, "put"), _RECORDS, _MANY),
    Cost("put over an item, of {}", _over, _RECORDS, _MANY),
    Cost("insert, beside {} records", partial(_singly, "insert"), _RECORDS, _MANY),
    Cost("delete, of {} items", _away, _RECORDS, _MANY),
    Cost("write_many, a record, beside {} records", _in_bulk, _RECORDS, _MANY),
    Cost("split of {} records", _split, _TO_STEER),
    Cost("trim half of {} records, records=", _trim_records, _TO_STEER),
    Cost("trim half of {} records, through=", _trim_through, _TO_STEER),
    Cost("trim half of {} records, before=", _trim_before, _TO_STEER),
    Cost("mock_streams, open and close, beside {} records", _opening, _RECORDS),
)
