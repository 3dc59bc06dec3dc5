"""The half of a stream's handle that writes: changes of items, whole records."""

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
from .shard import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .._items.values import Item
    from .._model.changes import NewRecord
    from .._model.stream import StreamState
    from .._service import Service

#: Stands in for a number that is not given yet while the record is checked.
_ANY_NUMBER = str(10**20)

#: The API's numbers have 40 digits at most; above this one the stream could soon give out none of its own.
_HIGHEST_NUMBER = 10**39

#: The API's model types SizeBytes as a long.
_LARGEST_SIZE = 2**63 - 1


class StreamWriter:
    """What `Stream` can write.

    Items, keys and images are plain Python (``{"pk": "o#1", "total": Decimal("9.50")}``) or DynamoDB-typed
    (``{"pk": {"S": "o#1"}}``); ``plain=True`` or ``plain=False`` decides where both could be meant. Every method
    raises `InvalidItem` for what DynamoDB could not hold, and then has written nothing; on a disabled stream it
    raises `StreamStateError`.
    """

    __slots__ = ("_service", "_state")

    def __init__(self, service: Service, state: StreamState) -> None:
        self._service = service
        self._state = state

    def insert(self, item: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord:
        """Write an INSERT of an item, whatever the stream saw of it before.

        Args:
            item: the item, keys included.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: as it looks.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as turn:
            return StreamRecord(self._state.write(Change(INSERT, self._key_of(new), new), turn.now))

    def modify(
        self, item: Mapping[str, Any], *, old: Mapping[str, Any] | None = None, plain: bool | None = None
    ) -> StreamRecord:
        """Write a MODIFY of an item.

        Args:
            item: the item as it is now, keys included.
            old: the item as it was; None: as the stream last saw it.
            plain: whether items are plain Python (True) or DynamoDB-typed (False); None: as they look.

        Raises:
            InvalidItem: the view type shows old images, and the stream never saw the item.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as turn:
            key = self._key_of(new)
            before = self._image_before(key, old, f"modify({item!r}, old=…)", plain=plain)
            return StreamRecord(self._state.write(Change(MODIFY, key, new, before), turn.now))

    def remove(
        self,
        key: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        by_ttl: bool = False,
        plain: bool | None = None,
    ) -> StreamRecord:
        """Write a REMOVE of an item.

        Args:
            key: the item's primary key, and nothing else of it.
            old: the item as it was; None: as the stream last saw it.
            by_ttl: whether Time To Live removed it, which adds the service's ``userIdentity``.
            plain: whether items are plain Python (True) or DynamoDB-typed (False); None: as they look.

        Raises:
            InvalidItem: the view type shows old images, and the stream never saw the item.
        """
        with self._writing() as turn:
            wanted = self._key(key, plain=plain)
            before = self._image_before(wanted, old, f"remove({key!r}, old=…)", plain=plain)
            identity = TIME_TO_LIVE if by_ttl else None
            return StreamRecord(self._state.write(Change(REMOVE, wanted, None, before, identity), turn.now))

    def put(self, item: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write what a put changes: INSERT, MODIFY, or nothing (None) where the item was the same already.

        Args:
            item: the item, keys included.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: as it looks.
        """
        new = typed_values(item, plain=plain)
        with self._writing() as turn:
            encoded = self._state.put(new, turn.now)
        return None if encoded is None else StreamRecord(encoded)

    def delete(self, key: Mapping[str, Any], *, plain: bool | None = None) -> StreamRecord | None:
        """Write what a deletion changes: REMOVE, or nothing (None) where the stream knows no such item.

        Args:
            key: the item's primary key, and nothing else of it.
            plain: whether it is plain Python (True) or DynamoDB-typed (False); None: as it looks.
        """
        with self._writing() as turn:
            encoded = self._state.delete(self._key(key, plain=plain), turn.now)
        return None if encoded is None else StreamRecord(encoded)

    def write_many(self, items: Iterable[Mapping[str, Any]], *, plain: bool | None = None) -> int:
        """Put every item of an iterable, one after the other; all of them or, when one is refused, none.

        Args:
            items: the items; consumed as they are written.
            plain: whether they are plain Python (True) or DynamoDB-typed (False); None: as each looks.

        Returns:
            How many records were written; a put that changes nothing writes none.
        """
        with self._writing() as turn:
            return self._state.all_or_nothing(lambda: self._put_all(items, turn.now, plain=plain))

    def inject(self, record: Mapping[str, Any]) -> StreamRecord:
        """Append a whole record as GetRecords returns it, such as one recorded in production.

        Its 24 hours begin now, however old it says that it is, and AT_TIMESTAMP finds it where it was injected.

        Args:
            record: the record; its SequenceNumber may be left out, then the stream gives one.

        Raises:
            InvalidItem: it breaks the API's schema, the stream's key schema or view type, or its sequence
                number does not come after those of its shard.
        """
        with self._writing() as turn:
            made = injected_record(self._state, record)
            shard = self._state.owner(made.keys)
            if made.number > shard.last_number:
                return StreamRecord(self._state.inject(made, turn.now))
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber']: {made.number} does not come after {shard.last_number}, the "
            f"last number of {shard.id}; leave SequenceNumber out to have one given"
        )

    # Inside

    def _writing(self) -> Turn:
        """A turn that needs the stream to be enabled."""
        return Turn(self._service, self._state, writing=True)

    def _key_of(self, item: Item) -> Item:
        return self._state.key_schema.key_of(item)

    def _key(self, key: Mapping[str, Any], *, plain: bool | None) -> Item:
        return self._state.key_schema.check_key(typed_item(key, plain=plain, what="key"))

    def _image_before(self, key: Item, old: Mapping[str, Any] | None, cure: str, *, plain: bool | None) -> Item | None:
        if old is not None:
            image = typed_item(old, plain=plain, what="old")
            if self._state.key_schema.key_of(image, what="old") != key:
                raise InvalidItem(f"old: {old!r} has another key than the item; an item's key never changes")
            return image
        image_seen = self._state.last_image(key)
        if image_seen is None and self._state.view_type in SHOWS_OLD:
            raise InvalidItem(
                f"stream {self._state.name.arn} never saw the item {key!r}, and its {self._state.view_type} records "
                f"show the old image; say what it was: {cure}, or insert it first"
            )
        return image_seen

    def _put_all(self, items: Iterable[Mapping[str, Any]], now: datetime, *, plain: bool | None) -> int:
        written = index = 0
        try:
            for index, item in enumerate(items):  # noqa: B007 - for the error
                written += self._state.put(typed_values(item, plain=plain), now) is not None
        except InvalidItem as error:
            raise InvalidItem(f"items[{index}]: {error}") from None
        return written


def injected_record(state: StreamState, given_record: Mapping[str, Any]) -> NewRecord:
    """The stream record of a record dict.

    Raises:
        InvalidItem: it breaks the API's schema, or the stream's key schema or view type.
    """
    if not isinstance(given_record, Mapping):
        raise InvalidItem(f"record is {came(given_record)}: inject() takes a dict as GetRecords returns it")
    record = dict(given_record)
    shown = record.get("dynamodb")
    given = shown.get("SequenceNumber") if isinstance(shown, dict) else None
    if isinstance(shown, dict) and given is None:
        record = {**record, "dynamodb": {**shown, "SequenceNumber": _ANY_NUMBER}}
    broken = _schemas.record_violations(document_of_dict(record))
    if broken:
        raise InvalidItem(f"record: not what GetRecords returns: {_schemas.explain(broken)}")
    images = _images(state, record["dynamodb"])
    _check_bounds(record["dynamodb"], given)
    number = state.number_for(images["Keys"]) if given is None else int(given)
    try:
        return record_of_dict(record, number, images)
    except (ValueError, OverflowError, OSError) as error:
        created = record["dynamodb"]["ApproximateCreationDateTime"]
        raise InvalidItem(
            f"record['dynamodb']['ApproximateCreationDateTime'] is {came(created)}: no instant; {error}"
        ) from None


def _check_bounds(shown: dict[str, Any], number: str | None) -> None:
    """Refuse what fits the schema and yet no stream could hold."""
    if shown["SizeBytes"] > _LARGEST_SIZE:
        raise InvalidItem(f"record['dynamodb']['SizeBytes'] is {shown['SizeBytes']}: at most {_LARGEST_SIZE} fits")
    if number is not None and int(number) > _HIGHEST_NUMBER:
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber'] is {number}: at most {_HIGHEST_NUMBER}, so that there are numbers "
            "left for the records after it; leave SequenceNumber out to have one given"
        )


def _images(state: StreamState, shown: dict[str, Any]) -> dict[str, Item]:
    view_type = state.view_type
    if shown["StreamViewType"] != view_type:
        raise InvalidItem(
            f"record['dynamodb']['StreamViewType']: came {shown['StreamViewType']}; the stream's is {view_type}"
        )
    key = typed_item(shown["Keys"], plain=False, what="record['dynamodb']['Keys']")
    images = {"Keys": state.key_schema.check_key(key, what="record['dynamodb']['Keys']")}
    for name in ("NewImage", "OldImage"):
        # The schema has refused those that the view type does not show.
        if name in shown:
            images[name] = typed_item(shown[name], plain=False, what=f"record['dynamodb'][{name!r}]")
            if state.key_schema.key_of(images[name]) != images["Keys"]:
                raise InvalidItem(f"record['dynamodb'][{name!r}]: its key is not that of Keys")
    return images
