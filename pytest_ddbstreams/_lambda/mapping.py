"""An event source mapping as a test holds it: its settings, and, once connected, what it delivered to a handler."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from datetime import timedelta
from heapq import merge
from threading import Lock
from typing import TYPE_CHECKING, Any

from .._exceptions import InvalidOption, NotDrained, StreamStateError
from .poller import Engine
from .settings import LATEST, Settings
from .shard_reader import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from typing_extensions import Self

    from .invocations import Invocation
    from .on_failure import Discarded
    from .shard_reader import Track

    Handler = Callable[[Any, Any], Any]
    Destination = Callable[[dict[str, Any]], object] | list[dict[str, Any]]


class EventSourceMapping(Settings):
    """An event source mapping between a stream and a handler.

    Get one from ``ddbstreams_mock.event_source_mapping(...)``. The settings can be read from it, each under its name.
    It reads beside all other readers, and nothing of that shows in the log of calls.

    Args:
        settings: as `Settings` has them.

    Raises:
        InvalidOption: a setting is not one that Lambda takes; the text says Lambda's limits.
    """

    _engine: Engine | None = None
    _running: Lock

    @classmethod
    def from_template(
        cls,
        path: str | PathLike[str],
        function: str,
        event: str | None = None,
        *,
        parameters: Mapping[str, Any] | None = None,
    ) -> Self:
        """The mapping that a SAM or CloudFormation template deploys, to be connected.

        Args:
            path: the template: YAML, for which the extra ``lambda`` is needed, or JSON.
            function: the function's logical id.
            event: the name of the event (SAM), or the mapping's logical id (CloudFormation); None: it has one only.
            parameters: values of the template's parameters; those that are not given have their defaults.

        Raises:
            InvalidOption: there is no such mapping, or it is set up as Lambda does not take it.
        """
        from .template import settings_of_template

        said = settings_of_template(path, function, event, {} if parameters is None else parameters)
        return cls(**{"starting_position": None, **said})

    def connect(
        self,
        stream: Any,
        handler: Handler,
        *,
        on_failure: Destination | None = None,
        duplicate: float = 0,
        lag: timedelta | float = 0,
    ) -> Self:
        """A mapping with these settings between a stream and a handler.

        Args:
            stream: the `Stream`.
            handler: what is called as ``handler(event, context)``.
            on_failure: gets a record of each batch that is given up: something to call, or a list to append to.
            duplicate: how large a share of the delivered batches is delivered once more, 0 to 1; the seed draws.
            lag: how long after now a mapping from LATEST really begins: what is written until then is missed.

        Raises:
            InvalidOption: an argument does not fit.
        """
        made = copy(self)
        source = Source(stream._service, stream._state)  # noqa: SLF001 - the stream's handle is one of ours
        made._engine = Engine(  # noqa: SLF001 - a mapping like this one
            made, source, handler, tell=_teller(on_failure), duplicate=_share(duplicate), lag=self._lag_of(lag)
        )
        made._running = Lock()  # noqa: SLF001
        return made

    def poll(self) -> tuple[Invocation, ...]:
        """Look once at each shard, and invoke the handler at most once for each of its lanes.

        A batch that failed is tried again at once, whatever the clock says; for batching and tumbling windows the
        clock counts.

        Returns:
            The invocations, which are also in `invocations`.

        Raises:
            StreamStateError: the mapping is not connected, or the handler itself polls it.
        """
        return self._round(patient=False)

    def drain(self, *, max_attempts: int = 100, max_invocations: int = 100_000) -> tuple[Invocation, ...]:
        """Go on until nothing is left to deliver and no window is open.

        Time stands still while batches are delivered. Where only time is waited for, the clock moves on to that
        instant, and a clock that nobody froze is frozen by it: a quarter of a second until a failed batch is tried
        again, doubled each time up to a minute; the rest of a batching or tumbling window; the lag.

        Args:
            max_attempts: how often one batch may fail before this gives up.
            max_invocations: how many invocations there may be.

        Returns:
            The invocations.

        Raises:
            NotDrained: one of the bounds was reached; what the handler raised last is its ``__cause__``.
            StreamStateError: the mapping is not connected, or the handler itself drains it.
        """
        engine = self._connected()
        before = len(engine.invocations)
        while self.enabled:
            known = engine.happened
            _check_stuck(engine, self._round(patient=True), max_attempts)
            if len(engine.invocations) - before > max_invocations:
                raise NotDrained(
                    f"more than {max_invocations} invocations, and not all is delivered; does the handler write to its "
                    "own stream? drain(max_invocations=…) allows more"
                ) from engine.invocations[-1].error
            if engine.happened == known:
                due = engine.due()
                if due is None:
                    break
                engine.source.wait_until(due)
        return tuple(engine.invocations[before:])

    def enable(self) -> None:
        """Deliver, from where it stopped."""
        self._set("enabled", True)

    def disable(self) -> None:
        """Deliver nothing until it is enabled again; the position is kept."""
        self._set("enabled", False)

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """Every call of the handler, in order."""
        return tuple(self._connected().invocations)

    @property
    def discarded(self) -> tuple[Discarded, ...]:
        """What was given up, in order."""
        return tuple(self._connected().discarding.discarded)

    @property
    def checkpoints(self) -> dict[str, str]:
        """For each shard the sequence number up to which every record is done: delivered, given up or passed over."""
        tracks = self._connected().tracks.items()
        return {shard: track.checkpoint for shard, track in tracks if track.checkpoint is not None}

    def report(self) -> str:
        """The whole history as text: each invocation, what was given up, and how far each shard is done."""
        return report_of(self._connected())

    def __repr__(self) -> str:
        if self._engine is None:
            return f"<EventSourceMapping not connected batch_size={self.batch_size}>"
        engine = self._engine
        counts = f"invocations={len(engine.invocations)} discarded={len(engine.discarding.discarded)}"
        return f"<EventSourceMapping {engine.source.arn} -> {engine.function.name} {counts}>"

    # Inside

    def _round(self, *, patient: bool) -> tuple[Invocation, ...]:
        engine = self._connected()
        if not self._running.acquire(blocking=False):
            raise StreamStateError("the mapping is at work: a handler cannot poll or drain its own mapping")
        try:
            return engine.round(patient=patient) if self.enabled else ()
        finally:
            self._running.release()

    def _connected(self) -> Engine:
        if self._engine is None:
            raise StreamStateError("the mapping is not connected; mapping.connect(stream, handler) gives one that is")
        return self._engine

    def _lag_of(self, lag: object) -> timedelta:
        if isinstance(lag, (int, float)) and not isinstance(lag, bool):
            with suppress(ValueError, OverflowError):  # not a number, or no end to it
                lag = timedelta(seconds=lag)
        if not isinstance(lag, timedelta):
            raise InvalidOption(f"lag={lag!r} does not fit; lag takes seconds or a timedelta")
        if lag < timedelta():
            raise InvalidOption(f"lag={lag!r} does not fit; a mapping begins after it was made")
        if lag and self.starting_position != LATEST:
            raise InvalidOption(
                f"lag={lag!r} goes with starting_position='LATEST': from TRIM_HORIZON nothing is missed"
            )
        return lag


def _check_stuck(engine: Engine, made: tuple[Invocation, ...], max_attempts: int) -> None:
    stuck = engine.stuck(made, max_attempts)
    if stuck is not None:
        raise NotDrained(
            f"the handler failed {stuck.attempt} times with the same batch: {stuck!r}. Set maximum_retry_attempts or "
            "maximum_record_age_in_seconds to have it given up, or drain(max_attempts=…) to go on"
        ) from stuck.error


def _share(duplicate: object) -> float:
    if isinstance(duplicate, (int, float)) and 0 <= duplicate <= 1:
        return float(duplicate)
    raise InvalidOption(f"duplicate={duplicate!r} does not fit; duplicate takes a share of the batches, 0 to 1")


def _teller(on_failure: Any) -> Callable[[dict[str, Any]], object] | None:
    if on_failure is None or callable(on_failure):
        found: Callable[[dict[str, Any]], object] | None = on_failure
        return found
    if isinstance(on_failure, list):
        return on_failure.append
    raise InvalidOption(f"on_failure={on_failure!r} does not fit; on_failure takes something to call, or a list")


def report_of(engine: Engine) -> str:
    """Each invocation, what was given up, and how far each shard is done."""
    invocations, discarded = engine.invocations, engine.discarding.discarded
    happened: Iterable[Invocation | Discarded] = merge(invocations, discarded, key=lambda one: one.at)
    return "\n".join(
        [
            f"{engine.function.name} on {engine.source.arn}",
            f"{len(invocations)} invocations, {len(discarded)} times discarded",
            *(f"  {one!r}" for one in happened),
            *(_line(track) for track in engine.tracks.values()),
        ]
    )


def _line(track: Track) -> str:
    waiting = sum(len(batch.entries) for lane in track.lanes for batch in lane.pending)
    waiting += sum(len(lane.gathered) for lane in track.lanes)
    said = [f"done through {track.checkpoint}" if track.checkpoint else "nothing done"]
    said += [f"{track.passed_over} passed over"] if track.passed_over else []
    said += [f"{waiting} waiting"] if waiting else []
    return f"{track.shard.id}: {', '.join(said)}"
