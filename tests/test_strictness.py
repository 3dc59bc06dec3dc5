"""Everything that a mock reports at the end of a test, and what keeps it from doing so."""

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
    Calls,
    NetworkBlocked,
    StreamsMock,
    UnansweredCall,
    UnusedFault,
    _running_tests,
    mock_streams,
)
from pytest_ddbstreams._interceptors.refusals import Refused
from pytest_ddbstreams._running_tests import CodeByName, CodeOfTest, begin_test, end_test
from pytest_ddbstreams._strictness import failure_of, late_failure

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
    """Code under test that calls AWS, and goes on after any error."""
    swallow(client_of("sqs").list_queues, times)


def fail_after(call: Callable[[], object]) -> None:
    call()
    raise ZeroDivisionError


def send_unreadable(target: str = "DynamoDBStreams_20120810.MergeShards", body: str = "{}") -> int:
    headers = {"X-Amz-Target": target, "Authorization": "signed"}
    return requests.post(STREAMS_URL, headers=headers, data=body, timeout=5).status_code


@pytest.fixture(autouse=True)
def _no_late_calls_left() -> Iterator[None]:
    yield
    assert late_failure() is None


# Calls of other services


def test_a_blocked_call_is_reported_at_the_end_although_its_error_was_swallowed() -> None:
    with pytest.raises(UnansweredCall) as failure, mock_streams():
        careless()
    text = str(failure.value)
    assert text.startswith("the code under test made calls that nothing answered, and went on:\n  - sqs.ListQueues ")
    assert [option for option in ("block_network=False", "strict=False", "forgive()") if option not in text] == []


def test_an_error_that_reached_the_test_is_not_reported_again() -> None:
    with mock_streams(), pytest.raises(NetworkBlocked):
        client_of("sqs").list_queues()


def test_an_error_that_reached_the_test_through_an_event_loop_is_not_reported_again() -> None:
    async def list_queues() -> None:
        client_of("sqs").list_queues()

    with mock_streams(), pytest.raises(NetworkBlocked):
        asyncio.run(list_queues())


def expect_blocked(call: Callable[[], object]) -> None:
    with pytest.raises(NetworkBlocked):
        call()


@pytest.fixture
def run_by() -> Callable[[CodeOfTest], None]:
    """Return a function that lets the rest of a test run with other code than its own."""
    return lambda code: setattr(_running_tests._RUNNING[-1], "_code", code)


def expecting_in(path: str, name: str = "expect_blocked") -> Any:
    """Return `expect_blocked` as if it were written in another file, or under another name."""
    code = expect_blocked.__code__.replace(co_filename=path, co_name=name)
    return FunctionType(code, expect_blocked.__globals__)


def test_an_error_that_a_file_of_the_test_caught_is_not_reported_again(run_by: Callable[[CodeOfTest], None]) -> None:
    run_by(CodeOfTest({"checks/check_orders.py"}, set()))
    with mock_streams():
        expecting_in("checks/check_orders.py")(client_of("sqs").list_queues)


def test_an_error_that_passed_a_function_of_the_test_in_any_file_is_not_reported_again(
    run_by: Callable[[CodeOfTest], None],
) -> None:
    function = expecting_in("orders.py", "should_fail")
    run_by(CodeOfTest(set(), {function.__code__}))
    with mock_streams():
        function(client_of("sqs").list_queues)


@pytest.mark.parametrize(("path", "name"), [("orders.py", "test_connection"), ("src/test_support.py", "connect")])
def test_an_error_that_code_named_like_a_test_caught_is_reported(path: str, name: str) -> None:
    with pytest.raises(UnansweredCall), mock_streams():
        expecting_in(path, name)(client_of("sqs").list_queues)


@pytest.mark.parametrize(
    ("path", "is_of_tests"),
    [
        ("tests/test_orders.py", True),
        ("tests/orders_test.py", True),
        ("conftest.py", True),
        (r"C:\tests\test_orders.py", True),
        ("tests/orders.py", False),
        ("test_support/orders.py", False),
    ],
)
def test_outside_pytest_a_file_of_tests_is_known_by_its_name(path: str, *, is_of_tests: bool) -> None:
    assert CodeByName().has_file(path) is is_of_tests


def test_outside_pytest_a_function_of_tests_is_known_by_its_name() -> None:
    names = [
        name for name in ("test_it", "testIt", "contest") if CodeByName().has_function(expecting_in("a", name).__code__)
    ]
    assert names == ["test_it", "testIt"]


def test_an_error_that_assert_raises_caught_is_not_reported_again() -> None:
    with mock_streams():
        TestCase().assertRaises(NetworkBlocked, client_of("sqs").list_queues)  # noqa: PT027 - it is what is tested


def handler() -> None:
    """Code under test that stands in a file of tests."""
    client_of("sqs").list_queues()


def test_an_error_of_a_handler_in_a_file_of_tests_is_reported_if_its_caller_swallowed_it() -> None:
    with pytest.raises(UnansweredCall), mock_streams():
        swallow(handler)


def test_equal_errors_are_reported_in_one_line_with_their_number() -> None:
    with pytest.raises(UnansweredCall) as failure, mock_streams():
        careless(times=2)
    assert str(failure.value).count("sqs.ListQueues") == 1
    assert " (2 times)\n" in str(failure.value)


def test_a_hundred_unanswered_calls_are_kept_and_all_are_counted() -> None:
    streams = mock_streams().start()
    expect_blocked(client_of("sqs").list_queues)
    careless(times=103)
    assert len(streams.unanswered) == 100
    with pytest.raises(UnansweredCall, match=r" \(103 times\)\n"):
        streams.stop()


def test_at_most_twenty_different_errors_are_listed() -> None:
    text = str(failure_of((), {f"<{number}>": 1 for number in range(23)}))
    assert text.count("\n  - <") == 20
    assert "<19>\n  and 3 more\n" in text


def test_a_refusal_that_is_raised_twice_is_kept_once() -> None:
    kept: list[Exception] = []
    refused = Refused(NetworkBlocked("by the test"), kept)
    for _ in range(2):
        with pytest.raises(NetworkBlocked):
            refused.status_code  # noqa: B018 - the access raises
    assert len(kept) == 1


def test_a_call_that_another_mock_answered_is_not_reported() -> None:
    with mock_streams(), mock_aws():
        assert client_of("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("option", ["strict", "block_network"])
def test_each_option_that_the_text_names_allows_unanswered_calls(option: str) -> None:
    options: dict[str, Any] = {option: False}
    with mock_streams(**options):
        careless()


def test_a_forgiven_call_is_not_reported() -> None:
    with mock_streams() as streams:
        careless()
        assert [type(error) for error in streams.unanswered] == [NetworkBlocked]
        streams.forgive()
        assert streams.unanswered == ()


def test_a_reset_forgets_unanswered_calls() -> None:
    with mock_streams() as streams:
        careless()
        streams.reset()


def test_a_block_that_failed_raises_its_own_error_only() -> None:
    with pytest.raises(ZeroDivisionError), mock_streams():
        fail_after(careless)


def test_stop_reports_an_unanswered_call() -> None:
    streams = mock_streams().start()
    careless()
    with pytest.raises(UnansweredCall):
        streams.stop()


def test_a_decorated_function_reports_an_unanswered_call() -> None:
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
def test_a_call_that_could_not_be_read_is_reported(target: str, body: str, code: str) -> None:
    with pytest.raises(UnansweredCall) as failure, mock_streams():
        assert send_unreadable(target, body) == 400
    part = f"POST to streams.dynamodb.us-east-1.amazonaws.com with the target '{target}' could not be read"
    assert part in str(failure.value)
    assert f"{code}: " in str(failure.value)
    assert "strict=False" in str(failure.value)


@pytest.mark.parametrize("relaxed", ["strict", "forgive"])
def test_a_call_that_could_not_be_read_can_be_allowed(relaxed: str) -> None:
    with mock_streams(strict=relaxed != "strict") as streams:
        send_unreadable()
        if relaxed == "forgive":
            streams.forgive()


def test_a_service_error_counts_as_an_answer() -> None:
    with mock_streams() as streams, suppress(Exception):
        client_of("dynamodbstreams").get_records(ShardIterator="x")
    assert len(streams.calls.errors) == 1


# All at once


def test_unused_faults_and_unanswered_calls_are_reported_in_one_failure() -> None:
    def leave_both() -> None:
        streams.delay("ListStreams", 1)
        careless()
        send_unreadable()

    with pytest.raises(UnusedFault) as failure, mock_streams() as streams:
        leave_both()
    assert isinstance(failure.value, UnansweredCall)
    parts = (
        "triggered less often than their `times`",
        "an answer 0:00:01 late on ListStreams",
        "nothing answered",
        "sqs.ListQueues",
        "MergeShards",
    )
    assert [part for part in parts if part not in str(failure.value)] == []


# Late calls


def make_late_client(**options: Any) -> Any:
    """Return a client whose mock is closed."""
    with mock_streams(**options):
        client_of("dynamodbstreams").list_streams()
    return client_of("dynamodbstreams")


def test_a_late_call_is_reported_by_the_next_mock_that_closes() -> None:
    swallow(make_late_client().list_streams)
    with (
        pytest.raises(UnansweredCall, match=r"dynamodb-streams\.ListStreams .* but the mock .* is closed"),
        mock_streams(),
    ):
        pass


def test_a_late_call_of_a_mock_that_was_not_strict_is_not_reported() -> None:
    swallow(make_late_client(strict=False).list_streams)
    assert late_failure() is None


def test_a_late_call_whose_error_reached_the_test_is_not_reported() -> None:
    with pytest.raises(NetworkBlocked):
        make_late_client().list_streams()
    with mock_streams():
        pass


def test_a_late_call_is_not_reported_by_a_mock_whose_test_failed() -> None:
    swallow(make_late_client().list_streams)
    with pytest.raises(ZeroDivisionError), mock_streams():
        raise ZeroDivisionError
    assert isinstance(late_failure(), UnansweredCall)


def test_a_forgiven_late_call_is_not_reported() -> None:
    with mock_streams() as streams:
        client = client_of("dynamodbstreams")
        client.list_streams()
    swallow(client.list_streams)
    streams.forgive()


def test_late_calls_of_one_mock_are_reported_once() -> None:
    client = make_late_client()
    swallow(client.list_streams)
    with pytest.raises(UnansweredCall), mock_streams():
        pass
    swallow(client.list_streams)
    assert late_failure() is None


def test_late_calls_after_seen_and_forgiven_ones_are_reported() -> None:
    client = make_late_client()
    expect_blocked(client.list_streams)
    with mock_streams() as streams:
        pass
    swallow(client.list_streams)
    streams.forgive()
    swallow(client.list_streams)
    failure = str(late_failure())
    assert "dynamodb-streams.ListStreams" in failure
    assert "times)" not in failure


def use(leave: Callable[[], object]) -> None:
    client_of("dynamodbstreams").list_streams()
    leave()


@pytest.mark.parametrize("leave", [careless, lambda: fail_after(careless)], ids=["reported", "failed"])
def test_late_calls_of_a_block_that_failed_are_not_reported(leave: Callable[[], object]) -> None:
    with pytest.raises((UnansweredCall, ZeroDivisionError)), mock_streams():
        use(leave)
    swallow(client_of("dynamodbstreams").list_streams)
    assert late_failure() is None


# Which mocks a test used


def use_mock() -> StreamsMock:
    mock = StreamsMock()
    mock.create_stream("orders")
    return mock


def no_code() -> CodeOfTest:
    return CodeOfTest(set(), set())


def calls_of(used: list[Any]) -> list[Calls]:
    """Return the call logs of the mocks that a running test has collected; a log equals only itself."""
    return [service.calls for service in used]


def test_a_running_test_collects_each_used_mock_once_in_the_order_of_first_use() -> None:
    used = begin_test(no_code).mocks
    first, second = use_mock(), use_mock()
    first.create_stream("carts")
    end_test()
    assert calls_of(used) == [first.calls, second.calls]


def test_a_test_within_a_test_collects_the_mocks_used_meanwhile() -> None:
    outer = begin_test(no_code).mocks
    before = use_mock()
    inner = begin_test(no_code).mocks
    within = use_mock()
    end_test()
    after = use_mock()
    end_test()
    assert (calls_of(outer), calls_of(inner)) == ([before.calls, after.calls], [within.calls])


def test_a_test_that_ended_collects_no_more() -> None:
    used = begin_test(no_code).mocks
    end_test()
    use_mock()
    assert used == []


def test_a_mock_that_is_opened_counts_as_used() -> None:
    used = begin_test(no_code).mocks
    with mock_streams() as mock:
        pass
    end_test()
    assert calls_of(used) == [mock.calls]
