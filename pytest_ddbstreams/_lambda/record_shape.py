"""The shape of the records of an event: which members a filter pattern can name, and which values those can have. D.

The names are those of ``schemas/lambda-event.json``; a test compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from .._items.numbers import canonical_text
from .._model.changes import INSERT, MODIFY, REMOVE, VIEW_TYPES

if TYPE_CHECKING:
    from .patterns import Condition, Path

_TEXT_OPERATORS = frozenset({"text", "prefix", "suffix", "equals-ignore-case", "anything-but", "exists"})
_NUMBER_OPERATORS = frozenset({"number", "numeric", "anything-but", "exists"})


class Leaf(NamedTuple):
    """A member of a record that has no members.

    Attributes:
        form: its form in JSON, in words.
        operators: the operators of a pattern that its values can meet.
        values: all of its values; empty if there is no end of them.
        usual: the values that are known, if others may exist.
        is_number: whether it is the text of a number.
    """

    form: str
    operators: frozenset[str]
    values: tuple[Any, ...] = ()
    usual: tuple[str, ...] = ()
    is_number: bool = False

    def can_meet(self, condition: Condition) -> bool:
        """Return whether a value is possible that meets a condition of a pattern."""
        if self.values:
            return any(map(condition.fits, self.values))
        if condition.operator not in self.operators:
            return False
        return condition.operator != "text" or self.spelling_of(condition.wanted) == condition.wanted

    def spelling_of(self, text: str) -> str | None:
        """Return the spelling that records have for a text, or None if they cannot have it."""
        if self.is_number:
            return _canonical(text)
        return next((one for one in self.usual if one.casefold() == text.casefold()), text)


class AttributeNames(dict[str, "Shape"]):
    """An item, or the content of a map: an object with any names, each of which is an attribute's."""

    def __missing__(self, name: str) -> Shape:
        return VALUE


Shape: TypeAlias = "Leaf | dict[str, Shape]"

_TEXT = Leaf("text", _TEXT_OPERATORS)
_NUMBER = Leaf("a number", _NUMBER_OPERATORS)
_NUMBER_TEXT = Leaf('the text of a number, such as "9.5"', _TEXT_OPERATORS, is_number=True)
_ITEM: Shape = AttributeNames()


def _choice(*values: str) -> Leaf:
    return Leaf("text", _TEXT_OPERATORS, values)


def _known(value: str) -> Leaf:
    return Leaf(f'"{value}"', _TEXT_OPERATORS, usual=(value,))


#: An attribute value. A list is transparent to patterns: its members stand in its place.
VALUE: Final[dict[str, Shape]] = {
    "S": _TEXT,
    "N": _NUMBER_TEXT,
    "B": _TEXT,
    "BOOL": Leaf("true or false", frozenset(), (True, False)),
    "NULL": Leaf("true", frozenset(), (True,)),
    "SS": _TEXT,
    "NS": _NUMBER_TEXT,
    "BS": _TEXT,
    "M": _ITEM,
}
VALUE["L"] = VALUE

RECORD: Final[Shape] = {
    "eventID": _TEXT,
    "eventName": _choice(INSERT, MODIFY, REMOVE),
    "eventVersion": _TEXT,
    "eventSource": _choice("aws:dynamodb"),
    "awsRegion": _TEXT,
    "eventSourceARN": _TEXT,
    "dynamodb": {
        "ApproximateCreationDateTime": _NUMBER,
        "Keys": _ITEM,
        "NewImage": _ITEM,
        "OldImage": _ITEM,
        "SequenceNumber": _TEXT,
        "SizeBytes": _NUMBER,
        "StreamViewType": _choice(*VIEW_TYPES),
    },
    # The identity of Time To Live. AWS does not promise that no other service has one. D
    "userIdentity": {"type": _known("Service"), "principalId": _known("dynamodb.amazonaws.com")},
}


def _canonical(number: str) -> str | None:
    try:
        return canonical_text(number)
    except ValueError:
        return None


def shape_at(path: Path) -> tuple[Path, Shape]:
    """Return the longest part of a path that records have, and the shape there."""
    shape: Shape = RECORD
    for count, name in enumerate(path):
        if isinstance(shape, Leaf) or not (name in shape or isinstance(shape, AttributeNames)):
            return path[:count], shape
        shape = shape[name]
    return path, shape
