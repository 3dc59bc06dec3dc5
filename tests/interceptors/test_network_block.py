from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ProxyConnectionError

from pytest_ddbstreams import NetworkBlocked, mock_streams
from pytest_ddbstreams._interceptors.http_requests import AWS_SUFFIXES, is_aws

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where nothing listens: what goes there was let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"max_attempts": 0})


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"QueueUrls": ["of the loopback server"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def loopback() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_call_that_would_reach_aws_is_refused_by_name_and_with_the_cure() -> None:
    with mock_streams():
        client = boto3.client("sqs", config=NOWHERE)
        with pytest.raises(NetworkBlocked) as refused:
            client.list_queues()
    said = str(refused.value)
    assert said.startswith("sqs.ListQueues would have gone to sqs.us-east-1.amazonaws.com, and nothing answered it.")
    assert [cure for cure in ("mock_aws", "endpoint_url", "block_network=False") if cure not in said] == []


def aio_session() -> Any:
    """A session of aiobotocore, which asks for an older botocore than the newest."""
    return pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed").get_session()


def test_a_call_of_an_aiobotocore_client_is_refused_too() -> None:
    async def main() -> None:
        async with aio_session().create_client("sqs") as client:
            await client.list_queues()

    with mock_streams(), pytest.raises(NetworkBlocked, match=r"sqs\.ListQueues"):
        asyncio.run(main())


def test_block_network_false_lets_it_through() -> None:
    with mock_streams(block_network=False), pytest.raises(ProxyConnectionError):
        boto3.client("sqs", config=NOWHERE).list_queues()


def test_an_endpoint_that_is_not_awss_is_let_through(loopback: str) -> None:
    with mock_streams():
        answered = boto3.client("sqs", endpoint_url=loopback).list_queues()
    assert answered["QueueUrls"] == ["of the loopback server"]


def test_while_no_mock_is_open_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    with pytest.raises(ProxyConnectionError):
        boto3.client("sqs", region_name="us-east-1", config=NOWHERE).list_queues()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "sqs.localhost.localstack.cloud", "amazonaws.com.org"])
def test_hosts_of_others_are_not_awss(host: str) -> None:
    assert not is_aws(host)


def test_the_suffixes_are_those_of_all_partitions_of_botocore() -> None:
    data = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text("utf-8"))
    outputs = [partition["outputs"] for partition in data["partitions"]]
    theirs = {f".{output[kind]}" for output in outputs for kind in ("dnsSuffix", "dualStackDnsSuffix")}
    assert theirs - set(AWS_SUFFIXES) == set()
