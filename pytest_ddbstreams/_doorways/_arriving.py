"""From a prepared request, botocore's or requests', to what the wire reads of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .._wire import HEADERS, Arrival


def arrival_of(request: Any) -> Arrival:
    """The arrival of a prepared request; both libraries give it the same four attributes."""
    found = ((name, request.headers.get(name)) for name in HEADERS)
    headers = {name: _text(value) for name, value in found if value is not None}
    body = request.body or b""
    return Arrival(
        request.method, host_of(request.url), headers, body if isinstance(body, bytes) else body.encode("utf-8")
    )


# A client sends all its calls to one.
@lru_cache(maxsize=64)
def host_of(url: str | bytes) -> str:
    """The host that a URL names."""
    return urlsplit(_text(url)).hostname or ""


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
