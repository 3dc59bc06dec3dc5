"""Filter patterns, compiled into predicates by the rules of Lambda's event filtering.

Patterns say nothing of streams: keys are AND-ed, what stands in a list is OR-ed, and a condition looks at a leaf.
An object is no leaf, so there a condition finds nothing, and ``exists: false`` is always true. D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._exceptions import InvalidOption
from .operators import MISSING, condition_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .operators import Path

_OR = "$or"


@dataclass(slots=True)
class Compiler:
    """Compiles one pattern.

    Attributes:
        met: each operator that it met, with where that was; "number" for a number that is to be equalled.
    """

    met: list[tuple[Path, str]] = field(default_factory=list)

    def compile(self, pattern: Mapping[str, Any], path: Path = ()) -> Callable[[Any], bool]:
        """A predicate on the value at a place, which may be `MISSING`.

        Raises:
            InvalidOption: the pattern breaks a rule of the filter syntax; the text says where.
        """
        if not pattern:
            raise refusal(path, pattern, "an object of a pattern names at least one key")
        tests = {name: self._test(name, wanted, (*path, name)) for name, wanted in pattern.items()}
        either = tests.pop(_OR, None)

        def fits(value: Any) -> bool:
            if isinstance(value, list) and value:
                return any(map(fits, value))
            entries: Mapping[str, Any] = value if isinstance(value, dict) else {}
            passed = all(test(entries.get(name, MISSING)) for name, test in tests.items())
            return passed and (either is None or either(value))

        return fits

    def _test(self, name: str, wanted: Any, path: Path) -> Callable[[Any], bool]:
        if name == _OR:
            return self._alternatives(wanted, path)
        if isinstance(wanted, Mapping):
            return self.compile(wanted, path)
        if isinstance(wanted, (list, tuple)) and wanted:
            return self._leaf(wanted, path)
        raise refusal(path, wanted, 'what a value is to be stands in a list of one or more, ["INSERT"]')

    def _alternatives(self, wanted: Any, path: Path) -> Callable[[Any], bool]:
        if not isinstance(wanted, (list, tuple)) or not wanted or not all(isinstance(one, Mapping) for one in wanted):
            raise refusal(path, wanted, "$or takes a list of objects")
        # Not at a place of its own: the alternatives are about the object that $or stands in.
        alternatives = [self.compile(one, path[:-1]) for one in wanted]
        return lambda value: any(fits(value) for fits in alternatives)

    def _leaf(self, wanted: list[Any] | tuple[Any, ...], path: Path) -> Callable[[Any], bool]:
        conditions = []
        for one in wanted:
            try:
                name, condition = condition_of(one)
            except ValueError as error:
                raise refusal(path, one, str(error)) from None
            self.met.append((path, name))
            conditions.append(condition)

        def fits(value: Any) -> bool:
            if isinstance(value, list) and value:
                return any(map(fits, value))
            leaf = MISSING if isinstance(value, (dict, list)) else value
            return any(condition(leaf) for condition in conditions)

        return fits


def refusal(path: Path, came: object, why: str) -> InvalidOption:
    """What refuses what stands at a place of a pattern."""
    place = "".join(f"[{name!r}]" for name in path)
    return InvalidOption(f"the filter pattern{place} is {came!r}: {why}")
