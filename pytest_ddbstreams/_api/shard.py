"""A shard as a test holds it, and the lock under which tests read and change streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._checks import MOST, check_count, checks_keywords
from .._exceptions import StreamStateError
from .._operations.records import RecordPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .._operations.records import StreamRecord
    from .._service import Service


#: How many shards the text of an error lists.
_SHOWN = 5


class locked:  # noqa: N801 - it reads as a word of the with statement
    """Hold the lock of a mock while a stream is read or changed; shards that are due to rotate have rotated by then.

    The value of the with statement is the time, which is the same for all that happens in the block. A generator would
    cost each write of an item a twentieth of its time.

    Args:
        service: the service of the mock.
        stream: the stream.
        writing: whether the stream must be enabled.

    Raises:
        StreamStateError: the mock was reset after the stream was created, or the stream is disabled although `writing`.
    """

    __slots__ = ("_service", "_stream", "_writing")

    def __init__(self, service: Service, stream: StreamState, *, writing: bool = False) -> None:
        self._service = service
        self._stream = stream
        self._writing = writing

    def __enter__(self) -> datetime:
        self._service.lock.acquire()
        try:
            self._check()
            now = self._service.use()
            self._stream.advance(now)
        except BaseException:
            self._service.lock.release()
            raise
        return now

    def __exit__(self, *_: object) -> None:
        self._service.lock.release()

    def _check(self) -> None:
        arn = self._stream.name.arn
        if not self._service.registry.holds(self._stream):
            raise StreamStateError(
                f"stream {arn} does not exist any more, because the mock was reset; create a new one with "
                "create_stream()"
            )
        if self._writing and self._stream.disabled_at is not None:
            raise StreamStateError(f"stream {arn} is disabled and takes no records; stream.enable() makes a new one")


@checks_keywords
class Shard:
    """A shard of a stream: its place in the lineage, and the records that are not trimmed.

    Two `Shard` objects of the same shard are equal.
    """

    __slots__ = ("_service", "_state", "_stream")

    def __init__(self, service: Service, stream: StreamState, state: ShardState) -> None:
        self._service = service
        self._stream = stream
        self._state = state

    @property
    def id(self) -> str:
        """The shard id, as DescribeStream gives it."""
        return self._state.id

    @property
    def parent_id(self) -> str | None:
        """The shard id of the parent, which may no longer be listed; None if the shard has no parent."""
        return self._state.parent_id

    @property
    def starting_sequence_number(self) -> str:
        """The StartingSequenceNumber, as DescribeStream gives it, lower than that of every record of the shard."""
        return str(self._state.starting_number)

    @property
    def ending_sequence_number(self) -> str | None:
        """The EndingSequenceNumber, higher than that of every record of the shard; None while the shard is open."""
        with self._locked():
            ending = self._state.ending_number
        return None if ending is None else str(ending)

    @property
    def is_open(self) -> bool:
        """Whether the shard still takes records."""
        with self._locked():
            return self._state.is_open

    @property
    def records(self) -> Sequence[StreamRecord]:
        """The records that are not trimmed, oldest first, in a lazy sequence of `StreamRecord`."""
        with self._locked() as now:
            self._state.trim_past_retention(now)
            return RecordPage(self._state.log.encoded(), self._stream.name.arn)

    def split(self, *, into: int = 2) -> tuple[Shard, ...]:
        """Close the shard and open children that share its keys, as the service does when a partition splits.

        Args:
            into: number of children, at most 10,000; 1 is a rotation.

        Returns:
            The children.

        Raises:
            InvalidOption: `into` is not a number from 1 to 10,000.
            StreamStateError: the shard is closed already, or the stream is disabled.
        """
        check_count("into", into, least=1, most=MOST)
        lineage = self._stream.lineage
        with locked(self._service, self._stream, writing=True) as now:
            if not self._state.is_open:
                raise StreamStateError(
                    f"{self.id} is closed, and a closed shard never changes; open are: {ids_of(lineage.open_shards)}"
                )
            children = lineage.replace(self._state, into, now)
        return tuple(Shard(self._service, self._stream, child) for child in children)

    def rotate(self) -> Shard:
        """Close the shard and open one child, as the service does after about four hours.

        Returns:
            The child.

        Raises:
            StreamStateError: the shard is closed already, or the stream is disabled.
        """
        [child] = self.split(into=1)
        return child

    def __len__(self) -> int:
        with self._locked() as now:
            self._state.trim_past_retention(now)
            return len(self._state.log)

    def __bool__(self) -> bool:
        # Without this, a shard without records would be false, like an empty list.
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shard) and self._state is other._state

    def __hash__(self) -> int:
        return hash(self._state.id)

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        parent = f" parent={self.parent_id}" if self.parent_id else ""
        return f"<Shard {self.id} {state}{parent} records={len(self)}>"

    def _locked(self) -> AbstractContextManager[datetime]:
        return locked(self._service, self._stream)


def ids_of(shards: Sequence[ShardState]) -> str:
    """Return the ids of shards for the text of an error; of many shards the first five and their number."""
    shown = ", ".join(shard.id for shard in shards[:_SHOWN])
    return shown if len(shards) <= _SHOWN else f"{shown} and {len(shards) - _SHOWN} more"
