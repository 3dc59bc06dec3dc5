"""Tests of the consumer after iterators expired and records were trimmed: it goes on, and reports gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from order_projection import Consumer, Gap, Stream

if TYPE_CHECKING:
    from order_projection import Checkpoint
    from order_projection.api import Record

    from pytest_ddbstreams import Clock, StreamsMock
    from pytest_ddbstreams import Stream as FakeStream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"order_id": "S"}),
]


@pytest.fixture
def delivered() -> list[Record]:
    return []


@pytest.fixture
def gaps() -> list[Gap]:
    return []


@pytest.fixture
def consumer(
    ddbstreams_client: Any,
    ddbstreams_stream: FakeStream,
    delivered: list[Record],
    gaps: list[Gap],
) -> Consumer:
    """Return a consumer that reads one record a page."""
    stream = Stream(ddbstreams_client, ddbstreams_stream.arn, page_size=1)
    return Consumer(stream, delivered.extend, {}, on_gap=gaps.append)


def order(order_id: str) -> dict[str, Any]:
    return {"order_id": order_id, "customer": "ada", "total": 1}


def ids(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["Keys"]["order_id"]["S"] for record in records]


@pytest.mark.ddbstreams_expired_iterators(times=1, after=1)
def test_an_iterator_that_expires_between_two_pages_loses_no_order_and_repeats_none(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_stream.insert(order("o#2"))

    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#2"]


@pytest.mark.ddbstreams_expired_iterators(times=3)
def test_expired_iterators_are_replaced_until_one_is_valid(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))

    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1"]


def test_a_pause_of_sixteen_minutes_expires_the_iterator_and_loses_no_order(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("o#2"))
    ddbstreams_clock.tick(minutes=16)
    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#2"]
    assert len(ddbstreams_mock.calls.errors) == 1  # ExpiredIteratorException


def test_the_iterators_of_all_shards_are_replaced_when_they_expire_at_once(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: FakeStream,
    consumer: Consumer,
    delivered: list[Record],
) -> None:
    ddbstreams_stream.split(into=4)
    consumer.run(until_idle=0)

    ddbstreams_mock.expire_iterators()
    ddbstreams_stream.write_many(order(f"o#{number}") for number in range(8))
    consumer.run(until_idle=0)

    assert sorted(ids(delivered)) == [f"o#{number}" for number in range(8)]
    assert len(ddbstreams_mock.calls.errors) == 4


def test_an_iterator_that_expires_before_the_first_order_loses_no_order(
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
) -> None:
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_clock.tick(minutes=16)
    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1"]


def test_orders_that_are_trimmed_unread_are_reported_and_skipped(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record], gaps: list[Gap]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("o#2"))
    ddbstreams_stream.insert(order("o#3"))
    ddbstreams_stream.trim(records=2)
    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#3"]
    assert len(gaps) == 1


def test_a_trimmed_checkpoint_is_reported_and_reading_continues_at_the_oldest_order_left(
    ddbstreams_client: Any,
    ddbstreams_stream: FakeStream,
    delivered: list[Record],
    gaps: list[Gap],
) -> None:
    stream = Stream(ddbstreams_client, ddbstreams_stream.arn)
    checkpoints: dict[str, Checkpoint] = {}
    ddbstreams_stream.insert(order("o#1"))
    Consumer(stream, delivered.extend, checkpoints).run(until_idle=0)
    last_read = delivered[-1]["dynamodb"]["SequenceNumber"]

    ddbstreams_stream.insert(order("o#2"))
    ddbstreams_stream.insert(order("o#3"))
    ddbstreams_stream.trim(records=2)
    Consumer(stream, delivered.extend, checkpoints, on_gap=gaps.append).run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#3"]
    assert gaps == [Gap(ddbstreams_stream.shards[0].id, after=last_read)]


def test_a_consumer_that_was_away_for_a_day_reports_a_gap_and_reads_the_orders_left(
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
    gaps: list[Gap],
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("missed"))
    ddbstreams_clock.tick(hours=25)
    ddbstreams_stream.insert(order("o#3"))
    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#3"]
    assert len(gaps) == 1


def test_a_half_read_shard_that_aged_out_is_reported_and_its_child_is_read(
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
    gaps: list[Gap],
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("missed"))
    parent = ddbstreams_stream.shards[0]
    ddbstreams_stream.rotate()
    ddbstreams_clock.tick(hours=25)
    ddbstreams_stream.insert(order("o#3"))
    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#3"]
    assert [gap.shard_id for gap in gaps] == [parent.id]


def test_a_gap_is_logged_when_no_on_gap_is_given(
    ddbstreams_client: Any,
    ddbstreams_stream: FakeStream,
    caplog: pytest.LogCaptureFixture,
) -> None:
    consumer = Consumer(Stream(ddbstreams_client, ddbstreams_stream.arn), list, {})
    ddbstreams_stream.insert(order("o#1"))
    consumer.run(until_idle=0)

    ddbstreams_stream.insert(order("o#2"))
    ddbstreams_stream.trim(records=2)
    consumer.run(until_idle=0)

    assert "were trimmed before they were read" in caplog.text
