"""Calls of DynamoDB's API that tests with tables of moto make, and what they read of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.loaders import create_loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_ddbstreams import Stream

Item = dict[str, Any]

BOTH = "NEW_AND_OLD_IMAGES"
REGION = "us-east-1"
KEY: Item = {"pk": {"S": "a"}}
OLD: Item = {**KEY, "v": {"S": "old"}}
NEW: Item = {**KEY, "v": {"S": "new"}}


# All sessions share the models of the APIs, because reading them takes longer than most tests.
_models = create_loader()


def client(service: str = "dynamodb", region: str = REGION) -> Any:
    session = botocore.session.get_session()
    session.register_component("data_loader", _models)
    return boto3.Session(botocore_session=session).client(service, region_name=region)


def specification(view_type: str = BOTH) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": view_type}


def update(dynamodb: Any, stream_specification: dict[str, Any]) -> dict[str, Any]:
    """Update the stream of the table ``orders``, and return the description of the table."""
    answer = dynamodb.update_table(TableName="orders", StreamSpecification=stream_specification)
    table: dict[str, Any] = answer["TableDescription"]
    return table


def shape(name: str, keys: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """Return the arguments of CreateTable for a table without a stream."""
    keys = keys or {"pk": "S"}
    return {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": role} for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()],
        "BillingMode": "PAY_PER_REQUEST",
    } | more


def create(
    dynamodb: Any,
    name: str = "orders",
    keys: Mapping[str, str] | None = None,
    *,
    view_type: str = BOTH,
    **more: Any,
) -> dict[str, Any]:
    """Create a table with a stream, and return its description."""
    arguments = shape(name, keys, **{"StreamSpecification": specification(view_type), **more})
    described: dict[str, Any] = dynamodb.create_table(**arguments)["TableDescription"]
    return described


def described(dynamodb: Any, name: str = "orders") -> dict[str, Any]:
    table: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
    return table


def said_of_the_stream(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a table's description that are about its stream."""
    return {name: value for name, value in table.items() if "Stream" in name}


def events(stream: Stream) -> list[str]:
    return [record["eventName"] for record in stream.records]


def images(stream: Stream) -> list[tuple[Item | None, Item | None]]:
    """Return the old and the new image of each record."""
    shown = [record["dynamodb"] for record in stream.records]
    return [(each.get("OldImage"), each.get("NewImage")) for each in shown]
