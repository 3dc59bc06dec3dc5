"""Reads that are no fault of a consumer, and faults close to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from assertions.readers import Walker, all_shards, iterator, pages
from botocore.exceptions import ClientError

from pytest_ddbstreams import (
    Calls,
    InvalidOption,
    UnknownStream,
    mock_streams,
)
from pytest_ddbstreams._service import Origin
from pytest_ddbstreams._service_errors import ExpiredIteratorException

if TYPE_CHECKING:
    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def put(stream: Stream, *names: str) -> list[str]:
    return [stream.insert({"pk": name}).sequence_number for name in names]


@pytest.fixture
def walker(ddbstreams_client: Any, ddbstreams_stream: Stream) -> Walker:
    return Walker(ddbstreams_client, ddbstreams_stream.arn)


@pytest.fixture
def calls(ddbstreams_mock: StreamsMock) -> Calls:
    return ddbstreams_mock.calls


def read(client: Any, stream: Stream, shard: int, kind: str = "TRIM_HORIZON", **more: Any) -> None:
    """Read a shard to its end, or as far as there is something."""
    for _ in pages(client, iterator(client, stream.arn, stream.shards[shard].id, kind, **more)):
        pass


# Delivery


def test_a_record_that_is_delivered_twice_counts_as_delivered(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1", "2")
    read(ddbstreams_client, ddbstreams_stream, 0)
    read(ddbstreams_client, ddbstreams_stream, 0)
    calls.assert_every_record_delivered(ddbstreams_stream)


def test_records_that_were_trimmed_unread_are_named_and_not_counted(ddbstreams_stream: Stream, calls: Calls) -> None:
    trimmed, left = put(ddbstreams_stream, "1", "2")
    ddbstreams_stream.trim(through=trimmed)
    with pytest.raises(AssertionError) as caught:
        calls.assert_every_record_delivered(ddbstreams_stream)
    [shard] = ddbstreams_stream.shards
    assert str(caught.value).splitlines()[1:] == [
        f"  shard {shard.id}: the record of sequence number {left}",
        "    no call asked for an iterator, or listed the stream's shards",
        f"  not counted: {shard.id} was trimmed unread, up to sequence number {trimmed}",
    ]


def test_a_record_past_its_24_hours_is_not_counted_before_it_is_trimmed(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, calls: Calls
) -> None:
    [old] = put(ddbstreams_stream, "1")
    ddbstreams_clock.tick(hours=25)
    calls.assert_every_record_delivered(ddbstreams_stream)
    put(ddbstreams_stream, "2")
    with pytest.raises(AssertionError, match=f"trimmed unread, up to sequence number {old}"):
        calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_record_that_was_read_and_then_trimmed_is_not_named(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    read(ddbstreams_client, ddbstreams_stream, 0)
    ddbstreams_stream.trim(records=1)
    put(ddbstreams_stream, "2")
    with pytest.raises(AssertionError) as caught:
        calls.assert_every_record_delivered(ddbstreams_stream)
    assert "trimmed unread" not in str(caught.value)


def test_records_before_a_checkpoint_of_an_earlier_run_do_not_count(
    ddbstreams_stream: Stream, walker: Walker, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    _, checkpoint, _ = put(ddbstreams_stream, "2", "3", "4")
    parent, child = ddbstreams_stream.shards
    walker.checkpoints, walker.finished = {child.id: checkpoint}, {parent.id}
    walker.drain()
    calls.assert_every_record_delivered(ddbstreams_stream)
    calls.assert_every_record_delivered(ddbstreams_stream, handled=walker.handled)
    calls.assert_parents_before_children()


def test_records_behind_a_checkpoint_must_be_delivered(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    checkpoint, missing = put(ddbstreams_stream, "1", "2")
    place = {"SequenceNumber": checkpoint}
    iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, "AFTER_SEQUENCE_NUMBER", **place)
    with pytest.raises(AssertionError, match=rf"number {missing}\n    an iterator was fetched and not used: calls"):
        calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_jump_in_the_middle_of_a_shard_is_not_a_checkpoint(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    read(ddbstreams_client, ddbstreams_stream, 0)
    lost, named, _ = put(ddbstreams_stream, "2", "3", "4")
    read(ddbstreams_client, ddbstreams_stream, 0, "AFTER_SEQUENCE_NUMBER", SequenceNumber=named)
    with pytest.raises(AssertionError, match=rf"first sequence number {lost}\n    AFTER_SEQUENCE_NUMBER left"):
        calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_starting_sequence_number_is_not_a_checkpoint(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    start = ddbstreams_stream.shards[1].starting_sequence_number
    read(ddbstreams_client, ddbstreams_stream, 1, "AT_SEQUENCE_NUMBER", SequenceNumber=start)
    with pytest.raises(AssertionError, match=r"was not delivered yet; it was never delivered"):
        calls.assert_parents_before_children()


def test_a_shard_that_was_listed_and_not_opened_is_named_with_its_listing(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    all_shards(ddbstreams_client, ddbstreams_stream.arn)
    with pytest.raises(AssertionError, match=r"though the shard was listed: calls\[0\]"):
        calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_shard_that_was_refused_as_unknown_is_named_with_the_refusal(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, walker: Walker
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_mock.fail("GetShardIterator", "ResourceNotFoundException")
    walker.drain()
    with pytest.raises(AssertionError, match=r"was refused because the shard does not exist: calls\[1\]"):
        ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)


def test_handled_records_may_be_given_as_records_or_sequence_numbers(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    written = [ddbstreams_stream.insert({"pk": str(number)}) for number in range(3)]
    read(ddbstreams_client, ddbstreams_stream, 0)
    handed = [written[0], written[1].sequence_number, ddbstreams_stream.records[2]]
    calls.assert_every_record_delivered(ddbstreams_stream, handled=handed)
    with pytest.raises(AssertionError, match=f"record of sequence number {written[1].sequence_number}"):
        calls.assert_every_record_delivered(ddbstreams_stream, handled=handed[::2])


@pytest.mark.parametrize("nonsense", [{}, None, "first", {"dynamodb": None}])
def test_a_handled_value_that_is_not_a_record_is_refused(
    ddbstreams_stream: Stream, calls: Calls, nonsense: Any
) -> None:
    with pytest.raises(InvalidOption, match="is no record; give records as GetRecords returns them"):
        calls.assert_every_record_delivered(ddbstreams_stream, handled=[nonsense])


def test_an_unknown_stream_is_refused(ddbstreams_stream: Stream, calls: Calls) -> None:
    with pytest.raises(UnknownStream, match=f"no stream 'carts'; there are: 'test-table' .{ddbstreams_stream.arn}"):
        calls.assert_every_record_delivered("carts")


def test_a_call_log_without_a_mock_has_no_streams() -> None:
    with pytest.raises(UnknownStream, match="there are: none"):
        Calls().assert_every_record_delivered("carts")


def test_a_name_means_the_newest_stream_of_the_table(ddbstreams_stream: Stream, calls: Calls) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.disable()
    ddbstreams_stream.enable()
    calls.assert_every_record_delivered("test-table")
    with pytest.raises(AssertionError, match="did not arrive"):
        calls.assert_every_record_delivered(ddbstreams_stream.arn)


def test_assertions_on_a_closed_mock_use_the_time_of_its_closing() -> None:
    with mock_streams(freeze="2020-01-01T00:00:00Z") as mock:
        stream = mock.create_stream("orders")
        stream.insert({"pk": "1"})
    with pytest.raises(AssertionError, match="did not arrive"):
        mock.calls.assert_every_record_delivered(stream)


def test_evidence_from_many_shards_is_shortened(ddbstreams_stream: Stream, calls: Calls) -> None:
    for name in "1234567":
        put(ddbstreams_stream, name)
        ddbstreams_stream.rotate()
    with pytest.raises(AssertionError, match=r"7 records(?s:.*)\n  and 2 more shards$"):
        calls.assert_every_record_delivered(ddbstreams_stream)


# Parents before children


def test_a_parent_without_records_need_not_be_read(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "1")
    read(ddbstreams_client, ddbstreams_stream, 1)
    calls.assert_parents_before_children()


def test_a_grandparent_comes_first_also_where_the_parent_is_empty(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    ddbstreams_stream.rotate()
    put(ddbstreams_stream, "2")
    read(ddbstreams_client, ddbstreams_stream, 2)
    with pytest.raises(AssertionError, match=f"of {ddbstreams_stream.shards[0].id}, its ancestor"):
        calls.assert_parents_before_children()


def test_a_consumer_that_starts_at_latest_need_not_read_closed_shards(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    read(ddbstreams_client, ddbstreams_stream, 1, "LATEST")
    calls.assert_parents_before_children()


def test_a_consumer_that_reads_the_parent_later_is_named(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    read(ddbstreams_client, ddbstreams_stream, 1, "LATEST")
    read(ddbstreams_client, ddbstreams_stream, 0)
    with pytest.raises(AssertionError, match=r"it came later, by calls\[3\]"):
        calls.assert_parents_before_children()


def test_a_child_that_is_read_from_its_beginning_needs_its_parent_though_its_sibling_starts_at_latest(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.split()
    read(ddbstreams_client, ddbstreams_stream, 1, "LATEST")
    read(ddbstreams_client, ddbstreams_stream, 2)
    with pytest.raises(AssertionError, match=rf"shard {ddbstreams_stream.shards[2].id} by calls\[3\]"):
        calls.assert_parents_before_children()


def test_a_parent_that_was_read_after_its_child_and_then_trimmed_is_evidence(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    numbers = put(ddbstreams_stream, "1", "2", "3")
    ddbstreams_stream.rotate()
    read(ddbstreams_client, ddbstreams_stream, 1)
    read(ddbstreams_client, ddbstreams_stream, 0)
    ddbstreams_stream.trim(records=3)
    with pytest.raises(AssertionError, match=f"sequence number {numbers[0]} of"):
        calls.assert_parents_before_children()


def test_a_parent_may_be_read_again_after_its_child(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1", "2", "3")
    ddbstreams_stream.rotate()
    for shard in (0, 1, 0):
        read(ddbstreams_client, ddbstreams_stream, shard)
    calls.assert_parents_before_children()


def test_a_parent_that_was_refused_as_unknown_need_not_be_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, walker: Walker
) -> None:
    put(ddbstreams_stream, "1")
    ddbstreams_stream.rotate()
    ddbstreams_mock.fail("GetShardIterator", "ResourceNotFoundException")
    walker.drain()
    ddbstreams_mock.calls.assert_parents_before_children()


def test_records_that_a_reader_skipped_in_the_parent_need_not_be_read(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    put(ddbstreams_stream, "1")
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, "LATEST")
    put(ddbstreams_stream, "2")
    ddbstreams_stream.rotate()
    list(pages(ddbstreams_client, token))
    read(ddbstreams_client, ddbstreams_stream, 1)
    calls.assert_parents_before_children()


# Listings


def describe(client: Any, stream: Stream, **more: Any) -> dict[str, Any]:
    description: dict[str, Any] = client.describe_stream(StreamArn=stream.arn, **more)["StreamDescription"]
    return description


@pytest.fixture
def wide(ddbstreams_mock: StreamsMock) -> Stream:
    return ddbstreams_mock.create_stream("wide", shards=5)


def test_a_listing_in_pages_is_followed(wide: Stream, ddbstreams_client: Any, calls: Calls) -> None:
    all_shards(ddbstreams_client, wide.arn, limit=2)
    calls.assert_listing_followed_to_the_end()


def test_a_look_at_the_status_before_a_listing_is_not_an_unfinished_listing(
    wide: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    describe(ddbstreams_client, wide, Limit=1)
    describe(ddbstreams_client, wide)
    calls.assert_listing_followed_to_the_end()


def test_a_complete_listing_does_not_complete_a_later_one(wide: Stream, ddbstreams_client: Any, calls: Calls) -> None:
    describe(ddbstreams_client, wide)
    describe(ddbstreams_client, wide, Limit=4)
    with pytest.raises(AssertionError, match=rf"calls\[1\] (?s:.*)shard {wide.shards[4].id}, from sequence number"):
        calls.assert_listing_followed_to_the_end()


def test_a_listing_that_skips_shards_leaves_them_out(wide: Stream, ddbstreams_client: Any, calls: Calls) -> None:
    describe(ddbstreams_client, wide, Limit=1)
    describe(ddbstreams_client, wide, ExclusiveStartShardId=wide.shards[2].id)
    with pytest.raises(AssertionError, match=f"behind {wide.shards[0].id}: shard {wide.shards[1].id}"):
        calls.assert_listing_followed_to_the_end()


def test_a_refused_next_page_counts_as_asked_for(
    ddbstreams_mock: StreamsMock, wide: Stream, ddbstreams_client: Any
) -> None:
    first = describe(ddbstreams_client, wide, Limit=4)
    ddbstreams_mock.fail("DescribeStream", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        describe(ddbstreams_client, wide, ExclusiveStartShardId=first["LastEvaluatedShardId"])
    ddbstreams_mock.calls.assert_listing_followed_to_the_end()


def test_a_refused_first_page_does_not_count_as_a_next_page(
    ddbstreams_mock: StreamsMock, wide: Stream, ddbstreams_client: Any
) -> None:
    describe(ddbstreams_client, wide, Limit=4)
    ddbstreams_mock.fail("DescribeStream", "ResourceNotFoundException")
    with pytest.raises(ClientError):
        describe(ddbstreams_client, wide)
    with pytest.raises(AssertionError, match="not followed"):
        ddbstreams_mock.calls.assert_listing_followed_to_the_end()


def test_the_listing_of_one_stream_does_not_continue_that_of_another(
    wide: Stream, ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    describe(ddbstreams_client, wide, Limit=4)
    describe(ddbstreams_client, ddbstreams_stream)
    with pytest.raises(AssertionError, match="not followed"):
        calls.assert_listing_followed_to_the_end()


def test_a_list_of_streams_that_ends_at_a_page_names_the_next_stream(
    wide: Stream, ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    ddbstreams_client.list_streams(Limit=1)
    with pytest.raises(AssertionError, match=f"the entries behind {ddbstreams_stream.arn}: stream {wide.arn}"):
        calls.assert_listing_followed_to_the_end()


def test_evidence_of_a_listing_outlives_its_streams(wide: Stream, ddbstreams_client: Any, calls: Calls) -> None:
    describe(ddbstreams_client, wide, Limit=4)
    log = Calls()
    log._add(calls[0])
    with pytest.raises(AssertionError, match=f"the entries behind {wide.shards[3].id}\n"):
        log.assert_listing_followed_to_the_end()


# Iterators


def test_an_iterator_may_be_refused_as_expired_once(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, walker: Walker
) -> None:
    put(ddbstreams_stream, "1")
    walker.poll()
    ddbstreams_mock.expire_iterators()
    walker.poll()
    assert ddbstreams_mock.calls.errors
    ddbstreams_mock.calls.assert_no_iterator_reused_after_expiry()


def test_an_iterator_that_works_may_be_used_again(
    ddbstreams_stream: Stream, ddbstreams_client: Any, calls: Calls
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    for _ in range(3):
        ddbstreams_client.get_records(ShardIterator=token)
    calls.assert_no_iterator_reused_after_expiry()


def test_a_retry_of_the_sdk_with_an_expired_iterator_is_excused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    service = ddbstreams_mock._service
    ddbstreams_mock.fail("GetRecords", "ExpiredIteratorException", times=2)
    for attempt in (1, 2):
        with pytest.raises(ExpiredIteratorException):
            service.perform("GetRecords", {"ShardIterator": token}, Origin("us-east-1", attempt, "one"))
    ddbstreams_mock.calls.assert_no_iterator_reused_after_expiry()


def test_a_garbage_token_that_was_refused_as_expired_is_named_as_it_came(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("GetRecords", "ExpiredIteratorException", times=2)
    for _ in range(2):
        with pytest.raises(ClientError):
            ddbstreams_client.get_records(ShardIterator="nonsense")
    with pytest.raises(AssertionError, match="an iterator of 'nonsense'"):
        ddbstreams_mock.calls.assert_no_iterator_reused_after_expiry()
