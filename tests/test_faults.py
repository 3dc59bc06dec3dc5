from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._faults.fault import Fault, Faults
from pytest_ddbstreams._faults.kinds import Failure
from pytest_ddbstreams._operations import CLEAR, Answer, View
from pytest_ddbstreams._operations.calls import Call

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"


class Refused(Exception):
    """Raised by the faults of these tests."""


class Broken(Exception):
    """Raised by the service itself in these tests."""


def fault(**changes: Any) -> Fault:
    return Failure(**{"operation": "GetRecords", "make": Refused, "name": "Refused", **changes})


def call(operation: str = "GetRecords", stream: str | None = ARN, shard: str | None = "shardId-1") -> Call:
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return Call(
        operation=operation, request={}, number=0, at=at, attempt=1, region="us-east-1", stream=stream, shard=shard
    )


def added(*given_faults: Fault) -> Faults:
    faults = Faults(nullcontext())
    for each in given_faults:
        assert faults.add(each) is each
    return faults


def good(_: View) -> Answer:
    return Answer({"Records": []})


def broken(_: View) -> Answer:
    raise Broken


def outcome(faults: Faults, *, is_good: bool = True) -> str:
    try:
        faults.around(call(), good if is_good else broken)
    except Refused:
        return "X"
    except Broken:
        return "-"
    return "."


@given(
    times=st.none() | st.integers(1, 4),
    after=st.integers(0, 4),
    calls=st.lists(st.booleans(), max_size=12),
)
def test_a_fault_triggers_its_number_of_times_after_its_good_calls(
    times: int | None, after: int, calls: list[bool]
) -> None:
    faults = added(fault(times=times, after=after))
    passed = triggered = 0
    for is_good in calls:
        expected = "." if is_good else "-"
        if passed >= after and (times is None or triggered < times):
            expected = "X"
        assert outcome(faults, is_good=is_good) == expected
        passed += expected == "."
        triggered += expected == "X"


def test_without_faults_the_service_answers() -> None:
    seen: list[View] = []

    def answer(view: View) -> Answer:
        seen.append(view)
        return Answer({})

    Faults(nullcontext()).around(call(), answer)
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
def test_a_fault_with_a_place_does_not_wait_for_a_call_without_one(place: dict[str, str]) -> None:
    assert not fault(**place).waits_for(call(stream=None, shard=None))


@pytest.mark.parametrize("place", [{"times": 1}, {"times": 1, "operation": "ListStreams", "triggered": 0}])
def test_thousands_of_spent_faults_do_not_exhaust_the_stack(place: dict[str, Any]) -> None:
    faults = added(*(fault(**{"triggered": 1, **place}) for _ in range(3000)))
    assert outcome(faults) == "."


def test_a_call_of_another_operation_does_not_count_as_a_good_call() -> None:
    faults = added(fault(after=1))
    faults.around(call("ListStreams"), good)
    assert outcome(faults) == "."


def test_two_faults_trigger_one_after_the_other() -> None:
    first, second = fault(), fault()
    faults = added(first, second)
    outcome(faults)
    assert (first.triggered, second.triggered) == (1, 0)


def test_a_refused_call_does_not_count_as_a_good_call_of_the_next_fault() -> None:
    faults = added(fault(), fault(after=1))
    assert "".join(outcome(faults) for _ in range(4)) == "X.X."


@pytest.mark.parametrize(("times", "calls", "unused"), [(1, 0, True), (1, 1, False), (2, 1, True), (2, 2, False)])
def test_a_fault_is_unused_until_it_has_triggered_its_number_of_times(times: int, calls: int, unused: bool) -> None:  # noqa: FBT001
    one = fault(times=times)
    faults = added(one)
    for _ in range(calls):
        outcome(faults)
    assert faults.unused == ((one,) if unused else ())


@pytest.mark.parametrize(("calls", "unused"), [(0, True), (1, False), (5, False)])
def test_a_fault_for_every_time_is_unused_until_it_has_triggered(calls: int, unused: bool) -> None:  # noqa: FBT001
    one = fault(times=None)
    faults = added(one)
    for _ in range(calls):
        outcome(faults)
    assert faults.unused == ((one,) if unused else ())


def test_a_removed_fault_is_not_unused() -> None:
    one, other = fault(), fault()
    faults = added(one, other)
    faults.remove(one)
    assert faults.unused == (other,)


def test_removing_an_unknown_fault_changes_nothing() -> None:
    faults = added(fault())
    faults.remove(fault())
    assert len(faults.unused) == 1


def test_clear_removes_all_faults() -> None:
    faults = added(fault(), fault(times=None))
    faults.clear()
    assert (faults.unused, outcome(faults)) == ((), ".")


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (fault(), "Refused on GetRecords, 1 time (triggered 0, saw 0 good)"),
        (
            fault(times=3, after=2, stream=ARN, shard="shardId-1"),
            f"Refused on GetRecords, 3 times after 2 good calls, {ARN}, shardId-1 (triggered 0, saw 0 good)",
        ),
        (fault(after=1), "Refused on GetRecords, 1 time after 1 good call (triggered 0, saw 0 good)"),
        (
            fault(times=None, triggered=4, passed=2),
            "Refused on GetRecords, every time (triggered 4, saw 2 good)",
        ),
    ],
)
def test_the_text_of_a_fault_names_its_calls_and_its_counts(one: Fault, line: str) -> None:
    assert str(one) == line


def test_a_cancelled_fault_triggers_no_more_and_is_not_unused() -> None:
    first, second = fault(), fault(times=None)
    faults = added(first, second)
    first.cancel()
    first.cancel()
    assert (list(faults), faults.unused) == ([second], (second,))


def test_a_fault_that_no_mock_has_can_be_cancelled_without_effect() -> None:
    fault().cancel()


def test_faults_have_the_numbers_of_the_order_in_which_they_were_added() -> None:
    faults = added(fault(), fault())
    faults.clear()
    assert faults.add(fault()).id == 3


def test_the_repr_of_a_fault_reads_as_its_text() -> None:
    one = fault(times=2, after=1, shard="shardId-1")
    assert repr(one) == f"<{one}>"
