"""Requests, their callers, views and answers, and the checks that every operation makes first.

The *framework* is the part of the service that checks a request before its operation sees it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .. import _schemas, _service_errors
from .._model.names import is_stream_arn
from . import iterator_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._model.iterator import ShardIterator
    from .._model.registry import Registry
    from .._model.stream import StreamState

# The names of JSON values in the messages of the service's framework, which has different ones for true and false.
_JSON_NAMES = {
    True: "TRUE_VALUE",
    False: "FALSE_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    str: "STRING_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
}
# The framework does not check the values of these members: the operation refuses them, with another message.
_CHECKED_BY_OPERATIONS = {("ShardIteratorType",), ("ShardFilter", "Type")}


class Request(NamedTuple):
    """A request of an operation as it came, whether or not it fits the schema.

    Attributes:
        operation: a name in `OPERATIONS`.
        document: a JSON object; the service ignores members that are null.
        iterator: the shard iterator of the request's token; None without a token, or if this package did not issue it.
        stream: ARN of the stream that the request names, directly or by its iterator.
        shard: id of the shard that the request names, directly or by its iterator.
    """

    operation: str
    document: dict[str, Any]
    iterator: ShardIterator | None
    stream: str | None
    shard: str | None


def _no_shard(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class View:
    """How the streams look to one call while the service is not consistent yet. Faults choose the view.

    Attributes:
        hides: returns for a shard id whether DescribeStream leaves the shard out.
        lingers: returns for the id of a closed shard whether DescribeStream shows the shard as open.
        withholds: whether GetRecords and DescribeStream return empty pages although there are records or shards.
        page_limit: how many records GetRecords returns at most.
        listing_limit: how many shards DescribeStream returns at most.
        latest_shift: how many of the next records LATEST leaves out; if negative, how many of the newest ones it reads.
    """

    hides: Callable[[str], bool] = _no_shard
    lingers: Callable[[str], bool] = _no_shard
    withholds: bool = False
    page_limit: int = sys.maxsize
    listing_limit: int = sys.maxsize
    latest_shift: int = 0


#: The view of a consistent service: it changes nothing.
CLEAR: Final = View()


class Caller(NamedTuple):
    """The sender of a request, and the time of the request.

    Attributes:
        region: the region that the request was sent to.
        account: the account of the sender.
        now: the mock's time.
    """

    region: str
    account: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of an operation, and the parts of the view that made a difference to it.

    Attributes:
        response: the response, as JSON data.
        hidden: ids of the shards that the view removed from the page.
        lingering: ids of the closed shards that the view shows as open.
        is_withheld: whether the view removed all records or shards from the page.
        is_short: whether the view removed the last records or shards from the page.
        is_shifted: whether the view shifted the position at which the iterator begins.
    """

    response: dict[str, Any]
    hidden: frozenset[str] = frozenset()
    lingering: frozenset[str] = frozenset()
    is_withheld: bool = False
    is_short: bool = False
    is_shifted: bool = False


def request_of(operation: str, document: dict[str, Any]) -> Request:
    """Return the request that a document makes, with its iterator token decoded."""
    token = document.get("ShardIterator")
    if not isinstance(token, str):
        return Request(operation, document, None, _text(document.get("StreamArn")), _text(document.get("ShardId")))
    iterator = iterator_tokens.decode(token)
    if iterator is None:
        return Request(operation, document, None, None, None)
    return Request(operation, document, iterator, iterator.stream_arn, iterator.shard_id)


def checked(request: Request, schema: str) -> Request:
    """Return a request without its null members, or raise the refusal of the service's framework.

    Args:
        request: the request as it came.
        schema: the name of its schema.

    Raises:
        SerializationException: a member has another JSON type than the operation reads.
        ValidationException: one or several constraints are broken; the message counts them.
    """
    document = _schemas.without_nulls(request.document)
    violations = [
        found
        for found in _schemas.violations(schema, document)
        if not (found.rule == "enum" and found.path in _CHECKED_BY_OPERATIONS)
    ]
    for found in violations:
        if found.rule == "type":
            raise _service_errors.SerializationException(_conversion(found))
    if violations:
        raise _service_errors.ValidationException(_sentence(violations))
    return request._replace(document=document)


def require_stream_arn(text: str) -> None:
    """Raise ValidationException unless the text has the form of a stream's ARN."""
    if not is_stream_arn(text):
        raise _service_errors.ValidationException(_service_errors.INVALID_STREAM_ARN)


def limit_of(request: dict[str, Any], largest: int, refusal: str) -> int:
    """Return how many entries a page may have.

    Args:
        request: a checked document.
        largest: the operation's largest page, which is also the default.
        refusal: the message of the operation if the limit is larger.

    Raises:
        ValidationException: the limit is larger than the largest page.
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
        # Checked here only: the ARN of an existing stream has the form.
        require_stream_arn(arn)
        raise _service_errors.stream_not_found(arn)
    return stream


# Refusals of the service's framework


def _conversion(violation: _schemas.Violation) -> str:
    came = _JSON_NAMES[violation.value if isinstance(violation.value, bool) else type(violation.value)]
    return _service_errors.WRONG_TYPE.format(came=came, wanted=str(violation.bound).capitalize())


def _sentence(violations: list[_schemas.Violation]) -> str:
    sentences = "; ".join(map(_constraint, violations))
    if len(violations) == 1:
        return _service_errors.ONE_VIOLATION.format(violations=sentences)
    return _service_errors.VIOLATIONS.format(count=len(violations), violations=sentences)


def _constraint(violation: _schemas.Violation) -> str:
    field_name = ".".join(_lower_camel(str(step)) for step in violation.path)
    value = "null" if violation.rule == "required" else f"'{violation.value}'"
    # The service shows a pattern without the anchors that it has in the schema.
    bound = str(violation.bound).removeprefix("^(?:").removesuffix(")$")
    rule = _service_errors.RULES[violation.rule].format(bound=bound)
    return _service_errors.VIOLATION.format(value=value, field=field_name, rule=rule)


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
