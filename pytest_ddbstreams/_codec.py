"""JSON text and JSON documents: the one place that says ``json``.

Documents hold what JSON can hold: text, numbers, booleans, null, lists, objects. It knows no API and no headers.
"""

from __future__ import annotations

import json
from typing import Any

_write = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# NaN and Infinity are Python's own additions to JSON; the service refuses them.
_read = json.JSONDecoder(parse_constant=_refuse_constant).decode


def encode(document: Any) -> bytes:
    """Write a document as compact JSON text."""
    return _write(document).encode("ascii")


def decode(text: bytes) -> Any:
    """Read a document from JSON text.

    Raises:
        ValueError: the text is not UTF-8, not JSON, or nested beyond what Python reads.
    """
    try:
        return _read(text.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
