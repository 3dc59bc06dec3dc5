"""Streams that a test has created under the name of a table: a table with a stream may take them over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto_tables.moto_calls import (
    NEW,
    OLD,
    client,
    create,
    described,
    events,
    images,
    said_of_the_stream,
    shape,
    specification,
    update,
)

from pytest_ddbstreams._service_errors import TABLE_HAS_NO_STREAM

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock


@pytest.fixture
def by_hand(ddbstreams_mock: StreamsMock, dynamodb: Any) -> Stream:
    """Create a stream under the name of the table ``orders``, which has no stream."""
    stream = ddbstreams_mock.create_stream("orders", shards=4)
    dynamodb.create_table(**shape("orders"))
    return stream


def test_a_table_without_a_stream_does_not_feed_a_stream_of_its_name(dynamodb: Any, by_hand: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert said_of_the_stream(described(dynamodb)) == {}
    assert (by_hand.status, events(by_hand)) == ("ENABLED", [])


def test_update_table_takes_over_a_stream_that_fits(dynamodb: Any, by_hand: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    updated = update(dynamodb, specification())
    dynamodb.put_item(TableName="orders", Item=NEW)

    assert said_of_the_stream(updated)["LatestStreamArn"] == by_hand.arn
    assert images(by_hand) == [(OLD, NEW)]


def test_update_table_replaces_a_stream_that_does_not_fit(
    ddbstreams_mock: StreamsMock, dynamodb: Any, by_hand: Stream
) -> None:
    updated = update(dynamodb, specification("KEYS_ONLY"))

    assert by_hand.status == "DISABLED"
    assert said_of_the_stream(updated)["LatestStreamArn"] == ddbstreams_mock.stream("orders").arn != by_hand.arn


def test_update_table_does_not_disable_a_stream_that_is_not_the_tables(dynamodb: Any, by_hand: Stream) -> None:
    with pytest.raises(ClientError) as caught:
        update(dynamodb, {"StreamEnabled": False})

    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": TABLE_HAS_NO_STREAM.format(table="orders"),
    }
    assert by_hand.status == "ENABLED"


def test_delete_table_does_not_disable_a_stream_that_is_not_the_tables(dynamodb: Any, by_hand: Stream) -> None:
    deleted = dynamodb.delete_table(TableName="orders")["TableDescription"]

    assert (said_of_the_stream(deleted), by_hand.status) == ({}, "ENABLED")


@pytest.mark.usefixtures("orders")
def test_a_new_table_without_a_stream_is_described_without_the_old_tables_stream(dynamodb: Any) -> None:
    dynamodb.delete_table(TableName="orders")
    dynamodb.create_table(**shape("orders"))

    assert said_of_the_stream(described(dynamodb)) == {}


def test_a_stream_is_taken_over_by_one_table_only(ddbstreams_mock: StreamsMock) -> None:
    by_hand = ddbstreams_mock.create_stream("orders")
    for item in (OLD, NEW):
        with mock_aws():
            dynamodb = client()
            create(dynamodb)
            dynamodb.put_item(TableName="orders", Item=item)

    second = ddbstreams_mock.stream("orders")
    assert (by_hand.status, images(by_hand)) == ("DISABLED", [(None, OLD)])
    assert (second.status, images(second)) == ("ENABLED", [(None, NEW)])
