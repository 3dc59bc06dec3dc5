from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import _service_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Stream, StreamsMock

DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
MORNING = datetime(2026, 3, 4, 6, 0, 0, tzinfo=timezone.utc)
UNKNOWN_ID = f"shardId-{'9' * 20}-ffffffff"


def arguments(stream: Stream, kind: str, **more: Any) -> dict[str, Any]:
    shard_id = more.pop("shard_id", stream.shards[0].id)
    return {"StreamArn": stream.arn, "ShardId": shard_id, "ShardIteratorType": kind, **more}


def keys_read(client: Any, stream: Stream, kind: str, **more: Any) -> list[str]:
    """The keys that one GetRecords from such an iterator shows."""
    iterator = client.get_shard_iterator(**arguments(stream, kind, **more))["ShardIterator"]
    page = client.get_records(ShardIterator=iterator)
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]


def write(stream: Stream, *keys: str) -> list[str]:
    """Inserts items, and says the sequence numbers of their records."""
    return [stream.insert({"pk": key}).sequence_number for key in keys]


def test_an_iterator_is_the_arn_a_digit_and_something_opaque(client: Any, stream: Stream) -> None:
    iterator = client.get_shard_iterator(**arguments(stream, "LATEST"))["ShardIterator"]
    assert re.fullmatch(re.escape(stream.arn) + r"\|[0-9]\|[^|]+", iterator)


def test_the_longest_arn_leaves_the_iterator_below_its_longest(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("t" * 255)
    assert len(client.get_shard_iterator(**arguments(stream, "LATEST"))["ShardIterator"]) <= 2048


def test_trim_horizon_reads_from_the_first_record(client: Any, stream: Stream) -> None:
    write(stream, "a", "b")
    assert keys_read(client, stream, "TRIM_HORIZON") == ["a", "b"]


def test_trim_horizon_reads_from_the_first_record_that_was_not_trimmed(client: Any, stream: Stream) -> None:
    write(stream, "a", "b")
    stream.trim(records=1)
    assert keys_read(client, stream, "TRIM_HORIZON") == ["b"]


def test_latest_reads_nothing_that_is_there_already(client: Any, stream: Stream) -> None:
    write(stream, "a", "b")
    assert keys_read(client, stream, "LATEST") == []


def test_latest_reads_what_comes_after_it_was_issued(client: Any, stream: Stream) -> None:
    write(stream, "a")
    iterator = client.get_shard_iterator(**arguments(stream, "LATEST"))["ShardIterator"]
    write(stream, "b")
    [record] = client.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "b"}}


def test_at_a_number_includes_its_record(client: Any, stream: Stream) -> None:
    _, second, _ = write(stream, "a", "b", "c")
    assert keys_read(client, stream, "AT_SEQUENCE_NUMBER", SequenceNumber=second) == ["b", "c"]


def test_after_a_number_excludes_its_record(client: Any, stream: Stream) -> None:
    _, second, _ = write(stream, "a", "b", "c")
    assert keys_read(client, stream, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second) == ["c"]


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_number_between_two_records_reads_from_the_second(client: Any, stream: Stream, kind: str) -> None:
    first, _ = write(stream, "a", "b")
    assert keys_read(client, stream, kind, SequenceNumber=str(int(first) + 1)) == ["b"]


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_the_starting_number_reads_like_trim_horizon(client: Any, stream: Stream, kind: str) -> None:
    write(stream, "a", "b")
    start = stream.shards[0].starting_sequence_number
    assert keys_read(client, stream, kind, SequenceNumber=start) == ["a", "b"]


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_the_ending_number_of_a_closed_shard_reads_nothing(client: Any, stream: Stream, kind: str) -> None:
    write(stream, "a")
    stream.rotate()
    end = stream.shards[0].ending_sequence_number
    assert keys_read(client, stream, kind, SequenceNumber=end) == []


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_type_by_number_without_a_number_is_refused(
    client: Any, stream: Stream, refused: Callable[..., Any], kind: str
) -> None:
    refusal = refused(client.get_shard_iterator, **arguments(stream, kind))
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_SEQUENCE_NUMBER)


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])
def test_a_number_with_a_type_that_takes_none_is_refused(
    client: Any, stream: Stream, refused: Callable[..., Any], kind: str
) -> None:
    [number] = write(stream, "a")
    refusal = refused(client.get_shard_iterator, **arguments(stream, kind, SequenceNumber=number))
    assert refusal == ("ValidationException", 400, _service_errors.SEQUENCE_NUMBER_NOT_ALLOWED)


@pytest.mark.parametrize("kind", ["", "trim_horizon", "AT_THE_END"])
def test_an_unknown_type_is_refused(client: Any, stream: Stream, refused: Callable[..., Any], kind: str) -> None:
    refusal = refused(client.get_shard_iterator, **arguments(stream, kind))
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_ITERATOR_TYPE)


@pytest.mark.parametrize(
    "number",
    [
        "x" * 21,
        "-10000000000000000000000",
        "+10000000000000000000000",
        " 10000000000000000000000",
        "10000000000000000000000\n",
        "1_0000000000000000000000",
        "1e1000000000000000000000",
        "\u0661" + "\u0660" * 21,  # Arabic-Indic
        "\uff11" + "\uff10" * 21,  # full width
        "\u00b2" * 21,  # superscripts, which are digits to str.isdigit
    ],
)
def test_a_number_of_anything_but_ascii_digits_is_refused(
    client: Any, stream: Stream, refused: Callable[..., Any], number: str
) -> None:
    refusal = refused(client.get_shard_iterator, **arguments(stream, "AT_SEQUENCE_NUMBER", SequenceNumber=number))
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_SEQUENCE_NUMBER)


@pytest.mark.parametrize("length", [0, 1, 20, 41])
def test_a_number_shorter_than_21_or_longer_than_40_digits_is_refused(
    unchecked: Any, stream: Stream, refused: Callable[..., Any], length: int
) -> None:
    number = "1" * length
    code, status, message = refused(
        unchecked.get_shard_iterator, **arguments(stream, "AT_SEQUENCE_NUMBER", SequenceNumber=number)
    )
    assert (code, status) == ("ValidationException", 400)
    assert f"Value '{number}' at 'sequenceNumber'" in message


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
@pytest.mark.parametrize("which", ["below", "above"])
def test_a_number_outside_the_shard_is_refused(
    client: Any, stream: Stream, refused: Callable[..., Any], kind: str, which: str
) -> None:
    [last] = write(stream, "a")
    below = int(stream.shards[0].starting_sequence_number) - 1
    number = str({"below": below, "above": int(last) + 1}[which]).zfill(21)
    refusal = refused(client.get_shard_iterator, **arguments(stream, kind, SequenceNumber=number))
    assert refusal == ("ValidationException", 400, _service_errors.SEQUENCE_NUMBER_OUTSIDE_SHARD)


def test_a_number_of_the_child_is_outside_its_parent(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    stream.rotate()
    [number] = write(stream, "a")
    refusal = refused(client.get_shard_iterator, **arguments(stream, "AT_SEQUENCE_NUMBER", SequenceNumber=number))
    assert refusal == ("ValidationException", 400, _service_errors.SEQUENCE_NUMBER_OUTSIDE_SHARD)


def test_a_number_is_compared_as_an_integer(client: Any, stream: Stream) -> None:
    _, second = write(stream, "a", "b")
    padded = second.zfill(40)
    assert keys_read(client, stream, "AT_SEQUENCE_NUMBER", SequenceNumber=padded) == ["b"]


@pytest.mark.parametrize("kind", ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_trimmed_number_is_refused_by_a_typed_error(client: Any, stream: Stream, kind: str) -> None:
    first, _ = write(stream, "a", "b")
    stream.trim(records=1)
    with pytest.raises(client.exceptions.TrimmedDataAccessException):
        client.get_shard_iterator(**arguments(stream, kind, SequenceNumber=first))


def test_a_trimmed_number_is_refused_with_the_service_s_sentence(
    client: Any, stream: Stream, refused: Callable[..., Any]
) -> None:
    first, _ = write(stream, "a", "b")
    stream.trim(records=2)
    refusal = refused(client.get_shard_iterator, **arguments(stream, "AT_SEQUENCE_NUMBER", SequenceNumber=first))
    assert refusal == ("TrimmedDataAccessException", 400, _service_errors.TrimmedDataAccessException.sentence)


def test_the_first_number_that_was_not_trimmed_is_read(client: Any, stream: Stream) -> None:
    _, second = write(stream, "a", "b")
    stream.trim(records=1)
    assert keys_read(client, stream, "AT_SEQUENCE_NUMBER", SequenceNumber=second) == ["b"]


def test_a_record_is_trimmed_when_it_is_older_than_24_hours(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    [number] = write(stream, "a")
    ddbstreams_clock.tick(DAY + INSTANT)
    with pytest.raises(client.exceptions.TrimmedDataAccessException):
        client.get_shard_iterator(**arguments(stream, "AT_SEQUENCE_NUMBER", SequenceNumber=number))


def test_a_record_is_read_when_it_is_24_hours_old(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    write(stream, "a")
    ddbstreams_clock.tick(DAY)
    assert keys_read(client, stream, "TRIM_HORIZON") == ["a"]


# --- AT_TIMESTAMP


@pytest.fixture
def three(stream: Stream, ddbstreams_clock: Clock) -> Stream:
    """A stream with records of 6:00:00.5, 6:00:10.5 and 6:00:20.5, at 6:01."""
    for key, seconds in (("a", 0.5), ("b", 10.5), ("c", 20.5)):
        ddbstreams_clock.move_to(MORNING + timedelta(seconds=seconds))
        stream.insert({"pk": key})
    ddbstreams_clock.move_to(MORNING + timedelta(minutes=1))
    return stream


@pytest.mark.parametrize(
    ("seconds", "keys"),
    [
        (-1, ["a", "b", "c"]),
        (0, ["a", "b", "c"]),
        (1, ["b", "c"]),
        (9.999, ["b", "c"]),
        (10, ["b", "c"]),
        (10.25, ["c"]),
        (11, ["c"]),
        (20, ["c"]),
        (21, []),
        (60, []),
    ],
)
def test_a_timestamp_reads_from_the_first_record_that_shows_it_or_later(
    client: Any, three: Stream, seconds: float, keys: list[str]
) -> None:
    timestamp = MORNING + timedelta(seconds=seconds)
    assert keys_read(client, three, "AT_TIMESTAMP", Timestamp=timestamp) == keys


def test_the_time_that_a_record_shows_finds_that_record(client: Any, three: Stream) -> None:
    second = three.shards[0].records[1]
    timestamp = second["dynamodb"]["ApproximateCreationDateTime"]
    assert keys_read(client, three, "AT_TIMESTAMP", Timestamp=timestamp)[0] == "b"


@pytest.mark.parametrize("timestamp", [0, MORNING - timedelta(days=9)])
def test_a_timestamp_older_than_the_horizon_reads_like_trim_horizon(
    client: Any, three: Stream, timestamp: datetime
) -> None:
    three.trim(records=1)
    assert keys_read(client, three, "AT_TIMESTAMP", Timestamp=timestamp) == ["b", "c"]


def test_a_timestamp_of_a_trimmed_record_reads_like_trim_horizon(client: Any, three: Stream) -> None:
    three.trim(records=2)
    assert keys_read(client, three, "AT_TIMESTAMP", Timestamp=MORNING) == ["c"]


def test_a_timestamp_beyond_all_numbers_reads_like_trim_horizon(
    client: Any, three: Stream, post: Callable[[str, Any], tuple[int, dict[str, Any]]]
) -> None:
    shard_id = three.shards[0].id
    body = f'{{"StreamArn":"{three.arn}","ShardId":"{shard_id}","ShardIteratorType":"AT_TIMESTAMP","Timestamp":-1e999}}'
    _, answer = post("GetShardIterator", body.encode())
    assert len(client.get_records(ShardIterator=answer["ShardIterator"])["Records"]) == 3


def test_a_timestamp_after_all_records_reads_what_comes_next(client: Any, three: Stream) -> None:
    request = arguments(three, "AT_TIMESTAMP", Timestamp=MORNING + timedelta(seconds=30))
    iterator = client.get_shard_iterator(**request)["ShardIterator"]
    write(three, "d")
    [record] = client.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["Keys"] == {"pk": {"S": "d"}}


def test_the_present_is_a_timestamp(client: Any, three: Stream) -> None:
    assert keys_read(client, three, "AT_TIMESTAMP", Timestamp=MORNING + timedelta(minutes=1)) == []


def test_a_timestamp_in_the_future_is_refused(client: Any, three: Stream, refused: Callable[..., Any]) -> None:
    timestamp = MORNING + timedelta(minutes=1, seconds=1)
    refusal = refused(client.get_shard_iterator, **arguments(three, "AT_TIMESTAMP", Timestamp=timestamp))
    assert refusal == ("ValidationException", 400, _service_errors.TIMESTAMP_IN_THE_FUTURE)


def test_at_timestamp_without_a_timestamp_is_refused(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    refusal = refused(client.get_shard_iterator, **arguments(stream, "AT_TIMESTAMP"))
    assert refusal == ("ValidationException", 400, _service_errors.TIMESTAMP_MISSING)


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"])
def test_a_timestamp_with_a_type_that_takes_none_is_refused(
    client: Any, stream: Stream, refused: Callable[..., Any], kind: str
) -> None:
    [number] = write(stream, "a")
    more = {"SequenceNumber": number} if "SEQUENCE" in kind else {}
    refusal = refused(client.get_shard_iterator, **arguments(stream, kind, Timestamp=MORNING, **more))
    assert refusal == ("ValidationException", 400, _service_errors.TIMESTAMP_NOT_ALLOWED)


# --- streams and shards that are not there


def test_an_unknown_shard_is_not_found(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    refusal = refused(client.get_shard_iterator, **arguments(stream, "LATEST", shard_id=UNKNOWN_ID))
    assert refusal == ("ResourceNotFoundException", 400, _service_errors.SHARD_NOT_FOUND)


def test_a_shard_of_another_stream_is_not_found(client: Any, stream: Stream, ddbstreams_mock: StreamsMock) -> None:
    other = ddbstreams_mock.create_stream("customers")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_shard_iterator(**arguments(stream, "LATEST", shard_id=other.shards[0].id))


def test_a_closed_shard_is_found_for_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    write(stream, "a")
    stream.rotate()
    ddbstreams_clock.tick(DAY)
    assert keys_read(client, stream, "TRIM_HORIZON") == ["a"]


def test_a_shard_that_has_aged_out_is_not_found_although_it_is_listed(
    client: Any, stream: Stream, ddbstreams_clock: Clock, refused: Callable[..., Any]
) -> None:
    [root] = stream.shards
    stream.rotate()
    ddbstreams_clock.tick(DAY + INSTANT)
    listed = client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["Shards"]
    refusal = refused(client.get_shard_iterator, **arguments(stream, "TRIM_HORIZON", shard_id=root.id))
    assert (listed[0]["ShardId"], refusal.message) == (root.id, _service_errors.SHARD_NOT_FOUND)


def test_an_open_shard_is_found_however_old_it_is(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    write(stream, "a")
    ddbstreams_clock.tick(DAY * 30)
    assert keys_read(client, stream, "TRIM_HORIZON") == []


def test_an_unknown_stream_is_not_found(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    arn = stream.arn.replace("orders", "customers")
    refusal = refused(client.get_shard_iterator, **{**arguments(stream, "LATEST"), "StreamArn": arn})
    assert refusal == ("ResourceNotFoundException", 400, _service_errors.STREAM_NOT_FOUND.format(arn=arn))


def test_a_malformed_arn_is_refused(client: Any, stream: Stream, refused: Callable[..., Any]) -> None:
    refusal = refused(client.get_shard_iterator, **{**arguments(stream, "LATEST"), "StreamArn": "x" * 37})
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_STREAM_ARN)


def test_a_shard_is_not_found_from_another_region(stream: Stream, client_in: Callable[[str], Any]) -> None:
    elsewhere = client_in("eu-west-1")
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.get_shard_iterator(**arguments(stream, "LATEST"))


def test_the_shards_of_a_disabled_stream_are_read_for_24_hours(
    client: Any, stream: Stream, ddbstreams_clock: Clock
) -> None:
    write(stream, "a")
    stream.disable()
    ddbstreams_clock.tick(DAY)
    assert keys_read(client, stream, "TRIM_HORIZON") == ["a"]


def test_the_shards_of_a_disabled_stream_are_not_found_after_24_hours(
    client: Any, stream: Stream, ddbstreams_clock: Clock, refused: Callable[..., Any]
) -> None:
    request = arguments(stream, "TRIM_HORIZON")
    stream.disable()
    ddbstreams_clock.tick(DAY + INSTANT)
    assert refused(client.get_shard_iterator, **request).code == "ResourceNotFoundException"
