"""What a test has happen right after a call: when it happens, and what becomes of its errors."""

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


def test_others_are_answered_while_it_happens(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    answered: list[bool] = []

    def wait_for_another() -> None:
        other = Thread(target=ddbstreams_client.list_streams, daemon=True)
        other.start()
        other.join(timeout=5)
        answered.append(not other.is_alive())

    ddbstreams_mock.after_call("ListStreams", wait_for_another)
    ddbstreams_client.list_streams()
    assert answered == [True]


def test_those_of_one_call_happen_the_one_that_was_armed_last_first(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    happened: list[int] = []
    ddbstreams_mock.after_call("ListStreams", lambda: happened.append(1))
    ddbstreams_mock.after_call("ListStreams", lambda: happened.append(2))
    ddbstreams_client.list_streams()
    assert happened == [2, 1]


def test_its_error_is_the_answer_of_its_call(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        client_of(ddbstreams_mock).list_streams()
    [call] = ddbstreams_mock.calls
    assert (call.response, call.error) == (None, raised.value)


@pytest.mark.parametrize("strict", [True, False])
def test_its_error_is_told_at_the_end_although_it_was_swallowed(strict: bool) -> None:  # noqa: FBT001
    opened = mock_streams(strict=strict)
    careless(client_of(opened.start()))
    with pytest.raises(ZeroDivisionError, match="the action's own"):
        opened.stop()


def test_its_error_is_not_told_again_when_it_has_reached_the_test() -> None:
    with mock_streams() as mock, pytest.raises(ZeroDivisionError):
        client_of(mock).list_streams()


def test_its_error_does_not_hide_why_a_test_failed() -> None:
    with pytest.raises(LookupError), mock_streams() as mock:
        fail_after(careless, client_of(mock))
