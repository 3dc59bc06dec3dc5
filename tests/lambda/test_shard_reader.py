from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, keys_of, numbers_of

if TYPE_CHECKING:
    from pytest_ddbstreams import (
        Stream,
        StreamsMock,
    )

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_a_mapping_from_latest_delivers_only_later_records(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, starting_position="LATEST")
    fill(ddbstreams_stream, 1, start=2)
    ddbstreams_stream.split()
    fill(ddbstreams_stream, 1, start=3)
    mapping.drain()
    assert handler.delivered == ["o#2", "o#3"]


@pytest.mark.parametrize("lag", [60, 60.0, timedelta(minutes=1)])
def test_a_mapping_from_latest_misses_records_written_during_its_lag(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, lag: Any
) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, starting_position="LATEST", lag=lag)
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=59)
    ddbstreams_stream.split()
    fill(ddbstreams_stream, 1, start=1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=1)
    fill(ddbstreams_stream, 1, start=2)
    ddbstreams_stream.open_shards[0].rotate()
    fill(ddbstreams_stream, 4, start=3)
    mapping.drain()
    assert sorted(handler.delivered) == ["o#2", "o#3", "o#4", "o#5", "o#6"]


def test_drain_moves_the_clock_to_the_end_of_the_lag(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(), starting_position="LATEST", lag=60)
    assert mapping.drain() == ()
    assert ddbstreams_mock.clock.now() == START + timedelta(minutes=1)


def test_parents_are_delivered_before_their_children(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    parent = ddbstreams_stream.shards[0]
    fill(ddbstreams_stream, 4)
    children = ddbstreams_stream.split()
    fill(ddbstreams_stream, 8, start=4)
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2)
    mapping.poll()
    assert {invocation.shard for invocation in mapping.invocations} == {parent.id}
    mapping.drain()
    shards = [invocation.shard for invocation in mapping.invocations]
    assert shards[:2] == [parent.id] * 2
    assert set(shards[2:]) == {child.id for child in children}


def test_a_batch_holds_records_of_one_shard(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", shards=4)
    fill(stream, 40)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.poll()
    held = [invocation.event["Records"] for invocation in mapping.invocations]
    shown = [[record["dynamodb"] for record in shard.records] for shard in stream.shards]
    assert [[record["dynamodb"]["SequenceNumber"] for record in records] for records in held] == [
        [one["SequenceNumber"] for one in records] for records in shown
    ]


def test_a_failing_batch_blocks_only_its_shard(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", shards=2)
    fill(stream, 20)
    bad, good = (set(keys_of({"Records": shard.records})) for shard in stream.shards)
    handler = Handler(poison=bad)
    mapping = connect(ddbstreams_mock, handler, batch_size=1)
    for _ in range(len(good)):
        mapping.poll()
    delivered = set(handler.delivered)
    assert good <= delivered
    assert len(delivered & bad) == 1


def test_a_disabled_stream_is_delivered_to_its_end(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 3)
    ddbstreams_stream.disable()
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    mapping.drain()
    assert handler.delivered == names


def test_a_stream_disabled_for_49_hours_delivers_nothing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.disable()
    ddbstreams_mock.clock.tick(hours=49)
    assert connect(ddbstreams_mock, Handler()).drain() == ()


def test_shards_that_rotate_by_the_clock_are_followed(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", auto_rotate=True)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    fill(stream, 1)
    ddbstreams_mock.clock.tick(hours=5)
    fill(stream, 1, start=1)
    mapping.drain()
    assert handler.delivered == ["o#0", "o#1"]
    assert len({invocation.shard for invocation in mapping.invocations}) == 2


def test_a_poll_finds_shards_that_rotated_since_the_last_one(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("test-table", auto_rotate=True)
    mapping = connect(ddbstreams_mock, Handler())
    ddbstreams_mock.clock.tick(hours=5)
    mapping.poll()
    assert mapping.report().count("shardId") == 2


def test_records_trimmed_before_they_are_read_are_discarded_as_trimmed(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    sent: list[Any] = []
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, on_failure=sent)
    fill(ddbstreams_stream, 3)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in ddbstreams_stream.records]
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert handler.delivered == ["o#2"]
    [lost] = mapping.discarded
    assert (lost.condition, lost.records, lost.document, sent) == ("Trimmed", [], None, [])
    assert int(str(lost.start_sequence_number)) <= int(numbers[0])
    assert lost.end_sequence_number == numbers[1]


def test_records_trimmed_before_the_mapping_was_made_are_not_discarded(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    ddbstreams_stream.trim(records=2)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.drain()
    assert mapping.discarded == ()


def test_records_that_match_no_filter_are_not_delivered(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for number in range(10):
        ddbstreams_stream.insert({"pk": f"o#{number}", "kind": "abc"[number % 3]})
    wanted = [{"dynamodb": {"NewImage": {"kind": {"S": [kind]}}}} for kind in "ab"]
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=3, filter_criteria=wanted)
    mapping.drain()
    assert handler.batches == [["o#0", "o#1", "o#3"], ["o#4", "o#6", "o#7"], ["o#9"]]
    assert list(mapping.checkpoints.values()) == [ddbstreams_stream.records[-1]["dynamodb"]["SequenceNumber"]]


def test_the_function_is_not_invoked_when_no_record_matches(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    mapping = connect(
        ddbstreams_mock, Handler(), filter_criteria={"Filters": [{"Pattern": '{"eventName":["REMOVE"]}'}]}
    )
    assert mapping.drain() == ()
    assert len(mapping.checkpoints) == 1


def test_a_checkpoint_is_the_sequence_number_of_the_last_processed_record(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 4)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in ddbstreams_stream.records]
    mapping = connect(ddbstreams_mock, Handler(poison={"o#2"}), batch_size=2)
    assert mapping.checkpoints == {}
    for _ in range(3):
        mapping.poll()
    assert mapping.checkpoints == {ddbstreams_stream.shards[0].id: numbers[1]}


def test_a_mapping_takes_nothing_from_other_readers(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fill(ddbstreams_stream, 3)
    one, other = Handler(), Handler()
    connect(ddbstreams_mock, one).drain()
    connect(ddbstreams_mock, other).drain()
    assert one.delivered == other.delivered
    assert len(ddbstreams_mock.calls) == 0
    iterator = ddbstreams_client.get_shard_iterator(
        StreamArn=ddbstreams_stream.arn, ShardId=ddbstreams_stream.shards[0].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert len(ddbstreams_client.get_records(ShardIterator=iterator)["Records"]) == 3


def test_a_checkpoint_includes_records_that_were_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#2"}), maximum_retry_attempts=0)
    mapping.drain()
    assert mapping.checkpoints == {ddbstreams_stream.shards[0].id: numbers_of(ddbstreams_stream)[-1]}


def test_no_record_is_read_behind_a_failing_batch(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), batch_size=1)
    mapping.poll()
    mapping.poll()
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert [one.condition for one in mapping.discarded] == ["RecordAgeExceeded", "Trimmed"]
