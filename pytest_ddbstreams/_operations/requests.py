"""Requests: what one names, and the checks that every operation makes before it looks at the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _schemas, _service_errors
from .._model.names import is_stream_arn, microseconds
from . import iterator_tokens
from .view import CLEAR, View

if TYPE_CHECKING:
    from datetime import datetime

    from .._model.iterator import ShardIterator
    from .._model.registry import Registry
    from .._model.stream import StreamState

# Names that a JSON reader has for what it reads; true and false have names of their own.
_TOKENS = {
    True: "TRUE_VALUE",
    False: "FALSE_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    str: "STRING_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}


class Caller(NamedTuple):
    """Who sends a request, when, and how the streams look to it."""

    region: str
    account: str
    now: datetime
    view: View = CLEAR

    @property
    def microseconds(self) -> int:
        """Microseconds since the epoch."""
        return microseconds(self.now)


class Request(NamedTuple):
    """A request of an operation as it came, well-formed or not.

    Attributes:
        operation: a name in `OPERATIONS`.
        document: a JSON object; members that are null count as absent, as they do at the service.
        iterator: the shard iterator whose token came; None where none came, or the token was not issued here.
        stream: ARN of the stream that it names, directly or by its iterator.
        shard: id of the shard that it names, directly or by its iterator.
    """

    operation: str
    document: dict[str, Any]
    iterator: ShardIterator | None
    stream: str | None
    shard: str | None


def request_of(operation: str, document: dict[str, Any]) -> Request:
    """Return the request that a document makes; its iterator token is decoded here, once."""
    token = document.get("ShardIterator")
    if not isinstance(token, str):
        return Request(operation, document, None, _text(document.get("StreamArn")), _text(document.get("ShardId")))
    iterator = iterator_tokens.decode(token)
    if iterator is None:
        return Request(operation, document, None, None, None)
    return Request(operation, document, iterator, iterator.stream_arn, iterator.shard_id)


def checked(request: Request) -> Request:
    """Return a request without its nulls, unless the service's framework refuses it.

    Raises:
        SerializationException: a member has another JSON type than the operation reads.
        ValidationException: one or several constraints are broken; the message counts them.
    """
    violations = [
        found for found in _schemas.request_violations(request.operation, request.document) if not _is_own(found)
    ]
    for found in violations:
        if found.rule == "type":
            came = _TOKENS[found.value if isinstance(found.value, bool) else type(found.value)]
            raise _service_errors.SerializationException(
                _service_errors.WRONG_TYPE.format(came=came, wanted=str(found.bound).capitalize())
            )
    if violations:
        raise _service_errors.ValidationException(_sentence(violations))
    return request._replace(document=_schemas.without_nulls(request.document))


def require_stream_arn(text: str) -> None:
    """Raise ValidationException unless the text has the form of a stream's ARN."""
    if not is_stream_arn(text):
        raise _service_errors.ValidationException(_service_errors.INVALID_STREAM_ARN)


def limit_of(request: dict[str, Any], largest: int, refusal: str) -> int:
    """Return how many entries a page may have.

    Args:
        request: a checked document.
        largest: the operation's largest page, which is also the default.
        refusal: the operation's sentence for a larger limit.

    Raises:
        ValidationException: the limit is larger.
    """
    limit = request.get("Limit", largest)
    if limit > largest:
        raise _service_errors.ValidationException(refusal)
    # 10.0 is an integer in JSON, and a float in Python.
    return int(limit)


def known_stream(registry: Registry, caller: Caller, arn: str) -> StreamState:
    """Return the stream of an ARN.

    Raises:
        ValidationException: the text does not have the form of a stream's ARN.
        ResourceNotFoundException: the caller's region has no such stream.
    """
    stream = registry.get(arn, caller.now)
    if stream is None or stream.name.region != caller.region:
        require_stream_arn(arn)
        raise _service_errors.stream_not_found(arn)
    return stream


def _is_own(violation: _schemas.Violation) -> bool:
    # Two enumerations are checked by the operations, each with its own sentence.
    return violation.rule == "enum" and violation.path in {("ShardIteratorType",), ("ShardFilter", "Type")}


def _sentence(violations: list[_schemas.Violation]) -> str:
    sentences = "; ".join(map(_constraint, violations))
    if len(violations) == 1:
        return _service_errors.ONE_VIOLATION.format(violations=sentences)
    return _service_errors.VIOLATIONS.format(count=len(violations), violations=sentences)


def _constraint(violation: _schemas.Violation) -> str:
    field_name = ".".join(_lower_camel(str(step)) for step in violation.path)
    value = "null" if violation.rule == "required" else f"'{violation.value}'"
    rule = _service_errors.RULES[violation.rule].format(bound=_shown(violation.bound))
    return _service_errors.VIOLATION.format(value=value, field=field_name, rule=rule)


def _shown(bound: object) -> str:
    """Return a bound as the service shows it: values side by side, a pattern without the anchors of the schema."""
    if isinstance(bound, tuple):
        return ", ".join(map(str, bound))
    return str(bound).removeprefix("^(?:").removesuffix(")$")


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
