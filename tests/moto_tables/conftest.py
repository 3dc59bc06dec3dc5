"""Fixtures for tests with tables of moto."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_tables.moto_calls import client, create

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Stream, StreamsMock


@pytest.fixture
def motos() -> Iterator[None]:
    """Open moto."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.fixture
def dynamodb(ddbstreams_mock: StreamsMock, motos: None) -> Any:  # noqa: ARG001 - both must be open
    """Return a client of moto's tables, which feed the streams of the mock."""
    return client()


@pytest.fixture
def orders(ddbstreams_mock: StreamsMock, dynamodb: Any) -> Stream:
    """Return the stream of the table ``orders``, whose key is ``pk``."""
    create(dynamodb)
    return ddbstreams_mock.stream("orders")
