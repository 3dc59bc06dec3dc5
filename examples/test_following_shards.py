"""Tests of the consumer while shards split, rotate and age out."""

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


@pytest.fixture
def delivered() -> list[Record]:
    return []


@pytest.fixture
def consumer(ddbstreams_client: Any, ddbstreams_stream: FakeStream, delivered: list[Record]) -> Consumer:
    return Consumer(Stream(ddbstreams_client, ddbstreams_stream.arn), delivered.extend, {})


def order(order_id: str, total: int = 1) -> dict[str, Any]:
    return {"order_id": order_id, "customer": "ada", "total": total}


def ids(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["Keys"]["order_id"]["S"] for record in records]


def totals_of(records: list[Record], order_id: str) -> list[str]:
    """Return the totals of an order in the sequence in which the consumer got them."""
    changes = [record["dynamodb"] for record in records]
    return [each["NewImage"]["total"]["N"] for each in changes if each["Keys"]["order_id"]["S"] == order_id]


def test_orders_are_delivered_in_the_sequence_of_their_writes(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_stream.insert(order("o#2"))

    consumer.run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#2"]


def test_more_orders_than_one_page_holds_are_all_delivered(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.write_many(order(f"o#{number}") for number in range(2500))

    consumer.run(until_idle=0)

    assert ids(delivered) == [f"o#{number}" for number in range(2500)]


def test_a_split_between_two_polls_is_followed_into_both_children(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("before"))
    consumer.poll()

    ddbstreams_stream.split()
    ddbstreams_stream.write_many(order(f"o#{number}") for number in range(50))
    consumer.run(until_idle=0)

    assert sorted(ids(delivered)) == sorted(["before", *(f"o#{number}" for number in range(50))])


def test_a_rotation_between_two_polls_is_followed(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("before"))
    consumer.poll()

    ddbstreams_stream.rotate()
    ddbstreams_stream.insert(order("after"))
    consumer.run(until_idle=0)

    assert ids(delivered) == ["before", "after"]


def test_a_change_written_right_before_a_split_is_delivered_before_the_changes_in_the_children(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    consumer.poll()

    ddbstreams_stream.insert(order("o#1", total=1))
    ddbstreams_stream.split()
    ddbstreams_stream.modify(order("o#1", total=2))
    consumer.run(until_idle=0)

    assert totals_of(delivered, "o#1") == ["1", "2"]


def test_a_parent_that_takes_several_polls_is_read_to_its_end_before_its_child(
    ddbstreams_client: Any, ddbstreams_stream: FakeStream, delivered: list[Record]
) -> None:
    for total in range(25):
        ddbstreams_stream.put(order("o#1", total=total))
    ddbstreams_stream.rotate()
    ddbstreams_stream.put(order("o#1", total=25))

    page_by_page = Stream(ddbstreams_client, ddbstreams_stream.arn, page_size=1)
    Consumer(page_by_page, delivered.extend, {}).run(until_idle=0)

    assert totals_of(delivered, "o#1") == [str(total) for total in range(26)]


def test_the_changes_of_an_order_are_delivered_in_sequence_over_six_generations_of_shards(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    for total in range(6):
        for number in range(20):
            ddbstreams_stream.put(order(f"o#{number}", total=total))
        for shard in ddbstreams_stream.open_shards:
            ddbstreams_stream.split(shard=shard, into=1 + total % 2)

    consumer.run(until_idle=0)

    histories = {f"o#{number}": totals_of(delivered, f"o#{number}") for number in range(20)}
    assert histories == {f"o#{number}": ["0", "1", "2", "3", "4", "5"] for number in range(20)}


def test_a_stream_with_more_shards_than_one_page_lists_is_read_to_the_end(
    ddbstreams_stream: FakeStream, consumer: Consumer, delivered: list[Record]
) -> None:
    for number in range(120):
        ddbstreams_stream.insert(order(f"o#{number}"))
        ddbstreams_stream.rotate()

    consumer.run(until_idle=0)

    assert ids(delivered) == [f"o#{number}" for number in range(120)]


def test_a_closed_shard_that_was_read_to_its_end_is_not_read_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: FakeStream, consumer: Consumer
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_stream.rotate()
    consumer.run(until_idle=0)
    calls_before = len(ddbstreams_mock.calls.of("GetRecords"))

    consumer.poll()

    assert len(ddbstreams_mock.calls.of("GetRecords")) == calls_before + 1  # of the open shard


def test_a_parent_that_aged_out_does_not_hold_up_its_child(
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
) -> None:
    ddbstreams_stream.insert(order("yesterday"))
    ddbstreams_stream.rotate()
    ddbstreams_clock.tick(hours=25)
    ddbstreams_stream.insert(order("today"))

    consumer.run(until_idle=0)

    assert ids(delivered) == ["today"]


def test_a_consumer_waits_for_orders_as_long_as_until_idle(ddbstreams_clock: Clock, consumer: Consumer) -> None:
    start = ddbstreams_clock.now()

    consumer.run(until_idle=60)

    assert (ddbstreams_clock.now() - start).total_seconds() == pytest.approx(60, abs=1)


def test_a_disabled_stream_is_read_to_its_end_and_no_further(
    ddbstreams_stream: FakeStream,
    ddbstreams_clock: Clock,
    consumer: Consumer,
    delivered: list[Record],
) -> None:
    ddbstreams_stream.insert(order("last"))
    ddbstreams_stream.disable()
    start = ddbstreams_clock.now()

    consumer.run(until_idle=3600)

    assert ids(delivered) == ["last"]
    assert (ddbstreams_clock.now() - start).total_seconds() < 60
