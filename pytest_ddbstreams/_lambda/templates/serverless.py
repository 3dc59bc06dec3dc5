"""Services of the Serverless Framework: the ``stream`` events of their functions. D, the framework's documentation.

The framework translates a service into a CloudFormation template, and so does this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .cloudformation import mapping_resources
from .serverless_variables import Variables
from .stack import FUNCTION, Declared, Stack, entries, members, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The framework's names of properties that need no translation of their values.
_SAME = {
    "batchSize": "BatchSize",
    "batchWindow": "MaximumBatchingWindowInSeconds",
    "bisectBatchOnFunctionError": "BisectBatchOnFunctionError",
    "enabled": "Enabled",
    "maximumRecordAgeInSeconds": "MaximumRecordAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "parallelizationFactor": "ParallelizationFactor",
    "startingPosition": "StartingPosition",
    "tumblingWindowInSeconds": "TumblingWindowInSeconds",
}
_PROPERTIES = (*_SAME, "arn", "consumer", "destinations", "filterPatterns", "functionResponseType", "type")
_MAPPING_DEFAULTS = {"BatchSize": 10, "StartingPosition": "TRIM_HORIZON"}
_FUNCTION_DEFAULTS = {"timeout": 6, "memorySize": 1024}
_SECTIONS = ("Resources", "Parameters", "Mappings", "Conditions")


def stack_of_serverless(document: Mapping[str, Any], folder: Path, given: Mapping[str, Any]) -> Stack:
    """Return the stack of a service.

    Args:
        document: the data of ``serverless.yml``.
        folder: its folder, in which variables find other files.
        given: values by the source of a variable, ``{"opt:stage": "live"}``.
    """
    variables = Variables(document, folder, given)
    service = _Service(variables.resolve(document), variables.stage())
    return service.stack(variables.met)


class _Service:
    """A service without variables, and its translation."""

    def __init__(self, document: Mapping[str, Any], stage: Any) -> None:
        self._stage = stage
        self._provider = members(document.get("provider"))
        service = document.get("service")
        self._name = members(service).get("name") if isinstance(service, Mapping) else service
        self._functions = {name: members(function) for name, function in _merged(document.get("functions")).items()}
        self._resources = _resources_of_service(document.get("resources"))

    def stack(self, references: set[str]) -> Stack:
        functions = {_logical_id(name): self._function(name) for name in self._functions}
        resources = {**functions, **resources_of(self._resources)}
        return Stack(
            document={**self._resources, "Resources": resources},
            mappings=(*self._mappings(), *mapping_resources(resources)),
            functions={name: _logical_id(name) for name in self._functions},
            references=references,
        )

    def _function(self, name: str) -> Mapping[str, Any]:
        function = self._functions[name]
        timeout, memory = (
            function.get(option) or self._provider.get(option) or default
            for option, default in _FUNCTION_DEFAULTS.items()
        )
        default = {"Fn::Join": ["-", [self._name or "service", self._stage, name]]}
        properties = {"FunctionName": function.get("name") or default, "Timeout": timeout, "MemorySize": memory}
        return {"Type": FUNCTION, "Properties": properties}

    def _mappings(self) -> Iterator[Declared]:
        for name, function in self._functions.items():
            events = function.get("events")
            for event in entries(events):
                stream = members(event).get("stream")
                declared = _declared(name, stream if isinstance(stream, Mapping) else {"arn": stream})
                if "stream" in members(event) and declared is not None:
                    yield declared


def _declared(function: str, stream: Mapping[str, Any]) -> Declared | None:
    """Return the mapping of a ``stream`` event, or None for a stream of Kinesis."""
    kind, arn = stream.get("type"), stream.get("arn")
    if kind not in (None, "dynamodb"):
        return None
    name = _stream_name(arn)
    identifier = re.sub(r"[^0-9A-Za-z]", "", name)
    return Declared(
        logical_id=f"{_normalized(function)}EventSourceMappingDynamodb{identifier[:1].upper()}{identifier[1:]}",
        name=name,
        function={"Ref": _logical_id(function)},
        source=arn,
        source_name="arn",
        is_of_dynamodb=kind is not None,
        properties={**_MAPPING_DEFAULTS, **_translated(stream)},
        given=stream.keys(),
        known=_PROPERTIES,
    )


def _translated(stream: Mapping[str, Any]) -> dict[str, Any]:
    properties = {_SAME[name]: value for name, value in stream.items() if name in _SAME and value is not None}
    if stream.get("functionResponseType") is not None:
        properties["FunctionResponseTypes"] = [stream["functionResponseType"]]
    patterns = stream.get("filterPatterns")
    if isinstance(patterns, list):
        properties["FilterCriteria"] = {"Filters": [{"Pattern": {"Fn::ToJsonString": one}} for one in patterns]}
    elif patterns is not None:
        properties["FilterCriteria"] = patterns
    destination = members(stream.get("destinations")).get("onFailure")
    if destination is not None:
        arn = destination.get("arn", destination) if isinstance(destination, Mapping) else destination
        properties["DestinationConfig"] = {"OnFailure": {"Destination": arn}}
    return properties


def _stream_name(arn: Any) -> str:
    """Return the name of a stream as the framework takes it from an ARN or from an intrinsic function."""
    if isinstance(arn, str):
        return arn.split("/")[1] if "/" in arn else arn
    for function in ("Fn::GetAtt", "Fn::ImportValue", "Ref", "Fn::Join"):
        argument = members(arn).get(function)
        while isinstance(argument, list) and argument:
            argument = argument[-1 if function == "Fn::Join" else 0]
        if isinstance(argument, str):
            return {"Fn::Join": argument.rpartition("/")[2], "Fn::GetAtt": argument.partition(".")[0]}.get(
                function, argument
            )
    return "stream"


def _normalized(function: str) -> str:
    name = function.replace("-", "Dash").replace("_", "Underscore")
    return name[:1].upper() + name[1:]


def _logical_id(function: str) -> str:
    return f"{_normalized(function)}LambdaFunction"


def _merged(value: Any) -> dict[str, Any]:
    """Return one object for a list of objects: services may be spread over files."""
    parts = value if isinstance(value, list) else [value]
    return {name: member for part in parts for name, member in members(part).items()}


def _resources_of_service(value: Any) -> dict[str, Any]:
    """Return the sections of the CloudFormation template in a service."""
    parts = value if isinstance(value, list) else [value]
    return {section: _merged([members(part).get(section) for part in parts]) for section in _SECTIONS}
