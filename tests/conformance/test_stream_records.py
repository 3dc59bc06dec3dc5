"""Stream records: members, images, and writes without a record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conformance.behaviours import behaviour, events_of, records_of

if TYPE_CHECKING:
    from conformance.behaviours import Record
    from conformance.targets import Item, Table, Target

GROUP = "Stream records"

KEY: Item = {"pk": {"S": "k"}}
OLD: Item = {**KEY, "v": {"S": "old"}}
NEW: Item = {**KEY, "v": {"S": "new"}}


def only(target: Target, table: Table) -> Record:
    """Return the only record of a table's stream."""
    [record] = records_of(target.client(), table)
    return record


def images_of_a_life(target: Target, view_type: str) -> list[dict[str, Item]]:
    """Put, change and delete an item; return the images of the records."""
    table = target.create_table(view_type=view_type)
    table.put(OLD)
    table.put(NEW)
    table.delete(KEY)
    records = records_of(target.client(), table)
    return [{name: record["dynamodb"][name] for name in record["dynamodb"] if "Image" in name} for record in records]


# Members


@behaviour("record-members", "R", GROUP)
def test_a_record_has_these_members_and_no_others(target: Target) -> None:
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
def test_an_event_id_is_32_lower_case_hex_digits(target: Target) -> None:
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
def test_the_creation_time_is_in_whole_seconds(target: Target) -> None:
    table = target.create_table()
    for number in range(2):  # one of them is not written on the second
        target.pass_time(timedelta(milliseconds=300))
        table.put({"pk": {"S": str(number)}})

    created = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records_of(target.client(), table)]

    assert [instant.microsecond for instant in created] == [0, 0]


@behaviour("record-keys", "R", GROUP)
def test_the_keys_are_the_whole_primary_key_and_nothing_else(target: Target) -> None:
    table = target.create_table({"pk": "S", "sk": "N"})
    table.put({"pk": {"S": "k"}, "sk": {"N": "7"}, "v": {"S": "x"}})

    assert only(target, table)["dynamodb"]["Keys"] == {"pk": {"S": "k"}, "sk": {"N": "7"}}


@behaviour("record-view-type", "R", GROUP)
@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_a_record_names_the_view_type_of_its_stream(target: Target, view_type: str) -> None:
    table = target.create_table(view_type=view_type)
    table.put(OLD)

    assert only(target, table)["dynamodb"]["StreamViewType"] == view_type


@behaviour("record-user-identity", "R", GROUP)
def test_a_deletion_by_time_to_live_has_the_service_s_identity(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.expire(KEY)

    removal = records_of(target.client(), table)[-1]

    assert removal["eventName"] == "REMOVE"
    assert removal["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@behaviour("record-no-user-identity", "R", GROUP)
def test_any_other_deletion_has_no_identity(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.delete(KEY)

    removal = records_of(target.client(), table)[-1]

    assert "userIdentity" not in removal


# Images


@behaviour("images-keys-only", "R", GROUP)
def test_keys_only_shows_no_image(target: Target) -> None:
    assert images_of_a_life(target, "KEYS_ONLY") == [{}, {}, {}]


@behaviour("images-new", "R", GROUP)
def test_new_image_shows_the_whole_item_as_it_is_now_but_none_of_a_removal(target: Target) -> None:
    assert images_of_a_life(target, "NEW_IMAGE") == [{"NewImage": OLD}, {"NewImage": NEW}, {}]


@behaviour("images-old", "R", GROUP)
def test_old_image_shows_the_whole_item_as_it_was_but_none_of_an_insertion(target: Target) -> None:
    assert images_of_a_life(target, "OLD_IMAGE") == [{}, {"OldImage": OLD}, {"OldImage": NEW}]


@behaviour("images-both", "R", GROUP)
def test_new_and_old_images_shows_those_that_there_are(target: Target) -> None:
    assert images_of_a_life(target, "NEW_AND_OLD_IMAGES") == [
        {"NewImage": OLD},
        {"NewImage": NEW, "OldImage": OLD},
        {"OldImage": NEW},
    ]


@behaviour("images-hold-every-type", "D", GROUP)
def test_an_image_holds_values_as_they_were_written(target: Target) -> None:
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
def test_a_put_of_an_item_that_was_not_there_is_an_insert(target: Target) -> None:
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


# Writes without a record


def puts(target: Target, *values: Item) -> list[str]:
    """Return the events of several puts of one item with these values."""
    table = target.create_table()
    for value in values:
        table.put({**KEY, "v": value})
    return events_of(target.client(), table)


def updates(target: Target, expression: str, values: Item | None = None) -> list[str]:
    """Return the events of a put and an update of an item whose ``n`` is 1."""
    table = target.create_table()
    table.put({**KEY, "n": {"N": "1"}})
    table.update(KEY, expression, values)
    return events_of(target.client(), table)


@behaviour("silent-put", "R", GROUP)
def test_an_identical_put_makes_no_record(target: Target) -> None:
    assert puts(target, {"S": "x"}, {"S": "x"}) == ["INSERT"]


@behaviour("silent-put-number", "R", GROUP)
def test_a_put_of_the_same_number_in_another_spelling_makes_no_record(target: Target) -> None:
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
def test_a_put_of_the_same_set_in_another_order_makes_no_record(target: Target, before: Item, after: Item) -> None:
    assert puts(target, before, after) == ["INSERT"]


@behaviour("silent-put-map", "R", GROUP)
def test_a_put_of_the_same_map_in_another_order_makes_no_record(target: Target) -> None:
    one, two = {"S": "1"}, {"S": "2"}

    assert puts(target, {"M": {"a": one, "b": two}}, {"M": {"b": two, "a": one}}) == ["INSERT"]


@behaviour("silent-update", "R", GROUP)
def test_an_update_that_changes_nothing_makes_no_record(target: Target) -> None:
    assert updates(target, "SET n = :n", {":n": {"N": "1"}}) == ["INSERT"]


@behaviour("silent-update-add", "R", GROUP)
def test_an_addition_of_0_makes_no_record(target: Target) -> None:
    assert updates(target, "ADD n :zero", {":zero": {"N": "0"}}) == ["INSERT"]


@behaviour("silent-update-remove", "R", GROUP)
def test_removing_an_attribute_that_is_not_there_makes_no_record(target: Target) -> None:
    assert updates(target, "REMOVE zz") == ["INSERT"]


@behaviour("silent-delete", "R", GROUP)
def test_a_deletion_of_an_item_that_is_not_there_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.delete(KEY)

    assert events_of(target.client(), table) == []


@behaviour("silent-batch-put", "R", GROUP)
def test_an_identical_put_in_a_batch_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.write(puts=[OLD, {"pk": {"S": "another"}}])

    assert events_of(target.client(), table) == ["INSERT", "INSERT"]


@behaviour("silent-batch-delete", "R", GROUP)
def test_a_deletion_in_a_batch_of_an_item_that_is_not_there_makes_no_record(target: Target) -> None:
    table = target.create_table()
    table.put(OLD)
    table.write(deletes=[KEY, {"pk": {"S": "missing"}}])

    assert events_of(target.client(), table) == ["INSERT", "REMOVE"]
