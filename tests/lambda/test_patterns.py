"""Filter patterns: what they match, and which patterns are refused."""

from __future__ import annotations

import json
import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import InvalidOption
from pytest_ddbstreams._lambda.filters import filter_of

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = {
    "eventName": "MODIFY",
    "eventVersion": "1.1",
    "dynamodb": {
        "SizeBytes": 40,
        "Keys": {"pk": {"S": "o#1"}},
        "NewImage": {
            "pk": {"S": "o#1"},
            "status": {"S": "Placed"},
            "note": {"S": ""},
            "total": {"N": "9.5"},
            "paid": {"BOOL": True},
            "tags": {"SS": ["a", "b"]},
            "lines": {"L": [{"M": {"sku": {"S": "x"}, "n": {"N": "1"}}}, {"M": {"sku": {"S": "y"}, "n": {"N": "2"}}}]},
            "nothing": {"L": []},
        },
    },
    "extra": None,
}


RANGE = "a numeric range has a lower bound and then a higher upper bound"


def image(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": attributes}}


def fits(pattern: Any, record: Any) -> bool:
    return filter_of(pattern).fits(record)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["MODIFY"]}, True),
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["modify"]}, False),
        ({"eventName": ["MODIFY"], "eventVersion": ["1.0"]}, False),
        ({"extra": [None]}, True),
        ({"eventName": [None]}, False),
        ({"absent": [None]}, False),
        (image(note={"S": [""]}), True),
        (image(status={"S": [""]}), False),
        (image(paid={"BOOL": [True]}), True),
        (image(paid={"BOOL": [False]}), False),
        (image(total={"N": ["9.5"]}), True),
        (image(status={"S": [{"anything-but": ["Placed", "Paid"]}]}), False),
        (image(status={"S": [{"anything-but": "Paid"}]}), True),
        (image(absent={"S": [{"anything-but": ["Placed"]}]}), False),
        ({"dynamodb": {"SizeBytes": [{"anything-but": [40]}]}}, False),
        ({"dynamodb": {"SizeBytes": [40]}}, True),
        ({"dynamodb": {"SizeBytes": [40.0]}}, True),
        ({"dynamodb": {"SizeBytes": ["40"]}}, False),
        ({"eventVersion": [{"numeric": [">", 1]}]}, False),
        (image(status={"S": [{"exists": True}]}), True),
        (image(status={"S": [{"exists": False}]}), False),
        (image(absent={"S": [{"exists": False}]}), True),
        (image(absent={"S": [{"exists": True}]}), False),
        ({"dynamodb": {"OldImage": {"status": {"S": [{"exists": False}]}}}}, True),
        (image(tags={"SS": ["b"]}), True),
        (image(tags={"SS": ["c"]}), False),
        (image(lines={"L": {"M": {"sku": {"S": ["y"]}}}}), True),
        (image(lines={"L": {"M": {"sku": {"S": ["y"]}, "n": {"N": ["1"]}}}}), False),
        (image(nothing={"L": {"S": [{"exists": False}]}}), True),
        ({"$or": [{"eventName": ["INSERT"]}, {"extra": [None]}]}, True),
        ({"$or": [{"eventName": ["INSERT"]}, {"eventName": ["REMOVE"]}]}, False),
        ({"eventName": ["INSERT"], "$or": [{"extra": [None]}]}, False),
        (image(**{"$or": [{"status": {"S": ["Paid"]}}, {"paid": {"BOOL": [True]}}]}), True),
    ],
    ids=json.dumps,
)
def test_a_pattern_matches_as_lambda_documents_it(pattern: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert fits(pattern, RECORD) is expected
    assert fits(json.dumps(pattern), RECORD) is expected


def test_true_does_not_match_the_number_1() -> None:
    assert not fits({"flag": [1]}, {"flag": True})
    assert not fits({"flag": [True]}, {"flag": 1})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON|at most 4096"),
        ('{"size": [NaN]}', "NaN is not JSON"),
        ({1j: [1]}, "it is not JSON"),
        ({"a": [object()]}, "it is not JSON"),
        (5, "give JSON text, or a dict of JSON data"),
        ('["INSERT"]', "give an object"),
        ({}, "an object of a pattern names at least one key"),
        ({"dynamodb": {}}, r"\['dynamodb'\] is {}: an object of a pattern names at least one key"),
        ({"eventName": "INSERT"}, r"\['eventName'\] is 'INSERT': give the values that match as a list of one or more"),
        ({"eventName": []}, r"\['eventName'\] is \[\]"),
        ({"eventName": [["INSERT"]]}, "a list of a pattern holds texts, numbers, booleans, null and operators"),
        (
            {"eventName": [{"contains": "x"}]},
            "unknown operator 'contains'; there are: equals-ignore-case, anything-but",
        ),
        ({"eventName": [{}]}, "an object in a list has one operator; there are: equals-ignore-case"),
        ({"eventName": [{"prefix": "I", "suffix": "T"}]}, "an object in a list has one operator"),
        ({"eventName": [{"prefix": 5}]}, "prefix takes text"),
        ({"eventName": [{"suffix": None}]}, "suffix takes text"),
        ({"eventName": [{"equals-ignore-case": ["a"]}]}, "equals-ignore-case takes text"),
        ({"eventName": [{"exists": "true"}]}, "exists takes true or false"),
        ({"eventName": [{"anything-but": []}]}, "anything-but takes texts or numbers, not both"),
        ({"eventName": [{"anything-but": {"prefix": "I"}}]}, "anything-but takes texts or numbers"),
        ({"eventName": [{"anything-but": ["INSERT", 5]}]}, "anything-but takes texts or numbers, not both"),
        ({"eventName": [{"anything-but": [True]}]}, "anything-but takes texts or numbers"),
        ({"size": [{"numeric": ["=", "5"]}]}, "numeric takes one comparison or a range"),
        ({"size": [{"numeric": ["!=", 5]}]}, "numeric takes"),
        ({"size": [{"numeric": [[], 5]}]}, "numeric takes"),
        ({"size": [{"numeric": 5}]}, "numeric takes"),
        ({"size": [{"numeric": [">", 1, "<"]}]}, "numeric takes"),
        ({"size": [{"numeric": ["=", True]}]}, "numeric takes"),
        ({"size": [{"numeric": []}]}, "numeric takes"),
        ({"size": [{"numeric": [">", 1, ">=", 2]}]}, RANGE),
        ({"size": [{"numeric": ["<", 2, ">", 1]}]}, RANGE),
        ({"size": [{"numeric": ["<", 2, "<", 3]}]}, RANGE),
        ({"size": [{"numeric": ["=", 1, "<", 2]}]}, RANGE),
        ({"size": [{"numeric": [">", 1, "=", 2]}]}, RANGE),
        ({"size": [{"numeric": [">", 2, "<", 1]}]}, RANGE),
        ({"size": [{"numeric": [">=", 2, "<=", 2]}]}, RANGE),
        ({"size": [{"numeric": [">", 1, "<", 5, "<", 4]}]}, RANGE),
        ({"$or": {"a": [1]}}, r"\['\$or'\] .* \$or takes a list of objects"),
        ({"$or": []}, r"\$or takes"),
        ({"$or": [["a"]]}, r"\$or takes"),
        ({"a": ["x" * 4096]}, "has 4106 characters; Lambda takes at most 4096"),
        ('{"a":' * 100 + "[1]" + "}" * 100, "nested deeper than 100 levels; a record has fewer"),
    ],
)
def test_a_pattern_that_breaks_the_syntax_is_refused(pattern: Any, text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        filter_of(pattern)


def test_a_key_that_begins_with_a_dollar_sign_is_an_ordinary_key() -> None:
    assert fits({"$and": ["x"], "$orb": ["y"]}, {"$and": "x", "$orb": "y"})


def test_a_pattern_is_compiled_once() -> None:
    pattern = {"eventName": ["only compiled once"]}
    assert filter_of(pattern) is filter_of(json.dumps(pattern, separators=(",", ":")))


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param('{"a":' * 99 + "[1]" + "}" * 99, id="100 levels"),
        pytest.param('{"a":["' + "x" * (4096 - len('{"a":[""]}')) + '"]}', id="4096 characters"),
    ],
)
def test_a_pattern_at_the_limits_is_accepted(pattern: str) -> None:
    assert not fits(pattern, RECORD)


texts = st.text("aAbBß", max_size=3)
numbers = st.integers(-2, 2) | st.sampled_from([-0.5, 0.5, 1.0])
COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("prefix", str.startswith),
        ("suffix", str.endswith),
        ("equals-ignore-case", lambda value, argument: value.casefold() == argument.casefold()),
        ("anything-but", str.__ne__),
    ],
)
@given(value=texts, argument=texts)
def test_an_operator_on_text_matches_the_texts_that_its_python_method_accepts(
    name: str, method: Callable[[str, str], bool], value: str, argument: str
) -> None:
    pattern = {"a": [{name: argument}]}
    assert fits(pattern, {"a": value}) is method(value, argument)


@pytest.mark.parametrize("name", ["prefix", "suffix", "equals-ignore-case", "numeric"])
@pytest.mark.parametrize("record", [{}, {"a": None}, {"a": True}, {"a": {"b": "a"}}, {"a": []}], ids=json.dumps)
def test_an_operator_does_not_match_a_value_of_another_type(name: str, record: dict[str, Any]) -> None:
    argument = ["<", 100] if name == "numeric" else ""
    assert not fits({"a": [{name: argument}]}, record)


@given(value=numbers, sign=st.sampled_from(sorted(COMPARISONS)), bound=numbers)
def test_numeric_matches_the_numbers_that_pass_a_comparison(value: float, sign: str, bound: float) -> None:
    assert fits({"a": [{"numeric": [sign, bound]}]}, {"a": value}) is COMPARISONS[sign](value, bound)


@given(numbers, st.sampled_from([">", ">="]), numbers, st.sampled_from(["<", "<="]), st.integers(1, 3))
def test_numeric_matches_the_numbers_between_two_bounds(
    value: float, above: str, bottom: float, below: str, width: int
) -> None:
    expected = COMPARISONS[above](value, bottom) and COMPARISONS[below](value, bottom + width)
    assert fits({"a": [{"numeric": [above, bottom, below, bottom + width]}]}, {"a": value}) is expected


@given(st.lists(texts, min_size=1) | st.lists(numbers, min_size=1), texts | numbers)
def test_anything_but_a_list_matches_the_values_that_are_not_in_it(barred: list[Any], value: Any) -> None:
    assert fits({"a": [{"anything-but": barred}]}, {"a": value}) is (value not in barred)


leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
documents = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(leaves, lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1), max_leaves=4),
    min_size=1,
)


NOTHING = object()


def as_pattern(document: dict[str, Any]) -> dict[str, Any]:
    return {name: as_pattern(value) if isinstance(value, dict) else [value] for name, value in document.items()}


def holds(record: Any, wanted: dict[str, Any]) -> bool:
    """The model: a plain pattern matches where all that it says is so."""
    for name, value in wanted.items():
        there = record.get(name, NOTHING) if isinstance(record, dict) else NOTHING
        if isinstance(value, dict):
            if not holds(there, value):
                return False
        elif (type(there), there) != (type(value), value):
            return False
    return True


@settings(max_examples=50)
@given(documents, documents)
def test_a_plain_pattern_matches_a_record_that_contains_it(record: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert fits(as_pattern(wanted), record) == holds(record, wanted)
    assert fits(as_pattern(record), record)
