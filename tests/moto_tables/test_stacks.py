"""Stacks of moto's CloudFormation, whose tables feed streams.

They need more packages than all other tests together, so an environment of their own has them: ``tox run -e stacks``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from pytest_ddbstreams import StreamsMock

pytest.importorskip("cfnlint", reason="moto[cloudformation] is not installed; tox run -e stacks installs it")

REGION = "us-east-1"


def template(view_type: str | None) -> str:
    """Return a template with a table that has no name."""
    properties: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    outputs: dict[str, Any] = {"Table": {"Value": {"Ref": "Orders"}}}
    if view_type is not None:
        properties["StreamSpecification"] = {"StreamViewType": view_type}
        outputs["Stream"] = {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}}
    return json.dumps(
        {"Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}, "Outputs": outputs}
    )


@pytest.fixture
def stacks(ddbstreams_mock: StreamsMock, motos: None) -> Any:  # noqa: ARG001 - both must be open
    client = boto3.client("cloudformation", REGION)
    client.create_stack(StackName="orders", TemplateBody=template("NEW_IMAGE"))
    return client


def outputs(stacks: Any) -> dict[str, str]:
    [stack] = stacks.describe_stacks(StackName="orders")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_created_stack_has_a_table_that_feeds_the_stream_of_its_output(
    ddbstreams_mock: StreamsMock, stacks: Any
) -> None:
    made = outputs(stacks)
    boto3.client("dynamodb", REGION).put_item(TableName=made["Table"], Item={"pk": {"S": "1"}})
    assert len(ddbstreams_mock.stream(made["Stream"]).records) == 1


def test_an_updated_stack_gives_its_table_another_stream(ddbstreams_mock: StreamsMock, stacks: Any) -> None:
    first = outputs(stacks)["Stream"]
    stacks.update_stack(StackName="orders", TemplateBody=template("KEYS_ONLY"))
    assert ddbstreams_mock.stream(first).status == "DISABLED"
    assert ddbstreams_mock.stream(outputs(stacks)["Stream"]).view_type == "KEYS_ONLY"


FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "FunctionName": "projector",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): pass"},
    },
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
MAPPING = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {
        "FunctionName": {"Ref": "Function"},
        "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 2,
    },
}


def test_a_mapping_of_a_stack_calls_the_handler_of_its_function_until_the_stack_is_deleted(
    ddbstreams_mock: StreamsMock, stacks: Any
) -> None:
    sizes: list[int] = []
    ddbstreams_mock.lambda_functions["projector"] = lambda event, _: sizes.append(len(event["Records"]))
    body = json.loads(template("NEW_IMAGE"))
    body["Resources"] |= {"Role": ROLE, "Function": FUNCTION, "Mapping": MAPPING}
    stacks.create_stack(StackName="projection", TemplateBody=json.dumps(body))
    [stack] = stacks.describe_stacks(StackName="projection")["Stacks"]
    table = next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == "Table")
    for key in ("1", "2", "3"):
        boto3.client("dynamodb", REGION).put_item(TableName=table, Item={"pk": {"S": key}})
    ddbstreams_mock.drain()
    assert sizes == [2, 1]
    stacks.delete_stack(StackName="projection")
    assert boto3.client("lambda", REGION).list_event_source_mappings()["EventSourceMappings"] == []


def test_a_stack_that_was_updated_deletes_its_table_and_disables_the_stream(
    ddbstreams_mock: StreamsMock, stacks: Any
) -> None:
    stacks.update_stack(StackName="orders", TemplateBody=template("KEYS_ONLY"))
    stacks.delete_stack(StackName="orders")
    assert boto3.client("dynamodb", REGION).list_tables()["TableNames"] == []
    assert [stream.status for stream in ddbstreams_mock.streams] == ["DISABLED", "DISABLED"]
