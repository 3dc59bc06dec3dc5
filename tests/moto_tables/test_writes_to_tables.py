"""Every way to write to a table of moto: one call writes one record of each item that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_tables.moto_calls import BOTH, KEY, NEW, OLD, Item, client, create, events, images

from pytest_ddbstreams import InvalidItem

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

UPDATE = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "new"}}}
NEVER = {"ConditionExpression": "attribute_exists(nothing)"}
EVERY_TYPE: Item = {
    **KEY,
    "text": {"S": "käse"},
    "number": {"N": "-1.5"},
    "binary": {"B": b"\x00\xff"},
    "boolean": {"BOOL": False},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "binaries": {"BS": [b"\x00", b"\xff"]},
    "list": {"L": [{"S": "a"}, {"L": []}, {"B": b"\xff"}]},
    "map": {"M": {"a": {"N": "1"}, "b": {"M": {}}, "c": {"B": b"\xff"}, "d": {"BS": [b"x"]}}},
}


# One item


def test_puts_and_deletions_write_records_with_both_images(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.put_item(TableName="orders", Item=NEW)
    dynamodb.delete_item(TableName="orders", Key=KEY)

    assert events(orders) == ["INSERT", "MODIFY", "REMOVE"]
    assert images(orders) == [(None, OLD), (OLD, NEW), (NEW, None)]


def test_an_update_that_creates_an_item_writes_one_insert(dynamodb: Any, orders: Stream) -> None:
    dynamodb.update_item(TableName="orders", Key=KEY, **UPDATE)

    assert (events(orders), images(orders)) == (["INSERT"], [(None, NEW)])


def test_the_old_image_of_an_update_is_the_item_before_it(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item={**OLD, "list": {"L": [{"S": "first"}]}})
    dynamodb.update_item(
        TableName="orders",
        Key=KEY,
        UpdateExpression="SET #l = list_append(#l, :more) REMOVE v",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":more": {"L": [{"S": "second"}]}},
    )

    old, new = images(orders)[1]
    assert old == {**OLD, "list": {"L": [{"S": "first"}]}}
    assert new == {**KEY, "list": {"L": [{"S": "first"}, {"S": "second"}]}}


@pytest.mark.parametrize(
    "value", [{"S": "x"}, {"N": "1"}, {"BOOL": True}, {"L": [{"S": "x"}]}, {"M": {"a": {"S": "x"}}}, {"SS": ["x"]}]
)
def test_a_value_of_legacy_attribute_updates_keeps_its_type(dynamodb: Any, orders: Stream, value: Item) -> None:
    dynamodb.update_item(TableName="orders", Key=KEY, AttributeUpdates={"v": {"Action": "PUT", "Value": value}})

    assert images(orders) == [(None, {**KEY, "v": value})]


def test_legacy_additions_and_deletions_modify_the_item(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item={**OLD, "n": {"N": "1"}})
    dynamodb.update_item(
        TableName="orders",
        Key=KEY,
        AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "2"}}, "v": {"Action": "DELETE"}},
    )

    assert images(orders)[1] == ({**OLD, "n": {"N": "1"}}, {**KEY, "n": {"N": "3"}})


def test_an_image_has_every_type_as_it_was_put(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=EVERY_TYPE)

    assert images(orders) == [(None, EVERY_TYPE)]


def test_numbers_in_images_are_normalized(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item={**KEY, "n": {"N": "1.50"}})

    assert images(orders) == [(None, {**KEY, "n": {"N": "1.5"}})]


def test_an_image_does_not_change_with_a_later_update(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item={**KEY, "m": {"M": {"a": {"S": "old"}}}})
    dynamodb.update_item(
        TableName="orders", Key=KEY, UpdateExpression="SET m.a = :a", ExpressionAttributeValues={":a": {"S": "new"}}
    )

    assert [new and new["m"] for _, new in images(orders)] == [{"M": {"a": {"S": "old"}}}, {"M": {"a": {"S": "new"}}}]


# No record


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"S": "x"}, {"S": "x"}),
        ({"N": "1"}, {"N": "1.0"}),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"BS": [b"a", b"b"]}, {"BS": [b"b", b"a"]}),
        ({"M": {"a": {"N": "1"}, "b": {"S": "x"}}}, {"M": {"b": {"S": "x"}, "a": {"N": "1.0"}}}),
    ],
)
def test_a_put_of_an_item_that_is_equal_by_dynamodb_writes_nothing(
    dynamodb: Any, orders: Stream, before: Item, after: Item
) -> None:
    dynamodb.put_item(TableName="orders", Item={**KEY, "v": before})
    dynamodb.put_item(TableName="orders", Item={**KEY, "v": after})

    assert events(orders) == ["INSERT"]


@pytest.mark.parametrize("expression", ["SET n = :n", "ADD n :zero", "REMOVE zz"])
def test_an_update_that_changes_nothing_writes_nothing(dynamodb: Any, orders: Stream, expression: str) -> None:
    values = {name: value for name, value in {":n": {"N": "1"}, ":zero": {"N": "0"}}.items() if name in expression}
    more = {"ExpressionAttributeValues": values} if values else {}
    dynamodb.put_item(TableName="orders", Item={**KEY, "n": {"N": "1"}})
    dynamodb.update_item(TableName="orders", Key=KEY, UpdateExpression=expression, **more)

    assert events(orders) == ["INSERT"]


def test_a_deletion_of_a_missing_item_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    dynamodb.delete_item(TableName="orders", Key=KEY)

    assert events(orders) == []


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("put_item", {"Item": NEW}), ("delete_item", {"Key": KEY}), ("update_item", {"Key": KEY, **UPDATE})],
)
def test_a_write_whose_condition_fails_writes_nothing(
    dynamodb: Any, orders: Stream, operation: str, arguments: dict[str, Any]
) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        getattr(dynamodb, operation)(TableName="orders", **arguments, **NEVER)
    assert events(orders) == ["INSERT"]


def test_reading_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.get_item(TableName="orders", Key=KEY)
    dynamodb.scan(TableName="orders")

    assert events(orders) == ["INSERT"]


# Several items


def test_a_batch_writes_a_record_for_each_item_that_it_changes(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "same"}})
    dynamodb.batch_write_item(
        RequestItems={
            "orders": [
                {"PutRequest": {"Item": {"pk": {"S": "b"}}}},
                {"PutRequest": {"Item": {"pk": {"S": "same"}}}},
                {"DeleteRequest": {"Key": KEY}},
                {"DeleteRequest": {"Key": {"pk": {"S": "missing"}}}},
            ]
        }
    )

    assert images(orders)[2:] == [(None, {"pk": {"S": "b"}}), (OLD, None)]


def test_a_transaction_writes_a_record_for_each_item_in_the_order_of_its_writes(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "gone"}})
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"pk": {"S": "put"}}}},
            {"Delete": {"TableName": "orders", "Key": {"pk": {"S": "gone"}}}},
            {"Update": {"TableName": "orders", "Key": KEY, **UPDATE}},
            {"Update": {"TableName": "orders", "Key": {"pk": {"S": "upsert"}}, **UPDATE}},
        ]
    )

    assert images(orders)[2:] == [
        (None, {"pk": {"S": "put"}}),
        ({"pk": {"S": "gone"}}, None),
        (OLD, NEW),
        (None, {"pk": {"S": "upsert"}, "v": {"S": "new"}}),
    ]


def roll_back(dynamodb: Any) -> None:
    """Make a transaction whose last condition fails."""
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "orders", "Item": NEW}},
                {"Put": {"TableName": "orders", "Item": {"pk": {"S": "b"}}}},
                {"ConditionCheck": {"TableName": "orders", "Key": {"pk": {"S": "c"}}, **NEVER}},
            ]
        )


def test_a_transaction_that_is_rolled_back_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    roll_back(dynamodb)

    assert events(orders) == ["INSERT"]


def test_a_table_feeds_its_stream_after_a_transaction_was_rolled_back(dynamodb: Any, orders: Stream) -> None:
    roll_back(dynamodb)
    dynamodb.put_item(TableName="orders", Item=OLD)

    assert images(orders) == [(None, OLD)]


def test_a_call_that_writes_to_two_tables_feeds_both_streams(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    for name in ("orders", "carts"):
        create(dynamodb, name)
    dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": {"pk": {"S": name}}}} for name in ("orders", "carts")]
    )

    for name in ("orders", "carts"):
        assert images(ddbstreams_mock.stream(name)) == [(None, {"pk": {"S": name}})]


# PartiQL

INSERT_B = """INSERT INTO "orders" VALUE {'pk': 'b', 'v': 'x'}"""
CHANGE = "UPDATE \"orders\" SET v = 'new' WHERE pk = 'a'"
DELETE = "DELETE FROM \"orders\" WHERE pk = 'a'"


def test_partiql_statements_write_records(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    for statement in (INSERT_B, CHANGE, DELETE):
        dynamodb.execute_statement(Statement=statement)

    assert images(orders)[1:] == [(None, {"pk": {"S": "b"}, "v": {"S": "x"}}), (OLD, NEW), (NEW, None)]


def test_a_batch_of_partiql_statements_writes_records(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.batch_execute_statement(Statements=[{"Statement": INSERT_B}, {"Statement": DELETE}])

    assert events(orders) == ["INSERT", "INSERT", "REMOVE"]


def test_a_transaction_of_partiql_statements_writes_records(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.execute_transaction(TransactStatements=[{"Statement": INSERT_B}, {"Statement": CHANGE}])

    assert events(orders) == ["INSERT", "INSERT", "MODIFY"]


def test_two_changes_of_an_item_in_one_call_write_one_record(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    statements = [{"Statement": CHANGE.replace("new", value)} for value in ("between", "new")]
    dynamodb.batch_execute_statement(Statements=statements)

    assert images(orders)[1:] == [(OLD, NEW)]


def test_a_partiql_statement_that_only_reads_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    dynamodb.execute_statement(Statement='SELECT * FROM "orders"')

    assert events(orders) == []


# Tables of every shape


def test_items_with_different_sort_keys_are_different_items(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb, keys={"pk": "S", "sk": "N"})
    for number in ("1", "2", "1"):
        dynamodb.put_item(TableName="orders", Item={**KEY, "sk": {"N": number}})
    dynamodb.delete_item(TableName="orders", Key={**KEY, "sk": {"N": "2"}})

    records = ddbstreams_mock.stream("orders").records
    said = [(record["eventName"], record["dynamodb"]["Keys"]) for record in records]
    first, second = ({**KEY, "sk": {"N": number}} for number in ("1", "2"))
    assert said == [("INSERT", first), ("INSERT", second), ("REMOVE", second)]


def test_indexes_write_no_records_of_their_own(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    projection = {"Projection": {"ProjectionType": "ALL"}}
    create(
        dynamodb,
        keys={"pk": "S", "sk": "N"},
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in (("pk", "S"), ("sk", "N"), ("other", "S"))
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "global", "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}], **projection}
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "other", "KeyType": "RANGE"},
                ],
                **projection,
            }
        ],
    )
    item = {**KEY, "sk": {"N": "1"}, "other": {"S": "x"}}
    dynamodb.put_item(TableName="orders", Item=item)

    stream = ddbstreams_mock.stream("orders")
    assert (stream.key_schema, images(stream)) == ({"pk": "S", "sk": "N"}, [(None, item)])


def test_items_with_different_binary_keys_are_different_items(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb, keys={"pk": "B"})
    for key in (b"\x00", b"\xff", b"\x00"):
        dynamodb.put_item(TableName="orders", Item={"pk": {"B": key}})

    assert images(ddbstreams_mock.stream("orders")) == [(None, {"pk": {"B": key}}) for key in (b"\x00", b"\xff")]


@pytest.mark.parametrize(
    ("view_type", "shown"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"}), (BOTH, {"NewImage", "OldImage"})],
)
def test_a_record_of_a_table_includes_the_images_of_the_view_type(
    ddbstreams_mock: StreamsMock, dynamodb: Any, view_type: str, shown: set[str]
) -> None:
    create(dynamodb, view_type=view_type)
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.put_item(TableName="orders", Item=NEW)

    change = ddbstreams_mock.stream("orders").records[1]["dynamodb"]
    assert {name for name in change if name.endswith("Image")} == shown


def test_a_record_has_the_region_of_its_table(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb)
    elsewhere = client(region="eu-west-1")
    create(elsewhere)
    elsewhere.put_item(TableName="orders", Item=OLD)

    by_region = {stream.region: stream.records for stream in ddbstreams_mock.streams}
    assert [record["awsRegion"] for record in by_region["eu-west-1"]] == ["eu-west-1"]
    assert by_region["us-east-1"] == []


def test_a_table_without_a_stream_writes_nothing(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb)
    create(dynamodb, "plain", StreamSpecification={"StreamEnabled": False})
    dynamodb.put_item(TableName="plain", Item=OLD)

    assert [stream.table_name for stream in ddbstreams_mock.streams] == ["orders"]


# Items that moto accepts and DynamoDB refuses


def test_a_set_with_duplicates_raises_invalid_item_with_its_place(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"the item in moto's table\['v'\]\['SS'\]"):
        dynamodb.put_item(TableName="orders", Item={**KEY, "v": {"SS": ["a", "a"]}})

    assert events(orders) == []


def test_a_partiql_transaction_that_moto_refuses_later_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    statements = [{"Statement": INSERT_B}, {"Statement": INSERT_B.replace("orders", "missing")}]

    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.execute_transaction(TransactStatements=statements)

    assert (dynamodb.scan(TableName="orders")["Items"], events(orders)) == ([], [])


# Past the API


def test_writes_past_the_api_are_recorded_one_by_one(dynamodb: Any, orders: Stream) -> None:
    from moto.dynamodb.models import dynamodb_backends

    create(dynamodb, "other")
    table = dynamodb_backends["123456789012"]["us-east-1"].tables["orders"]
    for item in (OLD, OLD, NEW):
        table.put_item(item)

    assert images(orders) == [(None, OLD), (OLD, NEW)]
