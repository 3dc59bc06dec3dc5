from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._exceptions import InvalidItem
from pytest_ddbstreams._items.items import typed_item

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(10**38) + 1, 10**38 - 1)
numbers = integers | st.builds(
    lambda digits, places: Decimal(digits).scaleb(places),
    st.integers(-(10**20), 10**20),
    st.integers(-99, 99),
)
sets = st.sets(texts, min_size=1) | st.sets(integers, min_size=1) | st.sets(st.binary(), min_size=1)
scalars = texts | numbers | st.booleans() | st.none() | st.binary() | sets
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)
items = st.dictionaries(names, values, max_size=5)
refused = st.sampled_from([1.5, float("inf"), "\ud800", 1j, set(), 10**200])


def scrambled(value: Any) -> Any:
    """Return the same value in another spelling."""
    ((descriptor, content),) = value.items()
    if descriptor == "N":
        return {"N": f"{Decimal(content):E}"}
    if descriptor in {"SS", "BS"}:
        return {descriptor: content[::-1]}
    if descriptor == "NS":
        return {"NS": [f"{Decimal(number):E}" for number in reversed(content)]}
    if descriptor == "L":
        return {"L": [scrambled(element) for element in content]}
    if descriptor == "M":
        return {"M": {name: scrambled(content[name]) for name in reversed(content)}}
    return value


def ruin(value: Any) -> None:
    """Change every part of a value that can be changed."""
    if isinstance(value, (list, dict, set)):
        for inner in value.values() if isinstance(value, dict) else list(value):
            ruin(inner)
        value.clear()


def put_somewhere(draw: st.DrawFn, value: Any, bad: Any) -> Any:
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: put_somewhere(draw, value[name], bad)}
    if isinstance(value, list) and value:
        index = draw(st.integers(0, len(value) - 1))
        return [*value[:index], put_somewhere(draw, value[index], bad), *value[index + 1 :]]
    return bad


@st.composite
def spoilt_items(draw: st.DrawFn) -> tuple[Any, Any]:
    bad = draw(refused)
    return put_somewhere(draw, draw(items.filter(bool)), bad), bad


@given(items)
def test_a_plain_item_becomes_what_the_serializer_of_boto3_makes_of_it(item: dict[str, Any]) -> None:
    serialized = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    assert typed_item(item, plain=True) == typed_item(serialized, plain=False)


@given(items)
def test_typing_a_typed_item_gives_an_equal_item(item: dict[str, Any]) -> None:
    once = typed_item(item, plain=True)
    assert typed_item(once) == once


@given(items)
def test_an_item_keeps_its_names_in_their_order(item: dict[str, Any]) -> None:
    assert list(typed_item(item, plain=True)) == list(item)


@given(items)
def test_another_spelling_gives_an_equal_item(item: dict[str, Any]) -> None:
    once = typed_item(item, plain=True)
    assert typed_item({name: scrambled(value) for name, value in once.items()}, plain=False) == once


@given(items)
def test_a_typed_item_is_independent_of_the_plain_item_it_was_made_from(item: dict[str, Any]) -> None:
    made = typed_item(item, plain=True)
    before = deepcopy(made)
    ruin(item)
    assert made == before


@given(items)
def test_a_typed_item_is_independent_of_the_typed_item_it_was_made_from(item: dict[str, Any]) -> None:
    source = typed_item(item, plain=True)
    made = typed_item(source, plain=False)
    before = deepcopy(made)
    ruin(source)
    assert made == before


def test_a_typed_item_is_independent_of_the_bytearray_it_was_made_from() -> None:
    raw = bytearray(b"ab")
    made = typed_item({"x": raw, "y": memoryview(raw)})
    raw[0] = 0
    assert made == {"x": {"B": b"ab"}, "y": {"B": b"ab"}}


@given(items)
def test_typing_an_item_does_not_change_the_item(item: dict[str, Any]) -> None:
    before = deepcopy(item)
    typed_item(item, plain=True)
    assert item == before


@given(spoilt_items())
def test_the_path_in_a_refusal_leads_to_the_refused_value(spoilt: tuple[Any, Any]) -> None:
    item, bad = spoilt
    with pytest.raises(InvalidItem) as caught:
        typed_item(item, plain=True)
    place = str(caught.value).partition("] is ")[0] + "]"
    assert eval(place, {"item": item}) is bad  # noqa: S307 - the place is written to be pasted


@given(numbers, numbers)
def test_items_are_equal_exactly_if_their_numbers_are(one: Any, other: Any) -> None:
    assert (typed_item({"x": one}) == typed_item({"x": other})) is (one == other)
