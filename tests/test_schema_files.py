from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from contract_examples import (
    ARN,
    EVENT,
    EXPIRY,
    EXPIRY_EVENT,
    INSERT,
    MODIFY,
    REMOVE,
    REQUESTS,
    RESPONSES,
    WINDOW_EVENT,
    lacking,
    spoiled,
)
from jsonschema import Draft202012Validator

import generate
from changes import changes
from facts import FACTS
from pytest_ddbstreams import _schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(generate.__file__)
MODEL = generate.service_model()
FRESH = generate.schemas_of(MODEL)
KEPT = generate.checked_in()
REQUEST_FILES = [file for file in KEPT if file.endswith(".request.json")]
CLOSED_FILES = [file for file in KEPT if file not in REQUEST_FILES]
NEWEST_MEMBER = "Timestamp" in MODEL["shapes"]["GetShardIteratorInput"]["members"]


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        schema = [*schema.values()]
    if isinstance(schema, list):
        for child in schema:
            yield from nodes(child)


# The files


def test_the_files_agree_with_the_installed_botocore() -> None:
    found = changes(FRESH, KEPT)
    assert not found, "AWS changed the API; run schemas/generate.py and see to:\n" + "\n".join(found)


@pytest.mark.skipif(not NEWEST_MEMBER, reason="this botocore is older than the schemas")
@pytest.mark.parametrize("file", sorted(FRESH))
def test_the_file_is_what_the_generator_writes(file: str) -> None:
    assert (SCRIPT.parent / file).read_bytes() == generate.text_of(FRESH[file]).encode()


def test_a_file_is_sorted_and_ends_with_a_newline() -> None:
    assert generate.text_of({"b": {"d": 1, "c": 2}, "a": 3}) == (
        '{\n  "a": 3,\n  "b": {\n    "c": 2,\n    "d": 1\n  }\n}\n'
    )


def test_there_are_schemas_of_four_operations_the_record_and_the_event() -> None:
    names = ["describe-stream", "get-records", "get-shard-iterator", "list-streams"]
    pairs = [f"{name}.{side}.json" for name in names for side in ("request", "response")]
    assert sorted(KEPT) == sorted([*pairs, "lambda-event.json", "record.json"])


@pytest.mark.parametrize("file", KEPT)
def test_the_file_is_a_valid_schema_of_draft_2020_12(file: str) -> None:
    assert KEPT[file]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(KEPT[file])


@pytest.mark.parametrize("file", KEPT)
def test_the_file_has_an_id_a_title_and_its_origin(file: str) -> None:
    assert KEPT[file]["$id"].endswith(f"/{file}")
    assert KEPT[file]["title"]
    assert "schemas/generate.py" in KEPT[file]["$comment"]


@pytest.mark.parametrize("file", KEPT)
def test_the_file_refers_to_nothing_outside_itself(file: str) -> None:
    refs = {node["$ref"] for node in nodes(KEPT[file]) if "$ref" in node}
    assert refs <= {f"#/$defs/{name}" for name in KEPT[file].get("$defs", {})}


@pytest.mark.parametrize("file", KEPT)
def test_every_pattern_is_anchored_at_both_ends(file: str) -> None:
    patterns = [node["pattern"] for node in nodes(KEPT[file]) if isinstance(node.get("pattern"), str)]
    assert all(pattern.startswith("^(?:") and pattern.endswith(")$") for pattern in patterns)


@pytest.mark.parametrize("file", CLOSED_FILES)
def test_every_structure_in_a_response_is_closed(file: str) -> None:
    structures = [node for node in nodes(KEPT[file]) if node.get("type") == "object" and "properties" in node]
    assert structures
    assert [node for node in structures if node.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("file", REQUEST_FILES)
def test_a_request_has_only_keywords_with_a_sentence_of_the_service(file: str) -> None:
    known = {"enum", "maxLength", "minLength", "minimum", "pattern", "required", "type"}
    shapes = [KEPT[file], *KEPT[file].get("$defs", {}).values()]
    keywords = {keyword for shape in shapes for keyword in shape if not keyword.startswith("$")}
    assert keywords <= known | {"properties", "title"}


@pytest.mark.parametrize("file", REQUEST_FILES)
def test_a_member_of_a_request_refers_to_its_shape_only(file: str) -> None:
    members = [member for node in nodes(KEPT[file]) for member in node.get("properties", {}).values()]
    assert {tuple(member) for member in members} == {("$ref",)}


def test_every_fact_names_a_shape_or_member_of_the_model() -> None:
    shapes = MODEL["shapes"]
    for target, _ in FACTS:
        shape, _, member = target.partition(".")
        assert not member or member in shapes[shape]["members"]


# Facts, by example

DESCRIPTION = RESPONSES["DescribeStream"]
LISTING = RESPONSES["ListStreams"]
ENABLING = spoiled(DESCRIPTION, "StreamDescription.StreamStatus", "ENABLING")
DISABLED = spoiled(DESCRIPTION, "StreamDescription.StreamStatus", "DISABLED")
KEYS_ONLY = lacking(spoiled(INSERT, "dynamodb.StreamViewType", "KEYS_ONLY"), "dynamodb.NewImage")
NEW_IMAGE = spoiled(MODIFY, "dynamodb.StreamViewType", "NEW_IMAGE")
OLD_IMAGE = spoiled(MODIFY, "dynamodb.StreamViewType", "OLD_IMAGE")

HOLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "an empty list of streams": ("list-streams.response", {"Streams": []}),
    "a hundred streams": ("list-streams.response", {"Streams": LISTING["Streams"] * 100}),
    "an open shard": ("describe-stream.response", DESCRIPTION),
    "a stream that is being enabled and has no shards": (
        "describe-stream.response",
        spoiled(ENABLING, "StreamDescription.Shards", []),
    ),
    "a disabled stream whose shards are closed": (
        "describe-stream.response",
        lacking(DISABLED, "StreamDescription.Shards.1"),
    ),
    "an empty page at a shard's end": ("get-records.response", {"Records": []}),
    "a thousand records": ("get-records.response", {"Records": [INSERT] * 1000}),
    "an insert": ("record", INSERT),
    "a modification": ("record", MODIFY),
    "a removal": ("record", REMOVE),
    "a removal by Time To Live": ("record", EXPIRY),
    "another version": ("record", spoiled(INSERT, "eventVersion", "2.0")),
    "an insert with an identity": ("record", INSERT | {"userIdentity": EXPIRY["userIdentity"]}),
    "a removal by another service": ("record", spoiled(EXPIRY, "userIdentity.PrincipalId", "lambda.amazonaws.com")),
    "a removal by another kind of identity": ("record", spoiled(EXPIRY, "userIdentity.Type", "User")),
    "an event with an insert that has an identity": (
        "lambda-event",
        spoiled(EVENT, "Records.0.userIdentity", {"principalId": "lambda.amazonaws.com", "type": "Service"}),
    ),
    "a record of keys only": ("record", KEYS_ONLY),
    "a record with the new image only": ("record", lacking(NEW_IMAGE, "dynamodb.OldImage")),
    "a record with the old image only": ("record", lacking(OLD_IMAGE, "dynamodb.NewImage")),
    "an insert that shows old images": (
        "record",
        spoiled(KEYS_ONLY, "dynamodb.StreamViewType", "OLD_IMAGE"),
    ),
    "a removal that shows new images": (
        "record",
        lacking(spoiled(REMOVE, "dynamodb.StreamViewType", "NEW_IMAGE"), "dynamodb.OldImage"),
    ),
    "an event": ("lambda-event", EVENT),
    "an event whose times are floats": (
        "lambda-event",
        spoiled(EVENT, "Records.0.dynamodb.ApproximateCreationDateTime", 1767225600.0),
    ),
    "an event of a removal by Time To Live": ("lambda-event", EXPIRY_EVENT),
    "an event that ends a window": ("lambda-event", WINDOW_EVENT),
}

BREAKS: dict[str, tuple[str, dict[str, Any]]] = {
    "no list of streams": ("list-streams.response", {}),
    "more than a hundred streams": ("list-streams.response", {"Streams": LISTING["Streams"] * 101}),
    "a label that is not an instant": (
        "list-streams.response",
        spoiled(LISTING, "Streams.0.StreamLabel", "2026-01-01"),
    ),
    "a described label that is not an instant": (
        "describe-stream.response",
        spoiled(DESCRIPTION, "StreamDescription.StreamLabel", "2026-01-01"),
    ),
    "an ARN that is no stream's": (
        "list-streams.response",
        spoiled(LISTING, "LastEvaluatedStreamArn", ARN.replace("stream", "export")),
    ),
    "no description": ("describe-stream.response", {}),
    "a stream that is being enabled and has shards": ("describe-stream.response", ENABLING),
    "a disabled stream with an open shard": ("describe-stream.response", DISABLED),
    "three keys": (
        "describe-stream.response",
        spoiled(
            DESCRIPTION,
            "StreamDescription.KeySchema",
            [{"AttributeName": "pk", "KeyType": "HASH"}] * 3,
        ),
    ),
    "more than a hundred shards": (
        "describe-stream.response",
        spoiled(
            DESCRIPTION,
            "StreamDescription.Shards",
            DESCRIPTION["StreamDescription"]["Shards"] * 51,
        ),
    ),
    "a shard id of another shape": (
        "describe-stream.response",
        spoiled(DESCRIPTION, "StreamDescription.Shards.0.ShardId", "shard-" + "0" * 30),
    ),
    "a shard without a range": (
        "describe-stream.response",
        lacking(DESCRIPTION, "StreamDescription.Shards.0.SequenceNumberRange"),
    ),
    "a range without a start": (
        "describe-stream.response",
        lacking(DESCRIPTION, "StreamDescription.Shards.1.SequenceNumberRange.StartingSequenceNumber"),
    ),
    "no iterator": ("get-shard-iterator.response", {}),
    "an iterator without a stream": ("get-shard-iterator.response", {"ShardIterator": "AAAA"}),
    "no list of records": ("get-records.response", {}),
    "more than a thousand records": ("get-records.response", {"Records": [INSERT] * 1001}),
    "a null where a shard has ended": ("get-records.response", {"Records": [], "NextShardIterator": None}),
    "an upper-case id": ("record", spoiled(INSERT, "eventID", "ABCDEF0123456789" * 2)),
    "a version that is no text": ("record", spoiled(INSERT, "eventVersion", 1.1)),
    "another source": ("record", spoiled(INSERT, "eventSource", "aws:kinesis")),
    "a region with a blank": ("record", spoiled(INSERT, "awsRegion", "us east")),
    "a fraction of a second": (
        "record",
        spoiled(INSERT, "dynamodb.ApproximateCreationDateTime", 1767225600.5),
    ),
    "a sequence number with a letter": (
        "record",
        spoiled(INSERT, "dynamodb.SequenceNumber", "10000000000321825636x"),
    ),
    "no keys": ("record", spoiled(INSERT, "dynamodb.Keys", {})),
    "too many keys": (
        "record",
        spoiled(INSERT, "dynamodb.Keys", {"a": {"S": ""}, "b": {"S": ""}, "c": {"S": ""}}),
    ),
    "an empty new image": ("record", spoiled(MODIFY, "dynamodb.NewImage", {})),
    "an empty old image": ("record", spoiled(MODIFY, "dynamodb.OldImage", {})),
    "an insert with an old image": ("record", MODIFY | {"eventName": "INSERT"}),
    "a removal with a new image": ("record", MODIFY | {"eventName": "REMOVE"}),
    "an insert without its new image": ("record", lacking(INSERT, "dynamodb.NewImage")),
    "a removal without its old image": ("record", lacking(REMOVE, "dynamodb.OldImage")),
    "an old image among new images": ("record", NEW_IMAGE),
    "a new image among old images": ("record", OLD_IMAGE),
    "an image among keys only": ("record", spoiled(INSERT, "dynamodb.StreamViewType", "KEYS_ONLY")),
    "an identity that is no text": ("record", spoiled(EXPIRY, "userIdentity.Type", 5)),
    "a value without a type": ("record", spoiled(INSERT, "dynamodb.NewImage.pk", {})),
    "a value of two types": ("record", spoiled(INSERT, "dynamodb.NewImage.pk", {"S": "1", "N": "1"})),
    "a value of an unknown type": ("record", spoiled(INSERT, "dynamodb.NewImage.pk", {"D": "1"})),
    "a blob that is no base64": ("record", spoiled(INSERT, "dynamodb.NewImage.photo.B", "AAE")),
    "a record of an event without the stream's ARN": ("lambda-event", {"Records": [INSERT]}),
    "an event without records": ("lambda-event", {"Records": []}),
    "an event with a capital identity": (
        "lambda-event",
        spoiled(EXPIRY_EVENT, "Records.0.userIdentity", EXPIRY["userIdentity"]),
    ),
    "an event with a shard but no window": ("lambda-event", lacking(WINDOW_EVENT, "window")),
}


@pytest.mark.parametrize("fact", HOLDS)
def test_the_schemas_allow(fact: str) -> None:
    schema, document = HOLDS[fact]
    assert _schemas.violations(schema, document) == ()


@pytest.mark.parametrize("fact", BREAKS)
def test_the_schemas_refuse(fact: str) -> None:
    schema, document = BREAKS[fact]
    assert _schemas.violations(schema, document)


ALWAYS_THERE = [
    *(("list-streams.response", LISTING, f"Streams.0.{name}") for name in LISTING["Streams"][0]),
    *(
        ("describe-stream.response", DESCRIPTION, f"StreamDescription.{name}")
        for name in DESCRIPTION["StreamDescription"]
        if name != "LastEvaluatedShardId"
    ),
    *(("record", INSERT, name) for name in INSERT),
    *(("record", INSERT, f"dynamodb.{name}") for name in INSERT["dynamodb"]),
    *(("record", EXPIRY, f"userIdentity.{name}") for name in EXPIRY["userIdentity"]),
    *(("lambda-event", WINDOW_EVENT, name) for name in WINDOW_EVENT),
]


@pytest.mark.parametrize(
    ("schema", "document", "path"), [pytest.param(*case, id=f"{case[0]} {case[2]}") for case in ALWAYS_THERE]
)
def test_a_document_without_this_member_is_refused(schema: str, document: dict[str, Any], path: str) -> None:
    assert _schemas.violations(schema, document) == ()
    assert _schemas.violations(schema, lacking(document, path))


def test_the_schema_of_a_request_has_no_fact_beyond_the_model() -> None:
    request = REQUESTS["GetShardIterator"] | {"SequenceNumber": "x" * 21, "StreamArn": "x" * 37}
    assert _schemas.violations("get-shard-iterator.request", request) == ()


# Changes by AWS


@pytest.fixture
def newer() -> dict[str, Any]:
    model: dict[str, Any] = deepcopy({"shapes": MODEL["shapes"], "operations": MODEL["operations"]})
    return model


def changes_in(model: dict[str, Any]) -> list[str]:
    return changes(generate.schemas_of(model), FRESH)


def test_the_change_of_a_new_member_names_its_type(newer: dict[str, Any]) -> None:
    newer["shapes"]["GetRecordsInput"]["members"]["NotBefore"] = {"shape": "Date"}
    assert changes_in(newer) == ["GetRecords request: new member 'NotBefore' (number)"]


def test_the_change_of_a_new_member_of_a_member_names_the_shape(newer: dict[str, Any]) -> None:
    newer["shapes"]["Shard"]["members"]["Colour"] = {"shape": "String"}
    assert changes_in(newer) == ["DescribeStream response, Shard: new member 'Colour' (string)"]


def test_the_change_of_a_new_structure_names_its_member(newer: dict[str, Any]) -> None:
    newer["shapes"]["Paint"] = {"type": "structure", "members": {"Colour": {"shape": "String"}}}
    newer["shapes"]["Shard"]["members"]["Paint"] = {"shape": "Paint"}
    assert changes_in(newer) == ["DescribeStream response, Shard: new member 'Paint' (object)"]


def test_a_new_enum_value_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["ShardIteratorType"]["enum"].append("AT_BREAKFAST")
    assert changes_in(newer) == ["GetShardIterator request, ShardIteratorType: new enum value 'AT_BREAKFAST'"]


def test_an_enum_that_was_removed_is_a_change(newer: dict[str, Any]) -> None:
    del newer["shapes"]["KeyType"]["enum"]
    assert changes_in(newer) == ['DescribeStream response, KeyType: enum was ["HASH", "RANGE"], is absent']


def test_a_member_that_became_required_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["ListStreamsInput"]["required"] = ["TableName"]
    assert changes_in(newer) == ["ListStreams request: member 'TableName' is required now"]


def test_a_member_that_became_optional_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["GetRecordsInput"]["required"] = []
    assert changes_in(newer) == ["GetRecords request: member 'ShardIterator' is no longer required"]


def test_a_bound_that_moved_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["TableName"]["max"] = 1024
    assert changes_in(newer)[-1] == "ListStreams response, TableName: maxLength was 255, is 1024"


def test_a_new_bound_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["PositiveIntegerObject"]["max"] = 1000
    assert changes_in(newer)[0] == "DescribeStream request, PositiveIntegerObject: maximum was absent, is 1000"


def test_another_shape_of_a_member_is_a_change(newer: dict[str, Any]) -> None:
    newer["shapes"]["GetRecordsInput"]["members"]["Limit"] = {"shape": "String"}
    assert changes_in(newer) == ["GetRecords request: member 'Limit' was PositiveIntegerObject, is String"]


def test_the_change_of_a_member_with_a_new_fact_names_the_fact() -> None:
    fresh = deepcopy(FRESH)
    fresh["record.json"]["properties"]["eventID"]["maxLength"] = 32
    (change,) = changes(fresh, FRESH)
    assert change.endswith('is String {"maxLength": 32, "pattern": "^(?:[0-9a-f]{32})$"}')


def test_the_change_of_a_member_that_is_not_in_the_model_names_its_type() -> None:
    older = deepcopy(FRESH)
    del older["lambda-event.json"]["properties"]["window"]
    assert "Lambda event: new member 'window' (object)" in changes(FRESH, older)


@pytest.mark.parametrize("old", [True, {"type": "string"}])
def test_the_change_of_a_fact_that_is_not_in_the_model_shows_the_fact(old: Any) -> None:
    older = deepcopy(FRESH)
    older["lambda-event.json"]["properties"]["shardId"] = old
    assert changes(FRESH, older) == [f"Lambda event: member 'shardId' was {json.dumps(old)}, is ShardId"]


def test_a_new_operation_is_a_change(newer: dict[str, Any]) -> None:
    newer["operations"]["MergeShards"] = newer["operations"]["GetRecords"]
    assert changes_in(newer) == ["MergeShards request: new", "MergeShards response: new"]


def test_a_member_that_an_older_botocore_lacks_is_no_change(newer: dict[str, Any]) -> None:
    older = newer
    older["shapes"]["ShardIteratorType"]["enum"].remove("LATEST")
    del older["shapes"]["DescribeStreamInput"]["members"]["Limit"]
    del older["shapes"]["Record"]["members"]["userIdentity"]
    older["shapes"]["GetRecordsInput"] |= {
        "members": {"Limit": {"shape": "PositiveIntegerObject"}},
        "required": [],
    }
    assert changes_in(older) == []


def test_a_newer_botocore_fails_these_tests_and_they_name_the_additions(newer: dict[str, Any], tmp_path: Path) -> None:
    newer["metadata"] = MODEL["metadata"]
    newer["shapes"]["Shard"]["members"]["Colour"] = {"shape": "String"}
    newer["shapes"]["ShardIteratorType"]["enum"].append("AT_BREAKFAST")
    # botocore looks for models in the home directory before its own.
    model = tmp_path / ".aws" / "models" / "dynamodbstreams" / MODEL["metadata"]["apiVersion"] / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text(json.dumps(newer), "utf-8")
    test = f"{__file__}::{test_the_files_agree_with_the_installed_botocore.__name__}"
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", SCRIPT.parents[1] / "pyproject.toml", test],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert "DescribeStream response, Shard: new member 'Colour' (string)" in run.stdout
    assert "GetShardIterator request, ShardIteratorType: new enum value 'AT_BREAKFAST'" in run.stdout


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the generator an empty folder for its files."""
    monkeypatch.setattr(generate, "HERE", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_command_writes_the_files() -> None:
    assert generate.main([]) == 0
    assert generate.checked_in() == FRESH


@pytest.mark.usefixtures("folder")
def test_the_check_prints_nothing_without_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    generate.main([])
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("folder")
def test_the_check_prints_the_changes_and_fails(
    newer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    generate.main([])
    newer["shapes"]["ShardIteratorType"]["enum"].append("AT_BREAKFAST")
    monkeypatch.setattr(generate, "service_model", lambda: newer)
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == ("GetShardIterator request, ShardIteratorType: new enum value 'AT_BREAKFAST'\n")


def test_the_check_writes_nothing(folder: Path) -> None:
    generate.main(["--check"])
    assert [*folder.iterdir()] == []


def test_the_script_checks_the_files_beside_it_from_any_folder(tmp_path: Path) -> None:
    run = subprocess.run(  # noqa: S603
        [sys.executable, SCRIPT, "--check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_script_writes_beside_itself_from_any_folder(tmp_path: Path) -> None:
    for source in SCRIPT.parent.glob("*.py"):
        copy = tmp_path / "schemas" / source.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(source.read_bytes())
    subprocess.run([sys.executable, tmp_path / "schemas" / SCRIPT.name], cwd=tmp_path, check=True)  # noqa: S603
    assert {path.name for path in (tmp_path / "schemas").glob("*.json")} == {*FRESH}
