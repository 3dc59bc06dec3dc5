"""Filter patterns, compiled into predicates by the rules of Lambda's event filtering. D.

Keys of a pattern are AND-ed, members of a list are OR-ed, and a condition tests a leaf of the record. An object is not
a leaf: a condition finds nothing there, and ``exists: false`` is true. A list of the record matches if one of its
members does; an empty list counts as missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from .._exceptions import InvalidOption, short

Path = tuple[str, ...]
Predicate = Callable[[Any], bool]

#: The key whose alternatives are OR-ed.
OR: Final = "$or"
#: The operator that is true for a value that the record does not have, if its argument is false.
EXISTS: Final = "exists"
#: Stands for a value that the record does not have.
MISSING: Final = object()

_COMPARISONS = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_LOWER_BOUNDS = (">", ">=")
_UPPER_BOUNDS = ("<", "<=")


class Condition(NamedTuple):
    """One member of a pattern's list, such as ``"INSERT"`` or ``{"prefix": "IN"}``.

    Attributes:
        operator: the operator; "text", "number", "boolean" or "null" for a value that the leaf must equal.
        wanted: the member.
        fits: returns whether a leaf, which may be `MISSING`, meets the condition.
    """

    operator: str
    wanted: Any
    fits: Predicate


class PatternLeaf(NamedTuple):
    """A list of a pattern.

    Attributes:
        path: the path of the value that the list is about.
        conditions: its members.
    """

    path: Path
    conditions: tuple[Condition, ...]

    @property
    def matches_missing(self) -> bool:
        """Whether the list matches where the record has no such value."""
        return any(condition.fits(MISSING) for condition in self.conditions)


@dataclass(slots=True)
class Compiler:
    """A compiler of one pattern, which also collects the lists of the pattern.

    Attributes:
        leaves: each list of the pattern, those of alternatives included.
    """

    leaves: list[PatternLeaf] = field(default_factory=list)

    def compile(self, pattern: Mapping[str, Any], path: Path = ()) -> Predicate:
        """Return a predicate on the value at a path, which may be `MISSING`.

        Raises:
            InvalidOption: the pattern breaks a rule of the filter syntax; the text names the place.
        """
        if not pattern:
            raise _refusal(path, pattern, "an object of a pattern names at least one key")
        tests = {name: self._test(name, wanted, (*path, name)) for name, wanted in pattern.items()}
        either = tests.pop(OR, None)

        def fits(value: Any) -> bool:
            if isinstance(value, list) and value:
                return any(map(fits, value))
            members: Mapping[str, Any] = value if isinstance(value, dict) else {}
            passed = all(test(members.get(name, MISSING)) for name, test in tests.items())
            return passed and (either is None or either(value))

        return fits

    def _test(self, name: str, wanted: Any, path: Path) -> Predicate:
        if name == OR:
            return self._alternatives(wanted, path)
        if isinstance(wanted, Mapping):
            return self.compile(wanted, path)
        if isinstance(wanted, (list, tuple)) and wanted:
            return self._leaf(wanted, path)
        raise _refusal(path, wanted, 'give the values that match as a list of one or more, ["INSERT"]')

    def _alternatives(self, wanted: Any, path: Path) -> Predicate:
        if not isinstance(wanted, (list, tuple)) or not wanted or not all(isinstance(one, Mapping) for one in wanted):
            raise _refusal(path, wanted, "$or takes a list of objects")
        # Without the last step of the path: the alternatives are about the object that contains $or.
        alternatives = [self.compile(one, path[:-1]) for one in wanted]
        return lambda value: any(fits(value) for fits in alternatives)

    def _leaf(self, wanted: list[Any] | tuple[Any, ...], path: Path) -> Predicate:
        leaf = PatternLeaf(path, tuple(_condition(one, path) for one in wanted))
        self.leaves.append(leaf)

        def fits(value: Any) -> bool:
            if isinstance(value, list) and value:
                return any(map(fits, value))
            found = MISSING if isinstance(value, (dict, list)) else value
            return any(condition.fits(found) for condition in leaf.conditions)

        return fits


def place_of(path: Path) -> str:
    """Return the place in a pattern, for messages."""
    return f"the filter pattern{''.join(f'[{name!r}]' for name in path)}"


def _refusal(path: Path, value: object, rule: str) -> InvalidOption:
    return InvalidOption(f"{place_of(path)} is {short(value)}: {rule}")


def _condition(wanted: Any, path: Path) -> Condition:
    """Return the condition that one member of a pattern's list is.

    Raises:
        InvalidOption: the member is not a condition.
    """
    try:
        name, fits = _operation(wanted) if isinstance(wanted, Mapping) else _equality(wanted)
    except ValueError as error:
        raise _refusal(path, wanted, str(error)) from None
    return Condition(name, wanted, fits)


def _equality(wanted: Any) -> tuple[str, Predicate]:
    kind = next((name for name, test in _SCALARS.items() if test(wanted)), None)
    if kind is None:
        raise ValueError("a list of a pattern holds texts, numbers, booleans, null and operators")
    return kind, lambda value: _is_same(value, wanted)


def _operation(wanted: Mapping[str, Any]) -> tuple[str, Predicate]:
    operators = ", ".join(_OPERATORS)
    if len(wanted) != 1:
        raise ValueError(f"an object in a list has one operator; there are: {operators}")
    [(name, argument)] = wanted.items()
    if name not in _OPERATORS:
        raise ValueError(f"unknown operator {name!r}; there are: {operators}")
    return name, _OPERATORS[name](argument)


def _exists(argument: Any) -> Predicate:
    if not isinstance(argument, bool):
        raise ValueError("exists takes true or false")  # noqa: TRY004 - as in _text
    return lambda value: (value is not MISSING) is argument


def _prefix(argument: Any) -> Predicate:
    start = _text("prefix", argument)
    return lambda value: isinstance(value, str) and value.startswith(start)


def _suffix(argument: Any) -> Predicate:
    end = _text("suffix", argument)
    return lambda value: isinstance(value, str) and value.endswith(end)


def _equals_ignore_case(argument: Any) -> Predicate:
    folded = _text("equals-ignore-case", argument).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == folded


def _anything_but(argument: Any) -> Predicate:
    barred = list(argument) if isinstance(argument, (list, tuple)) else [argument]
    # Event Ruler, AWS's engine behind EventBridge, refuses a mixed list; Lambda most likely too (I).
    if not barred or not (all(isinstance(one, str) for one in barred) or all(map(_is_number, barred))):
        raise ValueError('anything-but takes texts or numbers, not both, ["INSERT", "MODIFY"]')
    return lambda value: value is not MISSING and not any(_is_same(value, one) for one in barred)


def _numeric(argument: Any) -> Predicate:
    parts = list(argument) if isinstance(argument, (list, tuple)) else []
    signs, bounds = parts[::2], parts[1::2]
    are_signs = all(isinstance(sign, str) and sign in _COMPARISONS for sign in signs)
    if not parts or len(signs) != len(bounds) or not are_signs or not all(map(_is_number, bounds)):
        raise ValueError('numeric takes one comparison or a range, ["=", 5] or [">", 0, "<=", 5]')
    if len(signs) > 1 and not _is_range(signs, bounds):
        raise ValueError('a numeric range has a lower bound and then a higher upper bound, [">", 0, "<=", 5]')
    tests = [(_COMPARISONS[sign], bound) for sign, bound in zip(signs, bounds, strict=True)]
    return lambda value: _is_number(value) and all(compare(value, bound) for compare, bound in tests)


def _is_range(signs: list[str], bounds: list[float]) -> bool:
    # Event Ruler, AWS's engine behind EventBridge, refuses everything else; Lambda most likely too (I). The same bound
    # twice is no range either: "Bottom must be less than top".
    lower, upper, *more = signs
    return lower in _LOWER_BOUNDS and upper in _UPPER_BOUNDS and not more and bounds[0] < bounds[1]


_OPERATORS: dict[str, Callable[[Any], Predicate]] = {
    "equals-ignore-case": _equals_ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
    EXISTS: _exists,
    "prefix": _prefix,
    "suffix": _suffix,
}


def _text(name: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise ValueError(f"{name} takes text")  # noqa: TRY004 - the caller adds the place to a ValueError
    return argument


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_same(one: Any, other: Any) -> bool:
    # In Python True equals 1, in JSON it does not; 1.0 equals 1 in both.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


#: The values that a leaf can be compared with, by name.
_SCALARS: dict[str, Predicate] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
