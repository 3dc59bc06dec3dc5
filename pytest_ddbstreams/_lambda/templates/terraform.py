"""Plans and states of Terraform, as ``terraform show -json`` prints them. D, Terraform's "JSON Output Format"."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .stack import FUNCTION, Declared, Stack, entries, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAPPING: Final = "aws_lambda_event_source_mapping"
#: CloudFormation's type of a resource, and CloudFormation's name of some properties, by Terraform's names.
_TYPES: dict[str, tuple[str, dict[str, str]]] = {
    "aws_lambda_function": (
        FUNCTION,
        {"function_name": "FunctionName", "timeout": "Timeout", "memory_size": "MemorySize"},
    ),
    "aws_lambda_alias": ("AWS::Lambda::Alias", {"function_name": "FunctionName", "name": "Name"}),
    "aws_dynamodb_table": ("AWS::DynamoDB::Table", {"name": "TableName"}),
    "aws_sqs_queue": ("AWS::SQS::Queue", {"name": "QueueName"}),
    "aws_sns_topic": ("AWS::SNS::Topic", {"name": "TopicName"}),
    "aws_kinesis_stream": ("AWS::Kinesis::Stream", {"name": "Name"}),
    "aws_msk_cluster": ("AWS::MSK::Cluster", {}),
    "aws_mq_broker": ("AWS::AmazonMQ::Broker", {}),
    "aws_docdb_cluster": ("AWS::DocDB::DBCluster", {}),
}
_SETTINGS = {
    "batch_size": "BatchSize",
    "bisect_batch_on_function_error": "BisectBatchOnFunctionError",
    "enabled": "Enabled",
    "function_response_types": "FunctionResponseTypes",
    "maximum_batching_window_in_seconds": "MaximumBatchingWindowInSeconds",
    "maximum_record_age_in_seconds": "MaximumRecordAgeInSeconds",
    "maximum_retry_attempts": "MaximumRetryAttempts",
    "parallelization_factor": "ParallelizationFactor",
    "starting_position": "StartingPosition",
    "tumbling_window_in_seconds": "TumblingWindowInSeconds",
}
#: Blocks that only mappings of other services have.
_OF_OTHERS = {
    "queues": "Queues",
    "topics": "Topics",
    "self_managed_event_source": "SelfManagedEventSource",
    "document_db_event_source_config": "DocumentDBEventSourceConfig",
}
#: The index of one of several instances, ``[0]`` or ``["orders"]``.
_INDEX = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]')

#: A resource or a data source, and an attribute of it.
_RESOURCE = re.compile(r"((?:data\.)?aws_[^.]*\.[^.]*)(?:\.(.*))?", re.DOTALL)


def is_terraform(document: Mapping[str, Any]) -> bool:
    """Return whether a document is a plan or a state as ``terraform show -json`` prints it."""
    return "planned_values" in document or "root_module" in members(document.get("values"))


def stack_of_terraform(document: Mapping[str, Any]) -> Stack:
    """Return the stack of a plan or a state."""
    return _Plan(document).stack()


class _Reference(NamedTuple):
    """The resource and the attribute that an expression refers to."""

    address: str
    attribute: str


class _Plan:
    """A plan, or a state, and its translation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        values = members(document.get("planned_values") or document.get("values"))
        self._resources = dict(_resources_in(values.get("root_module")))
        self._root = members(members(document.get("configuration")).get("root_module"))
        changes = document.get("resource_changes")
        self._unknown = {
            str(change.get("address")): members(members(change.get("change")).get("after_unknown"))
            for change in map(members, entries(changes))
        }
        #: CloudFormation's resources, by Terraform's addresses.
        self._translated = {address: _translated(resource) for address, resource in self._resources.items()}

    def stack(self) -> Stack:
        for address in [each for each in self._resources if self._type(each) == "aws_lambda_alias"]:
            properties = self._translated[address]["Properties"]
            properties.setdefault("FunctionName", self._referred(address, "function_name"))
        mappings = tuple(self._mapping(each) for each in self._resources if self._type(each) == _MAPPING)
        return Stack(document={"Resources": self._translated}, mappings=mappings, functions=self._function_names())

    def _function_names(self) -> dict[str, str]:
        """Return the addresses of functions by shorter names that are the name of one function only."""
        functions = [address for address in self._resources if self._type(address) == "aws_lambda_function"]
        names = [
            (name, address)
            for address in functions
            for name in dict.fromkeys((_INDEX.sub("", address), _short(address)))
        ]
        counts = Counter(name for name, _ in names)
        return {name: address for name, address in names if counts[name] == 1}

    def _type(self, address: str) -> Any:
        return self._resources[address].get("type")

    def _mapping(self, address: str) -> Declared:
        found = {name: self._value(address, name) for name in (*_SETTINGS, *_OF_OTHERS)}
        properties = {
            **{{**_SETTINGS, **_OF_OTHERS}[name]: value for name, value in found.items() if value is not None},
            **dict(self._blocks(address)),
        }
        return Declared(
            logical_id=address,
            name=_short(address),
            function=self._referred(address, "function_name"),
            source=self._referred(address, "event_source_arn"),
            source_name="event_source_arn",
            properties=properties,
        )

    def _value(self, address: str, name: str) -> Any:
        """Return a value of a resource; None for one that is not set, and a reference for one that is not known yet."""
        value = members(self._resources[address].get("values")).get(name)
        if value is None and self._unknown.get(address, {}).get(name) and name in self._expressions(address):
            return {"Ref": f"{address}.{name}"}
        return None if value == [] else value

    def _blocks(self, address: str) -> Iterator[tuple[str, Any]]:
        values = members(self._resources[address].get("values"))
        if values.get("filter_criteria") or self._unknown.get(address, {}).get("filter_criteria") is True:
            filters = _block(values.get("filter_criteria")).get("filter")
            patterns = [members(one).get("pattern") for one in entries(filters)]
            is_known = isinstance(filters, list) and None not in patterns
            known = {"Filters": [{"Pattern": pattern} for pattern in patterns]}
            yield "FilterCriteria", known if is_known else {"Ref": f"{address}.filter_criteria"}
        if values.get("destination_config"):
            arn = _block(_block(values["destination_config"]).get("on_failure")).get("destination_arn")
            block = _block(_block(self._expressions(address).get("destination_config")).get("on_failure"))
            destination = self._expression(address, block.get("destination_arn")) if arn is None else arn
            yield "DestinationConfig", {"OnFailure": {"Destination": destination}}

    # What is not known before it is applied

    def _referred(self, address: str, name: str) -> Any:
        value = members(self._resources[address].get("values")).get(name)
        return self._expression(address, self._expressions(address).get(name)) if value is None else value

    def _expressions(self, address: str) -> Mapping[str, Any]:
        """Return the expressions of a resource in the configuration."""
        modules, wanted = _split(address)
        configured = self._module(modules).get("resources")
        for resource in map(members, entries(configured)):
            if resource.get("address") == wanted:
                return members(resource.get("expressions"))
        return {}

    def _module(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        module = self._root
        for name in path:
            module = members(members(members(module.get("module_calls")).get(name)).get("module"))
        return module

    def _expression(self, address: str, expression: Any) -> Any:
        """Return an intrinsic function for an expression of the resource at an address, or None."""
        found = self._find(_split(address)[0], expression)
        if found is None:
            return None
        target = self._instance(found.address, "".join(_INDEX.findall(_with_index(address))))
        kind, _ = _TYPES.get(found.address.split(".")[-2], ("", {}))
        self._translated.setdefault(target, {"Type": kind})
        return {"Fn::GetAtt": [target, "StreamArn" if found.attribute == "stream_arn" else "Arn"]}

    def _instance(self, address: str, index: str) -> str:
        """Return the resource at an address without indexes: the one with this index, or the first."""
        instances = [each for each in self._resources if _INDEX.sub("", each) == address]
        same = [each for each in instances if each.endswith(index)]
        return (same or instances or [address])[0]

    def _find(self, path: tuple[str, ...], expression: Any) -> _Reference | None:
        """Return the resource that an expression refers to, through variables and outputs of modules."""
        references = members(expression).get("references")
        for reference in entries(references):
            text = _INDEX.sub("", str(reference))
            kind, _, rest = text.partition(".")
            name, _, output = rest.partition(".")
            if kind == "var" and path:
                call = members(members(self._module(path[:-1]).get("module_calls")).get(path[-1]))
                return self._find(path[:-1], members(call.get("expressions")).get(name))
            if kind == "module" and output:
                outputs = members(self._module((*path, name)).get("outputs"))
                return self._find((*path, name), members(outputs.get(output)).get("expression"))
            found = _RESOURCE.fullmatch(text)
            if found:
                prefix = "".join(f"module.{name}." for name in path)
                return _Reference(f"{prefix}{found[1]}", found[2] or "")
        return None


def _resources_in(module: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the resources of a module and of the modules in it, by address."""
    resources, children = (members(module).get(name) for name in ("resources", "child_modules"))
    for resource in map(members, entries(resources)):
        if isinstance(resource.get("address"), str):
            yield resource["address"], resource
    for child in entries(children):
        yield from _resources_in(child)


def _translated(resource: Mapping[str, Any]) -> dict[str, Any]:
    kind, names = _TYPES.get(str(resource.get("type")), ("", {}))
    values = members(resource.get("values"))
    properties = {names[name]: value for name, value in values.items() if name in names and value is not None}
    return {"Type": kind, "Properties": properties}


def _block(value: Any) -> Mapping[str, Any]:
    """Return the only block of a kind; Terraform has a list of them."""
    return members(value[0]) if isinstance(value, list) and value else {}


def _split(address: str) -> tuple[tuple[str, ...], str]:
    """Return the names of the modules in an address, and the rest of it, without indexes."""
    modules = []
    rest = _INDEX.sub("", address)
    while rest.startswith("module."):
        _, name, rest = (*rest.split(".", 2), "")[:3]
        modules.append(name)
    return tuple(modules), rest


def _with_index(address: str) -> str:
    """Return an address without its modules, but with its index."""
    return address[address.rfind(_split(address)[1]) :]


def _short(address: str) -> str:
    """Return the name in an address, with its index."""
    return _with_index(address).partition(".")[2] or address
