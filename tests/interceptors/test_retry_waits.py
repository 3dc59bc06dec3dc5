"""Retries of clients in each retry mode, and their waits, which cost no real time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import botocore.endpoint
import freezegun
import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.loaders import create_loader
from botocore.session import Session

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._interceptors import retry_waits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODES = ("legacy", "standard", "adaptive")
DATA = create_loader()
URL = "https://streams.dynamodb.us-east-1.amazonaws.com"
#: Errors that every mode retries.
ERRORS: dict[str, Any] = {
    "throttled": "ThrottlingException",
    "broken": "InternalServerError",
    "unavailable": "ServiceUnavailable",
    "slow": ReadTimeoutError(endpoint_url=URL),
    "unreachable": ConnectTimeoutError(endpoint_url=URL),
    "down": EndpointConnectionError(endpoint_url=URL),
}
#: Errors that no mode retries.
FINAL: dict[str, Any] = {"denied": "AccessDeniedException", "invalid": "ValidationException", "odd": ValueError("odd")}

frozen = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def client_of(mode: str) -> Any:
    """Return a new client, because a client in the mode adaptive remembers its errors."""
    session = Session()
    session.register_component("data_loader", DATA)
    config = Config(retries={"mode": mode, "total_max_attempts": 4})  # type: ignore[arg-type] # one of MODES
    return session.create_client("dynamodbstreams", region_name="us-east-1", config=config)


def attempts(streams: StreamsMock, call: Callable[[], Any]) -> list[int]:
    """Return the attempts of a call, whether it succeeds or fails in the end."""
    with suppress(BotoCoreError, ClientError, ValueError):
        call()
    return [made.attempt for made in streams.calls]


@pytest.fixture
def async_attempts() -> Callable[[StreamsMock, str], list[int]]:
    session = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed").get_session()
    aio_config = pytest.importorskip("aiobotocore.config", reason="aiobotocore is not installed").AioConfig

    def made(streams: StreamsMock, mode: str) -> list[int]:
        async def main() -> None:
            config = aio_config(retries={"mode": mode, "total_max_attempts": 4})
            async with session.create_client("dynamodbstreams", region_name="us-east-1", config=config) as client:
                for _ in range(2):
                    await client.list_streams()

        asyncio.run(main())
        return [call.attempt for call in streams.calls]

    return made


@frozen
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ERRORS)
def test_every_mode_retries_as_often_as_its_configuration_says(
    ddbstreams_mock: StreamsMock, mode: str, error: str
) -> None:
    before = ddbstreams_mock.clock.now()
    ddbstreams_mock.fail("ListStreams", ERRORS[error], times=None)
    assert attempts(ddbstreams_mock, client_of(mode).list_streams) == [1, 2, 3, 4]
    assert ddbstreams_mock.clock.now() > before


@frozen
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", FINAL)
def test_no_mode_retries_an_error_that_is_final(ddbstreams_mock: StreamsMock, mode: str, error: str) -> None:
    ddbstreams_mock.fail("ListStreams", FINAL[error], times=None)
    assert attempts(ddbstreams_mock, client_of(mode).list_streams) == [1]


@frozen
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_stops_after_an_attempt_that_succeeds(ddbstreams_mock: StreamsMock, mode: str) -> None:
    ddbstreams_mock.fail("ListStreams", "ThrottlingException", times=2)
    assert attempts(ddbstreams_mock, client_of(mode).list_streams) == [1, 2, 3]


@frozen
@pytest.mark.parametrize("mode", MODES)
def test_aiobotocore_stops_after_an_attempt_that_succeeds(
    ddbstreams_mock: StreamsMock, mode: str, async_attempts: Callable[[StreamsMock, str], list[int]]
) -> None:
    ddbstreams_mock.fail("ListStreams", "ThrottlingException", times=2)
    assert async_attempts(ddbstreams_mock, mode) == [1, 2, 3, 1]


def test_the_adaptive_mode_moves_a_clock_that_the_test_has_frozen() -> None:
    with freezegun.freeze_time("2026-01-01"), mock_streams() as streams:
        before = streams.clock.now()
        streams.fail("ListStreams", "ThrottlingException")
        client = client_of("adaptive")
        client.list_streams()
        client.list_streams()
        assert streams.clock.now() > before


def test_a_token_bucket_does_not_wait_if_it_must_not_block() -> None:
    from botocore.exceptions import CapacityNotAvailableError
    from botocore.retries.bucket import Clock, TokenBucket

    with mock_streams(freeze="2026-01-01"):
        bucket = TokenBucket(1, Clock())
        with pytest.raises(CapacityNotAvailableError):
            bucket.acquire(block=False)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the durations for which botocore and aiobotocore try to sleep; no sleep takes time."""
    durations: list[float] = []

    async def sleep(delay: float, result: Any = None) -> Any:
        durations.append(delay)
        return result

    monkeypatch.setattr(time, "sleep", durations.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return durations


@pytest.mark.parametrize("mode", MODES)
def test_instant_retries_do_not_wait_while_the_clock_is_not_frozen(mode: str, slept: list[float]) -> None:
    with mock_streams(instant_retries=True) as streams:
        streams.fail("ListStreams", "ThrottlingException", times=2)
        assert attempts(streams, client_of(mode).list_streams) == [1, 2, 3]
    assert slept == [0, 0]


@pytest.mark.parametrize("mode", MODES)
def test_instant_retries_of_aiobotocore_do_not_wait_while_the_clock_is_not_frozen(
    mode: str, slept: list[float], async_attempts: Callable[[StreamsMock, str], list[int]]
) -> None:
    with mock_streams(instant_retries=True) as streams:
        streams.fail("ListStreams", "ThrottlingException", times=2)
        assert async_attempts(streams, mode) == [1, 2, 3, 1]
    assert slept == [0, 0]


def test_a_token_bucket_of_aiobotocore_gives_any_number_of_tokens_with_instant_retries() -> None:
    buckets = pytest.importorskip("aiobotocore.retries.bucket", reason="aiobotocore is not installed")

    async def acquire() -> bool:
        bucket = buckets.AsyncTokenBucket(1, buckets.Clock())
        return bool(await asyncio.wait_for(bucket.acquire(10**6), timeout=5))

    with mock_streams(instant_retries=True):
        assert asyncio.run(acquire())


def test_retries_wait_as_botocore_says_without_instant_retries(slept: list[float]) -> None:
    with mock_streams() as streams:
        streams.fail("ListStreams", "ThrottlingException", times=2)
        client_of("legacy").list_streams()
    assert len(slept) == 2
    assert all(slept)


def test_the_innermost_mock_decides_whether_retries_are_instant(slept: list[float]) -> None:
    with mock_streams(instant_retries=True), mock_streams() as inner:
        inner.fail("ListStreams", "ThrottlingException")
        client_of("legacy").list_streams()
    assert all(slept)


def test_instant_retries_do_not_shorten_the_sleeps_of_the_test(slept: list[float]) -> None:
    with mock_streams(instant_retries=True):
        time.sleep(5)
    assert slept == [5]


def test_instant_retries_move_a_frozen_clock() -> None:
    with mock_streams(instant_retries=True, freeze="2026-01-01") as streams:
        before = streams.clock.now()
        streams.fail("ListStreams", "ThrottlingException")
        client_of("legacy").list_streams()
        assert streams.clock.now() > before


def test_the_sleep_of_botocore_is_restored_when_the_last_mock_with_instant_retries_closes() -> None:
    first = mock_streams(instant_retries=True).start()
    second = mock_streams(instant_retries=True).start()
    first.stop()
    replaced = vars(botocore.endpoint)["time"]
    assert (replaced is time, replaced.monotonic) == (False, time.monotonic)
    second.stop()
    assert vars(botocore.endpoint)["time"] is time


def test_instant_retries_work_in_a_module_that_is_imported_after_the_mock_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "late_endpoint.py").write_text("import time")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(retry_waits, "SLEEPERS", (("late_endpoint", "time"),))
    with mock_streams(instant_retries=True):
        module = import_module("late_endpoint")
        assert module.time is not time
    assert module.time is time


@frozen
def test_each_attempt_with_a_delayed_timeout_takes_the_time_of_the_delay(ddbstreams_mock: StreamsMock) -> None:
    before = ddbstreams_mock.clock.now()
    ddbstreams_mock.fail("ListStreams", ReadTimeoutError(endpoint_url=URL), times=None, delay=60)
    attempts(ddbstreams_mock, client_of("standard").list_streams)
    assert ddbstreams_mock.clock.now() - before >= timedelta(minutes=4)
