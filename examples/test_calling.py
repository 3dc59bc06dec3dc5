"""Tests of the consumer's calls by assertions of the call log, which find mistakes that the results may hide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from order_projection import Consumer, Stream

if TYPE_CHECKING:
    from order_projection.api import Record

    from pytest_ddbstreams import Clock, StreamsMock
    from pytest_ddbstreams import Stream as FakeStream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"order_id": "S"}),
]


def test_the_consumer_keeps_every_rule_of_reading_over_six_hours_of_splits_and_pauses(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: FakeStream, ddbstreams_client: Any, ddbstreams_clock: Clock
) -> None:
    handled: list[Record] = []
    consumer = Consumer(Stream(ddbstreams_client, ddbstreams_stream.arn, page_size=10), handled.extend, {})
    for hour in range(6):
        for number in range(40):
            ddbstreams_stream.put({"order_id": f"o#{number}", "customer": "ada", "total": hour})
        consumer.poll()
        ddbstreams_stream.open_shards[0].split()
        ddbstreams_clock.tick(hours=1)  # every iterator expires
    consumer.run(until_idle=0)

    calls = ddbstreams_mock.calls
    calls.assert_parents_before_children()
    calls.assert_every_record_delivered(ddbstreams_stream, handled=handled)
    calls.assert_no_iterator_reused_after_expiry()
    calls.assert_listing_followed_to_the_end()


def test_the_consumer_lists_more_than_a_hundred_shards_to_the_end(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: FakeStream, ddbstreams_client: Any
) -> None:
    for number in range(120):
        ddbstreams_stream.insert({"order_id": f"o#{number}", "customer": "ada", "total": 1})
        ddbstreams_stream.open_shards[0].rotate()

    Consumer(Stream(ddbstreams_client, ddbstreams_stream.arn), len, {}).run(until_idle=0)

    ddbstreams_mock.calls.assert_listing_followed_to_the_end()
    ddbstreams_mock.calls.assert_parents_before_children()
