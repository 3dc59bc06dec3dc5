"""A consumer that reads every shard of a stream, parents before children, and delivers each record at least once.

The consumer saves a checkpoint after each page that was handled. It can lose any iterator, because it gets a new one
from the checkpoint.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .checkpoints import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from collections.abc import Set as AbstractSet

    from .api import Page, Record, Shard, Stream

log = logging.getLogger(__name__)

PAGES_IN_A_ROW = 10  # of one shard, before the next shard is read
PAUSE = 1.0  # seconds, after a poll without progress


@dataclass(frozen=True)
class Gap:
    """A place in a shard, behind the record `after`, where records may have been trimmed before they were read."""

    shard_id: str
    after: str | None


def log_gap(gap: Gap) -> None:
    """Log a gap as an error; the default for `on_gap`."""
    log.error("records of shard %s behind %s were trimmed before they were read", gap.shard_id, gap.after)


class Consumer:
    """A reader of one stream, which runs until it is stopped, or until the stream is disabled and read to its end.

    Args:
        stream: the stream to follow.
        handle: called with the records of each page. After a crash it may see a page again.
        checkpoints: the checkpoints of this stream. The consumer updates them.
        on_gap: called when records may have been lost, before the consumer reads on behind them.
    """

    def __init__(
        self,
        stream: Stream,
        handle: Callable[[list[Record]], object],
        checkpoints: MutableMapping[str, Checkpoint],
        *,
        on_gap: Callable[[Gap], object] = log_gap,
    ) -> None:
        self._stream = stream
        self._handle = handle
        self._checkpoints = checkpoints
        self._on_gap = on_gap
        self._iterators: dict[str, str] = {}
        self._is_stopped = False
        self._is_at_the_end = False

    def run(self, *, until_idle: float = math.inf) -> None:
        """Poll again and again, until `until_idle` seconds have passed without progress.

        An empty page does not prove that no records wait behind it. So in production, wait more than a few seconds.
        """
        idle = 0.0
        while not self._is_stopped:
            if self.poll():
                idle = 0.0
            elif self._is_at_the_end or idle >= until_idle:
                return
            else:
                time.sleep(PAUSE)
                idle += PAUSE

    def stop(self) -> None:
        """Let `run` return after the current page. A handler, a signal handler or another thread may call this."""
        self._is_stopped = True

    def poll(self) -> bool:
        """Read each shard that may be read now, and return whether any checkpoint moved."""
        listing = self._stream.list_shards()
        listed = {shard.id for shard in listing.shards}
        self._forget_all_but(listed)
        progress = [self._read(shard) for shard in listing.shards if self._may_be_read(shard, listed)]
        self._is_at_the_end = listing.is_disabled and all(map(self._is_finished, listed))
        return any(progress)

    def _may_be_read(self, shard: Shard, listed: AbstractSet[str]) -> bool:
        """Return whether a shard is unfinished and its parent is finished, not listed any more, or does not exist."""
        parent = shard.parent_id
        parent_is_read = parent is None or parent not in listed or self._is_finished(parent)
        return parent_is_read and not self._is_finished(shard.id)

    def _read(self, shard: Shard) -> bool:
        """Read up to ten pages of a shard, and return whether that moved its checkpoint."""
        before = self._checkpoint(shard.id)
        for _ in range(PAGES_IN_A_ROW):
            if self._is_stopped or not self._read_page(shard):
                break
        return self._checkpoint(shard.id) != before

    def _read_page(self, shard: Shard) -> bool:
        """Read one page, and return whether to read the next page at once.

        A closed shard is read on after an empty page, because more records or its end are behind the page.
        """
        try:
            page = self._next_page(shard.id)
        except ClientError as error:
            self._recover(shard.id, error)
        else:
            self._deliver(shard.id, page)
            if not page.records and not shard.is_closed:
                return False
        return not self._is_finished(shard.id)

    def _next_page(self, shard_id: str) -> Page:
        if shard_id not in self._iterators:
            after = self._checkpoint(shard_id).after
            self._iterators[shard_id] = self._stream.iterator(shard_id, after=after)
        return self._stream.page(self._iterators[shard_id])

    def _deliver(self, shard_id: str, page: Page) -> None:
        """Handle the records, then save the checkpoint. A crash in between repeats the page and loses no record."""
        if page.records:
            self._handle(page.records)
            self._checkpoints[shard_id] = Checkpoint(after=page.records[-1]["dynamodb"]["SequenceNumber"])
        if page.next_iterator is None:
            self._finish(shard_id)
        else:
            self._iterators[shard_id] = page.next_iterator

    def _recover(self, shard_id: str, error: ClientError) -> None:
        """Drop the iterator, so that the next page uses a new one, and move the checkpoint if the error requires it."""
        self._iterators.pop(shard_id, None)
        match error.response["Error"]["Code"]:
            case "ExpiredIteratorException":
                log.info("the iterator of shard %s expired", shard_id)
            case "TrimmedDataAccessException":
                self._on_gap(Gap(shard_id, self._checkpoint(shard_id).after))
                self._checkpoints[shard_id] = Checkpoint()
            case "ResourceNotFoundException":
                self._report_unread(shard_id)
                self._finish(shard_id)
            case _:
                raise error

    def _forget_all_but(self, listed: AbstractSet[str]) -> None:
        """Delete the checkpoints of shards that are not listed any more, because those shards have aged out."""
        for shard_id in set(self._checkpoints) - listed:
            self._report_unread(shard_id)
            del self._checkpoints[shard_id]
            self._iterators.pop(shard_id, None)

    def _report_unread(self, shard_id: str) -> None:
        """Report a gap if a shard aged out before it was read to its end."""
        checkpoint = self._checkpoint(shard_id)
        if checkpoint.after and not checkpoint.is_finished:
            self._on_gap(Gap(shard_id, checkpoint.after))

    def _finish(self, shard_id: str) -> None:
        self._checkpoints[shard_id] = Checkpoint(is_finished=True)
        self._iterators.pop(shard_id, None)

    def _is_finished(self, shard_id: str) -> bool:
        return self._checkpoint(shard_id).is_finished

    def _checkpoint(self, shard_id: str) -> Checkpoint:
        return self._checkpoints.get(shard_id, Checkpoint())
