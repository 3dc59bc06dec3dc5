"""What is given up: batches that fail for good, records that are too old, and those that were trimmed unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _json
from .events import created_at
from .history import (
    AGE,
    RETRIES,
    TRIMMED,
    Discarded,
    on_failure_document,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .batches import Batch
    from .function import Function
    from .settings import Settings
    from .source import Entry, Source
    from .track import Track


class Discarding:
    """Gives records up, and tells the on-failure destination.

    Attributes:
        discarded: what was given up, in order.
    """

    def __init__(
        self, settings: Settings, source: Source, function: Function, tell: Callable[[dict[str, Any]], object] | None
    ) -> None:
        self.discarded: list[Discarded] = []
        self._settings = settings
        self._source = source
        self._function = function
        self._tell = tell

    def exhausted(self, track: Track, batch: Batch) -> None:
        """Give up a batch that failed as often as it may."""
        self._discard(RETRIES, track, batch, batch.entries)

    def drop_old(self, track: Track, batch: Batch) -> None:
        """Take the records out of a batch that are older than is wanted, or gone from the stream."""
        trimmed = self._source.trimmed_through(track.shard)
        old = [entry for entry in batch.entries if entry.number <= trimmed or self._is_old(entry)]
        if old:
            numbers = {entry.number for entry in old}
            batch.entries = [entry for entry in batch.entries if entry.number not in numbers]
            self._discard(AGE, track, batch, old)

    def lost(self, track: Track, first: int, last: int) -> None:
        """Note that records were trimmed before they could be read; Lambda tells nobody."""
        self.discarded.append(
            Discarded(
                condition=TRIMMED,
                shard=track.shard.id,
                at=self._source.now(),
                attempts=0,
                start_sequence_number=str(first),
                end_sequence_number=str(last),
                entries=(),
                arn=self._source.arn,
            )
        )

    def _is_old(self, entry: Entry) -> bool:
        bound = self._settings.maximum_record_age_in_seconds
        return bound >= 0 and self._source.now().timestamp() - created_at(entry.text) > bound

    def _discard(self, condition: str, track: Track, batch: Batch, entries: list[Entry]) -> None:
        track.finish(entries)
        made = Discarded(
            condition=condition,
            shard=track.shard.id,
            at=self._source.now(),
            attempts=batch.attempts,
            start_sequence_number=str(entries[0].number) if entries else None,
            end_sequence_number=str(entries[-1].number) if entries else None,
            entries=tuple(entries),
            arn=self._source.arn,
            error=batch.last.error if batch.last else None,
        )
        request_id = batch.last.request_id if batch.last else self._function.request_id()
        made.document = on_failure_document(made, self._function.arn, request_id)
        self.discarded.append(made)
        if self._tell is not None:
            self._tell(_json.decode(_json.encode(made.document)))
