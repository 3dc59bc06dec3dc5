"""Named hardships: stories in steps of a stream and its consumer.

A scenario is a generator function. Its first step, the part before its first ``yield``, happens before the consumer
starts. Each ``yield`` lets the consumer go on until a call of GetRecords was answered; the next step happens then,
before the answer arrives. So the consumer under test needs no hook and no change. Scenarios use the public surface
only, and users add their own scenarios.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from .._exceptions import InvalidOption, UnusedFault, refuse_unknown
from .._strictness import RELAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .._api.mock import StreamsMock
    from .._api.stream import Stream
    from .._faults.fault import Fault
    from .._operations.records import StreamRecord

    Steps = Callable[["Scenario"], Iterator[None]]
    Item = Callable[[int], Mapping[str, Any]]

Function = TypeVar("Function", bound="Steps")

#: Scenarios that users registered, by name; the ready ones are in `ready`.
REGISTERED: dict[str, Steps] = {}


def scenario(function: Function) -> Function:
    """Register a scenario of your own, by the name of the function; a decorator.

    Args:
        function: a generator function of one argument, the `Scenario`.

    Raises:
        InvalidOption: a function of another module has registered the name.
    """
    name = function.__name__
    known = everything().get(name)
    if known is not None and known.__module__ != function.__module__:
        raise InvalidOption(f"there is a scenario {name!r} already, of {known.__module__}; give yours another name")
    REGISTERED[name] = function
    return function


def everything() -> dict[str, Steps]:
    """Return every scenario by its name, the ready ones first."""
    from . import ready

    return {**ready.SCENARIOS, **REGISTERED}


class Scenario:
    """A hardship while it happens to the consumer under test.

    Attributes:
        name: the name of the scenario.
        streams: the mock.
        stream: the stream that the consumer reads.
    """

    def __init__(self, name: str, streams: StreamsMock, stream: Stream, item: Item | None = None) -> None:
        self.name = name
        self.streams = streams
        self.stream = stream
        self._item = item or self._key_of
        self._written = 0
        self._is_over = False
        self._broken: Exception | None = None
        self._happening = Lock()
        self._steps = everything()[name](self)
        self._go_on()
        streams.after_call("GetRecords", self._go_on, times=None, stream=stream)
        self._driver = streams.faults[-1]

    def write(self, count: int = 1) -> None:
        """Insert `count` new items."""
        for _ in range(count):
            self.stream.insert(self._item(self._written))
            self._written += 1

    def change(self) -> None:
        """Modify every item that was written so far."""
        for number in range(self._written):
            self.stream.modify(self._item(number))

    @property
    def expected(self) -> tuple[StreamRecord, ...]:
        """The records that the consumer must deliver: all that are not trimmed, parents before children."""
        return tuple(record for shard in self.stream.shards for record in shard.records)

    def assert_delivered(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Raise unless the consumer delivered every expected record, and the records of each item in order.

        Args:
            records: as GetRecords gives them, in the order of delivery; one may come more than once.

        Raises:
            AssertionError: a record is missing, or came before an earlier one of the same item.
        """
        __tracebackhide__ = True
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
            Exception: an error of a step, whether the consumer saw it or not.
        """
        if self._broken is not None:
            self.streams._forget_failure(self._broken)  # noqa: SLF001 - raised here, and not again when the mock closes
            raise self._broken
        was_reset = self._driver not in self.streams.faults
        if not (self._is_over or was_reset):
            raise UnusedFault(
                f"scenario {self.name!r} has not ended: its next step waits for a call of GetRecords that is answered. "
                f"Let the consumer poll on, or allow it by {RELAX}."
            )

    def __repr__(self) -> str:
        return f"<Scenario {self.name}>"

    def _take_away(self, before: Sequence[Fault]) -> list[Fault]:
        """Remove the faults that were added during the scenario, and return the unused ones but its own action."""
        later = [fault for fault in self.streams.faults if fault not in before]
        unused = self.streams._remove(later)  # noqa: SLF001 - nothing that users call
        return [fault for fault in unused if fault is not self._driver]

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
        lines = (f"\n  - {_number(record)}: {record['eventName']} {record['dynamodb']['Keys']}" for record in records)
        return f"in scenario {self.name!r} {what}:{''.join(lines)}"


def chosen(names: tuple[Any, ...], options: Mapping[str, Any]) -> tuple[tuple[str, ...], Item | None]:
    """Return the scenarios that a marker's arguments name, or all, and the function that makes their items.

    Raises:
        InvalidOption: an argument does not fit.
    """
    refuse_unknown("argument", options, ("item",))
    refuse_unknown("scenario", map(str, names), everything())
    item = options.get("item")
    if item is not None and not callable(item):
        raise InvalidOption(f"item={item!r} does not fit; item takes a function that makes an item of its number")
    return names or tuple(everything()), item


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
