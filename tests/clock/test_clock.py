from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import boto3
import freezegun
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import Clock, InvalidOption, mock_streams
from pytest_ddbstreams._clock import instant_of, wait_until

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
EPOCH = datetime(1970, 1, 2)  # noqa: DTZ001 - Hypothesis adds the zones
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("everything_restored")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def now() -> datetime:
    """Return the time as the code under test reads it."""
    return datetime.now(timezone.utc)


def test_the_time_is_aware_and_in_utc(clock: Clock) -> None:
    before = now()
    assert before <= clock.now() <= now()
    assert clock.now().tzinfo is timezone.utc


def test_freeze_stops_the_freezes_at_the_current_time(clock: Clock) -> None:
    before = now()
    with clock.freeze():
        stopped = now()
        assert before <= stopped <= clock.now() == stopped
    assert now() >= stopped


def test_freeze_stops_the_freezes_at_a_given_instant(clock: Clock) -> None:
    with clock.freeze(NOON):
        assert (now(), clock.now(), time.time()) == (NOON, NOON, NOON.timestamp())


def test_unfreeze_lets_the_freezes_run_again(clock: Clock) -> None:
    clock.freeze(NOON)
    clock.unfreeze()
    assert not clock.is_frozen
    assert now() > NOON + timedelta(days=1)


def test_unfreeze_does_nothing_if_the_clock_is_not_frozen(clock: Clock) -> None:
    clock.unfreeze()
    assert not clock.is_frozen


def test_a_with_block_of_a_clock_freezes_it_and_unfreezes_it_at_the_end(clock: Clock) -> None:
    with clock as within:
        assert within is clock
        assert (clock.is_frozen, now()) == (True, now())
    assert not clock.is_frozen


def test_the_end_of_an_inner_freeze_restores_the_instant_of_the_outer_one(clock: Clock) -> None:
    with clock.freeze(NOON):
        with clock.freeze(NOON + MINUTE):
            assert now() == NOON + MINUTE
        assert now() == NOON
        assert clock.is_frozen


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_clocks_unfrozen_in_any_order_leave_the_instant_of_the_innermost_freeze(order: tuple[int, ...]) -> None:
    clocks = [Clock().freeze(NOON + number * MINUTE) for number in range(3)]
    frozen = list(range(3))
    for index in order:
        clocks[index].unfreeze()
        frozen.remove(index)
        if frozen:
            assert now() == NOON + frozen[-1] * MINUTE


# Instants as text and as datetime


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T12:00:00Z",
        "2026-01-01T12:00:00+00:00",
        "2026-01-01T12:00:00",
        "2026-01-01 12:00",
        "2026-01-01T13:30:00+01:30",
        "2026-01-01T12:00:00.000Z",
    ],
)
def test_an_iso_8601_text_is_an_instant_in_utc_unless_it_has_a_time_zone(text: str) -> None:
    assert instant_of(text) == NOON


def test_a_date_without_a_time_is_its_midnight_in_utc() -> None:
    assert instant_of("2026-01-01") == NOON.replace(hour=0)


@pytest.mark.parametrize(
    "value",
    [NOON, NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=-5)))],
    ids=["utc", "naive", "elsewhere"],
)
def test_a_datetime_is_an_instant_in_utc_unless_it_has_a_time_zone(value: datetime) -> None:
    assert (instant_of(value), instant_of(value).tzinfo) == (NOON, timezone.utc)


@given(st.datetimes(EPOCH, EPOCH.replace(year=2100), timezones=st.timezones()))
def test_a_datetime_and_its_iso_text_are_the_same_instant(value: datetime) -> None:
    assert instant_of(value.isoformat()) == instant_of(value)


@pytest.mark.parametrize("value", ["", "noon", "2026-13-01", 0, 1e9, None, timedelta(1), "0001-01-01T00:00:00+14:00"])
def test_a_value_that_is_no_instant_is_refused_with_an_example(value: Any) -> None:
    with pytest.raises(InvalidOption, match=r"is not an instant; give a datetime or .*'2026-01-01T00:00:00Z'"):
        instant_of(value)


@pytest.mark.parametrize("value", ["noon", 0])
def test_freeze_and_move_to_freeze_nothing_if_the_value_is_no_instant(clock: Clock, value: Any) -> None:
    for method in (clock.freeze, clock.move_to):
        with pytest.raises(InvalidOption, match=re.escape(repr(value))):
            method(value)
    assert not clock.is_frozen


# Moving


def test_tick_moves_the_clock_forwards_and_returns_the_new_time(clock: Clock) -> None:
    with clock.freeze(NOON):
        assert clock.tick(MINUTE) == now() == NOON + MINUTE


@pytest.mark.parametrize(
    ("units", "delta"),
    [
        ({"seconds": 1.5}, timedelta(seconds=1.5)),
        ({"minutes": 16}, timedelta(minutes=16)),
        ({"hours": 24}, timedelta(days=1)),
        ({"hours": 1, "minutes": 2, "seconds": 3}, timedelta(hours=1, minutes=2, seconds=3)),
        ({"delta": MINUTE, "seconds": 1}, timedelta(seconds=61)),
        ({"seconds": -1}, timedelta(seconds=-1)),
    ],
)
def test_tick_adds_up_its_arguments(clock: Clock, units: dict[str, Any], delta: timedelta) -> None:
    with clock.freeze(NOON):
        assert clock.tick(**units) == NOON + delta


def test_tick_freezes_a_clock_that_is_not_frozen(clock: Clock) -> None:
    before = now()
    with clock:
        pass
    later = clock.tick(hours=1)
    assert (clock.is_frozen, now()) == (True, later)
    assert later >= before + timedelta(hours=1)
    clock.unfreeze()


def test_move_to_moves_the_clock_forwards_and_back(clock: Clock) -> None:
    with clock.freeze(NOON):
        assert clock.move_to("2027-01-01") == now() == datetime(2027, 1, 1, tzinfo=timezone.utc)
        assert clock.move_to(NOON - MINUTE) == now() == NOON - MINUTE


def test_move_to_freezes_a_clock_that_is_not_frozen(clock: Clock) -> None:
    assert clock.move_to(NOON) == now() == NOON
    assert clock.is_frozen
    clock.unfreeze()


@pytest.mark.parametrize("seconds", [90, 90.0, -90, 0.5])
def test_tick_takes_a_number_of_seconds(clock: Clock, seconds: float) -> None:
    with clock.freeze(NOON):
        assert clock.tick(seconds) == NOON + timedelta(seconds=seconds)


def test_tick_adds_its_units_to_the_seconds(clock: Clock) -> None:
    with clock.freeze(NOON):
        assert clock.tick(30, minutes=1) == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("value", ["16", True, Decimal(16), [16]])
def test_tick_refuses_what_is_no_duration_and_says_what_to_write(clock: Clock, value: Any) -> None:
    with pytest.raises(InvalidOption, match=r"tick\(\) takes seconds or a timedelta, not .*; write tick\(5\)"):
        clock.tick(value)
    assert not clock.is_frozen


@pytest.mark.parametrize("unit", ["seconds", "minutes", "hours"])
@pytest.mark.parametrize("value", [None, "1", True, Decimal(1)])
def test_tick_refuses_anything_but_a_number_of_a_unit(clock: Clock, unit: Any, value: Any) -> None:
    with pytest.raises(InvalidOption, match=rf"{unit}=.* does not fit; {unit} takes a number"):
        clock.tick(**{unit: value})
    assert not clock.is_frozen


@pytest.mark.parametrize("units", [{}, {"delta": timedelta()}, {"delta": 0}, {"minutes": 0}])
def test_tick_by_zero_is_refused_with_an_example(clock: Clock, units: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match=r"write tick\(minutes=16\)"):
        clock.tick(**units)


@pytest.mark.parametrize(
    "units", [{"hours": 1e9}, {"hours": -1e9}, {"seconds": float("inf")}, {"seconds": float("nan")}]
)
def test_tick_out_of_the_calendar_is_refused_and_freezes_nothing(clock: Clock, units: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match=r"cannot move the clock so far from 20\d\d-"):
        clock.tick(**units)
    assert not clock.is_frozen


@pytest.mark.parametrize("instant", ["0001-01-01", "1969-12-31", "9999-12-31T23:59:59.999999"])
def test_streams_are_listed_and_read_at_the_ends_of_the_calendar(instant: str) -> None:
    client = boto3.client("dynamodbstreams", region_name="us-east-1")
    with mock_streams(freeze=NOON) as streams:
        old, closed = streams.create_stream("orders"), streams.create_stream("closed")
        closed.split()
        closed.disable()
        streams.clock.move_to(instant)
        new = streams.create_stream("carts")
        new.put({"pk": "1"})
        arns = [stream["StreamArn"] for stream in client.list_streams()["Streams"]]
        assert {old.arn, new.arn} <= set(arns)
        shards = [client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"] for arn in (old.arn, new.arn)]
        assert [len(listed) for listed in shards] == [1, 1]
        place = {"StreamArn": new.arn, "ShardId": shards[1][0]["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        token = client.get_shard_iterator(**place)["ShardIterator"]
        assert len(client.get_records(ShardIterator=token)["Records"]) == 1


def test_the_repr_of_a_clock_shows_its_time_and_whether_it_is_frozen(clock: Clock) -> None:
    with clock.freeze(NOON):
        assert repr(clock) == "<Clock 2026-01-01T12:00:00+00:00 frozen>"
    assert re.fullmatch(r"<Clock 20[0-9T:.+-]+>", repr(clock))


def test_a_with_block_of_a_frozen_clock_ends_only_its_own_freeze(clock: Clock) -> None:
    with clock.freeze(NOON):
        clock.tick(minutes=1)
        with clock:
            clock.tick(minutes=1)
        assert now() == NOON + MINUTE


def test_a_with_block_of_a_second_freeze_leaves_the_first_in_force(clock: Clock) -> None:
    with clock.freeze(NOON):
        with clock.freeze(NOON + MINUTE):
            pass
        assert now() == NOON


def test_a_wait_moves_a_clock_that_the_test_has_frozen() -> None:
    with freezegun.freeze_time(NOON):
        wait_until(NOON + MINUTE)
        assert now() == NOON + MINUTE


def test_a_wait_takes_real_time_if_the_clock_is_not_frozen() -> None:
    before = time.monotonic()
    wait_until(now() + timedelta(milliseconds=20))
    assert time.monotonic() - before >= 0.02


@pytest.mark.parametrize("past", [timedelta(0), MINUTE])
def test_a_wait_for_a_time_that_is_past_moves_no_clock(past: timedelta) -> None:
    with freezegun.freeze_time(NOON):
        wait_until(NOON - past)
        assert now() == NOON


def test_a_wait_for_a_time_that_is_past_returns_at_once_if_the_clock_is_not_frozen() -> None:
    wait_until(NOON.replace(year=2020))


def test_tick_moves_a_freeze_of_another_time_zone_forwards(clock: Clock) -> None:
    with freezegun.freeze_time(NOON, tz_offset=-4):
        before = clock.now()
        assert [clock.tick(MINUTE) - before, clock.tick(MINUTE) - before] == [MINUTE, 2 * MINUTE]
