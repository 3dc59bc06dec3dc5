from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from contract_examples import (
    ARN,
    CHILD,
    EVENT,
    EXPIRY,
    EXPIRY_EVENT,
    INSERT,
    ITERATOR,
    MODIFY,
    NUMBER,
    REMOVE,
    REQUESTS,
    RESPONSES,
    SHARD,
    WINDOW_EVENT,
    lacking,
    spoiled,
)
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import _schemas
from pytest_ddbstreams._exceptions import ContractViolation
from pytest_ddbstreams._operations import OPERATIONS
from pytest_ddbstreams._schemas import (
    LAMBDA_EVENT,
    RECORD,
    Violation,
    check,
    explain,
    violations,
    without_nulls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def clear_caches() -> None:
    for cached in (_schemas._validator, _schemas._explainer, _schemas._read):
        cached.cache_clear()


@pytest.fixture(params=["jsonschema_rs", "jsonschema"])
def _either_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "jsonschema":
        monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    else:
        pytest.importorskip("jsonschema_rs", reason="jsonschema-rs has no wheel for this Python")
    clear_caches()
    yield
    clear_caches()


either_library = pytest.mark.usefixtures("_either_library")


# Requests


@either_library
@pytest.mark.parametrize("operation", REQUESTS)
def test_a_valid_request_has_no_violations(operation: str) -> None:
    assert violations(f"{OPERATIONS[operation].schema}.request", REQUESTS[operation]) == ()


@either_library
def test_a_missing_member_has_a_path_and_no_value() -> None:
    assert violations("get-records.request", {}) == (
        Violation(("ShardIterator",), "required", None, ("ShardIterator",)),
    )


@either_library
def test_a_text_that_is_too_short_has_the_least_length_as_its_bound() -> None:
    assert violations("describe-stream.request", {"StreamArn": "arn"}) == (
        Violation(("StreamArn",), "minLength", "arn", 37),
    )


@either_library
def test_a_number_that_is_too_small_has_the_minimum_as_its_bound() -> None:
    assert violations("list-streams.request", {"Limit": 0}) == (Violation(("Limit",), "minimum", 0, 1),)


@either_library
def test_a_text_that_does_not_match_has_the_pattern_as_its_bound() -> None:
    assert violations("list-streams.request", {"TableName": "a/b/c"}) == (
        Violation(("TableName",), "pattern", "a/b/c", "^(?:[a-zA-Z0-9_.-]+)$"),
    )


@either_library
def test_a_text_with_a_newline_behind_it_does_not_match() -> None:
    (violation,) = violations("list-streams.request", {"TableName": "orders\n"})
    assert violation.rule == "pattern"


@either_library
def test_an_unknown_value_has_the_tuple_of_allowed_values_as_its_bound() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "ShardFilter.Type", "PARENTS")
    assert violations("describe-stream.request", request) == (
        Violation(("ShardFilter", "Type"), "enum", "PARENTS", ("CHILD_SHARDS",)),
    )


@either_library
def test_a_member_of_a_member_has_its_whole_path() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "ShardFilter.ShardId", "shardId-1")
    (violation,) = violations("describe-stream.request", request)
    assert violation.path == ("ShardFilter", "ShardId")


@either_library
def test_a_value_of_the_wrong_type_breaks_no_other_rule() -> None:
    request = spoiled(REQUESTS["GetShardIterator"], "ShardIteratorType", 3)
    assert violations("get-shard-iterator.request", request) == (
        Violation(("ShardIteratorType",), "type", 3, "string"),
    )


@either_library
def test_violations_are_in_the_order_of_members_and_rules() -> None:
    request = {"SequenceNumber": "1", "ShardIteratorType": "NEWEST"}
    found = violations("get-shard-iterator.request", request)
    assert [(violation.path, violation.rule) for violation in found] == [
        (("SequenceNumber",), "minLength"),
        (("ShardId",), "required"),
        (("ShardIteratorType",), "enum"),
        (("StreamArn",), "required"),
    ]


def test_violations_in_a_list_are_in_the_order_of_the_indexes() -> None:
    entries = [{"S": 1} for _ in range(11)]
    record = spoiled(INSERT, "dynamodb.NewImage", {"list": {"L": entries}})
    assert [violation.path[-2] for violation in violations(RECORD, record)] == list(range(11))


@either_library
def test_unknown_members_of_a_request_pass() -> None:
    assert violations("get-records.request", REQUESTS["GetRecords"] | {"Colour": {"deep": [None]}}) == ()


def test_without_nulls_removes_members_at_every_level_and_keeps_entries_of_lists() -> None:
    assert without_nulls({"a": None, "b": [None], "c": {"d": None, "e": 0}}) == {"b": [None], "c": {"e": 0}}


@either_library
def test_true_is_not_a_number() -> None:
    (violation,) = violations("get-records.request", REQUESTS["GetRecords"] | {"Limit": True})
    assert violation.rule == "type"


@either_library
def test_a_number_beyond_64_bits_is_an_integer() -> None:
    assert violations("get-records.request", REQUESTS["GetRecords"] | {"Limit": 2**70}) == ()


@either_library
def test_the_length_of_a_text_is_counted_in_characters() -> None:
    assert violations("get-records.request", {"ShardIterator": "😀" * 2048}) == ()


@either_library
def test_half_a_surrogate_pair_counts_as_a_character() -> None:
    assert violations("get-records.request", {"ShardIterator": "\ud800"}) == ()


# Responses


@either_library
@pytest.mark.parametrize("operation", RESPONSES)
def test_a_valid_response_passes(operation: str) -> None:
    check(f"{OPERATIONS[operation].schema}.response", "the response", RESPONSES[operation])


@either_library
def test_the_error_of_an_invalid_response_names_the_bug_the_place_and_the_rule() -> None:
    response = spoiled(RESPONSES["GetRecords"], "Records.0.dynamodb.SequenceNumber", "12")
    with pytest.raises(ContractViolation) as caught:
        check("get-records.response", "the response of GetRecords", response)
    assert str(caught.value) == (
        "the response of GetRecords breaks the schema of the API. This is a bug in pytest-ddbstreams, not in "
        "the code under test; please report it with these lines:\n"
        "Records[0].dynamodb.SequenceNumber: '12' breaks minLength 21"
    )


@either_library
@pytest.mark.parametrize("record", [INSERT, MODIFY, REMOVE, EXPIRY], ids=["insert", "modify", "remove", "ttl"])
def test_a_valid_record_passes(record: dict[str, Any]) -> None:
    assert violations(RECORD, record) == ()


@either_library
@pytest.mark.parametrize("event", [EVENT, EXPIRY_EVENT, WINDOW_EVENT], ids=["insert", "ttl", "window"])
def test_a_valid_event_passes(event: dict[str, Any]) -> None:
    assert violations(LAMBDA_EVENT, event) == ()


# Records of a test


@either_library
def test_a_member_that_does_not_apply_has_its_own_path() -> None:
    record = spoiled(REMOVE, "dynamodb.NewImage", {"pk": {"S": "o#1"}})
    (violation,) = violations(RECORD, record)
    assert (violation.path, violation.rule) == (("dynamodb", "NewImage"), "not")


@either_library
def test_a_member_that_two_rules_forbid_is_one_violation() -> None:
    record = spoiled(REMOVE | {"dynamodb": MODIFY["dynamodb"]}, "dynamodb.StreamViewType", "OLD_IMAGE")
    (violation,) = violations(RECORD, record)
    assert violation.path == ("dynamodb", "NewImage")


@either_library
def test_each_unknown_member_is_a_violation_with_its_path_and_value() -> None:
    record = INSERT | {"colour": "red", "age": 3}
    assert violations(RECORD, record) == (
        Violation(("age",), "additionalProperties", 3, bound=False),
        Violation(("colour",), "additionalProperties", "red", bound=False),
    )


@either_library
def test_bytes_have_the_wrong_type() -> None:
    record = spoiled(INSERT, "dynamodb.NewImage.photo.B", b"\0")
    (violation,) = violations(RECORD, record)
    assert violation == Violation(("dynamodb", "NewImage", "photo", "B"), "type", b"\0", "string")


@either_library
def test_a_key_that_is_not_text_has_the_wrong_type() -> None:
    image: dict[Any, Any] = {"pk": {"S": "o#1"}, 7: {"S": "seven"}, None: {"S": 0}}
    record = spoiled(INSERT, "dynamodb.NewImage", image)
    assert {violation.rule for violation in violations(RECORD, record)} == {"type"}


@either_library
def test_a_text_in_place_of_a_record_has_the_wrong_type() -> None:
    assert violations(RECORD, "record") == (Violation((), "type", "record", "object"),)


# Texts


def test_the_place_of_the_whole_document_has_a_name() -> None:
    assert explain([Violation((), "type", 3, "object")]) == "the document: 3 breaks type 'object'"


def test_the_line_of_a_missing_member_says_that_it_is_missing() -> None:
    assert explain([Violation(("a", 0, "b"), "required", None, ("b",))]) == "a[0].b: is missing (required)"


@pytest.mark.parametrize("rule", ["additionalProperties", "not"])
def test_the_line_of_a_forbidden_member_says_that_it_must_not_be_there(rule: str) -> None:
    assert explain([Violation(("a",), rule, 3, None)]) == f"a: 3 must not be there ({rule})"


def test_a_long_value_is_cut_in_the_line() -> None:
    text = explain([Violation(("a",), "maxLength", "x" * 1000, 40)])
    assert text == f"a: '{'x' * 37}...{'x' * 38}' breaks maxLength 40"


# The files of the schemas


@pytest.mark.parametrize("place", [0, 1], ids=["the wheel's folder first", "the repository's folder else"])
def test_schemas_are_read_from(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = (tmp_path / "wheel", tmp_path / "repository")
    for folder in folders[place:]:
        folder.mkdir()
        (folder / "record.json").write_text(f'{{"const": "{folder.name}"}}')
    monkeypatch.setattr(_schemas, "_FOLDERS", folders)
    clear_caches()
    assert violations("record", folders[place].name) == ()
    clear_caches()


def imported_after(code: str) -> set[str]:
    script = f"import sys\nfrom pytest_ddbstreams import _schemas as c\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_no_library_is_imported_before_the_first_document() -> None:
    assert imported_after("").isdisjoint({"jsonschema", "jsonschema_rs", "botocore"})


def test_jsonschema_is_not_imported_for_a_document_that_fits() -> None:
    pytest.importorskip("jsonschema_rs", reason="jsonschema-rs has no wheel for this Python")
    code = "c.violations('get-records.request', {'ShardIterator': 'x'})"
    assert "jsonschema" not in imported_after(code)


# The agreement of the two libraries

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 1e300, 2**64, -(2**64), 10**400),
    *("", "\n", "1\n", "x" * 40, "😀" * 255, "é" * 1025, "\uff11" * 21, "AAE", "AAE=", "AAE=\n"),
    *([], {}, [None], [{}], {"S": "x"}, {"": {"S": ""}}, {"x": 1}, {"x": None}, {"S": "x", "N": "1"}),
    *("INSERT", "MODIFY", "REMOVE", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "ENABLING", "DISABLED"),
    *(ARN, SHARD, CHILD, NUMBER, ITERATOR, f"{ARN}\n", f"{ITERATOR}\n", f"{ITERATOR} "),
]
NAMES = ["colour", "NewImage", "OldImage", "userIdentity", "window", "Timestamp", "S", "M"]
DOCUMENTS = [
    *((f"{OPERATIONS[operation].schema}.request", document) for operation, document in REQUESTS.items()),
    *((f"{OPERATIONS[operation].schema}.response", document) for operation, document in RESPONSES.items()),
    *(("record", record) for record in (INSERT, MODIFY, REMOVE, EXPIRY)),
    *(("lambda-event", event) for event in (EVENT, EXPIRY_EVENT, WINDOW_EVENT)),
]


def places(node: Any, path: str = "") -> Iterator[str]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield f"{path}{step}"
        yield from places(child, f"{path}{step}.")


def spoiled_at_random(document: dict[str, Any], spoil: tuple[str, int, str, Any]) -> dict[str, Any]:
    way, place, name, value = spoil
    here = [*places(document)] or ["Records"]
    path = here[place % len(here)]
    if way == "replace" or path not in places(document):
        return spoiled(document, path, value)
    if way == "remove":
        return lacking(document, path)
    *parents, last = path.split(".")
    return spoiled(document, path if last.isdigit() else ".".join([*parents, name]), value)


SPOILS = st.tuples(
    st.sampled_from(["replace", "remove", "add"]),
    st.integers(0, 200),
    st.sampled_from(NAMES),
    st.sampled_from(VALUES) | st.text("01aZ/=é😀\n |", max_size=45),
)


@given(st.sampled_from(DOCUMENTS), st.lists(SPOILS, max_size=3))
def test_both_libraries_give_the_same_verdict(
    case: tuple[str, dict[str, Any]], spoils: list[tuple[str, int, str, Any]]
) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs has no wheel for this Python")
    schema, document = case
    for spoil in spoils:
        document = spoiled_at_random(document, spoil)
    quick = jsonschema_rs.Draft202012Validator(_schemas._read(schema)).is_valid(document)
    assert quick == _schemas._explainer(schema).is_valid(document), explain(_schemas._objections(schema, document))
