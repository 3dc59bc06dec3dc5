"""A clock that freezegun, pytest-freezer or time-machine control for the test."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import freezegun
import pytest
import time_machine

from pytest_ddbstreams import Clock, StreamStateError
from pytest_ddbstreams._clock import travels

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("everything_restored")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def now() -> datetime:
    """Return the time as the code under test reads it."""
    return datetime.now(timezone.utc)


def test_tick_moves_the_freeze_of_a_freezegun_that_the_test_uses(clock: Clock) -> None:
    with freezegun.freeze_time(NOON) as frozen:
        assert clock.now() == NOON
        assert clock.tick(minutes=1) == NOON + MINUTE
        assert frozen().replace(tzinfo=timezone.utc) == NOON + MINUTE
        frozen.tick(MINUTE)
        assert clock.now() == NOON + 2 * MINUTE
        assert not clock.is_frozen


def test_move_to_moves_the_freeze_of_pytest_freezer(clock: Clock, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(NOON)
    assert clock.now() == NOON
    clock.move_to(NOON + MINUTE)
    assert freezer().replace(tzinfo=timezone.utc) == NOON + MINUTE


@pytest.mark.parametrize("tick", [False, True])
def test_move_to_moves_the_travel_of_time_machine(clock: Clock, tick: bool) -> None:  # noqa: FBT001
    with time_machine.travel(NOON, tick=tick):
        assert abs(clock.now() - NOON) < MINUTE
        clock.move_to(NOON + timedelta(days=1))
        assert abs(now() - NOON - timedelta(days=1)) < MINUTE
        assert not clock.is_frozen


def test_tick_moves_the_travel_of_time_machine(clock: Clock) -> None:
    with time_machine.travel(NOON, tick=False):
        assert clock.tick(minutes=1) == now() == NOON + MINUTE


def test_move_to_moves_the_travel_of_a_time_machine_before_version_3(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        with monkeypatch.context() as patch:
            # The newer name stays in time-machine, because some versions use it whenever the clock is read.
            older = tuple(name for name in travels.TRAVELS if name != "traveller_stack")
            patch.setattr(travels, "TRAVELS", older)
            patch.setattr(time_machine, "coordinates_stack", [traveller], raising=False)
            clock.move_to(NOON + MINUTE)
        assert clock.now() == NOON + MINUTE


def test_tick_names_the_methods_of_a_time_machine_that_it_cannot_move(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(NOON, tick=False), monkeypatch.context() as patch:
        patch.setattr(travels, "TRAVELS", ("of_another_version",))
        with pytest.raises(StreamStateError, match=r"traveller\.shift\(…*"):
            clock.tick(minutes=1)


def test_the_end_of_a_freeze_within_a_travel_restores_the_instant_of_time_machine(clock: Clock) -> None:
    with time_machine.travel(NOON, tick=False):
        with clock.freeze(NOON + MINUTE):
            assert now() == NOON + MINUTE
        assert now() == NOON


def test_move_to_freezes_the_clock_if_time_machine_is_not_loaded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "time_machine")
        assert clock.move_to(NOON) == NOON
    clock.unfreeze()
