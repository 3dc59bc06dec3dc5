"""What a strict mock tells at its end, although the code under test went on as if nothing were the matter."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any
from unittest import TestCase

import boto3
import pytest
import requests
from botocore.config import Config
from careless_code import swallow
from moto import mock_aws

from pytest_ddbstreams import (
    NetworkBlocked,
    UnansweredCall,
    UnusedFault,
    mock_streams,
)
from pytest_ddbstreams._exceptions import failure_of
from pytest_ddbstreams._interceptors.botocore_answer import Refused
from pytest_ddbstreams._service import LATE, take_late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STREAMS_URL = "https://streams.dynamodb.us-east-1.amazonaws.com/"
#: Where nothing listens, for calls that are let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"total_max_attempts": 1})


@cache
def client_of(service: str) -> Any:
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    return session.client(service, region_name="us-east-1", config=NOWHERE)


def careless(times: int = 1) -> None:
    """Code under test that asks AWS, and goes on whatever comes."""
    swallow(client_of("sqs").list_queues, times)


def fail_after(call: Callable[[], object]) -> None:
    call()
    raise ZeroDivisionError


def ask_in_vain(target: str = "DynamoDBStreams_20120810.MergeShards", body: str = "{}") -> int:
    headers = {"X-Amz-Target": target, "Authorization": "signed"}
    return requests.post(STREAMS_URL, headers=headers, data=body, timeout=5).status_code


@pytest.fixture(autouse=True)
def _nothing_late() -> Iterator[None]:
    yield
    assert LATE == []


# Calls of other services


def test_a_blocked_call_is_told_at_the_end_although_its_error_was_swallowed() -> None:
    with pytest.raises(UnansweredCall) as told, mock_streams():
        careless()
    text = str(told.value)
    assert text.startswith("the code under test made calls that nothing answered, and went on:\n  - sqs.ListQueues ")
    assert [option for option in ("block_network=False", "strict=False", "forgive()") if option not in text] == []


def test_an_error_that_reached_the_test_is_not_told_again() -> None:
    with mock_streams(), pytest.raises(NetworkBlocked):
        client_of("sqs").list_queues()


def test_an_error_that_reached_the_test_through_an_event_loop_is_not_told_again() -> None:
    async def ask() -> None:
        client_of("sqs").list_queues()

    with mock_streams(), pytest.raises(NetworkBlocked):
        asyncio.run(ask())


def expect_blocked(call: Callable[[], object]) -> None:
    with pytest.raises(NetworkBlocked):
        call()


@pytest.fixture(params=["tests/test_orders.py", "tests/orders_test.py", "conftest.py", r"C:\tests\test_orders.py"])
def expecting(request: pytest.FixtureRequest) -> Callable[[Callable[[], object]], None]:
    """expect_blocked, as if it were written in another file."""
    code = expect_blocked.__code__.replace(co_filename=request.param)
    return FunctionType(code, expect_blocked.__globals__)


def test_an_error_that_a_helper_of_the_tests_expects_is_not_told_again(
    expecting: Callable[[Callable[[], object]], None],
) -> None:
    with mock_streams():
        expecting(client_of("sqs").list_queues)


def test_an_error_that_assert_raises_caught_is_not_told_again() -> None:
    with mock_streams():
        TestCase().assertRaises(NetworkBlocked, client_of("sqs").list_queues)  # noqa: PT027 - it is what is tested


def test_an_error_that_a_test_outside_the_usual_files_let_through_is_not_told_again() -> None:
    code = expect_blocked.__code__.replace(co_filename="orders.py", co_name="test_orders")
    with mock_streams():
        FunctionType(code, expect_blocked.__globals__)(client_of("sqs").list_queues)


def handler() -> None:
    """Code under test that stands in a test's file."""
    client_of("sqs").list_queues()


def test_an_error_of_a_handler_in_the_tests_file_that_its_caller_swallowed_is_told() -> None:
    with pytest.raises(UnansweredCall), mock_streams():
        swallow(handler)


def test_each_call_is_told() -> None:
    with pytest.raises(UnansweredCall) as told, mock_streams():
        careless(times=2)
    assert str(told.value).count("sqs.ListQueues") == 1
    assert " (2 times)\n" in str(told.value)


def test_of_many_calls_a_hundred_are_kept_and_all_are_told() -> None:
    streams = mock_streams().start()
    expect_blocked(client_of("sqs").list_queues)
    careless(times=103)
    assert len(streams.unanswered) == 100
    with pytest.raises(UnansweredCall, match=r" \(103 times\)\n"):
        streams.stop()


def test_twenty_different_things_are_told_at_most() -> None:
    text = str(failure_of((), {f"<{number}>": 1 for number in range(23)}))
    assert text.count("\n  - <") == 20
    assert "<19>\n  and 3 more\n" in text


def test_a_call_whose_refusal_is_looked_at_twice_is_told_once() -> None:
    kept: list[Exception] = []
    refused = Refused(NetworkBlocked("by the test"), kept)
    for _ in range(2):
        with pytest.raises(NetworkBlocked):
            refused.status_code  # noqa: B018 - looking is what is tested
    assert len(kept) == 1


def test_a_call_that_another_mock_answered_is_not_told() -> None:
    with mock_streams(), mock_aws():
        assert client_of("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("option", ["strict", "block_network"])
def test_each_option_that_the_text_names_relaxes_it(option: str) -> None:
    options: dict[str, Any] = {option: False}
    with mock_streams(**options):
        careless()


def test_a_call_can_be_forgiven() -> None:
    with mock_streams() as streams:
        careless()
        assert [type(error) for error in streams.unanswered] == [NetworkBlocked]
        streams.forgive()
        assert streams.unanswered == ()


def test_a_reset_forgets_it() -> None:
    with mock_streams() as streams:
        careless()
        streams.reset()


def test_a_test_that_failed_itself_is_not_told() -> None:
    with pytest.raises(ZeroDivisionError), mock_streams():
        fail_after(careless)


def test_it_is_told_by_stop() -> None:
    streams = mock_streams().start()
    careless()
    with pytest.raises(UnansweredCall):
        streams.stop()


def test_it_is_told_by_what_was_decorated() -> None:
    with pytest.raises(UnansweredCall):
        mock_streams(careless)()


# Calls that could not be read


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("DynamoDBStreams_20120810.MergeShards", "{}", "UnknownOperationException"),
        ("Kinesis_20131202.GetRecords", "{}", "UnknownOperationException"),
        ("DynamoDBStreams_20120810.ListStreams", "{", "SerializationException"),
    ],
)
def test_a_call_that_could_not_be_read_is_told(target: str, body: str, code: str) -> None:
    with pytest.raises(UnansweredCall) as told, mock_streams():
        assert ask_in_vain(target, body) == 400
    said = f"POST to streams.dynamodb.us-east-1.amazonaws.com with the target '{target}' could not be read"
    assert said in str(told.value)
    assert f"{code}: " in str(told.value)
    assert "strict=False" in str(told.value)


@pytest.mark.parametrize("relaxed", ["strict", "forgive"])
def test_a_call_that_could_not_be_read_can_be_let_pass(relaxed: str) -> None:
    with mock_streams(strict=relaxed != "strict") as streams:
        ask_in_vain()
        if relaxed == "forgive":
            streams.forgive()


def test_a_call_that_the_service_refuses_is_answered() -> None:
    with mock_streams() as streams, suppress(Exception):
        client_of("dynamodbstreams").get_records(ShardIterator="x")
    assert len(streams.calls.errors) == 1


# All at once


def test_unused_faults_and_unanswered_calls_are_told_together() -> None:
    def leave_all_of_it() -> None:
        streams.delay("ListStreams", 1)
        careless()
        ask_in_vain()

    with pytest.raises(UnusedFault) as told, mock_streams() as streams:
        leave_all_of_it()
    assert isinstance(told.value, UnansweredCall)
    parts = (
        "met less often than was armed",
        "an answer 0:00:01 late on ListStreams",
        "nothing answered",
        "sqs.ListQueues",
        "MergeShards",
    )
    assert [part for part in parts if part not in str(told.value)] == []


# Calls after the end


def outlived(**options: Any) -> Any:
    """A client whose mock is closed."""
    with mock_streams(**options):
        client_of("dynamodbstreams").list_streams()
    return client_of("dynamodbstreams")


def test_a_call_after_its_mock_closed_is_told_by_the_next_that_closes() -> None:
    swallow(outlived().list_streams)
    with (
        pytest.raises(UnansweredCall, match=r"dynamodb-streams\.ListStreams .* but the mock .* is closed"),
        mock_streams(),
    ):
        pass


def test_a_call_after_a_mock_that_was_not_strict_is_not_told() -> None:
    swallow(outlived(strict=False).list_streams)
    assert not take_late()


def test_a_late_call_that_reached_the_test_is_not_told() -> None:
    with pytest.raises(NetworkBlocked):
        outlived().list_streams()
    with mock_streams():
        pass


def test_a_late_call_waits_for_a_mock_whose_test_has_not_failed() -> None:
    swallow(outlived().list_streams)
    with pytest.raises(ZeroDivisionError), mock_streams():
        raise ZeroDivisionError
    assert take_late().total() == 1


def test_a_late_call_can_be_forgiven() -> None:
    with mock_streams() as streams:
        client = client_of("dynamodbstreams")
        client.list_streams()
    swallow(client.list_streams)
    streams.forgive()


def test_late_calls_are_told_once_though_they_go_on() -> None:
    client = outlived()
    swallow(client.list_streams)
    with pytest.raises(UnansweredCall), mock_streams():
        pass
    swallow(client.list_streams)
    assert LATE == []


def test_late_calls_that_go_on_after_they_were_seen_or_forgiven_are_told() -> None:
    client = outlived()
    expect_blocked(client.list_streams)
    with mock_streams() as streams:
        pass
    swallow(client.list_streams)
    streams.forgive()
    swallow(client.list_streams)
    assert list(take_late().values()) == [1]


def use(leave: Callable[[], object]) -> None:
    client_of("dynamodbstreams").list_streams()
    leave()


@pytest.mark.parametrize("leave", [careless, lambda: fail_after(careless)], ids=["told", "failed"])
def test_late_calls_of_what_failed_are_not_told(leave: Callable[[], object]) -> None:
    with pytest.raises((UnansweredCall, ZeroDivisionError)), mock_streams():
        use(leave)
    swallow(client_of("dynamodbstreams").list_streams)
    assert LATE == []
