"""The assertions of the call log: each raises with the evidence, or proves how a consumer reads.

Each is a function over `Evidence`, the calls beside the records of the streams. A call log does not show the work that
a consumer does with its records; the consumer's test can add that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._checks import checks_keywords
from .._exceptions import is_about_the_test
from .._operations.calls import number_of
from . import delivery, paging, parents
from .evidence import Evidence, Reads

if TYPE_CHECKING:
    from collections.abc import Iterable

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

    def _evidence(self) -> Evidence:
        """Return the calls beside the records that the streams hold now."""
        raise NotImplementedError  # pragma: no cover - the call log has it
