"""All streams of a fake: of every table, region and account."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from random import Random
from typing import TYPE_CHECKING, Any

from .names import (
    from_milliseconds,
    label_of,
    milliseconds,
    stream_arn,
    stream_arns_prefix,
)
from .stream import StreamState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._items.keys import KeySchema
    from .changes import RecordCodec


@dataclass(frozen=True, slots=True)
class StreamName:
    """What a stream is called."""

    table_name: str
    region: str
    account: str
    label: str
    arn: str = field(init=False)

    def __post_init__(self) -> None:
        arn = stream_arn(self.region, self.account, self.table_name, self.label)
        object.__setattr__(self, "arn", arn)


class Registry:
    """The streams that exist, and the counter of iterators issued."""

    __slots__ = ("_arns", "_by_arn", "_codec", "_made", "_newest", "_seed", "issued")

    def __init__(self, codec: RecordCodec, seed: int) -> None:
        self._codec = codec
        self._seed = seed
        self._by_arn: dict[str, StreamState] = {}
        self._arns: list[str] = []
        self._newest: dict[tuple[str, str, str], StreamState] = {}
        self._made = 0
        #: Serial number of the last iterator issued.
        self.issued = 0

    def __iter__(self) -> Iterator[StreamState]:
        """Every stream, oldest first."""
        return iter(tuple(self._by_arn.values()))

    def holds(self, stream: StreamState) -> bool:
        """Whether the stream is one of these."""
        return self._by_arn.get(stream.name.arn) is stream

    def get(self, arn: str, now: datetime) -> StreamState | None:
        """The stream of an ARN, with all done to it that the passing of time does."""
        stream = self._by_arn.get(arn)
        if stream is None or not stream.is_listed(now):
            return None
        if stream.auto_rotate:
            stream.advance(now)
        return stream

    def listed_after(
        self, start: str | None, region: str, account: str, table_name: str | None, now: datetime
    ) -> Iterator[StreamState]:
        """The streams that an account lists in a region, by ARN, from the first whose ARN sorts after ``start``.

        Ordered by ARN because paging must stay stable while tables come and go; AWS's own order is unknown. So those
        of one account in one region, and of one table, stand together.

        Args:
            start: an ARN, or any text; None: from the first one on.
            region: where the streams are.
            account: whose they are.
            table_name: only the streams of this table; None: of all.
            now: what time it is.
        """
        prefix = stream_arns_prefix(region, account, table_name)
        first = bisect_left(self._arns, prefix)
        if start is not None:
            first = max(first, bisect_right(self._arns, start))
        arns = (self._arns[place] for place in range(first, len(self._arns)))
        streams = (self._by_arn[arn] for arn in takewhile(lambda arn: arn.startswith(prefix), arns))
        return (stream for stream in streams if stream.is_listed(now))

    def newest(self, table_name: str, region: str, account: str) -> StreamState | None:
        """The stream that was enabled last for a table, be it disabled since or not."""
        return self._newest.get((table_name, region, account))

    def enabled(self, table_name: str, region: str, account: str) -> StreamState | None:
        """The enabled stream of a table: there is at most one."""
        newest = self.newest(table_name, region, account)
        return newest if newest is not None and newest.disabled_at is None else None

    def create(
        self,
        table_name: str,
        region: str,
        account: str,
        key_schema: KeySchema,
        now: datetime,
        **shape: Any,
    ) -> StreamState:
        """Add a stream, with a label of its own also when the table had another one in this millisecond."""
        name = StreamName(table_name, region, account, label_of(now))
        created = from_milliseconds(milliseconds(now))
        while name.arn in self._by_arn:
            created += timedelta(milliseconds=1)
            name = StreamName(table_name, region, account, label_of(created))
        self._made += 1
        random = Random(f"{self._seed}/{region}/{account}/{table_name}/{self._made}")  # noqa: S311 - repeatable, not secret
        stream = StreamState(name, key_schema, now=now, random=random, codec=self._codec, **shape)
        self._by_arn[name.arn] = stream
        self._newest[table_name, region, account] = stream
        insort(self._arns, name.arn)
        return stream

    def next_serial(self) -> int:
        self.issued += 1
        return self.issued
