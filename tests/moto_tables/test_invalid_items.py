"""Items that moto accepts and DynamoDB refuses: the test gets an error, and all other items have their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto_tables.moto_calls import NEW, OLD, Item, events, images

from pytest_ddbstreams import InvalidItem

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

TOO_LONG: Item = {"pk": {"S": "long"}, "n": {"N": "1" * 39}}
GOOD: Item = {"pk": {"S": "z"}}


def put(item: Item) -> dict[str, Any]:
    return {"Put": {"TableName": "orders", "Item": item}}


@pytest.mark.parametrize("value", [{"N": "1" * 39}, {"NS": ["1", "1.0"]}])
def test_an_invalid_item_raises_invalid_item_with_its_place(dynamodb: Any, orders: Stream, value: Item) -> None:
    with pytest.raises(InvalidItem, match=r"the item in moto's table\['n'\]"):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "n": value})

    assert events(orders) == []


def test_the_valid_items_of_a_batch_are_recorded(dynamodb: Any, orders: Stream) -> None:
    requests = [{"PutRequest": {"Item": item}} for item in (OLD, TOO_LONG, GOOD)]

    with pytest.raises(InvalidItem, match="'n'"):
        dynamodb.batch_write_item(RequestItems={"orders": requests})

    assert images(orders) == [(None, OLD), (None, GOOD)]


def test_the_valid_items_of_a_transaction_are_recorded(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem, match="'n'"):
        dynamodb.transact_write_items(TransactItems=[put(TOO_LONG), put(OLD)])

    assert images(orders) == [(None, OLD)]


def test_the_first_of_two_invalid_items_is_raised(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem, match="'n'"):
        dynamodb.transact_write_items(TransactItems=[put(TOO_LONG), put({"pk": {"S": "b"}, "m": TOO_LONG["n"]})])

    assert events(orders) == []


def test_the_deletion_of_an_invalid_item_is_not_recorded(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem, match="'n'"):
        dynamodb.put_item(TableName="orders", Item=TOO_LONG)
    with pytest.raises(InvalidItem, match="'n'"):
        dynamodb.delete_item(TableName="orders", Key={"pk": TOO_LONG["pk"]})

    assert events(orders) == []
    assert dynamodb.scan(TableName="orders")["Items"] == []


def test_an_invalid_item_does_not_hide_a_cancelled_transaction(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem):
        dynamodb.put_item(TableName="orders", Item=TOO_LONG)
    never = put(NEW)
    never["Put"]["ConditionExpression"] = "attribute_exists(nothing)"

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(TransactItems=[put({**TOO_LONG, "n": {"N": "1"}}), never])

    assert events(orders) == []


def test_an_invalid_item_does_not_hide_an_error_inside_moto(dynamodb: Any, orders: Stream) -> None:
    with pytest.raises(InvalidItem):
        dynamodb.put_item(TableName="orders", Item=TOO_LONG)
    statements = [
        {"Statement": "DELETE FROM \"orders\" WHERE pk = 'long'"},
        {"Statement": "INSERT INTO \"missing\" VALUE {'pk': 'b'}"},
    ]

    with pytest.raises((ClientError, KeyError)):
        dynamodb.execute_transaction(TransactStatements=statements)

    assert events(orders) == []
