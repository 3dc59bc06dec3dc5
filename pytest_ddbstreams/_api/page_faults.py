"""Faults of pages and listings: GetRecords, DescribeStream and LATEST show less than there is, or show it late.

The service does all of this now and then: it may answer less than asked for, and its listings lag behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_count, checks_keywords, is_integer, misfit
from .._faults.kinds import (
    EmptyListings,
    EmptyPages,
    LateClosings,
    LateOpenings,
    ShiftedLatest,
    ShortListings,
    ShortPages,
)
from .arguments import check_fault
from .stream import find_place

if TYPE_CHECKING:
    from .._faults.fault import Fault
    from .._model.shard import ShardState
    from .._service import Service
    from .shard import Shard
    from .stream import Stream


@checks_keywords
class PageFaultMethods:
    """The methods of `StreamsMock` that add faults of pages and listings; `FaultMethods` says what they share."""

    _service: Service

    def empty_pages(
        self,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Answer GetRecords without records although there are some; the next iterator still leads to them.

        Args:
            times: how many pages that would have records; None: all of them.
            after: how many good calls pass first.
            stream: only pages of this stream.
            shard: only pages of this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        return self._add(EmptyPages(times=times, after=after, **self._where(stream, shard)))

    def short_pages(
        self,
        limit: int = 1,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Answer GetRecords with fewer records than it asks for, although there are more: the service may do so.

        Args:
            limit: how many records a page has at most.
            times: how many pages that would have more records; None: all of them.
            after: how many good calls pass first.
            stream: only pages of this stream.
            shard: only pages of this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        check_count("limit", limit, least=1)
        return self._add(ShortPages(limit=limit, times=times, after=after, **self._where(stream, shard)))

    def empty_listings(self, *, times: int | None = 1, after: int = 0, stream: Stream | str | None = None) -> Fault:
        """Answer DescribeStream with an empty list of shards although the stream runs.

        Args:
            times: how many pages that would have shards; None: all of them.
            after: how many good calls pass first.
            stream: only pages of this stream.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream.
        """
        return self._add(EmptyListings(times=times, after=after, **self._where(stream, None)))

    def short_listings(
        self, limit: int = 2, *, times: int | None = 1, after: int = 0, stream: Stream | str | None = None
    ) -> Fault:
        """Answer DescribeStream with fewer shards than it asks for, although there are more: the service may do so.

        Args:
            limit: how many shards a page has at most.
            times: how many pages that would have more shards; None: all of them.
            after: how many good calls pass first.
            stream: only pages of this stream.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream.
        """
        check_count("limit", limit, least=1)
        return self._add(ShortListings(limit=limit, times=times, after=after, **self._where(stream, None)))

    def shift_latest(
        self,
        records: int,
        *,
        times: int | None = 1,
        after: int = 0,
        stream: Stream | str | None = None,
        shard: Shard | str | None = None,
    ) -> Fault:
        """Let LATEST begin some records beside the end of the shard: the service does not promise the exact end.

        Args:
            records: by how many records LATEST begins later, so that the reader misses them; if negative, how many
                records it begins earlier.
            times: how many calls of GetShardIterator that ask for LATEST; None: all of them.
            after: how many good calls of GetShardIterator pass first.
            stream: only iterators of this stream.
            shard: only iterators of this shard.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: an argument does not fit.
            UnknownStream: there is no such stream or shard.
        """
        if not is_integer(records) or not records:
            raise misfit("records", records, "an integer, below zero or above")
        name = f"LATEST {abs(records)} record{'s' * (abs(records) != 1)} {'later' if records > 0 else 'earlier'}"
        return self._add(
            ShiftedLatest(name=name, records=records, times=times, after=after, **self._where(stream, shard))
        )

    def delay_discovery(self, *, describes: int = 1, stream: Stream | str | None = None) -> Fault:
        """List shards late that are opened from now on, although their parents are listed as closed.

        Args:
            describes: how many DescribeStream calls leave a shard out that they would list; counted for each shard.
            stream: only shards of this stream.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: `describes` is not a number from 1 on.
            UnknownStream: there is no such stream.
        """
        check_count("describes", describes, least=1)
        with self._service.lock:
            known = frozenset(shard.id for shard in self._shards())
            return self._add(LateOpenings(describes=describes, known=known, **self._where(stream, None)))

    def delay_closing(self, *, describes: int = 1, stream: Stream | str | None = None) -> Fault:
        """List shards as open for longer that are closed from now on, although their children are listed.

        A consumer that reads such a shard comes to its end all the same.

        Args:
            describes: how many DescribeStream calls list a shard without its ending sequence number; counted for each
                shard.
            stream: only shards of this stream.

        Returns:
            The fault: `cancel` takes it back.

        Raises:
            InvalidOption: `describes` is not a number from 1 on.
            UnknownStream: there is no such stream.
        """
        check_count("describes", describes, least=1)
        with self._service.lock:
            known = frozenset(shard.id for shard in self._shards() if not shard.is_open)
            return self._add(LateClosings(describes=describes, known=known, **self._where(stream, None)))

    # Inside

    def _shards(self) -> list[ShardState]:
        """Return every shard of every stream; shards that are due to rotate have rotated."""
        service = self._service
        for state in service.registry:
            state.advance(service.use())
        return [shard for state in service.registry for shard in state.lineage.shards]

    def _add(self, fault: Fault) -> Fault:
        with self._service.lock:
            return self._service.faults.add(check_fault(fault))

    def _where(self, stream: Stream | str | None, shard: Shard | str | None) -> dict[str, Any]:
        arn, shard_id = find_place(self._service, stream, shard)
        return {"stream": arn, "shard": shard_id}
