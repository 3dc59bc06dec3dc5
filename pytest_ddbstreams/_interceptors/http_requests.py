"""HTTP requests as they come: prepared by botocore or by requests, or received over HTTP; and which hosts are AWS's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

from .._wire import HEADERS, HttpRequest, HttpResponse, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._service import Service

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

_log = logging.getLogger("pytest_ddbstreams")


def is_aws(host: str) -> bool:
    """Say whether a request to a host would leave for AWS."""
    return host.endswith(AWS_SUFFIXES)


def host_of(url: str | bytes) -> str:
    """Return the host that a URL names."""
    return urlsplit(url if isinstance(url, str) else url.decode("latin-1")).hostname or ""


def http_request_of(request: Any, client: object | None = None) -> HttpRequest:
    """Return what the wire reads of a prepared request, which has the same attributes in botocore and in requests.

    Args:
        request: the prepared request.
        client: an object that lives as long as the client that sends it, or None.
    """
    found = {name: request.headers[name] for name in HEADERS if name in request.headers}
    headers = {name: value if isinstance(value, str) else value.decode("latin-1") for name, value in found.items()}
    body = request.body or b""
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    return HttpRequest(request.method, host_of(request.url), headers, body, client)


def answer_over_http(
    method: str, host: str, headers: Mapping[str, str], body: bytes, service: Service
) -> HttpResponse | None:
    """Answer a request that a server received.

    Args:
        method: the HTTP method; the service answers POST.
        host: the host that the request was sent to, without the port.
        headers: the headers, named in lower case.
        body: the whole body.
        service: the service that answers.

    Returns:
        The response; None: the server closes the connection without a response, because a test scripted a transport
        fault. A bug of the mock ends so too; its log shows it, and the mock reports it when it closes.
    """
    request = HttpRequest(method, host, {name: headers[name] for name in HEADERS if name in headers}, body)
    try:
        response = answer(request, service)
    except Exception as error:  # noqa: BLE001 - a test may script an exception of any kind
        _log.warning("closed a connection without an answer: %r", error, exc_info=error)
        return None
    # Some SDKs verify the checksum. There is no Date header: an SDK that sees a clock other than its own corrects its
    # own clock, and retries calls that failed for other reasons.
    return response._replace(headers=response.headers | {"x-amz-crc32": str(crc32(response.body))})
