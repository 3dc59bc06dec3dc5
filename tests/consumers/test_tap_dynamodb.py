"""Singer's tap-dynamodb, unchanged, replicates streams of the mock beside tables of moto.

It requires one old boto3, and singer-python an old jsonschema. tox's environment ``consumers`` installs both with
--no-deps, and runs this file.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

with warnings.catch_warnings():
    # singer-python imports a name that is deprecated in jsonschema.
    warnings.simplefilter("ignore")
    tap = pytest.importorskip(
        "tap_dynamodb.sync",
        reason="tap-dynamodb requires an old boto3; `tox run -e consumers` runs this without it",
    )

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Clock, Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

CATALOG_ENTRY = {
    "tap_stream_id": "orders",
    "schema": {"type": "object"},
    "metadata": [
        {"breadcrumb": [], "metadata": {"replication-method": "LOG_BASED", "table-key-properties": ["pk"]}},
    ],
}


@pytest.fixture
def table(ddbstreams_stream: Stream) -> Iterator[Any]:
    """Return a client of a table of moto, whose stream is that of the test."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": ddbstreams_stream.view_type},
        )
        yield client


@pytest.fixture
def sync(table: Any, capfd: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that runs the tap with the state of its last run, and returns the messages that it writes."""
    del table
    state: dict[str, Any] = {}

    def run() -> list[dict[str, Any]]:
        tap.sync_stream({"region_name": "us-east-1"}, state, CATALOG_ENTRY)
        messages = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
        state.update(messages[-1]["value"])
        return messages

    return run


def rows(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def keys(messages: list[dict[str, Any]]) -> list[str]:
    return [row["pk"] for row in rows(messages)]


def bookmarks(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the bookmarks that a run keeps for the next one."""
    kept: dict[str, Any] = messages[-1]["value"]["bookmarks"]["orders"]
    return kept


def put(stream: Stream, *names: str) -> None:
    for name in names:
        stream.put({"pk": name})


def test_the_first_run_reads_the_table_and_later_runs_read_its_stream(
    ddbstreams_stream: Stream, table: Any, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    table.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    ddbstreams_stream.rotate()

    assert keys(sync()) == ["a"]

    put(ddbstreams_stream, "b", "c")
    ddbstreams_stream.rotate()

    assert keys(sync()) == ["b", "c"]


def test_records_of_a_shard_are_replicated_after_it_is_closed(
    ddbstreams_stream: Stream, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    sync()
    put(ddbstreams_stream, "a")

    assert keys(sync()) == []
    ddbstreams_stream.split()
    assert keys(sync()) == ["a"]


def test_every_record_is_replicated_once_over_splits_and_several_runs(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    sync()
    replicated: list[str] = []
    for run in range(4):
        for number in range(3):
            put(ddbstreams_stream, f"{run}-{number}")
            ddbstreams_stream.open_shards[0].split()
        ddbstreams_clock.tick(hours=4)
        replicated += keys(sync())
    for shard in ddbstreams_stream.open_shards:
        ddbstreams_stream.rotate(shard)
    replicated += keys(sync())

    assert sorted(replicated) == [f"{run}-{number}" for run in range(4) for number in range(3)]


def test_a_removed_item_is_replicated_as_its_key_and_the_time_of_removal(
    ddbstreams_stream: Stream, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    sync()
    ddbstreams_stream.remove({"pk": "a"}, old={"pk": "a", "total": 1})
    ddbstreams_stream.rotate()

    assert rows(sync()) == [{"pk": "a", "_sdc_deleted_at": "2026-01-01T00:00:00.000000Z"}]


@pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}, view_type="KEYS_ONLY")
def test_the_tap_refuses_a_stream_without_new_images(
    ddbstreams_stream: Stream, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    sync()
    put(ddbstreams_stream, "a")
    ddbstreams_stream.rotate()

    with pytest.raises(RuntimeError, match="Dynamo stream view type must be either"):
        sync()


def test_a_run_after_more_than_a_day_reads_the_table_again(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock, table: Any, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    sync()
    put(ddbstreams_stream, "lost")
    ddbstreams_stream.rotate()
    table.put_item(TableName="orders", Item={"pk": {"S": "kept"}})
    ddbstreams_clock.tick(hours=25)

    assert keys(sync()) == ["kept"]


def test_every_run_adds_a_closed_shard_to_the_state_again(
    ddbstreams_stream: Stream, sync: Callable[[], list[dict[str, Any]]]
) -> None:
    """The tap adds each closed shard to its finished shards, also one that is among them."""
    closed = ddbstreams_stream.shards[0].id
    ddbstreams_stream.rotate()

    assert [bookmarks(sync())["finished_shards"].count(closed) for _ in range(3)] == [2, 3, 4]
