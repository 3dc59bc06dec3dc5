"""The real AWS SDK for JavaScript, on Node, against the server; npm installs it once and the cache keeps it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import StreamsMock, StreamsServer

HERE = Path(__file__).parent / "node"
NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = pytest.mark.skipif(NODE is None or NPM is None, reason="needs Node and npm, which this machine lacks")


def install(folder: Path) -> None:
    """Install the packages of package.json with npm."""
    shutil.copy(HERE / "package.json", folder)
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", f"--prefix={folder}"]
    subprocess.run([str(NPM), "install", *options], cwd=folder, check=True, timeout=300)  # noqa: S603


@pytest.fixture(scope="module")
def sdk(request: pytest.FixtureRequest) -> Path:
    """Return a folder in which the SDK is installed; test runs at the same time may share it."""
    cache = request.config.cache
    assert cache is not None
    version = hashlib.sha256((HERE / "package.json").read_bytes()).hexdigest()[:16]
    folder = cache.mkdir("ddbstreams-node") / version
    if not folder.exists():
        # The folder is renamed when it is complete, because another run may install at the same time.
        made = Path(mkdtemp(dir=folder.parent))
        install(made)
        try:
            made.rename(folder)
        except OSError:
            shutil.rmtree(made)
    return folder


@pytest.fixture
def consume(sdk: Path, ddbstreams_server: StreamsServer) -> Callable[[str], Any]:
    """Return a function that runs a job of the consumer, and returns its result."""

    def consume(job: str) -> Any:
        script = (HERE / "consumer.mjs").read_text("utf-8")
        # The script comes from standard input, so that Node imports from the working directory.
        command = [str(NODE), "--no-warnings", "--input-type=module", "-", job]
        done = subprocess.run(  # noqa: S603
            command,
            input=script,
            cwd=sdk,
            env=ddbstreams_server.environment,
            capture_output=True,
            text=True,
            check=False,  # without a timeout, which would expire when the test moves its clock
        )
        assert done.stderr == ""
        return json.loads(done.stdout)

    return consume


def test_the_sdk_for_javascript_lists_the_streams(consume: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    assert consume("listing") == [stream.arn]
    [call] = ddbstreams_mock.calls
    assert (call.region, call.attempt) == ("us-east-1", 1)


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_the_sdk_for_javascript_reads_parents_before_children_with_both_images(
    consume: Any, ddbstreams_mock: StreamsMock
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    stream.put({"pk": "o#1", "total": 1, "blob": b"receipt"})
    [parent] = stream.shards
    stream.split()
    stream.put({"pk": "o#1", "total": 2})
    [child] = [shard for shard in stream.open_shards if len(shard)]

    at = "2026-01-01T00:00:00.000Z"
    assert consume("reading") == [
        {"shard": parent.id, "parent": None, "event": "INSERT", "at": at, "total": [None, "1"], "blob": "receipt"},
        {"shard": child.id, "parent": parent.id, "event": "MODIFY", "at": at, "total": ["1", "2"], "blob": None},
    ]


@pytest.mark.usefixtures("ddbstreams_clock")
def test_the_sdk_for_javascript_names_the_error_of_an_expired_iterator(
    consume: Any, ddbstreams_mock: StreamsMock
) -> None:
    ddbstreams_mock.create_stream("orders")
    refused = consume("expired")
    assert (refused["name"], refused["message"]) == ("ExpiredIteratorException", "Shard iterator has expired")
    assert [call.operation for call in ddbstreams_mock.calls.errors] == ["GetRecords"]


@pytest.mark.parametrize("error", ["InternalServerError", ConnectionResetError("scripted")], ids=["500", "closed"])
def test_the_sdk_for_javascript_retries_after_a_failed_attempt(
    consume: Any, ddbstreams_mock: StreamsMock, error: Any
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_mock.fail("ListStreams", error, times=2)
    assert consume("listing") == [stream.arn]
    assert [call.attempt for call in ddbstreams_mock.calls] == [1, 2, 3]
