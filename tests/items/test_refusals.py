from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._items.values import Refused, came


def test_a_refusal_has_the_path_the_value_and_the_reason() -> None:
    refusal = Refused(5, "text is accepted")
    refusal.inside(2)
    refusal.inside("tags")
    assert refusal.describe("item") == "item['tags'][2] is 5 (int): text is accepted"


def test_a_refusal_takes_another_verb() -> None:
    assert Refused(5, "why", verb="holds").describe("set") == "set holds 5 (int): why"


def test_a_long_value_is_cut_to_60_characters() -> None:
    assert len(came({"a": "b" * 50, "c": "d" * 50}).removesuffix(" (dict)")) == 60


@given(st.integers(-(2**999), 2**999))
def test_an_integer_is_shown_in_one_line(number: int) -> None:
    assert len(came(number)) <= 60 + len(" (int)")


@pytest.mark.parametrize("value", [10**5000, [10**5000]], ids=["alone", "nested"])
def test_an_integer_too_long_to_write_is_shown_by_its_length(value: Any) -> None:
    assert "an integer of 16610 bits" in came(value)


def test_a_value_deeper_than_python_recurses_is_shown() -> None:
    deep: Any = []
    for _ in range(sys.getrecursionlimit() * 3):
        deep = [deep]
    assert came(deep).endswith(" (list)")


def test_a_value_whose_repr_fails_is_shown() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "Broken instance at" in came(Broken())
