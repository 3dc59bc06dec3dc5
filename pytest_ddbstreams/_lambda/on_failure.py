"""Records that a mapping gives up, and the on-failure record that Lambda sends to a destination. R."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .events import event_of_records, instant_text
from .function import VERSION
from .invocations import sequence_numbers_of, span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .batcher import Batch
    from .event_source import EventSource
    from .events import StoredRecord
    from .function import Function
    from .settings import Settings
    from .shard_reader import ShardReader

RETRIES: Final = "RetryAttemptsExhausted"
AGE: Final = "RecordAgeExceeded"
#: Not a condition of Lambda, which sends no on-failure record for records that it could not read.
TRIMMED: Final = "Trimmed"

# The end of a slice that cuts microseconds to milliseconds.
_TO_MILLISECONDS = -3


@dataclass(slots=True, eq=False, repr=False, kw_only=True)
class Discarded:
    """Records that a mapping gave up.

    Attributes:
        condition: RetryAttemptsExhausted; RecordAgeExceeded, also for records that were trimmed while their batch was
            retried; or Trimmed, for records that were trimmed before the mapping read them.
        shard: id of their shard.
        at: the time of the mock's clock.
        attempts: how often the function was invoked with their batch; 0 if they were given up before the first time.
        start_sequence_number: sequence number of the first record; for Trimmed, a bound that may be no record's.
        end_sequence_number: sequence number of the last record.
        error: the last exception that the handler raised, or None.
        document: the on-failure record; None for Trimmed, for which Lambda sends none.
    """

    condition: str
    shard: str
    at: datetime
    attempts: int
    start_sequence_number: str | None
    end_sequence_number: str | None
    _arn: str
    _records: Sequence[StoredRecord] = ()
    error: BaseException | None = None
    document: dict[str, Any] | None = None

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records as an event has them; an empty list for Trimmed."""
        records: list[dict[str, Any]] = event_of_records(self._records, self._arn)["Records"]
        return records

    @property
    def sequence_numbers(self) -> tuple[str, ...]:
        """The sequence numbers of the records."""
        return sequence_numbers_of(self._records)

    def __repr__(self) -> str:
        span = span_of(self._records)
        if self.condition == TRIMMED:
            span = f"records {self.start_sequence_number}..{self.end_sequence_number}"
        return f"{instant_text(self.at)} {self.shard} {span} discarded: {self.condition}"


class OnFailure:
    """The records that a mapping gave up, and the destination of their on-failure records.

    Attributes:
        discarded: the records that were given up, in order.
    """

    def __init__(
        self,
        settings: Settings,
        source: EventSource,
        function: Function,
        destination: Callable[[dict[str, Any]], object] | None,
    ) -> None:
        self.discarded: list[Discarded] = []
        self._settings = settings
        self._source = source
        self._function = function
        self._destination = destination

    def discard_batch(self, reader: ShardReader, batch: Batch) -> None:
        """Give up a batch that has no retries left."""
        self._discard(RETRIES, reader, batch, batch.records)

    def discard_old(self, reader: ShardReader, batch: Batch) -> None:
        """Remove and give up the records of a batch that are older than the maximum age, or trimmed."""
        horizon, now = self._source.horizon(reader.shard), self._source.now()
        old = [record for record in batch.records if record.number < horizon or self._is_old(record, now)]
        if old:
            numbers = {record.number for record in old}
            batch.records = [record for record in batch.records if record.number not in numbers]
            self._discard(AGE, reader, batch, old)

    def note_trimmed(self, reader: ShardReader, first: int, last: int) -> None:
        """Note that records were trimmed before the mapping read them."""
        self.discarded.append(
            Discarded(
                condition=TRIMMED,
                shard=reader.shard.id,
                at=self._source.now(),
                attempts=0,
                start_sequence_number=str(first),
                end_sequence_number=str(last),
                _arn=self._source.arn,
            )
        )

    def _is_old(self, record: StoredRecord, now: datetime) -> bool:
        maximum = self._settings.maximum_record_age_in_seconds
        return maximum >= 0 and now.timestamp() - record.created_at > maximum

    def _discard(self, condition: str, reader: ShardReader, batch: Batch, records: list[StoredRecord]) -> None:
        reader.finish(records)
        numbers = sequence_numbers_of(records)
        discarded = Discarded(
            condition=condition,
            shard=reader.shard.id,
            at=self._source.now(),
            attempts=batch.attempts,
            start_sequence_number=numbers[0] if numbers else None,
            end_sequence_number=numbers[-1] if numbers else None,
            _arn=self._source.arn,
            _records=tuple(records),
            error=batch.last.error if batch.last else None,
        )
        discarded.document = self._on_failure_record(discarded, records, batch)
        self.discarded.append(discarded)
        if self._destination is not None:
            # A copy, because the destination may change it.
            self._destination(deepcopy(discarded.document))

    def _on_failure_record(self, discarded: Discarded, records: list[StoredRecord], batch: Batch) -> dict[str, Any]:
        """Return the record that Lambda sends to an on-failure destination. R."""
        document: dict[str, Any] = {
            "requestContext": {
                "requestId": batch.last.request_id if batch.last else self._function.request_id(),
                "functionArn": self._function.arn,
                "condition": discarded.condition,
                # 1 also for records that the function never saw. R
                "approximateInvokeCount": max(1, discarded.attempts),
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": VERSION,
                "functionError": None if discarded.error is None else "Unhandled",
            },
            "version": "1.0",
            "timestamp": f"{discarded.at:%Y-%m-%dT%H:%M:%S.%f}"[:_TO_MILLISECONDS] + "Z",
            "DDBStreamBatchInfo": {
                "shardId": discarded.shard,
                "startSequenceNumber": discarded.start_sequence_number,
                "endSequenceNumber": discarded.end_sequence_number,
                "approximateArrivalOfFirstRecord": _arrival(records[:1]),
                "approximateArrivalOfLastRecord": _arrival(records[-1:]),
                "batchSize": len(records),
                "streamArn": self._source.arn,
            },
        }
        if discarded.condition == AGE:
            del document["responseContext"]
        return document


def _arrival(records: Sequence[StoredRecord]) -> str | None:
    """Return the time of the first of some records as text, or None if there are no records."""
    if not records:
        return None
    return instant_text(datetime.fromtimestamp(records[0].created_at, timezone.utc))
