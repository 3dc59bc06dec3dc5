"""GetShardIterator and GetRecords: positions, pages, boundaries, and the exact texts of refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from operations.world import DAY, INSTANT, NO_ARN, NO_SHARD, World, names, place

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._model.changes import NewRecord
from pytest_ddbstreams._operations import View

if TYPE_CHECKING:
    from pytest_ddbstreams._model.shard import ShardState
    from pytest_ddbstreams._model.stream import StreamState

LIFETIME = timedelta(minutes=15)
MEGABYTE = 1024 * 1024
BY_NUMBER = ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]
INVALID = "ValidationException"


@pytest.fixture
def stream(world: World) -> StreamState:
    return world.create()


# A shard in any state


@dataclass
class Written:
    """A shard beside the records that were written to it.

    Attributes:
        world: its world.
        stream: its stream.
        records: the name, the sequence number and the time of each record.
        trimmed: how many records were trimmed.
    """

    world: World
    stream: StreamState
    records: list[tuple[str, int, datetime]]
    trimmed: int

    @property
    def shard(self) -> ShardState:
        return self.stream.lineage.shards[0]

    @property
    def left(self) -> list[tuple[str, int, datetime]]:
        return self.records[self.trimmed :]

    @property
    def numbers(self) -> list[int]:
        """Sequence numbers in, between, before and behind those of the shard."""
        known = [self.shard.starting_number, self.shard.last_number, *(number for _, number, _ in self.records)]
        return [number + off for number in known for off in (-1, 0, 1)]

    def write(self, name: str) -> None:
        [number] = self.world.put(self.stream, name)
        self.records.append((name, number, self.world.now))

    def read_from(self, kind: str, **members: Any) -> list[str]:
        return names(*self.world.read_all(self.world.iterator(self.stream, kind, **members), Limit=2))


@st.composite
def shards(draw: st.DrawFn) -> Written:
    world = World()
    written = Written(world, world.create(), [], 0)
    for name in "abcdef"[: draw(st.integers(0, 6))]:
        world.now += timedelta(milliseconds=draw(st.sampled_from([0, 300, 1700])))
        written.write(name)
    written.trimmed = draw(st.integers(0, len(written.records)))
    written.stream.trim_oldest(written.trimmed)
    if draw(st.booleans()):
        world.rotate(written.stream)
    return written


# Positions of the types of iterators


@given(shards())
def test_trim_horizon_reads_all_records_that_are_not_trimmed(written: Written) -> None:
    assert written.read_from("TRIM_HORIZON") == [name for name, _, _ in written.left]


@given(shards())
def test_latest_reads_the_records_that_are_written_later(written: Written) -> None:
    token = written.world.iterator(written.stream, "LATEST")
    later = ["x", "y"] if written.shard.is_open else []
    for name in later:
        written.write(name)
    assert names(*written.world.read_all(token)) == later


@given(shards(), st.sampled_from(BY_NUMBER), st.data())
def test_a_sequence_number_is_read_trimmed_or_outside_the_shard(
    written: Written, kind: str, data: st.DataObject
) -> None:
    number = data.draw(st.sampled_from(written.numbers))
    members = {**place(written.stream, kind), "SequenceNumber": str(number).zfill(data.draw(st.integers(21, 40)))}
    if not written.shard.starting_number <= number <= written.shard.last_number:
        refusal = written.world.refusal("GetShardIterator", **members)
        assert refusal == (INVALID, _service_errors.SEQUENCE_NUMBER_OUTSIDE_SHARD)
    elif written.trimmed and number <= written.records[written.trimmed - 1][1]:
        refusal = written.world.refusal("GetShardIterator", **members)
        assert refusal == ("TrimmedDataAccessException", _service_errors.TrimmedDataAccessException.sentence)
    else:
        first = number + (kind == "AFTER_SEQUENCE_NUMBER")
        read = written.read_from(kind, SequenceNumber=members["SequenceNumber"])
        assert read == [name for name, known, _ in written.left if known >= first]


@given(shards(), st.floats(-3, 15))
def test_a_timestamp_reads_the_records_that_show_it_or_a_later_time(written: Written, seconds: float) -> None:
    start = written.records[0][2] if written.records else written.world.now
    timestamp = start.timestamp() + seconds
    if timestamp > written.world.now.timestamp():
        members = {**place(written.stream, "AT_TIMESTAMP"), "Timestamp": timestamp}
        refusal = written.world.refusal("GetShardIterator", **members)
        assert refusal == (INVALID, _service_errors.TIMESTAMP_IN_THE_FUTURE)
    else:
        read = written.read_from("AT_TIMESTAMP", Timestamp=timestamp)
        assert read == [name for name, _, at in written.left if int(at.timestamp()) >= timestamp]


@pytest.mark.parametrize("timestamp", [0, -1, 1.5, -1e300, float("-inf")])
def test_a_timestamp_before_every_record_reads_like_trim_horizon(
    world: World, stream: StreamState, timestamp: float
) -> None:
    world.put(stream, "a", "b")
    stream.trim_oldest(1)
    assert world.read(world.iterator(stream, "AT_TIMESTAMP", Timestamp=timestamp)) == ["b"]


@pytest.mark.parametrize(("shift", "read"), [(0, ["d"]), (1, []), (-1, ["c", "d"]), (-2, ["b", "c", "d"])])
def test_latest_begins_where_the_view_shifts_it(world: World, stream: StreamState, shift: int, read: list[str]) -> None:
    world.put(stream, "a", "b", "c")
    token = world.iterator(stream, "LATEST", view=View(latest_shift=shift))
    world.put(stream, "d")
    assert world.read(token) == read


@pytest.mark.parametrize(
    ("kind", "shift", "is_shifted"),
    [("LATEST", 0, False), ("LATEST", 1, True), ("LATEST", -1, True), ("TRIM_HORIZON", 1, False)],
)
def test_an_answer_is_shifted_if_its_iterator_begins_at_a_shifted_latest(
    world: World, stream: StreamState, kind: str, shift: int, *, is_shifted: bool
) -> None:
    answer = world.answer("GetShardIterator", View(latest_shift=shift), **place(stream, kind))
    assert (answer.is_shifted, answer.is_withheld) == (is_shifted, False)


# Refusals of GetShardIterator


@pytest.mark.parametrize("kind", BY_NUMBER)
@pytest.mark.parametrize(
    "members",
    [
        {},
        *(
            {"SequenceNumber": number}
            for number in [
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
            ]
        ),
    ],
)
def test_a_sequence_number_that_is_missing_or_not_of_ascii_digits_is_refused(
    world: World, stream: StreamState, kind: str, members: dict[str, str]
) -> None:
    refusal = world.refusal("GetShardIterator", **place(stream, kind), **members)
    assert refusal == (INVALID, _service_errors.INVALID_SEQUENCE_NUMBER)


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])
def test_a_sequence_number_for_a_type_that_takes_none_is_refused(world: World, stream: StreamState, kind: str) -> None:
    refusal = world.refusal("GetShardIterator", **place(stream, kind), SequenceNumber="1" * 21)
    assert refusal == (INVALID, _service_errors.SEQUENCE_NUMBER_NOT_ALLOWED)


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST", *BY_NUMBER])
def test_a_timestamp_for_a_type_that_takes_none_is_refused(world: World, stream: StreamState, kind: str) -> None:
    number = {"SequenceNumber": "1" * 21} if kind in BY_NUMBER else {}
    refusal = world.refusal("GetShardIterator", **place(stream, kind), **number, Timestamp=0)
    assert refusal == (INVALID, _service_errors.TIMESTAMP_NOT_ALLOWED)


def test_at_timestamp_without_a_timestamp_is_refused(world: World, stream: StreamState) -> None:
    refusal = world.refusal("GetShardIterator", **place(stream, "AT_TIMESTAMP"))
    assert refusal == (INVALID, _service_errors.TIMESTAMP_MISSING)


@pytest.mark.parametrize("kind", ["", "trim_horizon", "AT_THE_END"])
def test_an_unknown_iterator_type_is_refused(world: World, stream: StreamState, kind: str) -> None:
    refusal = world.refusal("GetShardIterator", **place(stream, kind))
    assert refusal == (INVALID, _service_errors.INVALID_ITERATOR_TYPE)


def test_arguments_are_checked_before_the_stream_and_the_shard(world: World, stream: StreamState) -> None:
    members = {**place(stream, "AT_SEQUENCE_NUMBER"), "StreamArn": NO_ARN, "ShardId": NO_SHARD}
    assert world.refusal("GetShardIterator", **members) == (INVALID, _service_errors.INVALID_SEQUENCE_NUMBER)


@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        ({"ShardId": NO_SHARD}, ("ResourceNotFoundException", _service_errors.SHARD_NOT_FOUND)),
        ({"StreamArn": NO_ARN}, ("ResourceNotFoundException", _service_errors.STREAM_NOT_FOUND.format(arn=NO_ARN))),
        ({"StreamArn": "x" * 37}, (INVALID, _service_errors.INVALID_STREAM_ARN)),
    ],
)
def test_an_iterator_for_an_unknown_place_is_refused(
    world: World, stream: StreamState, members: dict[str, str], refusal: tuple[str, str]
) -> None:
    assert world.refusal("GetShardIterator", **{**place(stream, "LATEST"), **members}) == refusal


def test_a_shard_of_another_stream_is_not_found(world: World, stream: StreamState) -> None:
    other = world.create("customers").lineage.shards[0].id
    members = {**place(stream, "LATEST"), "ShardId": other}
    assert world.refusal("GetShardIterator", **members)[1] == _service_errors.SHARD_NOT_FOUND


def test_an_iterator_is_issued_in_the_stream_s_own_region_only(world: World) -> None:
    members = place(world.create(region="eu-west-1"), "LATEST")
    assert world.refusal("GetShardIterator", **members)[0] == "ResourceNotFoundException"
    assert world.ask("GetShardIterator", region="eu-west-1", **members)


def test_a_closed_shard_is_found_for_24_hours_although_it_is_listed_longer(world: World, stream: StreamState) -> None:
    world.put(stream, "a")
    world.rotate(stream)
    world.now += DAY
    assert world.read(world.iterator(stream, "TRIM_HORIZON")) == ["a"]
    world.now += INSTANT
    refusal = world.refusal("GetShardIterator", **place(stream, "TRIM_HORIZON"))
    assert refusal == ("ResourceNotFoundException", _service_errors.SHARD_NOT_FOUND)


def test_a_disabled_stream_is_read_for_24_hours(world: World, stream: StreamState) -> None:
    world.put(stream, "a")
    stream.disable(world.now)
    world.now += DAY
    assert world.read(world.iterator(stream, "TRIM_HORIZON")) == ["a"]
    world.now += INSTANT
    assert world.refusal("GetShardIterator", **place(stream, "TRIM_HORIZON"))[0] == "ResourceNotFoundException"


def test_an_open_shard_is_found_however_old_it_is(world: World, stream: StreamState) -> None:
    world.put(stream, "a")
    world.now += DAY * 30
    assert world.read(world.iterator(stream, "TRIM_HORIZON")) == []


def test_an_iterator_token_is_the_arn_a_digit_and_an_opaque_part(world: World) -> None:
    stream = world.create("t" * 255)
    token = world.iterator(stream, "LATEST")
    assert re.fullmatch(re.escape(stream.name.arn) + r"\|[0-9]\|[^|]+", token)
    assert len(token) <= 2048


# Pages of records


@given(shards(), st.integers(1, 7))
def test_pages_of_any_size_have_every_record_once_in_order(written: Written, limit: int) -> None:
    pages = written.world.read_all(written.world.iterator(written.stream, "TRIM_HORIZON"), Limit=limit)
    assert names(*pages) == [name for name, _, _ in written.left]
    assert all(len(page["Records"]) == limit for page in pages[:-2])


@given(shards(), st.integers(1, 7))
def test_a_shard_ends_with_the_page_of_its_last_record_once_it_is_closed(written: Written, limit: int) -> None:
    *pages, last = written.world.read_all(written.world.iterator(written.stream, "TRIM_HORIZON"), Limit=limit)
    assert all("NextShardIterator" in page for page in pages)
    assert ("NextShardIterator" in last) == written.shard.is_open
    assert not (pages and not written.shard.is_open and not last["Records"])


@given(shards(), st.integers(1, 7))
def test_a_page_that_is_withheld_is_read_again_in_full(written: Written, limit: int) -> None:
    token = written.world.iterator(written.stream, "TRIM_HORIZON")
    page = written.world.ask("GetRecords", view=View(withholds=True), ShardIterator=token, Limit=limit)
    assert list(page["Records"]) == []
    assert names(*written.world.read_all(page.get("NextShardIterator"), Limit=limit)) == [
        name for name, _, _ in written.left
    ]


@pytest.mark.parametrize(("written", "withholds"), [(0, True), (1, True), (1, False)])
def test_an_answer_is_withheld_if_the_view_removed_records_from_its_page(
    world: World, stream: StreamState, written: int, *, withholds: bool
) -> None:
    world.put(stream, *"a" * written)
    token = world.iterator(stream, "TRIM_HORIZON")
    answer = world.answer("GetRecords", View(withholds=withholds), ShardIterator=token)
    assert (answer.is_withheld, answer.is_shifted) == (withholds and written > 0, False)


def test_a_reader_at_the_end_of_a_shard_that_closes_gets_an_empty_last_page(world: World, stream: StreamState) -> None:
    world.put(stream, "a")
    [page, empty] = world.read_all(world.iterator(stream, "TRIM_HORIZON"))
    world.rotate(stream)
    last = world.ask("GetRecords", ShardIterator=empty["NextShardIterator"])
    assert (names(page), list(last["Records"]), "NextShardIterator" in last) == (["a"], [], False)


def test_an_iterator_reads_the_same_page_each_time(world: World, stream: StreamState) -> None:
    world.put(stream, "a", "b", "c")
    token = world.iterator(stream, "TRIM_HORIZON")
    assert [world.read(token, Limit=2) for _ in range(3)] == [["a", "b"]] * 3


@pytest.mark.parametrize("limit", [{}, {"Limit": 1000}])
def test_a_page_has_at_most_1000_records(world: World, stream: StreamState, limit: dict[str, int]) -> None:
    world.put(stream, *map(str, range(1001)))
    assert len(world.read(world.iterator(stream, "TRIM_HORIZON"), **limit)) == 1000


def test_a_limit_above_1000_records_is_refused(world: World, stream: StreamState) -> None:
    token = world.iterator(stream, "TRIM_HORIZON")
    refusal = world.refusal("GetRecords", ShardIterator=token, Limit=1001)
    assert refusal == (INVALID, _service_errors.GET_RECORDS_LIMIT)


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
def test_a_page_ends_before_the_record_that_would_exceed_a_megabyte_but_has_at_least_one(
    world: World, stream: StreamState, sizes: tuple[int, ...], count: int
) -> None:
    for name, size in zip("abc", sizes, strict=False):
        stream.inject(record_of_size(stream, name, size), world.now)
    pages = world.read_all(world.iterator(stream, "TRIM_HORIZON"))
    assert names(pages[0]) == list("abc"[:count])
    assert names(*pages) == list("abc"[: len(sizes)])


def record_of_size(stream: StreamState, name: str, size: int) -> NewRecord:
    key = {"pk": {"S": name}}
    return NewRecord(
        event_id=name.encode().hex().zfill(32),
        event_name="INSERT",
        number=stream.number_for(key),
        created_at=0,
        keys=key,
        new_image=None,
        old_image=None,
        size_bytes=size,
        view_type="KEYS_ONLY",
        region=stream.name.region,
        user_identity=None,
    )


# The life of an iterator


def test_an_iterator_expires_when_it_is_older_than_15_minutes_also_if_it_was_used(
    world: World, stream: StreamState
) -> None:
    world.put(stream, "a")
    token = world.iterator(stream, "TRIM_HORIZON")
    world.now += LIFETIME
    assert world.read(token) == ["a"]
    world.now += INSTANT
    refusal = world.refusal("GetRecords", ShardIterator=token)
    assert refusal == ("ExpiredIteratorException", _service_errors.ExpiredIteratorException.sentence)


def test_the_next_iterator_of_an_empty_page_is_as_young_as_the_page(world: World, stream: StreamState) -> None:
    token = world.iterator(stream, "TRIM_HORIZON")
    for _ in range(3):
        world.now += LIFETIME
        token = world.ask("GetRecords", ShardIterator=token)["NextShardIterator"]
    world.now += LIFETIME + INSTANT
    assert world.refusal("GetRecords", ShardIterator=token)[0] == "ExpiredIteratorException"


@given(st.integers(0, 3), st.integers(0, 3))
def test_an_iterator_is_refused_when_a_record_that_it_would_read_is_trimmed(skipped: int, trimmed: int) -> None:
    world = World()
    stream = world.create()
    world.put(stream, "a", "b", "c")
    token = world.iterator(stream, "TRIM_HORIZON")
    if skipped:
        token = world.ask("GetRecords", ShardIterator=token, Limit=skipped)["NextShardIterator"]
    stream.trim_oldest(trimmed)
    if trimmed > skipped:
        refusal = world.refusal("GetRecords", ShardIterator=token)
        assert refusal == ("TrimmedDataAccessException", _service_errors.TrimmedDataAccessException.sentence)
    else:
        assert world.read(token) == ["a", "b", "c"][skipped:]


def test_a_record_is_trimmed_by_age_when_it_is_older_than_24_hours(world: World, stream: StreamState) -> None:
    [number] = world.put(stream, "a")
    world.now += DAY
    token = world.iterator(stream, "TRIM_HORIZON")
    assert world.read(token) == ["a"]
    world.now += INSTANT
    assert world.refusal("GetRecords", ShardIterator=token)[0] == "TrimmedDataAccessException"
    members = {**place(stream, "AT_SEQUENCE_NUMBER"), "SequenceNumber": str(number)}
    assert world.refusal("GetShardIterator", **members)[0] == "TrimmedDataAccessException"


def test_an_expired_iterator_of_a_trimmed_record_is_refused_as_expired(world: World, stream: StreamState) -> None:
    world.put(stream, "a")
    token = world.iterator(stream, "TRIM_HORIZON")
    world.now += DAY + INSTANT
    assert world.refusal("GetRecords", ShardIterator=token)[0] == "ExpiredIteratorException"


@pytest.mark.parametrize("token", ["x", "a|1|b", "||", f"{NO_ARN}|1|", "é|1|é", "a|1|b|c"])
def test_a_token_that_the_service_did_not_issue_is_refused(world: World, token: str) -> None:
    assert world.refusal("GetRecords", ShardIterator=token) == (INVALID, _service_errors.INVALID_ITERATOR)


def test_an_iterator_of_an_unknown_stream_is_refused_with_its_arn(world: World, stream: StreamState) -> None:
    token = world.iterator(stream, "TRIM_HORIZON")
    text = _service_errors.STREAM_NOT_FOUND.format(arn=stream.name.arn)
    assert World().refusal("GetRecords", ShardIterator=token) == ("ResourceNotFoundException", text)
    assert world.refusal("GetRecords", region="eu-west-1", ShardIterator=token) == ("ResourceNotFoundException", text)


def test_an_iterator_of_a_shard_that_is_no_longer_listed_is_refused(world: World, stream: StreamState) -> None:
    token = world.iterator(stream, "TRIM_HORIZON")
    world.rotate(stream)
    world.now += DAY * 2 + INSTANT
    refusal = world.refusal("GetRecords", ShardIterator=token)
    assert refusal == ("ResourceNotFoundException", _service_errors.SHARD_NOT_FOUND)


def test_a_record_shows_its_time_in_whole_seconds(world: World, stream: StreamState) -> None:
    world.now = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=timezone.utc)
    world.put(stream, "a")
    [record] = world.ask("GetRecords", ShardIterator=world.iterator(stream, "TRIM_HORIZON"))["Records"]
    assert record.created_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
