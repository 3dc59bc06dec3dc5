"""Endpoints with the account's id in their host, on and off; botocore has them since 1.44.4."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aio_clients import WaitingClient, needs_aiobotocore
from botocore.config import Config
from botocore.exceptions import EndpointResolutionError
from botocore.loaders import create_loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock

CLASSIC = "https://streams.dynamodb.us-east-1.amazonaws.com/"
OF_THE_ACCOUNT = "https://123456789012.streams-ddb.us-east-1.amazonaws.com/"

LOADER = create_loader()


@cache
def has_account_id_endpoints() -> bool:
    rules = LOADER.load_service_model("dynamodbstreams", "endpoint-rule-set-1")
    return "streams-ddb" in json.dumps(rules)


needs_account_ids = pytest.mark.skipif(
    not has_account_id_endpoints(), reason="this botocore has no account-id endpoints of the service"
)


@pytest.fixture(params=["boto3", pytest.param("aiobotocore", marks=needs_aiobotocore)])
def client_of(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Return a function that makes a client with an account-id endpoint mode, and with or without an account id."""
    made = []

    def client_of(mode: Any, account_id: str | None) -> Any:
        options: dict[str, Any] = {
            "region_name": "us-east-1",
            "aws_access_key_id": "mine",
            "aws_secret_access_key": "mine",
            "config": Config(account_id_endpoint_mode=mode),
            **({} if account_id is None else {"aws_account_id": account_id}),
        }
        if request.param == "boto3":
            return boto3.Session().client("dynamodbstreams", **options)
        made.append(WaitingClient(LOADER, "dynamodbstreams", **options))
        return made[-1]

    yield client_of
    for client in made:
        client.close()


def urls_of(client: Any, stream: Stream) -> list[str]:
    """Return the URLs of a call without an ARN and of one with an ARN; both are answered."""
    urls: list[str] = []
    client.meta.events.register("request-created", lambda request, **_: urls.append(request.url))
    assert [listed["StreamArn"] for listed in client.list_streams()["Streams"]] == [stream.arn]
    assert client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["StreamArn"] == stream.arn
    return urls


@pytest.mark.parametrize("account_id", [None, "123456789012"])
@pytest.mark.parametrize("mode", ["preferred", "disabled"])
def test_a_client_of_each_account_id_mode_is_answered(
    client_of: Callable[..., Any], ddbstreams_stream: Stream, mode: str, account_id: str | None
) -> None:
    assert set(urls_of(client_of(mode, account_id), ddbstreams_stream)) <= {CLASSIC, OF_THE_ACCOUNT}


@needs_account_ids
@pytest.mark.parametrize(
    ("mode", "account_id", "urls"),
    [
        ("preferred", "123456789012", [OF_THE_ACCOUNT, OF_THE_ACCOUNT]),
        ("preferred", None, [CLASSIC, OF_THE_ACCOUNT]),  # an ARN names its account
        ("required", "123456789012", [OF_THE_ACCOUNT, OF_THE_ACCOUNT]),
        ("disabled", "123456789012", [CLASSIC, CLASSIC]),
    ],
)
def test_a_client_is_answered_at_the_host_that_botocore_chooses(
    client_of: Callable[..., Any], ddbstreams_stream: Stream, mode: str, account_id: str | None, urls: list[str]
) -> None:
    assert urls_of(client_of(mode, account_id), ddbstreams_stream) == urls


@needs_account_ids
def test_botocore_refuses_the_required_mode_without_an_account_id(
    client_of: Callable[..., Any], ddbstreams_mock: StreamsMock
) -> None:
    with pytest.raises(EndpointResolutionError):
        client_of("required", None).list_streams()
    assert len(ddbstreams_mock.calls) == 0
