from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_handlers import Handler, connect, fill, reasons_of

from pytest_ddbstreams import EventSourceMapping, StreamsMock, _json, to_lambda_event
from pytest_ddbstreams._lambda.batcher import Batch, Batcher, Window
from pytest_ddbstreams._lambda.events import StoredRecord

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

SIX_MEGABYTES = 6_291_456
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


ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/test-table/stream/2026-01-01T00:00:00.000"
ENVELOPE = len('{"Records":[]}')


def stored(number: int, size: int = 200, *, at: float = 0) -> StoredRecord:
    """Return a record whose JSON text has `size` bytes."""
    document = {"dynamodb": {"ApproximateCreationDateTime": at}, "padding": ""}
    document["padding"] = "x" * (size - len(_json.encode(document)))
    return StoredRecord(number, _json.encode(document))


def batcher_with(records: list[StoredRecord], window: Window | None = None, **settings: Any) -> Batcher:
    mapping = EventSourceMapping(starting_position="LATEST", **settings)
    batcher = Batcher(0, mapping, ARN)
    batcher.window = window
    batcher.gather(records, START)
    return batcher


def first_batch(batcher: Batcher) -> tuple[int, str]:
    batch = batcher.next_batch(START, is_window_over=False)
    assert batch is not None
    return len(batch.records), batch.reason


def fill_payload(room: int) -> list[StoredRecord]:
    """Return two records that take `room` bytes of a payload."""
    first = stored(1, 1_000_000)
    overhead = stored(2).size_in_event(ARN) - 200
    return [first, stored(2, room - first.size_in_event(ARN) - overhead)]


@pytest.mark.parametrize(("excess", "expected"), [(0, (2, "available")), (1, (1, "payload"))])
def test_a_payload_has_at_most_six_megabytes(excess: int, expected: tuple[int, str]) -> None:
    records = fill_payload(SIX_MEGABYTES - ENVELOPE + excess)
    assert first_batch(batcher_with(records)) == expected


@pytest.mark.parametrize(("excess", "expected"), [(0, (2, "available")), (1, (1, "payload"))])
def test_a_payload_in_a_window_has_room_for_the_window_and_its_state(excess: int, expected: tuple[int, str]) -> None:
    window = Window.at(0, 60)
    window.state = b'"' + b"x" * 1000 + b'"'
    records = fill_payload(SIX_MEGABYTES - ENVELOPE - 1300 - len(window.state) + excess)
    assert first_batch(batcher_with(records, window, tumbling_window_in_seconds=60)) == expected


def test_the_members_of_a_window_fit_into_their_room() -> None:
    window = Window.at(0, 60)
    members = window.members("shardId-".ljust(65, "0"), "a" * 1024, is_final=False)
    assert len(members) - len(window.state) < 1300


@given(st.integers(0, 6), st.integers(1, 4), st.integers(0, 5), st.integers(0, 12))
def test_a_batch_is_cut_when_it_is_full_or_its_batching_window_is_over(
    count: int, batch_size: int, seconds: int, waited: int
) -> None:
    records = [stored(number) for number in range(count)]
    batcher = batcher_with(records, batch_size=batch_size, maximum_batching_window_in_seconds=seconds)
    batch = batcher.next_batch(START + timedelta(seconds=waited), is_window_over=False)
    is_due = count >= batch_size or (count > 0 and waited >= seconds)
    assert (batch is not None) == is_due
    if batch is not None:
        expected = "full" if count >= batch_size else "window" if seconds else "available"
        assert (batch.records, batch.reason) == (records[:batch_size], expected)
        assert batcher.gathered == records[batch_size:]


@given(st.integers(0, 6), st.integers(1, 4))
def test_a_batcher_has_room_for_the_rest_of_its_next_batch(count: int, batch_size: int) -> None:
    batcher = batcher_with([stored(number) for number in range(count)], batch_size=batch_size)
    assert (batcher.room, batcher.waiting) == (max(batch_size - count, 0), count)


@given(st.lists(st.sampled_from([0, 59.5, 60, 61, 119, 120]), min_size=1))
def test_a_batch_holds_the_leading_records_of_one_tumbling_window(times: list[float]) -> None:
    records = [stored(number, at=at) for number, at in enumerate(times)]
    count, reason = first_batch(batcher_with(records, tumbling_window_in_seconds=60))
    windows = [at // 60 for at in times]
    others = [index for index, window in enumerate(windows) if window != windows[0]]
    assert (count, reason) == (others[0], "tumbled") if others else (len(times), "available")


@given(st.floats(0, 4e9), st.integers(1, 900))
def test_a_tumbling_window_starts_at_a_multiple_of_its_length_and_holds_its_record(at: float, seconds: int) -> None:
    window = Window.at(at, seconds)
    assert window.start.timestamp() % seconds == 0
    assert window.end - window.start == timedelta(seconds=seconds)
    assert window.holds(stored(1, at=at))


@pytest.mark.parametrize(("at", "expected"), [(59.9, False), (60, True), (119.9, True), (120, False)])
def test_a_tumbling_window_holds_its_start_and_not_its_end(at: float, expected: bool) -> None:  # noqa: FBT001
    assert Window.at(60, 60).holds(stored(1, at=at)) is expected


@given(st.integers(2, 9))
def test_the_halves_of_a_batch_are_its_records_in_order_and_the_first_is_not_smaller(count: int) -> None:
    records = [stored(number) for number in range(count)]
    first, second = Batch(records, "full").halves()
    assert first.records + second.records == records
    assert len(first.records) - len(second.records) == count % 2
    assert (first.attempts, first.reason, second.reason) == (0, "bisect", "bisect")


@given(st.integers(1, 6), st.integers(0, 7))
def test_a_batch_is_split_before_a_sequence_number(count: int, number: int) -> None:
    records = [stored(place) for place in range(count)]
    below, others = Batch(records, "full").split_before(number)
    assert (below, others) == (records[:number], records[number:])
