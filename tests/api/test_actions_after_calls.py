"""Actions that a test adds with after_call: when they are called, and how their errors are reported."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from careless_code import swallow

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable


def break_down() -> None:
    raise ZeroDivisionError("the action's own")


def careless(client: Any) -> None:
    swallow(client.list_streams)


def fail_after(call: Callable[[Any], None], client: Any) -> None:
    call(client)
    raise LookupError


def client_of(mock: StreamsMock) -> Any:
    mock.after_call("ListStreams", break_down)
    return boto3.client("dynamodbstreams", region_name="us-east-1")


def test_calls_of_other_threads_are_answered_during_an_action(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    answered: list[bool] = []

    def wait_for_another() -> None:
        other = Thread(target=ddbstreams_client.list_streams, daemon=True)
        other.start()
        other.join(timeout=5)
        answered.append(not other.is_alive())

    ddbstreams_mock.after_call("ListStreams", wait_for_another)
    ddbstreams_client.list_streams()
    assert answered == [True]


def test_the_action_that_was_added_last_is_called_first(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    happened: list[int] = []
    ddbstreams_mock.after_call("ListStreams", lambda: happened.append(1))
    ddbstreams_mock.after_call("ListStreams", lambda: happened.append(2))
    ddbstreams_client.list_streams()
    assert happened == [2, 1]


def test_the_error_of_an_action_becomes_the_error_of_its_call(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        client_of(ddbstreams_mock).list_streams()
    [call] = ddbstreams_mock.calls
    assert (call.response, call.error) == (None, raised.value)


@pytest.mark.parametrize("strict", [True, False])
def test_a_swallowed_error_of_an_action_is_reported_when_the_mock_closes(strict: bool) -> None:  # noqa: FBT001
    opened = mock_streams(strict=strict)
    careless(client_of(opened.start()))
    with pytest.raises(ZeroDivisionError, match="the action's own"):
        opened.stop()


def test_an_error_of_an_action_that_reached_the_test_is_not_reported_again() -> None:
    with mock_streams() as mock, pytest.raises(ZeroDivisionError):
        client_of(mock).list_streams()


def test_the_error_of_an_action_does_not_replace_the_error_of_a_failed_test() -> None:
    with pytest.raises(LookupError), mock_streams() as mock:
        fail_after(careless, client_of(mock))
