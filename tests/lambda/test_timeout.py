from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import REPORTS, connect, fill, given_up, keys_of

from pytest_ddbstreams import InvalidOption, NotDrained, StreamsMock
from pytest_ddbstreams._lambda.function import Configuration

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


class Sleeper:
    """A handler that sleeps before it returns its response, or raises it.

    Args:
        durations: seconds of sleep of the first invocations; the others do not sleep.
        response: the response, or an exception.
    """

    def __init__(self, *durations: float, response: Any = None) -> None:
        self.durations = list(durations)
        self.response = response
        self.batches: list[list[str]] = []

    def __call__(self, event: dict[str, Any], _context: Any) -> Any:
        self.batches.append(keys_of(event))
        time.sleep(self.durations.pop(0) if self.durations else 0)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


def test_a_batch_whose_invocation_times_out_is_tried_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Sleeper(3.001)
    mapping = connect(ddbstreams_mock, handler, timeout=3)
    assert [invocation.is_success for invocation in mapping.drain()] == [False, True]
    assert handler.batches == [["o#0", "o#1"]] * 2


def test_an_invocation_that_times_out_has_an_error_and_no_response(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Sleeper(4, response="done"), timeout=3).poll()
    assert invocation.response is None
    assert isinstance(invocation.error, TimeoutError)
    assert str(invocation.error) == f"{invocation.request_id} Task timed out after 3.00 seconds"


def test_a_handler_that_returns_at_its_timeout_has_not_timed_out(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Sleeper(3), timeout=3).poll()
    assert invocation.is_success


def test_the_error_of_an_invocation_that_times_out_has_the_error_of_the_handler_as_its_cause(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    raised = ValueError("no such order")
    [invocation] = connect(ddbstreams_mock, Sleeper(4, response=raised), timeout=3).poll()
    assert isinstance(invocation.error, TimeoutError)
    assert invocation.error.__cause__ is raised


def test_the_whole_batch_fails_when_a_handler_reports_failures_after_its_timeout(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 2)
    mapping = connect(
        ddbstreams_mock,
        Sleeper(4, response={"batchItemFailures": []}),
        timeout=3,
        maximum_retry_attempts=0,
        **REPORTS,
    )
    mapping.drain()
    assert given_up(mapping.discarded) == [names]


def test_a_batch_that_times_out_for_the_last_time_is_sent_to_the_destination_as_a_function_error(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    sent: list[Any] = []
    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, Sleeper(4), timeout=3, maximum_retry_attempts=0, on_failure=sent).drain()
    assert sent[0]["responseContext"]["functionError"] == "Unhandled"


def test_not_drained_says_that_a_handler_always_times_out(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    with pytest.raises(NotDrained, match=r"TimeoutError: .* Task timed out after 1\.00 seconds"):
        connect(ddbstreams_mock, Sleeper(2, 2), timeout=1).drain(max_attempts=2)


def test_a_function_may_run_for_900_seconds_by_default(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Sleeper(900.001, 900))
    assert [invocation.is_success for invocation in mapping.drain()] == [False, True]


def test_a_handler_that_watches_its_remaining_time_can_stop_before_the_timeout(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(event: Any, context: Any) -> Any:
        for record in event["Records"]:
            if context.get_remaining_time_in_millis() < 2000:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
            time.sleep(2)
            done.extend(keys_of({"Records": [record]}))
        return None

    done: list[str] = []
    names = fill(ddbstreams_stream, 5)
    mapping = connect(ddbstreams_mock, handler, timeout=timedelta(seconds=5), **REPORTS)
    mapping.drain()
    assert done == names
    assert [len(invocation.event["Records"]) for invocation in mapping.invocations] == [5, 3, 1]


@pytest.mark.usefixtures("ddbstreams_stream")
@pytest.mark.parametrize("timeout", [0, 901, -1, 0.5, True, "3", float("nan"), timedelta(milliseconds=1500)], ids=repr)
def test_a_timeout_that_lambda_does_not_take_is_refused(ddbstreams_mock: StreamsMock, timeout: Any) -> None:
    with pytest.raises(InvalidOption, match=r"^timeout=.* does not fit; timeout takes "):
        connect(ddbstreams_mock, Sleeper(), timeout=timeout)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"timeout": 901}, "timeout=901 does not fit; timeout takes whole seconds, 1 to 900"),
        ({"timeout": 0}, "timeout=0 does not fit"),
        ({"timeout": "3"}, "timeout='3' does not fit"),
        ({"memory_size": 127}, "memory_size=127 does not fit; memory_size takes MB, 128 to 32768"),
        ({"memory_size": 32_769}, "memory_size=32769 does not fit"),
        ({"memory_size": "128"}, "memory_size='128' does not fit"),
        ({"name": "on order"}, "name='on order' does not fit; name takes up to 64 letters, digits"),
        ({"name": "x" * 65}, "name='x+' does not fit"),
        ({"name": 1}, "name=1 does not fit"),
    ],
    ids=repr,
)
def test_a_configuration_that_lambda_does_not_take_is_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        Configuration(**values)
