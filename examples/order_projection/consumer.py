"""Reads every shard of a stream, parents before children, and hands the records over at least once.

Its whole memory is the checkpoints, saved after each page that was handled. Iterators are only a short cut:
any of them can be lost, and the checkpoint gives a new one.
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

PAGES_IN_A_ROW = 10  # of one shard, before the others have their turn
PAUSE = 1.0  # seconds, after a round that brought nothing


@dataclass(frozen=True)
class Gap:
    """Records of a shard that may have been trimmed before they were read, those next behind `after`."""

    shard_id: str
    after: str | None


def log_gap(gap: Gap) -> None:
    """What happens to a gap unless the consumer is told otherwise."""
    log.error("records of shard %s behind %s were trimmed before they were read", gap.shard_id, gap.after)


class Consumer:
    """Follows one stream until it is stopped, or the stream is disabled and read to its end.

    Args:
        stream: the stream to follow.
        handle: called with the records of each page. After a crash it may see a page again.
        checkpoints: how far each shard was read, and will be; of this stream and no other.
        on_gap: called when records may have been lost, before reading goes on behind them.
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
        """Read round after round; give up after `until_idle` seconds that brought nothing.

        An empty page does not prove that nothing is there, so let it be more than a few seconds in earnest.
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
        """Ask `run` to return after the page at hand; from a handler, a signal or another thread."""
        self._is_stopped = True

    def poll(self) -> bool:
        """One round through the shards that may be read now; whether it brought anything."""
        listing = self._stream.list_shards()
        listed = {shard.id for shard in listing.shards}
        self._forget_all_but(listed)
        progress = [self._read(shard) for shard in listing.shards if self._may_be_read(shard, listed)]
        self._is_at_the_end = listing.is_disabled and all(map(self._is_finished, listed))
        return any(progress)

    def _may_be_read(self, shard: Shard, listed: AbstractSet[str]) -> bool:
        """Its parent comes first, unless it has none or the parent aged out and is not listed any more."""
        parent = shard.parent_id
        parent_is_read = parent is None or parent not in listed or self._is_finished(parent)
        return parent_is_read and not self._is_finished(shard.id)

    def _read(self, shard: Shard) -> bool:
        """Read a shard as far as it goes, within reason; whether that moved its checkpoint."""
        before = self._checkpoint(shard.id)
        for _ in range(PAGES_IN_A_ROW):
            if self._is_stopped or not self._turn_page(shard):
                break
        return self._checkpoint(shard.id) != before

    def _turn_page(self, shard: Shard) -> bool:
        """Read one page; whether to ask for the next one right away.

        Behind an empty page of a closed shard there is more, if only its end.
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
        """Hand over first, remember afterwards: a crash in between repeats the page and loses nothing."""
        if page.records:
            self._handle(page.records)
            self._checkpoints[shard_id] = Checkpoint(after=page.records[-1]["dynamodb"]["SequenceNumber"])
        if page.next_iterator is None:
            self._finish(shard_id)
        else:
            self._iterators[shard_id] = page.next_iterator

    def _recover(self, shard_id: str, error: ClientError) -> None:
        """Give up the iterator, so that the checkpoint gives a new one, if need be from another place."""
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
        """Shards that are not listed any more have aged out; nobody will ask for their checkpoints."""
        for shard_id in set(self._checkpoints) - listed:
            self._report_unread(shard_id)
            del self._checkpoints[shard_id]
            self._iterators.pop(shard_id, None)

    def _report_unread(self, shard_id: str) -> None:
        """A shard that aged out in the middle of reading may have had more to say."""
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
