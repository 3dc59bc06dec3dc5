"""A test file of a user, which mypy and pyright check strictly, against the installed package; nothing runs it.

A line with ``# type: ignore[…]`` must be an error for both checkers: each reports an ignored line without an error.
"""

from __future__ import annotations

import unittest
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pytest_ddbstreams import (
    Call,
    Calls,
    Clock,
    Discarded,
    EventSourceMapping,
    Fault,
    Invocation,
    LambdaFunctions,
    NotDrained,
    Operation,
    Options,
    RecordKeys,
    S3Destination,
    Scenario,
    Shard,
    StartingPosition,
    Stream,
    StreamRecord,
    StreamsMock,
    StreamsServer,
    ViewType,
    lambda_event,
    matches,
    mock_streams,
    scenario,
    to_lambda_event,
)


def show(*values: object) -> None:
    """Use the values, whose types are what is checked."""
    assert values


@pytest.mark.ddbstreams(region="eu-west-1", freeze="2026-01-01")
def test_fixtures(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_clock: Clock) -> None:
    options: Options = ddbstreams_mock.options
    region: str = options.region
    record: StreamRecord = ddbstreams_stream.insert({"pk": region, "total": Decimal("9.50"), "tags": {"a"}})
    same: StreamRecord | None = ddbstreams_stream.put({"pk": region})
    keys: RecordKeys = record.keys
    number: str = record.sequence_number
    show(same, keys, number)
    ddbstreams_clock.tick(5)
    ddbstreams_clock.tick(timedelta(minutes=16))
    ddbstreams_clock.tick(minute=16)  # type: ignore[call-arg]
    ddbstreams_stream.trim(through=record)


def test_shards(ddbstreams_stream: Stream) -> None:
    children: tuple[Shard, ...] = ddbstreams_stream.split(into=2)
    child: Shard = children[0].rotate()
    assert child.parent_id == children[0].id
    ddbstreams_stream.split(int=2)  # type: ignore[call-arg]


def test_faults(ddbstreams_mock: StreamsMock) -> None:
    operation: Operation = "GetRecords"
    fault: Fault = ddbstreams_mock.fail(operation, "LimitExceededException", times=2)
    fault.cancel()
    ddbstreams_mock.fail("GetRecord", "LimitExceededException")  # type: ignore[arg-type]
    ddbstreams_mock.after_call("GetRecords", lambda: None)
    ddbstreams_mock.delay("GetRecords", 5)


def test_calls(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    calls: Calls = ddbstreams_mock.calls
    first: Call = calls[0]
    assert first.error is None
    calls.assert_every_record_delivered(ddbstreams_stream, handled=())
    calls.of("ListStream")  # type: ignore[arg-type]


def test_streams(ddbstreams_mock: StreamsMock) -> None:
    view_type: ViewType = "KEYS_ONLY"
    ddbstreams_mock.create_stream("orders", key_schema={"pk": "S"}, view_type=view_type)
    ddbstreams_mock.create_stream("orders", view_type="KEYS")  # type: ignore[arg-type]


def handler(event: dict[str, Any], context: Any) -> None:
    assert event
    assert context


def test_mappings(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    position: StartingPosition = "TRIM_HORIZON"
    mapping: EventSourceMapping = ddbstreams_mock.event_source_mapping(
        ddbstreams_stream, handler, starting_position=position, batch_size=10, on_failure=S3Destination()
    )
    invocations: tuple[Invocation, ...] = mapping.drain()
    discarded: tuple[Discarded, ...] = mapping.discarded
    functions: LambdaFunctions = ddbstreams_mock.lambda_functions
    functions["projector"] = handler
    show(invocations, discarded)
    with pytest.raises(NotDrained):
        ddbstreams_mock.drain()
    ddbstreams_mock.event_source_mapping("orders", handler, starting_position="AT_TIMESTAMP")  # type: ignore[arg-type]


def test_events() -> None:
    event: dict[str, Any] = lambda_event(new={"pk": "1"})
    assert matches({"eventName": ["INSERT"]}, event["Records"][0])
    assert to_lambda_event(event["Records"])


@scenario
def a_split(scenario: Scenario) -> Any:
    scenario.write(3)
    yield


# The argument of a decorated function that comes first is supplied.


@mock_streams
def with_a_mock(ddbstreams_mock: StreamsMock, number: int) -> int:
    return number + len(ddbstreams_mock.streams)


@mock_streams(region="eu-west-1", strict=False)
async def with_options(ddbstreams_mock: StreamsMock) -> int:
    return len(ddbstreams_mock.streams)


@mock_streams
def without_a_mock(number: int) -> int:
    return number


class Methods:
    @mock_streams
    def method(self, ddbstreams_mock: StreamsMock, text: str) -> str:
        return f"{text}{len(ddbstreams_mock.streams)}"


@mock_streams
class Case(unittest.TestCase):
    def test_it(self, ddbstreams_mock: StreamsMock) -> None:
        assert ddbstreams_mock.streams == ()


async def use_decorated() -> None:
    one: int = with_a_mock(1)
    two: int = await with_options()
    three: int = without_a_mock(3)
    text: str = Methods().method("text")
    case: Case = Case("test_it")
    show(one, two, three, text, case)
    with_a_mock("1")  # type: ignore[arg-type]
    mock_streams(regoin="eu-west-1")  # type: ignore[call-overload]


async def use_contexts() -> None:
    with mock_streams(seed=1) as mock, StreamsServer(mock) as server:
        url: str = server.url
        assert url
    async with mock_streams() as another:
        another.create_stream("orders")
    started: StreamsMock = mock_streams().start()
    started.stop()
