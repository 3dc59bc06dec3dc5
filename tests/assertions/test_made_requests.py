"""Sequence numbers that no answer has shown, rates, and records that come too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from assertions.readers import all_shards, iterator
from assertions.test_bad_consumers import evidence

from pytest_ddbstreams import InvalidOption, StreamStateError

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamRecord, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


@pytest.fixture
def records(ddbstreams_stream: Stream) -> list[StreamRecord]:
    return [ddbstreams_stream.insert({"pk": str(number)}) for number in range(3)]


def after(client: Any, stream: Stream, number: str, kind: str = "AFTER_SEQUENCE_NUMBER") -> str:
    return iterator(client, stream.arn, stream.shards[0].id, kind, SequenceNumber=number)


# Sequence numbers


def test_a_sequence_number_that_no_record_has_is_caught(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    invented = str(int(records[0].sequence_number) + 1)
    after(ddbstreams_client, ddbstreams_stream, invented)
    assert evidence(ddbstreams_mock.calls.assert_sequence_numbers_known) == (
        "a sequence number was asked for that no answer has shown:\n"
        f"  sequence number {invented} by calls[0] GetShardIterator\n"
        "Save the SequenceNumber of a record as the text that GetRecords gives, and compare numbers as integers."
    )


def test_a_record_that_was_not_delivered_yet_is_no_checkpoint_of_a_shard_that_was_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.get_records(ShardIterator=token, Limit=1)
    after(ddbstreams_client, ddbstreams_stream, records[2].sequence_number)
    with pytest.raises(AssertionError, match=records[2].sequence_number):
        ddbstreams_mock.calls.assert_sequence_numbers_known()


def test_a_checkpoint_from_before_the_call_log_is_known(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    after(ddbstreams_client, ddbstreams_stream, records[1].sequence_number)
    ddbstreams_mock.calls.assert_sequence_numbers_known()


def test_the_number_of_a_delivered_record_and_the_start_of_a_listed_shard_are_known(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    [shard] = all_shards(ddbstreams_client, ddbstreams_stream.arn)
    start = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    token = after(ddbstreams_client, ddbstreams_stream, start, "AT_SEQUENCE_NUMBER")
    ddbstreams_client.get_records(ShardIterator=token, Limit=2)
    after(ddbstreams_client, ddbstreams_stream, records[1].sequence_number)
    ddbstreams_mock.calls.assert_sequence_numbers_known()


def test_a_checkpoint_that_was_trimmed_is_known(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.get_records(ShardIterator=token)
    after(ddbstreams_client, ddbstreams_stream, records[2].sequence_number)
    ddbstreams_stream.trim(records=3)
    ddbstreams_mock.calls.assert_sequence_numbers_known()


def test_a_sequence_number_that_is_refused_is_not_judged(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    with pytest.raises(ddbstreams_client.exceptions.ClientError):
        after(ddbstreams_client, ddbstreams_stream, "9" * 30)
    ddbstreams_mock.calls.assert_sequence_numbers_known()


# Rates


def describe(mock: StreamsMock, client: Any, stream: Stream, count: int, every: float) -> None:
    for _ in range(count):
        client.describe_stream(StreamArn=stream.arn)
        mock.clock.tick(every)


def test_listings_faster_than_the_documented_rate_are_caught(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    describe(ddbstreams_mock, ddbstreams_client, ddbstreams_stream, 5, 1)
    describe(ddbstreams_mock, ddbstreams_client, ddbstreams_stream, 40, 0.02)
    assert evidence(ddbstreams_mock.calls.assert_rates) == (
        "calls came too fast:\n"
        "  DescribeStream in us-east-1: more than 20 calls in two seconds; AWS allows 10 a second\n"
        "    the first is calls[4] DescribeStream\n"
        "Wait between two listings, and keep what they have shown."
    )


def test_ten_pages_of_a_long_listing_at_once_are_not_caught(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    for _ in range(3):
        describe(ddbstreams_mock, ddbstreams_client, ddbstreams_stream, 10, 0.02)
        ddbstreams_mock.clock.tick(2)
    ddbstreams_mock.calls.assert_rates()


def test_rates_of_calls_at_one_time_are_refused_with_the_cure(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    for _ in range(21):
        ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    with pytest.raises(StreamStateError, match=r"21 calls of DescribeStream have one time.*by mock\.clock\.tick\(\)"):
        ddbstreams_mock.calls.assert_rates()


# Liveness


def test_records_that_come_after_too_many_calls_are_caught(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    for _ in range(4):
        ddbstreams_client.list_streams()
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_mock.calls.assert_delivered_within(ddbstreams_stream, calls=6)
    assert evidence(ddbstreams_mock.calls.assert_delivered_within, ddbstreams_stream, calls=5) == (
        "records of 'test-table' did not arrive within 5 calls of the last write:\n"
        f"  shard {ddbstreams_stream.shards[0].id}: 3 records, first sequence number {records[0].sequence_number}\n"
        "Poll every open shard more often; after the last write came 6 calls."
    )


def test_calls_before_the_last_write_do_not_count(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    for _ in range(5):
        ddbstreams_client.list_streams()
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_mock.calls.assert_delivered_within("test-table", calls=1)


def test_records_that_come_after_too_much_time_are_caught(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: list[StreamRecord]
) -> None:
    ddbstreams_mock.clock.tick(61)
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_mock.calls.assert_delivered_within(ddbstreams_stream, time=61)
    with pytest.raises(AssertionError, match=rf"within 0:01:00 of the last write.*\n.*{records[0].sequence_number}"):
        ddbstreams_mock.calls.assert_delivered_within(ddbstreams_stream, time=60)


def test_a_stream_without_records_has_nothing_to_deliver(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_mock.calls.assert_delivered_within(ddbstreams_stream, time=1, calls=0)


@pytest.mark.parametrize("bounds", [{}, {"calls": -1}, {"time": -1}])
def test_a_bound_that_is_missing_or_negative_is_refused(ddbstreams_mock: StreamsMock, bounds: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        ddbstreams_mock.calls.assert_delivered_within("orders", **bounds)
