from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, given_up, numbers_of
from powertools_models import DynamoDBStreamLambdaOnFailureDestinationModel as OnFailure

if TYPE_CHECKING:
    from pytest_ddbstreams import (
        Stream,
        StreamsMock,
    )

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_records_older_than_the_maximum_age_are_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, maximum_record_age_in_seconds=60)
    ddbstreams_stream.insert({"pk": "o#0"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_mock.clock.tick(seconds=60)
    mapping.drain()
    assert handler.batches == [["o#1"]]
    assert given_up(mapping.discarded) == [["o#0"]]


def test_the_on_failure_record_of_old_records_has_no_response_context(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    sent: list[Any] = []
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=61)
    connect(ddbstreams_mock, Handler(), maximum_record_age_in_seconds=60, on_failure=sent).drain()
    assert "responseContext" not in sent[0]
    assert sent[0]["requestContext"]["condition"] == "RecordAgeExceeded"


def test_the_on_failure_record_of_records_that_the_function_never_saw_counts_one_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    sent: list[Any] = []
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=61)
    mapping = connect(ddbstreams_mock, Handler(), maximum_record_age_in_seconds=60, on_failure=sent)
    mapping.drain()
    assert sent[0]["requestContext"]["approximateInvokeCount"] == 1
    assert [one.attempts for one in mapping.discarded] == [0]


def test_new_records_are_delivered_after_a_batch_that_is_too_old(
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
def test_a_failing_batch_is_given_up_when_its_records_expire(
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


def test_only_the_expired_records_of_a_batch_are_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    handler = Handler(failures=1)
    mapping = connect(ddbstreams_mock, handler)
    mapping.poll()
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert handler.batches == [["o#0", "o#1", "o#2"], ["o#2"]]
    assert given_up(mapping.discarded) == [["o#0", "o#1"]]


def test_a_new_batch_does_not_wait_for_the_retry_of_an_expired_one(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.poll()
    ddbstreams_stream.trim(records=1)
    mapping.poll()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START
    assert [one.is_success for one in mapping.invocations] == [False, True]


def test_the_on_failure_record_has_the_members_that_lambda_sends(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    sent: list[Any] = []
    for number in range(3):
        fill(ddbstreams_stream, 1, start=number)
        ddbstreams_mock.clock.tick(seconds=1.5)
    handler = Handler(poison={"o#0"})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, on_failure=sent)
    mapping.drain()
    numbers = numbers_of(ddbstreams_stream)
    assert sent == [
        {
            "requestContext": {
                "requestId": mapping.invocations[0].request_id,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:Handler",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 1,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": "2026-01-01T00:00:04.500Z",
            "DDBStreamBatchInfo": {
                "shardId": ddbstreams_stream.shards[0].id,
                "startSequenceNumber": numbers[0],
                "endSequenceNumber": numbers[2],
                "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z",
                "approximateArrivalOfLastRecord": "2026-01-01T00:00:03Z",
                "batchSize": 3,
                "streamArn": ddbstreams_stream.arn,
            },
        }
    ]
    assert mapping.discarded[0].document == sent[0]
    assert mapping.discarded[0].sequence_numbers == tuple(numbers)


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
