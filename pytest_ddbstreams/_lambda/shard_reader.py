"""A mapping's reads of its stream: by sequence number, under the lock of the service, and without the call log.

The mapping loses records that are trimmed before it reads them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from .. import _json
from .._exceptions import StreamStateError
from .._model.names import microseconds
from .batcher import Batcher
from .events import StoredRecord, event_of_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._service import Service
    from .batcher import Batch
    from .settings import Settings


class Page(NamedTuple):
    """The result of one read.

    Attributes:
        records: the records.
        next_number: the sequence number to read on from.
        lost_through: the highest sequence number that was trimmed before it was read, or None.
        is_last: whether the shard is closed and has no record after these.
    """

    records: list[StoredRecord]
    next_number: int
    lost_through: int | None
    is_last: bool


class EventSource:
    """The stream of a mapping, and the clock of its mock.

    Attributes:
        arn: the stream's ARN.
        region: the stream's region.
        account_id: the stream's owner.
        seed: the seed of the mock.
    """

    def __init__(self, service: Service, state: StreamState) -> None:
        self._service = service
        self._state = state
        self.arn = state.name.arn
        self.region = state.name.region
        self.account_id = state.name.account
        self.seed = service.options.seed

    def now(self) -> datetime:
        """Return the time of the mock's clock."""
        return self._service.use()

    def wait_until(self, instant: datetime) -> None:
        """Move the clock to an instant; a later clock stays as it is.

        Raises:
            StreamStateError: the clock does not move, because another library freezes it.
        """
        if self.now() < instant and self._service.clock.move_to(instant) < instant:
            raise StreamStateError(
                f"the clock stands at {self.now().isoformat()} and did not move to {instant.isoformat()}; "
                "freeze it with ddbstreams_mock.clock.freeze(), or call mapping.poll() and move it yourself"
            )

    def shards(self) -> tuple[ShardState, ...]:
        """Return the shards that are listed now, in the order of opening.

        Raises:
            StreamStateError: the mock was reset, and the stream is gone.
        """
        with self._service.lock:
            if not self._service.registry.holds(self._state):
                raise StreamStateError(
                    f"stream {self.arn} is gone since the mock was reset; create a stream and a mapping anew"
                )
            now = self.now()
            self._state.advance(now)
            return tuple(self._state.lineage.listed_after(None, now))

    def horizon(self, shard: ShardState) -> int:
        """Return the sequence number of the trim horizon of a shard."""
        with self._service.lock:
            self._trim(shard)
            return shard.horizon

    def latest(self, shard: ShardState) -> int:
        """Return the sequence number behind the newest record of a shard."""
        with self._service.lock:
            return shard.number_at_latest(0)

    def first_since(self, shard: ShardState, instant: datetime) -> int:
        """Return the sequence number of the first record since an instant, or that behind the newest record."""
        with self._service.lock:
            self._trim(shard)
            return shard.number_at(microseconds(instant))

    def read(self, shard: ShardState, number: int, limit: int) -> Page:
        """Return up to `limit` records of a shard, from a sequence number on."""
        with self._service.lock:
            self._trim(shard)
            lost_through = shard.log.trimmed_through if shard.is_trimmed(number) else None
            records = [StoredRecord(*stored) for stored in shard.log.stretch(number, limit)]
            next_number = records[-1].number + 1 if records else max(number, shard.horizon)
            return Page(records, next_number, lost_through, not shard.has_more_after(next_number))

    def _trim(self, shard: ShardState) -> None:
        shard.trim_past_retention(self.now())


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
        self.batchers = [Batcher(index, settings, source.arn) for index in range(settings.parallelization_factor)]
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

    def _take(self, page: Page) -> None:
        self._next_number, self.is_read_out = page.next_number, page.is_last
        self.nothing_to_read = not page.records
        self._after_checkpoint.extend(record.number for record in page.records)
        if len(self.batchers) == 1 and not self._settings.filters:
            self.batchers[0].gather(page.records, self._source.now())
        else:
            self._distribute(page.records)

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
