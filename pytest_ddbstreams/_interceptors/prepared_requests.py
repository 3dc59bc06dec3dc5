"""From a prepared request, botocore's or requests', to what the wire reads of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .._wire import HEADERS, HttpRequest


def http_request_of(request: Any, client: object | None = None) -> HttpRequest:
    """Return what the wire reads of a prepared request, which has the same attributes in botocore and in requests.

    Args:
        request: the prepared request.
        client: an object that lives as long as the client that sends it, or None.
    """
    headers = {}
    for name in HEADERS:
        try:
            value = request.headers[name]
        except KeyError:
            continue
        headers[name] = value if isinstance(value, str) else value.decode("latin-1")
    body = request.body or b""
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    return HttpRequest(request.method, host_of(request.url), headers, body, client)


# A client sends all its calls to one.
@lru_cache(maxsize=64)
def host_of(url: str | bytes) -> str:
    """The host that a URL names."""
    return urlsplit(url if isinstance(url, str) else url.decode("latin-1")).hostname or ""
