"""A test of the consumer in every named scenario of pytest-ddbstreams, and in one that is defined here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from order_projection import Consumer, Stream

from pytest_ddbstreams import Scenario, scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from order_projection.api import Record


def order(number: int) -> dict[str, Any]:
    return {"order_id": f"o#{number}", "customer": "ada", "total": number}


@scenario
def two_generations_at_once(scenario: Scenario) -> Iterator[None]:
    """Split shards again before the consumer has listed the children of their first split."""
    scenario.write(8)
    yield
    for _ in range(2):
        for shard in scenario.stream.open_shards:
            scenario.stream.split(shard)
        scenario.change()


@pytest.mark.ddbstreams_scenarios(item=order)
@pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"order_id": "S"})
def test_every_order_is_delivered_in_every_scenario(ddbstreams_scenario: Scenario, ddbstreams_client: Any) -> None:
    delivered: list[Record] = []
    stream = Stream(ddbstreams_client, ddbstreams_scenario.stream.arn)

    Consumer(stream, delivered.extend, {}).run(until_idle=5)

    ddbstreams_scenario.assert_delivered(delivered)
