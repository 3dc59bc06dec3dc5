from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import UserIdentity
from pytest_ddbstreams._items.items import typed_item
from pytest_ddbstreams._model.changes import TIME_TO_LIVE, NewRecord
from pytest_ddbstreams._model.names import microseconds
from pytest_ddbstreams._operations.documents import DocumentCodec, record_dict, record_document
from pytest_ddbstreams._operations.records import RecordPage, StreamRecord

CREATED = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
KEYS = {"pk": {"S": "o#1"}}
NEW = typed_item({"pk": "o#1", "raw": b"\xff", "total": 5})
OLD = typed_item({"pk": "o#1", "total": 4})
NUMBER = 10**20 + 5


def made(**changes: Any) -> NewRecord:
    facts: dict[str, Any] = {
        "event_id": "0" * 32,
        "event_name": "MODIFY",
        "number": NUMBER,
        "created_at": microseconds(CREATED),
        "keys": KEYS,
        "new_image": NEW,
        "old_image": OLD,
        "size_bytes": 33,
        "view_type": "NEW_AND_OLD_IMAGES",
        "region": "eu-west-1",
    }
    return NewRecord(**{**facts, **changes})


def record(**changes: Any) -> StreamRecord:
    return StreamRecord(DocumentCodec.encode_record(made(**changes)))


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - written by the line itself


def as_dict(**changes: Any) -> dict[str, Any]:
    """Return the dict that botocore's parser makes of the same record."""
    return record_dict(record_document(made(**changes)))


REMOVED = {"event_name": "REMOVE", "new_image": None, "user_identity": TIME_TO_LIVE}
KEYS_ONLY = {"view_type": "KEYS_ONLY", "new_image": None, "old_image": None}


# --- a record is a mapping


def test_a_record_equals_its_dict_from_both_sides() -> None:
    assert (record() == as_dict(), as_dict() == record()) == (True, True)


def test_a_record_equals_a_record_with_the_same_members() -> None:
    assert record() == record()


@pytest.mark.parametrize("other", [as_dict(number=10**20 + 6), {}, "text", None, 5])
def test_a_record_differs_from_anything_else(other: object) -> None:
    assert (record() == other, other == record()) == (False, False)


def test_a_record_is_a_mapping() -> None:
    assert isinstance(record(), Mapping)


@pytest.mark.parametrize("spell", [dict, lambda one: {**one}, lambda one: dict(one.items())])
def test_a_dict_is_made_of_a_record(spell: Any) -> None:
    assert spell(record()) == as_dict()


def test_a_record_has_the_members_of_its_dict_in_order() -> None:
    assert (list(record()), len(record())) == (list(as_dict()), len(as_dict()))


def test_the_keys_of_a_record_as_a_mapping_are_the_names_of_its_members() -> None:
    assert record().keys() == as_dict().keys()


@pytest.mark.parametrize("change", ["record['eventID'] = 'x'", "del record['eventID']", "record.update(eventID='x')"])
def test_a_record_is_read_only(change: str) -> None:
    with pytest.raises((TypeError, AttributeError)):
        exec(change, {"record": record()})  # noqa: S102 - the statements stand above


def test_a_record_is_not_hashable_like_a_dict() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(record())


def test_a_record_matches_the_pattern_of_a_mapping() -> None:
    match record():
        case {"eventName": "MODIFY", **rest}:
            assert "dynamodb" in rest
        case _:
            pytest.fail("no match")


# --- attributes beside the members


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("event_id", "0" * 32),
        ("event_name", "MODIFY"),
        ("sequence_number", str(NUMBER)),
        ("created_at", CREATED),
        ("keys", KEYS),
        ("new_image", NEW),
        ("old_image", OLD),
        ("size_bytes", 33),
        ("view_type", "NEW_AND_OLD_IMAGES"),
        ("region", "eu-west-1"),
        ("user_identity", None),
    ],
)
def test_an_attribute_gives_its_member(attribute: str, value: object) -> None:
    assert getattr(record(), attribute) == value


@pytest.mark.parametrize("attribute", ["new_image", "old_image"])
def test_the_attribute_of_an_image_that_is_not_included_is_none(attribute: str) -> None:
    assert getattr(record(**KEYS_ONLY), attribute) is None


def test_the_identity_of_a_deletion_by_time_to_live_is_the_service() -> None:
    assert record(**REMOVED).user_identity == UserIdentity("Service", "dynamodb.amazonaws.com")


def test_a_copy_of_the_primary_key_is_a_plain_dict() -> None:
    assert type(copy.copy(record().keys)) is dict


# --- a record as data and as text


def test_the_json_data_of_a_record_is_its_document() -> None:
    assert json.loads(json.dumps(record(**REMOVED).to_dict())) == record_document(made(**REMOVED))


def test_the_json_data_of_a_record_is_a_copy() -> None:
    one = record()
    one.to_dict()["dynamodb"].clear()
    assert one == as_dict()


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_of_a_record_is_an_equal_record(copied: Any, *, read_first: bool) -> None:
    one = record()
    if read_first:
        assert one.event_name == "MODIFY"
    again = copied(one)
    assert (type(again), again) == (StreamRecord, one)


def test_the_repr_of_a_record_shows_the_change() -> None:
    assert repr(record()) == f"<StreamRecord {NUMBER} MODIFY keys={KEYS!r} new_image={NEW!r} old_image={OLD!r}>"


def test_the_repr_of_a_record_leaves_out_images_that_it_does_not_include() -> None:
    assert repr(record(**KEYS_ONLY)) == f"<StreamRecord {NUMBER} MODIFY keys={KEYS!r}>"


def test_a_record_is_one_argument_of_the_percent_operator() -> None:
    one = record()
    assert "wrote %s" % one == f"wrote {one}"  # noqa: UP031 - as much code under test writes it


# --- pages


def page(count: int) -> RecordPage:
    return RecordPage([DocumentCodec.encode_record(made(number=10**20 + number)) for number in range(count)])


def numbers_of(records: Any) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) - 10**20 for record in records]


def test_a_page_is_as_long_as_it_has_records() -> None:
    assert len(page(3)) == 3


def test_an_empty_page_is_false() -> None:
    assert not page(0)


def test_a_page_holds_stream_records() -> None:
    [only] = page(1)
    assert type(only) is StreamRecord
    assert only == as_dict(number=10**20)


@given(st.integers(-7, 7))
def test_an_index_means_what_it_means_in_a_list(index: int) -> None:
    whole, model = page(5), list(range(5))
    if -5 <= index < 5:
        assert numbers_of([whole[index]]) == [model[index]]
    else:
        with pytest.raises(IndexError):
            whole[index]


bounds = st.none() | st.integers(-7, 7)


@given(st.builds(slice, bounds, bounds, bounds.filter(lambda step: step != 0)))
def test_a_slice_means_what_it_means_in_a_list(part: slice) -> None:
    assert numbers_of(page(5)[part]) == list(range(5))[part]


def test_a_slice_of_a_page_is_a_page() -> None:
    assert isinstance(page(3)[1:], RecordPage)


def test_a_page_is_iterated_in_order_and_in_reverse() -> None:
    assert (numbers_of(page(3)), numbers_of(reversed(page(3)))) == ([0, 1, 2], [2, 1, 0])


def test_a_page_contains_its_records() -> None:
    assert page(3)[1] in page(3)


def test_a_page_contains_the_dict_of_a_record() -> None:
    assert as_dict(number=10**20 + 1) in page(3)


def test_a_page_does_not_contain_other_records() -> None:
    assert page(4)[3] not in page(3)


@pytest.mark.parametrize("spell", [list, lambda records: [dict(one) for one in records], lambda records: records])
def test_a_page_equals_the_list_of_its_records(spell: Any) -> None:
    assert (page(3) == spell(page(3)), spell(page(3)) == page(3)) == (True, True)


def test_a_page_differs_from_a_list_with_other_records() -> None:
    assert page(3) != list(page(4))[1:]


@pytest.mark.parametrize("other", [[], [{}, {}], "ab", 2, None])
def test_a_page_differs_from_what_has_other_contents(other: Any) -> None:
    assert page(2) != other


def test_a_page_has_the_repr_of_its_list() -> None:
    assert repr(page(2)) == repr(list(page(2)))


def test_a_page_is_not_hashable_like_a_list() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(page(1))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_of_a_record_names_the_stream_of_the_record(copied: Any) -> None:
    page = RecordPage([DocumentCodec.encode_record(made())], "arn:aws:dynamodb:us-east-1:123456789012:table/orders")
    assert [copied(record).stream_arn for record in page[:1]] == [page.stream_arn]
