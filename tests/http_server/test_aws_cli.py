"""The AWS CLI, if the machine has one: it pins botocore, so the tests cannot install it."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_ddbstreams import StreamsMock, StreamsServer

AWS = shutil.which("aws")


@cache
def is_working() -> bool:
    """Return whether the machine has an AWS CLI that runs: a wrapper of that name may lead nowhere."""
    return AWS is not None and subprocess.run([AWS, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.fixture(autouse=True)
def _aws() -> None:
    if not is_working():
        pytest.skip("needs the AWS CLI, which this machine lacks")


def test_the_cli_lists_the_streams(ddbstreams_server: StreamsServer, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    command = [str(AWS), "dynamodbstreams", "list-streams", "--output", "json"]
    done = subprocess.run(  # noqa: S603
        command, env=ddbstreams_server.environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert [listed["StreamArn"] for listed in json.loads(done.stdout)["Streams"]] == [stream.arn]
