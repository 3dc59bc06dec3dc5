"""The machine of a mapping: follows the shards, invokes the function, and does what comes of that."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from .. import _json
from .._model.names import microseconds
from .batcher import BISECT, DUPLICATE, RETRY
from .function import Function
from .invocations import Invocation
from .on_failure import Discarding
from .response import SUCCESS, judge
from .settings import LATEST
from .shard_reader import Track

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .._model.shard import ShardState
    from .batcher import Batch, Lane
    from .events import Entry
    from .response import Outcome
    from .settings import Settings
    from .shard_reader import Source

#: Between two tries of a batch: a poll's quarter of a second, doubled up to a minute (I).
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 60.0
_DOUBLINGS = 8


class Engine:
    """One connected mapping.

    Attributes:
        source: the stream.
        function: the function.
        tracks: the shards that it follows, by id, in the order of opening.
        invocations: the calls of the handler, in order.
        discarding: what was given up, and who is told.
    """

    def __init__(  # noqa: PLR0913 - what a mapping is made of
        self,
        settings: Settings,
        source: Source,
        handler: Callable[[Any, Any], Any],
        *,
        tell: Callable[[dict[str, Any]], object] | None,
        duplicate: float,
        lag: timedelta,
    ) -> None:
        self.tracks: dict[str, Track] = {}
        self.invocations: list[Invocation] = []
        self.function = Function(handler, source)
        self.discarding = Discarding(settings, source, self.function, tell)
        self._settings = settings
        self.source = source
        self._duplicate = duplicate
        self._random = Random(f"{source.seed}/lambda/{source.arn}/{self.function.name}")  # noqa: S311 - repeatable
        self._lag = lag
        self._starts_at = source.now() + lag
        self._has_begun = False
        if not lag:
            self._discover()

    def round(self, *, patient: bool) -> tuple[Invocation, ...]:
        """Look once at each shard, and invoke the function once for each lane that has a batch for it.

        Args:
            patient: whether a batch that failed waits for its time, or is tried again now.
        """
        before = len(self.invocations)
        if self._has_begun or self.source.now() >= self._starts_at:
            for track in self._discover():
                if self._may_start(track):
                    self._serve(track, patient=patient)
        return tuple(self.invocations[before:])

    def due(self) -> datetime | None:
        """When there will be something to do; None if only a write could bring that about."""
        if not self._has_begun:
            return self._starts_at
        waiting = [
            lane.due(nothing_to_read=track.nothing_to_read)
            for track in self.tracks.values()
            if self._may_start(track)
            for lane in track.lanes
        ]
        return min((instant for instant in waiting if instant is not None), default=None)

    def stuck(self, made: tuple[Invocation, ...], attempts: int) -> Invocation | None:
        """Of these invocations one with a batch that failed that often and is to be tried again, if there is one."""
        first = {lane.pending[0].last for track in self.tracks.values() for lane in track.lanes if lane.pending}
        return next((one for one in made if one.attempt >= attempts and one in first), None)

    @property
    def happened(self) -> int:
        """Counts what happened: invocations, and what was given up."""
        return len(self.invocations) + len(self.discarding.discarded)

    # Shards

    def _discover(self) -> list[Track]:
        start = _beginning if self._has_begun else self._start
        self._has_begun = True
        for shard in self.source.shards():
            if shard.id not in self.tracks:
                number = self.source.place(shard, start)
                self.tracks[shard.id] = Track(shard, number, self._settings, self.source)
        return list(self.tracks.values())

    def _start(self, shard: ShardState) -> int:
        """Where the mapping starts to read a shard that is there when it begins."""
        if self._settings.starting_position != LATEST:
            return shard.horizon
        if not self._lag:
            return shard.last_number + 1
        return shard.number_at(microseconds(self._starts_at))

    def _may_start(self, track: Track) -> bool:
        """Whether the shard that it continues is done; one that is no longer listed is."""
        parent = self.tracks.get(track.shard.parent_id or "")
        return not track.is_done and (parent is None or parent.is_done)

    # One shard

    def _serve(self, track: Track, *, patient: bool) -> None:
        lost = track.fill(self.source.now())
        if lost is not None:
            self.discarding.lost(track, *lost)
        for lane in self._random.sample(track.lanes, len(track.lanes)):
            batch = self._next_batch(track, lane, patient=patient)
            if batch is not None:
                invocation = self._invoke(track, lane, batch)
                self._settle(track, lane, batch, invocation)

    def _next_batch(self, track: Track, lane: Lane, *, patient: bool) -> Batch | None:
        now = self.source.now()
        facts = {"nothing_to_read": track.nothing_to_read, "at_end": track.is_read_out}
        while (batch := lane.next_batch(now, **facts)) is not None:
            if patient and lane.retry_at is not None and now < lane.retry_at:
                return None
            if batch.is_final:
                return batch
            self.discarding.drop_old(track, batch)
            if batch.entries:
                return batch
            lane.pending.popleft()
            lane.retry_at = None
        return None

    def _invoke(self, track: Track, lane: Lane, batch: Batch) -> Invocation:
        batch.attempts += 1
        invocation = Invocation(
            shard=track.shard.id,
            lane=lane.number,
            attempt=batch.attempts,
            reason=batch.reason,
            at=self.source.now(),
            request_id=self.function.request_id(),
            entries=tuple(batch.entries),
            arn=self.source.arn,
        )
        if batch.window is not None:
            invocation.members = batch.window.members(track.shard.id, self.source.arn, is_final=batch.is_final)
        # Set before the handler runs: what it raises may go past all of this.
        batch.reason, batch.last = RETRY, invocation
        self.invocations.append(invocation)
        self.function.call(invocation)
        return invocation

    # What comes of it

    def _settle(self, track: Track, lane: Lane, batch: Batch, invocation: Invocation) -> None:
        outcome = judge(self._settings, batch, invocation)
        invocation.is_success = outcome.is_success
        if batch.window is not None and not batch.is_final and outcome.keeps_state:
            batch.window.state = _json.encode_response(invocation.response["state"])
        if outcome is SUCCESS:
            self._succeed(track, lane, batch)
        else:
            self._fail(track, lane, batch, outcome)

    def _succeed(self, track: Track, lane: Lane, batch: Batch) -> None:
        again = batch.entries and not batch.is_duplicate and self._random.random() < self._duplicate
        lane.drop()
        if again:
            lane.pending.appendleft(batch.part(batch.entries, DUPLICATE))
        else:
            track.finish(batch.entries)

    def _fail(self, track: Track, lane: Lane, batch: Batch, outcome: Outcome) -> None:
        good, bad = _parted(batch, outcome.failed_from)
        track.finish(good)
        parts = self._parts(batch, good, bad, outcome)
        if parts:
            lane.drop()
            lane.pending.extendleft(reversed(parts))
            return
        batch.entries = bad
        if 0 <= self._settings.maximum_retry_attempts < batch.attempts:
            lane.drop()
            self.discarding.exhausted(track, batch)
        else:
            wait = min(_FIRST_WAIT * 2 ** min(batch.attempts - 1, _DOUBLINGS), _LONGEST_WAIT)
            lane.retry_at = self.source.now() + timedelta(seconds=wait)

    def _parts(self, batch: Batch, good: list[Entry], bad: list[Entry], outcome: Outcome) -> list[Batch]:
        """What is tried instead of the batch that failed, at once and as if it were new; nothing: the batch again."""
        if not self._settings.bisect_batch_on_function_error:
            return []
        if outcome.failed_from is not None:
            # Split at the number that the function named; where that is the first, there is nothing to split (I).
            return [batch.part(bad, BISECT)] if good else []
        return batch.halves() if len(bad) > 1 else []


def _beginning(shard: ShardState) -> int:
    return shard.starting_number


def _parted(batch: Batch, failed_from: int | None) -> tuple[list[Entry], list[Entry]]:
    """The records that are done, and those that are not."""
    if failed_from is None:
        return [], batch.entries
    place = next(index for index, entry in enumerate(batch.entries) if entry.number >= failed_from)
    return batch.entries[:place], batch.entries[place:]
