"""The law of the assertions: whatever happens to a stream, a right consumer passes all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from assertions.histories import History, histories, writes
from assertions.readers import (
    Direct,
    LatestReader,
    Walker,
    drop_the_last_page,
    iterator,
    keep_using_an_iterator,
    list_the_first_page_only,
    pages,
    read_children_first,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from pytest_ddbstreams import Calls, Stream, StreamsMock


def assert_all(calls: Calls, stream: Stream, **handled: Any) -> None:
    calls.assert_parents_before_children()
    calls.assert_every_record_delivered(stream, **handled)
    calls.assert_no_iterator_reused_after_expiry()
    calls.assert_listing_followed_to_the_end()
    calls.assert_no_record_delivered_twice(stream)
    calls.assert_no_iterator_used_at_once()
    calls.assert_no_closed_shard_read_again()
    calls.assert_sequence_numbers_known()
    calls.assert_delivered_within(stream, calls=len(calls))


@settings(max_examples=60)
@given(history=histories, auto_rotate=st.booleans())
def test_a_right_consumer_passes_every_assertion(history: list[tuple[str, int]], *, auto_rotate: bool) -> None:
    with mock_streams(freeze="2026-01-01T00:00:00Z", auto_rotate=auto_rotate) as mock:
        stream = mock.create_stream("orders")
        happenings, walker = History(mock, stream), Walker(Direct(mock), stream.arn)
        for step, size in history:
            if step == "poll":
                walker.poll()
            elif step == "restart":
                walker.tokens.clear()
            else:
                happenings.happen(step, size)
        walker.drain()
        assert_all(mock.calls, stream)
        assert_all(mock.calls, stream, handled=walker.handled)


def begin(mock: StreamsMock, history: list[tuple[str, int]]) -> tuple[Stream, Direct]:
    stream = mock.create_stream("orders")
    happenings = History(mock, stream)
    for step, size in history:
        happenings.happen(step, size)
    return stream, Direct(mock)


@settings(max_examples=20)
@given(history=writes)
def test_reading_children_first_is_always_caught(history: list[tuple[str, int]]) -> None:
    with mock_streams() as mock:
        stream, client = begin(mock, [("put", 1), *history, ("put", 1), ("rotate", 0)])
        read_children_first(client, stream.arn)
        with pytest.raises(AssertionError, match="was not delivered yet; it came later, by calls"):
            mock.calls.assert_parents_before_children()


@settings(max_examples=20)
@given(history=writes)
def test_dropping_the_last_page_is_always_caught(history: list[tuple[str, int]]) -> None:
    with mock_streams() as mock:
        stream, client = begin(mock, [*history, ("put", 3), ("rotate", 0)])
        stream.disable()
        handled = drop_the_last_page(client, stream.arn)
        with pytest.raises(AssertionError, match="the reader got it, and did not handle it"):
            mock.calls.assert_every_record_delivered(stream, handled=handled)


@settings(max_examples=8)
@given(history=writes)
def test_listing_the_first_page_only_is_always_caught(history: list[tuple[str, int]]) -> None:
    with mock_streams() as mock:
        stream, client = begin(mock, [*history, *[("rotate", 0)] * 100])
        list_the_first_page_only(client, stream.arn)
        with pytest.raises(AssertionError, match="no call asked for the entries behind shardId-"):
            mock.calls.assert_listing_followed_to_the_end()


@settings(max_examples=20)
@given(history=writes)
def test_opening_a_child_at_latest_is_always_caught(history: list[tuple[str, int]]) -> None:
    with mock_streams() as mock:
        stream, client = begin(mock, [])
        happenings, reader = History(mock, stream), LatestReader(client, stream.arn)
        reader.poll()
        for step, size in [*history, ("rotate", 0), ("put", 7)]:
            happenings.happen(step, size)
        reader.poll()
        with pytest.raises(AssertionError, match="LATEST left it out: calls"):
            mock.calls.assert_every_record_delivered(stream)


@settings(max_examples=20)
@given(history=writes)
def test_using_an_expired_iterator_again_is_always_caught(history: list[tuple[str, int]]) -> None:
    with mock_streams() as mock:
        stream, client = begin(mock, history)
        token = iterator(client, stream.arn, stream.shards[0].id)
        list(pages(client, token))
        mock.expire_iterators()
        keep_using_an_iterator(client, token)
        with pytest.raises(AssertionError, match=r"used again by calls.*, and 3 more times"):
            mock.calls.assert_no_iterator_reused_after_expiry()
