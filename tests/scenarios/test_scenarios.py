"""Scenarios, as their authors write them and as tests use them."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from careless_code import swallow

from pytest_ddbstreams import (
    InvalidOption,
    Scenario,
    StreamsMock,
    StreamStateError,
    UnusedFault,
    _scenarios,
    mock_streams,
    scenario,
)
from pytest_ddbstreams._scenarios import Choice, chosen, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01")


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scenarios, "REGISTERED", {})


def scenario_of(streams: StreamsMock, steps: Callable[[Scenario], Iterator[None]], **schema: str) -> Scenario:
    scenario(steps)
    return Scenario(steps.__name__, steps, streams, streams.create_stream("orders", key_schema=schema or {"pk": "S"}))


def poll(client: Any, scenario: Scenario) -> list[dict[str, Any]]:
    place = {"ShardId": scenario.stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    token = client.get_shard_iterator(StreamArn=scenario.stream.arn, **place)["ShardIterator"]
    records: list[dict[str, Any]] = client.get_records(ShardIterator=token)["Records"]
    return records


def seen_by_a_careless_consumer(client: Any, scenario: Scenario) -> int | None:
    """How many records one poll brings to code under test that goes on whatever comes."""
    seen: list[int] = []
    swallow(lambda: seen.append(len(poll(client, scenario))))
    return seen[0] if seen else None


def write_twice(scenario: Scenario) -> Iterator[None]:
    scenario.write(2)
    yield
    scenario.write()


def write_and_change(scenario: Scenario) -> Iterator[None]:
    scenario.write(2)
    scenario.change()
    yield


# Steps


@pytest.mark.ddbstreams(strict=False)  # the scenario waits for a poll
@pytest.mark.parametrize("count", [-1, 10_001, 1.5])
def test_a_scenario_refuses_to_write_a_count_below_zero_or_above_ten_thousand(
    ddbstreams_mock: StreamsMock, count: Any
) -> None:
    scenario = scenario_of(ddbstreams_mock, write_twice)
    with pytest.raises(InvalidOption, match="count takes an integer from 0 to 10000"):
        scenario.write(count)


def test_each_step_of_a_scenario_runs_right_after_a_page(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    scenario = scenario_of(ddbstreams_mock, write_twice)
    assert [len(poll(ddbstreams_client, scenario)) for _ in range(3)] == [2, 3, 3]


def test_a_refused_page_starts_no_step(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    scenario = scenario_of(ddbstreams_mock, write_twice)
    with pytest.raises(ddbstreams_client.exceptions.ClientError):
        ddbstreams_client.get_records(ShardIterator="x")
    assert len(poll(ddbstreams_client, scenario)) == 2


def test_a_page_of_another_stream_starts_no_step(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    scenario = scenario_of(ddbstreams_mock, write_twice)
    ddbstreams_mock.create_stream("others")
    other = ddbstreams_mock.streams[1]
    place = {"ShardId": other.shards[0].id, "ShardIteratorType": "LATEST"}
    token = ddbstreams_client.get_shard_iterator(StreamArn=other.arn, **place)["ShardIterator"]
    ddbstreams_client.get_records(ShardIterator=token)
    assert len(poll(ddbstreams_client, scenario)) == 2


def test_finish_refuses_a_scenario_with_steps_left(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    scenario = scenario_of(ddbstreams_mock, write_twice)
    with pytest.raises(UnusedFault, match=r"scenario 'write_twice' has not ended: .*strict=False"):
        scenario.finish()
    poll(ddbstreams_client, scenario)
    scenario.finish()


def break_off(scenario: Scenario) -> Iterator[None]:
    yield
    scenario.write()
    raise ZeroDivisionError


def test_finish_raises_the_error_of_a_step_and_the_mock_does_not_report_it_again(
    ddbstreams_client: Any,
) -> None:
    with mock_streams(freeze="2026-01-01") as streams:
        scenario = scenario_of(streams, break_off)
        seen = [seen_by_a_careless_consumer(ddbstreams_client, scenario) for _ in range(3)]
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                scenario.finish()
    assert seen == [None, 1, 1]


def test_the_error_of_a_step_is_reported_without_a_call_of_finish(ddbstreams_client: Any) -> None:
    opened = mock_streams(freeze="2026-01-01")
    seen_by_a_careless_consumer(ddbstreams_client, scenario_of(opened.start(), break_off))
    with pytest.raises(ZeroDivisionError):
        opened.stop()


def test_the_error_of_a_first_step_is_raised_at_once(ddbstreams_mock: StreamsMock) -> None:
    def break_off_at_once(_: Scenario) -> Iterator[None]:
        raise ZeroDivisionError
        yield

    with pytest.raises(ZeroDivisionError):
        scenario_of(ddbstreams_mock, break_off_at_once)


def test_a_page_that_is_read_during_a_step_starts_no_step(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    seen: list[int] = []

    def read_meanwhile(scenario: Scenario) -> Iterator[None]:
        yield
        other = Thread(target=lambda: seen.append(len(poll(ddbstreams_client, scenario))), daemon=True)
        other.start()
        other.join(timeout=5)
        seen.append(len(poll(ddbstreams_client, scenario)))
        scenario.write()

    scenario = scenario_of(ddbstreams_mock, read_meanwhile)
    poll(ddbstreams_client, scenario)
    assert (seen, len(poll(ddbstreams_client, scenario))) == ([0, 0], 1)


# Items


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_items_of_a_scenario_have_the_keys_of_the_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, kind: str
) -> None:
    scenario = scenario_of(ddbstreams_mock, write_and_change, key=kind)
    assert [record["eventName"] for record in poll(ddbstreams_client, scenario)] == ["INSERT"] * 2 + ["MODIFY"] * 2


# What was delivered


@pytest.fixture
def changed(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> Scenario:
    scenario = scenario_of(ddbstreams_mock, write_and_change)
    poll(ddbstreams_client, scenario)
    return scenario


def test_records_that_are_not_trimmed_are_expected(changed: Scenario) -> None:
    changed.stream.trim(records=3)
    assert [record["eventName"] for record in changed.expected] == ["MODIFY"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 3, 2), (0, 2, 1, 3), (0, 1, 2, 3, 3), (0, 1, 2, 3, 0, 1, 2, 3)])
def test_assert_delivered_accepts_duplicates_and_any_order_between_items(
    changed: Scenario, order: tuple[int, ...]
) -> None:
    changed.assert_delivered([changed.expected[place] for place in order])


def test_assert_delivered_names_a_missing_record(changed: Scenario) -> None:
    missing = changed.expected[2]
    with pytest.raises(AssertionError) as caught:
        changed.assert_delivered([changed.expected[place] for place in (0, 1, 3)])
    assert str(caught.value) == (
        "in scenario 'write_and_change' the consumer did not deliver:\n"
        f"  - {missing['dynamodb']['SequenceNumber']}: MODIFY {{'pk': {{'S': 'item-0'}}}}"
    )


def test_assert_delivered_names_a_record_behind_a_later_one_of_its_item(changed: Scenario) -> None:
    late = changed.expected[0]["dynamodb"]["SequenceNumber"]
    with pytest.raises(AssertionError, match=f"behind later ones of the same item:\n  - {late}: INSERT"):
        changed.assert_delivered([changed.expected[place] for place in (1, 2, 0, 3)])


def test_the_repr_of_a_scenario_shows_its_name(changed: Scenario) -> None:
    assert repr(changed) == "<Scenario write_and_change>"


# Registering


def test_registered_scenarios_come_after_the_ready_ones() -> None:
    assert scenario(write_twice) is write_twice
    assert list(everything())[-1] == "write_twice"


def test_a_scenario_with_the_name_of_a_ready_one_is_refused() -> None:
    def empty_pages(scenario: Scenario) -> Iterator[None]:
        scenario.write()
        yield

    with pytest.raises(InvalidOption, match="there is a scenario 'empty_pages' already, of pytest_ddbstreams"):
        scenario(empty_pages)


def test_a_module_that_is_loaded_again_registers_its_scenarios_again() -> None:
    scenario(write_twice)
    scenario(write_twice)
    assert list(everything()).count("write_twice") == 1


# A consumer that starts late


def late_poll(client: Any, scenario: Scenario, kind: str = "LATEST") -> list[dict[str, Any]]:
    place = {"ShardId": scenario.stream.shards[0].id, "ShardIteratorType": kind}
    token = client.get_shard_iterator(StreamArn=scenario.stream.arn, **place)["ShardIterator"]
    records: list[dict[str, Any]] = client.get_records(ShardIterator=token)["Records"]
    return records


def late_scenario_of(mock: StreamsMock, steps: Callable[[Scenario], Iterator[None]]) -> Scenario:
    stream = mock.create_stream("orders", key_schema={"pk": "S"})
    stream.insert({"pk": "before"})
    return Scenario(steps.__name__, steps, mock, stream, start="LATEST")


def test_records_before_the_first_iterator_are_not_expected_of_a_consumer_that_starts_at_latest(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    scenario = late_scenario_of(ddbstreams_mock, write_twice)
    read = late_poll(ddbstreams_client, scenario)
    read += late_poll(ddbstreams_client, scenario)  # another LATEST, which misses nothing: nothing is between
    scenario.finish()
    assert [record.keys["pk"]["S"] for record in scenario.expected] == ["item-0", "item-1", "item-2"]
    assert len(read) == 2
    with pytest.raises(AssertionError, match="the consumer did not deliver"):
        scenario.assert_delivered(read)


def test_records_before_an_iterator_at_the_horizon_are_expected_whatever_the_start_is(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    scenario = late_scenario_of(ddbstreams_mock, write_twice)
    late_poll(ddbstreams_client, scenario, "TRIM_HORIZON")
    late_poll(ddbstreams_client, scenario, "TRIM_HORIZON")
    scenario.finish()
    assert len(scenario.expected) == 4


def test_a_scenario_that_leaves_nothing_to_expect_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    def nothing(_scenario: Scenario) -> Iterator[None]:
        yield

    scenario = late_scenario_of(ddbstreams_mock, nothing)
    late_poll(ddbstreams_client, scenario)
    with pytest.raises(
        StreamStateError, match="'nothing' leaves no record to deliver for a consumer that starts at LATEST"
    ):
        scenario.finish()


# Choosing


def test_scenarios_are_chosen_in_the_order_in_which_they_are_named() -> None:
    assert chosen(("late_children", "empty_pages"), {}) == Choice(
        ("late_children", "empty_pages"), None, "TRIM_HORIZON"
    )


def test_all_scenarios_are_chosen_where_none_is_named() -> None:
    assert chosen((), {"item": dict})[0] == tuple(everything())


@pytest.mark.parametrize(
    ("names", "options", "complaint"),
    [
        (("late",), {}, "unknown scenario 'late'; there are: split_between_polls, "),
        ((5,), {}, "unknown scenario '5'"),
        ((), {"items": dict}, "unknown argument 'items'; there are: item"),
        ((), {"item": {}}, "item={} does not fit; item takes a function"),
        ((), {"start": "FIRST"}, "start='FIRST' does not fit; there are: TRIM_HORIZON, LATEST, AT_TIMESTAMP"),
    ],
)
def test_wrong_arguments_of_the_marker_are_refused(
    names: tuple[Any, ...], options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidOption, match=complaint):
        chosen(names, options)


# What scenarios are made of


def test_an_action_runs_right_after_a_call(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_mock.after_call("DescribeStream", stream.split, after=1)
    listed = [
        len(ddbstreams_client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["Shards"]) for _ in range(4)
    ]
    assert listed == [1, 1, 3, 3]


def test_an_unused_action_is_reported_by_its_name(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.after_call("ListStreams", ddbstreams_mock.reset)
    [fault] = ddbstreams_mock.faults
    assert str(fault) == "reset after a call on ListStreams, 1 time (triggered 0, saw 0 good)"
    ddbstreams_mock.reset()


def test_an_action_that_is_not_callable_is_refused(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(
        InvalidOption, match=r"action=5 does not fit; action takes a function without arguments, such as stream\.split"
    ):
        ddbstreams_mock.after_call("ListStreams", 5)  # type: ignore[arg-type]
