"""The settings of an event source mapping: their names, Lambda's defaults and Lambda's limits. D."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from .._checks import checks_keywords, is_integer
from .._exceptions import InvalidOption, short
from .filters import filter_of
from .pattern_traps import stream_traps
from .traps import Trap

if TYPE_CHECKING:
    from typing import TypedDict

    from typing_extensions import Required

    from .._items.keys import KeySchema
    from .filters import Filter

    class ChangedSettings(TypedDict, total=False):
        """The settings that can be changed, as keyword arguments; a test compares it with `Settings`."""

        batch_size: int
        maximum_batching_window_in_seconds: int
        parallelization_factor: int
        maximum_retry_attempts: int
        maximum_record_age_in_seconds: int
        bisect_batch_on_function_error: bool
        tumbling_window_in_seconds: int
        function_response_types: Iterable[str]
        filter_criteria: Any
        enabled: bool

    class SettingArguments(ChangedSettings, total=False):
        """All settings as keyword arguments."""

        starting_position: Required[StartingPosition]


#: The position from which a mapping reads the first shards.
StartingPosition = Literal["TRIM_HORIZON", "LATEST"]
TRIM_HORIZON: Final = "TRIM_HORIZON"
LATEST: Final = "LATEST"
REPORT_FAILURES: Final = "ReportBatchItemFailures"

#: The settings that are booleans.
FLAGS = ("bisect_batch_on_function_error", "enabled")

# Patterns of one mapping, without and with a raised quota.
_MOST_PATTERNS = 5
_MOST_WITH_QUOTA = 10
_CRITERIA = "a list of patterns, or {'Filters': [{'Pattern': '…'}]}"


class Limit(NamedTuple):
    """The numbers that Lambda accepts for a setting.

    Attributes:
        least: the lowest number.
        most: the highest number.
        special: a number below the lowest that is accepted too, or None.
        meaning: meaning of the special number.
    """

    least: int
    most: int
    special: int | None = None
    meaning: str = ""


_LIMITS = {
    "batch_size": Limit(1, 10_000),
    "maximum_batching_window_in_seconds": Limit(0, 300),
    "parallelization_factor": Limit(1, 10),
    "maximum_retry_attempts": Limit(0, 10_000, -1, "until the records expire"),
    "maximum_record_age_in_seconds": Limit(60, 604_800, -1, "until they expire"),
    "tumbling_window_in_seconds": Limit(0, 900),
}


@checks_keywords
@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """The settings of an event source mapping. `EventSourceMapping` describes each."""

    starting_position: StartingPosition
    batch_size: int = 100
    maximum_batching_window_in_seconds: int = 0
    parallelization_factor: int = 1
    maximum_retry_attempts: int = -1
    maximum_record_age_in_seconds: int = -1
    bisect_batch_on_function_error: bool = False
    tumbling_window_in_seconds: int = 0
    function_response_types: Iterable[str] = ()
    filter_criteria: Any = None
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.starting_position not in (TRIM_HORIZON, LATEST):  # not a set, because a list has no hash
            raise self._refusal(
                "starting_position", "TRIM_HORIZON or LATEST for DynamoDB; AT_TIMESTAMP is for other sources"
            )
        for name, limit in _LIMITS.items():
            self._check_number(name, limit)
        for name in FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise self._refusal(name, "True or False")
        self._set("function_response_types", self._response_types())
        self._set("_filters", self._compiled_filters())
        if self.tumbling_window_in_seconds and self.parallelization_factor > 1:
            raise self._refusal("parallelization_factor", "1 with a tumbling window")

    @property
    def reports_failures(self) -> bool:
        """Whether the function reports which records failed."""
        return REPORT_FAILURES in self.function_response_types

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The compiled filter criteria; an empty tuple if every record is delivered."""
        filters: tuple[Filter, ...] = self.__dict__["_filters"]
        return filters

    @property
    def traps(self) -> tuple[Trap, ...]:
        """The traps in the settings, whatever the stream is."""
        count = len(self.filters)
        quota = f"filter_criteria has {count} patterns; without a raised quota Lambda takes {_MOST_PATTERNS}"
        in_filters = [trap for each in self.filters for trap in (*each.repeats, *each.traps)]
        return (*([Trap(quota)] if count > _MOST_PATTERNS else []), *in_filters)

    def traps_with(self, view_type: str, key_schema: KeySchema) -> tuple[Trap, ...]:
        """Return the traps of the filters that come from a stream with a view type, of a table with a key schema."""
        return tuple(trap for each in self.filters for trap in stream_traps(each.leaves, view_type, key_schema))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_number(self, name: str, limit: Limit) -> None:
        value = getattr(self, name)
        if is_integer(value) and (limit.least <= value <= limit.most or value == limit.special):
            return
        special = "" if limit.special is None else f"{limit.special} ({limit.meaning}) or "
        raise self._refusal(name, f"{special}{limit.least} to {limit.most}")

    def _response_types(self) -> tuple[str, ...]:
        """Return the response types as a tuple; a text that is given alone counts as a list of one."""
        given = self.function_response_types
        types = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
        if any(one != REPORT_FAILURES for one in types):
            raise self._refusal("function_response_types", f"[{REPORT_FAILURES!r}] or nothing")
        return types

    def _compiled_filters(self) -> tuple[Filter, ...]:
        filters = tuple(filter_of(pattern) for pattern in self._patterns())
        if len(filters) > _MOST_WITH_QUOTA:
            raise self._refusal(
                "filter_criteria",
                f"up to {_MOST_PATTERNS} patterns, {_MOST_WITH_QUOTA} where the quota was raised",
            )
        return filters

    def _patterns(self) -> list[Any]:
        """Return the patterns of the filter criteria: one pattern, some patterns, or the API's FilterCriteria."""
        criteria = self.filter_criteria
        if criteria is None:
            return []
        if isinstance(criteria, str):
            return [criteria]
        if isinstance(criteria, Mapping):
            return self._patterns_of_object(criteria) if criteria else []
        if not isinstance(criteria, Iterable):
            raise self._refusal("filter_criteria", _CRITERIA)
        criteria = list(criteria)
        are_entries = any(isinstance(one, Mapping) and "Pattern" in one for one in criteria)
        return [_pattern_of_entry(one) for one in criteria] if are_entries else criteria

    def _patterns_of_object(self, criteria: Mapping[str, Any]) -> list[Any]:
        if "Filters" not in criteria:
            return [criteria]
        entries = [] if criteria["Filters"] is None else criteria["Filters"]
        if len(criteria) > 1 or not isinstance(entries, (list, tuple)):
            raise self._refusal("filter_criteria", _CRITERIA)
        return [_pattern_of_entry(entry) for entry in entries]

    def _refusal(self, name: str, accepted: str) -> InvalidOption:
        value = getattr(self, name)
        return InvalidOption(f"{name}={short(value)} does not fit; Lambda's {api_name(name)} takes {accepted}")


def _pattern_of_entry(entry: Any) -> str:
    """Return the pattern in an entry of the API's Filters.

    Raises:
        InvalidOption: Lambda refuses the entry.
    """
    pattern = entry["Pattern"] if isinstance(entry, Mapping) and entry.keys() == {"Pattern"} else None
    if isinstance(pattern, str):
        return pattern
    raise InvalidOption(
        f"filter_criteria has the filter {short(entry)}; Lambda takes filters with the key Pattern alone, "
        """whose value is the pattern as JSON text. Write {'Pattern': '{"eventName": ["INSERT"]}'}"""
    )


def api_name(setting: str) -> str:
    """Return the name of a setting in Lambda's API, such as BatchSize."""
    return "".join(word.capitalize() for word in setting.split("_"))


#: The names of all settings, and of the settings that are numbers.
NAMES = tuple(setting.name for setting in fields(Settings))
NUMBERS = tuple(_LIMITS)
#: The settings that UpdateEventSourceMapping changes. D.
CHANGEABLE = tuple(name for name in NAMES if name != "starting_position")
