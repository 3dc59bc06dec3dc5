"""What happened: each invocation, and each record that was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .context import VERSION
from .events import created_at, event_of_texts
from .windows import instant_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .source import Entry

RETRIES: Final = "RetryAttemptsExhausted"
AGE: Final = "RecordAgeExceeded"
#: No word of Lambda's: nobody tells of records that it could not even read.
TRIMMED: Final = "Trimmed"

_MILLISECONDS = -3
_SHOWN = 200


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Invocation:
    """One call of the handler.

    Attributes:
        shard: id of the shard that the records are of.
        lane: which of the shard's batches under way it was, from 0.
        attempt: 1 for the first time with this batch, more for retries of it.
        reason: why the function was invoked: the batch was ``full``, its ``payload`` was, its batching ``window`` was
            over, or without one records were ``available``; a ``retry``, one part of a ``bisect``, or a ``duplicate``;
            with tumbling windows: the next record ``tumbled`` into another one, or the ``final`` one of a window.
        at: the mock's time.
        request_id: the context's ``aws_request_id``.
        response: what the handler returned, as JSON data; None also when it raised.
        error: what it raised, or None.
        is_success: whether Lambda takes all of its records for done.
    """

    shard: str
    lane: int
    attempt: int
    reason: str
    at: datetime
    request_id: str
    entries: Sequence[Entry]
    arn: str
    members: bytes = b"{}"
    response: Any = None
    error: BaseException | None = None
    is_success: bool = False

    @property
    def event(self) -> dict[str, Any]:
        """The event as the handler got it, made anew: what the handler did to its own does not show."""
        event = event_of_texts([entry.text for entry in self.entries], self.arn)
        event.update(_json.decode(self.members))
        return event

    @property
    def sequence_numbers(self) -> tuple[str, ...]:
        """The records' sequence numbers."""
        return tuple(str(entry.number) for entry in self.entries)

    def __repr__(self) -> str:
        lane = f" lane {self.lane}" if self.lane else ""
        return (
            f"{instant_text(self.at)} {self.shard}{lane} {_span(self.entries)}, {self.reason}, "
            f"attempt {self.attempt} -> {self._outcome()}"
        )

    def _outcome(self) -> str:
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        return "returned " + _shortened(self.response)


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Discarded:
    """Records that were given up.

    Attributes:
        condition: RetryAttemptsExhausted; RecordAgeExceeded, also where they expired; or Trimmed, where they were gone
            before they were read.
        shard: id of their shard.
        at: the mock's time.
        attempts: how often the function was invoked with them.
        start_sequence_number: of the first; of trimmed ones, no record's number but a bound.
        end_sequence_number: of the last.
        error: what the handler raised last, or None.
        document: the on-failure record; None for trimmed ones, of which Lambda tells nobody.
    """

    condition: str
    shard: str
    at: datetime
    attempts: int
    start_sequence_number: str | None
    end_sequence_number: str | None
    entries: Sequence[Entry]
    arn: str
    error: BaseException | None = None
    document: dict[str, Any] | None = None

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records as an event has them; trimmed ones are gone."""
        records: list[dict[str, Any]] = event_of_texts([entry.text for entry in self.entries], self.arn)["Records"]
        return records

    @property
    def sequence_numbers(self) -> tuple[str, ...]:
        """The records' sequence numbers."""
        return tuple(str(entry.number) for entry in self.entries)

    def __repr__(self) -> str:
        what = _span(self.entries)
        if self.condition == TRIMMED:
            what = f"records {self.start_sequence_number}..{self.end_sequence_number}"
        return f"{instant_text(self.at)} {self.shard} {what} discarded: {self.condition}"


def on_failure_document(discarded: Discarded, function_arn: str, request_id: str) -> dict[str, Any]:
    """The record that Lambda sends to an on-failure destination. R."""
    document: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": discarded.condition,
            "approximateInvokeCount": discarded.attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": VERSION,
            "functionError": None if discarded.error is None else "Unhandled",
        },
        "version": "1.0",
        "timestamp": f"{discarded.at:%Y-%m-%dT%H:%M:%S.%f}"[:_MILLISECONDS] + "Z",
        "DDBStreamBatchInfo": _batch_info(discarded),
    }
    if discarded.condition == AGE:
        del document["responseContext"]
    return document


def _batch_info(discarded: Discarded) -> dict[str, Any]:
    return {
        "shardId": discarded.shard,
        "startSequenceNumber": discarded.start_sequence_number,
        "endSequenceNumber": discarded.end_sequence_number,
        "approximateArrivalOfFirstRecord": _arrival(discarded.entries[:1]),
        "approximateArrivalOfLastRecord": _arrival(discarded.entries[-1:]),
        "batchSize": len(discarded.entries),
        "streamArn": discarded.arn,
    }


def _arrival(entries: Sequence[Entry]) -> str | None:
    """When the one record there was written, if there is one."""
    return instant_text(datetime.fromtimestamp(created_at(entries[0].text), timezone.utc)) if entries else None


def _span(entries: Sequence[Entry]) -> str:
    if not entries:
        return "no records"
    if len(entries) == 1:
        return f"record {entries[0].number}"
    return f"{len(entries)} records {entries[0].number}..{entries[-1].number}"


def _shortened(response: Any) -> str:
    text = repr(response)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
