"""Templates of CloudFormation and SAM, and those that CDK synthesizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .loops import expand_loops
from .parameters import Parameters
from .stack import FUNCTION, MAPPING, Declared, Stack, members, properties_of, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SAM_FUNCTION: Final = "AWS::Serverless::Function"
_SAM_EVENT: Final = "DynamoDB"
#: The properties of a DynamoDB event. D, SAM's schema.
_SAM_PROPERTIES = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Stream",
    "TumblingWindowInSeconds",
)
#: The properties of an event source mapping, of any source. D, CloudFormation's schema.
PROPERTIES: Final = (
    *(name for name in _SAM_PROPERTIES if name != "Stream"),
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "EventSourceArn",
    "FunctionName",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Tags",
    "Topics",
)


def stack_of_cloudformation(document: Mapping[str, Any], given: Mapping[str, Any]) -> Stack:
    """Return the stack of a CloudFormation template; what SAM would make of its functions is in it too.

    Args:
        document: the template.
        given: values of its parameters.
    """
    parameters = Parameters(members(document.get("Parameters")), given)
    declared = resources_of({"Resources": expand_loops(document.get("Resources"), parameters)})
    resources = {name: _plain(resource, document) for name, resource in declared.items()}
    return Stack(
        document={**document, "Resources": {**_sam_aliases(resources), **resources}},
        mappings=(*_sam_mappings(declared), *mapping_resources(resources)),
        functions=dict(_cdk_functions(resources)),
    )


def mapping_resources(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[Declared]:
    """Yield the event source mappings that are resources of their own."""
    for name, resource in resources.items():
        if resource.get("Type") == MAPPING:
            properties = properties_of(resource)
            yield Declared(
                logical_id=name,
                name=name,
                function=properties.get("FunctionName"),
                source=properties.get("EventSourceArn"),
                source_name="EventSourceArn",
                properties=properties,
                given=properties.keys(),
                known=PROPERTIES,
                condition=resource.get("Condition"),
            )


def _plain(resource: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a function of SAM as one of CloudFormation, with what the section Globals gives it."""
    if resource.get("Type") != _SAM_FUNCTION:
        return resource
    shared = members(members(document.get("Globals")).get("Function"))
    return {**resource, "Type": FUNCTION, "Properties": {**shared, **properties_of(resource)}}


def _cdk_functions(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the path of each function in CDK's tree, such as ``Shop/Orders``, with its logical id, which has a hash."""
    for name, resource in resources.items():
        path = members(resource.get("Metadata")).get("aws:cdk:path")
        if resource.get("Type") == FUNCTION and isinstance(path, str):
            yield path.removesuffix("/Resource"), name


def _sam_mappings(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[Declared]:
    """Yield the mappings of the DynamoDB events of functions."""
    functions = {name: each for name, each in resources.items() if each.get("Type") == _SAM_FUNCTION}
    for function, resource in functions.items():
        for name, event in members(properties_of(resource).get("Events")).items():
            if members(event).get("Type") == _SAM_EVENT:
                properties = properties_of(event)
                yield Declared(
                    logical_id=f"{function}{name}",  # D, SAM's "Generated CloudFormation resources"
                    name=name,
                    function={"Ref": function},
                    source=properties.get("Stream"),
                    source_name="Stream",
                    is_of_dynamodb=True,
                    properties=properties,
                    given=properties.keys(),
                    known=_SAM_PROPERTIES,
                    condition=resource.get("Condition"),
                )


def _sam_aliases(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the alias that SAM makes for each function with an AutoPublishAlias, by the names that it has. D."""
    aliases: dict[str, Mapping[str, Any]] = {}
    for function, resource in resources.items():
        alias = properties_of(resource).get("AutoPublishAlias")
        if isinstance(alias, str):
            properties = {"FunctionName": {"Ref": function}, "Name": alias}
            made = {"Type": "AWS::Lambda::Alias", "Properties": properties}
            version = {"Type": "AWS::Lambda::Version", "Properties": properties}
            aliases |= {f"{function}Alias{alias}": made, f"{function}.Alias": made, f"{function}.Version": version}
    return aliases
