"""A shard as a test sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._exceptions import StreamStateError
from .._operations.records import RecordPage

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Self

    from .._model.record_log import RecordLog
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._service import Service


class Turn:
    """A context manager; inside it, ``now`` is what time it is.

    Args:
        service: whose lock and clock.
        state: the stream that is to be up to date.
        writing: whether the stream must be enabled.
    """

    __slots__ = ("_service", "_state", "_writing", "now")

    now: datetime

    def __init__(self, service: Service, state: StreamState, *, writing: bool = False) -> None:
        self._service = service
        self._state = state
        self._writing = writing

    def __enter__(self) -> Self:
        self._service.lock.acquire()
        try:
            self._check()
            self.now = self._service.look()
            self._state.advance(self.now)
        except BaseException:
            self._service.lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._service.lock.release()

    def _check(self) -> None:
        if not self._service.registry.holds(self._state):
            raise StreamStateError(
                f"stream {self._state.name.arn} is gone since the mock was reset; create_stream() makes a new one"
            )
        if self._writing and self._state.disabled_at is not None:
            raise StreamStateError(
                f"stream {self._state.name.arn} is disabled and takes no records; stream.enable() makes a new one"
            )


class Shard:
    """A shard of a stream: its place in the lineage and the records that it still has.

    Compare shards with ``==``; two handles of one shard are equal.
    """

    __slots__ = ("_service", "_state", "_stream")

    def __init__(self, service: Service, stream: StreamState, state: ShardState) -> None:
        self._service = service
        self._stream = stream
        self._state = state

    @property
    def id(self) -> str:
        """The shard id, as DescribeStream shows it."""
        return self._state.id

    @property
    def parent_id(self) -> str | None:
        """The id of the shard that this one continues; None for a root."""
        return self._state.parent_id

    @property
    def starting_sequence_number(self) -> str:
        """The number below its first record's."""
        return str(self._state.starting_number)

    @property
    def ending_sequence_number(self) -> str | None:
        """The number above its last record's; None while the shard is open."""
        with self._turn():
            ending = self._state.ending_number
        return None if ending is None else str(ending)

    @property
    def is_open(self) -> bool:
        """Whether new records may still come."""
        with self._turn():
            return self._state.is_open

    @property
    def records(self) -> RecordPage:
        """The records that are not trimmed, oldest first: a lazy sequence of StreamRecord."""
        with self._turn() as turn:
            return RecordPage(self._log(turn).encoded())

    def __len__(self) -> int:
        with self._turn() as turn:
            return len(self._log(turn))

    def __bool__(self) -> bool:
        # A shard without records is a shard.
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shard) and self._state is other._state

    def __hash__(self) -> int:
        return hash(self._state.id)

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        parent = f" parent={self.parent_id}" if self.parent_id else ""
        return f"<Shard {self.id} {state}{parent} records={len(self)}>"

    def _log(self, turn: Turn) -> RecordLog:
        self._state.trim_past_retention(turn.now)
        return self._state.log

    def _turn(self) -> Turn:
        # A shard that is due to rotate closes although nobody has looked at its stream.
        return Turn(self._service, self._stream)
