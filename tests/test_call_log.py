from __future__ import annotations

import gc
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from pytest_ddbstreams import InvalidOption, StreamsMock
from pytest_ddbstreams._call_log import Calls
from pytest_ddbstreams._operations.calls import Call
from pytest_ddbstreams._service import Origin

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

AT = datetime(2026, 1, 1, 12, 30, tzinfo=timezone.utc)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"

pytestmark = [
    pytest.mark.ddbstreams(freeze=AT),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]


def call(operation: str = "ListStreams", **changes: Any) -> Call:
    known: dict[str, Any] = {
        "operation": operation,
        "request": {},
        "number": 0,
        "at": AT,
        "attempt": 1,
        "region": "us-east-1",
        "stream": None,
        "shard": None,
    }
    return Call(**{**known, **changes})


def log(*logged: Call) -> Calls:
    calls = Calls()
    for each in logged:
        calls._add(each)
    return calls


def test_the_log_has_the_calls_in_the_order_of_arrival(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.list_streams()
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_client.list_streams()
    assert [each.operation for each in ddbstreams_mock.calls] == ["ListStreams", "DescribeStream", "ListStreams"]


def test_a_call_has_its_request_and_its_response(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.list_streams(Limit=5)
    [call] = ddbstreams_mock.calls
    assert (call.operation, call.request, call.at, call.attempt, call.region) == (
        "ListStreams",
        {"Limit": 5},
        AT,
        1,
        "us-east-1",
    )
    listed = {"StreamArn": ddbstreams_stream.arn, "TableName": "orders", "StreamLabel": ddbstreams_stream.label}
    assert (call.response, call.error) == ({"Streams": [listed]}, None)


def test_a_call_names_its_stream_and_its_shard_also_by_its_iterator(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    [shard] = ddbstreams_stream.shards
    place = {"StreamArn": ddbstreams_stream.arn, "ShardId": shard.id}
    token = ddbstreams_client.get_shard_iterator(**place, ShardIteratorType="LATEST")["ShardIterator"]
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_client.list_streams()
    about = [(each.stream, each.shard) for each in ddbstreams_mock.calls]
    assert about == [(ddbstreams_stream.arn, shard.id), (ddbstreams_stream.arn, shard.id), (None, None)]


def test_the_records_of_a_call_equal_those_that_a_client_gets(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "o#1", "raw": b"\x00"})
    place = {"StreamArn": ddbstreams_stream.arn, "ShardId": ddbstreams_stream.shards[0].id}
    token = ddbstreams_client.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    came = ddbstreams_client.get_records(ShardIterator=token)["Records"]
    response = ddbstreams_mock.calls[-1].response
    assert response is not None
    assert response["Records"] == came
    assert came[0]["dynamodb"]["NewImage"]["raw"] == {"B": b"\x00"}


def test_a_refused_call_has_its_error(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    with pytest.raises(ClientError):
        ddbstreams_client.get_records(ShardIterator="garbage")
    [call] = ddbstreams_mock.calls.errors
    assert (type(call.error).__name__, call.response) == ("ValidationException", None)


def test_errors_are_the_calls_that_were_refused() -> None:
    refused = call(error=ValueError("no"))
    assert log(call(response={}), refused, call(response={})).errors == (refused,)


def test_of_returns_the_calls_of_an_operation() -> None:
    first, second, third = (call(name) for name in ("GetRecords", "ListStreams", "GetRecords"))
    calls = log(first, second, third)
    assert (calls.of("GetRecords"), calls.of("DescribeStream")) == ((first, third), ())


def test_the_attempts_of_one_invocation_stand_together(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "InternalServerError", times=2)
    ddbstreams_client.list_streams(Limit=1)
    ddbstreams_client.list_streams(Limit=2)
    invocations = [
        [(each.request["Limit"], each.attempt) for each in calls] for calls in ddbstreams_mock.calls.invocations
    ]
    assert invocations == [[(1, 1), (1, 2), (1, 3)], [(2, 1)]]


def test_interleaved_attempts_are_separated_by_their_invocations() -> None:
    first, second, third, fourth = (call(invocation=name) for name in "abab")
    assert log(first, second, third, fourth).invocations == ((first, third), (second, fourth))


def test_each_request_without_an_sdk_is_an_invocation() -> None:
    first, second = call(), call()
    assert log(first, second).invocations == ((first,), (second,))


def test_calls_are_a_sequence() -> None:
    made = [call() for _ in range(3)]
    calls = log(*made)
    assert (len(calls), list(calls), calls[-1], calls[1:]) == (3, made, made[2], made[1:])


def test_the_repr_of_an_empty_log_counts_no_calls() -> None:
    assert repr(Calls()) == "0 calls"


def test_the_repr_of_a_log_has_a_line_for_each_call() -> None:
    calls = log(call(), call("GetRecords"))
    assert repr(calls).splitlines() == ["2 calls:", *(f"  {each!r}" for each in calls)]


def test_the_repr_of_a_long_log_has_the_last_20_calls() -> None:
    calls = log(*(call(shard=str(number)) for number in range(25)))
    lines = repr(calls).splitlines()
    assert lines == ["25 calls, the last 20:", *(f"  {each!r}" for each in calls[5:])]


def test_of_refuses_an_operation_that_does_not_exist() -> None:
    with pytest.raises(InvalidOption, match="operation='GetRecord' does not fit; there are: Describe"):
        Calls().of("GetRecord")  # type: ignore[arg-type]


def make_client() -> Any:
    return botocore.session.get_session().create_client("dynamodbstreams", region_name="us-east-1")


def test_the_number_of_a_call_is_its_index_in_the_log(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    for _ in range(3):
        ddbstreams_client.list_streams()
    assert [call.number for call in ddbstreams_mock.calls] == [0, 1, 2]


def test_numbers_and_ordinals_begin_again_after_a_reset(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_client.list_streams()
    ddbstreams_mock.reset()
    ddbstreams_client.list_streams()
    assert [(call.number, call.client) for call in ddbstreams_mock.calls] == [(0, 1)]


def test_a_call_is_answered_when_its_delay_is_over(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.delay("ListStreams", 5)
    ddbstreams_client.list_streams()
    [call] = ddbstreams_mock.calls
    assert (call.at, call.answered_at) == (AT, AT + timedelta(seconds=5))


def test_a_refused_call_has_the_time_of_its_answer(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "InternalServerError", times=None)
    with pytest.raises(ddbstreams_client.exceptions.InternalServerError):
        ddbstreams_client.list_streams()
    assert all(call.answered_at is not None for call in ddbstreams_mock.calls)


def test_a_call_is_not_answered_while_its_action_runs(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    seen: list[datetime | None] = []
    ddbstreams_mock.after_call("ListStreams", lambda: seen.append(ddbstreams_mock.calls[0].answered_at))
    ddbstreams_client.list_streams()
    assert (seen, ddbstreams_mock.calls[0].answered_at) == ([None], AT)


def test_client_objects_are_numbered_in_the_order_of_their_first_calls(ddbstreams_mock: StreamsMock) -> None:
    never_called, third, second, first = (make_client() for _ in range(4))
    for client in (first, second, first, third):
        client.list_streams()
    assert [call.client for call in ddbstreams_mock.calls] == [1, 2, 1, 3]
    assert never_called is not None


def test_a_new_client_has_a_new_ordinal_after_an_older_client_is_freed(ddbstreams_mock: StreamsMock) -> None:
    for _ in range(3):
        client = make_client()
        client.list_streams()
        del client
        gc.collect()
    assert [call.client for call in ddbstreams_mock.calls] == [1, 2, 3]


def test_an_attached_client_has_one_ordinal(ddbstreams_client: Any) -> None:
    mock = StreamsMock()
    mock.attach(ddbstreams_client)
    for _ in range(2):
        ddbstreams_client.list_streams()
    assert [call.client for call in mock.calls] == [1, 1]


def test_a_request_that_no_client_sent_has_no_client(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock._service.perform("ListStreams", {}, Origin("us-east-1"))
    assert ddbstreams_mock.calls[0].client is None
