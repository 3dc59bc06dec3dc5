from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from lambda_handlers import Handler, connect, fill, reasons_of

from pytest_ddbstreams import (
    StreamsMock,
    to_lambda_event,
)

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_function_receives_the_event_that_to_lambda_event_returns(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    events = []
    fill(ddbstreams_stream, 2)
    connect(ddbstreams_mock, lambda event, _: events.append(event)).poll()
    assert events == [to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream)]


def test_a_poll_delivers_one_batch_of_at_most_the_batch_size(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 5)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2)
    assert reasons_of(mapping.poll()) == ["full"]
    assert handler.batches == [names[:2]]


def test_drain_delivers_all_batches_in_order(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 5)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2)
    assert reasons_of(mapping.drain()) == ["full", "full", "available"]
    assert handler.batches == [names[:2], names[2:4], names[4:]]


def test_the_function_is_not_invoked_without_records(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    assert (mapping.poll(), mapping.drain()) == ((), ())
    assert len(ddbstreams_stream.shards[0]) == 0


def test_records_written_after_a_drain_are_delivered_by_the_next_drain(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    fill(ddbstreams_stream, 1)
    mapping.drain()
    fill(ddbstreams_stream, 1, start=1)
    mapping.drain()
    assert handler.batches == [["o#0"], ["o#1"]]


def test_a_batch_that_would_pass_six_megabytes_is_cut(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for number in range(20):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping = connect(ddbstreams_mock, Handler())
    counts = [(len(invocation.sequence_numbers), invocation.reason) for invocation in mapping.drain()]
    assert counts == [(16, "payload"), (4, "available")]


def test_drain_does_not_move_the_clock_when_no_batch_has_to_wait(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    connect(ddbstreams_mock, Handler(), batch_size=1).drain()
    assert ddbstreams_mock.clock.now() == START


def test_a_mapping_delivers_after_the_clock_was_set_back(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    ddbstreams_mock.clock.move_to("2025-12-31")
    fill(ddbstreams_stream, 1)
    assert len(mapping.poll()) == 1


@pytest.mark.ddbstreams(freeze=None)
def test_drain_does_not_freeze_the_clock_when_no_batch_has_to_wait(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    connect(ddbstreams_mock, Handler(), batch_size=1).drain()
    assert not ddbstreams_mock.clock.is_frozen


@pytest.mark.ddbstreams(freeze=None)
def test_drain_freezes_the_clock_when_a_batch_has_to_wait(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.drain()
    assert ddbstreams_mock.clock.is_frozen
    assert mapping.invocations[1].at >= mapping.invocations[0].at + timedelta(seconds=0.25)


def test_a_batch_that_is_not_full_waits_for_the_end_of_its_batching_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, maximum_batching_window_in_seconds=10)
    fill(ddbstreams_stream, 1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=9)
    fill(ddbstreams_stream, 1, start=1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=1)
    assert reasons_of(mapping.poll()) == ["window"]
    assert handler.batches == [["o#0", "o#1"]]


def test_a_full_batch_does_not_wait_for_its_batching_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2, maximum_batching_window_in_seconds=10)
    fill(ddbstreams_stream, 2)
    assert reasons_of(mapping.poll()) == ["full"]


def test_drain_moves_the_clock_to_the_end_of_the_batching_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2, maximum_batching_window_in_seconds=10)
    assert reasons_of(mapping.drain()) == ["full", "window"]
    assert ddbstreams_mock.clock.now() == START + timedelta(seconds=10)


def test_the_batching_window_of_records_left_by_a_full_payload_began_when_they_were_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for number in range(17):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping = connect(ddbstreams_mock, Handler(), maximum_batching_window_in_seconds=10)
    assert reasons_of(mapping.poll()) == ["payload"]
    ddbstreams_mock.clock.tick(seconds=5)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=5)
    assert reasons_of(mapping.poll()) == ["window"]
