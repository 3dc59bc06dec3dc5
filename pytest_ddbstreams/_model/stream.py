"""A stream of a table: what it writes, where it writes it, and what it forgets.

Told the time and how to encode a record; it looks at no clock and knows no JSON.
"""

from __future__ import annotations

from bisect import bisect_right
from math import ulp
from typing import TYPE_CHECKING, Final

from .._items.items import check_size
from .last_seen import LastSeen
from .lineage import Lineage
from .names import milliseconds, next_number
from .record import (
    REMOVE,
    Change,
    StreamRecord,
    size_of,
)
from .shard import RETENTION, ShardState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from .._items.items import Item
    from .._items.keys import KeySchema
    from .record_log import RecordLog
    from .registry import Codec, StreamName

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"

_MICROSECONDS: Final = 10**6  # of a second: no two instants of Python's lie closer


class StreamState:
    """The state of one stream.

    Attributes:
        name: table, region, account, label, and the ARN made of them.
        key_schema: the table's primary key.
        view_type: which images its records show.
        created_at: when it was enabled.
        disabled_at: when it was disabled, or None.
        auto_rotate: whether a shard that is four hours old is continued by a new one.
        lineage: its shards.
    """

    __slots__ = (
        "_codec",
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

    def __init__(  # noqa: PLR0913 - a stream is what it is told
        self,
        name: StreamName,
        key_schema: KeySchema,
        view_type: str,
        shards: int,
        *,
        now: datetime,
        random: Random,
        codec: Codec,
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
        #: What the table holds, as far as its streams have seen; handed on when the stream is enabled again.
        self.items = items or LastSeen(codec.decode_image)
        self.lineage = Lineage(random)
        self.lineage.open_roots(shards, now)

    @property
    def status(self) -> str:
        return ENABLED if self.disabled_at is None else DISABLED

    def is_listed(self, now: datetime) -> bool:
        """Disabled streams stay listed, and readable, for 24 hours."""
        return self.disabled_at is None or now - self.disabled_at <= RETENTION

    def advance(self, now: datetime) -> None:
        """Do what the passing of time does to the shards as a whole."""
        if self.auto_rotate and self.disabled_at is None:
            self.lineage.rotate_aged(now)

    def shard(self, shard_id: str, now: datetime) -> ShardState | None:
        """A listed shard by its id, rid of all that is past the 24 hours."""
        shard = self.lineage.by_id.get(shard_id)
        if shard is None or not shard.is_listed(now):
            return None
        shard.trim_older_than(now - RETENTION)
        return shard

    # Writing

    def last_image(self, key: Item) -> Item | None:
        """The image that this stream last saw of an item, a copy of its own."""
        return self.items.image(self.key_schema.identity(key))

    def put(self, item: Item, now: datetime) -> StreamRecord | None:
        """Write what a put of the item changes; nothing if the item was the same already."""
        keys = self.key_schema.key_of(item)
        change = Change.between(keys, self.last_image(keys), item)
        return None if change is None else self.write(change, now)

    def delete(self, key: Item, now: datetime) -> StreamRecord | None:
        """Write what a deletion changes; nothing if there is no such item."""
        change = Change.between(key, self.last_image(key), None)
        return None if change is None else self.write(change, now)

    def write(self, change: Change, now: datetime) -> StreamRecord:
        """Append the record of a change to the shard of its item, and remember the item.

        Raises:
            InvalidItem: the item is larger than a table could hold.
        """
        new_size = 0 if change.new is None else check_size(change.new)
        shard = self.lineage.owner(self.key_schema.partition_bytes(change.keys))
        new, old = change.seen_by(self.view_type)
        record = StreamRecord(
            event_id=self._random.randbytes(16).hex(),
            event_name=change.event_name,
            number=next_number(shard.last_number, self.lineage.take_place()),
            created_at=now,
            keys=change.keys,
            new_image=new,
            old_image=old,
            size_bytes=size_of(change.keys, old) + (0 if new is None else new_size),
            view_type=self.view_type,
            region=self.name.region,
            user_identity=change.user_identity,
        )
        self._remember(record, self._append(shard, record, now), change.new)
        return record

    def inject(self, record: StreamRecord, now: datetime) -> ShardState | None:
        """Append a record made elsewhere; says the shard that would not take its number, or None.

        Its 24 hours begin now: a record of last year would be trimmed before anybody could read it.
        """
        shard = self.lineage.owner(self.key_schema.partition_bytes(record.keys))
        if record.number <= shard.last_number:
            return shard
        text = self._append(shard, record, now)
        if record.event_name == REMOVE or record.new_image is not None:
            self._remember(record, text, record.new_image)
        return None

    def number_for(self, key: Item) -> int:
        """The sequence number that the next record of this item may have."""
        shard = self.lineage.owner(self.key_schema.partition_bytes(key))
        return next_number(shard.last_number, self.lineage.take_place())

    def all_or_nothing(self, write: Callable[[], int]) -> int:
        """Run a bulk write; when it raises, take back all that it wrote."""
        numbers = {shard.id: shard.last_number for shard in self.lineage.shards}
        self.items.begin()
        try:
            count = write()
        except BaseException:
            self.items.rollback()
            for shard in self.lineage.shards:
                number = numbers.get(shard.id, shard.starting_number)
                shard.log.truncate_after(number)
                if shard.is_open:
                    shard.last_number = number
            raise
        self.items.commit()
        return count

    def _append(self, shard: ShardState, record: StreamRecord, now: datetime) -> bytes:
        # Encoding validates: what breaks the contract is refused before anything is kept.
        head, text = self._codec.encode_record(record)
        shard.log.append(record.number, now.timestamp(), record.size_bytes, text, head)
        shard.last_number = record.number
        return text

    def _remember(self, record: StreamRecord, text: bytes, image: Item | None) -> None:
        """Keep the image that an item has since a record: by the record's text, where that shows it."""
        if image is not None and record.new_image is None:
            text = self._codec.encode_image(image)
        self.items.remember(self.key_schema.identity(record.keys), None if image is None else text)

    # Forgetting

    def trim_before(self, horizon: datetime) -> int:
        """Trim every record that was written before an instant; says how many there were."""
        return sum(shard.trim_older_than(horizon) for shard in self.lineage.shards)

    def trim_through(self, shard: ShardState, number: int) -> int:
        """Trim a shard up to and including a number, and all that its ancestors hold."""
        older = sum(parent.log.drop(len(parent.log)) for parent in self.lineage.ancestors(shard))
        return older + shard.log.drop(shard.log.index_of(number + 1))

    def trim_oldest(self, count: int) -> int:
        """Trim that many records, oldest first; of those written at one instant, shard by shard."""
        logs = [shard.log for shard in self.lineage.shards if len(shard.log)]
        if not logs:
            return 0
        first, last = min(log.time(0) for log in logs), max(log.time(len(log) - 1) for log in logs)
        # None until 2106: later, floats of seconds lie so far apart that they do not give their microsecond back.
        slack = int(2 * max(ulp(first), ulp(last)) * _MICROSECONDS)
        oldest = round(first * _MICROSECONDS) - slack
        instants = range(oldest, round(last * _MICROSECONDS) + slack + 1)
        # The first instant before which there are more than that many; one earlier, some are of the same age.
        cut = oldest + bisect_right(instants, count, key=lambda instant: _written_before(instant, logs))
        trimmed = sum(log.drop(log.index_at((cut - 1) / _MICROSECONDS)) for log in logs)
        for log in logs:
            trimmed += log.drop(min(log.index_at(cut / _MICROSECONDS), count - trimmed))
        return trimmed

    def holder_of(self, number: int) -> ShardState | None:
        """The shard that still has a record of exactly this number."""
        for shard in self.lineage.shards:
            index = shard.log.index_of(number)
            if index < len(shard.log) and shard.log.number(index) == number:
                return shard
        return None

    def has_trimmed(self, number: int) -> bool:
        """Whether the number lies where a shard has trimmed its records."""
        return any(shard.contains(number) and shard.is_trimmed(number) for shard in self.lineage.shards)

    def disable(self, now: datetime) -> None:
        """Close every shard; what they hold stays readable."""
        self.lineage.close_all(now)
        self.disabled_at = now

    @property
    def created_milliseconds(self) -> int:
        return milliseconds(self.created_at)


def _written_before(instant: int, logs: list[RecordLog]) -> int:
    return sum(log.index_at(instant / _MICROSECONDS) for log in logs)
