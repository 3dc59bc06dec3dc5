"""A freeze that fails leaves the process as it was, and a freeze needs neither a socket nor an event loop."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import freezegun
import pytest
from clock.threads import state_of_process

from pytest_ddbstreams import Clock, StreamsMock, mock_streams

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


class Stubborn(ModuleType):
    """A module that does not let its attributes be replaced."""

    def __setattr__(self, name: str, value: object) -> None:
        raise RuntimeError(f"{name} cannot be set")


@pytest.fixture(params=["time", "sleep"])
def stubborn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a module that lets freezing fail: in freezegun, or when the sleep is replaced."""
    module = Stubborn("stubborn_module")
    vars(module)[request.param] = getattr(time, request.param)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


@pytest.mark.usefixtures("stubborn")
def test_a_freeze_that_fails_half_way_leaves_the_process_as_it_was() -> None:
    before, clock = state_of_process(), Clock()
    with pytest.raises(RuntimeError, match="cannot be set"):
        clock.freeze(NOON)
    assert state_of_process() == before
    assert not clock.is_frozen
    assert datetime.now(timezone.utc) != NOON


def test_a_clock_can_be_frozen_after_a_freeze_that_failed(stubborn: str) -> None:
    clock = Clock()
    with pytest.raises(RuntimeError, match="cannot be set"):
        clock.freeze(NOON)
    del sys.modules[stubborn]
    with clock.freeze(NOON):
        assert datetime.now(timezone.utc) == NOON
        time.sleep(60)
        assert clock.now().minute == 1


def test_a_second_freeze_that_fails_leaves_the_first_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    with Clock().freeze(NOON) as clock:
        with monkeypatch.context() as patch:
            patch.setattr(freezegun.api, "FrozenDateTimeFactory", None)
            with pytest.raises(TypeError):
                clock.freeze(NOON.replace(year=2027))
        assert clock.now() == NOON
        assert clock.is_frozen


@pytest.mark.usefixtures("stubborn")
def test_a_mock_whose_freeze_fails_leaves_the_process_as_it_was() -> None:
    before = state_of_process()
    with pytest.raises(RuntimeError, match="cannot be set"):
        mock_streams(freeze=NOON).start()
    assert state_of_process() == before


def test_a_clock_is_frozen_where_no_socket_may_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        pytest.fail("a socket was made")

    for name in ("socket", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
    with Clock().freeze(NOON) as clock:
        assert clock.now() == NOON


def test_a_clock_is_frozen_where_no_event_loop_may_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        pytest.fail("an event loop was made")

    monkeypatch.setattr(asyncio, "new_event_loop", refuse)
    with Clock().freeze(NOON) as clock:
        assert clock.now() == NOON


def test_an_event_loop_made_before_the_freeze_runs_on_the_real_clock(ddbstreams_mock: StreamsMock) -> None:
    async def main() -> bool:
        with ddbstreams_mock.clock.freeze(NOON):
            try:
                await asyncio.wait_for(asyncio.Event().wait(), timeout=0.01)
            except asyncio.TimeoutError:
                return True
        return False  # pragma: no cover

    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(main())
    loop.close()
