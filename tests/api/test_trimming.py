from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidOption, UnknownStream

if TYPE_CHECKING:
    from pytest_ddbstreams import (
        Clock,
        Stream,
        StreamRecord,
        StreamsMock,
    )

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
TINY = timedelta(microseconds=1)


def write_hourly(stream: Stream, clock: Clock, count: int) -> list[StreamRecord]:
    written = []
    for number in range(count):
        written.append(stream.insert({"pk": f"o#{number}"}))
        clock.tick(hours=1)
    return written


def left(stream: Stream) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in stream.records]


@pytest.mark.parametrize(
    "before",
    [
        START + timedelta(hours=2),
        (START + timedelta(hours=2)).replace(tzinfo=None),
        (START + timedelta(hours=2)).astimezone(timezone(timedelta(hours=5))),
        "2026-01-01T02:00:00Z",
        "2026-01-01T03:00:00+01:00",
        "2026-01-01T02:00:00",
    ],
)
def test_trim_before_an_instant_trims_the_records_written_before_it(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream, before: datetime | str
) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    assert ddbstreams_stream.trim(before=before) == 2
    assert left(ddbstreams_stream) == ["o#2", "o#3"]


def test_trim_before_a_future_instant_trims_all_records(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    assert ddbstreams_stream.trim(before="2030-01-01") == 4
    assert left(ddbstreams_stream) == []


@pytest.mark.parametrize("before", ["yesterday", 5, None])
def test_trim_before_anything_but_an_instant_is_refused(ddbstreams_stream: Stream, before: Any) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    with pytest.raises(InvalidOption, match=f"{before!r} is not an instant.*ISO 8601"):
        ddbstreams_stream.trim(before=before)
    assert left(ddbstreams_stream) == ["o#1"]


@pytest.mark.parametrize("spelling", [lambda record: record, lambda record: record.sequence_number])
def test_trim_through_a_record_trims_it_and_the_records_before_it(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream, spelling: Any
) -> None:
    written = write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    assert ddbstreams_stream.trim(through=spelling(written[1])) == 2
    assert left(ddbstreams_stream) == ["o#2", "o#3"]


def test_trim_through_takes_a_sequence_number_of_get_records(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(4))
    assert ddbstreams_stream.trim(through=ddbstreams_stream.records[2]["dynamodb"]["SequenceNumber"]) == 3


def test_trim_refuses_a_sequence_number_of_thousands_of_digits(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidOption, match="through takes a sequence number as GetRecords gives it"):
        ddbstreams_stream.trim(through="9" * 5000)


def test_trim_through_a_record_trims_the_ancestors_of_its_shard(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many({"pk": f"a#{number}"} for number in range(5))
    ddbstreams_stream.rotate()
    ddbstreams_stream.write_many({"pk": f"b#{number}"} for number in range(5))
    ddbstreams_stream.rotate()
    last = [ddbstreams_stream.insert({"pk": name}) for name in ("c", "d")]
    assert ddbstreams_stream.trim(through=last[0]) == 11
    assert left(ddbstreams_stream) == ["d"]


def test_trim_through_a_record_leaves_the_children_of_its_shard(ddbstreams_stream: Stream) -> None:
    first = ddbstreams_stream.insert({"pk": "a"})
    ddbstreams_stream.rotate()
    ddbstreams_stream.insert({"pk": "b"})
    ddbstreams_stream.trim(through=first)
    assert left(ddbstreams_stream) == ["b"]


@pytest.mark.ddbstreams_stream(shards=2)
def test_trim_through_a_record_leaves_the_shards_of_another_lineage(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(20))
    first, second = ddbstreams_stream.shards
    kept = len(first)
    ddbstreams_stream.trim(through=second.records[-1]["dynamodb"]["SequenceNumber"])
    assert (len(first), len(second)) == (kept, 0)


def test_trim_through_a_trimmed_record_trims_nothing(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    written = write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    ddbstreams_stream.trim(records=2)
    assert ddbstreams_stream.trim(through=written[0]) == 0
    assert left(ddbstreams_stream) == ["o#2", "o#3"]


@pytest.mark.parametrize("through", ["1" * 21, "5", "0"])
def test_trim_through_an_unknown_sequence_number_is_refused(ddbstreams_stream: Stream, through: Any) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    with pytest.raises(UnknownStream, match=f"{ddbstreams_stream.arn} has no record of sequence number {through}"):
        ddbstreams_stream.trim(through=through)
    assert left(ddbstreams_stream) == ["o#1"]


def test_trim_through_a_record_of_another_stream_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    foreign = ddbstreams_mock.create_stream("others").insert({"pk": "o#1"})
    with pytest.raises(UnknownStream, match="has no record"):
        ddbstreams_stream.trim(through=foreign)


@pytest.mark.parametrize("through", ["", "abc", "-5", "\uff11\uff12", 5, 1.0, True, None, {"SequenceNumber": "1"}])
def test_trim_through_anything_but_a_sequence_number_is_refused(ddbstreams_stream: Stream, through: Any) -> None:
    with pytest.raises(
        InvalidOption,
        match=r"through=.* does not fit; through takes a sequence number as GetRecords gives it, or the Stream",
    ):
        ddbstreams_stream.trim(through=through)


@pytest.mark.parametrize(("count", "trimmed"), [(0, 0), (1, 1), (3, 3), (4, 4), (9, 4)])
def test_trim_records_trims_that_number_of_records_or_all_of_fewer(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream, count: int, trimmed: int
) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    assert ddbstreams_stream.trim(records=count) == trimmed
    assert left(ddbstreams_stream) == [f"o#{number}" for number in range(trimmed, 4)]


@pytest.mark.ddbstreams_stream(shards=4)
def test_trim_records_trims_the_oldest_records_of_all_shards(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 20)
    ddbstreams_stream.trim(records=13)
    assert sorted(left(ddbstreams_stream)) == sorted(f"o#{number}" for number in range(13, 20))


@pytest.mark.parametrize("count", [-1, 1.0, "1", True, None])
def test_trim_records_refuses_anything_but_a_number_of_records(ddbstreams_stream: Stream, count: Any) -> None:
    with pytest.raises(InvalidOption, match=f"records={count!r} does not fit; records takes an integer from 0 on"):
        ddbstreams_stream.trim(records=count)


@pytest.mark.parametrize(
    "arguments",
    [{"before": "2026-01-01", "records": 1}, {"through": 5, "records": 0}, {"before": START, "through": 1}],
)
def test_trim_refuses_two_arguments(ddbstreams_stream: Stream, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match="takes one of before=, through= and records=, or none"):
        ddbstreams_stream.trim(**arguments)


def test_a_record_is_kept_for_exactly_24_hours(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_clock.tick(hours=24)
    assert left(ddbstreams_stream) == ["o#1"]
    ddbstreams_clock.tick(TINY)
    assert left(ddbstreams_stream) == []


def test_a_shard_object_loses_its_records_after_24_hours(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    [shard] = ddbstreams_stream.shards
    ddbstreams_clock.tick(timedelta(hours=24) + TINY)
    assert (len(shard), list(shard.records)) == (0, [])


def test_trim_without_an_argument_trims_the_records_past_24_hours(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    ddbstreams_clock.tick(hours=22)
    assert ddbstreams_stream.trim() == 2
    assert left(ddbstreams_stream) == ["o#2", "o#3"]


@pytest.mark.parametrize("records_were_read", [True, False])
@pytest.mark.parametrize("arguments", [{"records": 1}, {"before": "2026-01-01T03:00:00Z"}])
def test_trim_does_not_count_records_past_24_hours(
    ddbstreams_clock: Clock,
    ddbstreams_stream: Stream,
    arguments: dict[str, Any],
    records_were_read: bool,  # noqa: FBT001
) -> None:
    write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    ddbstreams_clock.tick(hours=22)
    if records_were_read:
        assert len(ddbstreams_stream.records) == 2
    assert ddbstreams_stream.trim(**arguments) == 1
    assert left(ddbstreams_stream) == ["o#3"]


@pytest.mark.parametrize("records_were_read", [True, False])
def test_trim_through_a_record_past_24_hours_trims_nothing(
    ddbstreams_clock: Clock,
    ddbstreams_stream: Stream,
    records_were_read: bool,  # noqa: FBT001
) -> None:
    written = write_hourly(ddbstreams_stream, ddbstreams_clock, 4)
    ddbstreams_clock.tick(hours=22)
    if records_were_read:
        assert len(ddbstreams_stream.records) == 2
    assert ddbstreams_stream.trim(through=written[1]) == 0
    assert left(ddbstreams_stream) == ["o#2", "o#3"]


def test_a_disabled_stream_can_be_trimmed(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many([{"pk": "a"}, {"pk": "b"}])
    ddbstreams_stream.disable()
    assert ddbstreams_stream.trim(records=1) == 1


def test_trim_keeps_the_item_that_was_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "state": "new"})
    ddbstreams_stream.trim(records=1)
    assert ddbstreams_stream.put({"pk": "o#1", "state": "new"}) is None


def test_sequence_numbers_rise_after_all_records_are_trimmed(ddbstreams_stream: Stream) -> None:
    first = ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_stream.trim(records=1)
    assert int(ddbstreams_stream.insert({"pk": "o#1"}).sequence_number) > int(first.sequence_number)
