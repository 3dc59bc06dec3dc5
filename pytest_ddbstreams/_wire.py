"""HTTP requests and responses of DynamoDB Streams: targets, headers, statuses, bodies.

The protocol is JSON 1.0 over POST, with the header ``X-Amz-Target: DynamoDBStreams_20120810.<Operation>``. This module
depends neither on the library that sent a request nor on the operation that it asks for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _json, _service_errors
from ._exceptions import UnansweredCall, short
from ._operations import OPERATIONS
from ._operations.records import RecordPage
from ._operations.tables import table_not_found
from ._service import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._service import Service

TARGET_PREFIX = "DynamoDBStreams_20120810."
TABLES_PREFIX = "DynamoDB_20120810."
TABLES_PREFIX = "DynamoDB_20120810."
CONTENT_TYPE = "application/x-amz-json-1.0"

#: The headers that this module reads, in lower case: an interceptor need not hand on others.
HEADERS = ("x-amz-target", "authorization", "amz-sdk-request", "amz-sdk-invocation-id")

#: The operations by the X-Amz-Target header.
_OPERATIONS = {f"{TARGET_PREFIX}{operation}": operation for operation in OPERATIONS}

# No operation's request has more than two levels, and a much deeper one would exhaust the stack of recursive functions.
_DEEPEST = 32

_UNREADABLE = (
    "{request.method} to {request.host} with the target {target} could not be read as a call of DynamoDB Streams: "
    "{refusal.code}: {refusal}"
)

_NO_TABLES = (
    "{operation} of DynamoDB is not answered here: this mock has streams and no tables, and answers DescribeTable "
    "only. Write to a stream by the control API, or set AWS_ENDPOINT_URL_DYNAMODB to a server that has tables."
)

_SCOPE = re.compile(r"[^/]+/[0-9]{8}/([a-z0-9-]+)/")
_ATTEMPT = re.compile(r"attempt=([0-9]{1,9})")

#: Hosts of DynamoDB Streams, as botocore's endpoint rules make them since 1.44.4 and before; group 1: the region.
STREAMS_HOST = re.compile(
    r"(?:[0-9]{12}\.streams-ddb(?:-fips)?|streams\.dynamodb(?:-fips)?|streams-dynamodb(?:-fips)?)"
    r"\.([a-z]{2,}-[a-z0-9-]+)\.[a-z0-9.-]+"
)


class HttpRequest(NamedTuple):
    """A request, whatever library received it.

    Attributes:
        method: the HTTP method; every operation takes POST.
        host: the host that it was sent to, without the port.
        headers: its headers, named in lower case; those in `HEADERS` suffice.
        body: its body.
        client: an object that lives as long as the client object that sent it, or None.
    """

    method: str
    host: str
    headers: Mapping[str, str]
    body: bytes
    client: object | None = None


class HttpResponse(NamedTuple):
    """The response to a request."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(request: HttpRequest, service: Service) -> HttpResponse:
    """Return the response of a service to a request.

    Raises:
        ContractViolation: the response breaks the API's schema.
        Exception: a transport fault that the test scripted, or an error of an action.
    """
    try:
        operation, document = _read(request, service)
        response = service.perform(operation, document, _origin(request, service))
    except _service_errors.ServiceError as refusal:
        return _response(refusal.status, _error_body(refusal), service)
    return _response(200, _body(response), service)


def describe_table(request: HttpRequest, service: Service) -> HttpResponse | None:
    """Return the response to DynamoDB's DescribeTable for a table with a stream here; None for other tables."""
    try:
        response = service.describe_table(_document(request.body), _origin(request, service).region)
    except _service_errors.SerializationException:
        return None
    return None if response is None else _response(200, _json.encode(response), service)


def answer_for_tables(request: HttpRequest, service: Service) -> HttpResponse | None:
    """Return the response to an operation of DynamoDB's tables; None if the request asks for another service.

    Only DescribeTable is answered, because consumers call it to look up the ARN of a stream. Every other operation is
    refused, and noted as an unanswered call.
    """
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(TABLES_PREFIX):
        return None
    try:
        return _response(200, _json.encode(_described_table(request, target, service)), service)
    except _service_errors.ServiceError as refusal:
        return _response(refusal.status, _error_body(refusal), service)


def _described_table(request: HttpRequest, target: str, service: Service) -> dict[str, Any]:
    operation = target.removeprefix(TABLES_PREFIX)
    if operation != "DescribeTable":
        error = UnansweredCall(_NO_TABLES.format(operation=operation))
        service.findings.unanswered.append(error)
        raise _service_errors.UnknownOperationException(str(error))
    _check_post(request)
    document = _document(request.body)
    described = service.describe_table(document, _origin(request, service).region)
    if described is None:
        raise table_not_found(document)
    return described


# Requests


def _read(request: HttpRequest, service: Service) -> tuple[str, dict[str, Any]]:
    """Return the operation of a request and its parameters; note a request without them as an unanswered call."""
    try:
        return _operation(request), _document(request.body)
    except (_service_errors.UnknownOperationException, _service_errors.SerializationException) as refusal:
        target = short(request.headers.get("x-amz-target"))
        error = UnansweredCall(_UNREADABLE.format(request=request, target=target, refusal=refusal))
        service.findings.unanswered.append(error)
        raise


def _operation(request: HttpRequest) -> str:
    operation = _OPERATIONS.get(request.headers.get("x-amz-target", ""))
    if operation is None:
        raise _service_errors.UnknownOperationException
    _check_post(request)
    return operation


def _check_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise _service_errors.UnknownOperationException
    if "authorization" not in request.headers:
        raise _service_errors.MissingAuthenticationTokenException


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = _json.decode(body)
    except ValueError:
        raise _service_errors.SerializationException from None
    if not isinstance(document, dict) or _json.is_nested_deeper(document, _DEEPEST):
        raise _service_errors.SerializationException
    return document


def _origin(request: HttpRequest, service: Service) -> Origin:
    """Return the origin of a request; its region is that of the signature's scope, else the host's or the mock's."""
    headers = request.headers
    _, _, rest = headers.get("authorization", "").partition("Credential=")
    credential, _, _ = rest.partition(",")
    region = _SCOPE.match(credential) or STREAMS_HOST.fullmatch(request.host)
    attempt = _ATTEMPT.search(headers.get("amz-sdk-request", ""))
    return Origin(
        region=region[1] if region else service.options.region,
        attempt=int(attempt[1]) if attempt else 1,
        invocation=headers.get("amz-sdk-invocation-id"),
        client=request.client,
        access_key=credential.partition("/")[0],
    )


# Responses


def _body(response: dict[str, Any]) -> bytes:
    """Return the JSON text of a response; the records of a page are stored as JSON text and are only joined."""
    encoded = {name: value.encoded for name, value in response.items() if isinstance(value, RecordPage)}
    return _json.encode_with_lists({name: response[name] for name in response if name not in encoded}, encoded)


def _error_body(refusal: _service_errors.ServiceError) -> bytes:
    return _json.encode({"__type": f"{refusal.namespace}#{refusal.code}", "message": refusal.message})


def _response(status: int, body: bytes, service: Service) -> HttpResponse:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "x-amzn-RequestId": service.request_id(),
    }
    return HttpResponse(status, headers, body)
