"""Tests of the totals, and of the program that prints them."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from order_projection import Consumer, OrderTotals, Stream
from order_projection.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_ddbstreams import Stream as FakeStream
    from pytest_ddbstreams import StreamsMock

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"order_id": "S"}),
]


@pytest.fixture
def totals() -> Iterator[OrderTotals]:
    with closing(OrderTotals()) as totals:
        yield totals


@pytest.fixture
def consumer(ddbstreams_client: Any, ddbstreams_stream: FakeStream, totals: OrderTotals) -> Consumer:
    return Consumer(Stream(ddbstreams_client, ddbstreams_stream.arn), totals.apply, {})


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return arguments of the program that put its files into a temporary folder."""
    return [
        "--checkpoints",
        str(tmp_path / "checkpoints.json"),
        "--database",
        str(tmp_path / "totals.sqlite"),
    ]


def order(order_id: str, customer: str, total: str) -> dict[str, Any]:
    return {"order_id": order_id, "customer": customer, "total": Decimal(total)}


def test_the_orders_of_a_customer_are_added_up_to_the_cent(
    ddbstreams_stream: FakeStream, consumer: Consumer, totals: OrderTotals
) -> None:
    ddbstreams_stream.insert(order("o#1", "ada", "0.10"))
    ddbstreams_stream.insert(order("o#2", "ada", "0.20"))
    ddbstreams_stream.insert(order("o#3", "grace", "99.95"))

    consumer.run(until_idle=0)

    assert totals.by_customer() == {"ada": Decimal("0.30"), "grace": Decimal("99.95")}


def test_a_modified_order_counts_with_its_newest_total(
    ddbstreams_stream: FakeStream, consumer: Consumer, totals: OrderTotals
) -> None:
    ddbstreams_stream.insert(order("o#1", "ada", "5"))
    ddbstreams_stream.modify(order("o#1", "ada", "7.50"))

    consumer.run(until_idle=0)

    assert totals.by_customer() == {"ada": Decimal("7.50")}


def test_an_order_that_moves_to_another_customer_leaves_the_total_of_the_first(
    ddbstreams_stream: FakeStream, consumer: Consumer, totals: OrderTotals
) -> None:
    ddbstreams_stream.insert(order("o#1", "ada", "5"))
    ddbstreams_stream.modify(order("o#1", "grace", "5"))

    consumer.run(until_idle=0)

    assert totals.by_customer() == {"grace": Decimal(5)}


def test_a_removed_order_does_not_count(ddbstreams_stream: FakeStream, consumer: Consumer, totals: OrderTotals) -> None:
    ddbstreams_stream.insert(order("o#1", "ada", "5"))
    ddbstreams_stream.insert(order("o#2", "ada", "6"))
    ddbstreams_stream.remove({"order_id": "o#1"})

    consumer.run(until_idle=0)

    assert totals.by_customer() == {"ada": Decimal(6)}


def test_totals_are_right_when_shards_split_between_the_changes_of_an_order(
    ddbstreams_stream: FakeStream, consumer: Consumer, totals: OrderTotals
) -> None:
    for number in range(20):
        ddbstreams_stream.insert(order(f"o#{number}", "ada", "1"))
    ddbstreams_stream.split()
    for number in range(20):
        ddbstreams_stream.modify(order(f"o#{number}", "ada", "2"))
    ddbstreams_stream.split(shard=ddbstreams_stream.open_shards[0])
    for number in range(10):
        ddbstreams_stream.remove({"order_id": f"o#{number}"})

    consumer.run(until_idle=0)

    assert totals.by_customer() == {"ada": Decimal(20)}


def test_the_program_finds_the_stream_of_its_table_and_prints_the_totals(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: FakeStream,
    files: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ddbstreams_mock.create_stream("customers", key_schema={"customer": "S"})
    ddbstreams_stream.insert(order("o#1", "ada", "9.25"))

    main(["--table", "orders", "--region", "us-east-1", "--until-idle", "0", *files])

    assert capsys.readouterr().out == "ada\t9.25\n"


def test_the_program_started_again_prints_totals_of_old_and_new_orders(
    ddbstreams_stream: FakeStream, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--stream-arn", ddbstreams_stream.arn, "--region", "us-east-1", "--until-idle", "0", *files]
    ddbstreams_stream.insert(order("o#1", "ada", "9.25"))
    main(arguments)

    ddbstreams_stream.insert(order("o#2", "ada", "0.75"))
    main(arguments)

    assert capsys.readouterr().out.splitlines() == ["ada\t9.25", "ada\t10.00"]


@pytest.mark.usefixtures("ddbstreams_stream")
def test_the_program_refuses_a_table_that_has_no_stream(files: list[str]) -> None:
    with pytest.raises(LookupError, match="table 'order' has no stream"):
        main(["--table", "order", "--region", "us-east-1", *files])
