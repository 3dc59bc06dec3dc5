"""Real clients of both kinds, and operations that are called directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aio_clients import WaitingClient, needs_aiobotocore
from botocore.config import Config
from botocore.loaders import create_loader
from operations.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Stream, StreamsMock


@pytest.fixture(scope="session", params=["boto3", pytest.param("aiobotocore", marks=needs_aiobotocore)])
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client without retries and without checks of its own. A test that takes it runs with both kinds."""
    options: dict[str, Any] = {
        "aws_access_key_id": "testing",
        "aws_secret_access_key": "testing",
        "region_name": "us-east-1",
        "config": Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    }
    if request.param == "boto3":
        yield boto3.Session().client("dynamodbstreams", **options)
        return
    client = WaitingClient(create_loader(), "dynamodbstreams", **options)
    yield client
    client.close()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stream(ddbstreams_mock: StreamsMock) -> Stream:
    return ddbstreams_mock.create_stream("orders", key_schema={"pk": "S"})
