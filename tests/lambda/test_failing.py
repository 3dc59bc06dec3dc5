from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, given_up, keys_of, reasons_of, reporting
from powertools_models import DynamoDBStreamLambdaOnFailureDestinationModel as OnFailure

from pytest_ddbstreams import (
    Clock,
    EventSourceMapping,
    MappingWarning,
    NotDrained,
    StreamsMock,
    StreamStateError,
)

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
REPORTS = {"function_response_types": ["ReportBatchItemFailures"]}


def fill(stream: Stream, count: int) -> list[str]:
    names = [f"o#{number}" for number in range(count)]
    stream.write_many({"pk": name} for name in names)
    return names


def connect(mock: StreamsMock, handler: Any, **settings: Any) -> EventSourceMapping:
    return mock.event_source_mapping("test-table", handler, **{"starting_position": "TRIM_HORIZON", **settings})


def numbers_of(stream: Stream) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in stream.records]


# Retries


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


def test_what_is_given_up_is_done(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#2"}), maximum_retry_attempts=0)
    mapping.drain()
    assert mapping.checkpoints == {ddbstreams_stream.shards[0].id: numbers_of(ddbstreams_stream)[-1]}


def test_a_batch_that_succeeds_at_last_is_not_given_up(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(failures=2), maximum_retry_attempts=2)
    mapping.drain()
    assert mapping.discarded == ()
    assert [invocation.is_success for invocation in mapping.invocations] == [False, False, True]


def test_what_is_written_meanwhile_does_not_join_a_batch_that_is_retried(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    handler = Handler(failures=1)
    mapping = connect(ddbstreams_mock, handler)
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert handler.batches == [["o#0"], ["o#0"], ["o#1"]]


def test_draining_waits_longer_before_each_retry(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=12))
    mapping.drain()
    instants = [invocation.at for invocation in mapping.invocations]
    waits = [(after - before).total_seconds() for before, after in pairwise(instants)]
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_polling_retries_whatever_the_clock_says(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=2))
    assert [len(mapping.poll()) for _ in range(4)] == [1, 1, 1, 0]
    assert ddbstreams_mock.clock.now() == START


def test_while_a_batch_waits_for_its_retry_other_shards_go_on(ddbstreams_mock: StreamsMock) -> None:
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


# Bounds of draining


def test_a_handler_that_fails_for_ever_is_stopped(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}))
    with pytest.raises(NotDrained, match=r"failed 100 times with the same batch: .* ValueError: poison") as caught:
        mapping.drain()
    assert caught.value.__cause__ is mapping.invocations[-1].error
    assert len(mapping.invocations) == 100


def test_a_bound_of_attempts_may_be_given(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=3))
    with pytest.raises(NotDrained, match="failed 3 times"):
        mapping.drain(max_attempts=3)
    assert [invocation.is_success for invocation in mapping.drain(max_attempts=3)] == [True]


def test_a_batch_that_is_given_up_at_the_bound_is_no_hang(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=4)
    assert len(mapping.drain(max_attempts=5)) == 5


def test_a_handler_that_feeds_its_own_stream_for_ever_is_stopped(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(event: Any, _context: Any) -> None:
        ddbstreams_stream.insert({"pk": keys_of(event)[0] + "x"})

    fill(ddbstreams_stream, 1)
    with pytest.raises(NotDrained, match="more than 50 invocations, and not all is delivered; does the handler write"):
        connect(ddbstreams_mock, handler).drain(max_invocations=50)


def test_as_many_invocations_as_the_bound_may_be_needed(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    assert len(connect(ddbstreams_mock, Handler(), batch_size=1).drain(max_invocations=3)) == 3


def test_a_failed_assertion_in_a_handler_is_the_cause(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
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


def test_a_clock_that_does_not_move_is_no_hang(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    with monkeypatch.context() as patch:
        patch.setattr(ddbstreams_mock._service, "clock", StoppedClock())
        with pytest.raises(StreamStateError, match=r"the clock was to move to .* and stands at 2026-01-01T00:00:00"):
            mapping.drain()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, pytest.fail.Exception, pytest.skip.Exception])
def test_what_is_no_exception_goes_through_and_the_batch_is_kept(
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


# Ages


def test_records_that_are_too_old_are_not_delivered(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    told: list[Any] = []
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, maximum_record_age_in_seconds=60, on_failure=told)
    ddbstreams_stream.insert({"pk": "o#0"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_mock.clock.tick(seconds=60)
    mapping.drain()
    assert handler.batches == [["o#1"]]
    assert given_up(mapping.discarded) == [["o#0"]]
    assert "responseContext" not in told[0]
    assert told[0]["requestContext"]["condition"] == "RecordAgeExceeded"
    assert told[0]["requestContext"]["approximateInvokeCount"] == 0


def test_where_all_are_too_old_what_is_written_next_is_delivered(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 5)
    ddbstreams_mock.clock.tick(seconds=61)
    ddbstreams_stream.insert({"pk": "new"})
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, maximum_record_age_in_seconds=60, batch_size=2)
    mapping.drain()
    assert handler.batches == [["new"]]
    assert [name for batch in given_up(mapping.discarded) for name in batch] == names


def test_a_batch_is_retried_until_its_records_are_too_old(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_record_age_in_seconds=60)
    mapping.drain()
    [given] = mapping.discarded
    assert (given.condition, given.attempts) == ("RecordAgeExceeded", 8)
    assert isinstance(given.error, ValueError)


@pytest.mark.parametrize("expire", ["by the clock", "by hand"])
def test_a_batch_is_given_up_when_its_records_expire(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, expire: str
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}))
    mapping.poll()
    if expire == "by hand":
        ddbstreams_stream.trim(records=1)
    else:
        ddbstreams_mock.clock.tick(hours=24, seconds=1)
    assert mapping.drain() == ()
    assert [(one.condition, one.attempts) for one in mapping.discarded] == [("RecordAgeExceeded", 1)]


def test_of_a_batch_only_what_expired_is_given_up(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    handler = Handler(failures=1)
    mapping = connect(ddbstreams_mock, handler)
    mapping.poll()
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert handler.batches == [["o#0", "o#1", "o#2"], ["o#2"]]
    assert given_up(mapping.discarded) == [["o#0", "o#1"]]


def test_the_wait_for_a_retry_ends_with_what_expired(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.poll()
    ddbstreams_stream.trim(records=1)
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START
    assert [one.is_success for one in mapping.invocations] == [False, True]


def test_the_wait_for_a_retry_ends_with_its_success(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.poll()
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START


def test_behind_a_batch_that_fails_nothing_is_read(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), batch_size=1)
    mapping.poll()
    mapping.poll()
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert [one.condition for one in mapping.discarded] == ["RecordAgeExceeded", "Trimmed"]


# On failure


def test_the_on_failure_record_is_lambdas(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    told: list[Any] = []
    fill(ddbstreams_stream, 2)
    ddbstreams_mock.clock.tick(seconds=2.5)
    handler = Handler(poison={"o#0"})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, on_failure=told)
    mapping.drain()
    first, last = numbers_of(ddbstreams_stream)
    assert told == [
        {
            "requestContext": {
                "requestId": mapping.invocations[0].request_id,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:Handler",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 1,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2026-01-01T00:00:02.500Z",
            "DDBStreamBatchInfo": {
                "shardId": ddbstreams_stream.shards[0].id,
                "startSequenceNumber": first,
                "endSequenceNumber": last,
                "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z",
                "approximateArrivalOfLastRecord": "2026-01-01T00:00:00Z",
                "batchSize": 2,
                "streamArn": ddbstreams_stream.arn,
            },
        }
    ]
    assert mapping.discarded[0].document == told[0]
    assert mapping.discarded[0].sequence_numbers == (first, last)


@pytest.mark.skipif(OnFailure is None, reason="this version of Powertools has no such model")
def test_the_on_failure_record_fits_the_model_of_powertools(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    parsed: list[Any] = []
    fill(ddbstreams_stream, 2)
    connect(
        ddbstreams_mock,
        Handler(poison={"o#0"}),
        maximum_retry_attempts=1,
        on_failure=lambda record: parsed.append(OnFailure.model_validate(record)),
    ).drain()
    assert [model.request_context.approximate_invoke_count for model in parsed] == [2]


# Bisecting


def test_a_failed_batch_is_bisected_down_to_the_poison(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
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


def test_splitting_does_not_use_up_the_retries(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 4)
    handler = Handler(failures=3)
    mapping = connect(ddbstreams_mock, handler, bisect_batch_on_function_error=True, maximum_retry_attempts=0)
    mapping.drain()
    assert given_up(mapping.discarded) == [["o#0"]]
    assert handler.batches == [names, ["o#0", "o#1"], ["o#0"], ["o#1"], ["o#2", "o#3"]]


# Partial failures


@pytest.mark.parametrize(
    "response",
    [None, "", {}, [], {"batchItemFailures": []}, {"batchItemFailures": None}],
    ids=repr,
)
def test_these_responses_are_success(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(response=response), **REPORTS)
    assert [invocation.is_success for invocation in mapping.drain()] == [True]


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"itemIdentifer": "1"}],
        [{}],
        ["1"],
        [{"itemIdentifier": "100000000000000000000"}],
        {"itemIdentifier": "1"},
        "all",
    ],
    ids=repr,
)
def test_these_responses_fail_the_whole_batch(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, failures: Any
) -> None:
    names = fill(ddbstreams_stream, 2)
    told: list[Any] = []
    handler = Handler(response={"batchItemFailures": failures})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=1, on_failure=told, **REPORTS)
    mapping.drain()
    assert handler.batches == [names, names]
    assert given_up(mapping.discarded) == [names]
    assert told[0]["responseContext"]["functionError"] is None


def test_an_identifier_that_is_not_in_the_batch_fails_it_whole_beside_others(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 2)
    failures = [{"itemIdentifier": numbers_of(ddbstreams_stream)[1]}, {"itemIdentifier": "5"}]
    handler = Handler(response={"batchItemFailures": failures})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    mapping.drain()
    assert given_up(mapping.discarded) == [names]


def test_from_the_lowest_failure_on_everything_is_delivered_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    told: list[Any] = []
    handler = reporting("o#3", "o#1")
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=2, on_failure=told, **REPORTS)
    mapping.poll()
    assert list(mapping.checkpoints.values()) == [numbers_of(ddbstreams_stream)[0]]
    mapping.drain()
    batches = [keys_of(invocation.event) for invocation in mapping.invocations]
    assert batches == [["o#0", "o#1", "o#2", "o#3", "o#4"], *[["o#1", "o#2", "o#3", "o#4"]] * 2]
    assert given_up(mapping.discarded) == [["o#1", "o#2", "o#3", "o#4"]]
    assert told[0]["responseContext"]["functionError"] is None


def test_with_bisecting_the_batch_is_split_at_the_lowest_failure(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(
        ddbstreams_mock,
        reporting("o#1"),
        maximum_retry_attempts=1,
        bisect_batch_on_function_error=True,
        **REPORTS,
    )
    mapping.drain()
    assert [keys_of(invocation.event) for invocation in mapping.invocations] == [
        ["o#0", "o#1", "o#2"],
        ["o#1", "o#2"],
        ["o#1", "o#2"],
    ]
    assert reasons_of(mapping.invocations) == ["available", "bisect", "retry"]
    assert given_up(mapping.discarded) == [["o#1", "o#2"]]


def test_a_reported_failure_is_ignored_where_none_is_expected(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    assert len(connect(ddbstreams_mock, reporting("o#0")).drain()) == 1


@pytest.mark.parametrize("response", [{"batchItemFailure": [1]}, {"statusCode": 200}, "done", [1]], ids=repr)
def test_a_response_without_the_key_is_success_and_warned_of(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(response=response), **REPORTS)
    with pytest.warns(MappingWarning, match="there is no 'batchItemFailures'; Lambda takes that for success"):
        mapping.drain()
    assert mapping.invocations[0].is_success


# Responses


@pytest.mark.parametrize(
    ("response", "expected"),
    [({"total": Decimal("1.5")}, {"total": 1.5}), ((1, 2), [1, 2]), ({1: "a"}, {"1": "a"}), (math.inf, math.inf)],
    ids=repr,
)
def test_a_response_is_what_lambda_reads_of_it(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any, expected: Any
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response=response)).poll()
    assert invocation.response == expected


def endless() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({1, 2}, "Unable to marshal response: Object of type set is not JSON serializable"),
        (endless(), "Unable to marshal response: Circular"),
        ("x" * 6_291_560, r"exceeded maximum allowed payload size \(6291556 bytes\)"),
    ],
    ids=["set", "circular", "large"],
)
def test_a_response_that_lambda_cannot_read_fails_the_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any, text: str
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response=response)).poll()
    assert not invocation.is_success
    with pytest.raises((TypeError, ValueError), match=text):
        raise invocation.error  # type: ignore[misc]


def test_a_response_that_is_nested_too_deeply_fails_the_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, lambda _event, _context: deep()).poll()
    assert str(invocation.error) == "Unable to marshal response: nested too deeply"


def test_the_backoff_of_a_batch_ends_with_it(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), batch_size=1, maximum_retry_attempts=1)
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START + timedelta(seconds=0.25)
