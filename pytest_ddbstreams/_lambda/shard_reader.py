"""A mapping's reader of one shard: it gives the records to batchers, and keeps the checkpoint."""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING
from zlib import crc32

from .. import _json
from .batcher import Batcher
from .events import event_of_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .._model.shard import ShardState
    from .batcher import Batch
    from .event_source import EventSource, Page
    from .events import StoredRecord
    from .settings import Settings


class ShardReader:
    """A reader of one shard, which gives the records to batchers and keeps the checkpoint.

    A record is done when it was processed, given up or passed over.

    Attributes:
        shard: the shard.
        batchers: one for each batch that may be under way at once. All records of an item go to the same one.
        nothing_to_read: whether the last `fill` read every record.
        is_read_out: whether the shard is closed and every record was read.
        passed_over: how many records matched no filter.
    """

    def __init__(self, shard: ShardState, number: int, settings: Settings, source: EventSource) -> None:
        self.shard = shard
        self.batchers: list[Batcher] = []
        self.nothing_to_read = False
        self.is_read_out = False
        self.passed_over = 0
        self._next_number = number
        self._settings = settings
        self._source = source
        #: Sequence numbers of the records after the checkpoint, in order.
        self._after_checkpoint: deque[int] = deque()
        #: The sequence numbers in `_after_checkpoint` whose records are done.
        self._done: set[int] = set()
        self._checkpoint: int | None = None
        self._set_batchers()

    @property
    def is_done(self) -> bool:
        """Whether the shard is closed and every record is done."""
        return self.is_read_out and all(batcher.is_idle for batcher in self.batchers)

    @property
    def checkpoint(self) -> str | None:
        """Sequence number up to which every record is done, or None while the first record is not."""
        return None if self._checkpoint is None else str(self._checkpoint)

    @property
    def waiting(self) -> int:
        """How many records were read and are not done."""
        return sum(batcher.waiting for batcher in self.batchers)

    def fill(self) -> tuple[int, int] | None:
        """Read until a batcher is full or every record was read. Read nothing while all batchers have a batch.

        Returns:
            Bounds of the sequence numbers that were trimmed before they were read, or None.
        """
        lost = None
        self.nothing_to_read = self.is_read_out
        while not self.nothing_to_read and not all(batcher.pending for batcher in self.batchers):
            room = min(batcher.room for batcher in self.batchers)
            if not room:
                break
            page = self._source.read(self.shard, self._next_number, room)
            if page.lost_through is not None:
                lost = self._next_number, page.lost_through
            self._take(page)
        return lost

    def next_batch(self, batcher: Batcher, now: datetime) -> Batch | None:
        """Return the next batch of a batcher of this shard, or None if records have to wait."""
        window = batcher.window
        is_over = window is not None and (self.is_read_out or (self.nothing_to_read and now >= window.end))
        return batcher.next_batch(now, is_window_over=is_over)

    def finish(self, records: Iterable[StoredRecord]) -> None:
        """Count records as done, and move the checkpoint to the last record up to which all are done."""
        self._done.update(record.number for record in records)
        while self._after_checkpoint and self._after_checkpoint[0] in self._done:
            self._checkpoint = self._after_checkpoint.popleft()
            self._done.remove(self._checkpoint)

    def restart(self) -> None:
        """Make new batches, by the settings in force, of the records that were read and are not done."""
        records = [record for batcher in self.batchers for record in batcher.release()]
        self._set_batchers()
        self._gather(sorted(records, key=attrgetter("number")))

    def _set_batchers(self) -> None:
        """Make or remove batchers, until there is one for each batch that may be under way at once."""
        factor = self._settings.parallelization_factor
        more = range(len(self.batchers), factor)
        self.batchers = self.batchers[:factor] + [Batcher(index, self._settings, self._source.arn) for index in more]

    def _take(self, page: Page) -> None:
        self._next_number, self.is_read_out = page.next_number, page.is_last
        self.nothing_to_read = not page.records
        self._after_checkpoint.extend(record.number for record in page.records)
        self._gather(page.records)

    def _gather(self, records: list[StoredRecord]) -> None:
        if len(self.batchers) == 1 and not self._settings.filters:
            self.batchers[0].gather(records, self._source.now())
        else:
            self._distribute(records)

    def _distribute(self, records: list[StoredRecord]) -> None:
        """Pass over the records that match no filter, and give the others to the batchers of their items."""
        now, filters, passed_over = self._source.now(), self._settings.filters, []
        for record, document in zip(records, event_of_records(records, self._source.arn)["Records"], strict=True):
            if filters and not any(each.fits(document) for each in filters):
                passed_over.append(record)
            else:
                self._batcher_of(document["dynamodb"]["Keys"]).gather([record], now)
        self.passed_over += len(passed_over)
        self.finish(passed_over)

    def _batcher_of(self, key: dict[str, object]) -> Batcher:
        return self.batchers[crc32(_json.encode(key), self._source.seed) % len(self.batchers)]
