"""Any file is read, or refused in words: InvalidOption is the only error that a file causes."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import EventSourceMapping, InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")

#: Names that mean something in a template, so that generated templates are more than foreign words.
CLOUDFORMATION = """
    Resources Parameters Conditions Mappings Globals Function Type Properties Condition Default Events Stream BatchSize
    StartingPosition FunctionName EventSourceArn FilterCriteria Filters Pattern DestinationConfig OnFailure Destination
    Timeout AutoPublishAlias Name Ref Fn::GetAtt Fn::Sub Fn::Join Fn::Select Fn::Split Fn::If Fn::FindInMap Fn::Length
    Fn::ToJsonString Fn::Equals Fn::Not Fn::And Fn::ImportValue Fn::Transform Fn::ForEach::A
    DefaultValue A B
"""
SERVERLESS = """
    service provider stage functions events stream type arn batchSize filterPatterns destinations onFailure params
    default custom resources Resources name timeout Fn::GetAtt Ref A B
"""
TERRAFORM = """
    planned_values values root_module child_modules resources address type configuration module_calls module outputs
    expressions references expression resource_changes change after_unknown event_source_arn function_name batch_size
    filter_criteria filter pattern destination_config on_failure destination_arn aws_lambda_function.a var.a module.a.b
"""
TEXTS = """
    A B AWS::Lambda::EventSourceMapping AWS::Serverless::Function AWS::Lambda::Function AWS::Lambda::Alias DynamoDB
    AWS::DynamoDB::Table AWS::SQS::Queue LATEST dynamodb A.Arn A.StreamArn ${A} ${A.Arn} ${!A} {{resolve:ssm:a}}
    AWS::Region AWS::NoValue arn:aws:dynamodb:us-east-1:1:table/a/stream/b ${self:custom} ${self:custom.A,'b'}
    ${opt:a,${self:}} ${param:A} ${file(a.yml):b} ${strToBool(1)} ${ssm:a} aws_lambda_event_source_mapping
    aws_lambda_function aws_lambda_event_source_mapping.a module.a.aws_lambda_event_source_mapping.b aws_lambda_alias
    aws_lambda_function.a.arn aws_dynamodb_table.a.stream_arn var.a module.a.b
"""
YAML = """
    &a *a - : [ ] { } !!int !!timestamp !!binary !Sub ! !Ref Resources << x "" , ? | !!python/name:os.x !!set !!pairs
    !!omap !!float
"""


def documents(names: str) -> st.SearchStrategy[Any]:
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.sampled_from(TEXTS.split()), st.text(max_size=6)
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names.split()), inner, max_size=4),
        max_leaves=25,
    )


def anything_under(names: str, *sections: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: documents(names) for name in sections})


def fields(names: str, *sure: str, maybe: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with the fields `sure` and some of `maybe`, whose values are anything."""
    return st.fixed_dictionaries(
        {name: documents(names) for name in sure}, optional={name: documents(names) for name in maybe.split()}
    )


#: Templates whose function A has a mapping; anything may stand in its properties.
SAM = st.fixed_dictionaries(
    {
        "Resources": st.fixed_dictionaries(
            {
                "A": fields(CLOUDFORMATION, maybe="Timeout MemorySize FunctionName AutoPublishAlias").flatmap(
                    lambda function: fields(
                        CLOUDFORMATION,
                        "BatchSize",
                        maybe="FilterCriteria DestinationConfig Enabled FunctionResponseTypes",
                    ).map(
                        lambda properties: {
                            "Type": "AWS::Serverless::Function",
                            "Properties": {
                                **function,
                                "Events": {
                                    "A": {
                                        "Type": "DynamoDB",
                                        "Properties": {"Stream": "a", "StartingPosition": "LATEST", **properties},
                                    }
                                },
                            },
                        }
                    )
                )
            },
            optional={"B": documents(CLOUDFORMATION)},
        )
    },
    optional={name: documents(CLOUDFORMATION) for name in ("Conditions", "Mappings", "Parameters", "Globals")},
)
MAPPING_RESOURCE = fields(CLOUDFORMATION, "FunctionName", "EventSourceArn", maybe="FilterCriteria BatchSize").map(
    lambda properties: {
        "Resources": {
            "A": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"StartingPosition": "LATEST", **properties},
            }
        }
    }
)
STREAM = fields(
    SERVERLESS, maybe="batchSize filterPatterns destinations enabled startingPosition functionResponseType type"
).map(lambda stream: {"A": {"events": [{"stream": {"arn": {"Ref": "B"}, **stream}}]}})
PLAN = fields(TERRAFORM, maybe="event_source_arn function_name batch_size filter_criteria destination_config").map(
    lambda values: {
        "root_module": {
            "resources": [
                {
                    "address": "A",
                    "type": "aws_lambda_event_source_mapping",
                    "values": {"starting_position": "LATEST", **values},
                },
                {"address": "aws_lambda_function.a", "type": "aws_lambda_function", "values": values},
            ]
        }
    }
)


def read(path: Path) -> None:
    for event, parameters in ((None, {"A": "b"}), ("A", {})):
        with suppress(InvalidOption):
            EventSourceMapping.from_template(path, "A", event, parameters=parameters)


fuzzed = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@fuzzed
@given(
    SAM
    | MAPPING_RESOURCE
    | anything_under(CLOUDFORMATION, "Resources", "Parameters", "Conditions", "Mappings", "Globals")
)
def test_any_document_in_cloudformations_words_is_read_or_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(json.dumps(document), "utf-8")
    read(path)


@fuzzed
@given(
    anything_under(SERVERLESS, "service", "provider", "custom", "resources", "params", "stages"),
    STREAM | documents(SERVERLESS),
)
def test_any_document_in_serverless_words_is_read_or_refused(
    tmp_path: Path, document: dict[str, Any], functions: Any
) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text(json.dumps({"functions": functions, **document}), "utf-8")
    read(path)


@fuzzed
@given(anything_under(TERRAFORM, "configuration", "resource_changes"), PLAN | documents(TERRAFORM))
def test_any_document_in_terraforms_words_is_read_or_refused(
    tmp_path: Path, document: dict[str, Any], values: Any
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"planned_values": values, **document}), "utf-8")
    read(path)


@fuzzed
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("template.json", "template.yaml"):
        (tmp_path / name).write_bytes(content)
        read(tmp_path / name)


@fuzzed
@given(st.lists(st.sampled_from([*YAML.split(), "\n", "\n  "]), max_size=14).map(" ".join))
def test_any_yaml_is_read_or_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text, "utf-8")
    read(path)
