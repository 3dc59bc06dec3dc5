from __future__ import annotations

import sys
from collections import OrderedDict
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from pytest_ddbstreams._exceptions import InvalidItem
from pytest_ddbstreams._items.items import typed_item


class Wrapped:
    """A wrapper of bytes, like boto3.dynamodb.types.Binary."""

    def __init__(self, value: bytes | bytearray) -> None:
        self.value = value


class Status(str, Enum):
    OPEN = "open"


class Point(NamedTuple):
    x: int
    y: int


def nested(levels: int, innermost: Any = 1, *, typed: bool = False) -> Any:
    for _ in range(levels):
        innermost = {"L": [innermost]} if typed else [innermost]
    return innermost


def refusal(item: Any, *, plain: bool | None = None) -> str:
    with pytest.raises(InvalidItem) as caught:
        typed_item(item, plain=plain)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (Status.OPEN, {"S": "open"}),
        (bytearray(b"ab"), {"B": b"ab"}),
        (memoryview(b"ab"), {"B": b"ab"}),
        (Wrapped(b"ab"), {"B": b"ab"}),
        (Wrapped(bytearray(b"ab")), {"B": b"ab"}),
        ((), {"L": []}),
        (Point(1, 2), {"L": [{"N": "1"}, {"N": "2"}]}),
        (OrderedDict(x=1), {"M": {"x": {"N": "1"}}}),
        (MappingProxyType({"x": 1}), {"M": {"x": {"N": "1"}}}),
        ({"b", "é", "a"}, {"SS": ["a", "b", "é"]}),
        (frozenset({10, 9, Decimal("-1.50")}), {"NS": ["-1.5", "9", "10"]}),
        ({b"b", b"a"}, {"BS": [b"a", b"b"]}),
        ({"b": 0, "a": 0}.keys(), {"SS": ["a", "b"]}),
    ],
)
def test_a_subclass_a_wrapper_and_a_set_become_their_one_normal_form(value: Any, made: Any) -> None:
    assert typed_item({"x": value}, plain=True) == {"x": made}


@pytest.mark.parametrize("value", [Status.OPEN, OrderedDict(x=1), Point(1, 2), bytearray(b"ab")])
def test_a_value_of_a_subclass_becomes_a_value_of_its_base_class(value: Any) -> None:
    ((content,),) = (made.values() for made in typed_item({"x": value}).values())
    assert type(content) in (str, dict, list, bytes)


def test_a_name_of_a_subclass_of_str_becomes_text() -> None:
    assert [type(name) for name in typed_item({Status.OPEN: 1})] == [str]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"S": "a"}, {"S": "a"}),
        ({"N": "1.0"}, {"N": "1"}),
        ({"B": bytearray(b"ab")}, {"B": b"ab"}),
        ({"B": Wrapped(b"ab")}, {"B": b"ab"}),
        ({"BOOL": False}, {"BOOL": False}),
        ({"NULL": True}, {"NULL": True}),
        ({"L": ({"N": "1E2"},)}, {"L": [{"N": "100"}]}),
        ({"M": {"x": {"N": "-0"}}}, {"M": {"x": {"N": "0"}}}),
        ({"SS": ["b", "é", "a"]}, {"SS": ["a", "b", "é"]}),
        ({"SS": ["\uffff", "\U00010000"]}, {"SS": ["\uffff", "\U00010000"]}),
        ({"NS": ["10", "9.0", "-1"]}, {"NS": ["-1", "9", "10"]}),
        ({"BS": (b"b", bytearray(b"a"))}, {"BS": [b"a", b"b"]}),
        (MappingProxyType({"S": "a"}), {"S": "a"}),
    ],
)
def test_a_typed_value_is_kept_in_its_one_normal_form(value: Any, kept: Any) -> None:
    assert typed_item({"x": value}) == {"x": kept}


@pytest.mark.parametrize(
    "value",
    [
        {"N": 5},
        {"S": b"a"},
        {"B": "YQ=="},
        {"BOOL": 1},
        {"L": "a"},
        {"X": "a"},
        {"S": "a", "N": "1"},
        {},
        "a",
    ],
)
def test_an_item_with_one_value_that_does_not_fit_a_descriptor_is_plain(value: Any) -> None:
    assert typed_item({"pk": {"S": "a"}, "x": value})["pk"] == {"M": {"S": {"S": "a"}}}


@pytest.mark.parametrize("plain", [None, True, False])
def test_an_empty_item_is_accepted(plain: bool | None) -> None:  # noqa: FBT001
    assert typed_item({}, plain=plain) == {}


def test_plain_true_reads_what_looks_typed_as_a_map() -> None:
    assert typed_item({"x": {"S": "a"}}, plain=True) == {"x": {"M": {"S": {"S": "a"}}}}


def test_plain_false_refuses_plain_python() -> None:
    assert refusal({"x": "a"}, plain=False) == (
        "item['x'] is 'a' (str): a typed value maps one type descriptor to its content, as in {'S': 'text'}"
    )


def test_the_refusal_of_an_item_that_looked_typed_names_plain_true() -> None:
    assert "taken for DynamoDB-typed, pass plain=True" in refusal({"x": {"L": [1]}})


@pytest.mark.parametrize("plain", [True, False])
def test_the_refusal_of_an_item_with_plain_given_does_not_name_plain(plain: bool) -> None:  # noqa: FBT001
    assert "plain=" not in refusal({"x": {"L": [1.5]}}, plain=plain)


@pytest.mark.parametrize("came", [None, "pk", ["pk"], {"pk"}, 5])
def test_an_item_that_is_no_mapping_is_refused(came: Any) -> None:
    assert "an item maps names to values, as in {'pk': 'o#1'}" in refusal(came)


def test_a_refusal_names_the_item_as_its_caller_does() -> None:
    with pytest.raises(InvalidItem, match=r"^old image\['x'\] is 1\.5"):
        typed_item({"x": 1.5}, what="old image")


def test_a_refusal_has_no_inner_error_as_its_cause() -> None:
    with pytest.raises(InvalidItem) as caught:
        typed_item({"x": 1.5})
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_a_float_is_refused_with_the_decimal_to_write() -> None:
    assert refusal({"tags": [0, 1, {"x": 1.5}]}) == (
        "item['tags'][2]['x'] is 1.5 (float): float is refused, as boto3 refuses it; write Decimal('1.5')"
    )


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), Decimal("NaN"), Decimal("Infinity")])
def test_nan_and_infinity_are_refused(value: Any) -> None:
    assert "NaN and Infinity do not exist in DynamoDB" in refusal({"x": value})


@pytest.mark.parametrize("value", [10**38 + 1, Decimal("1." + "1" * 38), {"N": "1" * 39}, {1 + 10**38}])
def test_a_number_of_over_38_digits_is_refused(value: Any) -> None:
    assert "at most 38 significant digits" in refusal({"x": value})


@pytest.mark.parametrize(
    "value",
    [10**126, Decimal("1E-131"), {"N": "1E126"}, {"NS": ["1E126"]}, pytest.param(10**5000, id="huge")],
)
def test_a_number_out_of_range_is_refused(value: Any) -> None:
    assert "between 1E-130 and 9.99…E+125" in refusal({"x": value})


def test_text_that_is_no_number_is_refused_as_a_number() -> None:
    assert "item['x']['N'] is 'five' (str): not a number of DynamoDB" in refusal({"x": {"N": "five"}})


def test_an_empty_set_is_refused_in_plain_python() -> None:
    assert refusal({"x": set()}).endswith("leave an empty one out")


@pytest.mark.parametrize("descriptor", ["SS", "NS", "BS"])
def test_an_empty_set_is_refused_when_typed(descriptor: str) -> None:
    assert f"item['x']['{descriptor}'] is [] (list): an empty set" in refusal({"x": {descriptor: []}})


@pytest.mark.parametrize(
    ("value", "kinds"),
    [({1, "a"}, "N, S"), ({b"a", "a"}, "B, S"), ({True}, "BOOL"), ({None}, "NULL"), ({(1,)}, "L")],
)
def test_a_set_of_mixed_or_other_types_is_refused(value: Any, kinds: str) -> None:
    assert refusal({"x": value}).endswith(f"only text, only numbers or only bytes; this one holds {kinds}")


def test_the_refusal_of_a_set_element_says_that_the_set_holds_it() -> None:
    assert refusal({"x": {1.5, 2}}).startswith("item['x'] holds 1.5 (float): float is refused")


def test_the_refusal_of_a_typed_set_element_has_its_index() -> None:
    assert refusal({"x": {"NS": ["1", 2]}}).startswith("item['x']['NS'][1] is 2 (int): N takes a number")


@pytest.mark.parametrize(
    ("value", "twice"),
    [
        ({"SS": ["a", "b", "a"]}, "'a'"),
        ({"NS": ["1", "1.0"]}, "'1'"),
        ({"BS": [b"a", bytearray(b"a")]}, "b'a'"),
    ],
)
def test_a_typed_set_that_holds_an_element_twice_is_refused(value: Any, twice: str) -> None:
    assert f"a set holds each element once, and {twice} (" in refusal({"x": value})


def test_equal_bytes_in_two_wrappers_are_one_element_twice() -> None:
    assert "b'a' (bytes) came twice" in refusal({"x": {Wrapped(b"a"), Wrapped(b"a")}})


@pytest.mark.parametrize("value", [{"X": "a"}, {5: "a"}, {("S",): "a"}])
def test_the_refusal_of_an_unknown_descriptor_lists_the_known_ones(value: Any) -> None:
    text = refusal({"x": value}, plain=False)
    assert text.endswith("is no type descriptor; there are S, N, B, BOOL, NULL, L, M, SS, NS, BS")


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, ["S", "a"]])
def test_a_typed_value_of_other_than_one_entry_is_refused(value: Any) -> None:
    assert "a typed value maps one type descriptor to its content" in refusal({"x": value}, plain=False)


@pytest.mark.parametrize(
    ("descriptor", "content"),
    [
        ("S", 5),
        ("N", 5),
        ("B", "YQ=="),
        ("BOOL", "true"),
        ("NULL", None),
        ("L", {"S": "a"}),
        ("M", [{"S": "a"}]),
        ("SS", {"a"}),
        ("NS", "1"),
        ("BS", b"a"),
    ],
)
def test_content_that_does_not_fit_its_descriptor_is_refused(descriptor: str, content: Any) -> None:
    text = refusal({"x": {descriptor: content}}, plain=False)
    assert text.startswith(f"item['x']['{descriptor}'] is {content!r} (")
    assert f": {descriptor} takes " in text


def test_a_null_that_is_false_is_refused() -> None:
    assert "item['x']['NULL'] is False (bool): NULL takes True" in refusal({"x": {"NULL": False}})


@pytest.mark.parametrize("value", ["\ud800", {"S": "a\udfff"}, {"\ud800"}])
def test_text_with_lone_surrogates_is_refused(value: Any) -> None:
    assert "lone surrogates have no UTF-8 form" in refusal({"x": value})


@pytest.mark.parametrize("name", ["", 5, None, b"pk", "\ud800", "n" * 65536, "é" * 32768])
def test_a_name_that_is_not_text_of_1_to_65535_bytes_is_refused(name: Any) -> None:
    assert "has the name" in refusal({name: 1})
    assert ": a name is text of 1 to 65535 UTF-8 bytes" in refusal({name: 1})


@pytest.mark.parametrize("name", ["n" * 65535, "é" * 32767, "a b", "é"])
def test_a_name_of_up_to_65535_bytes_is_accepted(name: str) -> None:
    assert list(typed_item({name: 1})) == [name]


def test_the_refusal_of_a_name_has_the_path_of_its_map() -> None:
    assert refusal({"m": [{5: 1}]}).startswith("item['m'][0] has the name 5 (int)")


def test_the_refusal_of_a_name_has_the_path_of_its_typed_map() -> None:
    assert refusal({"m": {"M": {"": {"S": "a"}}}}).startswith("item['m']['M'] has the name '' (str)")


# AWS accepts 31 maps around a leaf, and refuses 32. R. For lists: I.


@pytest.mark.parametrize(
    "value",
    [nested(31), nested(31, {"S": "a"}, typed=True), nested(30, {"m": 1}), nested(31, {"a", "b"})],
    ids=["lists", "typed lists", "a map in lists", "a set in lists"],
)
def test_31_lists_and_maps_around_a_value_are_accepted(value: Any) -> None:
    assert typed_item({"x": value})


@pytest.mark.parametrize(
    "value",
    [nested(32), nested(32, {"S": "a"}, typed=True), nested(31, {"m": 1}), nested(31, [])],
    ids=["lists", "typed lists", "a map in lists", "an empty list in lists"],
)
def test_32_lists_and_maps_in_one_another_are_refused(value: Any) -> None:
    assert "at most 31 lists and maps nest in one another" in refusal({"x": value})


def test_a_value_far_deeper_than_python_recurses_is_refused() -> None:
    assert "at most 31 lists and maps nest" in refusal({"x": nested(sys.getrecursionlimit() * 3)})


def test_a_value_that_contains_itself_is_refused() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    assert "at most 31 lists and maps nest" in refusal({"x": cycle})


def test_the_refusal_of_a_datetime_names_isoformat() -> None:
    assert "write its .isoformat()" in refusal({"x": datetime(2026, 1, 1, tzinfo=timezone.utc)})


@pytest.mark.parametrize("value", [object(), 1j, range(3), Wrapped("text")])  # type: ignore[arg-type]
def test_the_refusal_of_an_unknown_type_lists_the_accepted_types(value: Any) -> None:
    assert "accepted are str, int, Decimal, bool, None, bytes, list" in refusal({"x": value})


@pytest.mark.parametrize("value", ["a" * 409599, ["a" * 409595], {"x": "a" * 409594}])
def test_an_item_of_400_kb_is_accepted(value: Any) -> None:
    assert typed_item({"x": value})


@pytest.mark.parametrize("value", ["a" * 409600, {"S": "é" * 204800}, b"a" * 409600])
def test_an_item_over_400_kb_is_refused_with_its_size_and_the_limit(value: Any) -> None:
    assert refusal({"x": value}) == ("item has 409601 bytes, names included; at most 409600 (400 KB) fit")


@pytest.mark.parametrize(
    "value", ["n" * 500_000 + "\ud800", [[1.5] * 5000, 1.5] * 50, pytest.param(10**5000, id="huge")]
)
def test_a_refusal_is_short_for_any_value(value: Any) -> None:
    assert len(refusal({"x": value})) < 250


def test_a_value_that_is_cut_in_a_refusal_ends_with_an_ellipsis() -> None:
    assert " … (dict): " in refusal({"x": {"a": "b" * 30, "c": "d" * 30}}, plain=False).replace("…", " …")
