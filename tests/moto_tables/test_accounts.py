"""Streams of tables of several accounts: a caller lists those of its own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto_tables.moto_calls import shape, specification

from pytest_ddbstreams._moto.tables import account_of

if TYPE_CHECKING:
    from pytest_ddbstreams import StreamsMock

ROLE = "arn:aws:iam::111111111111:role/reader"


@pytest.fixture
def assumed(dynamodb: Any) -> boto3.Session:  # noqa: ARG001 - it opens moto
    """Return a session with the credentials of a role of another account."""
    sts = boto3.client("sts", region_name="us-east-1")
    given = sts.assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1")


def tables(client: Any) -> list[str]:
    return [stream["TableName"] for stream in client.list_streams()["Streams"]]


def test_list_streams_lists_the_streams_of_the_callers_account(
    ddbstreams_client: Any, dynamodb: Any, assumed: boto3.Session
) -> None:
    dynamodb.create_table(**shape("orders", StreamSpecification=specification()))
    assumed.client("dynamodb").create_table(**shape("carts", StreamSpecification=specification()))
    assert tables(ddbstreams_client) == ["orders"]
    assert tables(assumed.client("dynamodbstreams")) == ["carts"]


def test_an_assumed_role_of_the_mocks_account_lists_its_streams(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    dynamodb.create_table(**shape("orders", StreamSpecification=specification()))
    sts = boto3.client("sts", region_name="us-east-1")
    role = ROLE.replace("111111111111", ddbstreams_mock.options.account_id)
    given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert tables(session.client("dynamodbstreams", region_name="us-east-1")) == ["orders"]


def test_no_access_key_is_known_while_moto_is_closed() -> None:
    assert account_of("AKIAIOSFODNN7EXAMPLE") is None
