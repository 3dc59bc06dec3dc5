"""bloop, unchanged, reads streams of the mock across splits, idle minutes and trims.

bloop requires exactly one old boto3. tox's environment ``consumers`` installs it with --no-deps, and runs this file.
"""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from consumers.evidence import assert_every_record_once, assert_parents_before_children

bloop = pytest.importorskip("bloop", reason="bloop requires an old boto3; `tox run -e consumers` runs this without it")

from bloop.exceptions import BloopException, RecordsExpired, ShardIteratorExpired  # noqa: E402 - needs bloop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]


@pytest.fixture(scope="module")
def tables() -> Any:
    """Return a client of DynamoDB, which bloop requires and does not call for a stream."""
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def follow(tables: Any, ddbstreams_stream: Stream, ddbstreams_client: Any) -> Callable[..., Any]:
    """Return a function that makes bloop's stream of a model of the table, from a position on."""
    engine = bloop.Engine(dynamodb=tables, dynamodbstreams=ddbstreams_client)

    class Order(bloop.BaseModel):  # type: ignore[misc,name-defined] # bloop has no types
        class Meta:
            table_name = "orders"
            # bloop would read this from DescribeTable if it set up the table.
            stream = {"include": {"new", "old"}, "arn": ddbstreams_stream.arn}  # noqa: RUF012 - bloop's way

        pk = bloop.Column(bloop.String, hash_key=True)
        total = bloop.Column(bloop.Number)
        tags = bloop.Column(bloop.Set(bloop.String))
        photo = bloop.Column(bloop.Binary)

    engine.bind(Order, skip_table_setup=True)

    def made(position: Any = "trim_horizon") -> Any:
        return engine.stream(Order, position)

    return made


def records(stream: Any) -> Iterator[dict[str, Any]]:
    """Yield records until three rounds bring none, because bloop changes from one shard to the next between rounds."""
    quiet = 0
    while quiet < 3:
        record = next(stream)
        quiet = 0 if record else quiet + 1
        if record:
            yield record


def keys(stream: Any, count: int | None = None) -> list[str]:
    return [(record["new"] or record["old"]).pk for record in islice(records(stream), count)]


def put(stream: Stream, *names: str) -> None:
    for name in names:
        stream.put({"pk": name})


# The form of a record


def test_images_become_instances_of_the_model(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    item = {"pk": "o#1", "total": 3, "tags": {"a", "b"}}
    ddbstreams_stream.modify(item, old={"pk": "o#1", "total": 1})

    record = next(follow())

    assert (record["old"].total, record["old"].tags) == (1, set())
    assert {name: getattr(record["new"], name) for name in item} == item


@pytest.mark.parametrize(("written", "read"), [(b"AP8=", b"\x00\xff"), (b"\x00\xff", b"")])
def test_bloop_decodes_binary_values_as_base64_again(
    ddbstreams_stream: Stream, follow: Callable[..., Any], written: bytes, read: bytes
) -> None:
    """bloop encodes and decodes base64 beside botocore, so it reads only values that it has written itself."""
    ddbstreams_stream.put({"pk": "o#1", "photo": written})
    assert next(follow())["new"].photo == read


def test_the_meta_of_a_record_comes_from_get_records(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    [written] = ddbstreams_stream.records

    assert next(follow())["meta"] == {
        "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "event": {"id": written["eventID"], "type": "insert", "version": "1.1"},
        "sequence_number": written["dynamodb"]["SequenceNumber"],
    }


def test_bloop_polls_a_shard_five_times_before_it_returns_no_record(
    ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    assert next(follow()) is None
    assert len(ddbstreams_mock.calls.of("GetRecords")) == 5


def test_bloop_returns_a_record_in_the_round_after_five_empty_pages(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a")
    ddbstreams_mock.empty_pages(times=5)
    stream = follow()

    assert next(stream) is None
    assert keys(stream) == ["a"]


# Across splits and rotations


def test_bloop_reads_records_in_order_across_a_split(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    stream = follow()
    put(ddbstreams_stream, "a", "b")
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d", "e", "f")

    assert keys(stream) == ["a", "b", "c", "d", "e", "f"]


def test_bloop_reads_the_children_of_a_shard_that_splits_between_two_polls(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    stream = follow()
    put(ddbstreams_stream, "a")
    assert keys(stream) == ["a"]

    put(ddbstreams_stream, "b")
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d")

    assert keys(stream) == ["b", "c", "d"]


def test_bloop_reads_parents_to_the_end_before_their_children(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    for number in range(12):
        put(ddbstreams_stream, f"o#{number % 3}", "other")
        ddbstreams_stream.split(ddbstreams_stream.open_shards[0], into=number % 2 + 1)

    read = [record["meta"]["sequence_number"] for record in records(follow())]

    assert_parents_before_children(ddbstreams_stream, read)
    assert_every_record_once(ddbstreams_stream, read)


def test_bloop_reads_both_pages_of_a_listing(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    for number in range(120):
        put(ddbstreams_stream, str(number))
        ddbstreams_stream.rotate()

    stream = follow()

    assert len(ddbstreams_mock.calls.of("DescribeStream")) == 2
    assert keys(stream) == list(map(str, range(120)))


def test_bloop_never_reads_children_that_are_listed_late(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    """At the end of a shard bloop lists its children once. If the listing is late, its stream ends there."""
    stream = follow()
    put(ddbstreams_stream, "a")
    ddbstreams_mock.delay_discovery(describes=1)
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "b")

    assert keys(stream) == ["a"]
    with pytest.raises(AssertionError, match="no listing showed the shard"):
        ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)


# Idle minutes


def test_bloop_continues_after_the_last_record_when_its_iterator_expires(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    stream = follow()
    put(ddbstreams_stream, "a")
    assert keys(stream) == ["a"]

    ddbstreams_clock.tick(minutes=16)
    put(ddbstreams_stream, "b")

    assert keys(stream) == ["b"]
    assert [getattr(call.error, "code", None) for call in ddbstreams_mock.calls.errors] == ["ExpiredIteratorException"]
    assert ddbstreams_mock.calls.of("GetShardIterator")[-1].request["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER"


@pytest.mark.parametrize("position", ["trim_horizon", "latest"])
def test_a_stream_of_bloop_ends_when_its_iterator_expires_before_its_first_record(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any], position: str
) -> None:
    """bloop does not guess a position: it raises at every poll until it is moved."""
    stream = follow(position)
    ddbstreams_clock.tick(minutes=16)
    put(ddbstreams_stream, "a")

    for _ in range(2):
        with pytest.raises(ShardIteratorExpired):
            next(stream)
    stream.move_to("trim_horizon")

    assert keys(stream) == ["a"]


def test_a_stream_of_bloop_ends_when_iterators_of_shards_without_records_expire_after_a_split(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    """A stream that has read for days ends there: bloop has no sequence number of a new shard to continue from."""
    stream = follow()
    put(ddbstreams_stream, "a")
    assert keys(stream) == ["a"]
    ddbstreams_stream.split()
    assert keys(stream) == []

    ddbstreams_clock.tick(minutes=16)

    with pytest.raises(ShardIteratorExpired):
        next(stream)


@pytest.mark.parametrize("position", ["trim_horizon", "latest"])
def test_a_heartbeat_every_14_minutes_keeps_the_iterators_of_bloop_valid(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any], position: str
) -> None:
    stream = follow(position)
    for _ in range(5):
        ddbstreams_clock.tick(minutes=14)
        stream.heartbeat()
    put(ddbstreams_stream, "a")

    assert keys(stream) == ["a"]


def test_bloop_keeps_the_records_that_a_heartbeat_reads(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    stream = follow()
    put(ddbstreams_stream, "a", "b")
    stream.heartbeat()
    ddbstreams_clock.tick(minutes=16)

    assert keys(stream) == ["a", "b"]


# Tokens and other positions


def test_a_stream_from_a_token_continues_after_the_last_record(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a", "b", "c")
    stream = follow()
    assert keys(stream, 2) == ["a", "b"]

    assert keys(follow(stream.token)) == ["c"]


def test_a_stream_from_a_token_of_before_a_split_reads_the_children(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a", "b")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    token = stream.token
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d", "e")

    assert keys(follow(token)) == ["b", "c", "d", "e"]


def test_a_stream_that_moves_to_a_token_reads_the_records_after_it_again(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a", "b", "c")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    token = stream.token
    assert keys(stream) == ["b", "c"]

    stream.move_to(token)

    assert keys(stream) == ["b", "c"]


def test_a_stream_from_a_token_in_a_closed_shard_reads_its_child_twice(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    """The token names both shards as active, and the end of the parent makes the child active again."""
    put(ddbstreams_stream, "a", "b")
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "c")
    stream = follow()
    assert keys(stream, 1) == ["a"]

    assert keys(follow(stream.token)) == ["b", "c", "c"]


def test_a_stream_of_bloop_starts_at_a_time(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    for number in range(6):
        put(ddbstreams_stream, str(number))
        ddbstreams_clock.tick(minutes=1)
        if number % 2:
            ddbstreams_stream.rotate()

    assert keys(follow(datetime(2026, 1, 1, 0, 3, tzinfo=timezone.utc))) == ["3", "4", "5"]


# Trimmed records


def test_a_stream_from_a_token_whose_record_was_trimmed_continues_at_the_trim_horizon(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    """The records that were trimmed in between are lost, and bloop reports this only in its log."""
    put(ddbstreams_stream, "a", "b", "c", "d")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    ddbstreams_stream.trim(records=3)

    assert keys(follow(stream.token)) == ["d"]


@pytest.mark.parametrize("idle", [0, 16])
def test_a_stream_of_bloop_whose_position_was_trimmed_raises_until_it_is_moved(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any], idle: int
) -> None:
    put(ddbstreams_stream, "a")
    stream = follow()
    assert keys(stream) == ["a"]
    put(ddbstreams_stream, "b", "c")
    ddbstreams_stream.trim(records=2)
    ddbstreams_clock.tick(minutes=idle + 1)

    for _ in range(2):
        with pytest.raises(RecordsExpired):
            next(stream)
    stream.move_to("trim_horizon")

    assert keys(stream) == ["c"]


def test_bloop_cannot_start_if_a_shard_is_listed_and_trimmed(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    """DescribeStream lists shards that are older than 24 hours, and bloop expects that it can read them."""
    put(ddbstreams_stream, "a")
    stream = follow()
    assert keys(stream) == ["a"]
    ddbstreams_stream.rotate()
    ddbstreams_clock.tick(hours=23)
    put(ddbstreams_stream, "b")
    ddbstreams_clock.tick(hours=2)
    assert len(ddbstreams_stream.shards) == 2

    for position in ("trim_horizon", stream.token):
        with pytest.raises(BloopException, match="Unexpected error while creating shard iterator"):
            follow(position)


# Errors of the service


def test_an_error_that_bloop_does_not_know_becomes_its_general_exception(
    ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    """Its cause is the service's error. bloop knows the errors of trimmed records and of expired iterators only."""
    stream = follow()
    ddbstreams_mock.fail("GetRecords", "ThrottlingException", times=None)

    with pytest.raises(BloopException, match="Unexpected error while getting records") as caught:
        next(stream)

    assert caught.value.__cause__.response["Error"]["Code"] == "ThrottlingException"
