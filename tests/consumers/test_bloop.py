"""bloop's streams, as they are installed, on ours: across splits, idle minutes and trims.

bloop asks for one old boto3 exactly. tox's environment ``consumers`` installs it with --no-deps, and runs this.
"""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from consumers.evidence import assert_every_record_once, assert_parents_before_children

bloop = pytest.importorskip("bloop", reason="bloop asks for an old boto3; `tox run -e consumers` runs this without it")

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
    """bloop wants a client of the tables too; a stream asks it for nothing."""
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def follow(tables: Any, ddbstreams_stream: Stream, ddbstreams_client: Any) -> Callable[..., Any]:
    """Makes bloop's stream of a model of the table, from a position on."""
    engine = bloop.Engine(dynamodb=tables, dynamodbstreams=ddbstreams_client)

    class Order(bloop.BaseModel):  # type: ignore[misc,name-defined] # bloop has no types
        class Meta:
            table_name = "orders"
            # What bloop would read from DescribeTable, did it set the table up.
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
    """The records until there is none; a shard that closed is left in one round, its children are read in the next."""
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


# What a record becomes


def test_images_become_instances_of_the_model(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    item = {"pk": "o#1", "total": 3, "tags": {"a", "b"}}
    ddbstreams_stream.modify(item, old={"pk": "o#1", "total": 1})

    record = next(follow())

    assert (record["old"].total, record["old"].tags) == (1, set())
    assert {name: getattr(record["new"], name) for name in item} == item


@pytest.mark.parametrize(("written", "read"), [(b"AP8=", b"\x00\xff"), (b"\x00\xff", b"")])
def test_binary_values_are_read_as_base64_text_once_more(
    ddbstreams_stream: Stream, follow: Callable[..., Any], written: bytes, read: bytes
) -> None:
    """bloop encodes and decodes beside botocore: what it wrote it can read, what others wrote it loses."""
    ddbstreams_stream.put({"pk": "o#1", "photo": written})
    assert next(follow())["new"].photo == read


def test_the_meta_of_a_record_is_what_get_records_says(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    [written] = ddbstreams_stream.records

    assert next(follow())["meta"] == {
        "created_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
        "event": {"id": written["eventID"], "type": "insert", "version": "1.1"},
        "sequence_number": written["dynamodb"]["SequenceNumber"],
    }


def test_a_quiet_shard_is_asked_five_times_before_bloop_says_that_there_is_nothing(
    ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    assert next(follow()) is None
    assert len(ddbstreams_mock.calls.of("GetRecords")) == 5


def test_five_empty_pages_hide_a_record_for_one_round(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a")
    ddbstreams_mock.empty_pages(times=5)
    stream = follow()

    assert next(stream) is None
    assert keys(stream) == ["a"]


# Across splits and rotations


def test_records_come_in_order_across_a_split(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    stream = follow()
    put(ddbstreams_stream, "a", "b")
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d", "e", "f")

    assert keys(stream) == ["a", "b", "c", "d", "e", "f"]


def test_a_shard_that_splits_between_two_polls_is_followed(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    stream = follow()
    put(ddbstreams_stream, "a")
    assert keys(stream) == ["a"]

    put(ddbstreams_stream, "b")
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d")

    assert keys(stream) == ["b", "c", "d"]


def test_parents_are_read_to_the_end_before_their_children(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    for number in range(12):
        put(ddbstreams_stream, f"o#{number % 3}", "other")
        ddbstreams_stream.split(ddbstreams_stream.open_shards[0], into=number % 2 + 1)

    read = [record["meta"]["sequence_number"] for record in records(follow())]

    assert_parents_before_children(ddbstreams_stream, read)
    assert_every_record_once(ddbstreams_stream, read)


def test_a_listing_of_two_pages_is_followed_to_its_end(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    for number in range(120):
        put(ddbstreams_stream, str(number))
        ddbstreams_stream.rotate()

    stream = follow()

    assert len(ddbstreams_mock.calls.of("DescribeStream")) == 2
    assert keys(stream) == list(map(str, range(120)))


def test_children_that_are_listed_late_are_never_read(
    ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    """At the end of a shard bloop asks for its children once. If the listing is behind, the stream ends there."""
    stream = follow()
    put(ddbstreams_stream, "a")
    ddbstreams_mock.delay_discovery(describes=1)
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "b")

    assert keys(stream) == ["a"]
    with pytest.raises(AssertionError, match="no listing showed the shard"):
        ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)


# Idle minutes


def test_after_16_idle_minutes_bloop_goes_on_behind_the_last_record(
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
def test_where_it_has_seen_no_record_16_idle_minutes_end_bloop_s_stream(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any], position: str
) -> None:
    """bloop will not guess a position: it raises, and raises again at every poll until it is moved."""
    stream = follow(position)
    ddbstreams_clock.tick(minutes=16)
    put(ddbstreams_stream, "a")

    for _ in range(2):
        with pytest.raises(ShardIteratorExpired):
            next(stream)
    stream.move_to("trim_horizon")

    assert keys(stream) == ["a"]


def test_the_children_of_a_split_that_stay_quiet_for_16_minutes_end_it_too(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    """A stream that has read for days stops there: a new shard has no sequence number to go on from."""
    stream = follow()
    put(ddbstreams_stream, "a")
    assert keys(stream) == ["a"]
    ddbstreams_stream.split()
    assert keys(stream) == []

    ddbstreams_clock.tick(minutes=16)

    with pytest.raises(ShardIteratorExpired):
        next(stream)


@pytest.mark.parametrize("position", ["trim_horizon", "latest"])
def test_a_heartbeat_every_14_minutes_keeps_a_quiet_stream_alive(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any], position: str
) -> None:
    stream = follow(position)
    for _ in range(5):
        ddbstreams_clock.tick(minutes=14)
        stream.heartbeat()
    put(ddbstreams_stream, "a")

    assert keys(stream) == ["a"]


def test_what_a_heartbeat_finds_is_kept(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    stream = follow()
    put(ddbstreams_stream, "a", "b")
    stream.heartbeat()
    ddbstreams_clock.tick(minutes=16)

    assert keys(stream) == ["a", "b"]


# Tokens and other positions


def test_a_token_goes_on_behind_the_last_record(ddbstreams_stream: Stream, follow: Callable[..., Any]) -> None:
    put(ddbstreams_stream, "a", "b", "c")
    stream = follow()
    assert keys(stream, 2) == ["a", "b"]

    assert keys(follow(stream.token)) == ["c"]


def test_a_token_from_before_a_split_leads_to_the_children(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a", "b")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    token = stream.token
    ddbstreams_stream.split()
    put(ddbstreams_stream, "c", "d", "e")

    assert keys(follow(token)) == ["b", "c", "d", "e"]


def test_a_stream_that_moves_to_a_token_reads_on_from_there(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    put(ddbstreams_stream, "a", "b", "c")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    token = stream.token
    assert keys(stream) == ["b", "c"]

    stream.move_to(token)

    assert keys(stream) == ["b", "c"]


def test_a_token_of_a_closed_shard_that_is_not_read_to_the_end_has_its_children_read_twice(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    """Such a token names the shard and its child as active; read to its end, the shard makes the child so again."""
    put(ddbstreams_stream, "a", "b")
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "c")
    stream = follow()
    assert keys(stream, 1) == ["a"]

    assert keys(follow(stream.token)) == ["b", "c", "c"]


def test_a_stream_can_start_at_a_time(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    for number in range(6):
        put(ddbstreams_stream, str(number))
        ddbstreams_clock.tick(minutes=1)
        if number % 2:
            ddbstreams_stream.rotate()

    assert keys(follow(datetime(2026, 1, 1, 0, 3, tzinfo=timezone.utc))) == ["3", "4", "5"]


# Trimmed records


def test_a_token_whose_record_was_trimmed_goes_on_at_the_trim_horizon(
    ddbstreams_stream: Stream, follow: Callable[..., Any]
) -> None:
    """What was trimmed in between is lost, and bloop says so in its log only."""
    put(ddbstreams_stream, "a", "b", "c", "d")
    stream = follow()
    assert keys(stream, 1) == ["a"]
    ddbstreams_stream.trim(records=3)

    assert keys(follow(stream.token)) == ["d"]


@pytest.mark.parametrize("idle", [0, 16])
def test_a_running_stream_whose_position_was_trimmed_raises_until_it_is_moved(
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


def test_no_position_leads_past_a_shard_that_is_still_listed_but_gone(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, follow: Callable[..., Any]
) -> None:
    """DescribeStream lists shards past their 24 hours; bloop takes them for roots that can be read."""
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


# Refusals


def test_a_refusal_that_bloop_does_not_know_becomes_its_general_exception(
    ddbstreams_mock: StreamsMock, follow: Callable[..., Any]
) -> None:
    """The service's refusal is its cause; bloop tells trimmed and expired apart, a throttled reader is unexpected."""
    stream = follow()
    ddbstreams_mock.fail("GetRecords", "ThrottlingException", times=None)

    with pytest.raises(BloopException, match="Unexpected error while getting records") as caught:
        next(stream)

    assert caught.value.__cause__.response["Error"]["Code"] == "ThrottlingException"
