from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._call_log import Call
from pytest_ddbstreams._faults import Failure, Fault, Faults
from pytest_ddbstreams._operations.view import CLEAR, View

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"


class Struck(Exception):
    """What the faults of these tests raise."""


class Broken(Exception):
    """What the service itself raises in these tests."""


def fault(**changes: Any) -> Fault:
    return Failure(**{"operation": "GetRecords", "make": Struck, "name": "Struck", **changes})


def call(operation: str = "GetRecords", stream: str | None = ARN, shard: str | None = "shardId-1") -> Call:
    return Call(operation, {}, datetime(2026, 1, 1, tzinfo=timezone.utc), 1, "us-east-1", stream, shard)


def armed(*given_faults: Fault) -> Faults:
    faults = Faults()
    for each in given_faults:
        assert faults.arm(each) is each
    return faults


def good(_: Call, __: View) -> dict[str, Any]:
    return {"Records": []}


def broken(_: Call, __: View) -> dict[str, Any]:
    raise Broken


def outcome(faults: Faults, *, is_good: bool = True) -> str:
    try:
        faults.around(call(), good if is_good else broken)
    except Struck:
        return "X"
    except Broken:
        return "-"
    return "."


@given(
    times=st.none() | st.integers(1, 4),
    after=st.integers(0, 4),
    calls=st.lists(st.booleans(), max_size=12),
)
def test_a_fault_lets_good_calls_pass_and_then_strikes_its_number_of_times(
    times: int | None, after: int, calls: list[bool]
) -> None:
    faults = armed(fault(times=times, after=after))
    passed = struck = 0
    for is_good in calls:
        expected = "." if is_good else "-"
        if passed >= after and (times is None or struck < times):
            expected = "X"
        assert outcome(faults, is_good=is_good) == expected
        passed += expected == "."
        struck += expected == "X"


def test_without_faults_the_service_answers() -> None:
    seen: list[View] = []

    def answer(_: Call, view: View) -> dict[str, Any]:
        seen.append(view)
        return {}

    Faults().around(call(), answer)
    assert seen == [CLEAR]


@pytest.mark.parametrize(
    ("place", "waits"),
    [
        ({}, True),
        ({"operation": "ListStreams"}, False),
        ({"stream": "orders"}, True),
        ({"stream": ARN}, True),
        ({"stream": "order"}, False),
        ({"stream": ARN.replace("2026", "2025")}, False),
        ({"shard": "shardId-1"}, True),
        ({"shard": "shardId-2"}, False),
        ({"stream": "orders", "shard": "shardId-2"}, False),
        ({"stream": "others", "shard": "shardId-1"}, False),
        ({"stream": "orders", "shard": "shardId-1"}, True),
    ],
)
def test_a_fault_waits_for_its_operation_its_stream_and_its_shard(place: dict[str, str], waits: bool) -> None:  # noqa: FBT001
    assert fault(**place).waits_for(call()) is waits


@pytest.mark.parametrize("place", [{"stream": "orders"}, {"shard": "shardId-1"}])
def test_a_call_that_names_no_place_is_not_waited_for(place: dict[str, str]) -> None:
    assert not fault(**place).waits_for(call(stream=None, shard=None))


@pytest.mark.parametrize("place", [{"times": 1}, {"times": 1, "operation": "ListStreams", "struck": 0}])
def test_thousands_of_faults_that_have_nothing_to_say_are_no_burden(place: dict[str, Any]) -> None:
    faults = armed(*(fault(**{"struck": 1, **place}) for _ in range(3000)))
    assert outcome(faults) == "."


def test_a_call_of_another_operation_is_no_good_call() -> None:
    faults = armed(fault(after=1))
    faults.around(call("ListStreams"), good)
    assert outcome(faults) == "."


def test_faults_strike_one_after_the_other() -> None:
    first, second = fault(), fault()
    faults = armed(first, second)
    outcome(faults)
    assert (first.struck, second.struck) == (1, 0)


def test_a_call_that_is_struck_is_no_good_call_for_the_next_fault() -> None:
    faults = armed(fault(), fault(after=1))
    assert "".join(outcome(faults) for _ in range(4)) == "X.X."


@pytest.mark.parametrize(("times", "calls", "unused"), [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False)])
def test_a_fault_is_unused_until_it_has_struck_its_number_of_times(times: int, calls: int, unused: bool) -> None:  # noqa: FBT001
    one = fault(times=times)
    faults = armed(one)
    for _ in range(calls):
        outcome(faults)
    assert faults.unused == ((one,) if unused else ())


@pytest.mark.parametrize(("calls", "unused"), [(0, True), (1, False), (5, False)])
def test_a_fault_without_a_number_is_unused_until_it_has_struck(calls: int, unused: bool) -> None:  # noqa: FBT001
    one = fault(times=None)
    faults = armed(one)
    for _ in range(calls):
        outcome(faults)
    assert faults.unused == ((one,) if unused else ())


def test_a_fault_that_was_taken_away_strikes_no_more() -> None:
    one, other = fault(), fault()
    faults = armed(one, other)
    faults.disarm(one)
    assert faults.unused == (other,)


def test_a_fault_that_is_not_armed_can_be_taken_away() -> None:
    faults = armed(fault())
    faults.disarm(fault())
    assert len(faults.unused) == 1


def test_all_faults_can_be_taken_away() -> None:
    faults = armed(fault(), fault(times=None))
    faults.clear()
    assert (faults.unused, outcome(faults)) == ((), ".")


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (fault(), "Struck on GetRecords, 1 time (struck 0, saw 0 good)"),
        (
            fault(times=3, after=2, stream=ARN, shard="shardId-1"),
            f"Struck on GetRecords, 3 times after 2 good calls, {ARN}, shardId-1 (struck 0, saw 0 good)",
        ),
        (fault(after=1), "Struck on GetRecords, 1 time after 1 good call (struck 0, saw 0 good)"),
        (
            fault(times=None, struck=4, passed=2),
            "Struck on GetRecords, every time (struck 4, saw 2 good)",
        ),
    ],
)
def test_a_fault_shows_what_it_waits_for_and_what_it_has_met(one: Fault, line: str) -> None:
    assert str(one) == line
