"""A mapping's reads of its stream: by sequence number, under the lock of the service, and without the call log.

The mapping loses records that are trimmed before it reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._checks import misfit
from .._exceptions import StreamStateError
from .._model.names import microseconds
from .._model.stream import StreamState
from .._service import innermost
from .events import StoredRecord

if TYPE_CHECKING:
    from datetime import datetime

    from .._model.shard import ShardState
    from .._service import Service


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
        table_name: the name of its table.
        region: the stream's region.
        account_id: the stream's owner.
        seed: the seed of the mock.
        ordinal: how many mappings the mock had before this one.
        view_type: the stream's view type.
        key_schema: the primary key of its table.
    """

    def __init__(self, service: Service, state: StreamState) -> None:
        self._service = service
        self._state = state
        self.arn = state.name.arn
        self.table_name = state.name.table_name
        self.region = state.name.region
        self.account_id = state.name.account
        self.seed = service.options.seed
        self.ordinal = len(service.pollers)
        self.view_type = state.view_type
        self.key_schema = state.key_schema

    def connect(self, poller: object) -> None:
        """Add a poller to those that `StreamsMock.drain` drains."""
        self._service.pollers.append(poller)

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


def source_of(stream: Any) -> EventSource:
    """Return the source of a mapping.

    Args:
        stream: a `Stream`, or a table's name or a stream's ARN in the mock that was opened last.

    Raises:
        InvalidOption: it is none of these.
        UnknownStream: the mock has no such stream; the text lists the streams that it has.
        StreamStateError: no mock is open.
    """
    if isinstance(stream, str):
        service = innermost()
        if service is None:
            raise StreamStateError(
                f"no mock is open, so {stream!r} names no stream; open one with mock_streams(), or give a Stream"
            )
        with service.lock:
            return EventSource(service, service.registry.find(stream))
    state = getattr(stream, "_state", None)
    if not isinstance(state, StreamState):
        raise misfit("stream", stream, "a Stream, its table's name or its ARN")
    return EventSource(stream._service, state)  # noqa: SLF001 - private to the package
