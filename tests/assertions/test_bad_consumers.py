"""Six small wrong consumers, through a real client: the error names shard, sequence number and call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from assertions.readers import (
    LatestReader,
    drop_the_last_page,
    iterator,
    keep_using_an_iterator,
    leave_a_closed_shard_early,
    list_the_first_page_only,
    read_children_first,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def evidence(assertion: Callable[..., None], *arguments: Any, **more: Any) -> str:
    """Return the error of an assertion, with calls as ``calls[3]`` and without their text."""
    with pytest.raises(AssertionError) as caught:
        assertion(*arguments, **more)
    return re.sub(r"(calls\[\d+\]) \S+Z (\w+) [^\n,;]*", r"\1 \2", str(caught.value))


def test_parents_first_names_a_child_that_is_opened_before_its_parent_ends(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    written = ddbstreams_stream.insert({"pk": "1"})
    child = ddbstreams_stream.rotate()
    parent = ddbstreams_stream.shards[0]
    ddbstreams_stream.insert({"pk": "2"})

    read_children_first(ddbstreams_client, ddbstreams_stream.arn)

    assert evidence(ddbstreams_mock.calls.assert_parents_before_children) == (
        "a shard was read before its parent was read to the end:\n"
        f"  shard {child.id} by calls[2] GetRecords\n"
        f"    while sequence number {written.sequence_number} of {parent.id}, its ancestor, was not delivered yet; "
        "it came later, by calls[5] GetRecords\n"
        "Read a shard up to the page without a NextShardIterator before you open its children."
    )


def test_delivery_names_records_that_are_dropped_at_a_last_page(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    records = [ddbstreams_stream.insert({"pk": str(number)}) for number in range(4)]
    ddbstreams_stream.disable()

    handled = drop_the_last_page(ddbstreams_client, ddbstreams_stream.arn)

    assert evidence(ddbstreams_mock.calls.assert_every_record_delivered, ddbstreams_stream, handled=handled) == (
        f"2 records of 'test-table' ({ddbstreams_stream.arn}) did not arrive:\n"
        f"  shard {ddbstreams_stream.shards[0].id}: 2 records, first sequence number {records[2].sequence_number}\n"
        "    the reader got it, and did not handle it: calls[3] GetRecords"
    )


def test_delivery_names_records_of_a_last_page_that_is_never_fetched(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    records = [ddbstreams_stream.insert({"pk": str(number)}) for number in range(2)]
    ddbstreams_stream.disable()

    leave_a_closed_shard_early(ddbstreams_client, ddbstreams_stream.arn)

    assert evidence(ddbstreams_mock.calls.assert_every_record_delivered, "test-table") == (
        f"1 record of 'test-table' ({ddbstreams_stream.arn}) did not arrive:\n"
        f"  shard {ddbstreams_stream.shards[0].id}: the record of sequence number {records[1].sequence_number}\n"
        "    the shard was read no further than by calls[2] GetRecords"
    )


def test_paging_names_a_listing_that_ends_at_its_first_page(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    for number in range(101):
        ddbstreams_stream.insert({"pk": str(number)})
        ddbstreams_stream.rotate()

    list_the_first_page_only(ddbstreams_client, ddbstreams_stream.arn)

    last, hidden = ddbstreams_stream.shards[99:101]
    assert evidence(ddbstreams_mock.calls.assert_listing_followed_to_the_end) == (
        "a listing was not followed to its end:\n"
        "  calls[0] DescribeStream\n"
        f"    no call asked for the entries behind {last.id}: shard {hidden.id}, "
        f"from sequence number {hidden.starting_sequence_number} on\n"
        "Ask again, starting behind the last evaluated entry, until a page names none."
    )
    number = hidden.records[0]["dynamodb"]["SequenceNumber"]
    assert (
        f"  shard {hidden.id}: the record of sequence number {number}\n"
        "    no listing showed the shard; the last one: calls[0] DescribeStream"
    ) in evidence(ddbstreams_mock.calls.assert_every_record_delivered, ddbstreams_stream)


def test_delivery_names_records_of_a_child_that_is_opened_at_latest(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    reader = LatestReader(ddbstreams_client, ddbstreams_stream.arn)
    reader.poll()
    child = ddbstreams_stream.rotate()
    first = ddbstreams_stream.insert({"pk": "1"})
    reader.poll()
    ddbstreams_stream.insert({"pk": "2"})
    reader.poll()

    assert evidence(ddbstreams_mock.calls.assert_every_record_delivered, ddbstreams_stream) == (
        f"1 record of 'test-table' ({ddbstreams_stream.arn}) did not arrive:\n"
        f"  shard {child.id}: the record of sequence number {first.sequence_number}\n"
        "    LATEST left it out: calls[6] GetShardIterator"
    )


def test_paging_names_an_expired_iterator_that_is_used_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_clock: Clock
) -> None:
    [shard] = ddbstreams_stream.shards
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, shard.id)
    ddbstreams_clock.tick(minutes=16)

    keep_using_an_iterator(ddbstreams_client, token)

    assert evidence(ddbstreams_mock.calls.assert_no_iterator_reused_after_expiry) == (
        "an iterator was used again after it had been refused as expired:\n"
        f"  an iterator of shard {shard.id}, at sequence number {shard.starting_sequence_number}\n"
        "    refused by calls[1] GetRecords\n"
        "    used again by calls[2] GetRecords, and 3 more times\n"
        "Get a new iterator by GetShardIterator, AFTER_SEQUENCE_NUMBER of the last record that was handled."
    )


def test_evidence_names_a_call_by_index_time_and_outcome(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_stream.insert({"pk": "2"})
    ddbstreams_stream.disable()
    leave_a_closed_shard_early(ddbstreams_client, ddbstreams_stream.arn)

    with pytest.raises(AssertionError) as caught:
        ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)

    assert f"calls[2] {ddbstreams_mock.calls[2]!r}" in str(caught.value)
