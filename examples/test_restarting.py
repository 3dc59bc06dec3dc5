"""Tests of a consumer that stops or crashes and starts again from its checkpoint file and its database."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from order_projection import Consumer, JsonCheckpoints, OrderTotals, Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from order_projection.api import Record

    from pytest_ddbstreams import Stream as FakeStream

    StartConsumer = Callable[[Callable[[list[Record]], object]], Consumer]

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"order_id": "S"}),
]


@pytest.fixture
def delivered() -> list[Record]:
    return []


@pytest.fixture
def start(ddbstreams_client: Any, ddbstreams_stream: FakeStream, tmp_path: Path) -> StartConsumer:
    """Return a function that builds a consumer from the checkpoint file, as a new process does."""

    def start(handle: Callable[[list[Record]], object]) -> Consumer:
        stream = Stream(ddbstreams_client, ddbstreams_stream.arn, page_size=2)
        return Consumer(stream, handle, JsonCheckpoints(tmp_path / "checkpoints.json"))

    return start


def order(order_id: str) -> dict[str, Any]:
    return {"order_id": order_id, "customer": "ada", "total": 1}


def ids(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["Keys"]["order_id"]["S"] for record in records]


def test_a_restarted_consumer_continues_after_the_last_order_that_it_handled(
    ddbstreams_stream: FakeStream, start: StartConsumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    start(delivered.extend).run(until_idle=0)

    ddbstreams_stream.insert(order("o#2"))
    start(delivered.extend).run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#2"]


def test_a_shard_that_was_read_to_its_end_is_not_read_again_after_a_restart(
    ddbstreams_stream: FakeStream, start: StartConsumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_stream.rotate()
    start(delivered.extend).run(until_idle=0)

    start(delivered.extend).run(until_idle=0)

    assert ids(delivered) == ["o#1"]


def test_a_shard_that_split_while_the_consumer_was_down_is_read_before_its_children(
    ddbstreams_stream: FakeStream, start: StartConsumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    start(delivered.extend).run(until_idle=0)

    ddbstreams_stream.insert(order("o#2"))
    ddbstreams_stream.split()
    ddbstreams_stream.insert(order("o#3"))
    start(delivered.extend).run(until_idle=0)

    assert ids(delivered) == ["o#1", "o#2", "o#3"]


def test_stop_finishes_the_current_page_and_leaves_the_rest_for_the_next_process(
    ddbstreams_stream: FakeStream, start: StartConsumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.write_many(order(f"o#{number}") for number in range(5))

    def stop_at_the_first_page(records: list[Record]) -> None:
        delivered.extend(records)
        consumer.stop()

    consumer = start(stop_at_the_first_page)
    consumer.run(until_idle=60)
    before = ids(delivered)
    start(delivered.extend).run(until_idle=0)

    assert before == ["o#0", "o#1"]
    assert ids(delivered) == ["o#0", "o#1", "o#2", "o#3", "o#4"]


def test_a_page_is_delivered_again_after_its_handler_crashed(
    ddbstreams_stream: FakeStream, start: StartConsumer, delivered: list[Record]
) -> None:
    ddbstreams_stream.write_many(order(f"o#{number}") for number in range(4))

    def crash_at_the_second_page(records: list[Record]) -> None:
        if delivered:
            raise ConnectionError("the database went away")
        delivered.extend(records)

    with pytest.raises(ConnectionError):
        start(crash_at_the_second_page).run(until_idle=0)
    start(delivered.extend).run(until_idle=0)

    assert ids(delivered) == ["o#0", "o#1", "o#2", "o#3"]


def test_orders_that_are_applied_again_do_not_change_the_totals(
    ddbstreams_stream: FakeStream, start: StartConsumer, tmp_path: Path
) -> None:
    ddbstreams_stream.insert(order("o#1"))
    ddbstreams_stream.insert(order("o#2"))

    with closing(OrderTotals()) as totals:
        start(totals.apply).run(until_idle=0)
        (tmp_path / "checkpoints.json").unlink()
        start(totals.apply).run(until_idle=0)

        assert totals.by_customer() == {"ada": Decimal(2)}
