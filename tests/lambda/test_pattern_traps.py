"""Warnings about filter patterns that no record matches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect

import generate
from pytest_ddbstreams import EventSourceMapping, MappingWarning, StreamsMock
from pytest_ddbstreams._lambda.filters import filter_of
from pytest_ddbstreams._lambda.record_shape import RECORD, VALUE

if TYPE_CHECKING:
    from pytest_ddbstreams import ViewType


def image(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": attributes}}


def keys(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"Keys": attributes}}


OLD = {"OldImage": {"status": {"S": ["placed"]}}}
NEW = {"NewImage": {"status": {"S": ["placed"]}}}
ABSENT = [{"exists": False}]


def traps_of(pattern: Any) -> list[str]:
    return [trap.text for trap in filter_of(pattern).traps]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ({"body": {"id": ["1"]}}, "['body'] never matches: a record has no 'body'; write one of eventID, eventName,"),
        ({"data": {"id": ["1"]}}, "['data'] never matches: a record has no 'data'; write one of eventID, eventName,"),
        ({"eventname": ["INSERT"]}, "['eventname'] never matches: a record has no 'eventname'; write 'eventName'"),
        ({"EventName": ["INSERT"]}, "a record has no 'EventName'; write 'eventName'"),
        ({"dynamoDb": NEW}, "a record has no 'dynamoDb'; write 'dynamodb'"),
        (
            {"dynamodb": {"newImage": {"status": {"S": ["placed"]}}}},
            "['dynamodb']['newImage'] never matches: 'dynamodb' has no 'newImage'; write 'NewImage'",
        ),
        ({"userIdentity": {"Type": ["Service"]}}, "'userIdentity' has no 'Type'; write 'type'"),
        ({"$or": [{"eventname": ["INSERT"]}, {"eventName": ["INSERT"]}]}, "a record has no 'eventname'"),
        (image(status={"s": ["placed"]}), "['status']['s'] never matches: 'status' has no 's'; write 'S'"),
        (
            image(address={"city": {"S": ["Bern"]}}),
            "['address']['city'] never matches: in a record the value of 'address' stands below its type, one of S,",
        ),
        (image(group={"b": {"S": ["x"]}}), 'a map is written {"group": {"M": {"b": "..."}}}'),
        (
            {"eventName": {"S": ["INSERT"]}},
            "['eventName']['S'] never matches: in a record 'eventName' is text and has no members; give its values as",
        ),
        (
            image(total={"N": {"M": [{"exists": True}]}}),
            "['total']['N']['M'] never matches: in a record 'N' is the text",
        ),
    ],
    ids=json.dumps,
)
def test_a_name_that_no_record_has_is_a_trap_with_the_nearest_right_form(pattern: Any, text: str) -> None:
    [trap] = traps_of(pattern)
    assert text in trap


@pytest.mark.parametrize(
    ("wanted", "right"),
    [
        ("placed", '{"status": {"S": ["placed"]}}'),
        (5, '{"status": {"N": ["5"]}}'),
        (True, '{"status": {"BOOL": [true]}}'),
        (None, '{"status": {"NULL": [true]}}'),
        ({"prefix": "p"}, '{"status": {"S": [{"prefix": "p"}]}}'),
        ({"numeric": [">", 5]}, '{"status": {"N": ["5"]}}'),
    ],
    ids=json.dumps,
)
def test_an_attribute_without_its_type_is_a_trap_with_the_type(wanted: Any, right: str) -> None:
    [trap] = traps_of(image(status=[wanted]))
    assert trap.endswith(
        f"['status'] never matches: in a record it is an object; give the type of the attribute, {right}"
    )


@pytest.mark.parametrize("pattern", [{"dynamodb": ["x"]}, {"dynamodb": {"Keys": ["x"]}}, {"userIdentity": ["x"]}])
def test_an_object_that_is_compared_with_a_value_is_a_trap(pattern: Any) -> None:
    [trap] = traps_of(pattern)
    assert trap.endswith("never matches: in a record it is an object; name one of its members")


@pytest.mark.parametrize(
    "pattern",
    [
        {"body": ABSENT},
        {"body": ["x", *ABSENT]},
        {"dynamodb": {"newImage": {"status": {"S": ABSENT}}}},
        image(address={"city": {"S": ABSENT}}),
    ],
    ids=json.dumps,
)
def test_a_name_that_no_record_has_is_no_trap_if_it_must_not_exist(pattern: Any) -> None:
    assert traps_of(pattern) == []


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize(
    "pattern",
    [
        lambda leaf: {"dynamodb": leaf},
        lambda leaf: {"userIdentity": leaf},
        lambda leaf: {"dynamodb": {"NewImage": leaf}},
        lambda leaf: image(total=leaf),
        lambda leaf: image(lines={"L": leaf}),
        lambda leaf: image(lines={"L": {"M": leaf}}),
        lambda leaf: image(lines={"L": {"M": {"sku": leaf}}}),
    ],
)
def test_exists_on_an_object_is_a_trap(pattern: Any, wanted: bool) -> None:  # noqa: FBT001
    [trap] = traps_of(pattern([{"exists": wanted}]))
    assert "asks whether an object exists, and Lambda looks for leaves only" in trap


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ({"eventName": ["UPDATE"]}, '["MODIFY"]'),
        ({"eventName": ["DELETE", "REMOVE"]}, '["REMOVE"]'),
        ({"eventName": ["insert"]}, '["INSERT"]'),
        ({"eventName": ["*"]}, '["INSERT", "MODIFY", "REMOVE"]'),
        ({"eventName": [{"prefix": "ins"}]}, '["INSERT", "MODIFY", "REMOVE"]'),
        ({"eventSource": ["aws.dynamodb"]}, '["aws:dynamodb"]'),
        ({"dynamodb": {"StreamViewType": ["NEW_IMAGES"]}}, '["NEW_IMAGE"]'),
        ({"userIdentity": {"type": ["service"]}}, '["Service"]'),
        ({"userIdentity": {"principalId": ["DynamoDB.amazonaws.com"]}}, '["dynamodb.amazonaws.com"]'),
        (image(paid={"BOOL": ["true"]}), "[true]"),
        (image(paid={"BOOL": ["False"]}), "[false]"),
        (image(paid={"BOOL": [1]}), "[true, false]"),
        (image(note={"NULL": [None]}), "[true]"),
        (image(note={"NULL": ["true"]}), "[true]"),
        (image(note={"S": [5]}), '["5"]'),
        (image(note={"S": [None]}), '[{"exists": false}]'),
        (image(total={"N": ["9.50"]}), '["9.5"]'),
        (image(totals={"NS": ["1e3"]}), '["1000"]'),
    ],
    ids=json.dumps,
)
def test_a_value_that_no_record_has_is_a_trap_with_the_nearest_right_form(pattern: Any, text: str) -> None:
    [trap] = traps_of(pattern)
    assert " never matches " in trap
    assert trap.endswith(f"; write {text}")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (image(note={"S": [True]}), "['note']['S'] never matches true: a record has text there"),
        (image(total={"N": ["many"]}), '["total"]["N"] never matches "many": a record has the text of a number'),
        ({"dynamodb": {"SizeBytes": ["40"]}}, "['SizeBytes'] never matches \"40\": a record has a number there"),
        ({"eventVersion": [{"numeric": [">", 1]}]}, 'never matches {"numeric": [">", 1]}: a record has text there'),
    ],
    ids=json.dumps,
)
def test_a_value_of_another_type_than_records_have_is_a_trap(pattern: Any, text: str) -> None:
    [trap] = traps_of(pattern)
    assert text.replace('["total"]["N"]', "['total']['N']") in trap


@pytest.mark.parametrize("wanted", [{"numeric": [">", 5]}, 9.5])
def test_a_number_that_an_items_number_is_compared_with_is_a_trap(wanted: Any) -> None:
    [trap] = traps_of(image(total={"N": [wanted]}))
    assert trap.startswith("the filter pattern['dynamodb']['NewImage']['total']['N'] compares with a number and never")
    assert trap.endswith('the number of an item is text, {"N": "5"}; compare with text, ["5"]')


def test_a_trap_in_an_alternative_names_the_place_of_the_alternative() -> None:
    [trap] = traps_of(image(**{"$or": [{"total": {"N": [9.5]}}, {"paid": {"BOOL": [True]}}]}))
    assert trap.startswith("the filter pattern['dynamodb']['NewImage']['total']['N'] compares")


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["REMOVE"], "dynamodb": NEW},
        {"eventName": ["MODIFY", "REMOVE"], "dynamodb": NEW},
        {"eventName": ["INSERT", "REMOVE"], "dynamodb": {**NEW, "Keys": {"pk": {"S": ["1"]}}}},
        {"$or": [{"eventName": ["REMOVE"], "dynamodb": NEW}, {"eventName": ["INSERT"]}]},
        {"dynamodb": NEW, "$or": [{"eventName": ["REMOVE"]}, {"eventName": ["INSERT"]}]},
        {"eventName": ["REMOVE"], "dynamodb": {"$or": [NEW, {"NewImage": {"paid": {"BOOL": [True]}}}]}},
    ],
    ids=json.dumps,
)
def test_remove_with_a_new_image_is_a_trap(pattern: Any) -> None:
    [trap] = traps_of(pattern)
    assert trap.startswith(
        "the filter pattern asks for REMOVE and for the NewImage, which no record of REMOVE has; ask"
    )
    assert trap.endswith("ask for the OldImage, or leave REMOVE out")


def test_insert_with_an_old_image_is_a_trap() -> None:
    [trap] = traps_of({"eventName": ["INSERT"], "dynamodb": OLD})
    assert "asks for INSERT and for the OldImage, which no record of INSERT has; ask for the NewImage" in trap


@pytest.mark.parametrize(
    "pattern",
    [
        {"dynamodb": {**OLD, **NEW}},
        {"eventName": ["MODIFY"], "dynamodb": {**OLD, **NEW}},
        {"eventName": ["REMOVE"], "dynamodb": OLD},
        {"eventName": [{"anything-but": ["INSERT"]}], "dynamodb": NEW},
        {"eventName": ["INSERT", "REMOVE"], "dynamodb": {"$or": [OLD, NEW]}},
        {"eventName": ["INSERT", "REMOVE"], "$or": [{"dynamodb": OLD}, {"dynamodb": NEW}]},
        {"$or": [{"eventName": ["REMOVE"], "dynamodb": OLD}, {"eventName": ["INSERT"], "dynamodb": NEW}]},
        {"eventName": ["REMOVE"], **image(status={"S": ABSENT})},
        {"eventName": ["INSERT"], "userIdentity": {"type": ABSENT}, **image(tags={"SS": ["a"]})},
        {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}},
        {"userIdentity": {"type": ["Replication"]}},
        {"eventSourceARN": [{"prefix": "arn:"}], "awsRegion": ["eu-west-1"], "eventID": [{"anything-but": ["0"]}]},
        {"dynamodb": {"SizeBytes": [{"numeric": [">", 40]}, 5, {"anything-but": [1]}]}},
        image(lines={"L": {"M": {"sku": {"S": [{"suffix": "x"}]}, "count": {"N": ["-1.5"]}}}}),
        image(lines={"L": {"L": {"S": ["x"]}}}, blob={"B": ["YQ=="]}, none={"NULL": [True]}),
        image(s={"S": ["x"]}, b={"BOOL": [True, False]}, m={"M": {"m": {"M": {"n": {"N": ["0"]}}}}}),
        image(status={"S": [{"exists": True}]}),
    ],
    ids=json.dumps,
)
def test_a_pattern_that_records_can_match_has_no_trap(pattern: Any) -> None:
    assert traps_of(pattern) == []


def test_two_lists_with_one_trap_are_one_trap() -> None:
    assert len(traps_of({"body": {"id": ["1"], "name": ["x"]}})) == 1


def test_the_shape_of_a_record_has_the_names_of_its_schema() -> None:
    definitions = generate.checked_in()["lambda-event.json"]["$defs"]
    assert isinstance(RECORD, dict)
    assert set(RECORD) == set(definitions["Record"]["properties"])
    assert set(RECORD["dynamodb"]) == set(definitions["StreamRecord"]["properties"])
    assert set(RECORD["userIdentity"]) == set(definitions["Identity"]["properties"])
    assert set(VALUE) == set(definitions["AttributeValue"]["properties"])


# Mappings


def test_a_mapping_warns_of_a_pattern_when_it_is_made() -> None:
    with pytest.warns(MappingWarning, match="a record has no 'body'") as caught:
        EventSourceMapping(starting_position="LATEST", filter_criteria=[{"body": {"id": ["1"]}}])
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    "pattern", [{"body": ["1"]}, {"dynamodb": ["x"]}, keys(pk=["x"]), keys(pk={"s": ["x"]})], ids=str
)
def test_connecting_a_mapping_does_not_repeat_its_warnings(ddbstreams_mock: StreamsMock, pattern: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    with pytest.warns(MappingWarning):
        mapping = EventSourceMapping(starting_position="LATEST", filter_criteria=[pattern])
    mapping.connect(stream, Handler())  # a warning would be an error


@pytest.mark.parametrize(
    ("view_type", "stream_record", "missing"),
    [
        ("KEYS_ONLY", NEW, "NewImage"),
        ("OLD_IMAGE", NEW, "NewImage"),
        ("NEW_IMAGE", OLD, "OldImage"),
        ("KEYS_ONLY", {"OldImage": {"a": {"S": ["x"]}, "b": {"S": ["x"]}}}, "OldImage"),
    ],
    ids=str,
)
def test_an_image_that_the_view_type_lacks_warns_when_the_mapping_is_connected(
    ddbstreams_mock: StreamsMock, view_type: ViewType, stream_record: Any, missing: str
) -> None:
    ddbstreams_mock.create_stream("test-table", view_type=view_type)
    with pytest.warns(MappingWarning) as caught:
        connect(ddbstreams_mock, Handler(), filter_criteria=[{"dynamodb": stream_record}])
    [text] = [str(warning.message) for warning in caught]
    assert f"['{missing}'] never matches: the view type of the stream is {view_type}, and its records have" in text
    assert text.endswith("; enable the stream with NEW_AND_OLD_IMAGES, or filter on the Keys")


@pytest.mark.parametrize(
    ("view_type", "stream_record"),
    [
        ("KEYS_ONLY", {"Keys": {"pk": {"S": ["1"]}}, "SizeBytes": [{"numeric": [">", 1]}]}),
        ("KEYS_ONLY", {"NewImage": {"status": {"S": ABSENT}}}),
        ("NEW_IMAGE", NEW),
        ("OLD_IMAGE", OLD),
        ("NEW_AND_OLD_IMAGES", {**OLD, **NEW}),
    ],
    ids=str,
)
def test_an_image_that_the_view_type_has_does_not_warn(
    ddbstreams_mock: StreamsMock, view_type: ViewType, stream_record: Any
) -> None:
    ddbstreams_mock.create_stream("test-table", view_type=view_type)
    connect(ddbstreams_mock, Handler(), filter_criteria=[{"eventName": ["MODIFY"], "dynamodb": stream_record}])


@pytest.mark.parametrize("attributes", [{"id": {"S": ["1"]}}, {"pk": {"N": ["1"]}}], ids=str)
def test_a_key_that_the_table_does_not_have_warns_when_the_mapping_is_connected(
    ddbstreams_mock: StreamsMock, attributes: Any
) -> None:
    ddbstreams_mock.create_stream("test-table", key_schema={"pk": "S", "sk": "N"})
    with pytest.warns(
        MappingWarning, match=r'the Keys of the stream.s records are {"pk": {"S": \["\.\.\."\]}, "sk": {"N"'
    ):
        connect(ddbstreams_mock, Handler(), filter_criteria=[keys(**attributes)])
