from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidItem, StreamStateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream, StreamRecord, StreamsMock, ViewType

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00.750Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

OLD = {"pk": "o#1", "state": "new"}
NEW = {"pk": "o#1", "state": "paid"}
TYPED_KEY = {"pk": {"S": "o#1"}}
TYPED_OLD = {**TYPED_KEY, "state": {"S": "new"}}
TYPED_NEW = {**TYPED_KEY, "state": {"S": "paid"}}

#: Every method that writes.
WRITES: list[Callable[[Stream], Any]] = [
    lambda stream: stream.insert(OLD),
    lambda stream: stream.modify(NEW, old=OLD),
    lambda stream: stream.remove({"pk": "o#1"}, old=OLD),
    lambda stream: stream.put(OLD),
    lambda stream: stream.delete({"pk": "o#1"}),
    lambda stream: stream.write_many([OLD]),
    lambda stream: stream.inject({}),
]


def images(record: StreamRecord | None) -> tuple[Any, ...]:
    assert record is not None
    return record.event_name, record.old_image, record.new_image


def test_an_insert_shows_the_new_item(ddbstreams_stream: Stream) -> None:
    assert images(ddbstreams_stream.insert(OLD)) == ("INSERT", None, TYPED_OLD)


def test_an_insert_of_an_existing_item_is_an_insert(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert(OLD)
    assert images(ddbstreams_stream.insert(NEW)) == ("INSERT", None, TYPED_NEW)


def test_a_modify_shows_the_item_as_the_stream_last_saw_it(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert(OLD)
    assert images(ddbstreams_stream.modify(NEW)) == ("MODIFY", TYPED_OLD, TYPED_NEW)


def test_a_modify_shows_the_old_item_that_it_was_given(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({**OLD, "state": "other"})
    assert images(ddbstreams_stream.modify(NEW, old=OLD)) == ("MODIFY", TYPED_OLD, TYPED_NEW)


def test_a_modify_that_changes_nothing_is_written(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert(OLD)
    assert images(ddbstreams_stream.modify(OLD)) == ("MODIFY", TYPED_OLD, TYPED_OLD)


def test_a_remove_shows_the_item_as_the_stream_last_saw_it(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert(OLD)
    assert images(ddbstreams_stream.remove({"pk": "o#1"})) == ("REMOVE", TYPED_OLD, None)


def test_a_remove_shows_the_old_item_that_it_was_given(ddbstreams_stream: Stream) -> None:
    assert images(ddbstreams_stream.remove({"pk": "o#1"}, old=OLD)) == ("REMOVE", TYPED_OLD, None)


def test_a_removal_by_time_to_live_has_the_identity_of_the_service(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.remove({"pk": "o#1"}, old=OLD, by_ttl=True)
    [record] = ddbstreams_stream.records
    assert record["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def test_a_removal_by_a_user_has_no_user_identity(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.remove({"pk": "o#1"}, old=OLD)
    assert "userIdentity" not in ddbstreams_stream.records[0]


@pytest.mark.parametrize(
    ("write", "cure"),
    [
        (lambda stream: stream.modify(NEW), r"modify\(\{.*'paid'.*\}, old=…\)"),
        (lambda stream: stream.remove({"pk": "o#1"}), r"remove\(\{'pk': 'o#1'\}, old=…\)"),
    ],
)
def test_the_refusal_of_a_change_of_an_item_never_seen_names_the_call_to_type(
    ddbstreams_stream: Stream, write: Callable[[Stream], Any], cure: str
) -> None:
    with pytest.raises(InvalidItem, match=f"never saw the item.*NEW_AND_OLD_IMAGES.*{cure}.*insert the item first"):
        write(ddbstreams_stream)
    assert ddbstreams_stream.records == []


def test_an_item_that_was_removed_counts_as_never_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert(OLD)
    ddbstreams_stream.remove({"pk": "o#1"})
    with pytest.raises(InvalidItem, match="never saw"):
        ddbstreams_stream.modify(NEW)


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE"])
def test_a_view_type_without_old_images_accepts_changes_of_items_never_seen(
    ddbstreams_mock: StreamsMock, view_type: ViewType
) -> None:
    stream = ddbstreams_mock.create_stream("views", view_type=view_type)
    assert [stream.modify(NEW).event_name, stream.remove({"pk": "o#2"}).event_name] == ["MODIFY", "REMOVE"]


@pytest.mark.parametrize(
    "write",
    [
        lambda stream: stream.modify(NEW, old={"pk": "o#2"}),
        lambda stream: stream.remove({"pk": "o#1"}, old={"pk": "o#2"}),
    ],
)
def test_an_old_item_with_another_key_is_refused(ddbstreams_stream: Stream, write: Callable[[Stream], Any]) -> None:
    with pytest.raises(InvalidItem, match=r"old: \{'pk': 'o#2'\} has another key.*never changes"):
        write(ddbstreams_stream)


def test_an_old_item_without_its_key_is_refused_as_the_old_item(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match="old lacks the key attribute 'pk'"):
        ddbstreams_stream.modify(NEW, old={"state": "new"})


@pytest.mark.parametrize("write", [lambda s, item: s.remove(item), lambda s, item: s.delete(item)])
def test_a_key_with_another_attribute_is_refused(
    ddbstreams_stream: Stream, write: Callable[[Stream, Any], Any]
) -> None:
    with pytest.raises(InvalidItem, match=r"key has 'state' besides 'pk' \(S\)"):
        write(ddbstreams_stream, OLD)


@pytest.mark.parametrize("write", [lambda s, i: s.insert(i), lambda s, i: s.modify(i), lambda s, i: s.put(i)])
def test_an_item_without_its_key_is_refused(ddbstreams_stream: Stream, write: Callable[[Stream, Any], Any]) -> None:
    with pytest.raises(InvalidItem, match="item lacks the key attribute 'pk'"):
        write(ddbstreams_stream, {"state": "new"})


def test_a_first_put_is_an_insert(ddbstreams_stream: Stream) -> None:
    assert images(ddbstreams_stream.put(OLD)) == ("INSERT", None, TYPED_OLD)


def test_a_put_over_another_item_is_a_modify(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put(OLD)
    assert images(ddbstreams_stream.put(NEW)) == ("MODIFY", TYPED_OLD, TYPED_NEW)


def test_a_deletion_of_an_item_is_a_remove(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put(OLD)
    assert images(ddbstreams_stream.delete({"pk": "o#1"})) == ("REMOVE", TYPED_OLD, None)


def test_a_deletion_of_no_item_writes_nothing(ddbstreams_stream: Stream) -> None:
    assert ddbstreams_stream.delete({"pk": "o#1"}) is None
    assert ddbstreams_stream.records == []


def test_a_put_after_a_deletion_is_an_insert(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put(OLD)
    ddbstreams_stream.delete({"pk": "o#1"})
    assert images(ddbstreams_stream.put(OLD)) == ("INSERT", None, TYPED_OLD)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD, OLD),
        ({"pk": "o#1", "n": 1}, {"pk": "o#1", "n": Decimal("1.0")}),
        ({"pk": "o#1", "n": {1, 2, 3}}, {"pk": "o#1", "n": {Decimal("3.00"), 2, 1}}),
        ({"pk": "o#1", "tags": {"a", "b"}}, {"pk": {"S": "o#1"}, "tags": {"SS": ["b", "a"]}}),
        ({"pk": "o#1", "raw": {b"a", b"b"}}, {"pk": {"S": "o#1"}, "raw": {"BS": [b"b", b"a"]}}),
        ({"pk": "o#1", "m": {"a": 1, "b": [2]}}, {"m": {"b": [Decimal(2)], "a": 1}, "pk": "o#1"}),
    ],
)
def test_a_put_that_changes_nothing_writes_nothing(
    ddbstreams_stream: Stream, before: dict[str, Any], after: dict[str, Any]
) -> None:
    ddbstreams_stream.put(before)
    assert ddbstreams_stream.put(after) is None
    assert len(ddbstreams_stream.records) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"pk": "o#1", "n": 1}, {"pk": "o#1", "n": "1"}),
        ({"pk": "o#1", "n": 1}, {"pk": "o#1", "n": True}),
        ({"pk": "o#1", "l": [1, 2]}, {"pk": "o#1", "l": [2, 1]}),
        ({"pk": "o#1", "n": 1}, {"pk": "o#1"}),
    ],
)
def test_a_put_that_changes_a_little_is_a_modify(
    ddbstreams_stream: Stream, before: dict[str, Any], after: dict[str, Any]
) -> None:
    ddbstreams_stream.put(before)
    assert images(ddbstreams_stream.put(after))[0] == "MODIFY"


@pytest.mark.ddbstreams_stream(view_type="KEYS_ONLY")
def test_a_put_is_compared_with_the_item_that_was_last_seen_under_keys_only(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put(OLD)
    assert ddbstreams_stream.put(OLD) is None
    assert images(ddbstreams_stream.put(NEW)) == ("MODIFY", None, None)


@pytest.mark.ddbstreams_stream(key_schema={"pk": "S", "sk": "N"})
def test_items_with_another_sort_key_are_other_items(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "sk": 1})
    assert images(ddbstreams_stream.put({"pk": "o#1", "sk": 2}))[0] == "INSERT"
    assert ddbstreams_stream.put({"pk": "o#1", "sk": Decimal("1.0")}) is None


def test_a_stream_is_independent_of_an_item_that_was_written(ddbstreams_stream: Stream) -> None:
    item = {"pk": "o#1", "lines": [{"sku": "a"}]}
    ddbstreams_stream.put(item)
    item["lines"][0]["sku"] = "b"  # type: ignore[index]
    assert images(ddbstreams_stream.put(item))[0] == "MODIFY"
    old = ddbstreams_stream.records[1]["dynamodb"]["OldImage"]
    assert old["lines"] == {"L": [{"M": {"sku": {"S": "a"}}}]}


def test_a_stream_is_independent_of_a_record_that_a_write_returned(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.insert(OLD)
    record.keys["pk"]["S"] = "other"
    assert ddbstreams_stream.records[0]["dynamodb"]["Keys"] == TYPED_KEY
    assert images(ddbstreams_stream.modify(NEW)) == ("MODIFY", TYPED_OLD, TYPED_NEW)


def test_an_item_may_be_dynamodb_typed(ddbstreams_stream: Stream) -> None:
    assert images(ddbstreams_stream.insert(TYPED_OLD)) == ("INSERT", None, TYPED_OLD)


def test_plain_true_reads_an_item_that_looks_typed_as_plain(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("plain", view_type="NEW_IMAGE")
    with pytest.raises(InvalidItem, match="key takes text"):
        stream.insert({"pk": {"S": "o#1"}}, plain=True)


@pytest.mark.parametrize(
    "write",
    [
        lambda stream: stream.insert(OLD, plain=False),
        lambda stream: stream.modify(OLD, plain=False),
        lambda stream: stream.remove({"pk": "o#1"}, plain=False),
        lambda stream: stream.put(OLD, plain=False),
        lambda stream: stream.delete({"pk": "o#1"}, plain=False),
        lambda stream: stream.write_many([OLD], plain=False),
    ],
)
def test_plain_false_refuses_a_plain_item(ddbstreams_stream: Stream, write: Callable[[Stream], Any]) -> None:
    with pytest.raises(InvalidItem, match="pk"):
        write(ddbstreams_stream)


@pytest.mark.parametrize("write", WRITES)
def test_a_disabled_stream_takes_no_record(ddbstreams_stream: Stream, write: Callable[[Stream], Any]) -> None:
    ddbstreams_stream.disable()
    with pytest.raises(StreamStateError, match=r"is disabled and takes no records; stream\.enable\(\) makes a new one"):
        write(ddbstreams_stream)


def test_a_written_record_is_what_get_records_gives(ddbstreams_stream: Stream, ddbstreams_client: Any) -> None:
    record = ddbstreams_stream.insert(OLD)
    [shard] = ddbstreams_stream.shards
    where = {"StreamArn": ddbstreams_stream.arn, "ShardId": shard.id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = ddbstreams_client.get_shard_iterator(**where)["ShardIterator"]
    assert [record] == ddbstreams_client.get_records(ShardIterator=iterator)["Records"]


def test_the_members_of_a_written_record_are_its_attributes(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.insert(OLD)
    assert record == {
        "eventID": record.event_id,
        "eventName": record.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": record.region,
        "dynamodb": {
            "ApproximateCreationDateTime": record.created_at,
            "Keys": record.keys,
            "NewImage": record.new_image,
            "SequenceNumber": record.sequence_number,
            "SizeBytes": record.size_bytes,
            "StreamViewType": record.view_type,
        },
    }


def test_a_record_is_dated_in_whole_seconds_of_the_clock(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    now = ddbstreams_mock.clock.tick(hours=1)
    assert ddbstreams_stream.insert(OLD).created_at == now.replace(microsecond=0)


def test_event_ids_are_32_hex_digits_and_all_different(ddbstreams_stream: Stream) -> None:
    ids = {ddbstreams_stream.insert(OLD).event_id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in ids)


def test_sequence_numbers_are_texts_of_21_to_40_digits(ddbstreams_stream: Stream) -> None:
    number = ddbstreams_stream.insert(OLD).sequence_number
    assert number.isdigit()
    assert 21 <= len(number) <= 40


@pytest.mark.ddbstreams(seed=7)
def test_equal_seeds_give_equal_ids(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    first = ddbstreams_stream.insert(OLD)
    ddbstreams_mock.reset()
    again = ddbstreams_mock.create_stream("orders")
    assert again.insert(OLD) == first
    assert again == ddbstreams_mock.stream("orders") != ddbstreams_stream
