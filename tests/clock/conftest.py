"""Fixtures for tests of sleeping threads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from clock.threads import BOUND, NOON

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._clock import sleepers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
