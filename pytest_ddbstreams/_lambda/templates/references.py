"""References between the parts of a CloudFormation template, Ref and Fn::GetAtt, and the ARNs of resources. D."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .stack import FUNCTION, members, parts_of, properties_of, resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .parameters import Parameters


class Unresolved(Exception):
    """A value that the template does not say.

    Attributes:
        key: the name under which a user can give the value, or a function of CloudFormation.
        reason: words that continue "…, which".
    """

    UNSAID: Final = "the template does not say"

    def __init__(self, key: str, reason: str = UNSAID) -> None:
        super().__init__(f"{key}, which {reason}")
        self.key = key
        self.reason = reason


#: A variable in the text of Fn::Sub, or a value of Systems Manager or Secrets Manager.
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}|(\{\{resolve:[^}]*\}\})")


class _Arn(NamedTuple):
    """The form of the ARNs of a type of resources.

    Attributes:
        service: the service in the ARN.
        prefix: the text before the name.
        name: the property that is the name; None for resources whose ARN has a part that AWS chooses.
        is_ref: whether Ref gives the ARN, and not the name.
    """

    service: str
    prefix: str
    name: str | None = None
    is_ref: bool = False


_TABLE = _Arn("dynamodb", "table/", "TableName")
_FUNCTION = _Arn("lambda", "function:", "FunctionName")
_ARNS = {
    FUNCTION: _FUNCTION,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::Serverless::SimpleTable": _TABLE,
    "AWS::SQS::Queue": _Arn("sqs", "", "QueueName"),
    "AWS::SNS::Topic": _Arn("sns", "", "TopicName", is_ref=True),
    "AWS::Kinesis::Stream": _Arn("kinesis", "stream/", "Name"),
    "AWS::Kinesis::StreamConsumer": _Arn("kinesis", "stream/", is_ref=True),
    "AWS::MSK::Cluster": _Arn("kafka", "cluster/", is_ref=True),
    "AWS::MSK::ServerlessCluster": _Arn("kafka", "cluster/", is_ref=True),
    "AWS::AmazonMQ::Broker": _Arn("mq", "broker:"),
    "AWS::DocDB::DBCluster": _Arn("rds", "cluster:"),
}
#: Qualified functions, and the property that is the qualifier.
_QUALIFIERS = {"AWS::Lambda::Alias": "Name", "AWS::Lambda::Version": None}


class References:
    """The values of Ref and Fn::GetAtt in one template.

    Args:
        document: the template.
        parameters: values that are known before deployment.
        resolve: computes the value of a property.
        unknown: called as ``unknown(key, reason)`` for a value that the template does not say; it raises `Unresolved`,
            or returns a text in the value's place.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        parameters: Parameters,
        resolve: Callable[[Any], Any],
        unknown: Callable[..., Any],
    ) -> None:
        self._resources = resources_of(document)
        self._parameters = parameters
        self._resolve = resolve
        self._unknown = unknown
        #: Resources whose ARN or name is being computed.
        self._pending: set[str] = set()

    def ref(self, name: str) -> Any:
        """Return the value of ``{"Ref": name}``."""
        if name in self._parameters:
            return self._parameters[name]
        kind = self._kind(name)
        form = _ARNS.get(kind)
        if kind in _QUALIFIERS or (form is not None and form.is_ref):
            return self._guarded(self._arn, name, name)
        if form is None or form.service == "sqs":  # Ref of a queue is its URL
            return self._unknown(name)
        return self._guarded(self._name, name, name)

    def attribute(self, name: str, attribute: str) -> Any:
        """Return the value of ``{"Fn::GetAtt": [name, attribute]}``."""
        key = f"{name}.{attribute}"
        if key in self._parameters:
            return self._parameters[key]
        form = _ARNS.get(self._kind(name))
        if self._kind(name) in _QUALIFIERS or (form is not None and attribute in {"Arn", "TopicArn"}):
            return self._guarded(self._arn, name, key)
        if form is not None and attribute == form.name:
            return self._guarded(self._name, name, key)
        if form is _TABLE and attribute == "StreamArn":
            return f"{self._guarded(self._arn, name, key)}/stream/{self._unknown(key)}"
        return self._unknown(key)

    def variable(self, name: str) -> Any:
        """Return the value of ``${name}`` in the text of Fn::Sub."""
        resource, dot, attribute = name.partition(".")
        # SAM has resources such as Orders.Alias.
        return self.attribute(resource, attribute) if dot and name not in self._resources else self.ref(name)

    def names(self, text: str) -> list[str]:
        """Return the logical ids of the resources whose ARN or Ref is a text."""
        return [name for name in self._resources if text in (self.ref(name), self.attribute(name, "Arn"))]

    def _kind(self, name: str) -> str:
        return str(self._resources.get(name, {}).get("Type"))

    def _guarded(self, compute: Callable[[str], Any], name: str, key: str) -> Any:
        """Return the name or the ARN of a resource; `key` is the name under which a user can give it."""
        if name in self._pending:
            return self._unknown(name, "refers to itself")
        self._pending.add(name)
        try:
            return compute(name)
        except Unresolved as error:
            return self._unknown(key, error.reason)
        finally:
            self._pending.remove(name)

    def _name(self, name: str) -> str:
        form = _ARNS[self._kind(name)]
        properties = properties_of(self._resources[name])
        given = None if form.name is None else properties.get(form.name)
        return str(self._unknown(name) if given is None else self._resolve(given))

    def _arn(self, name: str) -> str:
        kind = self._kind(name)
        if kind not in _QUALIFIERS:
            return self._arn_of(_ARNS[kind], self._name(name))
        properties = properties_of(self._resources[name])
        function = str(self._resolve(properties.get("FunctionName")))
        qualifier = self._resolve(properties.get(_QUALIFIERS[kind] or "")) or self._unknown(name)
        return f"{function if function.startswith('arn:') else self._arn_of(_FUNCTION, function)}:{qualifier}"

    def _arn_of(self, form: _Arn, name: str) -> str:
        partition, region, account = (self.ref(f"AWS::{part}") for part in ("Partition", "Region", "AccountId"))
        return f"arn:{partition}:{form.service}:{region}:{account}:{form.prefix}{name}"


def references_in(document: Any) -> Iterator[str]:
    """Yield the names that Ref, Fn::GetAtt, Fn::Sub and others refer to anywhere in a template."""
    level = [document]
    while level:
        # By identity, because aliases of YAML show one object in many places.
        parts = {id(part): part for whole in level for part in parts_of(whole)}
        yield from (name for part in parts.values() for name in _names_in(part))
        level = list(parts.values())


def _names_in(value: Any) -> Iterator[str]:
    """Yield the names that a text or an intrinsic function refers to."""
    if isinstance(value, str):
        yield from (variable or dynamic for variable, dynamic in _VARIABLE.findall(value))
    for name, argument in members(value).items():
        if name == "Fn::GetAtt" and isinstance(argument, list):
            yield ".".join(map(str, argument))
        elif name in {"Ref", "Fn::GetAtt", "Fn::ImportValue"}:
            yield str(argument)
