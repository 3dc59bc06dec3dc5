from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import _service_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import (
        Clock,
        Shard,
        Stream,
        StreamsMock,
    )

DAY = timedelta(hours=24)
LIFETIME = timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)
MOST_PAGES = 20
MEGABYTE = 1024 * 1024


def iterator_of(client: Any, stream: Stream, kind: str = "TRIM_HORIZON", shard: Shard | None = None) -> str:
    shard = shard or stream.shards[0]
    request = {"StreamArn": stream.arn, "ShardId": shard.id, "ShardIteratorType": kind}
    iterator: str = client.get_shard_iterator(**request)["ShardIterator"]
    return iterator


def pages(client: Any, iterator: str | None, **more: Any) -> Iterator[dict[str, Any]]:
    for _ in range(MOST_PAGES):
        page = client.get_records(ShardIterator=iterator, **more)
        yield page
        iterator = page.get("NextShardIterator")
        if iterator is None:
            return
    pytest.fail("the shard never ends")


def keys(*pages: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for page in pages for record in page["Records"]]


def write(stream: Stream, count: int, start: int = 0) -> list[str]:
    names = [f"{number:05}" for number in range(start, start + count)]
    stream.write_many({"pk": name} for name in names)
    return names


# --- pages


def test_an_empty_page_has_records_all_the_same(client: Any, stream: Stream) -> None:
    assert client.get_records(ShardIterator=iterator_of(client, stream))["Records"] == []


def test_records_come_in_the_order_in_which_they_were_written(client: Any, stream: Stream) -> None:
    names = write(stream, 20)
    assert keys(client.get_records(ShardIterator=iterator_of(client, stream))) == names


def test_a_page_holds_as_many_records_as_its_limit(client: Any, stream: Stream) -> None:
    names = write(stream, 5)
    assert keys(client.get_records(ShardIterator=iterator_of(client, stream), Limit=3)) == names[:3]


@pytest.mark.parametrize("more", [{}, {"Limit": 1000}])
def test_a_page_holds_a_thousand_records_at_most(client: Any, stream: Stream, more: dict[str, int]) -> None:
    write(stream, 1001)
    assert len(client.get_records(ShardIterator=iterator_of(client, stream), **more)["Records"]) == 1000


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_of_any_size_hold_every_record_once_in_order(client: Any, stream: Stream, limit: int) -> None:
    names = write(stream, 7)
    stream.rotate()
    assert keys(*pages(client, iterator_of(client, stream), Limit=limit)) == names


def test_a_limit_above_a_thousand_is_refused(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    refusal = refused(client.get_records, ShardIterator=iterator_of(client, stream), Limit=1001)
    assert refusal == ("ValidationException", 400, _service_errors.GET_RECORDS_LIMIT)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(unchecked: Any, stream: Stream, refused: Callable[..., Any], limit: int) -> None:
    code, status, message = refused(unchecked.get_records, ShardIterator=iterator_of(unchecked, stream), Limit=limit)
    assert (code, status) == ("ValidationException", 400)
    assert f"Value '{limit}' at 'limit'" in message


@pytest.fixture
def heavy(ddbstreams_mock: StreamsMock) -> Stream:
    """A stream with eight records of some 300 kB each."""
    stream = ddbstreams_mock.create_stream("orders", view_type="NEW_IMAGE")
    for number in range(8):
        stream.insert({"pk": str(number), "data": "x" * 300_000})
    return stream


def test_a_page_holds_no_more_than_a_megabyte(client: Any, heavy: Stream) -> None:
    page = client.get_records(ShardIterator=iterator_of(client, heavy))
    assert sum(record["dynamodb"]["SizeBytes"] for record in page["Records"]) <= MEGABYTE


def test_a_page_holds_as_many_records_as_fit_a_megabyte(client: Any, heavy: Stream) -> None:
    sizes = [record["dynamodb"]["SizeBytes"] for record in heavy.shards[0].records]
    count = len(client.get_records(ShardIterator=iterator_of(client, heavy))["Records"])
    assert sum(sizes[: count + 1]) > MEGABYTE


def test_pages_that_were_cut_by_size_hold_every_record_once(client: Any, heavy: Stream) -> None:
    heavy.rotate()
    assert keys(*pages(client, iterator_of(client, heavy))) == [str(number) for number in range(8)]


def inject(stream: Stream, model: Stream, *sizes: int) -> list[str]:
    """Writes records that say that they have these sizes, made after one of another stream."""
    [record] = model.records
    del record["dynamodb"]["SequenceNumber"]
    names = [str(place) for place in range(len(sizes))]
    for name, size in zip(names, sizes, strict=True):
        changes = {"Keys": {"pk": {"S": name}}, "NewImage": {"pk": {"S": name}}, "SizeBytes": size}
        stream.inject({**record, "dynamodb": {**record["dynamodb"], **changes}})
    return names


@pytest.fixture
def model(ddbstreams_mock: StreamsMock) -> Stream:
    """A stream with one record."""
    stream = ddbstreams_mock.create_stream("model")
    stream.insert({"pk": "a"})
    return stream


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ((MEGABYTE // 2, MEGABYTE // 2, 1), 2),
        ((MEGABYTE // 2, MEGABYTE // 2 + 1), 1),
        ((MEGABYTE, 1), 1),
        ((MEGABYTE + 1, 1), 1),
        ((1, MEGABYTE + 1), 1),
    ],
)
def test_a_page_is_cut_before_the_record_that_would_exceed_a_megabyte_but_never_empty(
    client: Any, stream: Stream, model: Stream, sizes: tuple[int, ...], count: int
) -> None:
    names = inject(stream, model, *sizes)
    assert keys(client.get_records(ShardIterator=iterator_of(client, stream))) == names[:count]


# --- the next iterator


def test_an_empty_page_of_an_open_shard_goes_on(client: Any, stream: Stream) -> None:
    page = client.get_records(ShardIterator=iterator_of(client, stream))
    write(stream, 1)
    assert len(client.get_records(ShardIterator=page["NextShardIterator"])["Records"]) == 1


def test_a_page_with_all_records_of_an_open_shard_goes_on(client: Any, stream: Stream) -> None:
    write(stream, 2)
    page = client.get_records(ShardIterator=iterator_of(client, stream))
    write(stream, 1, start=2)
    assert keys(client.get_records(ShardIterator=page["NextShardIterator"])) == ["00002"]


def test_a_page_before_the_last_of_a_closed_shard_goes_on(client: Any, stream: Stream) -> None:
    write(stream, 3)
    stream.rotate()
    assert "NextShardIterator" in client.get_records(ShardIterator=iterator_of(client, stream), Limit=2)


@pytest.mark.parametrize("limit", [3, 4])
def test_the_page_with_the_last_record_of_a_closed_shard_ends_it(client: Any, stream: Stream, limit: int) -> None:
    write(stream, 3)
    stream.rotate()
    page = client.get_records(ShardIterator=iterator_of(client, stream), Limit=limit)
    assert (len(page["Records"]), "NextShardIterator" in page) == (3, False)


def test_a_closed_shard_without_records_ends_on_its_first_page(client: Any, stream: Stream) -> None:
    stream.split()
    page = client.get_records(ShardIterator=iterator_of(client, stream))
    assert (page["Records"], "NextShardIterator" in page) == ([], False)


def test_a_reader_at_the_end_of_a_shard_that_closes_gets_an_empty_last_page(client: Any, stream: Stream) -> None:
    write(stream, 1)
    page = client.get_records(ShardIterator=iterator_of(client, stream))
    stream.rotate()
    last = client.get_records(ShardIterator=page["NextShardIterator"])
    assert (last["Records"], "NextShardIterator" in last) == ([], False)


def test_latest_of_a_closed_shard_is_its_end(client: Any, stream: Stream) -> None:
    write(stream, 1)
    stream.rotate()
    last = client.get_records(ShardIterator=iterator_of(client, stream, "LATEST"))
    assert (last["Records"], "NextShardIterator" in last) == ([], False)


def test_a_disabled_stream_ends_like_a_closed_shard(client: Any, stream: Stream) -> None:
    write(stream, 1)
    stream.disable()
    assert "NextShardIterator" not in client.get_records(ShardIterator=iterator_of(client, stream))


# --- the life of an iterator


def test_an_iterator_reads_the_same_any_number_of_times(client: Any, stream: Stream) -> None:
    names = write(stream, 3)
    iterator = iterator_of(client, stream)
    assert [keys(client.get_records(ShardIterator=iterator, Limit=2)) for _ in range(4)] == [names[:2]] * 4


def test_an_iterator_is_good_for_15_minutes(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    names = write(stream, 1)
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(LIFETIME)
    assert keys(client.get_records(ShardIterator=iterator)) == names


def test_an_iterator_older_than_15_minutes_has_expired(
    client: Any, stream: Stream, ddbstreams_clock: Clock, refused: Callable[..., Any]
) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(LIFETIME + INSTANT)
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("ExpiredIteratorException", 400, _service_errors.ExpiredIteratorException.sentence)


def test_expiry_is_a_typed_error_of_the_client(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(LIFETIME + INSTANT)
    with pytest.raises(client.exceptions.ExpiredIteratorException):
        client.get_records(ShardIterator=iterator)


def test_use_does_not_lengthen_an_iterator_s_life(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(LIFETIME)
    client.get_records(ShardIterator=iterator)
    ddbstreams_clock.tick(INSTANT)
    with pytest.raises(client.exceptions.ExpiredIteratorException):
        client.get_records(ShardIterator=iterator)


def test_the_next_iterator_of_an_empty_page_is_as_young_as_the_page(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    iterator = iterator_of(client, stream)
    for _ in range(3):
        ddbstreams_clock.tick(LIFETIME)
        iterator = client.get_records(ShardIterator=iterator)["NextShardIterator"]
    ddbstreams_clock.tick(LIFETIME + INSTANT)
    with pytest.raises(client.exceptions.ExpiredIteratorException):
        client.get_records(ShardIterator=iterator)


# --- what was trimmed


def test_an_iterator_on_a_trimmed_record_is_refused(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    write(stream, 2)
    iterator = iterator_of(client, stream)
    stream.trim(records=1)
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("TrimmedDataAccessException", 400, _service_errors.TrimmedDataAccessException.sentence)


def test_trimming_is_a_typed_error_of_the_client(client: Any, stream: Stream) -> None:
    write(stream, 2)
    iterator = iterator_of(client, stream)
    stream.trim(records=1)
    with pytest.raises(client.exceptions.TrimmedDataAccessException):
        client.get_records(ShardIterator=iterator)


def test_an_iterator_behind_what_was_trimmed_goes_on(client: Any, stream: Stream) -> None:
    names = write(stream, 3)
    page = client.get_records(ShardIterator=iterator_of(client, stream), Limit=2)
    stream.trim(records=2)
    assert keys(client.get_records(ShardIterator=page["NextShardIterator"])) == names[2:]


def test_an_expired_iterator_on_a_trimmed_record_is_called_expired(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    write(stream, 1)
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(DAY + INSTANT)
    with pytest.raises(client.exceptions.ExpiredIteratorException):
        client.get_records(ShardIterator=iterator)


def test_records_age_out_from_under_an_iterator(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    write(stream, 1)
    ddbstreams_clock.tick(DAY)
    iterator = iterator_of(client, stream)
    ddbstreams_clock.tick(INSTANT)
    with pytest.raises(client.exceptions.TrimmedDataAccessException):
        client.get_records(ShardIterator=iterator)


# --- what is not there


@pytest.mark.parametrize("iterator", ["x", "a|1|b", "||", "arn|1|", "é|1|é", "a|1|b|c"])
@pytest.mark.usefixtures("stream")
def test_garbage_is_no_iterator(client: Any, refused: Callable[..., Any], iterator: str) -> None:
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_ITERATOR)


def test_an_iterator_of_a_stream_that_is_gone_finds_nothing(
    client: Any, stream: Stream, ddbstreams_mock: StreamsMock, refused: Callable[..., Any]
) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_mock.reset()
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("ResourceNotFoundException", 400, _service_errors.STREAM_NOT_FOUND.format(arn=stream.arn))


def test_an_iterator_of_a_shard_that_is_gone_finds_nothing(
    client: Any, stream: Stream, ddbstreams_clock: Clock, refused: Callable[..., Any]
) -> None:
    iterator = iterator_of(client, stream)
    stream.rotate()
    ddbstreams_clock.tick(DAY * 3)
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("ResourceNotFoundException", 400, _service_errors.SHARD_NOT_FOUND)


def test_an_iterator_finds_nothing_in_another_region(
    client: Any, stream: Stream, client_in: Callable[[str], Any]
) -> None:
    iterator, elsewhere = iterator_of(client, stream), client_in("eu-west-1")
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.get_records(ShardIterator=iterator)


# --- errors that a test asks for


@pytest.mark.parametrize("code", ["LimitExceededException", "InternalServerError", "ResourceNotFoundException"])
def test_a_modelled_error_is_typed(client: Any, stream: Stream, ddbstreams_mock: StreamsMock, code: str) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_mock.fail("GetRecords", code)
    with pytest.raises(getattr(client.exceptions, code)):
        client.get_records(ShardIterator=iterator)


def test_a_fault_of_the_service_has_status_500(
    client: Any, stream: Stream, ddbstreams_mock: StreamsMock, refused: Callable[..., Any]
) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_mock.fail("GetRecords", "InternalServerError")
    assert refused(client.get_records, ShardIterator=iterator).status == 500


def test_a_throttled_call_reads_rate_exceeded(
    client: Any, stream: Stream, ddbstreams_mock: StreamsMock, refused: Callable[..., Any]
) -> None:
    iterator = iterator_of(client, stream)
    ddbstreams_mock.fail("GetRecords", "ThrottlingException")
    refusal = refused(client.get_records, ShardIterator=iterator)
    assert refusal == ("ThrottlingException", 400, "Rate exceeded")


# --- what a client makes of records


def test_a_client_parses_what_the_shard_s_records_are(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", key_schema={"pk": "B", "sk": "N"})
    item = {
        "pk": b"\x00\xff",
        "sk": Decimal("1.5"),
        "text": "naïve 🙂",
        "flag": True,
        "off": False,
        "none": None,
        "texts": {"a", "b"},
        "numbers": {1, 2},
        "blobs": {b"\x00", b"\xff"},
        "map": {"B": b"\x01", "L": [b"\x02", {"M": b"\x03"}], "empty": {}},
        "list": [1, [], {}, ""],
    }
    stream.insert(item)
    stream.modify({**item, "text": "other"})
    stream.remove({"pk": item["pk"], "sk": item["sk"]}, by_ttl=True)
    parsed = client.get_records(ShardIterator=iterator_of(client, stream))["Records"]
    assert parsed == list(stream.shards[0].records)


def test_a_client_reads_the_time_of_a_record_in_whole_seconds(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    ddbstreams_clock.move_to("2026-02-03T04:05:06.789Z")
    write(stream, 1)
    [record] = client.get_records(ShardIterator=iterator_of(client, stream))["Records"]
    created = record["dynamodb"]["ApproximateCreationDateTime"]
    assert created == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)


def test_a_client_reads_every_record_of_a_lineage_parents_first(client: Any, stream: Stream) -> None:
    names = write(stream, 3)
    for start in (3, 6):
        stream.rotate()
        names += write(stream, 3, start=start)
    stream.disable()
    read = [
        page for shard in stream.shards for page in pages(client, iterator_of(client, stream, shard=shard), Limit=2)
    ]
    assert keys(*read) == names
