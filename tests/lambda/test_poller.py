from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, given_up, keys_of, reasons_of

from pytest_ddbstreams import Clock, NotDrained, StreamsMock, StreamStateError

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_n_retries_are_n_plus_one_invocations(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, retries: int
) -> None:
    names = fill(ddbstreams_stream, 3)
    handler = Handler(poison={"o#0"})
    mapping = connect(ddbstreams_mock, handler, batch_size=2, maximum_retry_attempts=retries)
    mapping.drain()
    assert handler.batches == [names[:2]] * (retries + 1) + [names[2:]]
    assert reasons_of(mapping.invocations) == ["full"] + ["retry"] * retries + ["available"]
    assert [invocation.attempt for invocation in mapping.invocations] == [*range(1, retries + 2), 1]
    assert given_up(mapping.discarded) == [names[:2]]


def test_a_batch_that_succeeds_at_its_last_retry_is_not_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(failures=2), maximum_retry_attempts=2)
    mapping.drain()
    assert mapping.discarded == ()
    assert [invocation.is_success for invocation in mapping.invocations] == [False, False, True]


def test_new_records_do_not_join_a_batch_that_is_retried(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    handler = Handler(failures=1)
    mapping = connect(ddbstreams_mock, handler)
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert handler.batches == [["o#0"], ["o#0"], ["o#1"]]


def test_drain_doubles_the_wait_before_each_retry_up_to_a_minute(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=12))
    mapping.drain()
    instants = [invocation.at for invocation in mapping.invocations]
    waits = [(after - before).total_seconds() for before, after in pairwise(instants)]
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_poll_retries_at_once(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=2))
    assert [len(mapping.poll()) for _ in range(4)] == [1, 1, 1, 0]
    assert ddbstreams_mock.clock.now() == START


def test_other_shards_are_delivered_while_a_batch_waits_for_its_retry(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", shards=2)
    fill(stream, 20)
    bad = keys_of({"Records": stream.shards[0].records})[0]
    handler = Handler(poison={bad})
    mapping = connect(ddbstreams_mock, handler, batch_size=1, maximum_record_age_in_seconds=60)
    mapping.drain()
    other = keys_of({"Records": stream.shards[1].records})
    at = [one.at for one in mapping.invocations if one.shard == stream.shards[1].id]
    assert handler.delivered.count(bad) == 8
    assert [key for key in handler.delivered if key != bad] == other
    assert at == [START] * len(other)


def test_drain_stops_after_100_failures_of_one_batch(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}))
    with pytest.raises(NotDrained, match=r"failed 100 times with the same batch: .* ValueError: poison") as caught:
        mapping.drain()
    assert caught.value.__cause__ is mapping.invocations[-1].error
    assert len(mapping.invocations) == 100


def test_drain_stops_after_max_attempts_failures_of_one_batch(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=3))
    with pytest.raises(NotDrained, match="failed 3 times"):
        mapping.drain(max_attempts=3)
    assert [invocation.is_success for invocation in mapping.drain(max_attempts=3)] == [True]


def test_drain_stops_after_max_attempts_failures_of_one_half(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), bisect_batch_on_function_error=True)
    with pytest.raises(NotDrained, match="failed 3 times"):
        mapping.drain(max_attempts=3)


def test_drain_goes_on_when_a_batch_is_given_up_at_max_attempts(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=4)
    assert len(mapping.drain(max_attempts=5)) == 5


def test_drain_stops_after_max_invocations(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handler(event: Any, _context: Any) -> None:
        ddbstreams_stream.insert({"pk": keys_of(event)[0] + "x"})

    fill(ddbstreams_stream, 1)
    with pytest.raises(NotDrained, match="more than 50 invocations, and records are left; does a handler write"):
        connect(ddbstreams_mock, handler).drain(max_invocations=50)


def test_drain_allows_exactly_max_invocations(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    assert len(connect(ddbstreams_mock, Handler(), batch_size=1).drain(max_invocations=3)) == 3


def test_a_failed_assertion_in_a_handler_is_the_cause_of_not_drained(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(_event: Any, _context: Any) -> None:
        raise AssertionError("totals differ")

    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, handler)
    with pytest.raises(NotDrained, match="AssertionError: totals differ") as caught:
        mapping.drain()
    assert isinstance(caught.value.__cause__, AssertionError)
    assert "AssertionError: totals differ" in mapping.report()


class StoppedClock(Clock):
    def move_to(self, instant: Any) -> datetime:
        return START


def test_drain_refuses_to_wait_for_a_clock_that_does_not_move(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    with monkeypatch.context() as patch:
        patch.setattr(ddbstreams_mock._service, "clock", StoppedClock())
        with pytest.raises(
            StreamStateError,
            match=r"the clock stands at 2026-01-01T00:00:00\+00:00 and did not move to .*:00\.25",
        ):
            mapping.drain()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, pytest.fail.Exception, pytest.skip.Exception])
def test_a_base_exception_leaves_drain_and_the_batch_is_retried_later(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, raised: type[BaseException]
) -> None:
    calls = []

    def handler(_event: Any, _context: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise raised

    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, handler)
    with pytest.raises(raised):
        mapping.drain()
    assert isinstance(mapping.invocations[0].error, raised)
    assert reasons_of(mapping.drain()) == ["retry"]


def test_bisecting_isolates_a_poison_record(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 5)
    handler = Handler(poison={"o#3"})
    mapping = connect(
        ddbstreams_mock, handler, bisect_batch_on_function_error=True, maximum_retry_attempts=1, on_failure=[]
    )
    mapping.drain()
    assert handler.batches == [
        ["o#0", "o#1", "o#2", "o#3", "o#4"],
        ["o#0", "o#1", "o#2"],
        ["o#3", "o#4"],
        ["o#3"],
        ["o#3"],
        ["o#4"],
    ]
    assert reasons_of(mapping.invocations) == ["available", *["bisect"] * 3, "retry", "bisect"]
    assert given_up(mapping.discarded) == [["o#3"]]


def test_bisecting_uses_up_no_retries(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 4)
    handler = Handler(failures=3)
    mapping = connect(ddbstreams_mock, handler, bisect_batch_on_function_error=True, maximum_retry_attempts=0)
    mapping.drain()
    assert given_up(mapping.discarded) == [["o#0"]]
    assert handler.batches == [names, ["o#0", "o#1"], ["o#0"], ["o#1"], ["o#2", "o#3"]]


def test_a_batch_does_not_wait_for_the_retry_of_a_batch_that_was_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), batch_size=1, maximum_retry_attempts=1)
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START + timedelta(seconds=0.25)


def test_a_new_batch_does_not_wait_after_a_successful_retry(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.poll()
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START
