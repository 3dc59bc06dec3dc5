from __future__ import annotations

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import _json, _schemas
from pytest_ddbstreams._exceptions import ContractViolation
from pytest_ddbstreams._model.changes import (
    INSERT,
    MODIFY,
    REMOVE,
    SHOWS_NEW,
    SHOWS_OLD,
    TIME_TO_LIVE,
    VIEW_TYPES,
    NewRecord,
    UserIdentity,
)
from pytest_ddbstreams._model.names import microseconds
from pytest_ddbstreams._operations.documents import (
    DocumentCodec,
    document_of_dict,
    record_dict,
    record_document,
    record_of_dict,
    typed_of_document,
)

CREATED = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone.utc)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
numbers = st.integers(-(10**30), 10**30).map(str)
blobs = st.binary(max_size=5)
scalars = (
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": number}, numbers)
    | st.builds(lambda blob: {"B": blob}, blobs)
    | st.builds(lambda truth: {"BOOL": truth}, st.booleans())
    | st.just({"NULL": True})
    | st.builds(lambda members: {"SS": members}, st.lists(texts, min_size=1, max_size=3, unique=True))
    | st.builds(lambda members: {"NS": members}, st.lists(numbers, min_size=1, max_size=3, unique=True))
    | st.builds(lambda members: {"BS": members}, st.lists(blobs, min_size=1, max_size=3, unique=True))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.builds(lambda entries: {"L": entries}, st.lists(inner, max_size=3))
        | st.builds(lambda entries: {"M": entries}, st.dictionaries(texts.filter(bool), inner, max_size=3))
    ),
    max_leaves=6,
)
items = st.dictionaries(texts.filter(bool), values, min_size=1, max_size=4)


def record(**changes: Any) -> NewRecord:
    facts: dict[str, Any] = {
        "event_id": "0" * 32,
        "event_name": "MODIFY",
        "number": 10**20 + 5,
        "created_at": microseconds(CREATED),
        "keys": {"pk": {"S": "a"}},
        "new_image": None,
        "old_image": None,
        "size_bytes": 12,
        "view_type": "KEYS_ONLY",
        "region": "us-east-1",
    }
    return NewRecord(**{**facts, **changes})


@st.composite
def any_records(draw: st.DrawFn) -> NewRecord:
    """Draw a record with the images that its event name and view type require."""
    event_name, view_type = draw(st.sampled_from([INSERT, MODIFY, REMOVE])), draw(st.sampled_from(VIEW_TYPES))
    shows_new = event_name != REMOVE and view_type in SHOWS_NEW
    shows_old = event_name != INSERT and view_type in SHOWS_OLD
    return record(
        event_name=event_name,
        view_type=view_type,
        keys=draw(st.dictionaries(texts.filter(bool), scalars, min_size=1, max_size=2)),
        new_image=draw(items) if shows_new else None,
        old_image=draw(items) if shows_old else None,
        user_identity=TIME_TO_LIVE if event_name == REMOVE and draw(st.booleans()) else None,
    )


records = any_records()


# --- the forms of a record


@given(records)
def test_a_document_is_json(made: NewRecord) -> None:
    document = record_document(made)
    assert json.loads(json.dumps(document)) == document


@given(records)
def test_a_document_fits_the_schema(made: NewRecord) -> None:
    assert _schemas.violations(_schemas.RECORD, record_document(made)) == ()


@given(records)
def test_a_document_becomes_a_record_dict_and_a_document_again(made: NewRecord) -> None:
    document = record_document(made)
    assert document_of_dict(record_dict(document)) == document


@given(records)
def test_a_record_comes_back_from_its_record_dict(made: NewRecord) -> None:
    shown = record_dict(record_document(made))
    images = {name: shown["dynamodb"][name] for name in ("Keys", "NewImage", "OldImage") if name in shown["dynamodb"]}
    assert record_of_dict(shown, made.number, images) == made


@given(records)
def test_a_record_dict_and_a_document_are_copies(made: NewRecord) -> None:
    document = record_document(made)
    before = json.dumps(document)
    record_dict(document)["dynamodb"].clear()
    document_of_dict(record_dict(document))["dynamodb"]["Keys"].clear()
    assert json.dumps(document) == before


@given(items)
def test_an_encoded_image_is_decoded(item: dict[str, Any]) -> None:
    assert DocumentCodec.decode_image(DocumentCodec.encode_image(item)) == item


@given(records.filter(lambda made: made.new_image is not None))
def test_the_new_image_of_an_encoded_record_is_decoded(made: NewRecord) -> None:
    assert DocumentCodec.decode_image(DocumentCodec.encode_record(made)) == made.new_image


@given(records)
def test_an_encoded_record_is_the_json_text_of_its_document(made: NewRecord) -> None:
    assert _json.decode(DocumentCodec.encode_record(made)) == record_document(made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_name": "UPDATE"},
        {"region": "US EAST"},
        {"view_type": "EVERYTHING"},
        {"view_type": "NEW_IMAGE"},
        {"view_type": "OLD_IMAGE"},
        {"new_image": {"pk": {"S": "a"}}},
        {"old_image": {"pk": {"S": "a"}}},
        {"user_identity": UserIdentity("Service", 5)},  # type: ignore[arg-type] # on purpose
        {"event_version": 1.1},
        {"keys": {}},
        {"keys": {"pk": {"X": "a"}}},
        {"number": 5},
        {"size_bytes": 0},
    ],
)
def test_a_record_that_breaks_the_schema_is_not_encoded(wrong: dict[str, Any]) -> None:
    DocumentCodec.encode_record(record())
    with pytest.raises(ContractViolation):
        DocumentCodec.encode_record(record(**wrong))


def test_binary_values_are_base64_text_in_a_document_at_every_depth() -> None:
    value = {"M": {"B": {"L": [{"B": b"\xff"}, {"BS": [b"\x00"]}]}}}
    document = record_document(record(new_image={"pk": {"S": "a"}, "B": value}))
    expected = {"M": {"B": {"L": [{"B": b64encode(b"\xff").decode()}, {"BS": [b64encode(b"\x00").decode()]}]}}}
    assert document["dynamodb"]["NewImage"]["B"] == expected


@given(items)
def test_an_item_comes_back_from_its_document(item: dict[str, Any]) -> None:
    assert typed_of_document(record_document(record(new_image=item))["dynamodb"]["NewImage"]) == item


@pytest.mark.parametrize("blob", ["no base64", "é", 5, None, ["aGk="]])
def test_a_binary_value_that_is_no_base64_is_kept_for_the_rules_of_items(blob: Any) -> None:
    assert typed_of_document({"a": {"B": blob}}) == {"a": {"B": blob}}


@pytest.mark.parametrize("item", [None, "text", [{"B": "aGk="}], {"a": 1}])
def test_a_value_that_is_no_typed_item_stays_the_same(item: Any) -> None:
    assert typed_of_document(item) == item


def test_bytes_that_look_like_base64_stay_bytes() -> None:
    item = {"pk": {"S": "1"}, "b": {"B": b"abcd"}, "bs": {"BS": [b"abcd"]}}
    assert typed_of_document(item) == item


def test_text_that_looks_like_base64_stays_text() -> None:
    shown = record_dict(record_document(record(new_image={"pk": {"S": "AAAA"}, "s": {"SS": ["AAAA"]}})))
    assert shown["dynamodb"]["NewImage"] == {"pk": {"S": "AAAA"}, "s": {"SS": ["AAAA"]}}


def test_a_document_shows_the_constants_of_the_service() -> None:
    document = record_document(record())
    assert (document["eventVersion"], document["eventSource"]) == ("1.1", "aws:dynamodb")


def test_a_document_shows_the_version_that_an_injected_record_came_with() -> None:
    assert record_document(record(event_version="2.0"))["eventVersion"] == "2.0"


def test_a_document_shows_the_sequence_number_as_text() -> None:
    assert record_document(record())["dynamodb"]["SequenceNumber"] == "100000000000000000005"


def test_a_document_shows_whole_seconds_cut_off() -> None:
    document = record_document(record(created_at=microseconds(CREATED) + 999_999))
    assert document["dynamodb"]["ApproximateCreationDateTime"] == int(CREATED.timestamp())


def test_an_image_that_is_not_included_is_absent_from_a_document() -> None:
    assert record_document(record())["dynamodb"].keys().isdisjoint({"NewImage", "OldImage"})


def test_a_record_of_a_user_has_no_identity() -> None:
    assert "userIdentity" not in record_document(record())


def test_a_record_of_time_to_live_names_the_service() -> None:
    identity = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert record_document(record(user_identity=TIME_TO_LIVE))["userIdentity"] == identity


def test_a_record_dict_shows_when_it_was_written_in_utc() -> None:
    assert record_dict(record_document(record()))["dynamodb"]["ApproximateCreationDateTime"] == CREATED


def test_a_time_without_a_zone_is_utc() -> None:
    shown = {"dynamodb": {"ApproximateCreationDateTime": CREATED.replace(tzinfo=None)}}
    assert document_of_dict(shown)["dynamodb"]["ApproximateCreationDateTime"] == int(CREATED.timestamp())


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    there = CREATED.astimezone(timezone(timedelta(hours=9)))
    shown = {"dynamodb": {"ApproximateCreationDateTime": there}}
    assert document_of_dict(shown)["dynamodb"]["ApproximateCreationDateTime"] == int(CREATED.timestamp())


def test_bytes_of_any_kind_become_base64_text() -> None:
    shown = {"dynamodb": {"Keys": {"pk": {"B": bytearray(b"\xff")}, "sk": {"BS": (b"\xff",)}}}}
    assert document_of_dict(shown)["dynamodb"]["Keys"] == {"pk": {"B": "/w=="}, "sk": {"BS": ["/w=="]}}


@pytest.mark.parametrize("wrong", [{}, {"dynamodb": None}, {"dynamodb": [1]}])
def test_a_dict_without_a_stream_record_is_kept_for_the_schema(wrong: dict[str, Any]) -> None:
    assert document_of_dict(wrong) == wrong


@pytest.mark.parametrize(
    "wrong",
    [
        {"Keys": None},
        {"Keys": ["pk"]},
        {"Keys": {"pk": "a"}},
        {"Keys": {"pk": "S"}},
        {"Keys": {"pk": None}},
        {"Keys": {"pk": {}}},
        {"Keys": {"pk": {"S": "a", "N": "1"}}},
        {"Keys": {"pk": {"B": 5}}},
        {"Keys": {"pk": {"M": [1]}}},
        {"Keys": {"pk": {"L": {"a": 1}}}},
        {"Keys": {"pk": {"BS": "text"}}},
        {"Keys": {"pk": {"X": b"blob"}}},
        {"ApproximateCreationDateTime": "today"},
    ],
)
def test_a_member_of_another_shape_is_kept_for_the_schema(wrong: dict[str, Any]) -> None:
    assert document_of_dict({"dynamodb": wrong})["dynamodb"] == wrong
