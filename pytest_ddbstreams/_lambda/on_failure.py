"""What is given up: batches that fail for good, records that are too old, and those that were trimmed unread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .events import created_at, event_of_texts, instant_text
from .function import VERSION, Function
from .invocations import span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .batcher import Batch
    from .events import Entry
    from .settings import Settings
    from .shard_reader import Source, Track

RETRIES: Final = "RetryAttemptsExhausted"
AGE: Final = "RecordAgeExceeded"
#: No word of Lambda's: nobody tells of records that it could not even read.
TRIMMED: Final = "Trimmed"

_MILLISECONDS = -3


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
        what = span(self.entries)
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


class Discarding:
    """Gives records up, and tells the on-failure destination.

    Attributes:
        discarded: what was given up, in order.
    """

    def __init__(
        self, settings: Settings, source: Source, function: Function, tell: Callable[[dict[str, Any]], object] | None
    ) -> None:
        self.discarded: list[Discarded] = []
        self._settings = settings
        self._source = source
        self._function = function
        self._tell = tell

    def exhausted(self, track: Track, batch: Batch) -> None:
        """Give up a batch that failed as often as it may."""
        self._discard(RETRIES, track, batch, batch.entries)

    def drop_old(self, track: Track, batch: Batch) -> None:
        """Take the records out of a batch that are older than is wanted, or gone from the stream."""
        trimmed = self._source.trimmed_through(track.shard)
        old = [entry for entry in batch.entries if entry.number <= trimmed or self._is_old(entry)]
        if old:
            numbers = {entry.number for entry in old}
            batch.entries = [entry for entry in batch.entries if entry.number not in numbers]
            self._discard(AGE, track, batch, old)

    def lost(self, track: Track, first: int, last: int) -> None:
        """Note that records were trimmed before they could be read; Lambda tells nobody."""
        self.discarded.append(
            Discarded(
                condition=TRIMMED,
                shard=track.shard.id,
                at=self._source.now(),
                attempts=0,
                start_sequence_number=str(first),
                end_sequence_number=str(last),
                entries=(),
                arn=self._source.arn,
            )
        )

    def _is_old(self, entry: Entry) -> bool:
        bound = self._settings.maximum_record_age_in_seconds
        return bound >= 0 and self._source.now().timestamp() - created_at(entry.text) > bound

    def _discard(self, condition: str, track: Track, batch: Batch, entries: list[Entry]) -> None:
        track.finish(entries)
        made = Discarded(
            condition=condition,
            shard=track.shard.id,
            at=self._source.now(),
            attempts=batch.attempts,
            start_sequence_number=str(entries[0].number) if entries else None,
            end_sequence_number=str(entries[-1].number) if entries else None,
            entries=tuple(entries),
            arn=self._source.arn,
            error=batch.last.error if batch.last else None,
        )
        request_id = batch.last.request_id if batch.last else self._function.request_id()
        made.document = on_failure_document(made, self._function.arn, request_id)
        self.discarded.append(made)
        if self._tell is not None:
            self._tell(_json.decode(_json.encode(made.document)))
