"""Fixtures for tests of the clock, and of sleeping threads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from clock.threads import BOUND, NOON, state_of_process

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._clock import sleepers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def everything_restored() -> Iterator[None]:
    """Check that the test leaves the process as it was."""
    before = state_of_process()
    yield
    assert state_of_process() == before


@pytest.fixture
def mock() -> Iterator[StreamsMock]:
    with mock_streams(freeze=NOON) as mock:
        yield mock


@pytest.fixture
def call(mock: StreamsMock) -> Callable[[], None]:
    """Return a function that calls the mock, so that its thread counts."""
    client = boto3.client("dynamodbstreams", region_name=mock.options.region)

    def call() -> None:
        client.list_streams()

    return call


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows whenever a sleeper looks at the other threads; no thread stops to count meanwhile."""
    seen: list[None] = []
    frames = sys._current_frames

    def look() -> Any:
        seen.append(None)
        return frames()

    monkeypatch.setattr(sys, "_current_frames", look)
    monkeypatch.setattr(sleepers, "_PATIENCE", 10 * BOUND)
    return seen
