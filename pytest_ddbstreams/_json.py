"""JSON text and JSON documents: the one place that says ``json``.

Documents hold what JSON can hold: text, numbers, booleans, null, lists, objects. It knows no API and no headers.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_write = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode

_TOO_DEEP = "nested too deeply"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# NaN and Infinity are Python's own additions to JSON; the service refuses them.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_exact_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=Decimal)


def encode(document: Any) -> bytes:
    """Write a document as compact JSON text."""
    return _write(document).encode("ascii")


def encode_response(response: Any) -> bytes:
    """Write what a Lambda function returned as Lambda's Python runtime does, for which a Decimal is a float.

    Raises:
        TypeError: something in it is nothing that JSON has.
        ValueError: it contains itself, or is nested beyond what Python writes.
    """
    try:
        return json.dumps(response, default=_float_of_decimal).encode("ascii")
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def decode_response(text: bytes) -> Any:
    """Read what `encode_response` wrote, NaN and Infinity included, as that runtime writes them."""
    return json.loads(text)


def decode(text: bytes, decoder: json.JSONDecoder = _decoder) -> Any:
    """Read a document from JSON text.

    Raises:
        ValueError: the text is not UTF-8, not JSON, or nested beyond what Python reads.
    """
    # As the decoder's own decode, which looks for white space with regular expressions.
    decoded = text.decode("utf-8").strip(" \t\r\n")
    try:
        document, end = decoder.raw_decode(decoded)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if end < len(decoded):
        raise ValueError("something follows the document")
    return document


def decode_exactly(text: bytes) -> Any:
    """Read a document from JSON text, its fractions as Decimals.

    Raises:
        ValueError: as `decode`.
    """
    return decode(text, _exact_decoder)


def decode_noting_repeats(text: str) -> tuple[Any, list[str]]:
    """Read a document, and name the keys that stand more than once in one object, where the last one counts.

    Raises:
        ValueError: the text is not JSON, or nested beyond what Python reads.
    """
    repeated: list[str] = []

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in made if names.count(name) > 1)
        return made

    decoder = json.JSONDecoder(object_pairs_hook=as_object, parse_constant=_refuse_constant)
    try:
        return decoder.decode(text), repeated
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error


def is_nested_deeper(document: Any, levels: int) -> bool:
    """Whether there are more levels of lists and objects than these; however deep, it does not recur."""
    containers = [document]
    while containers and levels:
        containers = [entry for container in containers for entry in _entries(container) if _is_container(entry)]
        levels -= 1
    return bool(containers)


def _float_of_decimal(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _entries(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _is_container(value: Any) -> bool:
    return isinstance(value, (dict, list))
