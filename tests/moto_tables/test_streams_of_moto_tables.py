"""The stream of a table of moto, from CreateTable to DeleteTable."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto_tables.moto_calls import (
    BOTH,
    KEY,
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

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._service_errors import TABLE_HAS_NO_STREAM, TABLE_HAS_STREAM, VIEW_TYPE_MISSING

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

INVALID = "One or more parameter values were invalid"
VIOLATION, BROKEN = "1 validation error detected", "failed to satisfy constraint"
UNKNOWN_VIEW_TYPE = (
    "1 validation error detected: Value 'x' at 'streamSpecification.streamViewType' failed to satisfy constraint: "
    "Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]"
)


def said(stream: Stream) -> dict[str, Any]:
    """Return the members that a table's description has for its enabled stream."""
    return {
        "LatestStreamArn": stream.arn,
        "LatestStreamLabel": stream.label,
        "StreamSpecification": specification(stream.view_type),
    }


def disable(dynamodb: Any) -> dict[str, Any]:
    return update(dynamodb, {"StreamEnabled": False})


def enable(dynamodb: Any, view_type: str = BOTH) -> dict[str, Any]:
    return update(dynamodb, specification(view_type))


def refusal(operation: Any, **arguments: Any) -> tuple[str, str]:
    """Return the code and the message of the error of a call."""
    with pytest.raises(ClientError) as caught:
        operation(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# Created with a stream


def test_create_table_describe_table_and_list_streams_name_the_same_stream(
    ddbstreams_mock: StreamsMock, dynamodb: Any
) -> None:
    created = create(dynamodb, view_type="NEW_IMAGE")

    stream = ddbstreams_mock.stream("orders")
    [listed] = client("dynamodbstreams").list_streams(TableName="orders")["Streams"]
    assert said_of_the_stream(created) == said_of_the_stream(described(dynamodb)) == said(stream)
    assert (listed["StreamArn"], listed["StreamLabel"]) == (stream.arn, stream.label)
    assert created["TableArn"] + f"/stream/{stream.label}" == stream.arn


def test_a_stream_has_the_key_schema_and_the_view_type_of_its_table(
    ddbstreams_mock: StreamsMock, dynamodb: Any
) -> None:
    create(dynamodb, keys={"pk": "S", "sk": "N"}, view_type="KEYS_ONLY")

    stream = ddbstreams_mock.stream("orders")
    assert (stream.key_schema, stream.view_type, stream.status) == ({"pk": "S", "sk": "N"}, "KEYS_ONLY", "ENABLED")


@pytest.mark.ddbstreams(auto_rotate=True)
def test_the_stream_of_a_table_rotates_by_itself_with_auto_rotate(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb)
    ddbstreams_mock.clock.tick(hours=5)
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert [len(shard) for shard in ddbstreams_mock.stream("orders").shards] == [0, 1]


def test_a_table_that_is_created_without_a_stream_has_no_stream(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    dynamodb.create_table(**shape("orders"))

    assert (said_of_the_stream(described(dynamodb)), ddbstreams_mock.streams) == ({}, ())


def test_create_table_refuses_a_view_type_of_a_disabled_stream(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    wrong = {"StreamEnabled": False, "StreamViewType": BOTH}

    refused = refusal(dynamodb.create_table, **shape("orders", StreamSpecification=wrong))

    assert refused == (
        "ValidationException",
        f"{INVALID}: Table is being created with a stream disabled, UpdateViewType should not be specified",
    )
    assert (dynamodb.list_tables()["TableNames"], ddbstreams_mock.streams) == ([], ())


def test_update_table_refuses_a_change_of_the_capacity_and_the_stream_at_once(
    ddbstreams_mock: StreamsMock, dynamodb: Any
) -> None:
    dynamodb.create_table(**shape("orders"))
    changes = {
        "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": BOTH},
    }

    assert refusal(dynamodb.update_table, TableName="orders", **changes) == (
        "ValidationException",
        "One or more parameter values were invalid: You cannot modify stream status while updating table IOPS",
    )
    assert ddbstreams_mock.streams == ()


def test_create_table_refuses_a_name_of_two_characters_in_the_words_of_the_service(dynamodb: Any) -> None:
    assert refusal(dynamodb.create_table, **shape("ab")) == (
        "ValidationException",
        f"{VIOLATION}: Value 'ab' at 'tableName' {BROKEN}: Member must have length greater than or equal to 3",
    )


@pytest.mark.parametrize("name", ["t", "my table", "tück", "x" * 256, "orders\n"])
def test_create_table_refuses_a_name_that_the_service_refuses(
    ddbstreams_mock: StreamsMock, dynamodb: Any, ddbstreams_client: Any, name: str
) -> None:
    specification = {"StreamEnabled": True, "StreamViewType": BOTH}

    code, _ = refusal(dynamodb.create_table, **shape(name, StreamSpecification=specification))

    assert (code, ddbstreams_mock.streams) == ("ValidationException", ())
    assert ddbstreams_client.list_streams()["Streams"] == []


@pytest.mark.parametrize(
    ("wrong", "text"),
    [({"StreamEnabled": True}, VIEW_TYPE_MISSING), ({"StreamEnabled": True, "StreamViewType": "x"}, UNKNOWN_VIEW_TYPE)],
)
def test_create_table_refuses_a_wrong_stream_specification(
    ddbstreams_mock: StreamsMock, dynamodb: Any, wrong: dict[str, Any], text: str
) -> None:
    refused = refusal(dynamodb.create_table, **shape("orders", StreamSpecification=wrong))

    assert refused == ("ValidationException", text)
    assert (dynamodb.list_tables()["TableNames"], ddbstreams_mock.streams) == ([], ())


# Steered by the test


def test_a_test_can_split_the_stream_of_a_table_between_two_writes(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    orders.split()
    dynamodb.put_item(TableName="orders", Item=NEW)

    parent, *children = orders.shards
    assert (len(parent), sorted(map(len, children))) == (1, [0, 1])


def test_a_stream_that_the_test_has_disabled_takes_no_records_of_its_table(dynamodb: Any, orders: Stream) -> None:
    orders.disable()
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert events(orders) == []
    assert set(said_of_the_stream(described(dynamodb))) == {"LatestStreamArn", "LatestStreamLabel"}


def test_a_stream_that_the_test_has_enabled_again_takes_the_records_of_its_table(dynamodb: Any, orders: Stream) -> None:
    orders.disable()
    enabled = orders.enable(view_type="KEYS_ONLY")
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert (events(orders), events(enabled)) == ([], ["INSERT"])
    assert said_of_the_stream(described(dynamodb)) == said(enabled)


# Updated


def test_update_table_enables_a_stream(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    dynamodb.create_table(**shape("orders"))
    dynamodb.put_item(TableName="orders", Item=OLD)
    updated = enable(dynamodb)
    dynamodb.put_item(TableName="orders", Item=NEW)

    stream = ddbstreams_mock.stream("orders")
    assert said_of_the_stream(updated) == said(stream)
    assert images(stream) == [(OLD, NEW)]


def test_a_stream_that_update_table_has_disabled_keeps_its_arn_and_its_records(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    updated = disable(dynamodb)

    names = {"LatestStreamArn": orders.arn, "LatestStreamLabel": orders.label}
    assert said_of_the_stream(updated) == said_of_the_stream(described(dynamodb)) == names
    assert (orders.status, events(orders)) == ("DISABLED", ["INSERT"])


def test_writes_to_a_table_with_a_disabled_stream_are_not_recorded(dynamodb: Any, orders: Stream) -> None:
    disable(dynamodb)
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert events(orders) == []
    assert dynamodb.get_item(TableName="orders", Key=KEY)["Item"] == OLD


def test_a_stream_that_update_table_enables_again_is_new_and_the_old_one_stays_readable(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    disable(dynamodb)
    updated = enable(dynamodb, "KEYS_ONLY")
    dynamodb.delete_item(TableName="orders", Key=KEY)

    again = ddbstreams_mock.stream("orders")
    assert said_of_the_stream(updated) == said(again)
    assert again.arn != orders.arn
    assert (events(orders), events(again), again.view_type) == (["INSERT"], ["REMOVE"], "KEYS_ONLY")


def test_an_update_of_another_setting_leaves_the_stream_as_it_is(dynamodb: Any, orders: Stream) -> None:
    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")

    assert said_of_the_stream(described(dynamodb)) == said(orders)


def test_update_table_refuses_to_enable_a_second_stream(dynamodb: Any, orders: Stream) -> None:
    refused = refusal(enable, dynamodb=dynamodb, view_type="KEYS_ONLY")

    assert refused == ("ValidationException", TABLE_HAS_STREAM.format(table="orders"))
    assert said_of_the_stream(described(dynamodb)) == said(orders)


@pytest.mark.usefixtures("orders")
def test_update_table_refuses_to_disable_a_disabled_stream(dynamodb: Any) -> None:
    disable(dynamodb)

    refused = refusal(disable, dynamodb=dynamodb)

    assert refused == ("ValidationException", TABLE_HAS_NO_STREAM.format(table="orders"))


def test_update_table_refuses_to_disable_a_stream_that_never_existed(dynamodb: Any) -> None:
    dynamodb.create_table(**shape("orders"))

    assert refusal(disable, dynamodb=dynamodb) == ("ValidationException", TABLE_HAS_NO_STREAM.format(table="orders"))


@pytest.mark.parametrize(
    ("wrong", "text"),
    [({"StreamEnabled": True}, VIEW_TYPE_MISSING), ({"StreamEnabled": True, "StreamViewType": "x"}, UNKNOWN_VIEW_TYPE)],
)
def test_update_table_refuses_a_wrong_stream_specification(dynamodb: Any, wrong: dict[str, Any], text: str) -> None:
    dynamodb.create_table(**shape("orders"))

    assert refusal(update, dynamodb=dynamodb, stream_specification=wrong) == ("ValidationException", text)
    assert said_of_the_stream(described(dynamodb)) == {}


# Deleted


def test_delete_table_disables_the_stream_and_writes_no_record(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    deleted = dynamodb.delete_table(TableName="orders")["TableDescription"]

    assert said_of_the_stream(deleted) == {"LatestStreamArn": orders.arn, "LatestStreamLabel": orders.label}
    assert (orders.status, events(orders)) == ("DISABLED", ["INSERT"])


def test_delete_table_leaves_a_disabled_stream_as_it_is(dynamodb: Any, orders: Stream) -> None:
    disable(dynamodb)
    deleted = dynamodb.delete_table(TableName="orders")["TableDescription"]

    assert said_of_the_stream(deleted) == {"LatestStreamArn": orders.arn, "LatestStreamLabel": orders.label}


def test_a_table_without_a_stream_is_deleted(dynamodb: Any) -> None:
    dynamodb.create_table(**shape("orders"))
    dynamodb.delete_table(TableName="orders")

    assert dynamodb.list_tables()["TableNames"] == []


def test_a_table_that_is_created_again_has_a_new_stream(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.delete_table(TableName="orders")
    create(dynamodb)

    assert ddbstreams_mock.stream("orders") != orders
    assert (events(orders), events(ddbstreams_mock.stream("orders"))) == (["INSERT"], [])


# Opened, closed and nested


@pytest.mark.parametrize("starts_first", [True, False])
@pytest.mark.parametrize("ends_first", [True, False])
def test_mock_streams_and_mock_aws_open_and_close_in_any_order(starts_first: bool, ends_first: bool) -> None:  # noqa: FBT001
    own, motos = mock_streams(), mock_aws()
    with ExitStack() as stack:
        if not starts_first:
            motos.start()
        streams = own.start()
        if starts_first:
            motos.start()
        stack.callback(lambda: [each.stop() for each in ((own, motos) if ends_first else (motos, own))])
        dynamodb = client()
        create(dynamodb)
        dynamodb.put_item(TableName="orders", Item=OLD)

        assert images(streams.stream("orders")) == [(None, OLD)]


@pytest.mark.usefixtures("motos")
def test_a_table_that_is_older_than_the_mock_gets_an_empty_stream() -> None:
    dynamodb = client()
    create(dynamodb, view_type="NEW_IMAGE")
    dynamodb.create_table(**shape("plain"))
    dynamodb.put_item(TableName="orders", Item=OLD)

    with mock_streams() as streams:
        assert [stream.table_name for stream in streams.streams] == ["orders"]
        stream = streams.stream("orders")
        assert (said_of_the_stream(described(dynamodb)), events(stream)) == (said(stream), [])
        dynamodb.delete_item(TableName="orders", Key=KEY)
        assert events(stream) == ["REMOVE"]


@pytest.mark.usefixtures("motos")
def test_an_older_table_with_a_wrong_stream_specification_gets_no_stream() -> None:
    dynamodb = client()
    create(dynamodb, StreamSpecification={"StreamEnabled": True, "StreamViewType": "x"})

    with mock_streams() as streams:
        assert streams.streams == ()


@pytest.mark.usefixtures("motos")
def test_moto_describes_and_records_its_own_stream_after_the_mock_was_closed() -> None:
    dynamodb = client()
    create(dynamodb)
    before = said_of_the_stream(described(dynamodb))

    with mock_streams() as streams:
        dynamodb.put_item(TableName="orders", Item=OLD)
        during = said_of_the_stream(described(dynamodb))
    dynamodb.put_item(TableName="orders", Item=NEW)

    assert during != before == said_of_the_stream(described(dynamodb))
    assert events(streams.stream("orders")) == ["INSERT"]
    shard = moto_shard()
    assert [each.to_json()["eventName"] for each in shard.items] == ["INSERT", "MODIFY"]


def moto_shard() -> Any:
    from moto.dynamodb.models import dynamodb_backends

    return dynamodb_backends["123456789012"]["us-east-1"].tables["orders"].stream_shard


def test_two_open_mocks_have_a_stream_each_and_both_get_the_records(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    with mock_streams() as within:
        inner = within.stream("orders")
        dynamodb.put_item(TableName="orders", Item=NEW)
        assert said_of_the_stream(described(dynamodb)) == said(inner)
        disable(dynamodb)

    assert (events(inner), events(orders)) == (["MODIFY"], ["INSERT", "MODIFY"])
    assert (inner.status, orders.status) == ("DISABLED", "DISABLED")


def test_a_reset_gives_each_table_a_new_and_empty_stream(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    ddbstreams_mock.reset()
    stream = ddbstreams_mock.stream("orders")
    dynamodb.put_item(TableName="orders", Item=NEW)

    assert stream != orders
    assert images(stream) == [(OLD, NEW)]


# Streams that exist already


def test_create_table_takes_over_a_stream_that_fits(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders", shards=4)
    create(dynamodb)
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert said_of_the_stream(described(dynamodb)) == said(stream)
    assert (len(stream.open_shards), events(stream)) == (4, ["INSERT"])


@pytest.mark.parametrize(
    "other", [{"view_type": "KEYS_ONLY"}, {"key_schema": {"pk": "N"}}, {"key_schema": {"id": "S"}}]
)
def test_create_table_disables_a_stream_that_does_not_fit(
    ddbstreams_mock: StreamsMock, dynamodb: Any, other: dict[str, Any]
) -> None:
    stream = ddbstreams_mock.create_stream("orders", **other)
    create(dynamodb)

    assert stream.status == "DISABLED"
    assert said_of_the_stream(described(dynamodb)) == said(ddbstreams_mock.stream("orders"))


def test_the_stream_of_a_table_of_a_closed_mock_aws_is_not_taken_over(ddbstreams_mock: StreamsMock) -> None:
    for _ in range(2):
        with mock_aws():
            dynamodb = client()
            create(dynamodb)
            dynamodb.put_item(TableName="orders", Item=OLD)

    first, second = ddbstreams_mock.streams
    assert [(stream.status, events(stream)) for stream in (first, second)] == [
        ("DISABLED", ["INSERT"]),
        ("ENABLED", ["INSERT"]),
    ]


# Past the API


@pytest.mark.usefixtures("motos")
def test_a_table_of_cloudformation_has_a_stream(ddbstreams_mock: StreamsMock) -> None:
    from moto.dynamodb.models.table import Table

    template = {"Properties": shape("orders", StreamSpecification=specification())}
    table = Table.create_from_cloudformation_json("orders", template, "123456789012", "us-east-1")

    assert table.describe()["TableDescription"]["LatestStreamArn"] == ddbstreams_mock.stream("orders").arn
