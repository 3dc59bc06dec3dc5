"""Reading calls: each against the floor, and a deep page against one of a small shard."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from clients import against_floor, client_of
from measuring import Pair, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Shard, Stream, StreamsMock

_PAGE = 1000
_FLOOR = "bare before-send handler, same bytes"


def rows(deep: int) -> list[Row]:
    """The rows about reading.

    Args:
        deep: how many records the large shard holds.
    """
    return [
        Row("GetRecords, 1000 records", _FLOOR, partial(_page, _PAGE), limit=1.15),
        Row("GetRecords, 1 record", _FLOOR, partial(_page, 1), limit=1.3, calls=20),
        Row(
            f"1000 records, deep in a shard of {deep}",
            f"the same in a shard of {_PAGE}",
            partial(_deep_page, deep),
            limit=1.1,
        ),
        Row("GetShardIterator", _FLOOR, _shard_iterator, calls=20),
        Row("DescribeStream", _FLOOR, _describe, calls=20),
        Row("ListStreams", _FLOOR, _list, calls=20),
    ]


@contextmanager
def _page(size: int) -> Iterator[Pair]:
    with _mock() as streams:
        stream = _stream(streams, size)
        yield against_floor(streams, "get_records", ShardIterator=_last_page(stream))


@contextmanager
def _deep_page(deep: int) -> Iterator[Pair]:
    with _mock() as streams:
        read = client_of(boto3.Session()).get_records
        large, small = (_last_page(_stream(streams, size)) for size in (deep, _PAGE))
        yield Pair(lambda: read(ShardIterator=large), lambda: read(ShardIterator=small))


@contextmanager
def _shard_iterator() -> Iterator[Pair]:
    with _mock() as streams:
        stream = _stream(streams, 1)
        yield against_floor(streams, "get_shard_iterator", **_from_the_start(stream, stream.shards[0]))


@contextmanager
def _describe() -> Iterator[Pair]:
    with _mock() as streams:
        yield against_floor(streams, "describe_stream", StreamArn=_stream(streams, 1).arn)


@contextmanager
def _list() -> Iterator[Pair]:
    with _mock() as streams:
        _stream(streams, 1)
        yield against_floor(streams, "list_streams")


def _mock() -> Any:
    from pytest_ddbstreams import mock_streams

    return mock_streams()


def _stream(streams: StreamsMock, size: int) -> Stream:
    """A stream whose one shard holds that many small records."""
    stream = streams.create_stream(f"table-of-{size}")
    stream.write_many({"pk": f"item-{number:08}", "total": number} for number in range(size))
    return stream


def _last_page(stream: Stream) -> str:
    """An iterator that points at the last thousand records, or at all where there are fewer."""
    shard = stream.shards[0]
    place = _from_the_start(stream, shard)
    if len(shard) > _PAGE:
        number = shard.records[-_PAGE]["dynamodb"]["SequenceNumber"]
        place.update(ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=number)
    iterator: str = client_of(boto3.Session()).get_shard_iterator(**place)["ShardIterator"]
    return iterator


def _from_the_start(stream: Stream, shard: Shard) -> dict[str, str]:
    return {"StreamArn": stream.arn, "ShardId": shard.id, "ShardIteratorType": "TRIM_HORIZON"}
