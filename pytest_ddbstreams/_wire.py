"""Bytes on one side, operations on the other: targets, headers, statuses, error bodies.

    JSON 1.0 over POST; ``X-Amz-Target: DynamoDBStreams_20120810.<Operation>``.

It does not know how a request got here, nor what an operation does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _json, _service_errors
from ._exceptions import UnansweredCall
from ._operations import OPERATIONS
from ._operations.records import RecordPage
from ._service import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._service import Service

TARGET_PREFIX = "DynamoDBStreams_20120810."
CONTENT_TYPE = "application/x-amz-json-1.0"

#: The headers that decide an answer, or how it is logged: what the doorways hand on, named in lower case.
HEADERS = ("x-amz-target", "authorization", "amz-sdk-request", "amz-sdk-invocation-id")

#: By target.
_OPERATIONS = {f"{TARGET_PREFIX}{operation}": operation for operation in OPERATIONS}

# No request has more than two levels; deeper ones than this could exhaust the stack of those who walk them.
_DEEPEST = 32

_UNREAD = (
    "{arrival.method} to {arrival.host} with the target {target!r} could not be read as a call of DynamoDB Streams: "
    "{refusal.code}: {refusal}"
)

_SCOPE = re.compile(r"[^/]+/[0-9]{8}/([a-z0-9-]+)/")
_ATTEMPT = re.compile(r"attempt=([0-9]{1,9})")

#: Hosts of DynamoDB Streams, as botocore's endpoint rules make them since 1.44.4 and before; group 1: the region.
STREAMS_HOST = re.compile(
    r"(?:[0-9]{12}\.streams-ddb(?:-fips)?|streams\.dynamodb(?:-fips)?|streams-dynamodb(?:-fips)?)"
    r"\.([a-z]{2,}-[a-z0-9-]+)\.[a-z0-9.-]+"
)


class Arrival(NamedTuple):
    """A request as it arrives: the HTTP of it, without the way it came."""

    method: str
    host: str
    headers: Mapping[str, str]
    body: bytes
    client: object | None = None


class Reply(NamedTuple):
    """An answer as it leaves."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(arrival: Arrival, service: Service) -> Reply:
    """Answer a request in bytes.

    Raises:
        ContractViolation: the answer breaks the API's schema.
        Exception: a transport fault that the test scripted.
    """
    try:
        operation, document = _read(arrival, service)
        response = service.perform(operation, document, _origin(arrival, service))
    except _service_errors.ServiceError as refusal:
        return _reply(refusal.status, _error_body(refusal), service)
    return _reply(200, _body(response), service)


def _read(arrival: Arrival, service: Service) -> tuple[str, dict[str, Any]]:
    try:
        return _operation(arrival), _document(arrival.body)
    except (_service_errors.UnknownOperationException, _service_errors.SerializationException) as refusal:
        target = arrival.headers.get("x-amz-target")
        error = UnansweredCall(_UNREAD.format(arrival=arrival, target=target, refusal=refusal))
        service.findings.unanswered.append(error)
        raise


def describe_table(arrival: Arrival, service: Service) -> Reply | None:
    """Answer DynamoDB's DescribeTable as far as the table's stream goes; None where it has none here."""
    try:
        response = service.describe_table(_document(arrival.body), _origin(arrival, service).region)
    except _service_errors.SerializationException:
        return None
    return None if response is None else _reply(200, _json.encode(response), service)


def _operation(arrival: Arrival) -> str:
    operation = _OPERATIONS.get(arrival.headers.get("x-amz-target", ""))
    if operation is None or arrival.method != "POST":
        raise _service_errors.UnknownOperationException
    if "authorization" not in arrival.headers:
        raise _service_errors.MissingAuthenticationTokenException
    return operation


def _origin(arrival: Arrival, service: Service) -> Origin:
    """Return where a request comes from; its region is that of the signature's scope, else the host's or the mock's."""
    headers = arrival.headers
    _, _, credential_on = headers.get("authorization", "").partition("Credential=")
    credential, _, _ = credential_on.partition(",")
    region = _region(credential, arrival.host) or service.options.region
    attempt, invocation = _attempt(headers.get("amz-sdk-request", "")), headers.get("amz-sdk-invocation-id")
    return Origin(region, attempt, invocation, arrival.client)


# A client says the same all day.
@lru_cache(maxsize=64)
def _region(credential: str, host: str) -> str | None:
    scope = _SCOPE.match(credential) or STREAMS_HOST.fullmatch(host)
    return scope[1] if scope else None


@lru_cache(maxsize=64)
def _attempt(sdk_request: str) -> int:
    attempt = _ATTEMPT.search(sdk_request)
    return int(attempt[1]) if attempt else 1


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = _json.decode(body)
    except ValueError:
        raise _service_errors.SerializationException from None
    # Where there are few brackets nobody need look how they nest.
    may_be_deep = body.count(b"{") + body.count(b"[") > _DEEPEST
    if not isinstance(document, dict) or (may_be_deep and _json.is_nested_deeper(document, _DEEPEST)):
        raise _service_errors.SerializationException
    return document


def _body(response: dict[str, Any]) -> bytes:
    page = response.get("Records")
    if not isinstance(page, RecordPage):
        return _json.encode(response)
    # The records are texts already: a page is a join.
    parts = [b'{"Records":[', b",".join(page.encoded), b"]"]
    for name, value in response.items():
        if name != "Records":
            parts += (b',"%b":' % name.encode(), _json.encode(value))
    return b"".join([*parts, b"}"])


def _error_body(refusal: _service_errors.ServiceError) -> bytes:
    return _json.encode({"__type": f"{refusal.namespace}#{refusal.code}", "message": refusal.message})


def _reply(status: int, body: bytes, service: Service) -> Reply:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": service.request_id(),
    }
    return Reply(status, headers, body)
