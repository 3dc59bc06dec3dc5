"""The assertions of the call log: each raises with the evidence, or proves how a consumer reads.

Each is a function over `Evidence`, the calls beside the records of the streams. A call log does not show the work that
a consumer does with its records; the consumer's test can add that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import check_count, check_iterable, checks_keywords, to_duration
from .._exceptions import InvalidOption, is_about_the_test
from .._operations.calls import number_of
from . import delivery, made_requests, paging, parents, repeats
from .evidence import Evidence, Reads

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

__tracebackhide__ = is_about_the_test

__all__ = ["Assertions", "Evidence", "Reads"]


@checks_keywords
class Assertions:
    """The assertions of a call log."""

    __slots__ = ()

    def assert_parents_before_children(self) -> None:
        """Raise if a shard was read while a record of its parent, or of an older ancestor, was not delivered yet.

        "A parent shard must be processed before its children." (D)

        Raises:
            AssertionError: names the shard, the record and the call.
        """
        parents.check(self._evidence())

    def assert_every_record_delivered(self, stream: Any, *, handled: Iterable[Any] | None = None) -> None:
        """Raise if a record of a stream that can still be read was not delivered at least once.

        Records that were trimmed do not count, nor do those before the checkpoint with which the consumer began.

        Args:
            stream: the Stream, its table's name (the newest stream) or its ARN.
            handled: the records that the consumer handled, as GetRecords gives them, or their sequence numbers. None: a
                record that a response of GetRecords had counts as delivered.

        Raises:
            AssertionError: names the shard, the record, and the call that lost the record.
            UnknownStream: there is no such stream.
            InvalidOption: an entry of ``handled`` is not a record.
        """
        numbers = None if handled is None else frozenset(map(number_of, handled))
        delivery.check(self._evidence(), str(getattr(stream, "arn", stream)), numbers)

    def assert_no_iterator_reused_after_expiry(self) -> None:
        """Raise if an iterator was used again after GetRecords had refused it as expired.

        Raises:
            AssertionError: names the shard, the sequence number and the calls.
        """
        paging.check_expired_iterators(self._evidence())

    def assert_listing_followed_to_the_end(self) -> None:
        """Raise if a listing of streams or shards was left at a page behind which there are more entries.

        Raises:
            AssertionError: names the call, and the shard or stream that was not seen.
        """
        paging.check_listings(self._evidence())

    def assert_no_record_delivered_twice(self, stream: Any = None, *, excuse: Iterable[Any] = ()) -> None:
        """Raise if a client got a record twice, although none of its calls failed in between.

        The record at an AT_SEQUENCE_NUMBER that was asked for may come again. A call that failed, an answer that was
        lost or an iterator that expired is a cause. Each client object is judged for itself; requests over HTTP are
        not.

        Args:
            stream: the Stream, its table's name or its ARN; None: all streams.
            excuse: ordinals of clients (``Call.client``), and shards or their ids, that are not judged.

        Raises:
            AssertionError: names the shard, the sequence number and both calls.
            InvalidOption: ``excuse`` is no list of these.
            UnknownStream: there is no such stream.
        """
        evidence = self._evidence()
        arn = None if stream is None else delivery.find(evidence, str(getattr(stream, "arn", stream))).name.arn
        given = check_iterable("excuse", excuse, "clients by their ordinals, and shards or their ids")
        excused = frozenset(each if isinstance(each, int) else str(getattr(each, "id", each)) for each in given)
        repeats.check_deliveries(evidence, arn, excused)

    def assert_no_iterator_used_at_once(self) -> None:
        """Raise if two calls with the same iterator were under way at the same time.

        Raises:
            AssertionError: names the shard and both calls.
        """
        repeats.check_iterators(self._evidence())

    def assert_no_closed_shard_read_again(self) -> None:
        """Raise if a client read a shard again after it had got the page without a NextShardIterator.

        A call of the client that failed in between is a cause, as for `assert_no_record_delivered_twice`.

        Raises:
            AssertionError: names the shard and both calls.
        """
        repeats.check_closed_shards(self._evidence())

    def assert_sequence_numbers_known(self) -> None:
        """Raise if GetShardIterator was asked for a sequence number that no answer has shown.

        Before a shard is read, the number of any record of the shard may be a checkpoint from before the call log.

        Raises:
            AssertionError: names the sequence number and the call.
        """
        made_requests.check_numbers(self._evidence())

    def assert_rates(self) -> None:
        """Raise if listings came faster than AWS allows: 10 DescribeStream and 5 ListStreams a second (D).

        Windows of two seconds of the mock's clock are counted.

        Raises:
            AssertionError: names the operation, the region and the first call.
            StreamStateError: the clock stood still between too many calls, so they have no rate.
        """
        made_requests.check_rates(self._evidence())

    def assert_delivered_within(
        self, stream: Any, *, calls: int | None = None, time: timedelta | float | None = None
    ) -> None:
        """Raise unless every record of a stream arrived soon after the last one was written.

        Args:
            stream: the Stream, its table's name (the newest stream) or its ARN.
            calls: how many calls may come after the last write.
            time: how much time of the mock's clock may pass after the last write, a timedelta or seconds.

        Raises:
            AssertionError: names the shard and the first record that came too late.
            InvalidOption: neither bound is given, or one does not fit.
            UnknownStream: there is no such stream.
        """
        if calls is None and time is None:
            raise InvalidOption("assert_delivered_within() needs a bound; write calls=20 or time=60, for instance")
        most = None if calls is None else check_count("calls", calls, least=0)
        longest = None if time is None else to_duration("time", time)
        delivery.check_liveness(self._evidence(), str(getattr(stream, "arn", stream)), most, longest)

    def _evidence(self) -> Evidence:
        """Return the calls beside the records that the streams hold now."""
        raise NotImplementedError  # pragma: no cover - the call log has it
