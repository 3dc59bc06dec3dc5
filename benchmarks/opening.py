"""What a test pays before it begins and after it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from clients import FLOOR, MOTO, STUBBER, client_of
from measuring import Contest, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = "2026-01-01T00:00:00Z"


def section() -> Section:
    """The table about opening a mock: what the fixture does, and the decorator."""
    rows = [
        Timed("mock_streams, open and close", _opening, limits={MOTO: 0.25}, calls=10),
        Timed("mock_streams(freeze=...), open and close", _frozen),
    ]
    return Section("Set-up and tear-down", "ms", (FLOOR, STUBBER, MOTO), rows)


@contextmanager
def _opening() -> Iterator[Contest]:
    from botocore.stub import Stubber
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    client = client_of("botocore")

    def ours() -> None:
        mock = mock_streams()
        mock.start()
        mock.stop()

    def stubber() -> None:
        # Of a client that is there already, which takes a hundred times as long to make.
        with Stubber(client):
            pass

    def moto() -> None:
        mock = mock_aws()
        mock.start()
        mock.stop()

    yield Contest(Way(ours), {STUBBER: Way(stubber), MOTO: Way(moto)})


@contextmanager
def _frozen() -> Iterator[Contest]:
    from freezegun import freeze_time
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    def ours() -> None:
        mock = mock_streams(freeze=_START)
        mock.start()
        mock.stop()

    def floor() -> None:
        with freeze_time(_START, real_asyncio=True):
            pass

    def moto() -> None:
        with freeze_time(_START, real_asyncio=True), mock_aws():
            pass

    yield Contest(Way(ours), {FLOOR: Way(floor), MOTO: Way(moto)})
