"""The poller of a mapping: it follows shards, invokes the function, and retries, splits or gives up failed batches."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

from .. import _json
from .._clock import later
from .._exceptions import StreamStateError
from .batcher import BISECT, DUPLICATE, REMAINDER, RETRY
from .invocations import Invocation
from .on_failure import OnFailure
from .response import outcome_of
from .settings import TRIM_HORIZON
from .shard_reader import ShardReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .._model.shard import ShardState
    from .batcher import Batch, Batcher
    from .event_source import EventSource
    from .events import StoredRecord
    from .function import Function
    from .on_failure import Discarded
    from .response import Outcome
    from .settings import Settings
    from .traps import Warner

#: Seconds to wait before the first retry of a batch, before the second, and so on; the last one repeats (I).
_RETRY_WAITS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 60)


class Poller:
    """The poller of one connected mapping.

    Attributes:
        source: the stream.
        function: the function.
        readers: the readers of the shards by shard id, in the order of opening.
        invocations: the invocations of the function, in order.
        on_failure: the records that were given up, and their destination.
    """

    def __init__(  # noqa: PLR0913 - the arguments of EventSourceMapping.connect
        self,
        settings: Settings,
        source: EventSource,
        function: Function,
        *,
        send: Callable[[Discarded], object] | None,
        duplicate: float,
        lag: timedelta,
        warner: Warner,
    ) -> None:
        self.source = source
        self.function = function
        self.readers: dict[str, ShardReader] = {}
        self.invocations: list[Invocation] = []
        self.on_failure = OnFailure(settings, source, function, send)
        self._settings = settings
        self._duplicate = duplicate
        self._random = Random(f"{source.seed}/lambda/{source.arn}/{self.function.name}")  # noqa: S311 - repeatable
        self._lag = lag
        self._warner = warner
        self._starts_at = later(source.now(), lag)
        self._has_started = False
        #: Held while the mapping polls.
        self._polling = Lock()
        if not lag:
            # Now, not at the first poll: LATEST means the newest record at the moment of connecting.
            self._follow_shards()

    def poll(self, *, wait_for_retries: bool) -> tuple[Invocation, ...]:
        """Read each shard once, and invoke the function once for each batcher that has a batch.

        A disabled mapping does nothing.

        Args:
            wait_for_retries: whether a failed batch is tried again only when the wait before its retry is over.

        Raises:
            StreamStateError: the handler itself polls the mapping.
        """
        before = len(self.invocations)
        with self.alone():
            if self._settings.enabled and (self._has_started or self.source.now() >= self._starts_at):
                self._follow_shards()
                for reader in list(self.readers.values()):
                    if self._may_read(reader):
                        self._poll_shard(reader, wait_for_retries=wait_for_retries)
        return tuple(self.invocations[before:])

    def due(self) -> datetime | None:
        """Return when the next invocation is due if no more records arrive, or None if it needs more records."""
        if not self._settings.enabled:
            return None
        if not self._has_started:
            return self._starts_at
        instants = [
            batcher.due(nothing_to_read=reader.nothing_to_read)
            for reader in self.readers.values()
            if self._may_read(reader)
            for batcher in reader.batchers
        ]
        return min((instant for instant in instants if instant is not None), default=None)

    def stuck(self, invocations: Iterable[Invocation], attempts: int) -> Invocation | None:
        """Return one of these invocations whose batch failed `attempts` times and is to be tried again, or None."""
        batchers = [batcher for reader in self.readers.values() for batcher in reader.batchers if batcher.pending]
        failed = {batcher.pending[0].last for batcher in batchers}
        return next((one for one in invocations if one.attempt >= attempts and one in failed), None)

    @property
    def progress(self) -> int:
        """A count that grows with each invocation, and each time that records are given up."""
        return len(self.invocations) + len(self.on_failure.discarded)

    def restart(self) -> None:
        """Make new batches, by the settings in force, of the records that were read and are not done."""
        for reader in self.readers.values():
            reader.restart()

    @property
    def summary(self) -> str:
        """One line for a report: counts of invocations, of failed ones, and of discarded batches."""
        failed = sum(not invocation.is_success for invocation in self.invocations)
        given_up = Counter(discarded.condition for discarded in self.on_failure.discarded)
        facts = [f"{len(self.invocations)} invocation{'s' * (len(self.invocations) != 1)}", f"{failed} failed"]
        facts += [f"{count} discarded: {condition}" for condition, count in given_up.items()]
        return f"{self.function.name} on {self.source.table_name}: {', '.join(facts)}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the mapping for a poll or a change of its settings.

        Raises:
            StreamStateError: the mapping is polling.
        """
        if not self._polling.acquire(blocking=False):
            raise StreamStateError(
                "the mapping is polling already: a handler cannot poll, drain or update its own mapping"
            )
        try:
            yield
        finally:
            self._polling.release()

    # Shards

    def _follow_shards(self) -> None:
        for shard in self.source.shards():
            if shard.id not in self.readers:
                self.readers[shard.id] = ShardReader(shard, self._first_number(shard), self._settings, self.source)
        self._has_started = True

    def _first_number(self, shard: ShardState) -> int:
        """Return the sequence number from which a shard is read."""
        if self._has_started:
            return shard.starting_number
        if self._settings.starting_position == TRIM_HORIZON:
            return self.source.horizon(shard)
        return self.source.first_since(shard, self._starts_at) if self._lag else self.source.latest(shard)

    def _may_read(self, reader: ShardReader) -> bool:
        """Return whether a shard has work and its parent has none; a parent that is not listed has none."""
        parent = self.readers.get(reader.shard.parent_id or "")
        return not reader.is_done and (parent is None or parent.is_done)

    # One shard

    def _poll_shard(self, reader: ShardReader, *, wait_for_retries: bool) -> None:
        lost = reader.fill()
        if lost is not None:
            self.on_failure.note_trimmed(reader, *lost)
        # In random order, because Lambda promises no order between the concurrent batches of a shard.
        for batcher in self._random.sample(reader.batchers, len(reader.batchers)):
            batch = self._next_batch(reader, batcher, wait_for_retries=wait_for_retries)
            if batch is not None:
                self._settle(reader, batcher, batch, self._invoke(reader, batcher, batch))

    def _next_batch(self, reader: ShardReader, batcher: Batcher, *, wait_for_retries: bool) -> Batch | None:
        """Return the next batch without the records that are too old, or None if there is none to try now."""
        now = self.source.now()
        while (batch := reader.next_batch(batcher, now)) is not None:
            if wait_for_retries and batcher.retry_at is not None and now < batcher.retry_at:
                return None
            if batch.is_final:
                return batch
            self.on_failure.discard_old(reader, batch)
            if batch.records:
                return batch
            batcher.drop()
        return None

    def _invoke(self, reader: ShardReader, batcher: Batcher, batch: Batch) -> Invocation:
        invocation = Invocation(
            shard=reader.shard.id,
            concurrent_batch=batcher.index,
            attempt=batch.attempts + 1,
            reason=RETRY if batch.last else batch.reason,
            at=self.source.now(),
            request_id=self.function.request_id(),
            _records=tuple(batch.records),
            _arn=self.source.arn,
            _window_members=batch.window_members(reader.shard.id, self.source.arn),
        )
        # Noted before the handler runs: if it raises KeyboardInterrupt, say, the call below does not return.
        batch.last = invocation
        self.invocations.append(invocation)
        self.function.call(invocation)
        return invocation

    # Outcomes

    def _settle(self, reader: ShardReader, batcher: Batcher, batch: Batch, invocation: Invocation) -> None:
        outcome = outcome_of(invocation, batch, self._settings)
        invocation.is_success, invocation.warnings = outcome.is_success, tuple(trap.text for trap in outcome.traps)
        if batch.window is not None and not batch.is_final and outcome.keeps_state:
            batch.window.state = _json.encode_response(invocation.response["state"])
        if outcome.is_success:
            self._succeed(reader, batcher, batch)
        else:
            self._fail(reader, batcher, batch, outcome)
        # Last, because a warning may be an error, and then the next poll goes on behind this batch.
        self._warner.warn(outcome.traps)

    def _succeed(self, reader: ShardReader, batcher: Batcher, batch: Batch) -> None:
        if batch.records and not batch.is_duplicate and self._random.random() < self._duplicate:
            batcher.replace([batch.part(batch.records, DUPLICATE)])
        else:
            batcher.drop()
            reader.finish(batch.records)

    def _fail(self, reader: ShardReader, batcher: Batcher, batch: Batch, outcome: Outcome) -> None:
        processed, failed = batch.split_before(outcome.failed_from)
        reader.finish(processed)
        parts = self._parts(batch, outcome, processed, failed)
        if parts:
            batcher.replace(parts)
        elif 0 <= self._settings.maximum_retry_attempts < batch.attempts:
            batcher.drop()
            self.on_failure.discard_batch(reader, batch)
        else:
            wait = _RETRY_WAITS[min(batch.attempts, len(_RETRY_WAITS)) - 1]
            batcher.retry_at = later(self.source.now(), timedelta(seconds=wait))

    def _parts(
        self, batch: Batch, outcome: Outcome, processed: list[StoredRecord], failed: list[StoredRecord]
    ) -> list[Batch]:
        """Return the new batches to try instead of a failed one; an empty list to try the same batch again."""
        is_bisecting = self._settings.bisect_batch_on_function_error
        if processed:
            # The records that are left have retries of their own, also without bisecting. R
            return [batch.part(failed, BISECT if is_bisecting else REMAINDER)]
        # A batch whose first record was reported cannot be split there (I).
        can_halve = is_bisecting and outcome.failed_from is None and len(batch.records) > 1
        return batch.halves() if can_halve else []
