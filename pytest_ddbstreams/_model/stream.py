"""A stream of a table: how it writes records to its shards, and how it trims them.

The time and the encoding of a record are arguments: this module reads no clock and knows no JSON.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

from .._items.items import check_size
from .changes import REMOVE, Change, NewRecord, record_size
from .last_seen import LastSeen
from .lineage import Lineage
from .names import microseconds, milliseconds, next_number
from .shard import ShardState, is_past_retention

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from .._items.keys import KeySchema
    from .._items.values import Item
    from .changes import RecordCodec
    from .journal import Journal
    from .names import StreamName

#: The result of a bulk write.
Written = TypeVar("Written")

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"


class StreamState:
    """The state of one stream.

    Args:
        shards: how many shards are open at first.
        now: the current time.
        random: ids and sequence numbers are derived from it.
        codec: encodes records, and decodes images.
        journal: the journal of the mock, which counts the records that are written.
        items: the items as earlier streams of the table last saw them; None if there were no earlier streams.

    Attributes:
        name: table, region, account, label, and the ARN.
        key_schema: the table's primary key.
        view_type: the view type, which decides the images in a record.
        created_at: when the stream was enabled.
        disabled_at: when the stream was disabled; None while it is enabled.
        auto_rotate: whether `advance` rotates shards that are four hours old.
        items: the items of the table as its streams last saw them; the table's next stream takes them over.
        lineage: the shards.
    """

    __slots__ = (
        "_codec",
        "_journal",
        "_random",
        "auto_rotate",
        "created_at",
        "disabled_at",
        "items",
        "key_schema",
        "lineage",
        "name",
        "view_type",
    )

    def __init__(  # noqa: PLR0913 - the state of a stream has so many parts
        self,
        name: StreamName,
        key_schema: KeySchema,
        view_type: str,
        shards: int,
        *,
        now: datetime,
        random: Random,
        codec: RecordCodec,
        journal: Journal,
        auto_rotate: bool,
        items: LastSeen | None = None,
    ) -> None:
        self.name = name
        self.key_schema = key_schema
        self.view_type = view_type
        self.created_at = now
        self.disabled_at: datetime | None = None
        self.auto_rotate = auto_rotate
        self._random = random
        self._codec = codec
        self._journal = journal
        self.items = items or LastSeen(codec.decode_image)
        self.lineage = Lineage(random, journal)
        self.lineage.open_roots(shards, now)

    @property
    def status(self) -> str:
        """ENABLED or DISABLED."""
        return ENABLED if self.disabled_at is None else DISABLED

    @property
    def created_milliseconds(self) -> int:
        """When the stream was enabled, in milliseconds since the epoch."""
        return milliseconds(self.created_at)

    def is_listed(self, now: datetime) -> bool:
        """Return whether the stream is listed and readable: a disabled stream still is for 24 hours."""
        return self.disabled_at is None or not is_past_retention(self.disabled_at, now)

    def advance(self, now: datetime) -> None:
        """Rotate the shards that are due."""
        if self.auto_rotate and self.disabled_at is None:
            self.lineage.rotate_aged(now)

    def disable(self, now: datetime) -> None:
        """Disable the stream and close every shard; the records stay readable for 24 hours."""
        self.lineage.close_all(now)
        self.disabled_at = now

    # Look-ups

    def shard(self, shard_id: str, now: datetime) -> ShardState | None:
        """Trim a listed shard to its retention and return it; return None if there is no such shard."""
        shard = self.lineage.by_id.get(shard_id)
        if shard is None or not shard.is_listed(now):
            return None
        shard.trim_past_retention(now)
        return shard

    def holder_of(self, number: int) -> ShardState | None:
        """Return the shard with a record of this sequence number; None if there is no such record."""
        for shard in self.lineage.shards:
            index = shard.log.index_of(number)
            if index < len(shard.log) and shard.log.number(index) == number:
                return shard
        return None

    def has_trimmed(self, number: int) -> bool:
        """Return whether the shard that used a sequence number has trimmed its records up to it, or further."""
        return any(shard.contains(number) and shard.is_trimmed(number) for shard in self.lineage.shards)

    def last_image(self, key: Item) -> Item | None:
        """Return a copy of an item as the streams of the table last saw it; None if there is no such item."""
        return self.items.image(self.key_schema.identity(key))

    def owner(self, key: Item) -> ShardState:
        """Return the open shard that takes the records of an item."""
        return self.lineage.owner(self.key_schema.partition_bytes(key))

    def number_for(self, key: Item) -> int:
        """Return a sequence number for the next record of an item."""
        return next_number(self.owner(key).last_number, self.lineage.next_offset())

    def new_event_id(self) -> str:
        """Return an eventID that no record has."""
        return self._random.randbytes(16).hex()

    # Writing

    def put(self, item: Item, now: datetime) -> bytes | None:
        """Write the record of a put; return it encoded, or None if the item was the same already."""
        keys = self.key_schema.key_of(item)
        change = Change.between(keys, self.last_image(keys), item)
        return None if change is None else self.write(change, now)

    def delete(self, key: Item, now: datetime) -> bytes | None:
        """Write the record of a deletion; return it encoded, or None if there is no such item."""
        change = Change.between(key, self.last_image(key), None)
        return None if change is None else self.write(change, now)

    def write(self, change: Change, now: datetime) -> bytes:
        """Append the record of a change to the shard of its item, and remember the item.

        Returns:
            The encoded record.

        Raises:
            InvalidItem: the new item is larger than DynamoDB allows.
        """
        # The new image counts with this size below: large items are measured once.
        new_size = 0 if change.new is None else check_size(change.new)
        shard = self.owner(change.keys)
        new, old = change.images(self.view_type)
        record = NewRecord(
            event_id=self.new_event_id(),
            event_name=change.event_name,
            number=next_number(shard.last_number, self.lineage.next_offset()),
            created_at=microseconds(now),
            keys=change.keys,
            new_image=new,
            old_image=old,
            size_bytes=record_size(change.keys, old) + (0 if new is None else new_size),
            view_type=self.view_type,
            region=self.name.region,
            user_identity=change.user_identity,
        )
        encoded = self._append(shard, record, record.created_at, now)
        self._remember(record, encoded, change.new)
        return encoded

    def inject(self, record: NewRecord, now: datetime) -> bytes:
        """Append a record that a test recorded or wrote itself.

        The 24 hours of its retention begin now. If they began at the record's own time, an old record would be trimmed
        before a consumer could read it.

        Args:
            record: the record; its sequence number is above the last one of the shard that takes it.
            now: the current time.

        Returns:
            The encoded record.
        """
        encoded = self._append(self.owner(record.keys), record, microseconds(now), now)
        # Other records do not say what the item is after the change.
        if record.event_name == REMOVE or record.new_image is not None:
            self._remember(record, encoded, record.new_image)
        return encoded

    def all_or_nothing(self, write: Callable[[], Written]) -> Written:
        """Call a bulk write and return its result; if it raises, remove the records that it wrote."""
        numbers = {shard.id: shard.last_number for shard in self.lineage.shards}
        self.items.begin()
        try:
            written = write()
        except BaseException:
            self.items.rollback()
            for shard in self.lineage.shards:
                number = numbers.get(shard.id, shard.starting_number)
                self._journal.take_back(shard.id, shard.log.truncate_after(number))
                # The last number of a closed shard is its end, which the removal does not move.
                if shard.is_open:
                    shard.last_number = number
            raise
        self.items.commit()
        return written

    def _append(self, shard: ShardState, record: NewRecord, time: int, now: datetime) -> bytes:
        # Encoding comes first, because it refuses a record that breaks the contract: nothing has changed by then.
        encoded = self._codec.encode_record(record)
        shard.log.append(record.number, time, record.size_bytes, encoded)
        shard.last_number = record.number
        self._journal.write(shard.id, now)
        return encoded

    def _remember(self, record: NewRecord, encoded: bytes, image: Item | None) -> None:
        """Remember the image of an item: as the encoded record if that includes the image, else encoded alone."""
        if image is not None and record.new_image is None:
            encoded = self._codec.encode_image(image)
        self.items.remember(self.key_schema.identity(record.keys), None if image is None else encoded)

    # Trimming

    def trim_past_retention(self, now: datetime) -> int:
        """Trim every record that is past the 24 hours of retention; return how many were trimmed."""
        return sum(shard.trim_past_retention(now) for shard in self.lineage.shards)

    def trim_before(self, horizon: datetime) -> int:
        """Trim every record that was written before an instant; return how many were trimmed."""
        return sum(shard.log.trim_before(microseconds(horizon)) for shard in self.lineage.shards)

    def trim_through(self, shard: ShardState, number: int) -> int:
        """Trim a shard up to and including a sequence number, and its ancestors whole; return how many were trimmed."""
        older = sum(parent.log.trim(len(parent.log)) for parent in self.lineage.ancestors(shard))
        return older + shard.log.trim(shard.log.index_of(number + 1))

    def trim_oldest(self, count: int) -> int:
        """Trim the oldest records, `count` of them or as many as there are; return how many were trimmed.

        Of records that were written at one instant, those of the shard that was opened first are trimmed first.
        """
        logs = [shard.log for shard in self.lineage.shards]
        oldest = sorted(chain.from_iterable(log.times(count) for log in logs))[:count]
        if not oldest:
            return 0
        # Records of the last instant may be more than are left to trim: they are trimmed shard by shard.
        last_instant = oldest[-1]
        trimmed = sum(log.trim_before(last_instant) for log in logs)
        for log in logs:
            trimmed += log.trim(min(log.index_at(last_instant + 1), count - trimmed))
        return trimmed
