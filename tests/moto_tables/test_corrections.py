"""Writes that moto makes otherwise than DynamoDB: they are corrected while a mock is open, and so are the records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto_tables.moto_calls import KEY, NEW, OLD, Item, client, create, events, images

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream, StreamsMock

DUPLICATES = "Provided list of item keys contains duplicates"
INSERT_A = """INSERT INTO "orders" VALUE {'pk': 'a', 'v': 'new'}"""
INSERT_B = """INSERT INTO "orders" VALUE {'pk': 'b', 'v': 'x'}"""


def put(key: str, **more: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": {"pk": {"S": key}, **more}}}


def delete(key: str) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": {"pk": {"S": key}}}}


def keys(stream: Stream) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in stream.records]


def items(dynamodb: Any) -> list[Item]:
    found: list[Item] = dynamodb.scan(TableName="orders")["Items"]
    return found


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Return the code and the message of the error of a call."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


# BatchWriteItem


def test_a_batch_has_its_records_in_the_order_of_its_request(dynamodb: Any, orders: Stream) -> None:
    dynamodb.batch_write_item(RequestItems={"orders": [put("c"), put("a")]})
    dynamodb.batch_write_item(RequestItems={"orders": [delete("c"), put("d"), delete("a"), put("b")]})

    assert keys(orders) == ["c", "a", "c", "d", "a", "b"]


@pytest.mark.parametrize(
    "requests",
    [
        [put("a"), put("a", v={"S": "x"})],
        [put("a"), delete("a")],
        [delete("a"), put("b"), delete("a")],
    ],
    ids=["two puts", "put and deletion", "two deletions"],
)
def test_a_batch_with_a_key_twice_is_refused_and_writes_nothing(
    dynamodb: Any, orders: Stream, requests: list[dict[str, Any]]
) -> None:
    said = refusal(dynamodb.batch_write_item, RequestItems={"orders": requests})

    assert (said, items(dynamodb), events(orders)) == (("ValidationException", DUPLICATES), [], [])


def test_a_batch_may_have_one_key_in_two_tables(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    for name in ("orders", "carts"):
        create(dynamodb, name)
    dynamodb.batch_write_item(RequestItems={name: [put("a")] for name in ("orders", "carts")})

    assert [keys(ddbstreams_mock.stream(name)) for name in ("orders", "carts")] == [["a"], ["a"]]


def test_a_batch_may_have_one_partition_key_with_two_sort_keys(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    create(dynamodb, keys={"pk": "S", "sk": "N"})
    dynamodb.batch_write_item(RequestItems={"orders": [put("a", sk={"N": "2"}), put("a", sk={"N": "1"})]})

    records = ddbstreams_mock.stream("orders").records
    assert [record["dynamodb"]["Keys"]["sk"]["N"] for record in records] == ["2", "1"]


def test_a_batch_with_an_item_that_lacks_its_key_is_refused(dynamodb: Any, orders: Stream) -> None:
    code, _ = refusal(dynamodb.batch_write_item, RequestItems={"orders": [{"PutRequest": {"Item": {"v": {"S": "x"}}}}]})

    assert (code, events(orders)) == ("ValidationException", [])


# ClientRequestToken


def transact_put(item: Item) -> dict[str, Any]:
    return {"TransactItems": [{"Put": {"TableName": "orders", "Item": item}}]}


WRITES_NEW = {
    "transact_write_items": transact_put(NEW),
    "execute_transaction": {"TransactStatements": [{"Statement": INSERT_A}]},
}
WRITES_OTHERS = {
    "transact_write_items": transact_put(OLD),
    "execute_transaction": {"TransactStatements": [{"Statement": INSERT_B}]},
}


@pytest.mark.parametrize("operation", WRITES_NEW)
def test_a_transaction_that_repeats_a_token_within_ten_minutes_is_written_once(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream, operation: str
) -> None:
    ddbstreams_mock.clock.freeze()
    call = partial(getattr(dynamodb, operation), **WRITES_NEW[operation], ClientRequestToken="once")
    first = call()
    dynamodb.delete_item(TableName="orders", Key=KEY)
    ddbstreams_mock.clock.tick(seconds=599)
    second = call()

    assert (items(dynamodb), events(orders)) == ([], ["INSERT", "REMOVE"])
    assert first.keys() == second.keys()


@pytest.mark.parametrize("operation", WRITES_NEW)
def test_a_transaction_that_repeats_a_token_after_ten_minutes_is_written_again(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream, operation: str
) -> None:
    ddbstreams_mock.clock.freeze()
    call = partial(getattr(dynamodb, operation), **WRITES_NEW[operation], ClientRequestToken="once")
    call()
    dynamodb.delete_item(TableName="orders", Key=KEY)
    ddbstreams_mock.clock.tick(minutes=10)
    call()

    assert (items(dynamodb), events(orders)) == ([NEW], ["INSERT", "REMOVE", "INSERT"])


@pytest.mark.parametrize("operation", WRITES_NEW)
def test_a_transaction_with_the_token_of_another_one_is_refused(dynamodb: Any, orders: Stream, operation: str) -> None:
    call = partial(getattr(dynamodb, operation), ClientRequestToken="once")
    call(**WRITES_NEW[operation])
    code, _ = refusal(call, **WRITES_OTHERS[operation])

    assert (code, images(orders)) == ("IdempotentParameterMismatchException", [(None, NEW)])


def test_a_token_is_unknown_to_a_new_mock_of_moto(ddbstreams_mock: StreamsMock) -> None:
    for _ in range(2):
        with mock_aws():
            dynamodb = client()
            create(dynamodb)
            dynamodb.transact_write_items(**transact_put(NEW), ClientRequestToken="once")

            assert images(ddbstreams_mock.stream("orders")) == [(None, NEW)]


def test_a_token_of_one_operation_is_refused_in_the_other(dynamodb: Any, orders: Stream) -> None:
    dynamodb.transact_write_items(**transact_put(NEW), ClientRequestToken="once")
    code, _ = refusal(
        dynamodb.execute_transaction, TransactStatements=[{"Statement": INSERT_B}], ClientRequestToken="once"
    )

    assert (code, events(orders)) == ("IdempotentParameterMismatchException", ["INSERT"])


def test_transactions_without_a_token_are_all_written(dynamodb: Any, orders: Stream) -> None:
    for _ in range(2):
        dynamodb.transact_write_items(**transact_put(NEW))
        dynamodb.delete_item(TableName="orders", Key=KEY)

    assert events(orders) == ["INSERT", "REMOVE"] * 2


def test_a_request_that_has_no_token_on_the_wire_is_not_a_repetition(dynamodb: Any, orders: Stream) -> None:
    def remove_token(params: dict[str, Any], **_: Any) -> None:
        params["body"] = params["body"].replace(b"ClientRequestToken", b"Nothing")

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", remove_token)
    for item in (OLD, NEW):
        dynamodb.transact_write_items(**transact_put(item))

    assert events(orders) == ["INSERT", "MODIFY"]


def test_a_canceled_transaction_is_tried_again_under_its_token(dynamodb: Any, orders: Stream) -> None:
    arguments = transact_put(NEW)
    arguments["TransactItems"][0]["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
    dynamodb.put_item(TableName="orders", Item=OLD)
    code, _ = refusal(dynamodb.transact_write_items, **arguments, ClientRequestToken="once")
    dynamodb.delete_item(TableName="orders", Key=KEY)
    dynamodb.transact_write_items(**arguments, ClientRequestToken="once")

    assert (code, events(orders)) == ("TransactionCanceledException", ["INSERT", "REMOVE", "INSERT"])


def test_a_token_is_compared_with_the_request_as_it_was_sent(dynamodb: Any, orders: Stream) -> None:
    arguments = transact_put({**KEY, "list": {"L": [{"S": "first"}]}})
    dynamodb.transact_write_items(**arguments, ClientRequestToken="once")
    dynamodb.update_item(
        TableName="orders",
        Key=KEY,
        UpdateExpression="SET #l[0] = :new",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":new": {"S": "other"}},
    )
    dynamodb.transact_write_items(**arguments, ClientRequestToken="once")

    assert events(orders) == ["INSERT", "MODIFY"]


def test_a_token_is_forgotten_when_the_clock_moves_behind_its_first_use(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    with ddbstreams_mock.clock.freeze("2030-01-01"):
        dynamodb.transact_write_items(**transact_put(OLD), ClientRequestToken="once")
    dynamodb.transact_write_items(**transact_put(NEW), ClientRequestToken="once")

    assert events(orders) == ["INSERT", "MODIFY"]


# PartiQL


def test_an_insert_over_an_item_is_refused_and_writes_nothing(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    said = refusal(dynamodb.execute_statement, Statement=INSERT_A)

    assert said == ("DuplicateItemException", "Duplicate primary key exists in table")
    assert (items(dynamodb), events(orders)) == ([OLD], ["INSERT"])


def test_an_insert_over_an_item_in_a_batch_fails_alone(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    statements = [{"Statement": INSERT_A}, {"Statement": INSERT_B}]
    answer = dynamodb.batch_execute_statement(Statements=statements)

    assert [response.get("Error", {}).get("Code") for response in answer["Responses"]] == ["DuplicateItem", None]
    assert keys(orders) == ["a", "b"]


def test_an_insert_without_a_key_is_refused(dynamodb: Any, orders: Stream) -> None:
    code, _ = refusal(dynamodb.execute_statement, Statement="""INSERT INTO "orders" VALUE {'v': 'x'}""")

    assert (code, events(orders)) == ("ValidationException", [])


def test_an_insert_into_a_missing_table_is_refused(dynamodb: Any) -> None:
    code, _ = refusal(dynamodb.execute_statement, Statement=INSERT_A)

    assert code == "ResourceNotFoundException"


def test_a_partiql_transaction_with_a_refused_statement_writes_nothing_and_names_the_reasons(
    dynamodb: Any, orders: Stream
) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as canceled:
        dynamodb.execute_transaction(TransactStatements=[{"Statement": INSERT_B}, {"Statement": INSERT_A}])

    reasons = canceled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "DuplicateItem"]
    assert (items(dynamodb), events(orders)) == ([OLD], ["INSERT"])


def test_a_table_feeds_its_stream_after_a_partiql_transaction_was_canceled(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    refusal(dynamodb.execute_transaction, TransactStatements=[{"Statement": INSERT_B}, {"Statement": INSERT_A}])
    dynamodb.execute_statement(Statement=INSERT_B)

    assert keys(orders) == ["a", "b"]


# UpdateItem

REMOVALS: dict[str, dict[str, Any]] = {
    "expression": {"UpdateExpression": "REMOVE v"},
    "several attributes": {"UpdateExpression": "REMOVE #v, w", "ExpressionAttributeNames": {"#v": "v"}},
    "legacy": {"AttributeUpdates": {"v": {"Action": "DELETE"}}},
}


@pytest.mark.parametrize("arguments", REMOVALS.values(), ids=REMOVALS)
@pytest.mark.parametrize("returned", ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_an_update_that_only_removes_creates_no_item(
    dynamodb: Any, orders: Stream, arguments: dict[str, Any], returned: str
) -> None:
    answer = dynamodb.update_item(TableName="orders", Key=KEY, ReturnValues=returned, **arguments)

    assert (items(dynamodb), events(orders)) == ([], [])
    assert not answer.get("Attributes")


def test_an_update_that_only_removes_creates_no_item_beside_another_sort_key(
    ddbstreams_mock: StreamsMock, dynamodb: Any
) -> None:
    create(dynamodb, keys={"pk": "S", "sk": "N"})
    first, second = ({**KEY, "sk": {"N": number}} for number in ("1", "2"))
    dynamodb.put_item(TableName="orders", Item=first)
    dynamodb.update_item(TableName="orders", Key=second, UpdateExpression="REMOVE v")

    assert (items(dynamodb), images(ddbstreams_mock.stream("orders"))) == ([first], [(None, first)])


def test_an_update_in_a_transaction_that_only_removes_creates_no_item(dynamodb: Any, orders: Stream) -> None:
    removal = {"TableName": "orders", "Key": KEY, "UpdateExpression": "REMOVE v"}
    dynamodb.transact_write_items(TransactItems=[{"Update": removal}])

    assert (items(dynamodb), events(orders)) == ([], [])


def test_an_update_that_also_sets_creates_the_item(dynamodb: Any, orders: Stream) -> None:
    dynamodb.update_item(
        TableName="orders",
        Key=KEY,
        UpdateExpression="REMOVE w SET v = :v",
        ExpressionAttributeValues={":v": {"S": "new"}},
    )

    assert images(orders) == [(None, NEW)]


def test_an_item_has_records_after_an_update_that_created_none(dynamodb: Any, orders: Stream) -> None:
    dynamodb.update_item(TableName="orders", Key=KEY, UpdateExpression="REMOVE v")
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.update_item(TableName="orders", Key=KEY, UpdateExpression="REMOVE v")

    assert images(orders) == [(None, OLD), (OLD, KEY)]


@pytest.mark.parametrize("arguments", [{}, {"AttributeUpdates": {}}], ids=["nothing", "empty"])
def test_an_update_without_any_expression_creates_the_item_from_its_key(
    dynamodb: Any, orders: Stream, arguments: dict[str, Any]
) -> None:
    dynamodb.update_item(TableName="orders", Key=KEY, **arguments)

    assert (items(dynamodb), images(orders)) == ([KEY], [(None, KEY)])


def test_an_update_without_any_expression_leaves_an_item_as_it_is(dynamodb: Any, orders: Stream) -> None:
    dynamodb.put_item(TableName="orders", Item=OLD)
    dynamodb.update_item(TableName="orders", Key=KEY)

    assert (items(dynamodb), events(orders)) == ([OLD], ["INSERT"])
