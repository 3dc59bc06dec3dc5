"""Rules for attribute values in every shape: names, text, bytes, sets, nesting; and the messages of refusals.

Sources: "Naming rules and data types" and "Quotas" in the developer guide. The *depth* of a value is the number of
lists and maps around it. The modules ``plain`` and ``typed`` read the two shapes, by the rules of this module.

A rule raises ``Refused`` at the value that breaks it. Each container around the value adds its step to the path while
the exception passes, so no path is built for a value that is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

from .._exceptions import short

#: A value in DynamoDB's typed shape: ``{"S": "text"}``.
AttributeValue: TypeAlias = dict[str, Any]
#: An item, a key or an image in that shape: ``{"pk": {"S": "o#1"}}``.
Item: TypeAlias = dict[str, AttributeValue]
#: Converts a value that a test wrote, at a depth, into the value that DynamoDB holds. Rules that need no depth take an
#: unused second argument to fit this type.
Convert: TypeAlias = Callable[[Any, int], Any]

#: How many lists and maps there are at most around a value. An attribute's value is level 1, so the innermost value is
#: at level 32, the deepest that DynamoDB has. R for maps, I for lists.
MAX_DEPTH = 31
MAX_NAME_BYTES = 65535
BYTES = (bytes, bytearray, memoryview)

# How many characters of a value a message has at most. A name in the path to it has more, because it can be pasted.
_WIDTH = 60


class Refused(Exception):
    """A value that broke a rule, with the reason and the path to it.

    Args:
        value: the value.
        why: the reason, which says what is accepted.
        verb: stands between the path and the value in the message.
    """

    def __init__(self, value: object, why: str, *, verb: str = "is") -> None:
        super().__init__(why)
        self.value = value
        self.why = why
        self.verb = verb
        self._steps: list[str] = []

    def inside(self, step: object) -> None:
        """Add the next outer step to the path to the value.

        Args:
            step: the name or index of the value in its container; the message shows it in brackets.
        """
        self._steps.append(f"[{short(step)}]")

    def describe(self, what: str) -> str:
        """Return the message: the path, the value, and the reason.

        Args:
            what: the name of the outermost value, such as ``"item"``.
        """
        return f"{what}{''.join(reversed(self._steps))} {self.verb} {came(self.value)}: {self.why}"


def came(value: object) -> str:
    """Return a value and its type, short enough for one line of a message.

    Args:
        value: anything, however large, deep or cyclic.
    """
    return f"{short(value, _WIDTH)} ({type(value).__name__})"


def entries(source: Mapping[Any, Any], depth: int, convert: Convert) -> Item:
    """Return an item or map with its values converted.

    Args:
        source: the names and values.
        depth: the depth of each value.
        convert: converts one value.

    Raises:
        Refused: a name or value breaks a rule.
    """
    made: Item = {}
    for key, value in source.items():
        name = _name(key)
        try:
            made[name] = convert(value, depth)
        except Refused as refusal:
            refusal.inside(name)
            raise
    return made


def elements(source: Iterable[Any], depth: int, convert: Convert) -> list[Any]:
    """Return the elements of a list, converted.

    Args:
        source: the elements.
        depth: the depth of each element.
        convert: converts one element.

    Raises:
        Refused: an element breaks a rule.
    """
    made: list[Any] = []
    try:
        for value in source:
            made.append(convert(value, depth))  # noqa: PERF401 - the length is the index of a refused element
    except Refused as refusal:
        refusal.inside(len(made))
        raise
    return made


def deeper(document: object, depth: int) -> int:
    """Return the depth of the values in a list or map.

    Args:
        document: the list or map.
        depth: the depth of the list or map itself.

    Raises:
        Refused: the list or map lies deeper than DynamoDB allows.
    """
    if depth >= MAX_DEPTH:
        raise Refused(document, f"at most {MAX_DEPTH} lists and maps nest in one another; flatten them")
    return depth + 1


def text(value: str, _: int = 0) -> str:
    """Return a text as a plain ``str``, which an instance of a subclass becomes.

    Raises:
        Refused: the text has no UTF-8 form.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(value, "lone surrogates have no UTF-8 form; write bytes instead") from None
    return str.__str__(value)


def number(spell: Callable[[Any], str], value: Any, _: int = 0) -> str:
    """Return the canonical text of a number.

    Args:
        spell: the function of the module ``numbers`` for the number's Python type.
        value: the number.

    Raises:
        Refused: DynamoDB could not hold the number.
    """
    try:
        return spell(value)
    except ValueError as problem:
        raise Refused(value, str(problem)) from None


def binary(value: Any, _: int = 0) -> bytes:
    """Return an independent copy of binary data.

    Args:
        value: bytes of any kind, or an object that wraps bytes.
    """
    return bytes(value if isinstance(value, BYTES) else value.value)


def wraps_binary(value: object) -> bool:
    """Return whether an object wraps bytes as boto3's ``Binary`` does."""
    # The attribute decides and not the class, because boto3 need not be installed.
    return isinstance(getattr(value, "value", None), (bytes, bytearray))


def distinct(kind: str, members: list[Any]) -> list[Any]:
    """Return the sorted elements of a set, so that equal sets are equal lists.

    Args:
        kind: the type of the elements: ``"S"``, ``"N"`` or ``"B"``.
        members: the elements, normalised.

    Raises:
        Refused: two elements are equal.
    """
    # Text needs no key: the order of UTF-8 bytes is the order of code points.
    members.sort(key=Decimal if kind == "N" else None)
    for member, following in pairwise(members):
        if member == following:
            raise Refused(members, f"a set holds each element once, and {came(member)} came twice")
    return members


def _name(name: object) -> str:
    try:
        if isinstance(name, str) and 0 < len(name.encode()) <= MAX_NAME_BYTES:
            return str.__str__(name)
    except UnicodeEncodeError:
        pass
    raise Refused(name, f"a name is text of 1 to {MAX_NAME_BYTES} UTF-8 bytes", verb="has the name")
