"""Actions that a test adds with before_call, and the deaths of a consumer that actions cause."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from careless_code import swallow

from pytest_ddbstreams import AnswerLost, InvalidOption, Stream, StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = ("ListStreams", "DescribeStream", "GetShardIterator", "GetRecords")


class Death(BaseException):
    """The end of a consumer's process."""


def die() -> None:
    raise Death


def break_down() -> None:
    raise ZeroDivisionError("the action's own")


def read_all(client: Any, stream: Stream) -> list[Any]:
    """Make one call of each operation, and return the records of the first shard."""
    client.list_streams()
    client.describe_stream(StreamArn=stream.arn)
    token = client.get_shard_iterator(
        StreamArn=stream.arn, ShardId=stream.shards[0].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records: list[Any] = client.get_records(ShardIterator=token)["Records"]
    return records


def test_a_call_reads_what_the_action_before_it_wrote(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.before_call("GetRecords", lambda: ddbstreams_stream.put({"pk": "1"}))
    assert len(read_all(ddbstreams_client, ddbstreams_stream)) == 1


def test_an_action_before_a_call_waits_until_after_calls_have_passed(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    seen: list[int] = []
    ddbstreams_mock.before_call("ListStreams", lambda: seen.append(len(ddbstreams_mock.calls)), after=2)
    for _ in range(4):
        ddbstreams_client.list_streams()
    assert seen == [2]


@pytest.mark.parametrize("add", [StreamsMock.before_call, StreamsMock.after_call])
def test_an_action_without_an_operation_is_called_for_calls_of_every_operation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, add: Callable[..., Any]
) -> None:
    happened: list[int] = []
    fault = add(ddbstreams_mock, None, lambda: happened.append(1), times=None)
    read_all(ddbstreams_client, ddbstreams_stream)
    assert (len(happened), fault.triggered, fault.operation) == (len(ALL), len(ALL), None)
    assert "on any call, every time" in str(fault)


def test_an_action_before_calls_of_a_shard_passes_over_other_shards(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    stream = ddbstreams_mock.create_stream("orders", key_schema={"pk": "S"}, shards=2)
    happened: list[int] = []
    ddbstreams_mock.before_call(None, lambda: happened.append(1), shard=stream.shards[0], times=None)
    ddbstreams_mock.before_call("GetRecords", die, shard=stream.shards[1]).cancel()
    read_all(ddbstreams_client, stream)
    assert len(happened) == len({"GetShardIterator", "GetRecords"})


def test_actions_before_one_call_are_called_in_the_order_in_which_they_were_added(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    happened: list[int] = []
    ddbstreams_mock.before_call("ListStreams", lambda: happened.append(1))
    ddbstreams_mock.before_call("ListStreams", lambda: happened.append(2))
    ddbstreams_client.list_streams()
    assert happened == [1, 2]


@pytest.mark.parametrize(("retries", "calls"), [(True, 3), (False, 1)])
def test_an_action_before_calls_counts_retries_unless_they_are_left_out(
    ddbstreams_mock: StreamsMock,
    ddbstreams_client: Any,
    retries: bool,  # noqa: FBT001
    calls: int,
) -> None:
    ddbstreams_mock.clock.freeze()
    ddbstreams_mock.fail("ListStreams", "InternalServerError", times=2)
    fault = ddbstreams_mock.before_call("ListStreams", lambda: None, times=None, retries=retries)
    ddbstreams_client.list_streams()
    assert (len(ddbstreams_mock.calls), fault.triggered) == (3, calls)


def test_calls_of_other_threads_are_answered_during_an_action_before_a_call(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    answered: list[bool] = []

    def wait_for_another() -> None:
        other = Thread(target=ddbstreams_client.list_streams, daemon=True)
        other.start()
        other.join(timeout=5)
        answered.append(not other.is_alive())

    ddbstreams_mock.before_call("ListStreams", wait_for_another)
    ddbstreams_client.list_streams()
    assert answered == [True]


@pytest.mark.parametrize(("action", "error"), [(break_down, ZeroDivisionError), (die, Death)])
def test_a_call_that_an_action_has_ended_before_it_arrived_is_not_in_the_log(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, action: Callable[[], None], error: type[BaseException]
) -> None:
    ddbstreams_mock.before_call("ListStreams", action)
    with pytest.raises(error):
        ddbstreams_client.list_streams()
    assert not ddbstreams_mock.calls


def test_a_swallowed_error_of_an_action_before_a_call_is_reported_when_the_mock_closes() -> None:
    opened = mock_streams()
    opened.start().before_call("ListStreams", break_down)
    swallow(boto3.client("dynamodbstreams", region_name="us-east-1").list_streams)
    with pytest.raises(ZeroDivisionError, match="the action's own"):
        opened.stop()


def test_a_death_after_a_call_loses_the_answer_and_is_not_retried(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.after_call("ListStreams", die)
    with pytest.raises(Death):
        ddbstreams_client.list_streams()
    [call] = ddbstreams_mock.calls
    assert (call.response, call.answered_at is not None) == (None, True)
    assert isinstance(call.error, AnswerLost)
    assert "Death left the client's call of ListStreams" in str(call.error)


def test_a_record_whose_answer_a_death_has_lost_does_not_count_as_delivered(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_mock.after_call("GetRecords", die)
    with pytest.raises(Death):
        read_all(ddbstreams_client, ddbstreams_stream)
    with pytest.raises(AssertionError):
        ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)


def test_a_delay_of_any_operation_lets_each_request_take_time_refused_ones_too(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.clock.freeze("2026-01-01T00:00:00Z")
    ddbstreams_mock.delay(None, 0.02, times=None)
    ddbstreams_mock.fail("DescribeStream", "ResourceNotFoundException")
    ddbstreams_client.list_streams()
    with pytest.raises(ddbstreams_client.exceptions.ResourceNotFoundException):
        ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    assert ddbstreams_mock.clock.now().microsecond == 40_000


def test_before_call_refuses_retries_that_are_neither_true_nor_false(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="retries='no' does not fit"):
        ddbstreams_mock.before_call("ListStreams", die, retries="no")  # type: ignore[arg-type]
