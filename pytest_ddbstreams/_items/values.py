"""What may stand in an attribute, in whichever shape it was written: names, text, bytes, sets, nesting.

Sources: "Naming rules and data types" and "Quotas" in the developer guide. A depth counts the lists and maps
around a value; the converter of what they hold comes from ``plain_values`` or ``typed_values``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from .refusals import Refused, came

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .items import Item

Rule: TypeAlias = Callable[[Any, int], Any]

MAX_DEPTH = 32
MAX_NAME_BYTES = 65535
BYTES = (bytes, bytearray, memoryview)
# The first saves the second's slow look at the type wherever it can.
MAPPINGS = (dict, Mapping)


def entries(source: Mapping[Any, Any], depth: int, convert: Rule) -> Item:
    """Converts the values of an item or map.

    Args:
        source: Names and values.
        depth: How many lists and maps stand around each value.
        convert: Makes the attribute value of a value and its depth.

    Raises:
        Refused: A name or value broke a rule.
    """
    source = named(source)
    made: Item = {}
    name = None
    try:
        for name, value in source.items():
            made[name] = convert(value, depth)
    except Refused as refusal:
        refusal.inside(name)
        raise
    return made


def elements(source: Iterable[Any], depth: int, convert: Rule) -> list[Any]:
    """Converts the elements of a list.

    Args:
        source: The elements.
        depth: How many lists and maps stand around each.
        convert: Makes what DynamoDB holds of an element and its depth.

    Raises:
        Refused: An element broke a rule.
    """
    made: list[Any] = []
    try:
        for value in source:
            made.append(convert(value, depth))  # noqa: PERF401 - the length is the place of a refusal
    except Refused as refusal:
        refusal.inside(len(made))
        raise
    return made


def deeper(document: object, depth: int) -> int:
    """Gives the depth of what stands in a list or map.

    Args:
        document: The list or map.
        depth: How many lists and maps stand around it.

    Raises:
        Refused: It is one more than DynamoDB nests.
    """
    if depth >= MAX_DEPTH:
        raise Refused(document, f"lists and maps nest {MAX_DEPTH} levels deep at most; flatten them")
    return depth + 1


def named(source: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Gives the same names and values once every name is known to be one.

    Args:
        source: Names and values.

    Raises:
        Refused: A name is not text of 1 to 65535 UTF-8 bytes.
    """
    for name in source:
        if type(name) is not str or not name.isascii() or not 0 < len(name) <= MAX_NAME_BYTES:
            return {_name(name): value for name, value in source.items()}
    return source


def _name(name: object) -> str:
    if isinstance(name, str):
        try:
            if 0 < len(name.encode()) <= MAX_NAME_BYTES:
                return str.__str__(name)
        except UnicodeEncodeError:
            pass
    raise Refused(name, f"a name is text of 1 to {MAX_NAME_BYTES} UTF-8 bytes", verb="has the name")


def text(value: str, _: int = 0) -> str:
    """Gives the text itself, as a ``str`` also where a subclass came.

    Args:
        value: Any text.

    Raises:
        Refused: It has no UTF-8 form.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused(value, "lone surrogates have no UTF-8 form; write bytes instead") from None
    return value if type(value) is str else str.__str__(value)


def number(spell: Callable[[Any], str], value: Any, _: int = 0) -> str:
    """Gives the canonical text of a number.

    Args:
        spell: The rule of ``numerals`` for this Python type.
        value: The number.

    Raises:
        Refused: DynamoDB could not hold it.
    """
    try:
        return spell(value)
    except ValueError as problem:
        raise Refused(value, str(problem)) from None


def wraps_binary(value: object) -> bool:
    """Tells whether a value wraps bytes, as boto3's ``Binary`` does.

    Args:
        value: Anything.
    """
    # By what it has, not by what it is: boto3 need not be installed.
    return isinstance(getattr(value, "value", None), (bytes, bytearray))


def binary(value: Any, _: int = 0) -> bytes:
    """Gives an independent copy of binary data.

    Args:
        value: Bytes of any kind, or what wraps some.
    """
    return value if type(value) is bytes else bytes(value if isinstance(value, BYTES) else value.value)


def distinct(kind: str, members: list[Any]) -> list[Any]:
    """Sorts the elements of a set into the one order that stands for all.

    Args:
        kind: ``"S"``, ``"N"`` or ``"B"``.
        members: The elements, normalised.

    Raises:
        Refused: Two of them are equal.
    """
    # Text needs no key: the order of UTF-8 bytes is the order of code points.
    members.sort(key=Decimal if kind == "N" else None)
    for member, following in pairwise(members):
        if member == following:
            raise Refused(members, f"a set holds each element once, and {came(member)} came twice")
    return members
