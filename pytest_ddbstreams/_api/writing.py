"""Writing to a stream: changes of items, and whole records as GetRecords returns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_iterable, checks_keywords
from .._exceptions import InvalidItem, short
from .._items.items import typed_item, typed_values
from .._model.changes import (
    INSERT,
    MODIFY,
    REMOVE,
    SHOWS_OLD,
    TIME_TO_LIVE,
    Change,
)
from .._operations.records import StreamRecord
from .replay import Recording
from .shard import locked
from .whole_records import injected_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from os import PathLike

    from .._items.values import Item
    from .._model.stream import StreamState
    from .._service import Service


@checks_keywords
class StreamWriter:
    """The methods of `Stream` that write records.

    Items, keys and images are plain Python (``{"pk": "o#1", "total": Decimal("9.50")}``) or DynamoDB-typed
    (``{"pk": {"S": "o#1"}}``). ``plain=True`` or ``plain=False`` decides for an item that could be either. Every method
    raises `InvalidItem` for an item that DynamoDB would refuse, and `StreamStateError` if the stream is disabled; then
    no record is written.
    """

    __slots__ = ("_service", "_state")

    def __init__(self, service: Service, state: StreamState) -> None:
        self._service = service
        self._state = state

    def insert(self, item: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord:
        """Write the INSERT record of an item, also if the stream has seen it before.

        Args:
            item: the item, with its key.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: decided by its looks.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as now:
            return self._record(self._state.write(Change(INSERT, self._key_of(new), new), now))

    def modify(
        self, item: Mapping[str, Any], *, old: Mapping[str, Any] | None = None, plain: bool | None = None
    ) -> StreamRecord:
        """Write the MODIFY record of an item.

        Args:
            item: the item after the change, with its key.
            old: the item before the change; None: as the stream last saw it.
            plain: whether both are plain Python (True) or DynamoDB-typed (False); None: decided by their looks.

        Raises:
            InvalidItem: records of this view type include old images, and the stream never saw the item.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as now:
            key = self._key_of(new)
            before = self._image_before(key, old, f"modify({short(item)}, old=…)", plain=plain)
            return self._record(self._state.write(Change(MODIFY, key, new, before), now))

    def remove(
        self,
        key: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        by_ttl: bool = False,
        plain: bool | None = None,
    ) -> StreamRecord:
        """Write the REMOVE record of an item.

        Args:
            key: the primary key of the item, and no other attribute.
            old: the item before the change; None: as the stream last saw it.
            by_ttl: whether Time To Live removed the item; the record then has the ``userIdentity`` of the service.
            plain: whether both are plain Python (True) or DynamoDB-typed (False); None: decided by their looks.

        Raises:
            InvalidItem: records of this view type include old images, and the stream never saw the item.
        """
        with self._writing() as now:
            wanted = self._check_key(key, plain=plain)
            before = self._image_before(wanted, old, f"remove({short(key)}, old=…)", plain=plain)
            identity = TIME_TO_LIVE if by_ttl else None
            return self._record(self._state.write(Change(REMOVE, wanted, None, before, identity), now))

    def put(self, item: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write the record of a PutItem: INSERT, MODIFY, or none if the item is the same already.

        Args:
            item: the item, with its key.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: decided by its looks.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as now:
            encoded = self._state.put(new, now)
        return None if encoded is None else self._record(encoded)

    def delete(self, key: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write the record of a DeleteItem: REMOVE, or none if the stream knows no such item.

        Args:
            key: the primary key of the item, and no other attribute.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: decided by its looks.
        """
        with self._writing() as now:
            encoded = self._state.delete(self._check_key(key, plain=plain), now)
        return None if encoded is None else self._record(encoded)

    def write_many(self, items: Iterable[Mapping[str, Any]], *, plain: bool | None = None) -> int:
        """Put every item of an iterable, in order; if an item is refused, no item is written.

        Args:
            items: the items; read one by one, while they are written.
            plain: whether they are plain Python (True) or DynamoDB-typed (False); None: decided by the looks of each.

        Returns:
            The number of records that were written; a put that changes nothing writes none.

        Raises:
            InvalidOption: ``items`` cannot be iterated.
        """
        check_iterable("items", items, "a list or another iterable of items")
        with self._writing() as now:
            return self._state.all_or_nothing(lambda: self._put_all(items, now, plain=plain))

    def inject(self, record: Mapping[str, Any]) -> StreamRecord:
        """Append a whole record as GetRecords returns it, unchanged; `replay` takes records in the form of Lambda.

        The 24 hours of the record begin now, whatever its ApproximateCreationDateTime is, and AT_TIMESTAMP finds it at
        the time of the injection. Any eventVersion and any userIdentity is accepted, because AWS says that they can
        change.

        Args:
            record: the record; without a SequenceNumber, it gets the stream's next one.

        Raises:
            InvalidItem: the record breaks the API's schema, the key schema or view type of the stream, or the order of
                sequence numbers in its shard.
        """
        with self._writing() as now:
            made = injected_record(self._state, record)
            shard = self._state.owner(made.keys)
            if made.number > shard.last_number:
                return self._record(self._state.inject(made, now))
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber']: {made.number} does not come after {shard.last_number}, the "
            f"last number of {shard.id}; leave SequenceNumber out to have one given"
        )

    def replay(
        self, source: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | PathLike[str]
    ) -> tuple[StreamRecord, ...]:
        """Append the records that production recorded, in their order; if one is refused, no record is written.

        The newest record is shown as made now, and each other record as much earlier as it was; a record without a
        time is shown as made now. The 24 hours of all records begin now, and AT_TIMESTAMP finds them now. The region,
        the view type and the stream's ARN become those of this stream; SizeBytes is computed. A SequenceNumber is kept
        if it comes after the last one of its shard; an eventID, a SequenceNumber or an eventVersion that breaks the
        API's schema is made anew.

        Args:
            source: an event of Lambda, a response of GetRecords, a list of records of either, or the path of a JSON
                file with one of these or with an on-failure object of S3, whose ``payload`` is such an event.
                Binary values in text are base64; times are datetimes, epoch seconds or ISO 8601 text.

        Returns:
            The records as they were written.

        Raises:
            InvalidItem: the source holds no records, or one of them does not fit the API's schema, or the key schema
                or the view type of the stream; the text has the place.
            OSError: the file cannot be read.
        """
        recording = Recording(source)
        with self._writing() as now:
            state = self._state
            encoded = state.all_or_nothing(
                lambda: [state.inject(record, now) for record in recording.records(state, now)]
            )
        return tuple(map(StreamRecord, encoded))

    # Inside

    def _writing(self) -> AbstractContextManager[datetime]:
        """Hold the lock; the stream must be enabled."""
        return locked(self._service, self._state, writing=True)

    def _record(self, encoded: bytes) -> StreamRecord:
        return StreamRecord(encoded, self._state.name.arn)

    def _key_of(self, item: Item) -> Item:
        return self._state.key_schema.key_of(item)

    def _check_key(self, key: Mapping[str, Any], *, plain: bool | None) -> Item:
        return self._state.key_schema.check_key(typed_item(key, plain=plain, what="key"))

    def _image_before(self, key: Item, old: Mapping[str, Any] | None, cure: str, *, plain: bool | None) -> Item | None:
        """Return the old image: the given one, else the one that the stream's last record of the item left."""
        if old is not None:
            image = typed_item(old, plain=plain, what="old")
            if self._state.key_schema.key_of(image, what="old") != key:
                raise InvalidItem(f"old: {short(old)} has another key than the item; an item's key never changes")
            return image
        last_image = self._state.last_image(key)
        if last_image is None and self._state.view_type in SHOWS_OLD:
            raise InvalidItem(
                f"stream {self._state.name.arn} never saw the item {short(key)}, and its {self._state.view_type} "
                f"records include the old image; give it: {cure}, or insert the item first"
            )
        return last_image

    def _put_all(self, items: Iterable[Mapping[str, Any]], now: datetime, *, plain: bool | None) -> int:
        written = index = 0
        try:
            for index, item in enumerate(items):  # noqa: B007 - for the error
                written += self._state.put(typed_values(item, plain=plain), now) is not None
        except InvalidItem as error:
            raise InvalidItem(f"items[{index}]: {error}") from None
        return written
