"""What every operation asks of a request before it looks at the streams."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _schemas, _service_errors
from .._model.names import is_stream_arn
from .view import CLEAR, View

if TYPE_CHECKING:
    from .._model.registry import Registry
    from .._model.stream import StreamState

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
# What a JSON reader calls what it meets; a value that is true or false is named by itself.
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
    """Who asks, from where, and when, and how the streams look to them."""

    region: str
    account: str
    now: datetime
    view: View = CLEAR

    @property
    def microseconds(self) -> int:
        """Microseconds since the epoch."""
        return (self.now - _EPOCH) // _MICROSECOND


def read_request(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request as the operation reads it, without what is null; what the service's framework refuses is refused.

    Raises:
        SerializationException: something has another JSON type than the operation reads.
        ValidationException: one or several constraints are broken; the message counts them.
    """
    # A null fits no member, so a request that fits has none where it would matter.
    if _schemas.is_request(operation, request):
        return request
    violations = [found for found in _schemas.request_violations(operation, request) if not _is_own(found)]
    for found in violations:
        if found.rule == "type":
            came = _TOKENS[found.value if isinstance(found.value, bool) else type(found.value)]
            raise _service_errors.SerializationException(
                _service_errors.WRONG_TYPE.format(came=came, wanted=str(found.bound).capitalize())
            )
    if violations:
        raise _service_errors.ValidationException(_sentence(violations))
    return _schemas.without_nulls(request)


def require_stream_arn(text: str) -> None:
    if not is_stream_arn(text):
        raise _service_errors.ValidationException(_service_errors.INVALID_STREAM_ARN)


def limit_of(request: dict[str, Any], largest: int, refusal: str) -> int:
    """How many entries a page may have.

    Raises:
        ValidationException: more than the operation gives; the refusal is its own sentence for that.
    """
    limit = request.get("Limit", largest)
    if limit > largest:
        raise _service_errors.ValidationException(refusal)
    # 10.0 is an integer in JSON, and a float in Python.
    return int(limit)


def known_stream(registry: Registry, caller: Caller, arn: str) -> StreamState:
    """The stream of an ARN, as seen from the caller's region.

    Raises:
        ValidationException: the text is no stream's ARN.
        ResourceNotFoundException: there is no such stream in this region.
    """
    stream = registry.get(arn, caller.now)
    if stream is None or stream.name.region != caller.region:
        require_stream_arn(arn)
        raise _service_errors.stream_not_found(arn)
    return stream


def _is_own(violation: _schemas.Violation) -> bool:
    # The service checks these two enumerations itself, each with a sentence of its own.
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
    """A bound as the service shows it: values side by side, a pattern without the anchors that a schema needs."""
    if isinstance(bound, tuple):
        return ", ".join(map(str, bound))
    return str(bound).removeprefix("^(?:").removesuffix(")$")


def _lower_camel(name: str) -> str:
    return name[:1].lower() + name[1:]
