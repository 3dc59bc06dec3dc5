"""Conversion of plain Python values into attribute values.

Source: boto3's ``TypeSerializer``, so that an item means here what it means to a boto3 table.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from .numbers import NOT_FINITE, canonical_decimal, canonical_int
from .values import (
    BYTES,
    Refused,
    binary,
    deeper,
    distinct,
    elements,
    entries,
    number,
    text,
    wraps_binary,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .values import AttributeValue


def from_plain(value: Any, depth: int) -> AttributeValue:
    """Return the attribute value of a plain Python value.

    Args:
        value: anything; values that boto3 does not accept are refused.
        depth: the number of lists and maps around the value.

    Raises:
        Refused: DynamoDB could not hold the value.
    """
    return _BY_TYPE.get(type(value), _other)(value, depth)


def _text(value: str, _: int) -> AttributeValue:
    return {"S": text(value)}


def _bool(value: bool, _: int) -> AttributeValue:  # noqa: FBT001 - it is the value, not a flag
    return {"BOOL": value}


def _int(value: int, _: int) -> AttributeValue:
    return {"N": number(canonical_int, value)}


def _decimal(value: Decimal, _: int) -> AttributeValue:
    return {"N": number(canonical_decimal, value)}


def _float(value: float, _: int) -> AttributeValue:
    advice = f"float is refused, as boto3 refuses it; write Decimal('{float.__repr__(value)}')"
    raise Refused(value, advice if isfinite(value) else NOT_FINITE)


def _none(_: None, __: int) -> AttributeValue:
    return {"NULL": True}


def _binary(value: Any, _: int) -> AttributeValue:
    return {"B": binary(value)}


def _list(values: list[Any] | tuple[Any, ...], depth: int) -> AttributeValue:
    return {"L": elements(values, deeper(values, depth), from_plain)}


def _map(values: Mapping[Any, Any], depth: int) -> AttributeValue:
    return {"M": entries(values, deeper(values, depth), from_plain)}


def _set(values: AbstractSet[Any], depth: int) -> AttributeValue:
    try:
        members = [from_plain(value, depth) for value in values]
    except Refused as refusal:
        refusal.verb = "holds"
        raise
    kinds = {kind for member in members for kind in member}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        kinds_text = f"this one holds {', '.join(sorted(kinds))}" if kinds else "leave an empty one out"
        raise Refused(values, f"a set holds only text, only numbers or only bytes; {kinds_text}")
    kind = kinds.pop()
    return {f"{kind}S": distinct(kind, [member[kind] for member in members])}


def _other(value: Any, depth: int) -> AttributeValue:
    """Return the attribute value of an instance of a subclass, or of another mapping, set or wrapper of bytes."""
    for base in type(value).__mro__:
        if base in _BY_TYPE:
            return _BY_TYPE[base](value, depth)
    if isinstance(value, Mapping):
        return _map(value, depth)
    if isinstance(value, AbstractSet):
        return _set(value, depth)
    if wraps_binary(value):
        return _binary(value, depth)
    raise Refused(value, _advice(value))


def _advice(value: object) -> str:
    if hasattr(value, "isoformat"):
        return "DynamoDB has no type for times; write its .isoformat(), or its epoch seconds as int"
    return (
        "accepted are str, int, Decimal, bool, None, bytes, list, tuple, mappings, and sets of text, numbers or bytes"
    )


_BY_TYPE: dict[type, Callable[[Any, int], AttributeValue]] = {
    str: _text,
    bool: _bool,
    int: _int,
    Decimal: _decimal,
    float: _float,
    type(None): _none,
    list: _list,
    tuple: _list,
    dict: _map,
    set: _set,
    frozenset: _set,
    **dict.fromkeys(BYTES, _binary),
}
