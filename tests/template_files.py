"""Templates for the tests of `EventSourceMapping.from_template`."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from pytest_ddbstreams import EventSourceMapping

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def mapping_of(  # noqa: PLR0913 - a template, and the arguments of from_template
    folder: Path,
    template: str | Mapping[str, Any],
    function: str = "Orders",
    event: str | None = None,
    *,
    name: str = "template.yaml",
    parameters: Mapping[str, Any] | None = None,
) -> EventSourceMapping:
    """Return the mapping of a template, which is written to a file first: YAML text, or data that becomes JSON."""
    path = folder / name
    path.write_text(dedent(template) if isinstance(template, str) else json.dumps(template), "utf-8")
    return EventSourceMapping.from_template(path, function, event, parameters=parameters)


def sam(
    properties: Mapping[str, Any] | None = None, *, function: Mapping[str, Any] | None = None, **sections: Any
) -> dict[str, Any]:
    """Return a SAM template whose function Orders has the DynamoDB event Changes.

    Args:
        properties: properties of the event, beside Stream and StartingPosition.
        function: properties of the function, beside Events.
        sections: other sections; the section Resources has more resources.
    """
    stream = {"Stream": {"Fn::GetAtt": ["Table", "StreamArn"]}, "StartingPosition": "LATEST"}
    event = {"Type": "DynamoDB", "Properties": {**stream, **(properties or {})}}
    orders = {"Type": "AWS::Serverless::Function", "Properties": {**(function or {}), "Events": {"Changes": event}}}
    resources = {"Table": {"Type": "AWS::DynamoDB::Table"}, "Orders": orders, **sections.pop("Resources", {})}
    return {"Transform": "AWS::Serverless-2016-10-31", **sections, "Resources": resources}


def cloudformation(
    function_name: Any, resources: Mapping[str, Any] | None = None, *, source: Any = None, **function: Any
) -> dict[str, Any]:
    """Return a CloudFormation template with the function Orders and the mapping OrdersMapping, whose BatchSize is 7.

    Args:
        function_name: the mapping's FunctionName.
        resources: more resources.
        source: the mapping's EventSourceArn, by default the stream of Table.
        function: properties of Orders.
    """
    properties = {
        "FunctionName": function_name,
        "EventSourceArn": source or {"Fn::GetAtt": ["Table", "StreamArn"]},
        "StartingPosition": "LATEST",
        "BatchSize": 7,
    }
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table"},
            "Orders": {"Type": "AWS::Lambda::Function", "Properties": function},
            "OrdersMapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties},
            **(resources or {}),
        }
    }
