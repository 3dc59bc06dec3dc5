"""One invocation of a mapping's function, as a test reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _json
from .events import event_of_records, instant_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .events import StoredRecord

_LONGEST_SHOWN = 200


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Invocation:
    """One call of the handler.

    Attributes:
        shard: id of the shard that the records belong to.
        concurrent_batch: index of the batch among those that the shard may have under way at once, from 0.
        attempt: 1 for the first invocation with this batch, 2 for its first retry, and so on.
        reason: why the function was invoked: the batch was ``full``, its ``payload`` was full, its batching ``window``
            was over, or without a batching window records were ``available``; the batch was a ``retry``, one part of a
            ``bisect``, the ``remainder`` of a batch whose first records were processed, or a ``duplicate``; with
            tumbling windows, the next record ``tumbled`` into another window, or the invocation was the ``final`` one
            of its window.
        at: the time of the mock's clock.
        request_id: the ``aws_request_id`` of the context.
        response: the JSON data that the handler returned; None also when the handler raised.
        error: the exception that the handler raised, or None.
        is_success: whether Lambda counts all of the records as processed.
        warnings: texts about parts of the response that Lambda does not read as the function may mean them. A mapping
            warns of each kind once.
    """

    shard: str
    concurrent_batch: int
    attempt: int
    reason: str
    at: datetime
    request_id: str
    _records: Sequence[StoredRecord]
    _arn: str
    _window_members: bytes  # JSON text
    response: Any = None
    error: BaseException | None = None
    is_success: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def event(self) -> dict[str, Any]:
        """The event that the handler received, decoded anew, so without the changes that the handler made to it."""
        return event_with(self._records, self._arn, self._window_members)

    @property
    def sequence_numbers(self) -> tuple[str, ...]:
        """The sequence numbers of the records."""
        return sequence_numbers_of(self._records)

    def __repr__(self) -> str:
        concurrent = f" concurrent batch {self.concurrent_batch}" if self.concurrent_batch else ""
        return (
            f"{instant_text(self.at)} {self.shard}{concurrent} {span_of(self._records)}, {self.reason}, "
            f"attempt {self.attempt} -> {self._outcome()}"
        )

    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        problems = () if self.is_success else self.warnings
        return "; ".join([f"returned {shortened(self.response)}", *problems])


def event_with(records: Sequence[StoredRecord], arn: str, window_members: bytes) -> dict[str, Any]:
    """Return the event with these records of a stream, and the members of a tumbling window, which are JSON text."""
    event = event_of_records(records, arn)
    event.update(_json.decode(window_members))
    return event


def sequence_numbers_of(records: Sequence[StoredRecord]) -> tuple[str, ...]:
    """Return the sequence numbers of records as the API gives them."""
    return tuple(str(record.number) for record in records)


def span_of(records: Sequence[StoredRecord]) -> str:
    """Return the count and the sequence numbers of records, for a report."""
    if not records:
        return "no records"
    if len(records) == 1:
        return f"record {records[0].number}"
    return f"{len(records)} records {records[0].number}..{records[-1].number}"


def shortened(response: Any) -> str:
    """Return the repr of a response, cut to 200 characters."""
    text = repr(response)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
