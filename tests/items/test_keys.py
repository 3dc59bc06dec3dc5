from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._exceptions import InvalidItem, InvalidOption
from pytest_ddbstreams._items.items import typed_item
from pytest_ddbstreams._items.keys import KeySchema

HASH_ONLY = KeySchema.parse({"pk": "S"})
COMPOSITE = KeySchema.parse({"pk": "S", "sk": "N"})
BINARY = KeySchema.parse({"pk": "B", "sk": "S"})

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
numbers = st.integers(-(10**20), 10**20)


def test_the_first_name_is_the_partition_key_and_the_second_the_sort_key() -> None:
    assert (COMPOSITE.hash_key, COMPOSITE.range_key) == ("pk", "sk")


def test_a_schema_of_one_name_has_no_sort_key() -> None:
    assert HASH_ONLY.range_key is None


def test_a_schema_keeps_the_types_as_they_were_given() -> None:
    assert list(COMPOSITE.types.items()) == [("pk", "S"), ("sk", "N")]


def test_the_elements_of_a_schema_name_their_roles() -> None:
    assert COMPOSITE.elements == (("pk", "HASH"), ("sk", "RANGE"))


def test_the_one_element_of_a_simple_schema_is_the_partition_key() -> None:
    assert HASH_ONLY.elements == (("pk", "HASH"),)


def test_a_schema_is_independent_of_the_mapping_it_was_read_from() -> None:
    given_schema = {"pk": "S"}
    schema = KeySchema.parse(given_schema)
    given_schema["pk"] = "N"
    assert schema.types["pk"] == "S"


def test_names_and_types_of_a_subclass_of_str_are_read_as_text() -> None:
    class Field(str, Enum):
        PK = "pk"
        TYPE = "S"

    schema = KeySchema.parse({Field.PK: Field.TYPE})
    assert [type(text) for text in (schema.hash_key, *schema.types.values())] == [str, str]


def test_a_schema_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        HASH_ONLY.hash_key = "other"  # type: ignore[misc]


def test_equal_schemas_are_equal_and_hash_alike() -> None:
    again = KeySchema.parse({"pk": "S", "sk": "N"})
    assert (again, hash(again)) == (COMPOSITE, hash(COMPOSITE))


def test_schemas_that_differ_in_a_type_differ() -> None:
    assert KeySchema.parse({"pk": "N"}) != HASH_ONLY


@pytest.mark.parametrize("came", [{}, {"a": "S", "b": "S", "c": "S"}, "pk", None, ["pk"]])
def test_a_key_schema_that_is_no_mapping_of_one_or_two_names_is_refused(came: Any) -> None:
    with pytest.raises(InvalidOption, match=r"key_schema is .*maps the partition key .*\{'pk': 'S', 'sk': 'N'\}"):
        KeySchema.parse(came)


@pytest.mark.parametrize("name", ["", "n" * 256, 5])
def test_a_key_schema_with_an_invalid_name_is_refused(name: Any) -> None:
    with pytest.raises(InvalidOption, match=r"has the name .*: a name is text of 1 to 255 characters"):
        KeySchema.parse({name: "S"})


def test_a_name_of_255_characters_is_accepted() -> None:
    assert KeySchema.parse({"n" * 255: "S"}).hash_key == "n" * 255


@pytest.mark.parametrize("kind", ["BOOL", "s", "HASH", str, ["S"], None])
def test_a_key_schema_with_an_invalid_type_is_refused(kind: Any) -> None:
    with pytest.raises(InvalidOption, match=r"key_schema\['pk'\] is .*one of 'S' \(text\), 'N' \(a number\), 'B'"):
        KeySchema.parse({"pk": kind})


def test_the_key_of_an_item_is_its_key_attributes_in_schema_order() -> None:
    item = typed_item({"x": 1, "sk": 2, "pk": "a"})
    assert list(COMPOSITE.key_of(item).items()) == [("pk", {"S": "a"}), ("sk", {"N": "2"})]


def test_the_key_of_an_item_is_independent_of_it() -> None:
    item = typed_item({"pk": "a"})
    key = HASH_ONLY.key_of(item)
    item["pk"]["S"] = "b"
    assert key == {"pk": {"S": "a"}}


def test_the_refusal_of_an_item_without_a_key_attribute_lists_its_attributes() -> None:
    with pytest.raises(InvalidItem) as caught:
        COMPOSITE.key_of(typed_item({"pk": "a", "x": 1}))
    assert str(caught.value) == (
        "item lacks the key attribute 'sk': the key is 'pk' (S), 'sk' (N), and there is 'pk', 'x'"
    )


def test_the_refusal_of_an_empty_item_says_that_there_is_nothing() -> None:
    with pytest.raises(InvalidItem, match="there is nothing"):
        HASH_ONLY.key_of({})


def test_the_refusal_of_a_key_attribute_of_another_type_names_the_type() -> None:
    with pytest.raises(InvalidItem) as caught:
        COMPOSITE.key_of(typed_item({"pk": "a", "sk": "2"}), "new image")
    assert str(caught.value) == "new image['sk'] is {'S': '2'} (dict): the key takes a number (N)"


def test_the_refusal_of_a_typed_key_in_a_plain_item_names_plain_false() -> None:
    with pytest.raises(InvalidItem, match="pass plain=False to see which value"):
        HASH_ONLY.key_of(typed_item({"pk": {"S": "a"}, "n": {"N": 5}}))


@pytest.mark.parametrize("value", [{"x": 1}, {"S": "a", "N": "1"}, {}])
def test_the_refusal_of_a_map_as_key_does_not_name_plain_false(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidItem) as caught:
        HASH_ONLY.key_of(typed_item({"pk": value, "n": 1}))
    assert "plain=" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "place"),
    [({"pk": b"", "sk": "a"}, "pk"), ({"pk": b"a", "sk": ""}, "sk")],
)
def test_an_empty_key_value_is_refused(key: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidItem, match=rf"item\['{place}'\] is .* of 0 bytes"):
        BINARY.key_of(typed_item(key))


@pytest.mark.parametrize("pk", ["p" * 2049, "é" * 1025])
def test_a_partition_key_over_2048_bytes_is_refused(pk: str) -> None:
    with pytest.raises(InvalidItem, match=r"item\['pk'\] is .* takes 1 to 2048 bytes"):
        HASH_ONLY.key_of(typed_item({"pk": pk}))


def test_a_sort_key_over_1024_bytes_is_refused() -> None:
    with pytest.raises(InvalidItem, match=r"item\['sk'\] is .* of 1025 bytes: .* takes 1 to 1024 bytes"):
        BINARY.key_of(typed_item({"pk": b"a", "sk": "s" * 1025}))


def test_keys_of_just_the_largest_size_are_accepted() -> None:
    key = typed_item({"pk": b"p" * 2048, "sk": "s" * 1024})
    assert BINARY.key_of(key) == key


def test_a_key_of_only_key_attributes_is_accepted() -> None:
    key = typed_item({"sk": 1, "pk": "a"})
    assert list(COMPOSITE.check_key(key)) == ["pk", "sk"]


def test_a_key_with_other_attributes_is_refused_with_their_names() -> None:
    with pytest.raises(InvalidItem) as caught:
        COMPOSITE.check_key(typed_item({"pk": "a", "sk": 1, "x": 1, "y": 2}))
    assert str(caught.value) == "key has 'x', 'y' besides 'pk' (S), 'sk' (N); a key holds nothing else"


def test_an_incomplete_key_is_refused_as_a_key() -> None:
    with pytest.raises(InvalidItem, match=r"^key lacks the key attribute 'sk'"):
        COMPOSITE.check_key(typed_item({"pk": "a"}))


@pytest.mark.parametrize(
    ("kind", "value", "placed"),
    [("S", "é", b"S\xc3\xa9"), ("N", Decimal("1.50"), b"N1.5"), ("B", b"\xff", b"B\xff")],
)
def test_the_partition_bytes_are_the_type_and_the_value(kind: str, value: Any, placed: bytes) -> None:
    schema = KeySchema.parse({"pk": kind})
    assert schema.partition_bytes(schema.key_of(typed_item({"pk": value}))) == placed


@given(texts, numbers, numbers)
def test_the_sort_key_does_not_move_an_item_to_another_partition(pk: str, one: int, other: int) -> None:
    keys = [COMPOSITE.key_of(typed_item({"pk": pk, "sk": sk})) for sk in (one, other)]
    assert len(set(map(COMPOSITE.partition_bytes, keys))) == 1


@given(st.lists(st.tuples(texts, numbers)))
def test_composite_keys_have_the_same_identity_only_if_they_are_equal(pairs: list[tuple[str, int]]) -> None:
    keys = [COMPOSITE.key_of(typed_item({"pk": pk, "sk": sk})) for pk, sk in pairs]
    assert len(set(map(COMPOSITE.identity, keys))) == len(set(pairs))


@given(st.lists(texts))
def test_simple_keys_have_the_same_identity_only_if_they_are_equal(pks: list[str]) -> None:
    keys = [HASH_ONLY.key_of(typed_item({"pk": pk})) for pk in pks]
    assert len(set(map(HASH_ONLY.identity, keys))) == len(set(pks))


def test_a_key_in_another_spelling_has_the_same_identity() -> None:
    spellings = [typed_item({"pk": "a", "sk": sk}) for sk in (100, Decimal("1E2"), Decimal("100.0"))]
    assert len(set(map(COMPOSITE.identity, spellings))) == 1
