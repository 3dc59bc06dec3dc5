"""HTTP requests that botocore or requests has prepared, and the hosts of AWS."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .._wire import HEADERS, HttpRequest

#: The DNS suffixes of all partitions of AWS, as in botocore's ``partitions.json``; a test compares the two.
AWS_SUFFIXES = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".api.aws.ic.gov",
    ".sc2s.sgov.gov",
    ".api.aws.scloud",
    ".cloud.adc-e.uk",
    ".api.cloud-aws.adc-e.uk",
    ".csp.hci.ic.gov",
    ".api.aws.hci.ic.gov",
)


def is_aws(host: str) -> bool:
    """Return whether a request to a host would leave for AWS."""
    return host.endswith(AWS_SUFFIXES)


def host_of(url: str | bytes) -> str:
    """Return the host that a URL names, without the dot of the root that may end it."""
    return (urlsplit(_text(url)).hostname or "").removesuffix(".")


def http_request_of(request: Any, client: object | None = None) -> HttpRequest:
    """Return the `HttpRequest` of a prepared request, which has the same attributes in botocore and in requests.

    Args:
        request: the prepared request.
        client: an object that lives as long as the client that sends it, or None.
    """
    values = {name: request.headers.get(name) for name in HEADERS}
    headers = {name: _text(value) for name, value in values.items() if value is not None}
    return HttpRequest(request.method, host_of(request.url), headers, _body_of(request.body), client)


def _body_of(body: Any) -> bytes:
    """Return the bytes of a body: text, bytes, a file, or an iterable of chunks, as requests and botocore send them."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8")
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if hasattr(body, "read"):
        return _body_of(body.read())
    return b"".join(map(_body_of, body))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
