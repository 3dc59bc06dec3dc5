"""Writing to a stream: changes of items, and whole records as GetRecords returns them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import _schemas
from .._exceptions import InvalidItem
from .._items.items import typed_item, typed_values
from .._items.values import came
from .._model.changes import (
    INSERT,
    MODIFY,
    REMOVE,
    SHOWS_OLD,
    TIME_TO_LIVE,
    Change,
)
from .._operations.documents import document_of_dict, record_of_dict
from .._operations.records import StreamRecord
from .shard import locked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .._items.values import Item
    from .._model.changes import NewRecord
    from .._model.stream import StreamState
    from .._service import Service

#: A sequence number for the validation of a record that has none yet.
_ANY_NUMBER = str(10**20)

#: The highest sequence number that a record can be injected with. The API's numbers have at most 40 digits, and the
#: records after it need higher numbers.
_HIGHEST_NUMBER = 10**39

#: SizeBytes is a long in the API.
_LARGEST_SIZE = 2**63 - 1


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
            return StreamRecord(self._state.write(Change(INSERT, self._key_of(new), new), now))

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
            before = self._image_before(key, old, f"modify({item!r}, old=…)", plain=plain)
            return StreamRecord(self._state.write(Change(MODIFY, key, new, before), now))

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
            before = self._image_before(wanted, old, f"remove({key!r}, old=…)", plain=plain)
            identity = TIME_TO_LIVE if by_ttl else None
            return StreamRecord(self._state.write(Change(REMOVE, wanted, None, before, identity), now))

    def put(self, item: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write the record of a PutItem: INSERT, MODIFY, or none if the item is the same already.

        Args:
            item: the item, with its key.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: decided by its looks.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as now:
            encoded = self._state.put(new, now)
        return None if encoded is None else StreamRecord(encoded)

    def delete(self, key: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write the record of a DeleteItem: REMOVE, or none if the stream knows no such item.

        Args:
            key: the primary key of the item, and no other attribute.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: decided by its looks.
        """
        with self._writing() as now:
            encoded = self._state.delete(self._check_key(key, plain=plain), now)
        return None if encoded is None else StreamRecord(encoded)

    def write_many(self, items: Iterable[Mapping[str, Any]], *, plain: bool | None = None) -> int:
        """Put every item of an iterable, in order; if an item is refused, no item is written.

        Args:
            items: the items; read one by one, while they are written.
            plain: whether they are plain Python (True) or DynamoDB-typed (False); None: decided by the looks of each.

        Returns:
            The number of records that were written; a put that changes nothing writes none.
        """
        with self._writing() as now:
            return self._state.all_or_nothing(lambda: self._put_all(items, now, plain=plain))

    def inject(self, record: Mapping[str, Any]) -> StreamRecord:
        """Append a whole record as GetRecords returns it, such as one that was recorded in production.

        The 24 hours of the record begin now, whatever its ApproximateCreationDateTime is, and AT_TIMESTAMP finds it at
        the time of the injection.

        Args:
            record: the record; without a SequenceNumber, it gets the stream's next one.

        Raises:
            InvalidItem: the record breaks the API's schema, the key schema or view type of the stream, or the order of
                sequence numbers in its shard.
        """
        with self._writing() as now:
            made = _new_record(self._state, record)
            shard = self._state.owner(made.keys)
            if made.number > shard.last_number:
                return StreamRecord(self._state.inject(made, now))
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber']: {made.number} does not come after {shard.last_number}, the "
            f"last number of {shard.id}; leave SequenceNumber out to have one given"
        )

    # Inside

    def _writing(self) -> AbstractContextManager[datetime]:
        """Hold the lock; the stream must be enabled."""
        return locked(self._service, self._state, writing=True)

    def _key_of(self, item: Item) -> Item:
        return self._state.key_schema.key_of(item)

    def _check_key(self, key: Mapping[str, Any], *, plain: bool | None) -> Item:
        return self._state.key_schema.check_key(typed_item(key, plain=plain, what="key"))

    def _image_before(self, key: Item, old: Mapping[str, Any] | None, cure: str, *, plain: bool | None) -> Item | None:
        """Return the old image: the given one, else the one that the stream's last record of the item left."""
        if old is not None:
            image = typed_item(old, plain=plain, what="old")
            if self._state.key_schema.key_of(image, what="old") != key:
                raise InvalidItem(f"old: {old!r} has another key than the item; an item's key never changes")
            return image
        last_image = self._state.last_image(key)
        if last_image is None and self._state.view_type in SHOWS_OLD:
            raise InvalidItem(
                f"stream {self._state.name.arn} never saw the item {key!r}, and its {self._state.view_type} records "
                f"include the old image; give it: {cure}, or insert the item first"
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


def _new_record(state: StreamState, given: Mapping[str, Any]) -> NewRecord:
    """Return the record that a dict of GetRecords means.

    Raises:
        InvalidItem: it breaks the API's schema, or the stream's key schema or view type.
    """
    if not isinstance(given, Mapping):
        raise InvalidItem(f"record is {came(given)}: inject() takes a dict as GetRecords returns it")
    record = dict(given)
    change = record.get("dynamodb")
    number = change.get("SequenceNumber") if isinstance(change, dict) else None
    if isinstance(change, dict) and number is None:
        record = {**record, "dynamodb": {**change, "SequenceNumber": _ANY_NUMBER}}
    broken = _schemas.violations(_schemas.RECORD, document_of_dict(record))
    if broken:
        raise InvalidItem(f"record: not what GetRecords returns: {_schemas.explain(broken)}")
    images = _images(state, record["dynamodb"])
    _check_bounds(record["dynamodb"], number)
    try:
        return record_of_dict(record, state.number_for(images["Keys"]) if number is None else int(number), images)
    except (ValueError, OverflowError, OSError) as error:
        created = record["dynamodb"]["ApproximateCreationDateTime"]
        raise InvalidItem(
            f"record['dynamodb']['ApproximateCreationDateTime'] is {came(created)}: no instant; {error}"
        ) from None


def _check_bounds(change: dict[str, Any], number: str | None) -> None:
    """Refuse a size or a sequence number that is valid by the schema, but too large for a stream."""
    if change["SizeBytes"] > _LARGEST_SIZE:
        raise InvalidItem(f"record['dynamodb']['SizeBytes'] is {change['SizeBytes']}: at most {_LARGEST_SIZE} fits")
    if number is not None and int(number) > _HIGHEST_NUMBER:
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber'] is {number}: at most {_HIGHEST_NUMBER}, so that there are numbers "
            "left for the records after it; leave SequenceNumber out to have one given"
        )


def _images(state: StreamState, change: dict[str, Any]) -> dict[str, Item]:
    """Return the key and the images of a record, by the names of their members."""
    if change["StreamViewType"] != state.view_type:
        raise InvalidItem(
            f"record['dynamodb']['StreamViewType']: came {change['StreamViewType']}; the stream's is {state.view_type}"
        )
    key = typed_item(change["Keys"], plain=False, what="record['dynamodb']['Keys']")
    images = {"Keys": state.key_schema.check_key(key, what="record['dynamodb']['Keys']")}
    # An image that the view type does not include is refused by the schema already.
    for name in [name for name in ("NewImage", "OldImage") if name in change]:
        images[name] = typed_item(change[name], plain=False, what=f"record['dynamodb'][{name!r}]")
        if state.key_schema.key_of(images[name]) != images["Keys"]:
            raise InvalidItem(f"record['dynamodb'][{name!r}]: its key is not that of Keys")
    return images
