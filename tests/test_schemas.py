from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
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
from pytest_ddbstreams._schemas import (
    Violation,
    check_lambda_event,
    check_record,
    check_response,
    explain,
    record_violations,
    request_violations,
    without_nulls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def forget() -> None:
    for remembered in (_schemas._verdict, _schemas._explainer, _schemas._read):
        remembered.cache_clear()


@pytest.fixture(params=["jsonschema_rs", "jsonschema"])
def _either_judge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "jsonschema":
        monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    else:
        pytest.importorskip("jsonschema_rs", reason="jsonschema-rs has no wheel for this Python")
    forget()
    yield
    forget()


either_judge = pytest.mark.usefixtures("_either_judge")


# --- requests


@either_judge
@pytest.mark.parametrize("operation", REQUESTS)
def test_a_good_request_has_no_violations(operation: str) -> None:
    assert request_violations(operation, REQUESTS[operation]) == ()


@either_judge
def test_a_missing_member_is_told_with_its_own_path_and_no_value() -> None:
    assert request_violations("GetRecords", {}) == (
        Violation(("ShardIterator",), "required", None, ("ShardIterator",)),
    )


@either_judge
def test_a_short_text_is_told_with_the_least_length() -> None:
    assert request_violations("DescribeStream", {"StreamArn": "arn"}) == (
        Violation(("StreamArn",), "minLength", "arn", 37),
    )


@either_judge
def test_a_small_number_is_told_with_the_minimum() -> None:
    assert request_violations("ListStreams", {"Limit": 0}) == (Violation(("Limit",), "minimum", 0, 1),)


@either_judge
def test_a_text_outside_the_pattern_is_told_with_the_pattern() -> None:
    assert request_violations("ListStreams", {"TableName": "a/b/c"}) == (
        Violation(("TableName",), "pattern", "a/b/c", "^(?:[a-zA-Z0-9_.-]+)$"),
    )


@either_judge
def test_a_newline_after_the_end_breaks_a_pattern() -> None:
    (violation,) = request_violations("ListStreams", {"TableName": "orders\n"})
    assert violation.rule == "pattern"


@either_judge
def test_an_unknown_value_is_told_with_the_tuple_of_known_ones() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "ShardFilter.Type", "PARENTS")
    assert request_violations("DescribeStream", request) == (
        Violation(("ShardFilter", "Type"), "enum", "PARENTS", ("CHILD_SHARDS",)),
    )


@either_judge
def test_a_member_of_a_member_is_told_with_the_whole_path() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "ShardFilter.ShardId", "shardId-1")
    (violation,) = request_violations("DescribeStream", request)
    assert violation.path == ("ShardFilter", "ShardId")


@either_judge
def test_a_value_of_the_wrong_type_breaks_no_other_rule() -> None:
    request = spoiled(REQUESTS["GetShardIterator"], "ShardIteratorType", 3)
    assert request_violations("GetShardIterator", request) == (Violation(("ShardIteratorType",), "type", 3, "string"),)


@either_judge
def test_several_violations_come_in_the_order_of_the_members_then_of_the_rules() -> None:
    request = {"SequenceNumber": "1", "ShardIteratorType": "NEWEST"}
    told = [(violation.path, violation.rule) for violation in request_violations("GetShardIterator", request)]
    assert told == [
        (("SequenceNumber",), "minLength"),
        (("ShardId",), "required"),
        (("ShardIteratorType",), "enum"),
        (("StreamArn",), "required"),
    ]


def test_entries_of_a_list_come_in_the_order_of_their_indexes() -> None:
    entries = [{"S": 1} for _ in range(11)]
    record = spoiled(INSERT, "dynamodb.NewImage", {"list": {"L": entries}})
    assert [violation.path[-2] for violation in record_violations(record)] == list(range(11))


@either_judge
def test_unknown_members_of_a_request_pass() -> None:
    assert request_violations("GetRecords", REQUESTS["GetRecords"] | {"Colour": {"deep": [None]}}) == ()


@either_judge
def test_a_required_member_that_is_null_is_missing() -> None:
    (violation,) = request_violations("GetRecords", {"ShardIterator": None})
    assert violation == Violation(("ShardIterator",), "required", None, ("ShardIterator",))


@either_judge
def test_an_optional_member_that_is_null_is_not_there() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "Limit", None)
    assert request_violations("DescribeStream", request) == ()


@either_judge
def test_a_null_within_a_member_is_not_there_either() -> None:
    request = spoiled(REQUESTS["DescribeStream"], "ShardFilter.ShardId", None)
    assert request_violations("DescribeStream", request) == ()


def test_without_nulls_leaves_the_entries_of_lists_alone() -> None:
    assert without_nulls({"a": None, "b": [None], "c": {"d": None, "e": 0}}) == {"b": [None], "c": {"e": 0}}


def test_a_request_may_be_any_mapping() -> None:
    assert request_violations("GetRecords", MappingProxyType(REQUESTS["GetRecords"])) == ()


@either_judge
def test_true_is_no_number() -> None:
    (violation,) = request_violations("GetRecords", REQUESTS["GetRecords"] | {"Limit": True})
    assert violation.rule == "type"


@either_judge
def test_a_number_may_be_larger_than_the_machine_s() -> None:
    assert request_violations("GetRecords", REQUESTS["GetRecords"] | {"Limit": 2**70}) == ()


@either_judge
def test_lengths_count_characters_and_not_bytes() -> None:
    assert request_violations("GetRecords", {"ShardIterator": "😀" * 2048}) == ()


@either_judge
def test_half_a_surrogate_pair_is_a_character() -> None:
    assert request_violations("GetRecords", {"ShardIterator": "\ud800"}) == ()


# --- responses


@either_judge
@pytest.mark.parametrize("operation", RESPONSES)
def test_a_good_response_passes(operation: str) -> None:
    check_response(operation, RESPONSES[operation])


@either_judge
def test_a_bad_response_is_a_bug_of_ours_and_the_text_says_where_and_why() -> None:
    response = spoiled(RESPONSES["GetRecords"], "Records.0.dynamodb.SequenceNumber", "12")
    with pytest.raises(ContractViolation) as caught:
        check_response("GetRecords", response)
    assert str(caught.value) == (
        "the response of GetRecords breaks the schema of the API. This is a bug in pytest-ddbstreams, not in "
        "the code under test; please report it with these lines:\n"
        "Records[0].dynamodb.SequenceNumber: '12' breaks minLength 21"
    )


def test_a_bad_record_is_a_bug_of_ours() -> None:
    with pytest.raises(ContractViolation, match="a stream record breaks the schema"):
        check_record(lacking(INSERT, "eventID"))


def test_a_bad_event_is_a_bug_of_ours() -> None:
    with pytest.raises(ContractViolation, match="a Lambda event breaks the schema"):
        check_lambda_event({"Records": [INSERT]})


@either_judge
@pytest.mark.parametrize("record", [INSERT, MODIFY, REMOVE, EXPIRY], ids=["insert", "modify", "remove", "ttl"])
def test_a_good_record_passes(record: dict[str, Any]) -> None:
    check_record(record)


@either_judge
@pytest.mark.parametrize("event", [EVENT, EXPIRY_EVENT, WINDOW_EVENT], ids=["insert", "ttl", "window"])
def test_a_good_event_passes(event: dict[str, Any]) -> None:
    check_lambda_event(event)


# --- records that a test made up


def test_a_good_record_has_no_violations() -> None:
    assert record_violations(INSERT) == ()


@either_judge
def test_a_member_that_does_not_apply_is_told_with_its_own_path() -> None:
    record = spoiled(REMOVE, "dynamodb.NewImage", {"pk": {"S": "o#1"}})
    (violation,) = record_violations(record)
    assert (violation.path, violation.rule) == (("dynamodb", "NewImage"), "not")


@either_judge
def test_a_member_that_two_rules_forbid_is_told_once() -> None:
    record = spoiled(REMOVE | {"dynamodb": MODIFY["dynamodb"]}, "dynamodb.StreamViewType", "OLD_IMAGE")
    (violation,) = record_violations(record)
    assert violation.path == ("dynamodb", "NewImage")


@either_judge
def test_each_unknown_member_of_a_record_is_told_with_its_own_path_and_value() -> None:
    record = INSERT | {"colour": "red", "age": 3}
    assert record_violations(record) == (
        Violation(("age",), "additionalProperties", 3, bound=False),
        Violation(("colour",), "additionalProperties", "red", bound=False),
    )


@either_judge
def test_bytes_are_no_json() -> None:
    record = spoiled(INSERT, "dynamodb.NewImage.photo.B", b"\0")
    (violation,) = record_violations(record)
    assert violation == Violation(("dynamodb", "NewImage", "photo", "B"), "type", b"\0", "string")


@either_judge
def test_a_number_is_no_attribute_name() -> None:
    image: dict[Any, Any] = {"pk": {"S": "o#1"}, 7: {"S": "seven"}, None: {"S": 0}}
    record = spoiled(INSERT, "dynamodb.NewImage", image)
    assert {violation.rule for violation in record_violations(record)} == {"type"}


@either_judge
def test_a_record_is_a_mapping() -> None:
    assert record_violations("record") == (Violation((), "type", "record", "object"),)


# --- texts


def test_the_document_itself_has_a_name() -> None:
    assert explain([Violation((), "type", 3, "object")]) == "the document: 3 breaks type 'object'"


def test_what_is_missing_is_said_to_be_missing() -> None:
    assert explain([Violation(("a", 0, "b"), "required", None, ("b",))]) == "a[0].b: is missing (required)"


@pytest.mark.parametrize("rule", ["additionalProperties", "not"])
def test_what_must_not_be_there_is_said_so(rule: str) -> None:
    assert explain([Violation(("a",), rule, 3, None)]) == f"a: 3 must not be there ({rule})"


def test_a_long_value_is_cut() -> None:
    text = explain([Violation(("a",), "maxLength", "x" * 1000, 40)])
    assert text == f"a: '{'x' * 79}… breaks maxLength 40"


# --- where the schemas are, and what they cost


@pytest.mark.parametrize("place", [0, 1], ids=["the wheel's folder first", "the repository's folder else"])
def test_schemas_are_found_in(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = (tmp_path / "wheel", tmp_path / "repository")
    for folder in folders[place:]:
        folder.mkdir()
        (folder / "record.json").write_text(f'{{"title": "{folder.name}"}}')
    monkeypatch.setattr(_schemas, "_FOLDERS", folders)
    forget()
    assert _schemas._read("record") == {"title": folders[place].name}
    forget()


def test_the_wheel_s_folder_is_in_the_package_and_the_repository_s_beside_it() -> None:
    package = Path(_schemas.__file__).parent
    assert (package / "schemas", package.parent / "schemas") == _schemas._FOLDERS


def imported_after(code: str) -> set[str]:
    script = f"import sys\nfrom pytest_ddbstreams import _schemas as c\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


def test_nothing_is_imported_before_the_first_document() -> None:
    assert imported_after("").isdisjoint({"jsonschema", "jsonschema_rs", "botocore"})


def test_a_document_that_passes_does_not_import_the_explainer() -> None:
    pytest.importorskip("jsonschema_rs", reason="jsonschema-rs has no wheel for this Python")
    code = "c.request_violations('GetRecords', {'ShardIterator': 'x'})"
    assert "jsonschema" not in imported_after(code)


# --- the two libraries agree

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 1e300, 2**64, -(2**64), 10**400),
    *("", "\n", "1\n", "x" * 40, "😀" * 255, "é" * 1025, "\uff11" * 21, "AAE", "AAE=", "AAE=\n"),
    *([], {}, [None], [{}], {"S": "x"}, {"": {"S": ""}}, {"x": 1}, {"x": None}, {"S": "x", "N": "1"}),
    *("INSERT", "MODIFY", "REMOVE", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "ENABLING", "DISABLED"),
    *(ARN, SHARD, CHILD, NUMBER, ITERATOR, f"{ARN}\n", f"{ITERATOR}\n", f"{ITERATOR} "),
]
NAMES = ["colour", "NewImage", "OldImage", "userIdentity", "window", "Timestamp", "S", "M"]
DOCUMENTS = [
    *((_schemas._schema_of(operation, "request"), document) for operation, document in REQUESTS.items()),
    *((_schemas._schema_of(operation, "response"), document) for operation, document in RESPONSES.items()),
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
