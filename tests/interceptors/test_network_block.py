from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import botocore
import pytest
from aio_clients import aio_session
from botocore.config import Config
from botocore.exceptions import ProxyConnectionError

from pytest_ddbstreams import NetworkBlocked, mock_streams
from pytest_ddbstreams._interceptors.http_requests import AWS_SUFFIXES, is_aws

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A proxy that does not exist: a request that fails there was let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"max_attempts": 0})


class Handler(BaseHTTPRequestHandler):
    """Answers ListQueues, and the question of a container for its credentials, which it notes."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"QueueUrls": ["of the loopback server"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture
def loopback() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_call_that_would_reach_aws_is_refused_with_its_name_and_a_cure() -> None:
    with mock_streams():
        client = boto3.client("sqs", config=NOWHERE)
        with pytest.raises(NetworkBlocked) as refused:
            client.list_queues()
    text = str(refused.value)
    assert text.startswith("sqs.ListQueues would have gone to sqs.us-east-1.amazonaws.com, and nothing answered it.")
    assert [cure for cure in ("mock_aws", "endpoint_url", "block_network=False") if cure not in text] == []


def test_a_call_of_an_aiobotocore_client_that_would_reach_aws_is_refused() -> None:
    async def main() -> None:
        async with aio_session().create_client("sqs") as client:
            await client.list_queues()

    with mock_streams(), pytest.raises(NetworkBlocked, match=r"sqs\.ListQueues"):
        asyncio.run(main())


def test_a_call_that_would_reach_aws_is_let_through_if_the_network_is_not_blocked() -> None:
    with mock_streams(block_network=False), pytest.raises(ProxyConnectionError):
        boto3.client("sqs", config=NOWHERE).list_queues()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sqs.us-east-1.amazonaws.com.",
        "https://SQS.US-EAST-1.AMAZONAWS.COM",
        "https://sqs.us-east-1.amazonaws.com.:443",
        "https://sqs.cn-north-1.amazonaws.com.cn.",
    ],
)
def test_a_call_to_an_endpoint_of_aws_is_refused_however_its_host_is_spelt(endpoint: str) -> None:
    with mock_streams(), pytest.raises(NetworkBlocked, match="would have gone to sqs"):
        boto3.client("sqs", endpoint_url=endpoint, config=NOWHERE).list_queues()


def test_a_client_of_a_closed_mock_is_refused_for_a_host_of_aws_with_a_final_dot() -> None:
    with mock_streams():
        client = boto3.client("dynamodbstreams", endpoint_url="https://streams.dynamodb.us-east-1.amazonaws.com.")
        client.list_streams()
    with pytest.raises(NetworkBlocked, match="is closed"):
        client.list_streams()


def test_a_named_profile_asks_no_container_for_credentials(
    loopback: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile named]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{loopback}/credentials")
    monkeypatch.setattr(Handler, "asked", [])
    with mock_streams():
        assert boto3.Session(profile_name="named").client("dynamodbstreams").list_streams()["Streams"] == []
    assert Handler.asked == []


def test_a_call_to_an_endpoint_on_loopback_is_let_through(loopback: str) -> None:
    with mock_streams():
        answered = boto3.client("sqs", endpoint_url=loopback).list_queues()
    assert answered["QueueUrls"] == ["of the loopback server"]


def test_a_call_that_would_reach_aws_is_let_through_while_no_mock_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    with pytest.raises(ProxyConnectionError):
        boto3.client("sqs", region_name="us-east-1", config=NOWHERE).list_queues()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "sqs.localhost.localstack.cloud", "amazonaws.com.org"])
def test_a_host_without_a_suffix_of_aws_is_no_host_of_aws(host: str) -> None:
    assert not is_aws(host)


def test_the_suffixes_of_aws_contain_those_of_every_partition_of_botocore() -> None:
    data = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text("utf-8"))
    outputs = [partition["outputs"] for partition in data["partitions"]]
    expected = {f".{output[kind]}" for output in outputs for kind in ("dnsSuffix", "dualStackDnsSuffix")}
    assert expected - set(AWS_SUFFIXES) == set()
