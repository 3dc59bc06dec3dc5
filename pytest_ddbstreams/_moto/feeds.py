"""How tables feed streams: when a call that writes to tables ends, its changes of items become records.

An item before the call is compared with the same item after it. So one call makes at most one record of an item, and a
transaction that was rolled back makes none. This module does not know moto.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from .._exceptions import InvalidItem
from .._locks import make_lock
from .._model.changes import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .._items.keys import KeySchema
    from .._items.values import Item
    from .._model.changes import UserIdentity
    from .._model.stream import StreamState
    from .._service import Service

#: An item of a table; None if there is none; or the error of an item that DynamoDB would refuse.
Reading: TypeAlias = "Item | InvalidItem | None"


class TableName(NamedTuple):
    """The name of a table, its region and its account."""

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
    """The mock that the tables belong to."""

    def streaming_tables(self) -> Iterable[StreamingTable]:
        """Return the tables that have a stream enabled."""

    def expire_items(self, now: datetime) -> int:
        """Delete the items that Time To Live would have deleted by now; return how many there were."""

    def account_of(self, access_key: str) -> str | None:
        """Return the account that an access key belongs to; None if the key is unknown."""

    def connect_functions(self, service: Service) -> None:
        """Connect the mappings of the other mock's Lambda to the handlers of a mock of streams."""


class ItemPlace(NamedTuple):
    """An item of a table. Its key has the form that the source gives it, and only the source reads it."""

    table: TableName
    key: Any


@dataclass(slots=True)
class WriteGroup:
    """The writes of one call, whose records are written when the call ends.

    Attributes:
        user_identity: the service that makes the changes; None for a user of the tables.
        is_refused: whether the call is answered with an error, which must reach the caller.
        before: for each item that the call has written, the item before the call.
    """

    user_identity: UserIdentity | None = None
    is_refused: bool = False
    before: dict[ItemPlace, Reading] = field(default_factory=dict)


class WriteGroups:
    """The groups of writes that have begun and not ended, the innermost last.

    Only one thread writes at a time, so that records come in the order of the writes.
    """

    def __init__(self, item_at: Callable[[ItemPlace], Item | None], feeds: Callable[[], Iterable[Feed]]) -> None:
        self._item_at = item_at
        self._feeds = feeds
        self._lock = make_lock()
        self._begun: list[WriteGroup] = []

    @contextmanager
    def group(self, user_identity: UserIdentity | None = None) -> Iterator[WriteGroup]:
        """Run a block, and write the records of its writes when it ends, also if it raises.

        Raises:
            InvalidItem: the block wrote an item that DynamoDB would refuse. That item has no record; the others have
                theirs. An error of the block itself is raised instead.
        """
        with self._lock:
            group = WriteGroup(user_identity)
            self._begun.append(group)
            try:
                yield group
            finally:
                invalid = self._write_records(self._begun.pop())
            if invalid is not None and not group.is_refused:
                raise invalid

    def note(self, place: ItemPlace, before: Callable[[], Item | None]) -> None:
        """Note that an item is written.

        A write outside of a group is a group of its own.

        Args:
            place: the item.
            before: returns the item before the write; called for the first write of the item in its group.
        """
        with self._lock:
            if not self._begun:
                with self.group():
                    self.note(place, before)
                return
            items = self._begun[-1].before
            if place not in items:
                items[place] = _read(before)

    def _write_records(self, group: WriteGroup) -> InvalidItem | None:
        """Write the records of a group; return the error of the first item that DynamoDB would refuse."""
        first: InvalidItem | None = None
        feeds = tuple(self._feeds())
        for place, old in group.before.items():
            new = _read(partial(self._item_at, place))
            if isinstance(new, InvalidItem):
                first = first or new
            elif isinstance(old, InvalidItem):
                first = first or old
            else:
                for feed in feeds:
                    feed.write(place.table, old, new, group.user_identity)
        return first


def _read(item: Callable[[], Item | None]) -> Reading:
    try:
        return item()
    except InvalidItem as invalid:
        return invalid


class Feed:
    """The streams of one mock, fed by the tables of another."""

    def __init__(self, service: Service, source: Source) -> None:
        self._service = service
        self._source = source
        #: ARNs of the streams that tables have or had: created for a table, or created by the test and taken over.
        self._of_tables: set[str] = set()

    def begin(self) -> None:
        """Create a new and empty stream for each table that has a stream enabled."""
        self._of_tables.clear()
        for table in self._source.streaming_tables():
            self.enable(table)

    def enable(self, table: StreamingTable) -> None:
        """Give a table a stream: one that the test has created for it, if key and view type agree, else a new one.

        Another stream that is enabled under the table's name is disabled. Its table no longer exists: the mock that had
        it was closed, which deletes no tables.
        """
        service = self._service
        with service.lock:
            enabled = service.registry.enabled(*table.name)
            if enabled is not None and self._fits(enabled, table):
                self._of_tables.add(enabled.name.arn)
                return
            now = service.use()
            if enabled is not None:
                enabled.disable(now)
            rotates = service.options.auto_rotate
            made = service.registry.create(
                *table.name, table.key_schema, now, view_type=table.view_type, shards=1, auto_rotate=rotates
            )
            self._of_tables.add(made.name.arn)

    def account_of(self, access_key: str) -> str | None:
        """Return the account that an access key belongs to; None if the mock of the tables does not know the key."""
        return self._source.account_of(access_key)

    def connect_functions(self) -> None:
        """Connect the mappings of the other mock's Lambda to the handlers of this mock."""
        self._source.connect_functions(self._service)

    def disable(self, name: TableName) -> None:
        """Disable the stream of a table, if it has an enabled one."""
        service = self._service
        with service.lock:
            enabled = service.registry.enabled(*name)
            if enabled is not None:
                enabled.disable(service.use())

    def newest(self, name: TableName) -> StreamState | None:
        """Return the stream that a table enabled last."""
        with self._service.lock:
            return self._service.registry.newest(*name)

    def write(self, name: TableName, old: Item | None, new: Item | None, user_identity: UserIdentity | None) -> None:
        """Write the record of a change; an item that is the same writes none, and neither does a disabled stream.

        Args:
            name: the table.
            old: the item before the change; None: there was none.
            new: the item after the change; None: there is none.
            user_identity: the service that made the change; None for a user of the table.
        """
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
        """Delete the items that Time To Live would have deleted by now; return how many there were."""
        return self._source.expire_items(self._service.use())

    def _fits(self, stream: StreamState, table: StreamingTable) -> bool:
        return (
            stream.name.arn not in self._of_tables
            and stream.view_type == table.view_type
            and stream.key_schema.elements == table.key_schema.elements
            and stream.key_schema.types == table.key_schema.types
        )
