from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from template_files import mapping_of, sam

from pytest_ddbstreams import EventSourceMapping, InvalidOption
from pytest_ddbstreams._lambda.templates.template_file import read_document

if TYPE_CHECKING:
    from pathlib import Path

YAML = """
AWSTemplateFormatVersion: 2010-09-09
Description: Bestellungen für später
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Changes:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, BatchSize: 7}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_template_is_read_in_each_encoding_of_unicode(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "template.yaml").write_text(YAML.lstrip(), encoding)
    assert EventSourceMapping.from_template(tmp_path / "template.yaml", "Orders").batch_size == 7


def test_a_template_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(YAML, "latin-1")
    with pytest.raises(InvalidOption, match=r"template\.yaml is no template: 'utf-8' codec can't decode byte 0xfc"):
        EventSourceMapping.from_template(tmp_path / "template.yaml", "Orders")


@pytest.mark.parametrize("name", ["template.json", "stack.template", "template.yaml"])
def test_a_template_in_json_needs_no_pyyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "pytest_ddbstreams._lambda.templates.yaml_text", raising=False)
    assert mapping_of(tmp_path, sam({"BatchSize": 7}), name=name).batch_size == 7


def test_a_template_in_yaml_without_pyyaml_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "pytest_ddbstreams._lambda.templates.yaml_text", raising=False)
    with pytest.raises(ImportError, match=r"read with PyYAML: python -m pip install 'pytest-ddbstreams\[lambda\]'"):
        mapping_of(tmp_path, YAML)


def test_yaml_that_begins_like_json_is_read(tmp_path: Path) -> None:
    assert mapping_of(tmp_path, json.dumps(sam()).replace('"Resources"', "Resources"), "Orders").batch_size == 100


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("template.json", "{", "is no template: Expecting property name"),
        ("stack.template", "{", "is no template: Expecting property name"),
        ("template.yaml", "a: [", "is no template: while parsing a flow node"),
        ("template.yaml", "- a", "is no template: it holds list, not an object"),
        ("template.yaml", "", "is no template: it holds NoneType, not an object"),
        ("template.yaml", "a: &a {b: *a}", "or an alias contains itself"),
        ("template.yaml", "a: &a !Ref [*a]", "found unconstructable recursive node"),
        ("template.json", '{"a": ' + "[" * 99 + "]" * 99 + "}", "nested deeper than 60 levels"),
        ("template.yaml", "a: " + "[" * 9999 + "]" * 9999, "is no template: nested too deeply"),
        ("template.yaml", "[a, b]: c", "is no template: a key is a text, not a list or an object"),
        ("template.yaml", "a: !!map [b]", "is no template: expected an object"),
        ("template.yaml", "a: !!int ''", "is no template: "),
        ("template.yaml", "a: !!timestamp b", "is no template: "),
        ("template.yaml", "Description: empty", "has no Resources .*, no functions .* and no planned_values"),
    ],
    ids=str,
)
def test_a_file_that_is_no_template_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        mapping_of(tmp_path, text, name=name)


def test_aliases_that_stand_for_more_values_than_a_computer_holds_are_refused(tmp_path: Path) -> None:
    doubled = [f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]" for number in range(1, 50)]
    with pytest.raises(InvalidOption, match="is no template: its aliases show one another more than 10000000 times"):
        mapping_of(tmp_path, "\n".join(["a0: &a0 [x]", *doubled]))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("serverless.ts", "serverless print --format json"),
        ("app.py", "cdk synth --json"),
        ("main.tf", "terraform show -json"),
        ("terraform.tfstate", "terraform show -json"),
    ],
)
def test_a_program_is_refused_with_the_command_that_prints_its_template(
    tmp_path: Path, name: str, command: str
) -> None:
    with pytest.raises(InvalidOption, match=f"is a program or a file of Terraform's own; .* Print it with .*{command}"):
        EventSourceMapping.from_template(tmp_path / name, "Orders")


@pytest.mark.parametrize(
    "text",
    [
        "Resources:",
        "Resources: {Orders: }",
        "Resources: {Orders: {Type: AWS::Serverless::Function, Properties: }}",
        "Resources: {Orders: {Type: AWS::Serverless::Function, Properties: {Events: }}}",
        "Resources: {Orders: {Type: AWS::Serverless::Function, Properties: {Events: {Changes: }}}}",
        "Resources: {Orders: {Type: AWS::Serverless::Function, Properties: {Events: [Changes]}}}",
        "Resources: [Orders]",
        "functions:",
        "functions: {Orders: }",
        "functions: {Orders: {events: }}",
        "functions: {Orders: {events: [stream]}}",
        "planned_values:",
        "planned_values: {root_module: }",
    ],
)
def test_a_template_with_a_hole_has_no_mapping_there(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidOption, match="Functions that have one, and their mappings: none"):
        mapping_of(tmp_path, text)


def test_dates_and_keys_of_yaml_are_texts_as_in_json(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(
        "1: 2010-09-09\non: 012\nnull: !GetAtt [A, B]\nx: !ImportValue {'Fn::Sub': y}", "utf-8"
    )
    assert read_document(tmp_path / "data.yaml") == {
        "1": "2010-09-09",
        "on": 10,
        "null": {"Fn::GetAtt": ["A", "B"]},
        "x": {"Fn::ImportValue": {"Fn::Sub": "y"}},
    }


def test_merge_keys_of_yaml_are_merged(tmp_path: Path) -> None:
    template = """
        shared: &shared {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties: {Events: {Changes: {Type: DynamoDB, Properties: {<<: *shared, BatchSize: 9}}}}
    """
    assert mapping_of(tmp_path, template).batch_size == 9


def test_a_template_whose_parts_refer_to_each_other_too_often_is_refused(tmp_path: Path) -> None:
    template = sam({"BatchSize": {"Fn::If": ["C0", 1, 2]}})
    conditions = {f"C{number}": {"Condition": f"C{number + 1}"} for number in range(2000)}
    with pytest.raises(InvalidOption, match="cannot be read: its parts refer to each other too often"):
        mapping_of(tmp_path, {**template, "Conditions": conditions})


@pytest.mark.parametrize("argument", [{"function": 5}, {"parameters": ["Stage"]}])
def test_from_template_refuses_an_argument_of_another_type(tmp_path: Path, argument: dict[str, object]) -> None:
    with pytest.raises(InvalidOption, match=r"does not fit; .* takes "):
        mapping_of(tmp_path, sam(), **argument)  # type: ignore[arg-type]
