"""What a test pays before it begins and after it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from measuring import Pair, Row

if TYPE_CHECKING:
    from collections.abc import Iterator


def rows() -> list[Row]:
    """The rows about opening a mock."""
    return [Row("mock_streams, open and close", "moto's mock_aws, start and stop", _opening, limit=0.5, calls=10)]


@contextmanager
def _opening() -> Iterator[Pair]:
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    def ours() -> None:
        mock = mock_streams()
        mock.start()
        mock.stop()

    def other() -> None:
        mock = mock_aws()
        mock.start()
        mock.stop()

    yield Pair(ours, other)
