from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler

from pytest_ddbstreams import EventSourceMapping, InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_ddbstreams import Stream

SAM = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Size:
    Type: Number
    Default: "25"
  Stage:
    Type: String
    Default: test
Mappings:
  Stages:
    test: {Retries: 2}
    live: {Retries: 10000}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
  IsTest: !Not [!Condition IsLive]
  Either: !Or [!Condition IsLive, !Condition IsTest]
  Both: !And [!Condition IsLive, !Condition IsTest]
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
  OrdersFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Http:
          Type: Api
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Orders.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: !Ref Size
            MaximumBatchingWindowInSeconds: 5
            MaximumRetryAttempts: !FindInMap [Stages, !Ref Stage, Retries]
            MaximumRecordAgeInSeconds: !If [IsLive, 3600, !Ref AWS::NoValue]
            ParallelizationFactor: !If [Either, 2, 1]
            TumblingWindowInSeconds: !If [Both, 60, 0]
            BisectBatchOnFunctionError: true
            Enabled: "true"
            FunctionResponseTypes: [ReportBatchItemFailures, !Ref AWS::NoValue]
            FilterCriteria:
              Filters:
                - Pattern: !Sub '{"dynamodb": {"NewImage": {"stage": {"S": ["${Stage}"]}}}}'
            DestinationConfig:
              OnFailure:
                Destination: !GetAtt Queue.Arn
  TwiceFunction:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        One: {Type: DynamoDB, Properties: {StartingPosition: LATEST}}
        Two: {Type: DynamoDB, Properties: {StartingPosition: TRIM_HORIZON}}
        Odd: {Type: DynamoDB, Properties: {StartingPosition: LATEST, BatchSize: !GetAtt Custom.Size}}
        Parameter: {Type: DynamoDB, Properties: {StartingPosition: LATEST, BatchSize: !Ref Unknown}}
        Text: {Type: DynamoDB, Properties: {StartingPosition: LATEST, BatchSize: many, Enabled: perhaps}}
        Signs: {Type: DynamoDB, Properties: {StartingPosition: LATEST, BatchSize: --5}}
        Imported: {Type: DynamoDB, Properties: {StartingPosition: LATEST, BatchSize: !ImportValue {"Fn::Sub": x}}}
        Timed: {Type: DynamoDB, Properties: {StartingPosition: AT_TIMESTAMP}}
        Unset: {Type: DynamoDB, Properties: {BatchSize: 5}}
"""


def cloudformation(function_name: Any, **functions: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "OrdersFunction": {"Type": "AWS::Lambda::Function", "Properties": functions},
            "OrdersAlias": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "OrdersFunction"}}},
            "OtherFunction": {"Type": "AWS::Lambda::Function"},
            "OrdersMapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"FunctionName": function_name, "StartingPosition": "LATEST", "BatchSize": 7},
            },
            "OtherMapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"FunctionName": {"Ref": "OtherFunction"}, "StartingPosition": "LATEST"},
            },
        }
    }


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(SAM, "utf-8")
    return path


def test_from_template_reads_the_settings_of_a_sam_template(sam: Path) -> None:
    mapping = EventSourceMapping.from_template(sam, "OrdersFunction")
    assert (mapping.starting_position, mapping.batch_size, mapping.maximum_batching_window_in_seconds) == (
        "TRIM_HORIZON",
        25,
        5,
    )
    assert (mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (2, -1)
    assert (mapping.parallelization_factor, mapping.tumbling_window_in_seconds) == (2, 0)
    assert (mapping.bisect_batch_on_function_error, mapping.enabled) == (True, True)
    assert mapping.function_response_types == ("ReportBatchItemFailures",)
    assert mapping.filter_criteria == {
        "Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"stage": {"S": ["test"]}}}}'}]
    }


def test_from_template_uses_the_given_parameters(sam: Path) -> None:
    mapping = EventSourceMapping.from_template(
        str(sam), "OrdersFunction", "Changes", parameters={"Stage": "live", "Size": 50}
    )
    assert (mapping.batch_size, mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (
        50,
        10_000,
        3600,
    )


def test_a_mapping_from_a_template_delivers_after_it_is_connected(sam: Path, ddbstreams_stream: Stream) -> None:
    handler = Handler()
    for stage in ("test", "live"):
        ddbstreams_stream.insert({"pk": stage, "stage": stage})
    mapping = EventSourceMapping.from_template(sam, "OrdersFunction").connect(ddbstreams_stream, handler)
    mapping.drain()
    assert handler.batches == [["test"]]


def test_from_template_accepts_the_name_of_one_of_several_mappings(sam: Path) -> None:
    assert EventSourceMapping.from_template(sam, "TwiceFunction", "Two").starting_position == "TRIM_HORIZON"


@pytest.mark.parametrize(
    ("function", "event", "text"),
    [
        (
            "TwiceFunction",
            None,
            "event=None does not fit; .* of 'TwiceFunction' in the template are: 'One', 'Two'",
        ),
        (
            "OrdersFunction",
            "Http",
            "event='Http' does not fit; .* of 'OrdersFunction' in the template are: 'Changes'",
        ),
        ("Missing", None, "event=None does not fit; .* are: none"),
        (
            "TwiceFunction",
            "Odd",
            r"has {'Fn::GetAtt': \['Custom', 'Size'\]}, whose value is known only after deployment",
        ),
        ("TwiceFunction", "Parameter", r"has {'Ref': 'Unknown'}, .* give its value in parameters={…}"),
        ("TwiceFunction", "Imported", "has {'Fn::ImportValue'"),
        ("TwiceFunction", "Text", "batch_size='many' does not fit"),
        ("TwiceFunction", "Signs", "batch_size='--5' does not fit"),
        ("TwiceFunction", "Timed", "starting_position='AT_TIMESTAMP' does not fit"),
        ("TwiceFunction", "Unset", "starting_position=None does not fit"),
    ],
)
def test_from_template_refuses_a_setting_or_mapping_that_the_template_does_not_have(
    sam: Path, function: str, event: str | None, text: str
) -> None:
    with pytest.raises(InvalidOption, match=text):
        EventSourceMapping.from_template(sam, function, event)


def test_from_template_refuses_a_boolean_that_is_neither_true_nor_false(sam: Path) -> None:
    sam.write_text(SAM.replace('Enabled: "true"', 'Enabled: "perhaps"'), "utf-8")
    with pytest.raises(InvalidOption, match="enabled='perhaps' does not fit; Lambda's Enabled takes True or False"):
        EventSourceMapping.from_template(sam, "OrdersFunction")


@pytest.mark.parametrize(
    "function_name",
    [
        {"Ref": "OrdersFunction"},
        {"Fn::GetAtt": ["OrdersFunction", "Arn"]},
        {"Fn::GetAtt": "OrdersFunction.Arn"},
        {"Fn::Sub": "${OrdersFunction.Arn}"},
        {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${OrdersFunction}"},
        {"Ref": "OrdersAlias"},
        "OrdersFunction",
        "arn:aws:lambda:us-east-1:123456789012:function:OrdersFunction",
    ],
    ids=json.dumps,
)
def test_a_mapping_of_cloudformation_is_found_by_its_reference_to_the_function(
    tmp_path: Path, function_name: Any
) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(cloudformation(function_name)), "utf-8")
    assert EventSourceMapping.from_template(path, "OrdersFunction").batch_size == 7
    assert EventSourceMapping.from_template(path, "OtherFunction", "OtherMapping").batch_size == 100


def test_a_mapping_is_found_by_the_function_name_of_its_function(tmp_path: Path) -> None:
    path = tmp_path / "stack.template"
    path.write_text(json.dumps(cloudformation("orders-live", FunctionName="orders-live")), "utf-8")
    assert EventSourceMapping.from_template(path, "OrdersFunction").batch_size == 7


def test_a_template_in_json_needs_no_pyyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "template.json"
    path.write_text(json.dumps(cloudformation({"Ref": "OrdersFunction"})), "utf-8")
    assert EventSourceMapping.from_template(path, "OrdersFunction").batch_size == 7


def test_a_template_in_yaml_without_pyyaml_names_the_extra(sam: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"read with PyYAML: python -m pip install 'pytest-ddbstreams\[lambda\]'"):
        EventSourceMapping.from_template(sam, "OrdersFunction")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("template.json", "{", "is no template"),
        ("template.yaml", "a: [", "is no template"),
        ("template.yaml", "- a", "is no template: it holds list, not an object"),
        ("template.yaml", "Description: empty", "are: none"),
    ],
)
def test_a_file_that_is_not_a_template_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidOption, match=says):
        EventSourceMapping.from_template(path, "OrdersFunction")


def test_a_mapping_of_a_queue_is_ignored(tmp_path: Path) -> None:
    template = """
Resources:
  Worker: {Type: AWS::Lambda::Function}
  Queue:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, BatchSize: 1}
  Changes:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, BatchSize: 7, StartingPosition: LATEST}
"""
    (tmp_path / "template.yaml").write_text(template)
    assert EventSourceMapping.from_template(tmp_path / "template.yaml", "Worker").batch_size == 7
