from __future__ import annotations

import json
import operator
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import InvalidItem, InvalidOption, MappingWarning, matches, to_lambda_event
from pytest_ddbstreams._lambda.filters import filter_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream

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


def image(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": attributes}}


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
    assert matches(pattern, RECORD) is expected
    assert matches(json.dumps(pattern), RECORD) is expected


def test_true_does_not_match_the_number_1() -> None:
    assert not matches({"flag": [1]}, {"flag": True})
    assert not matches({"flag": [True]}, {"flag": 1})


def test_matches_accepts_a_record_that_a_stream_returned(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.put({"pk": "o#1", "total": 5})
    assert matches(image(total={"N": ["5"]}), record)
    assert not matches({"eventName": ["REMOVE"]}, record)


def test_matches_accepts_a_record_with_binary_values(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "blob": b"abc"})
    assert matches(image(blob={"B": ["YWJj"]}), ddbstreams_stream.records[0])


def test_matches_accepts_a_record_of_an_event(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    [record] = to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream)["Records"]
    assert matches({"eventSourceARN": [ddbstreams_stream.arn]}, record)


def test_matches_refuses_a_record_that_is_not_a_mapping() -> None:
    with pytest.raises(InvalidItem, match=r"record is 5 \(int\): give a StreamRecord, or a dict"):
        matches({"eventName": ["INSERT"]}, 5)


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
        ({"eventName": [{"anything-but": []}]}, "anything-but takes texts and numbers"),
        ({"eventName": [{"anything-but": {"prefix": "I"}}]}, "anything-but takes texts and numbers"),
        ({"size": [{"numeric": ["=", "5"]}]}, "numeric takes one comparison or a range"),
        ({"size": [{"numeric": ["!=", 5]}]}, "numeric takes"),
        ({"size": [{"numeric": [[], 5]}]}, "numeric takes"),
        ({"size": [{"numeric": 5}]}, "numeric takes"),
        ({"size": [{"numeric": [">", 1, "<"]}]}, "numeric takes"),
        ({"size": [{"numeric": ["=", True]}]}, "numeric takes"),
        ({"$or": {"a": [1]}}, r"\['\$or'\] .* \$or takes a list of objects"),
        ({"$or": []}, r"\$or takes"),
        ({"$or": [["a"]]}, r"\$or takes"),
        ({"a": ["x" * 4096]}, "has 4106 characters; Lambda takes at most 4096"),
        ('{"a":' * 100 + "[1]" + "}" * 100, "nested deeper than 100 levels; a record has fewer"),
    ],
)
def test_a_pattern_that_breaks_the_syntax_is_refused(pattern: Any, text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        matches(pattern, RECORD)


@pytest.mark.parametrize("wanted", [{"numeric": [">", 5]}, 9.5])
def test_a_number_in_a_pattern_never_matches_an_items_number_and_warns(wanted: Any) -> None:
    with pytest.warns(MappingWarning, match=r"\['total'\]\['N'\] compares with a number and never matches"):
        assert not matches(image(total={"N": [wanted]}), RECORD)


@pytest.mark.parametrize(
    "pattern",
    [
        {"dynamodb": [{"exists": True}]},
        {"userIdentity": [{"exists": True}]},
        {"dynamodb": {"NewImage": [{"exists": True}]}},
        image(total=[{"exists": True}]),
        image(lines={"L": [{"exists": True}]}),
        image(lines={"L": {"M": [{"exists": True}]}}),
        image(lines={"L": {"M": {"sku": [{"exists": True}]}}}),
    ],
    ids=json.dumps,
)
def test_exists_true_never_matches_an_object_and_warns(pattern: dict[str, Any]) -> None:
    with pytest.warns(MappingWarning, match="asks whether an object exists, and Lambda looks for leaves only"):
        assert not matches(pattern, RECORD)


@pytest.mark.parametrize("condition", ["x", None, 5, {"anything-but": ["x"]}, {"prefix": "x"}], ids=json.dumps)
def test_another_operator_than_exists_on_an_object_does_not_warn(condition: Any) -> None:
    assert not matches({"dynamodb": [condition]}, RECORD)


def test_numeric_outside_of_an_item_does_not_warn() -> None:
    pattern = {"detail": {"Keys": {"size": {"N": [{"numeric": ["=", 5]}]}}}}
    assert matches(pattern, {"detail": {"Keys": {"size": {"N": 5}}}})


def test_a_warning_about_an_alternative_names_the_place_of_the_alternative() -> None:
    pattern = image(**{"$or": [{"total": {"N": [9.5]}}, {"paid": {"BOOL": [True]}}]})
    with pytest.warns(MappingWarning, match=r"pattern\['dynamodb'\]\['NewImage'\]\['total'\]\['N'\] compares"):
        assert matches(pattern, RECORD)


def test_a_key_that_begins_with_a_dollar_sign_is_an_ordinary_key() -> None:
    assert matches({"$and": ["x"], "$orb": ["y"]}, {"$and": "x", "$orb": "y"})


def test_exists_false_always_matches_an_object_and_warns() -> None:
    with pytest.warns(MappingWarning, match="false always does"):
        assert matches(image(total=[{"exists": False}]), RECORD)


def test_the_last_of_repeated_keys_counts_and_warns() -> None:
    with pytest.warns(MappingWarning, match="has the key 'eventName' more than once in one object"):
        assert matches('{"eventName": ["INSERT"], "eventName": ["MODIFY"]}', RECORD)


def test_each_call_warns_at_the_line_of_the_test() -> None:
    for _ in range(2):
        with pytest.warns(MappingWarning) as caught:
            matches({"dynamodb": [{"exists": True}]}, RECORD)
        assert [warning.filename for warning in caught] == [__file__]


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
    assert not matches(pattern, RECORD)


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
    assert matches(pattern, {"a": value}) is method(value, argument)


@pytest.mark.parametrize("name", ["prefix", "suffix", "equals-ignore-case", "numeric"])
@pytest.mark.parametrize("record", [{}, {"a": None}, {"a": True}, {"a": {"b": "a"}}, {"a": []}], ids=json.dumps)
def test_an_operator_does_not_match_a_value_of_another_type(name: str, record: dict[str, Any]) -> None:
    argument = ["<", 100] if name == "numeric" else ""
    assert not matches({"a": [{name: argument}]}, record)


@given(value=numbers, bounds=st.lists(st.tuples(st.sampled_from(sorted(COMPARISONS)), numbers), min_size=1, max_size=2))
def test_numeric_matches_the_numbers_that_pass_each_comparison(value: float, bounds: list[tuple[str, float]]) -> None:
    argument = [part for bound in bounds for part in bound]
    expected = all(COMPARISONS[sign](value, bound) for sign, bound in bounds)
    assert matches({"a": [{"numeric": argument}]}, {"a": value}) is expected


@given(st.lists(texts | numbers, min_size=1), texts | numbers)
def test_anything_but_a_list_matches_the_values_that_are_not_in_it(barred: list[Any], value: Any) -> None:
    assert matches({"a": [{"anything-but": barred}]}, {"a": value}) is (value not in barred)


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
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert matches(as_pattern(wanted), record) == holds(record, wanted)
        assert matches(as_pattern(record), record)
