from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from template_files import cloudformation, mapping_of, sam

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

SAM = """
Parameters:
  Size: {Type: Number, Default: "25"}
  Stage: {Type: String, Default: test}
Mappings:
  Stages:
    test: {Retries: 2}
    live: {Retries: 10000}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Http: {Type: Api}
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: !Ref Size
            MaximumBatchingWindowInSeconds: 5
            MaximumRetryAttempts: !FindInMap [Stages, !Ref Stage, Retries]
            MaximumRecordAgeInSeconds: !If [IsLive, 3600, !Ref AWS::NoValue]
            ParallelizationFactor: 2
            BisectBatchOnFunctionError: true
            Enabled: "false"
            FunctionResponseTypes: [ReportBatchItemFailures, !Ref AWS::NoValue]
            FilterCriteria:
              Filters:
                - Pattern: !Sub '{"dynamodb": {"NewImage": {"stage": {"S": ["${Stage}"]}}}}'
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function"
IAM = {"Type": "AWS::IAM::Role", "Properties": {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}}
ALIAS = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Orders"}, "Name": "live"}}
VERSION = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Fn::GetAtt": "Orders.Arn"}}}


def test_the_settings_of_a_sam_event_are_read(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, SAM)
    assert (mapping.starting_position, mapping.batch_size) == ("TRIM_HORIZON", 25)
    assert (mapping.maximum_batching_window_in_seconds, mapping.parallelization_factor) == (5, 2)
    assert (mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (2, -1)
    assert (mapping.bisect_batch_on_function_error, mapping.enabled) == (True, False)
    assert mapping.function_response_types == ("ReportBatchItemFailures",)
    assert mapping.filter_criteria == {
        "Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"stage": {"S": ["test"]}}}}'}]
    }


def test_given_parameters_replace_the_defaults_of_the_template(tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, SAM, parameters={"Stage": "live", "Size": 50})
    assert (mapping.batch_size, mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (
        50,
        10_000,
        3600,
    )


@pytest.mark.parametrize(
    "function_name",
    [
        {"Ref": "Orders"},
        {"Fn::GetAtt": ["Orders", "Arn"]},
        {"Fn::GetAtt": "Orders.Arn"},
        {"Fn::Sub": "${Orders.Arn}"},
        {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Orders}"},
        {"Fn::Sub": ["${Function}:live", {"Function": {"Ref": "Orders"}}]},
        {"Fn::Join": [":", [ARN, {"Ref": "Orders"}, "live"]]},
        {"Fn::Select": [6, {"Fn::Split": [":", {"Fn::GetAtt": ["Orders", "Arn"]}]}]},
        {"Fn::If": ["IsLive", {"Ref": "Live"}, {"Ref": "Other"}]},
        {"Ref": "Live"},
        {"Ref": "Fixed"},
        {"Ref": "FunctionParameter"},
        "Orders",
        "Orders:live",
        f"{ARN}:Orders",
        f"{ARN}:Orders:3",
        "123456789012:function:Orders",
    ],
    ids=json.dumps,
)
def test_a_mapping_is_found_however_it_names_its_function(tmp_path: Path, function_name: Any) -> None:
    template = {
        **cloudformation(function_name, {"Live": ALIAS, "Fixed": VERSION, "Role": IAM, "Other": {"Type": "Custom::X"}}),
        "Parameters": {"FunctionParameter": {"Type": "String", "Default": "Orders"}},
        "Conditions": {"IsLive": {"Fn::Equals": [True, "true"]}},
    }
    assert mapping_of(tmp_path, template).batch_size == 7


@pytest.mark.parametrize("function", ["Orders", "orders-live"])
def test_a_mapping_is_found_by_the_function_name_of_its_function(tmp_path: Path, function: str) -> None:
    template = cloudformation(f"{ARN}:orders-live", FunctionName={"Fn::Sub": "orders-${Stage}"})
    assert mapping_of(tmp_path, template, function, parameters={"Stage": "live"}).batch_size == 7


@pytest.mark.parametrize(
    ("function", "event"),
    [("OrdersMapping", None), ("Orders", "OrdersMapping"), ("OrdersMapping", "OrdersMapping")],
)
def test_a_mapping_is_found_by_its_own_logical_id(tmp_path: Path, function: str, event: str | None) -> None:
    assert mapping_of(tmp_path, cloudformation({"Ref": "Orders"}), function, event).batch_size == 7


@pytest.mark.parametrize("function", ["OrdersChanges", "Orders"])
def test_a_sam_event_is_found_by_the_logical_id_that_sam_generates(tmp_path: Path, function: str) -> None:
    assert mapping_of(tmp_path, sam({"BatchSize": 9}), function, "OrdersChanges").batch_size == 9


@pytest.mark.parametrize("name", ["OrdersAliaslive", "Orders.Alias", "Orders.Version"])
@pytest.mark.parametrize("reference", ["Ref", "Fn::Sub"])
def test_a_mapping_is_found_by_the_alias_that_sam_publishes(tmp_path: Path, name: str, reference: str) -> None:
    template = cloudformation({reference: name if reference == "Ref" else f"${{{name}}}"}, AutoPublishAlias="live")
    template["Resources"]["Orders"]["Type"] = "AWS::Serverless::Function"
    assert mapping_of(tmp_path, template).batch_size == 7


@pytest.mark.parametrize("function", ["Remote", f"{ARN}:Remote", "TargetFunction"])
def test_a_mapping_of_a_function_outside_the_template_is_found_by_its_name_or_its_parameter(
    tmp_path: Path, function: str
) -> None:
    template = cloudformation({"Ref": "TargetFunction"}, {"Gone": {"Type": "AWS::Lambda::Function"}})
    parameters = {} if function == "TargetFunction" else {"TargetFunction": f"{ARN}:Remote"}
    assert mapping_of(tmp_path, template, function, parameters=parameters).batch_size == 7


@pytest.mark.parametrize(
    "resources",
    [
        {"Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Live"}, "Name": "live"}}},
        {
            "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Next"}, "Name": "live"}},
            "Next": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Live"}, "Name": "live"}},
        },
        {"Live": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::Sub": "${Live}-live"}}}},
    ],
    ids=["alias", "circle", "function"],
)
def test_a_function_name_that_refers_to_itself_is_found_by_the_logical_id_of_the_mapping(
    tmp_path: Path, resources: dict[str, Any]
) -> None:
    template = cloudformation({"Ref": "Live"}, resources)
    assert mapping_of(tmp_path, template, "OrdersMapping").batch_size == 7
    with pytest.raises(InvalidOption, match=r"function='Orders' does not fit.* 'Live.*'OrdersMapping'"):
        mapping_of(tmp_path, template)


def test_a_function_of_cdk_is_found_by_its_path(tmp_path: Path) -> None:
    template = cloudformation({"Ref": "OrdersE18EC5EF"})
    template["Resources"]["OrdersE18EC5EF"] = {
        **template["Resources"].pop("Orders"),
        "Metadata": {"aws:cdk:path": "Shop/Orders/Resource"},
    }
    assert mapping_of(tmp_path, template, "Shop/Orders").batch_size == 7
    with pytest.raises(InvalidOption, match=r"mappings: 'Shop/Orders' \('OrdersMapping'\)"):
        mapping_of(tmp_path, template, "Orders")


# Which mappings there are


@pytest.mark.parametrize(
    "source",
    [
        "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        {"Fn::GetAtt": ["Stream", "Arn"]},
        {"Ref": "Consumer"},
        {"Ref": "Cluster"},
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:kafka:${AWS::Region}:${AWS::AccountId}:cluster/orders"},
        {"Fn::GetAtt": ["Broker", "Arn"]},
        {"Fn::GetAtt": ["Documents", "Arn"]},
    ],
    ids=json.dumps,
)
def test_a_mapping_of_another_source_beside_the_one_of_dynamodb_is_not_read(tmp_path: Path, source: Any) -> None:
    others = {
        "Stream": {"Type": "AWS::Kinesis::Stream"},
        "Consumer": {"Type": "AWS::Kinesis::StreamConsumer"},
        "Cluster": {"Type": "AWS::MSK::ServerlessCluster"},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Broker": {"Type": "AWS::AmazonMQ::Broker"},
        "Documents": {"Type": "AWS::DocDB::DBCluster"},
    }
    [other] = [
        resource
        for name, resource in cloudformation({"Ref": "Orders"}, source=source)["Resources"].items()
        if name == "OrdersMapping"
    ]
    template = cloudformation({"Ref": "Orders"}, {**others, "Other": other})
    assert mapping_of(tmp_path, template).batch_size == 7
    with pytest.raises(InvalidOption, match=r"event='Other' does not fit; .*: 'OrdersMapping'"):
        mapping_of(tmp_path, template, "Orders", "Other")


@pytest.mark.parametrize(
    "source",
    [
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
        {"Fn::GetAtt": ["Global", "StreamArn"]},
        {"Ref": "StreamParameter"},
        {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-StreamArn"}},
        {"Fn::GetAtt": ["Nested", "Outputs.StreamArn"]},
    ],
    ids=json.dumps,
)
def test_a_stream_of_dynamodb_or_of_an_unknown_source_is_read(tmp_path: Path, source: Any) -> None:
    resources = {"Global": {"Type": "AWS::DynamoDB::GlobalTable"}, "Nested": {"Type": "AWS::CloudFormation::Stack"}}
    assert mapping_of(tmp_path, cloudformation({"Ref": "Orders"}, resources, source=source)).batch_size == 7


@pytest.mark.parametrize("changes", [{"Topics": ["orders"]}, {"StartingPosition": None}], ids=json.dumps)
def test_a_mapping_of_an_unknown_source_is_not_read_if_its_properties_are_those_of_others(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    template = cloudformation({"Ref": "Orders"}, source={"Ref": "SourceArn"})
    properties = {**template["Resources"]["OrdersMapping"]["Properties"], **changes}
    template["Resources"]["OrdersMapping"]["Properties"] = {
        name: value for name, value in properties.items() if value is not None
    }
    with pytest.raises(InvalidOption, match="mappings: none"):
        mapping_of(tmp_path, template)


def test_a_mapping_whose_condition_is_false_is_not_there(tmp_path: Path) -> None:
    template = cloudformation({"Ref": "Orders"})
    other = {**template["Resources"]["OrdersMapping"], "Condition": "IsLive"}
    template["Resources"]["Other"] = other
    template["Conditions"] = {"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}
    assert mapping_of(tmp_path, template, parameters={"Stage": "test"}).batch_size == 7
    with pytest.raises(InvalidOption, match="'OrdersMapping', 'Other'"):
        mapping_of(tmp_path, template, parameters={"Stage": "live"})


def test_an_event_of_a_function_whose_condition_is_false_is_not_there(tmp_path: Path) -> None:
    template = {**sam(), "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    template["Resources"]["Orders"]["Condition"] = "Never"
    with pytest.raises(
        InvalidOption, match="of 'Orders' to DynamoDB streams are: none, because their condition is false"
    ):
        mapping_of(tmp_path, template)


def test_the_condition_of_another_mapping_is_not_needed(tmp_path: Path) -> None:
    template = {**cloudformation({"Ref": "Orders"}), "Conditions": {"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "a"]}}}
    template["Resources"]["Other"] = {**template["Resources"]["OrdersMapping"], "Condition": "IsLive"}
    assert mapping_of(tmp_path, template, "Orders", "OrdersMapping").batch_size == 7
    with pytest.raises(InvalidOption, match=r"event='Others' does not fit; .* are: 'OrdersMapping', 'Other'"):
        mapping_of(tmp_path, template, "Orders", "Others")


def test_a_condition_that_needs_a_parameter_names_it(tmp_path: Path) -> None:
    template = {**sam(), "Conditions": {"IsLive": {"Fn::Equals": [{"Ref": "Stage"}, "live"]}}}
    template["Resources"]["Orders"]["Condition"] = "IsLive"
    with pytest.raises(
        InvalidOption, match=r"condition of 'Changes' needs 'Stage', which .*: parameters=\{'Stage': …\}"
    ):
        mapping_of(tmp_path, template)


def test_for_each_elsewhere_in_the_template_disturbs_nothing(tmp_path: Path) -> None:
    loop = {"Fn::ForEach::Topics": ["Name", ["A", "B"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]}
    template = sam({"BatchSize": 9}, Resources=loop, Outputs={"Fn::ForEach::Out": ["X", ["A"], {"${X}": {"Value": 1}}]})
    assert mapping_of(tmp_path, template).batch_size == 9


def test_events_of_a_function_that_is_not_one_of_sam_are_not_read(tmp_path: Path) -> None:
    template = sam()
    template["Resources"]["Orders"]["Type"] = "AWS::Lambda::Function"
    with pytest.raises(InvalidOption, match="mappings: none"):
        mapping_of(tmp_path, template)


# What is refused


def test_a_function_that_has_no_mapping_is_answered_with_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidOption, match=r"function='Order' does not fit: .*, and their mappings: 'Orders' \('Changes'\)"
    ):
        mapping_of(tmp_path, sam(), "Order")


@pytest.mark.parametrize("event", ["Change", None])
def test_an_event_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path, event: str | None) -> None:
    template = sam()
    events = template["Resources"]["Orders"]["Properties"]["Events"]
    events["Again"] = events["Changes"]
    with pytest.raises(InvalidOption, match=f"event={event!r} does not fit; .* are: 'Changes', 'Again'. Give one"):
        mapping_of(tmp_path, template, "Orders", event)


def test_an_event_property_that_sam_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidOption, match=r"unknown property 'MaximumRetryAttempt'; there are: .*MaximumRetryAttempts"
    ):
        mapping_of(tmp_path, sam({"MaximumRetryAttempt": 3}))


def test_a_mapping_property_that_cloudformation_does_not_have_is_refused(tmp_path: Path) -> None:
    template = cloudformation({"Ref": "Orders"})
    template["Resources"]["OrdersMapping"]["Properties"]["Stream"] = "arn"
    with pytest.raises(
        InvalidOption, match="'OrdersMapping' of 'Orders' has the unknown property 'Stream'; there are:"
    ):
        mapping_of(tmp_path, template)


@pytest.mark.parametrize("stream", [None, "", {"Ref": "AWS::NoValue"}], ids=str)
def test_an_event_without_a_stream_is_refused(tmp_path: Path, stream: Any) -> None:
    with pytest.raises(InvalidOption, match="'Changes' of 'Orders' has no Stream; give the ARN of the table's stream"):
        mapping_of(tmp_path, sam({"Stream": stream}))


def test_an_event_without_a_starting_position_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="starting_position=None does not fit; Lambda's StartingPosition takes"):
        mapping_of(tmp_path, sam({"StartingPosition": {"Ref": "AWS::NoValue"}}))
