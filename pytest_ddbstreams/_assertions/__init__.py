"""What a log of calls proves about the consumer: four assertions that raise with the evidence.

Each oracle is a function over `Evidence`, a log beside what the streams hold. None of them can see what a consumer
does with its records; what it did with them it may be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._operations.calls import number_of
from . import (
    delivery,
    expired_iterators,
    listings,
    parents,
)
from .evidence import Evidence, Trail

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Assertions", "Evidence", "Trail"]


class Assertions:
    """The assertions of a log."""

    __slots__ = ()

    def assert_parents_before_children(self) -> None:
        """No shard was read while a record of a shard that it continues was still to come.

        Raises:
            AssertionError: one was; says which shard, which record and which call.
        """
        parents.check(self._evidence())

    def assert_every_record_delivered(self, stream: Any, *, to: Iterable[Any] | None = None) -> None:
        """Every record of a stream that can still be read was delivered, at least once.

        Not held against the consumer: what was trimmed, and what comes before the checkpoint with which it began.

        Args:
            stream: the stream: itself, its table's name (the newest one) or its ARN.
            to: what the consumer handled: records as GetRecords gives them, or their sequence numbers. None: what
                GetRecords was answered with counts as delivered, whatever became of it.

        Raises:
            AssertionError: a record was not; says which shard, which record and which call lost it.
            UnknownStream: there is no such stream.
            InvalidOption: something in ``to`` is no record.
        """
        handed = None if to is None else frozenset(map(number_of, to))
        delivery.check(self._evidence(), str(getattr(stream, "arn", stream)), handed)

    def assert_no_iterator_reused_after_expiry(self) -> None:
        """No iterator was used again after GetRecords had refused it as expired.

        Raises:
            AssertionError: one was; says of which shard, at which record and by which call.
        """
        expired_iterators.check(self._evidence())

    def assert_listing_followed_to_the_end(self) -> None:
        """No listing of streams or shards was left at a page that has more behind it.

        Raises:
            AssertionError: one was; says which call, and which shard was not seen.
        """
        listings.check(self._evidence())

    def _evidence(self) -> Evidence:
        """The log, beside what the streams hold at this moment."""
        raise NotImplementedError  # pragma: no cover - the log knows
