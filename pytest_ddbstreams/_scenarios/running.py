"""A scenario while it happens: its steps, its items, and the records that the consumer must deliver."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from .._checks import MOST, check_count, checks_keywords
from .._exceptions import StreamStateError, UnusedFault, is_about_the_test
from .._operations.calls import opening_of
from .._strictness import RELAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._faults.fault import Fault
    from .._operations.records import StreamRecord

    Steps = Callable[["Scenario"], Iterator[None]]
    Item = Callable[[int], Mapping[str, Any]]

__tracebackhide__ = is_about_the_test


#: The position from which a consumer reads its first shards.
Start = Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"]
TRIM_HORIZON: Final = "TRIM_HORIZON"

#: How many records a failure lists.
_SHOWN = 5


@checks_keywords
class Scenario:
    """A hardship while it happens to the consumer under test.

    Attributes:
        name: the name of the scenario.
        mock: the mock.
        stream: the stream that the consumer reads.
        start: the position from which the consumer reads its first shards: TRIM_HORIZON, LATEST or AT_TIMESTAMP.
    """

    def __init__(  # noqa: PLR0913 - what a marker chooses, and what its fixture has
        self,
        name: str,
        steps: Steps,
        mock: StreamsMock,
        stream: Stream,
        item: Item | None = None,
        *,
        start: Start = TRIM_HORIZON,
    ) -> None:
        self.name = name
        self.mock = mock
        self.stream = stream
        self.start = start
        self._item = item or self._key_of
        self._written = 0
        self._is_over = False
        self._broken: Exception | None = None
        self._happening = Lock()
        self._first_shards = frozenset(shard.id for shard in stream.shards)
        self._steps = steps(self)
        self._driver: Fault
        if start == TRIM_HORIZON:
            self._begin()
        else:
            # What stands in the stream before would not be expected of the consumer, and little would be left.
            self._drive(mock.after_call("GetShardIterator", self._begin, stream=stream))

    def write(self, count: int = 1) -> None:
        """Insert `count` new items, at most 10,000."""
        for _ in range(check_count("count", count, least=0, most=MOST)):
            self.stream.insert(self._item(self._written))
            self._written += 1

    def change(self) -> None:
        """Modify every item that was written so far."""
        for number in range(self._written):
            self.stream.modify(self._item(number))

    @property
    def expected(self) -> tuple[StreamRecord, ...]:
        """The records that the consumer must deliver, parents before children; those that are trimmed are left out.

        Of a consumer that starts at LATEST or AT_TIMESTAMP, no record is expected that stood in one of the first shards
        before its first iterator there.
        """
        least = self._first_numbers()
        return tuple(
            record
            for shard in self.stream.shards
            for record in shard.records
            if int(record.sequence_number) >= least.get(shard.id, 0)
        )

    def assert_delivered(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Raise unless the consumer delivered every expected record, and the records of each item in order.

        Args:
            records: as GetRecords gives them, in the order of delivery; one may come more than once.

        Raises:
            AssertionError: a record is missing, or came before an earlier one of the same item.
        """
        first: dict[str, Mapping[str, Any]] = {}
        for record in records:
            first.setdefault(_number(record), record)
        missing = [record for record in self.expected if _number(record) not in first]
        if missing:
            raise AssertionError(self._said("the consumer did not deliver", missing))
        overtaken = list(_overtaken(first.values()))
        if overtaken:
            raise AssertionError(self._said("the consumer delivered behind later ones of the same item", overtaken))

    def finish(self) -> None:
        """End the scenario: the consumer has finished.

        Raises:
            UnusedFault: the consumer stopped before the last step.
            StreamStateError: the scenario leaves nothing to deliver.
            Exception: an error of a step, whether the consumer saw it or not.
        """
        if self._broken is not None:
            self.mock._forget_failure(self._broken)  # noqa: SLF001 - raised here, and not again when the mock closes
            raise self._broken
        was_reset = self._driver not in self.mock.faults
        if not (self._is_over or was_reset):
            raise UnusedFault(
                f"scenario {self.name!r} has not ended: its next step waits for a call of GetRecords that is answered. "
                f"Let the consumer poll on, or allow it by {RELAX}."
            )
        if self.start != TRIM_HORIZON and not (self.expected or was_reset):
            raise StreamStateError(
                f"scenario {self.name!r} leaves no record to deliver for a consumer that starts at {self.start}, so it "
                "proves nothing. Let the scenario write after its first step"
            )

    def __repr__(self) -> str:
        return f"<Scenario {self.name}>"

    def _take_away(self, before: Sequence[Fault]) -> list[Fault]:
        """Remove the faults that were added during the scenario, and return the unused ones but its own action."""
        later = [fault for fault in self.mock.faults if fault not in before]
        unused = self.mock._remove(later)  # noqa: SLF001 - nothing that users call
        return [fault for fault in unused if fault is not self._driver]

    def _begin(self) -> None:
        """Run the first step, and let each page start the next one."""
        self._go_on()
        self._drive(self.mock.after_call("GetRecords", self._go_on, times=None, stream=self.stream))

    def _drive(self, fault: Fault) -> None:
        self._driver = fault
        fault.name = f"the next step of scenario {self.name!r}"

    def _first_numbers(self) -> dict[str, int]:
        """Return the sequence number at which the consumer began in each of the first shards, unless at the horizon."""
        found: dict[str, int] = {}
        for call in self.mock.calls if self.start != TRIM_HORIZON else ():
            opening = opening_of(call)
            if opening is not None and call.stream == self.stream.arn and call.shard in self._first_shards:
                found.setdefault(str(call.shard), 0 if opening.is_at_the_horizon else opening.number)
        return found

    def _go_on(self) -> None:
        """Run the next step; a page that another thread reads meanwhile starts no step."""
        if self._broken is None and self._happening.acquire(blocking=False):
            try:
                self._is_over = next(self._steps, self) is self
            except Exception as error:
                self._broken = error  # a generator that has raised looks as if it had ended
                raise
            finally:
                self._happening.release()

    def _key_of(self, number: int) -> dict[str, Any]:
        values = {"S": f"item-{number}", "N": number, "B": f"item-{number}".encode()}
        return {name: values[kind] for name, kind in self.stream.key_schema.items()}

    def _said(self, what: str, records: Sequence[Mapping[str, Any]]) -> str:
        shown = records[:_SHOWN]
        lines = [f"\n  - {_number(record)}: {record['eventName']} {record['dynamodb']['Keys']}" for record in shown]
        lines += [f"\n  and {len(records) - _SHOWN} more"] * (len(records) > _SHOWN)
        return f"in scenario {self.name!r} {what}:{''.join(lines)}"


def _number(record: Mapping[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _overtaken(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the records that were delivered behind a later record of the same item."""
    latest: dict[str, int] = {}
    for record in records:
        item, number = repr(record["dynamodb"]["Keys"]), int(_number(record))
        if number < latest.get(item, 0):
            yield record
        latest[item] = max(number, latest.get(item, 0))
