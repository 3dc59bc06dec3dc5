from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, keys_of

from pytest_ddbstreams import InvalidOption, NotDrained, StreamsMock, StreamStateError

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FROM_START = {"starting_position": "TRIM_HORIZON"}


def test_draining_a_mock_drains_each_of_its_mappings(ddbstreams_mock: StreamsMock) -> None:
    handlers = [Handler(), Handler()]
    for table, handler in zip(("orders", "users"), handlers, strict=True):
        fill(ddbstreams_mock.create_stream(table), 2)
        ddbstreams_mock.event_source_mapping(table, handler, **FROM_START)  # type: ignore[arg-type]
    invocations = ddbstreams_mock.drain()
    assert [handler.delivered for handler in handlers] == [["o#0", "o#1"]] * 2
    assert [keys_of(invocation.event) for invocation in invocations] == [["o#0", "o#1"]] * 2


def test_draining_a_mock_goes_on_until_no_handler_writes_to_the_stream_of_another(
    ddbstreams_mock: StreamsMock,
) -> None:
    orders, invoices = ddbstreams_mock.create_stream("orders"), ddbstreams_mock.create_stream("invoices")

    def invoice(event: Any, _context: Any) -> None:
        fill(invoices, len(event["Records"]))

    handler = Handler()
    ddbstreams_mock.event_source_mapping(invoices, handler, **FROM_START)  # type: ignore[arg-type]
    ddbstreams_mock.event_source_mapping(orders, invoice, **FROM_START)  # type: ignore[arg-type]
    fill(orders, 2)
    ddbstreams_mock.drain()
    assert handler.delivered == ["o#0", "o#1"]


def test_draining_a_mock_waits_for_the_mapping_that_is_due_first(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, Handler(), maximum_batching_window_in_seconds=60)
    connect(ddbstreams_mock, Handler(failures=1))
    seconds = [(invocation.at - START).total_seconds() for invocation in ddbstreams_mock.drain()]
    assert seconds == [0, 0.25, 60]


def test_draining_a_mock_without_mappings_does_nothing(ddbstreams_mock: StreamsMock) -> None:
    assert ddbstreams_mock.drain() == ()


def test_draining_a_mock_leaves_out_disabled_mappings(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, Handler(), enabled=False, maximum_batching_window_in_seconds=60)
    assert ddbstreams_mock.drain() == ()
    assert ddbstreams_mock.clock.now() == START


def test_draining_a_mock_leaves_out_mappings_from_before_a_reset(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, Handler())
    ddbstreams_mock.reset()
    assert ddbstreams_mock.drain() == ()


def test_a_mapping_that_a_handler_connects_is_drained_too(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    second = Handler()

    def handler(_event: Any, _context: Any) -> None:
        connect(ddbstreams_mock, second)

    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, handler)
    ddbstreams_mock.drain()
    assert second.delivered == ["o#0"]


def test_a_handler_cannot_drain_its_mock(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, lambda _event, _context: ddbstreams_mock.drain()).poll()
    assert isinstance(invocation.error, StreamStateError)
    assert "cannot poll, drain or update its own mapping" in str(invocation.error)


def test_draining_a_mock_counts_the_invocations_of_all_mappings(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    for _ in range(2):
        connect(ddbstreams_mock, Handler(), batch_size=1)
    with pytest.raises(NotDrained, match="more than 3 invocations"):
        ddbstreams_mock.drain(max_invocations=3)


def test_draining_a_mock_stops_at_a_batch_that_always_fails(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, Handler())
    connect(ddbstreams_mock, Handler(poison={"o#0"}))
    with pytest.raises(NotDrained, match="failed 3 times with the same batch"):
        ddbstreams_mock.drain(max_attempts=3)


@pytest.mark.usefixtures("ddbstreams_stream")
@pytest.mark.parametrize("bound", ["max_attempts", "max_invocations"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "1"], ids=repr)
def test_a_bound_of_draining_that_is_no_count_is_refused(ddbstreams_mock: StreamsMock, bound: str, value: Any) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    for drained in (mapping, ddbstreams_mock):
        with pytest.raises(InvalidOption, match=rf"{bound}=.* does not fit; {bound} takes an integer from 1 on"):
            drained.drain(**{bound: value})


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        ({}, [1]),
        ({"maximum_batching_window_in_seconds": 60}, [1]),
        ({"tumbling_window_in_seconds": 60}, [1, 0]),
    ],
    ids=["none", "batching", "tumbling"],
)
def test_draining_in_the_last_second_of_the_calendar_ends_each_window_there(
    ddbstreams_mock: StreamsMock, settings: Any, sizes: list[int]
) -> None:
    ddbstreams_mock.clock.move_to("9999-12-31T23:59:59Z")
    stream = ddbstreams_mock.create_stream("orders")
    stream.put({"pk": "1"})
    handler = Handler(response={"state": {}} if "tumbling_window_in_seconds" in settings else None)
    mapping = ddbstreams_mock.event_source_mapping(stream, handler, **FROM_START, **settings)  # type: ignore[arg-type]
    assert [len(invocation.event["Records"]) for invocation in mapping.drain()] == sizes


def test_a_failed_batch_is_retried_in_the_last_second_of_the_calendar(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.clock.move_to("9999-12-31T23:59:59.999Z")
    stream = ddbstreams_mock.create_stream("orders")
    stream.put({"pk": "1"})
    mapping = ddbstreams_mock.event_source_mapping(
        stream, Handler(failures=1), starting_position="TRIM_HORIZON", maximum_retry_attempts=1
    )
    mapping.drain()
    assert len(mapping.invocations) == 2
