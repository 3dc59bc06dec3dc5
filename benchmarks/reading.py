"""Reading calls, one of each, and pages of all sizes; and a large shard beside a small one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from clients import FLOOR, MOTO, STUBBER, Call, client_of, contest_of, table_of_moto
from items import items, stream_of
from measuring import Contest, Section, Timed
from stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from items import Item
    from measuring import Scale, Way

    from pytest_ddbstreams import Stream, StreamsMock

    #: Makes a call, of a client, of a stream's ARN, and of the id of a shard.
    Asking: TypeAlias = Callable[[Any, str, str], Call]
    #: Makes a call, of a client, a stream, and how many records from the end.
    AskingAtTheEnd: TypeAlias = Callable[[Any, Stream, int], Call]

_PAGE = 1000
_LIMITS = {1: 1.25, _PAGE: 1.05}
_SMALL = f"{_PAGE} records"
#: What the rows of the large shard may cost of what they cost in the small one.
_DEEP = {_SMALL: 1.05}
#: moto's tables feed streams of ours, if in the same region: a second stream to list.
_MOTOS_REGION = "eu-west-1"


def sections(scale: Scale) -> list[Section]:
    """The tables about reading."""
    columns = (FLOOR, STUBBER, MOTO)
    pages = [_page(size) for size in (1, 100, _PAGE)]
    # Turns of one call, which nothing warms up.
    cold = Timed("GetRecords, 1 record, after a turn of another way", partial(_call, _fits(1), _records))
    large = [Timed("GetRecords, 1 MB of large records", partial(_call, _fits(120, text=10_000), _records))]
    calls = [_once(_list, "ListStreams"), _once(_describe, "DescribeStream"), _once(_iterator, "GetShardIterator")]
    return [
        Section("One call", "ms", columns, [*calls, *pages, cold, *large]),
        Section(f"A shard of {scale.records:,} records", "ms", (_SMALL,), _deep_rows(scale.records)),
    ]


def _once(asking: Asking, name: str) -> Timed:
    return Timed(name, partial(_call, _fits(1), asking), calls=20)


def _page(size: int) -> Timed:
    limits = {FLOOR: _LIMITS[size]} if size in _LIMITS else {}
    name = f"GetRecords, {size} record{'s' if size > 1 else ''}"
    return Timed(name, partial(_call, _fits(size), _records), limits=limits, calls=max(1, 20 // size))


def _fits(size: int, text: int = 0) -> list[Item]:
    return list(islice(items(text), size))


@contextmanager
def _call(written: list[Item], asking: Asking) -> Iterator[Contest]:
    """One call of a stream that holds the records of some items, by us and by moto."""
    with table_of_moto(_MOTOS_REGION) as table, _mock() as streams:
        with table.batch_writer() as batch:
            for item in written:
                batch.put_item(item)
        stream = stream_of(streams, written)
        ours, moto = client_of("ours"), client_of(MOTO, _MOTOS_REGION)
        call, same = asking(ours, stream.arn, stream.shards[0].id), _of_moto(moto, asking)
        if call.operation == "get_records":
            # moto's pages know no end at 1 MB.
            same.request["Limit"] = len(call.of(ours)["Records"])
        yield contest_of(call, same.way(moto))


def _of_moto(moto: Any, asking: Asking) -> Call:
    [found] = moto.list_streams()["Streams"]
    [shard] = moto.describe_stream(StreamArn=found["StreamArn"])["StreamDescription"]["Shards"]
    return asking(moto, found["StreamArn"], shard["ShardId"])


def _list(_client: Any, _arn: str, _shard: str) -> Call:
    return Call("list_streams")


def _describe(_client: Any, arn: str, _shard: str) -> Call:
    return Call("describe_stream", {"StreamArn": arn})


def _iterator(_client: Any, arn: str, shard: str) -> Call:
    return Call("get_shard_iterator", {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})


def _records(client: Any, arn: str, shard: str) -> Call:
    iterator = _iterator(client, arn, shard).of(client)["ShardIterator"]
    return Call("get_records", {"ShardIterator": iterator})


# A large shard


def _deep_rows(records: int) -> list[Timed]:
    return [
        Timed("GetRecords, the last 1000", partial(_deep, records, _page_at, _PAGE), limits=_DEEP),
        Timed("GetRecords, the last one", partial(_deep, records, _page_at, 1), limits=_DEEP, calls=20),
        Timed("GetShardIterator, at the last number", partial(_deep, records, _place, 1), limits=_DEEP, calls=20),
    ]


@contextmanager
def _deep(records: int, asking: AskingAtTheEnd, last: int) -> Iterator[Contest]:
    with _mock() as streams:
        large, small = (_way_in(streams, size, asking, last) for size in (records, _PAGE))
        yield Contest(large, {_SMALL: small})


def _way_in(streams: StreamsMock, size: int, asking: AskingAtTheEnd, last: int) -> Way:
    """A call of a shard that the mock holds only while this is timed."""
    service = streams._service  # noqa: SLF001 - no user needs to do this
    client = client_of("ours")
    call = asking(client, stored(size).into(streams), last)
    held = service.registry

    def hold(_runs: int) -> None:
        service.registry = held

    return replace(call.way(client), prepare=hold)


def _place(_client: Any, stream: Stream, last: int) -> Call:
    shard = stream.shards[0]
    number = shard.records[-last]["dynamodb"]["SequenceNumber"]
    asked = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}
    return Call("get_shard_iterator", {"StreamArn": stream.arn, "ShardId": shard.id, **asked})


def _page_at(client: Any, stream: Stream, last: int) -> Call:
    return Call("get_records", {"ShardIterator": _place(client, stream, last).of(client)["ShardIterator"]})


def _mock() -> Any:
    from pytest_ddbstreams import mock_streams

    return mock_streams()
