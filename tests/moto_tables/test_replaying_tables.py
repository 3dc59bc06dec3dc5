"""A law: the records of a table's stream, applied to nothing, give the table, and each of them changes an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto_tables.moto_calls import Item, client, create

from pytest_ddbstreams import mock_streams
from pytest_ddbstreams._items.items import typed_item

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

NEVER = {"ConditionExpression": "attribute_exists(nothing)"}

keys = st.sampled_from("abc").map(lambda key: {"pk": {"S": key}})
numbers = st.sampled_from(["0", "1", "1.0", "-2.50", "1E2", "100"]).map(lambda text: {"N": text})
values = st.one_of(
    numbers,
    st.sampled_from(["", "x", "ä"]).map(lambda text: {"S": text}),
    st.binary(max_size=2).map(lambda data: {"B": data}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.just({"NULL": True}),
    st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(lambda texts: {"SS": texts}),
    st.lists(numbers, max_size=2).map(lambda entries: {"L": entries}),
    st.dictionaries(st.sampled_from("xy"), numbers).map(lambda entries: {"M": entries}),
)
items = st.builds(lambda key, more: {**key, **more}, keys, st.dictionaries(st.sampled_from("vw"), values))
updates: st.SearchStrategy[tuple[str, Item]] = st.one_of(
    st.builds(lambda value: ("SET v = :v", {":v": value}), values),
    st.builds(lambda value: ("SET v = :v, w = :v", {":v": value}), values),
    # Without an exponent, because moto cannot add a number that has one.
    st.builds(lambda value: ("ADD n :v", {":v": {"N": value}}), st.sampled_from(["0", "1", "1.0", "-2.50"])),
    st.just(("REMOVE v", {})),
)


def update_of(key: Item, update: tuple[str, Item]) -> dict[str, Any]:
    expression, given_values = update
    more = {"ExpressionAttributeValues": given_values} if given_values else {}
    return {"TableName": "orders", "Key": key, "UpdateExpression": expression, **more}


def actions_of(writes: list[tuple[str, Item]]) -> list[dict[str, Any]]:
    return [
        {"Put": {"TableName": "orders", "Item": item}}
        if kind == "put"
        else {"Delete": {"TableName": "orders", "Key": {"pk": item["pk"]}}}
        for kind, item in writes
    ]


def requests_of(writes: list[tuple[str, Item]]) -> list[dict[str, Any]]:
    return [
        {"PutRequest": {"Item": item}} if kind == "put" else {"DeleteRequest": {"Key": {"pk": item["pk"]}}}
        for kind, item in writes
    ]


several = st.lists(
    st.tuples(st.sampled_from(["put", "delete"]), items), min_size=1, unique_by=lambda write: write[1]["pk"]["S"]
)
calls: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.builds(lambda item: ("put_item", {"TableName": "orders", "Item": item}), items),
    st.builds(lambda item: ("put_item", {"TableName": "orders", "Item": item, **NEVER}), items),
    st.builds(lambda key: ("delete_item", {"TableName": "orders", "Key": key}), keys),
    st.builds(lambda key, update: ("update_item", update_of(key, update)), keys, updates),
    st.builds(lambda writes: ("batch_write_item", {"RequestItems": {"orders": requests_of(writes)}}), several),
    st.builds(lambda writes: ("transact_write_items", {"TransactItems": actions_of(writes)}), several),
    st.builds(
        lambda writes: (
            "transact_write_items",
            {
                "TransactItems": [
                    *actions_of(writes),
                    {"ConditionCheck": {"TableName": "orders", "Key": {"pk": {"S": "none"}}, **NEVER}},
                ]
            },
        ),
        several,
    ),
)


def replayed(stream: Stream) -> dict[str, Item]:
    """Return the items that the records add up to; check each record against the items before it."""
    held: dict[str, Item] = {}
    for record in stream.records:
        shown = record["dynamodb"]
        key = shown["Keys"]["pk"]["S"]
        assert shown.get("OldImage") == held.get(key)
        assert shown.get("NewImage") != held.get(key)
        assert record["eventName"] == (
            "INSERT" if "OldImage" not in shown else "MODIFY" if "NewImage" in shown else "REMOVE"
        )
        held.pop(key, None)
        if "NewImage" in shown:
            held[key] = shown["NewImage"]
    return held


def held_by(dynamodb: Any) -> dict[str, Item]:
    found = dynamodb.scan(TableName="orders")["Items"]
    return {item["pk"]["S"]: typed_item(item, plain=False) for item in found}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, max_size=12))
def test_replaying_the_stream_of_a_table_gives_the_items_of_the_table(
    sequence: list[tuple[str, dict[str, Any]]],
) -> None:
    with mock_streams() as streams, mock_aws():
        dynamodb = client()
        create(dynamodb)
        stream = streams.stream("orders")
        for operation, arguments in sequence:
            before, written = held_by(dynamodb), len(stream.records)
            try:
                getattr(dynamodb, operation)(**arguments)
            except ClientError:
                assert len(stream.records) == written
            after = held_by(dynamodb)
            assert len(stream.records) - written == differing(before, after)
        assert replayed(stream) == held_by(dynamodb)


def differing(before: dict[str, Item], after: dict[str, Item]) -> int:
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())
