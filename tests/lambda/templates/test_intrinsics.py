from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from template_files import mapping_of, sam

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS: dict[str, dict[str, Any]] = {
    "Parameters": {
        "Size": {"Type": "Number", "Default": 20},
        "Sizes": {"Type": "CommaDelimitedList", "Default": "10, 20,30"},
        "Stage": {"Type": "String", "Default": "live", "AllowedValues": ["live", "test"]},
        "Secret": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/orders/size"},
        "Needed": {"Type": "Number"},
    },
    "Mappings": {"Stages": {"live": {"Size": 20, "List": [10, 20]}, "1": {"Size": 1}}},
    "Conditions": {
        "IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
        "IsTest": {"Fn::Not": [{"Condition": "IsLive"}]},
        "Either": {"Fn::Or": [{"Condition": "IsTest"}, {"Condition": "IsLive"}]},
        "Both": {"Fn::And": [{"Condition": "IsTest"}, {"Condition": "IsLive"}]},
        "IsTrue": {"Fn::Equals": [True, "true"]},
        "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
        "Empty": {},
        "Alone": {"Fn::Equals": ["one"]},
        "Other": {"Fn::Contains": [["a"], "a"]},
        "NeedsIt": {"Fn::Equals": [{"Ref": "Needed"}, 5]},
    },
    "Resources": {
        "Named": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": "20"}}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "20"}},
        "Custom": {"Type": "Custom::Sizes"},
    },
}


def size(folder: Path, expression: Any, **parameters: Any) -> int:
    """Return the BatchSize that an expression gives."""
    return mapping_of(folder, sam({"BatchSize": expression}, **SECTIONS), parameters=parameters).batch_size


@pytest.mark.parametrize(
    "expression",
    [
        {"Ref": "Size"},
        {"Ref": "Named"},
        {"Fn::GetAtt": ["Queue", "QueueName"]},
        {"Fn::GetAtt": "Queue.QueueName"},
        {"Fn::Sub": "${Size}"},
        {"Fn::Sub": "${ Named }"},
        {"Fn::Sub": ["${Ten}${Zero}", {"Ten": {"Fn::Sub": "2"}, "Zero": 0}]},
        {"Fn::Join": ["", [2, {"Fn::Select": ["1", ["1", "0"]]}]]},
        {"Fn::Join": ["", {"Fn::Split": ["-", "2-0"]}]},
        {"Fn::Select": [1, {"Ref": "Sizes"}]},
        {"Fn::Select": ["1", {"Fn::Split": [",", "10,20"]}]},
        {"Fn::Select": [1, {"Fn::FindInMap": ["Stages", "live", "List"]}]},
        {"Fn::If": ["IsLive", 20, {"Fn::Nonsense": []}]},
        {"Fn::If": ["IsTest", 10, {"Fn::If": ["Either", {"Ref": "Size"}, 5]}]},
        {"Fn::If": ["Both", 10, 20]},
        {"Fn::If": ["IsTrue", 20, 10]},
        {"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "Size"]},
        {"Fn::FindInMap": ["Stages", "dev", "Size", {"DefaultValue": {"Ref": "Size"}}]},
        {"Fn::Sub": ["2${Length}", {"Length": {"Fn::Length": {"Fn::Split": ["x", ""]}}}]},
    ],
    ids=json.dumps,
)
def test_an_intrinsic_function_of_what_the_template_says_is_computed(tmp_path: Path, expression: Any) -> None:
    assert size(tmp_path, expression) in {20, 21}


def test_find_in_map_finds_a_key_that_yaml_reads_as_a_number(tmp_path: Path) -> None:
    assert size(tmp_path, {"Fn::FindInMap": ["Stages", 1, "Size"]}) == 1


def test_the_text_of_sub_keeps_what_has_an_exclamation_mark(tmp_path: Path) -> None:
    pattern = {"Fn::Sub": '{"dynamodb": {"Keys": {"pk": {"S": ["${!Stage}", "${Stage}", "${AWS::Region}"]}}}}'}
    template = sam({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}, **SECTIONS)
    mapping = mapping_of(tmp_path, template, parameters={"AWS::Region": "eu-west-1"})
    assert mapping.filter_criteria == {
        "Filters": [{"Pattern": '{"dynamodb": {"Keys": {"pk": {"S": ["${Stage}", "live", "eu-west-1"]}}}}'}]
    }


def test_to_json_string_writes_a_pattern_as_text(tmp_path: Path) -> None:
    pattern = {"Fn::ToJsonString": {"eventName": [{"Fn::If": ["IsLive", "INSERT", "REMOVE"]}, {"Ref": "AWS::NoValue"}]}}
    mapping = mapping_of(tmp_path, sam({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}, **SECTIONS))
    assert mapping.filter_criteria == {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}


def test_an_arn_is_computed_from_names_and_pseudo_parameters(tmp_path: Path) -> None:
    pattern = {"Fn::Sub": '{"awsRegion": ["${Queue.Arn}", "${Topic}", "${Live}"]}'}
    resources = {
        **SECTIONS["Resources"],
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": "orders", "Name": "live"}},
    }
    template = sam({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}, Resources=resources)
    pseudo = {"AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}
    mapping = mapping_of(tmp_path, template, parameters=pseudo)
    assert mapping.filter_criteria["Filters"][0]["Pattern"] == (
        '{"awsRegion": ["arn:aws:sqs:eu-west-1:123456789012:20", "arn:aws:sns:eu-west-1:123456789012:news", '
        '"arn:aws:lambda:eu-west-1:123456789012:function:orders:live"]}'
    )


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ({"Ref": "Needed"}, "Needed"),
        ({"Ref": "Unknown"}, "Unknown"),
        ({"Ref": "Secret"}, "Secret"),
        ({"Ref": "Table"}, "Table"),
        ({"Ref": "Queue"}, "Queue"),
        ({"Ref": "AWS::AccountId"}, "AWS::AccountId"),
        ({"Fn::GetAtt": ["Custom", "Size"]}, "Custom.Size"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, "Table.StreamArn"),
        ({"Fn::GetAtt": "Queue.Arn"}, "Queue.Arn"),
        ({"Fn::Sub": "${Custom.Size}"}, "Custom.Size"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-size"}}, "live-size"),
        ({"Fn::If": ["NeedsIt", 1, 2]}, "Needed"),
        ("{{resolve:ssm:/orders/size}}", "{{resolve:ssm:/orders/size}}"),
    ],
    ids=json.dumps,
)
def test_a_value_that_the_template_does_not_say_is_refused_with_the_parameter_that_gives_it(
    tmp_path: Path, expression: Any, key: str
) -> None:
    with pytest.raises(InvalidOption) as refusal:
        size(tmp_path, expression)
    assert str(refusal.value) == (
        f"BatchSize of 'Changes' of 'Orders' needs {key!r}, which the template does not say; "
        f"give its value: parameters={{{key!r}: …}}"
    )


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ({"Ref": "Needed"}, "Needed"),
        ({"Ref": "Secret"}, "Secret"),
        ({"Ref": "Table"}, "Table"),
        ({"Fn::GetAtt": ["Custom", "Size"]}, "Custom.Size"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-size"}}, "live-size"),
        ("{{resolve:ssm:/orders/size}}", "{{resolve:ssm:/orders/size}}"),
    ],
    ids=json.dumps,
)
def test_a_value_that_the_template_does_not_say_can_be_given(tmp_path: Path, expression: Any, key: str) -> None:
    assert size(tmp_path, expression, **{key: 33}) == 33


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ({"Fn::GetAZs": ""}, r"needs 'Fn::GetAZs', which .*; write the settings in the test: EventSourceMapping\("),
        ({"Fn::FindInMap": ["Stages", "dev", "Size"]}, "needs 'Stages.dev.Size', which is not in the Mappings"),
        ({"Fn::FindInMap": ["Stages", "dev", "Size", 5]}, "needs 'Fn::FindInMap', which has arguments that do not fit"),
        ({"Fn::If": ["Missing", 1, 2]}, "needs 'Missing', which is no condition of the template"),
        ({"Fn::If": [["IsLive"], 1, 2]}, "which is no condition of the template"),
        ({"Fn::If": ["Circle", 1, 2]}, "needs 'Circle', which refers to itself"),
        ({"Fn::If": ["Empty", 1, 2]}, "needs '{}', which is no condition of CloudFormation"),
        ({"Fn::If": ["Alone", 1, 2]}, "which is no condition of CloudFormation"),
        ({"Fn::If": ["Other", 1, 2]}, "which is no condition of CloudFormation"),
        ({"Fn::If": ["IsLive"]}, "needs 'Fn::If', which has arguments that do not fit"),
        ({"Fn::Select": [9, ["1"]]}, "needs 'Fn::Select', which has arguments that do not fit"),
        ({"Fn::Select": [-1, ["1"]]}, "needs 'Fn::Select', which has arguments that do not fit"),
        ({"Fn::Join": ["", "text"]}, "needs 'Fn::Join', which has arguments that do not fit"),
        ({"Fn::Join": ["", [{"Ref": "Sizes"}]]}, "needs 'Fn::Join', which has arguments that do not fit"),
        ({"Fn::GetAtt": "Queue"}, "needs 'Fn::GetAtt', which has arguments that do not fit"),
        ({"Ref": ["Size"]}, "needs 'Ref', which has arguments that do not fit"),
        ({"Ref": None}, "needs 'Ref', which has arguments that do not fit"),
    ],
    ids=str,
)
def test_a_malformed_intrinsic_function_is_refused(tmp_path: Path, expression: Any, says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        size(tmp_path, expression)


def test_an_alias_that_refers_to_itself_is_refused_where_its_value_is_needed(tmp_path: Path) -> None:
    alias = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Live"}, "Name": "live"}}
    with pytest.raises(InvalidOption, match="needs 'Live', which refers to itself"):
        mapping_of(tmp_path, sam({"BatchSize": {"Ref": "Live"}}, Resources={"Live": alias}))


# Parameters


def test_a_parameter_that_the_template_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="unknown parameter 'Sise'; the template has: Size, Sizes, Stage, Secret"):
        size(tmp_path, {"Ref": "Size"}, Sise=5)


def test_a_value_that_the_template_does_not_allow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"parameters=\{'Stage': 'dev'\} does not fit; .* allows: live, test"):
        size(tmp_path, 5, Stage="dev")


@pytest.mark.parametrize("sizes", ["5,33", ["5", "33"]], ids=str)
def test_a_list_may_be_given_as_a_list_or_as_text(tmp_path: Path, sizes: Any) -> None:
    assert size(tmp_path, {"Fn::Select": [1, {"Ref": "Sizes"}]}, Sizes=sizes) == 33
