"""Requests that came over HTTP, whatever library received them, answered by one mock of its own.

It knows no sockets: who serves hands on what arrived, and sends what comes back.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from zlib import crc32

from .._wire import (
    HEADERS,
    HttpRequest,
    HttpResponse,
    answer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._service import Service

_log = logging.getLogger("pytest_ddbstreams")


def answer_over_http(
    method: str, host: str, headers: Mapping[str, str], body: bytes, service: Service
) -> HttpResponse | None:
    """Answer a request.

    Args:
        method: POST, if all is well.
        host: the host that it was sent to, without the port.
        headers: its headers, named in lower case.
        body: all of it.
        service: who answers.

    Returns:
        The response; None where the connection is to be closed without one, because a transport fault was scripted
        (or the mock has a bug, which its log then shows, and its closing).
    """
    request = HttpRequest(method, host, {name: headers[name] for name in HEADERS if name in headers}, body)
    try:
        response = answer(request, service)
    except Exception as error:  # noqa: BLE001 - exactly what a test may script, an exception of any kind
        _log.warning("closed a connection without an answer: %r", error, exc_info=error)
        return None
    # A checksum, which some SDKs verify. No Date: the mock's clock is not the client's, and an SDK that sees the two
    # differ corrects its own, and tries again what has failed for other reasons.
    return response._replace(headers=response.headers | {"x-amz-crc32": str(crc32(response.body))})
