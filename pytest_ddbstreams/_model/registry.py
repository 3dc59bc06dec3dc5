"""All streams of a mock, of every table, region and account."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from datetime import timedelta
from itertools import takewhile
from random import Random
from typing import TYPE_CHECKING, Any

from .._exceptions import UnknownStream, short, suggestion
from .journal import Journal
from .names import StreamName, from_milliseconds, label_of, milliseconds, stream_arns_prefix
from .stream import StreamState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._items.keys import KeySchema
    from .changes import RecordCodec


class Registry:
    """The streams of a mock, and the counter of the iterators that it issued.

    Args:
        codec: encodes records, and decodes images.
        seed: the ids and sequence numbers of the streams are derived from it.

    Attributes:
        issued: serial of the last iterator that was issued.
        journal: what happened to the streams and the calls, in order.
    """

    __slots__ = ("_arns", "_by_arn", "_codec", "_newest", "_seed", "issued", "journal")

    def __init__(self, codec: RecordCodec, seed: int) -> None:
        self._codec = codec
        self.journal = Journal()
        self._seed = seed
        self._by_arn: dict[str, StreamState] = {}
        # The ARNs in their order, which is the order of ListStreams.
        self._arns: list[str] = []
        self._newest: dict[tuple[str, str, str], StreamState] = {}
        self.issued = 0

    def __iter__(self) -> Iterator[StreamState]:
        """Return every stream, oldest first."""
        return iter(tuple(self._by_arn.values()))

    def holds(self, stream: StreamState) -> bool:
        """Return whether a stream is registered here: a stream from before a reset of the mock is not."""
        return self._by_arn.get(stream.name.arn) is stream

    def find(self, wanted: str) -> StreamState:
        """Return the newest stream of a table, or the stream of an ARN, whatever its region.

        Args:
            wanted: a table's name or a stream's ARN.

        Raises:
            UnknownStream: there is no such stream; the text lists the streams that there are.
        """
        streams = tuple(self)
        for stream in reversed(streams):
            if wanted in {stream.name.table_name, stream.name.arn}:
                return stream
        there_are = ", ".join(f"{stream.name.table_name!r} ({stream.name.arn})" for stream in streams) or "none"
        if str(wanted).startswith("arn:"):
            raise UnknownStream(f"no stream {short(wanted)}; there are: {there_are}")
        meant = suggestion(wanted, (stream.name.table_name for stream in streams))
        raise UnknownStream(
            f"no stream of table {short(wanted)}; there are: {there_are}.{meant} "
            f'Create it first: ddbstreams_mock.create_stream({short(wanted)}, key_schema={{"pk": "S"}})'
        )

    def get(self, arn: str, now: datetime) -> StreamState | None:
        """Return the stream of an ARN; None if there is none, or if it is no longer listed."""
        stream = self._by_arn.get(arn)
        return stream if stream is not None and stream.is_listed(now) else None

    def advance(self, arn: str | None, now: datetime) -> None:
        """Rotate the shards of the stream of an ARN that are due; do nothing if there is no such stream."""
        if arn in self._by_arn:
            self._by_arn[arn].advance(now)

    def listed_after(
        self, start: str | None, region: str, account: str, table_name: str | None, now: datetime
    ) -> Iterator[StreamState]:
        """Return the streams that ListStreams lists, in the order of their ARNs.

        AWS's order is unknown. The order of ARNs keeps paging stable while tables come and go, and the streams of one
        account in one region, and of one table, stand together in it.

        Args:
            start: leave out the streams up to this ARN; it need not be the ARN of a stream. None leaves out none.
            region: the region of the streams.
            account: the account that owns the streams.
            table_name: list the streams of this table only; None lists all.
            now: the current time.
        """
        prefix = stream_arns_prefix(region, account, table_name)
        first = bisect_left(self._arns, prefix)
        if start is not None:
            first = max(first, bisect_right(self._arns, start))
        arns = (self._arns[index] for index in range(first, len(self._arns)))
        streams = (self._by_arn[arn] for arn in takewhile(lambda arn: arn.startswith(prefix), arns))
        return (stream for stream in streams if stream.is_listed(now))

    def newest(self, table_name: str, region: str, account: str) -> StreamState | None:
        """Return the stream that was enabled last for a table; None if there was none."""
        return self._newest.get((table_name, region, account))

    def enabled(self, table_name: str, region: str, account: str) -> StreamState | None:
        """Return the enabled stream of a table; None if there is none."""
        newest = self.newest(table_name, region, account)
        return newest if newest is not None and newest.disabled_at is None else None

    def create(
        self,
        table_name: str,
        region: str,
        account: str,
        key_schema: KeySchema,
        now: datetime,
        **settings: Any,
    ) -> StreamState:
        """Add a stream and return it.

        Two streams of a table never share a label: the second one in a millisecond has the label of the next.

        Args:
            table_name: the table.
            region: the region of the table.
            account: the account that owns the table.
            key_schema: the table's primary key.
            now: the current time.
            settings: the other arguments of `StreamState`: `view_type`, `shards`, `auto_rotate`, `items`.
        """
        name = StreamName(table_name, region, account, label_of(now))
        labelled = from_milliseconds(milliseconds(now))
        while name.arn in self._by_arn:
            labelled += timedelta(milliseconds=1)
            name = StreamName(table_name, region, account, label_of(labelled))
        random = Random(f"{self._seed}/{region}/{account}/{table_name}/{len(self._by_arn) + 1}")  # noqa: S311 - repeatable, not secret
        stream = StreamState(
            name, key_schema, now=now, random=random, codec=self._codec, journal=self.journal, **settings
        )
        self._by_arn[name.arn] = stream
        self._newest[table_name, region, account] = stream
        insort(self._arns, name.arn)
        return stream

    def next_serial(self) -> int:
        """Return a serial for an iterator, higher than every serial before it."""
        self.issued += 1
        return self.issued
