"""Each ready scenario passes a right consumer, and fails a consumer with the flaw that it is for."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from scenarios.consumer_with_flaws import LoopingConsumer

from pytest_ddbstreams import Scenario, UnusedFault, mock_streams
from pytest_ddbstreams._scenarios.ready import SCENARIOS

#: What a consumer stumbles over that has one flaw, and over nothing else.
STUMBLES = {
    "lists-once": {"split_between_polls", "child_already_written", "late_children"},
    "first-page": {"more_than_100_shards"},
    "children-first": {"split_with_unread_records", "parent_looks_open"},
    "children-at-latest": {"split_between_polls", "child_already_written", "late_children"},
    "waits-for-the-unlisted": {"dangling_parent"},
    "empty-is-the-end": {"empty_pages"},
    "keeps-iterators": {"idle_past_15_minutes"},
    "keeps-place": {"checkpoint_trimmed", "trimmed_between_iterator_and_read"},
    "impatient": {"throttle_storm"},
    "open-goes-on": {"parent_looks_open"},
    "leaves-the-disabled": {"disabled_stream"},
}


@cache
def client() -> Any:
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    config = Config(retries={"mode": "legacy"})
    return session.client("dynamodbstreams", region_name="us-east-1", config=config)


def stumbles(name: str, flaw: str | None, start: Any = "TRIM_HORIZON") -> bool:
    """Whether a consumer breaks off, leaves off early, or does not deliver what it must."""
    with mock_streams(freeze="2026-01-01", strict=False) as streams:
        stream = streams.create_stream("orders")
        stream.insert({"pk": "before"})
        scenario = Scenario(name, SCENARIOS[name], streams, stream, start=start)
        consumer = LoopingConsumer(client(), scenario.stream.arn, flaw, start)
        try:
            consumer.run()
            scenario.finish()
            scenario.assert_delivered(consumer.delivered)
        except (ClientError, KeyError, UnusedFault, AssertionError):
            return True
    return False


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_right_consumer_passes_every_scenario(name: str) -> None:
    assert not stumbles(name, None)


@pytest.mark.parametrize("start", ["LATEST", "AT_TIMESTAMP"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_right_consumer_that_starts_late_passes_every_scenario(name: str, start: str) -> None:
    assert not stumbles(name, None, start)


@pytest.mark.parametrize("flaw", ["lists-once", "children-at-latest"])
def test_a_consumer_that_starts_at_latest_and_never_finds_children_at_their_start_is_caught(flaw: str) -> None:
    assert stumbles("split_with_unread_records", flaw, "LATEST")


@pytest.mark.parametrize("flaw", STUMBLES)
def test_each_flaw_fails_the_scenarios_written_for_it(flaw: str) -> None:
    assert {name for name in SCENARIOS if stumbles(name, flaw)} == STUMBLES[flaw]


def test_every_scenario_finds_a_flaw() -> None:
    assert set(SCENARIOS) == set().union(*STUMBLES.values())
