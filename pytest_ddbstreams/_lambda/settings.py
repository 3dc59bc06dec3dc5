"""The settings of an event source mapping: their names, Lambda's defaults, and Lambda's limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .._exceptions import InvalidOption, warn
from .filters import filter_of

if TYPE_CHECKING:
    from .filters import Filter

TRIM_HORIZON: Final = "TRIM_HORIZON"
LATEST: Final = "LATEST"
PARTIAL: Final = "ReportBatchItemFailures"

_FILTERS = 5
_FILTERS_WITH_QUOTA = 10


FLAGS = ("bisect_batch_on_function_error", "enabled")


class Limit(NamedTuple):
    """What Lambda takes for a number."""

    least: int
    most: int
    #: One value below the others, and what it means.
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """How an event source mapping delivers. D.

    Attributes:
        starting_position: where it begins: TRIM_HORIZON or LATEST.
        batch_size: how many records an event has at most.
        maximum_batching_window_in_seconds: how long it waits for a batch to be full.
        parallelization_factor: how many batches of one shard may be under way at once.
        maximum_retry_attempts: how often a failed batch is tried again; -1: until its records expire.
        maximum_record_age_in_seconds: how old a record may be and still be delivered; -1: any.
        bisect_batch_on_function_error: whether a failed batch is split in two.
        tumbling_window_in_seconds: how long the windows are in which a function hands on its state; 0: none.
        function_response_types: ``["ReportBatchItemFailures"]`` for functions that report which records failed.
        filter_criteria: patterns, or what the API calls FilterCriteria; records that match none are passed over.
        enabled: whether it delivers at all.
    """

    starting_position: str
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
        if self.starting_position not in (TRIM_HORIZON, LATEST):  # no set: what came may have no hash
            raise self._refusal(
                "starting_position", "TRIM_HORIZON or LATEST for DynamoDB; AT_TIMESTAMP is for other sources"
            )
        for name, limit in _LIMITS.items():
            self._check_number(name, limit)
        for name in FLAGS:
            if not isinstance(getattr(self, name), bool):
                raise self._refusal(name, "True or False")
        self._set("function_response_types", self._response_types())
        self._set("_filters", self._compiled())

    @property
    def reports_failures(self) -> bool:
        """Whether the function says which records failed."""
        return PARTIAL in self.function_response_types

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The compiled filter criteria; none: everything is delivered."""
        found: tuple[Filter, ...] = self.__dict__["_filters"]
        return found

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _check_number(self, name: str, limit: Limit) -> None:
        value = getattr(self, name)
        fits = isinstance(value, int) and not isinstance(value, bool)
        if fits and (limit.least <= value <= limit.most or value == limit.special):
            return
        special = "" if limit.special is None else f"{limit.special} ({limit.meaning}) or "
        raise self._refusal(name, f"{special}{limit.least} to {limit.most}")

    def _response_types(self) -> tuple[str, ...]:
        given = self.function_response_types
        kinds = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
        if any(kind != PARTIAL for kind in kinds):
            raise self._refusal("function_response_types", f"[{PARTIAL!r}] or nothing")
        return kinds

    def _compiled(self) -> tuple[Filter, ...]:
        filters = [filter_of(pattern) for pattern in self._patterns()]
        if len(filters) > _FILTERS_WITH_QUOTA:
            raise self._refusal(
                "filter_criteria", f"up to {_FILTERS} patterns, {_FILTERS_WITH_QUOTA} where the quota was raised"
            )
        if len(filters) > _FILTERS:
            warn(f"filter_criteria has {len(filters)} patterns; without a raised quota Lambda takes {_FILTERS}")
        for found in filters:
            found.warn()
        return tuple(filters)

    def _patterns(self) -> list[Any]:
        """The patterns of the criteria, in whatever way they were given."""
        criteria = self.filter_criteria
        if criteria is None:
            return []
        if isinstance(criteria, str):
            return [criteria]
        if isinstance(criteria, Mapping):
            if criteria.keys() > {"Filters"} or (criteria and "Filters" not in criteria):
                return [criteria]
            criteria = criteria.get("Filters") or []
        if not isinstance(criteria, Iterable):
            raise self._refusal("filter_criteria", "a list of patterns, or {'Filters': [{'Pattern': '…'}]}")
        return [one["Pattern"] if isinstance(one, Mapping) and one.keys() == {"Pattern"} else one for one in criteria]

    def _refusal(self, name: str, accepted: str) -> InvalidOption:
        came = getattr(self, name)
        return InvalidOption(f"{name}={came!r} does not fit; Lambda's {lambdas_name(name)} takes {accepted}")


def lambdas_name(setting: str) -> str:
    """What the API calls a setting."""
    return "".join(word.capitalize() for word in setting.split("_"))


#: The names of the settings, and of those that are numbers.
NAMES = tuple(setting.name for setting in fields(Settings))
NUMBERS = tuple(_LIMITS)
