"""Calls of the four operations: pages of several sizes, a large shard beside a small one, and long listings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from clients import FLOOR, MOTO, STUBBER, Call, client_of, compare, table_of_moto
from measuring import Comparison, Section, Timed
from streams import items, pickled_stream, stream_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from measuring import Scale, Variant
    from streams import Item

    from pytest_ddbstreams import Stream, StreamsMock

    #: Makes a call from a client, a stream's ARN and a shard's id.
    CallMaker: TypeAlias = Callable[[Any, str, str], Call]
    #: Makes a call from a client, a stream, and a number of records before the shard's end.
    CallAtTheEndMaker: TypeAlias = Callable[[Any, Stream, int], Call]
    #: Creates as many shards or streams in a mock, and makes a call that lists some of them.
    ListingMaker: TypeAlias = Callable[[StreamsMock, int], Call]

_PAGE = 1000
_LIMITS = {1: 1.25, _PAGE: 1.05}
#: What a large shard or a long listing may cost, compared with a small one.
_LARGE = 1.05
_SMALL_SHARD = f"{_PAGE} records"
_LISTED_PAGE = 100
_FEW = 2 * _LISTED_PAGE
_SHORT_LISTING = f"{_FEW} of them"
#: moto's tables feed the package's streams of the same region, so moto's table is in another one.
_MOTOS_REGION = "eu-west-1"


def sections(scale: Scale) -> list[Section]:
    """Return the tables of all calls."""
    return [
        Section("One call", "ms", (FLOOR, STUBBER, MOTO), _single_calls()),
        Section(f"A shard of {scale.records:,} records", "ms", (_SMALL_SHARD,), _large_shard_rows(scale.records)),
        Section("Long listings", "ms", (FLOOR, STUBBER, _SHORT_LISTING), _listing_rows(scale.listed)),
    ]


# One call


def _single_calls() -> list[Timed]:
    first = partial(_single_call, _first_items(1))
    return [
        Timed("ListStreams", partial(first, _list_streams), calls=20),
        Timed("DescribeStream", partial(first, _describe_stream), calls=20),
        Timed("GetShardIterator", partial(first, _get_iterator), calls=20),
        *map(_page_of, (1, 100, _PAGE)),
        # One call in each timing, so that the processor's caches are full of another variant's code.
        Timed("GetRecords, 1 record, after a turn of another variant", partial(first, _get_records)),
        Timed("GetRecords, 1 MB of large records", partial(_single_call, _first_items(120, 10_000), _get_records)),
    ]


def _page_of(size: int) -> Timed:
    limits = {FLOOR: _LIMITS[size]} if size in _LIMITS else {}
    name = f"GetRecords, {size} record{'s' if size > 1 else ''}"
    return Timed(name, partial(_single_call, _first_items(size), _get_records), limits, calls=max(1, 20 // size))


def _first_items(count: int, length: int = 0) -> list[Item]:
    return list(islice(items(length), count))


@contextmanager
def _single_call(written: list[Item], make: CallMaker) -> Iterator[Comparison]:
    with table_of_moto(_MOTOS_REGION) as table, _open_mock() as mock:
        with table.batch_writer() as batch:
            for item in written:
                batch.put_item(item)
        stream = stream_of(mock, written)
        ours, moto = client_of("ours"), client_of(MOTO, _MOTOS_REGION)
        call, motos_call = make(ours, stream.arn, stream.shards[0].id), _call_to_moto(moto, make)
        if call.operation == "get_records":
            # moto's pages have no limit of 1 MB.
            motos_call.request["Limit"] = len(call.send(ours)["Records"])
        yield compare(call, motos_call.variant(moto))


def _call_to_moto(moto: Any, make: CallMaker) -> Call:
    [found] = moto.list_streams()["Streams"]
    [shard] = moto.describe_stream(StreamArn=found["StreamArn"])["StreamDescription"]["Shards"]
    return make(moto, found["StreamArn"], shard["ShardId"])


def _list_streams(_client: Any, _arn: str, _shard: str) -> Call:
    return Call("list_streams")


def _describe_stream(_client: Any, arn: str, _shard: str) -> Call:
    return Call("describe_stream", {"StreamArn": arn})


def _get_iterator(_client: Any, arn: str, shard: str) -> Call:
    return Call("get_shard_iterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})


def _get_records(client: Any, arn: str, shard: str) -> Call:
    return Call("get_records", {"ShardIterator": _get_iterator(client, arn, shard).send(client)["ShardIterator"]})


# A large shard


def _large_shard_rows(records: int) -> list[Timed]:
    def row(name: str, make: CallAtTheEndMaker, last: int, calls: int) -> Timed:
        return Timed(name, partial(_large_shard, records, make, last), {_SMALL_SHARD: _LARGE}, calls=calls)

    return [
        row("GetRecords, the last 1000", _get_last_records, _PAGE, calls=1),
        row("GetRecords, the last one", _get_last_records, 1, calls=20),
        row("GetShardIterator, at the last number", _get_iterator_at_the_end, 1, calls=20),
    ]


@contextmanager
def _large_shard(records: int, make: CallAtTheEndMaker, last: int) -> Iterator[Comparison]:
    with _open_mock() as mock:
        large, small = (_call_in_shard(mock, size, make, last) for size in (records, _PAGE))
        yield Comparison(large, {_SMALL_SHARD: small})


def _call_in_shard(mock: StreamsMock, size: int, make: CallAtTheEndMaker, last: int) -> Variant:
    client = client_of("ours")
    call = make(client, pickled_stream(size).into(mock), last)
    return _with_streams_of_now(mock, call.variant(client))


def _with_streams_of_now(mock: StreamsMock, variant: Variant) -> Variant:
    """Return a variant that is timed while the mock holds the streams that it holds now."""
    service = mock._service  # noqa: SLF001 - two open mocks cannot both answer
    registry = service.registry

    def hold(_runs: int) -> None:
        service.registry = registry

    return replace(variant, prepare=hold)


def _get_iterator_at_the_end(_client: Any, stream: Stream, last: int) -> Call:
    shard = stream.shards[0]
    number = shard.records[-last]["dynamodb"]["SequenceNumber"]
    where = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}
    return Call("get_shard_iterator", {"StreamArn": stream.arn, "ShardId": shard.id, **where})


def _get_last_records(client: Any, stream: Stream, last: int) -> Call:
    iterator = _get_iterator_at_the_end(client, stream, last).send(client)
    return Call("get_records", {"ShardIterator": iterator["ShardIterator"]})


# Long listings


def _listing_rows(count: int) -> list[Timed]:
    shards, streams = f"DescribeStream, {count:,} shards", f"ListStreams, {count:,} streams"
    makers: dict[str, ListingMaker] = {
        f"{shards}, first page": partial(_describe_after, _before_first),
        f"{shards}, middle page": partial(_describe_after, _before_middle),
        f"{shards}, last page": partial(_describe_after, _before_last),
        f"{shards}, CHILD_SHARDS": _describe_children,
        f"{streams}, first page": partial(_list_after, _before_first),
        f"{streams}, middle page": partial(_list_after, _before_middle),
        f"{streams}, last page": partial(_list_after, _before_last),
        f"{streams}, TableName": _list_one_table,
    }
    limits = {_SHORT_LISTING: _LARGE}
    return [Timed(name, partial(_listing, count, make), limits, calls=10) for name, make in makers.items()]


@contextmanager
def _listing(count: int, make: ListingMaker) -> Iterator[Comparison]:
    with _open_mock() as mock:
        few = _with_streams_of_now(mock, make(mock, _FEW).variant(client_of("ours")))
        mock.reset()
        comparison = compare(make(mock, count))
        many = _with_streams_of_now(mock, comparison.ours)
        yield Comparison(many, {**comparison.others, _SHORT_LISTING: few})


def _before_first(_count: int) -> None:
    return None


def _before_middle(count: int) -> int:
    return count // 2 - _LISTED_PAGE


def _before_last(count: int) -> int:
    return count - _LISTED_PAGE - 1


def _describe_after(place: Callable[[int], int | None], mock: StreamsMock, count: int) -> Call:
    stream = mock.create_stream("table", shards=count)
    start = place(count)
    after = {} if start is None else {"ExclusiveStartShardId": stream.shards[start].id}
    return Call("describe_stream", {"StreamArn": stream.arn, **after})


def _describe_children(mock: StreamsMock, count: int) -> Call:
    stream = mock.create_stream("table", shards=count)
    parent = stream.shards[count // 2]
    stream.split(parent)
    shard_filter = {"Type": "CHILD_SHARDS", "ShardId": parent.id}
    return Call("describe_stream", {"StreamArn": stream.arn, "ShardFilter": shard_filter})


def _list_after(place: Callable[[int], int | None], mock: StreamsMock, count: int) -> Call:
    # ListStreams sorts by ARN, which is the order of these names.
    arns = [mock.create_stream(f"table-{number:06}").arn for number in range(count)]
    start = place(count)
    return Call("list_streams", {} if start is None else {"ExclusiveStartStreamArn": arns[start]})


def _list_one_table(mock: StreamsMock, count: int) -> Call:
    _list_after(_before_first, mock, count)
    return Call("list_streams", {"TableName": f"table-{count // 2:06}"})


def _open_mock() -> Any:
    from pytest_ddbstreams import mock_streams

    return mock_streams()
