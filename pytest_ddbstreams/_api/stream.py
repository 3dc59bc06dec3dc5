"""A stream as a test holds it: its facts, its shards, trimming and disabling; and how methods find a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_count, checks_keywords
from .._clock import instant_of
from .._exceptions import InvalidOption, StreamStateError, UnknownStream, short
from .arguments import check_view_type, to_sequence_number
from .shard import Shard, ids_of, locked
from .writing import StreamWriter

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from .._model.changes import ViewType
    from .._model.shard import ShardState
    from .._operations.records import StreamRecord
    from .._service import Service


#: The default of an argument for which None is not a value.
_NOT_GIVEN: Any = object()


@checks_keywords
class Stream(StreamWriter):
    """A stream of a table. A test writes to it, splits its shards, trims it and disables it.

    Two `Stream` objects of the same stream are equal.
    """

    __slots__ = ()

    # Facts

    @property
    def arn(self) -> str:
        """The stream's ARN."""
        return self._state.name.arn

    @property
    def label(self) -> str:
        """The stream's label, the time at which it was enabled, as ``YYYY-MM-DDTHH:MM:SS.mmm``."""
        return self._state.name.label

    @property
    def table_name(self) -> str:
        """The name of the table."""
        return self._state.name.table_name

    @property
    def region(self) -> str:
        """The stream's region."""
        return self._state.name.region

    @property
    def view_type(self) -> str:
        """The images that records include (NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY)."""
        return self._state.view_type

    @property
    def status(self) -> str:
        """ENABLED or DISABLED."""
        return self._state.status

    @property
    def key_schema(self) -> dict[str, str]:
        """The key attributes and their types as they were given, first HASH, second RANGE."""
        return dict(self._state.key_schema.types)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The shards that DescribeStream lists, in the order of opening."""
        with self._locked() as now:
            return tuple(map(self._shard, self._state.lineage.listed_after(None, now)))

    @property
    def open_shards(self) -> tuple[Shard, ...]:
        """The shards that still take records, in the order of opening."""
        with self._locked():
            return tuple(map(self._shard, self._state.lineage.open_shards))

    @property
    def records(self) -> list[StreamRecord]:
        """The records of all shards that are not trimmed, shard by shard."""
        return [record for shard in self.shards for record in shard.records]

    # Shards

    def split(self, shard: Shard | str | None = None, *, into: int = 2) -> tuple[Shard, ...]:
        """Close a shard and open children that share its keys, as the service does when a partition splits.

        Args:
            shard: an open shard, or its id; None: the only open one.
            into: number of children, at most 10,000; 1 is a rotation.

        Returns:
            The children.

        Raises:
            InvalidOption: no shard was given and several are open, or `into` is not a number from 1 to 10,000.
            StreamStateError: the shard is closed already, or the stream is disabled.
            UnknownStream: the stream has no such shard.
        """
        with self._writing():
            return self._to_close(shard, "split").split(into=into)

    def rotate(self, shard: Shard | str | None = None) -> Shard:
        """Close a shard and open one child, as the service does after about four hours.

        Args:
            shard: an open shard, or its id; None: the only open one.

        Returns:
            The child.

        Raises:
            InvalidOption: no shard was given and several are open.
            StreamStateError: the shard is closed already, or the stream is disabled.
            UnknownStream: the stream has no such shard.
        """
        with self._writing():
            return self._to_close(shard, "rotate").rotate()

    # Trimming

    def trim(
        self,
        *,
        before: datetime | str = _NOT_GIVEN,
        through: StreamRecord | str = _NOT_GIVEN,
        records: int = _NOT_GIVEN,
    ) -> int:
        """Trim records now, as the service does after 24 hours: iterators that point at them no longer work.

        Without an argument, trim the records that are past the 24 hours.

        Args:
            before: trim the records that were written before this instant, a datetime or ISO 8601 text.
            through: trim up to and including this sequence number or record, in its shard and in that shard's
                ancestors.
            records: trim this number of records, oldest first.

        Returns:
            The number of records that were trimmed.

        Raises:
            InvalidOption: several arguments were given, or the one that was given does not fit, such as None.
            UnknownStream: no shard has such a sequence number.
        """
        given = [value for value in (before, through, records) if value is not _NOT_GIVEN]
        if len(given) > 1:
            raise InvalidOption("trim() takes one of before=, through= and records=, or none of them")
        with self._locked() as now:
            # Records past the 24 hours count as trimmed, so they are not among the records that the arguments mean.
            aged = self._state.trim_past_retention(now)
            if through is not _NOT_GIVEN:
                return self._trim_through(to_sequence_number("through", through))
            if records is not _NOT_GIVEN:
                return self._state.trim_oldest(check_count("records", records, least=0))
            return aged if before is _NOT_GIVEN else self._state.trim_before(instant_of(before))

    # Disabling

    def disable(self) -> None:
        """Disable the stream: every shard closes, and the records stay readable for 24 hours.

        Raises:
            StreamStateError: the stream is disabled already.
        """
        with self._locked() as now:
            if self._state.disabled_at is not None:
                raise StreamStateError(f"stream {self.arn} is disabled already")
            self._state.disable(now)

    def enable(self, *, view_type: ViewType | None = None) -> Stream:
        """Enable a new stream of the same table, with a new label and ARN; this one stays disabled.

        Args:
            view_type: the view type of the new stream; None: the one of this stream.

        Returns:
            The new stream.

        Raises:
            InvalidOption: there is no such view type.
            StreamStateError: the table has an enabled stream.
        """
        state, name, registry = self._state, self._state.name, self._service.registry
        chosen = check_view_type(state.view_type if view_type is None else view_type)
        with self._locked() as now:
            enabled = registry.enabled(name.table_name, name.region, name.account)
            if enabled is not None:
                raise StreamStateError(f"table {name.table_name!r} has an enabled stream: {enabled.name.arn}")
            made = registry.create(
                name.table_name,
                name.region,
                name.account,
                state.key_schema,
                now,
                view_type=chosen,
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

    def _locked(self) -> AbstractContextManager[datetime]:
        return locked(self._service, self._state)

    def _shard(self, state: ShardState) -> Shard:
        return Shard(self._service, self._state, state)

    def _to_close(self, shard: Shard | str | None, verb: str) -> Shard:
        """Return the shard that `split` or `rotate` closes."""
        lineage = self._state.lineage
        if shard is None:
            if len(lineage.open_shards) > 1:
                raise InvalidOption(
                    f"{len(lineage.open_shards)} shards of stream {self.arn} are open: {ids_of(lineage.open_shards)}; "
                    f"say which one: {verb}(shard), or {verb}() of one of stream.open_shards"
                )
            return self._shard(lineage.open_shards[0])
        wanted = shard.id if isinstance(shard, Shard) else shard
        state = lineage.by_id.get(wanted)
        if state is None:
            open_ones = ids_of(lineage.open_shards)
            raise UnknownStream(f"stream {self.arn} has no shard {short(wanted)}; open are: {open_ones}")
        return self._shard(state)

    def _trim_through(self, number: int) -> int:
        state = self._state.holder_of(number)
        if state is not None:
            return self._state.trim_through(state, number)
        if self._state.has_trimmed(number):
            return 0
        raise UnknownStream(f"stream {self.arn} has no record of sequence number {number}")


def find_streams(service: Service) -> tuple[Stream, ...]:
    """Return every stream of a mock, oldest first."""
    with service.lock:
        return tuple(Stream(service, state) for state in service.registry)


def find_stream(service: Service, name: str | Stream) -> Stream:
    """Return the newest stream of a table, or the stream of an ARN.

    Args:
        service: the service of the mock.
        name: a table's name or a stream's ARN; a `Stream` stands for its ARN.

    Raises:
        UnknownStream: the mock has no such stream; the text lists the streams that it has.
    """
    wanted = name.arn if isinstance(name, Stream) else name
    with service.lock:
        return Stream(service, service.registry.find(wanted))


def find_place(
    service: Service, stream: Stream | str | None, shard: Shard | str | None
) -> tuple[str | None, str | None]:
    """Return the ARN and the shard id that two arguments mean; each is None if the argument is None.

    Raises:
        UnknownStream: the mock has no such stream, or the stream has no such shard.
    """
    arn = None if stream is None else find_stream(service, stream).arn
    wanted = shard.id if isinstance(shard, Shard) else shard
    among = [state for state in service.registry if arn in {None, state.name.arn}]
    if wanted is not None and not any(state.lineage.by_id.get(wanted) for state in among):
        owner = "no stream has a" if arn is None else f"stream {arn} has no"
        raise UnknownStream(f"{owner} shard {short(wanted)}; stream.shards lists them")
    return arn, wanted
