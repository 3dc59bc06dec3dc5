"""Behaviours of records: their members, their images, and the writes that make no record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conformance.behaviours import behaviour, events_of, records_of

if TYPE_CHECKING:
    from conformance.behaviours import Record
    from conformance.targets import Item, Table, Target

    from pytest_ddbstreams import ViewType

GROUP = "Stream records"

KEY: Item = {"pk": {"S": "k"}}
OLD: Item = {**KEY, "v": {"S": "old"}}
NEW: Item = {**KEY, "v": {"S": "new"}}


def only(target: Target, table: Table) -> Record:
    """Return the only record of a table's stream."""
    [record] = records_of(target.client(), table)
    return record


def images_of_a_lifetime(target: Target, view_type: ViewType) -> list[dict[str, Item]]:
    """Return the images in the records of an item that is put, changed and deleted."""
    table = target.create_table(view_type=view_type)
    table.put(OLD)
    table.put(NEW)
    table.delete(KEY)
    records = records_of(target.client(), table)
    return [{name: record["dynamodb"][name] for name in record["dynamodb"] if "Image" in name} for record in records]


# Members


@behaviour("record-members", "R", GROUP)
def test_a_modify_record_has_six_members_and_its_stream_record_has_seven(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.put(NEW)

    change = records_of(target.client(), table)[1]

    assert set(change) == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"}
    assert set(change["dynamodb"]) == {
        "ApproximateCreationDateTime",
        "Keys",
        "NewImage",
        "OldImage",
        "SequenceNumber",
        "SizeBytes",
        "StreamViewType",
    }


@behaviour("record-event-id", "R", GROUP)
def test_an_event_id_has_32_lower_case_hexadecimal_digits(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)

    event_id = only(target, table)["eventID"]

    assert len(event_id) == 32
    assert set(event_id) <= set("0123456789abcdef")


@behaviour("record-event-version", "R", GROUP)
def test_the_event_version_is_1_1(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)

    assert only(target, table)["eventVersion"] == "1.1"


@behaviour("record-event-source", "R", GROUP)
def test_the_event_source_is_dynamodb(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)

    assert only(target, table)["eventSource"] == "aws:dynamodb"


@behaviour("record-region", "R", GROUP)
def test_a_record_names_the_region_of_its_table(target: Target) -> None:
    table = target.create_table(region="eu-west-1")
    table.put(OLD)

    [record] = records_of(target.client("eu-west-1"), table)

    assert record["awsRegion"] == "eu-west-1"


@behaviour("record-creation-time", "R", GROUP)
def test_the_creation_time_of_a_record_is_in_whole_seconds(target: Target) -> None:
    table = target.create_table()
    for number in range(2):  # at least one of them is not written at a whole second
        target.pass_time(timedelta(milliseconds=300))
        table.put({"pk": {"S": str(number)}})

    created = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records_of(target.client(), table)]

    assert [instant.microsecond for instant in created] == [0, 0]


@behaviour("record-keys", "R", GROUP)
def test_the_keys_of_a_record_are_the_primary_key_and_nothing_else(target: Target) -> None:
    table = target.create_table({"pk": "S", "sk": "N"})
    table.put({"pk": {"S": "k"}, "sk": {"N": "7"}, "v": {"S": "x"}})

    assert only(target, table)["dynamodb"]["Keys"] == {"pk": {"S": "k"}, "sk": {"N": "7"}}


@behaviour("record-view-type", "R", GROUP)
@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_a_record_names_the_view_type_of_its_stream(target: Target, view_type: ViewType) -> None:
    table = target.create_table(view_type=view_type)
    table.put(OLD)

    assert only(target, table)["dynamodb"]["StreamViewType"] == view_type


@behaviour("record-user-identity", "R", GROUP)
def test_a_deletion_by_time_to_live_has_a_user_identity(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.expire(KEY)

    removal = records_of(target.client(), table)[-1]

    assert removal["eventName"] == "REMOVE"
    assert removal["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@behaviour("record-no-user-identity", "R", GROUP)
def test_a_deletion_by_a_user_has_no_user_identity(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.delete(KEY)

    removal = records_of(target.client(), table)[-1]

    assert "userIdentity" not in removal


# Images


@behaviour("images-keys-only", "R", GROUP)
def test_keys_only_records_have_no_images(target: Target) -> None:
    assert images_of_a_lifetime(target, "KEYS_ONLY") == [{}, {}, {}]


@behaviour("images-new", "R", GROUP)
def test_new_image_records_have_the_item_after_the_change_unless_it_is_a_removal(target: Target) -> None:
    assert images_of_a_lifetime(target, "NEW_IMAGE") == [{"NewImage": OLD}, {"NewImage": NEW}, {}]


@behaviour("images-old", "R", GROUP)
def test_old_image_records_have_the_item_before_the_change_unless_it_is_an_insertion(target: Target) -> None:
    assert images_of_a_lifetime(target, "OLD_IMAGE") == [{}, {"OldImage": OLD}, {"OldImage": NEW}]


@behaviour("images-both", "R", GROUP)
def test_new_and_old_images_records_have_every_image_that_exists(target: Target) -> None:
    assert images_of_a_lifetime(target, "NEW_AND_OLD_IMAGES") == [
        {"NewImage": OLD},
        {"NewImage": NEW, "OldImage": OLD},
        {"OldImage": NEW},
    ]


@behaviour("images-hold-every-type", "D", GROUP)
def test_an_image_has_values_of_every_type_as_they_were_written(target: Target) -> None:
    item: Item = {
        **KEY,
        "text": {"S": "käse"},
        "number": {"N": "-1.5"},
        "binary": {"B": b"\x00\xff"},
        "boolean": {"BOOL": False},
        "nothing": {"NULL": True},
        "texts": {"SS": ["a"]},
        "numbers": {"NS": ["1"]},
        "binaries": {"BS": [b"\x00"]},
        "list": {"L": [{"S": "a"}, {"L": []}, {"B": b"\xff"}]},
        "map": {"M": {"a": {"N": "1"}, "b": {"M": {}}, "c": {"B": b"\xff"}}},
    }
    table = target.create_table()
    table.put(item)

    assert only(target, table)["dynamodb"]["NewImage"] == item


# Events


@behaviour("event-put-new", "R", GROUP)
def test_a_put_of_a_new_item_is_an_insert(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)

    assert events_of(target.client(), table) == ["INSERT"]


@behaviour("event-put-over", "R", GROUP)
def test_a_put_over_a_different_item_is_a_modify(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.put(NEW)

    assert events_of(target.client(), table) == ["INSERT", "MODIFY"]


@behaviour("event-update-creates", "R", GROUP)
def test_an_update_that_creates_the_item_is_an_insert(target: Target) -> None:
    table = target.create_table()
    table.update(KEY, "SET v = :v", {":v": {"S": "new"}})

    assert events_of(target.client(), table) == ["INSERT"]


@behaviour("event-update-changes", "R", GROUP)
def test_an_update_that_changes_the_item_is_a_modify(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.update(KEY, "SET v = :v", {":v": {"S": "new"}})

    assert events_of(target.client(), table) == ["INSERT", "MODIFY"]


@behaviour("event-delete", "R", GROUP)
def test_a_deletion_of_an_item_is_a_remove(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.delete(KEY)

    assert events_of(target.client(), table) == ["INSERT", "REMOVE"]


# Writes that make no record


def puts(target: Target, *values: Item) -> list[str]:
    """Return the event names of puts of one item with these values, one after the other."""
    table = target.create_table()
    for value in values:
        table.put({**KEY, "v": value})
    return events_of(target.client(), table)


def updates(target: Target, expression: str, values: Item | None = None) -> list[str]:
    """Return the event names of a put of an item with an ``n`` of 1, and of an update of it."""
    table = target.create_table()
    table.put({**KEY, "n": {"N": "1"}})
    table.update(KEY, expression, values)
    return events_of(target.client(), table)


@behaviour("silent-put", "R", GROUP)
def test_an_identical_put_makes_no_record(target: Target) -> None:
    assert puts(target, {"S": "x"}, {"S": "x"}) == ["INSERT"]


@behaviour("silent-put-number", "R", GROUP)
def test_a_put_of_an_equal_number_in_another_spelling_makes_no_record(target: Target) -> None:
    assert puts(target, {"N": "1"}, {"N": "1.0"}) == ["INSERT"]


@behaviour("silent-put-set", "R", GROUP)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"NS": ["1", "2"]}, {"NS": ["2", "1"]}),
        ({"BS": [b"a", b"b"]}, {"BS": [b"b", b"a"]}),
    ],
    ids=["SS", "NS", "BS"],
)
def test_a_put_of_an_equal_set_in_another_order_makes_no_record(target: Target, before: Item, after: Item) -> None:
    assert puts(target, before, after) == ["INSERT"]


@behaviour("silent-put-map", "R", GROUP)
def test_a_put_of_an_equal_map_in_another_order_makes_no_record(target: Target) -> None:
    one, two = {"S": "1"}, {"S": "2"}

    assert puts(target, {"M": {"a": one, "b": two}}, {"M": {"b": two, "a": one}}) == ["INSERT"]


@behaviour("silent-update", "R", GROUP)
def test_an_update_that_changes_nothing_makes_no_record(target: Target) -> None:
    assert updates(target, "SET n = :n", {":n": {"N": "1"}}) == ["INSERT"]


@behaviour("silent-update-add", "R", GROUP)
def test_an_update_that_adds_0_makes_no_record(target: Target) -> None:
    assert updates(target, "ADD n :zero", {":zero": {"N": "0"}}) == ["INSERT"]


@behaviour("silent-update-remove", "R", GROUP)
def test_an_update_that_removes_a_missing_attribute_makes_no_record(target: Target) -> None:
    assert updates(target, "REMOVE zz") == ["INSERT"]


@behaviour("silent-delete", "R", GROUP)
def test_a_deletion_of_a_missing_item_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.delete(KEY)

    assert events_of(target.client(), table) == []


@behaviour("silent-batch-put", "R", GROUP)
def test_an_identical_put_in_a_batch_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.write_batch(puts=[OLD, {"pk": {"S": "another"}}])

    assert events_of(target.client(), table) == ["INSERT", "INSERT"]


@behaviour("silent-batch-delete", "R", GROUP)
def test_a_deletion_of_a_missing_item_in_a_batch_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.write_batch(deletes=[KEY, {"pk": {"S": "missing"}}])

    assert events_of(target.client(), table) == ["INSERT", "REMOVE"]
