"""How tables feed streams: one call of a table's API is one unit, and what it changed becomes records when it ends.

It compares what an item was before the call with what it is after it, so that neither the steps in between nor a
transaction that was rolled back leave a trace. It knows nothing of whose tables they are.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from .._exceptions import InvalidItem
from .._model.changes import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .._items.keys import KeySchema
    from .._items.values import Item
    from .._model.changes import UserIdentity
    from .._model.stream import StreamState
    from .._service import Service

#: An item as it was found; or why it is none that a record could show.
Reading: TypeAlias = "Item | InvalidItem | None"


class TableName(NamedTuple):
    """What a table is called, and where it is."""

    table_name: str
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class StreamingTable:
    """A table that has a stream enabled."""

    name: TableName
    key_schema: KeySchema
    view_type: str


class Source(Protocol):
    """The mock whose tables they are."""

    def streaming_tables(self) -> Iterable[StreamingTable]:
        """Every table that has a stream enabled."""

    def expire_items(self, now: datetime) -> int:
        """Delete what Time To Live would delete by now; says how many items there were."""


class ItemPlace(NamedTuple):
    """Which item of which table; its key is the source's own, and only looked at there."""

    table: TableName
    key: Any


@dataclass(slots=True)
class Unit:
    """A block of writes under way."""

    user_identity: UserIdentity | None = None
    #: Whether the block was refused, without an exception; nothing is to hide that error.
    is_refused: bool = False
    #: What the items that it has written were before.
    before: dict[ItemPlace, Reading] = field(default_factory=dict)


class Units:
    """The units under way, the innermost last; threads take turns, so that records come in the order of writes."""

    def __init__(self, item_at: Callable[[ItemPlace], Item | None], feeds: Callable[[], Iterable[Feed]]) -> None:
        self._item_at = item_at
        self._feeds = feeds
        self._lock = RLock()
        self._under_way: list[Unit] = []

    @contextmanager
    def unit(self, user_identity: UserIdentity | None = None) -> Iterator[Unit]:
        """A block whose writes become records at its end, however it ends.

        Raises:
            InvalidItem: of an item that DynamoDB could not hold there is no record; the others have theirs. An error
                of the block itself goes first.
        """
        with self._lock:
            unit = Unit(user_identity)
            self._under_way.append(unit)
            try:
                yield unit
            finally:
                invalid = self._settle(self._under_way.pop())
            if invalid is not None and not unit.is_refused:
                raise invalid

    def note(self, place: ItemPlace, before: Callable[[], Item | None]) -> None:
        """An item was written; what it was before counts if this is the unit's first write of it.

        A write that comes by no call of the API is a unit by itself.
        """
        with self._lock:
            if not self._under_way:
                with self.unit():
                    self.note(place, before)
                return
            items = self._under_way[-1].before
            if place not in items:
                items[place] = _read(before)

    def _settle(self, unit: Unit) -> InvalidItem | None:
        """Write what became of the items; says what is wrong with the first that has no record for it."""
        first: InvalidItem | None = None
        feeds = tuple(self._feeds())
        for place, old in unit.before.items():
            new = _read(partial(self._item_at, place))
            if isinstance(new, InvalidItem):
                first = first or new
            elif isinstance(old, InvalidItem):
                first = first or old
            else:
                for feed in feeds:
                    feed.write(place.table, old, new, unit.user_identity)
        return first


def _read(item: Callable[[], Item | None]) -> Reading:
    """An item, or why DynamoDB could not hold it."""
    try:
        return item()
    except InvalidItem as invalid:
        return invalid


class Feed:
    """The streams of one mock, as the tables of another feed them."""

    def __init__(self, service: Service, source: Source) -> None:
        self._service = service
        self._source = source
        #: ARNs of the streams that tables have had: made for them, or taken over from the test.
        self._taken: set[str] = set()

    def begin(self) -> None:
        """Give each table that has a stream enabled one that is new and empty."""
        self._taken.clear()
        for table in self._source.streaming_tables():
            self.enable(table)

    def enable(self, table: StreamingTable) -> None:
        """Give a table a stream: the one that the test made for it, if keys and view type agree, else a new one.

        Any other that is enabled under the table's name is of a table that went without a word, with its mock.
        """
        service = self._service
        with service.lock:
            enabled = service.registry.enabled(*table.name)
            if enabled is not None and self._fits(enabled, table):
                self._taken.add(enabled.name.arn)
                return
            now = service.use()
            if enabled is not None:
                enabled.disable(now)
            rotates = service.options.auto_rotate
            made = service.registry.create(
                *table.name, table.key_schema, now, view_type=table.view_type, shards=1, auto_rotate=rotates
            )
            self._taken.add(made.name.arn)

    def disable(self, name: TableName) -> None:
        """Disable the stream of a table, if it has one enabled."""
        service = self._service
        with service.lock:
            enabled = service.registry.enabled(*name)
            if enabled is not None:
                enabled.disable(service.use())

    def newest(self, name: TableName) -> StreamState | None:
        """The stream that a table enabled last."""
        with self._service.lock:
            return self._service.registry.newest(*name)

    def write(self, name: TableName, old: Item | None, new: Item | None, user_identity: UserIdentity | None) -> None:
        """Write what became of an item; nothing where it is the same, or the stream was disabled by its handle."""
        item = old if new is None else new
        service = self._service
        with service.lock:
            stream = service.registry.enabled(*name)
            if stream is None or item is None:
                return
            change = Change.between(stream.key_schema.key_of(item), old, new, user_identity)
            if change is not None:
                now = service.use()
                stream.advance(now)
                stream.write(change, now)

    def expire_items(self) -> int:
        """Delete what Time To Live would delete by now; says how many items there were."""
        return self._source.expire_items(self._service.use())

    def _fits(self, stream: StreamState, table: StreamingTable) -> bool:
        return (
            stream.name.arn not in self._taken
            and stream.view_type == table.view_type
            and stream.key_schema.elements == table.key_schema.elements
            and stream.key_schema.types == table.key_schema.types
        )
