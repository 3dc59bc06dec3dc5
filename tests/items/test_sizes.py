from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._items.sizes import item_size, text_size, value_size

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": str(number)}, st.integers())
    | st.builds(lambda raw: {"B": raw}, st.binary(min_size=1))
    | st.just({"BOOL": True})
    | st.just({"NULL": True}),
    lambda inner: (
        st.builds(lambda elements: {"L": elements}, st.lists(inner, max_size=4))
        | st.builds(lambda entries: {"M": entries}, st.dictionaries(texts, inner, max_size=4))
    ),
    max_leaves=8,
)
items = st.dictionaries(texts.filter(bool), values, max_size=5)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "Fred"}, 4),
        ({"S": "é€😀"}, 9),
        ({"N": "0"}, 1),
        ({"N": "-123"}, 4),
        ({"B": b"\x00\x01\xff"}, 3),
        ({"BOOL": True}, 1),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "é"]}, 3),
        ({"NS": ["1", "123"]}, 5),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "abc"}, {"N": "1"}]}, 3 + 2 + 3 + 2),
        ({"M": {}}, 3),
        ({"M": {"ab": {"S": "abc"}, "é": {"NULL": True}}}, 3 + 2 + 2 + 3 + 2 + 1),
        ({"L": [{"M": {"x": {"L": []}}}]}, 3 + 1 + 3 + 1 + 1 + 3),
    ],
)
def test_a_value_counts_by_its_type(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size


def test_the_recorded_item_and_its_key_have_the_recorded_size_together() -> None:
    fred = {"id": {"S": "Fred"}}
    assert item_size(fred) + item_size(fred) == 12


def test_the_recorded_key_has_the_recorded_size() -> None:
    assert item_size({"Username": {"S": "Fred"}}) == 12


def test_the_size_of_an_item_without_attributes_is_zero() -> None:
    assert item_size({}) == 0


def test_a_name_counts_its_utf_8_bytes() -> None:
    assert item_size({"naïve": {"NULL": True}}) == 6 + 1


@given(items)
def test_the_size_of_an_item_is_the_sum_of_its_attributes(item: dict[str, Any]) -> None:
    assert item_size(item) == sum(text_size(name) + value_size(value) for name, value in item.items())


@given(values)
def test_only_empty_text_has_the_size_zero(value: dict[str, Any]) -> None:
    assert value_size(value) > 0 or value == {"S": ""}


@given(items)
def test_a_map_counts_three_and_one_per_entry_more_than_the_item_of_its_entries(item: dict[str, Any]) -> None:
    assert value_size({"M": item}) == item_size(item) + 3 + len(item)


@given(texts)
def test_text_counts_its_utf_8_bytes(text: str) -> None:
    assert text_size(text) == len(text.encode("utf-8"))
