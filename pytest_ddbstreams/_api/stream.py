"""A stream as a test sees it: what it is, how it splits, what it forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._clock import instant_of
from .._exceptions import InvalidOption, StreamStateError, UnknownStream
from .arguments import count_of, sequence_number_of, view_type_of
from .shard import Shard, Turn
from .writing import StreamWriter

if TYPE_CHECKING:
    from datetime import datetime

    from .._model.shard import ShardState
    from .._operations.records import StreamRecord


class Stream(StreamWriter):
    """A stream of a table, to write to and to steer."""

    __slots__ = ()

    # What it is

    @property
    def arn(self) -> str:
        """The stream's ARN."""
        return self._state.name.arn

    @property
    def label(self) -> str:
        """The stream's label: when it was enabled, ``YYYY-MM-DDTHH:MM:SS.mmm``."""
        return self._state.name.label

    @property
    def table_name(self) -> str:
        """The table whose changes it shows."""
        return self._state.name.table_name

    @property
    def region(self) -> str:
        """The region that it lives in."""
        return self._state.name.region

    @property
    def view_type(self) -> str:
        """Which images its records show: NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY."""
        return self._state.view_type

    @property
    def status(self) -> str:
        """ENABLED or DISABLED."""
        return self._state.status

    @property
    def key_schema(self) -> dict[str, str]:
        """The key attributes and their types as they were given: first HASH, second RANGE."""
        return dict(self._state.key_schema.types)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All listed shards, in the order of opening."""
        with self._turn() as turn:
            return tuple(map(self._handle, self._state.lineage.listed_after(None, turn.now)))

    @property
    def open_shards(self) -> tuple[Shard, ...]:
        """The shards that still take records, in the order of opening."""
        with self._turn():
            return tuple(map(self._handle, self._state.lineage.open_shards))

    @property
    def records(self) -> list[StreamRecord]:
        """The records of all shards that are not trimmed, shard by shard."""
        return [record for shard in self.shards for record in shard.records]

    # Steering

    def split(self, shard: Shard | str | None = None, *, into: int = 2) -> tuple[Shard, ...]:
        """Close a shard and open children that share its keys, as the service does when a partition splits.

        Args:
            shard: an open shard, or its id; None: the one that has been open longest.
            into: how many children; 1 is a rotation.

        Returns:
            The children.

        Raises:
            StreamStateError: the shard is closed already.
            UnknownStream: the stream has no such shard.
        """
        return self._replace(shard, count_of("into", into, least=1))

    def rotate(self, shard: Shard | str | None = None) -> Shard:
        """Close a shard and open one child, as the service does after about four hours.

        Args:
            shard: an open shard, or its id; None: the one that has been open longest.

        Returns:
            The child.

        Raises:
            StreamStateError: the shard is closed already.
            UnknownStream: the stream has no such shard.
        """
        [child] = self._replace(shard, 1)
        return child

    def trim(
        self,
        *,
        before: datetime | str | None = None,
        through: StreamRecord | str | int | None = None,
        records: int | None = None,
    ) -> int:
        """Trim records, as the service does with those past 24 hours; iterators that point at them are lost.

        Args:
            before: trim what was written before this instant.
            through: trim up to and including this sequence number, in its shard and in those it continues.
            records: trim that many, oldest first.

        With none of them, all that is past the 24 hours now is trimmed.

        Returns:
            How many records were trimmed.

        Raises:
            InvalidOption: more than one of them was given.
            UnknownStream: no shard has such a sequence number.
        """
        if sum(given is not None for given in (before, through, records)) > 1:
            raise InvalidOption("trim() takes one of before=, through= and records=, or none of them")
        with self._turn() as turn:
            # What is past the 24 hours is gone already, whether or not anybody has looked since.
            aged = self._state.trim_past_retention(turn.now)
            if through is not None:
                return self._trim_through(sequence_number_of(through))
            if records is not None:
                return self._state.trim_oldest(count_of("records", records, least=0))
            return aged if before is None else self._state.trim_before(instant_of(before))

    def disable(self) -> None:
        """Disable the stream: every shard closes; what they hold stays readable for 24 hours.

        Raises:
            StreamStateError: it is disabled already.
        """
        with self._turn() as turn:
            if self._state.disabled_at is not None:
                raise StreamStateError(f"stream {self.arn} is disabled already")
            self._state.disable(turn.now)

    def enable(self, *, view_type: str | None = None) -> Stream:
        """Enable the table's stream again: a new one, with a new label and ARN; this one stays disabled.

        Args:
            view_type: of the new stream; None: as before.

        Returns:
            The new stream.

        Raises:
            StreamStateError: the table has an enabled stream.
        """
        state = self._state
        view_type = view_type_of(state.view_type if view_type is None else view_type)
        with self._turn() as turn:
            name = state.name
            enabled = self._service.registry.enabled(name.table_name, name.region, name.account)
            if enabled is not None:
                raise StreamStateError(f"table {name.table_name!r} has an enabled stream: {enabled.name.arn}")
            made = self._service.registry.create(
                name.table_name,
                name.region,
                name.account,
                state.key_schema,
                turn.now,
                view_type=view_type,
                shards=1,
                auto_rotate=state.auto_rotate,
                items=state.items,
            )
            return Stream(self._service, made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self._state is other._state

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        return f"<Stream {self.arn} {self.status} {self.view_type} shards={len(self.shards)}>"

    # Inside

    def _turn(self) -> Turn:
        return Turn(self._service, self._state)

    def _replace(self, shard: Shard | str | None, into: int) -> tuple[Shard, ...]:
        with self._writing() as turn:
            state = self._open_shard(shard)
            return tuple(map(self._handle, self._state.lineage.replace(state, into, turn.now)))

    def _handle(self, state: ShardState) -> Shard:
        return Shard(self._service, self._state, state)

    def _open_shard(self, shard: Shard | str | None) -> ShardState:
        if shard is None:
            return self._state.lineage.open_shards[0]
        wanted = shard.id if isinstance(shard, Shard) else shard
        state = self._state.lineage.by_id.get(wanted)
        if state is None:
            listed = ", ".join(found.id for found in self._state.lineage.open_shards)
            raise UnknownStream(f"stream {self.arn} has no shard {wanted!r}; open are: {listed}")
        if not state.is_open:
            raise StreamStateError(f"{state.id} is closed, and closed shards are never touched again")
        return state

    def _trim_through(self, number: int) -> int:
        state = self._state.holder_of(number)
        if state is not None:
            return self._state.trim_through(state, number)
        if self._state.has_trimmed(number):
            return 0
        raise UnknownStream(f"stream {self.arn} has no record of sequence number {number}")
