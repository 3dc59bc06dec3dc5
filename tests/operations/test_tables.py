from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_ddbstreams import StreamsMock
from pytest_ddbstreams._operations import Caller
from pytest_ddbstreams._operations.tables import check_update, describe_table, view_type_asked_for
from pytest_ddbstreams._service_errors import (
    TABLE_HAS_NO_STREAM,
    TABLE_HAS_STREAM,
    VIEW_TYPE_MISSING,
    ValidationException,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
BOTH = "NEW_AND_OLD_IMAGES"


@pytest.fixture
def streams() -> StreamsMock:
    return StreamsMock()


def ask(streams: StreamsMock, request: dict[str, Any], region: str = "us-east-1", account: str = "123456789012") -> Any:
    return describe_table(streams._service.registry, Caller(region, account, NOW), request)


def test_the_description_of_a_table_has_the_members_that_its_stream_knows(streams: StreamsMock) -> None:
    stream = streams.create_stream("orders", key_schema={"pk": "S", "sk": "N"}, view_type="NEW_IMAGE")

    assert ask(streams, {"TableName": "orders"}) == {
        "Table": {
            "TableName": "orders",
            "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            "TableStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            "LatestStreamArn": stream.arn,
            "LatestStreamLabel": stream.label,
        }
    }


def test_a_table_is_found_by_its_arn(streams: StreamsMock) -> None:
    streams.create_stream("orders")

    by_arn = ask(streams, {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"})

    assert by_arn == ask(streams, {"TableName": "orders"})


def test_a_disabled_stream_is_the_latest_one_without_a_specification(streams: StreamsMock) -> None:
    stream = streams.create_stream("orders")
    stream.disable()

    table = ask(streams, {"TableName": "orders"})["Table"]

    assert (table["LatestStreamArn"], "StreamSpecification" in table) == (stream.arn, False)


def test_the_description_of_a_table_names_its_newest_stream(streams: StreamsMock) -> None:
    first = streams.create_stream("orders")
    first.disable()
    second = first.enable(view_type="KEYS_ONLY")

    assert ask(streams, {"TableName": "orders"})["Table"]["LatestStreamArn"] == second.arn


@pytest.mark.parametrize(
    "request_",
    [
        {"TableName": "carts"},
        {"TableName": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"},
        {"TableName": 1},
        {},
    ],
)
def test_a_table_without_a_stream_has_no_description(streams: StreamsMock, request_: dict[str, Any]) -> None:
    streams.create_stream("orders")

    assert ask(streams, request_) is None


@pytest.mark.parametrize("place", [{"region": "eu-west-1"}, {"account": "111122223333"}])
def test_a_table_has_no_description_in_another_region_or_account(streams: StreamsMock, place: dict[str, str]) -> None:
    streams.create_stream("orders")

    assert ask(streams, {"TableName": "orders"}, **place) is None


# Specifications


@pytest.mark.parametrize(
    ("specification", "view_type"),
    [
        (None, None),
        ({}, None),
        ({"StreamEnabled": False}, None),
        ({"StreamEnabled": False, "StreamViewType": BOTH}, None),
        ({"StreamEnabled": True, "StreamViewType": BOTH}, BOTH),
    ],
)
def test_the_view_type_of_a_specification_is_none_unless_it_enables_a_stream(
    specification: dict[str, Any] | None, view_type: str | None
) -> None:
    assert view_type_asked_for(specification) == view_type


@pytest.mark.parametrize(
    "specification",
    [{"StreamEnabled": True}, {"StreamEnabled": True, "StreamViewType": "x"}, {"StreamViewType": "x"}],
)
def test_a_view_type_that_is_missing_or_unknown_is_refused(specification: dict[str, Any]) -> None:
    with pytest.raises(ValidationException, match="iewType"):
        view_type_asked_for(specification)


def refused(streams: StreamsMock, specification: dict[str, Any]) -> str:
    state = streams._service.registry.enabled("orders", "us-east-1", "123456789012")
    with pytest.raises(ValidationException) as refusal:
        check_update(specification, "orders", state)
    return str(refusal.value)


def test_an_update_that_enables_a_second_stream_or_disables_none_is_refused(streams: StreamsMock) -> None:
    assert refused(streams, {"StreamEnabled": False}) == TABLE_HAS_NO_STREAM.format(table="orders")
    assert refused(streams, {"StreamEnabled": True}) == VIEW_TYPE_MISSING
    streams.create_stream("orders")
    assert refused(streams, {"StreamEnabled": True, "StreamViewType": BOTH}) == TABLE_HAS_STREAM.format(table="orders")
