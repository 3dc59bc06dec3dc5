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


def test_a_table_is_described_as_far_as_its_stream_knows_it(streams: StreamsMock) -> None:
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


def test_a_table_may_be_named_by_its_arn(streams: StreamsMock) -> None:
    streams.create_stream("orders")

    by_arn = ask(streams, {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"})

    assert by_arn == ask(streams, {"TableName": "orders"})


def test_a_disabled_stream_stays_named_and_is_not_specified(streams: StreamsMock) -> None:
    stream = streams.create_stream("orders")
    stream.disable()

    table = ask(streams, {"TableName": "orders"})["Table"]

    assert (table["LatestStreamArn"], "StreamSpecification" in table) == (stream.arn, False)


def test_the_newest_stream_is_the_one_that_is_named(streams: StreamsMock) -> None:
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
def test_of_what_has_no_stream_nothing_is_known(streams: StreamsMock, request_: dict[str, Any]) -> None:
    streams.create_stream("orders")

    assert ask(streams, request_) is None


@pytest.mark.parametrize("place", [{"region": "eu-west-1"}, {"account": "111122223333"}])
def test_elsewhere_nothing_is_known(streams: StreamsMock, place: dict[str, str]) -> None:
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
def test_a_specification_says_which_view_type_is_asked_for(
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


def test_updates_are_refused_that_enable_twice_or_disable_none(streams: StreamsMock) -> None:
    assert refused(streams, {"StreamEnabled": False}) == TABLE_HAS_NO_STREAM.format(table="orders")
    assert refused(streams, {"StreamEnabled": True}) == VIEW_TYPE_MISSING
    streams.create_stream("orders")
    assert refused(streams, {"StreamEnabled": True, "StreamViewType": BOTH}) == TABLE_HAS_STREAM.format(table="orders")
