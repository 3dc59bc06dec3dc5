"""Records that a mapping gives up, and what Lambda sends to an on-failure destination. D/R.

A queue of SQS and a topic of SNS get the on-failure record. A bucket of S3 gets an object: the same record with one
member more, ``payload``, which is the text of the event.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .._checks import check_function, checks_keywords
from .events import instant_text
from .function import VERSION, random_uuid
from .invocations import event_with, sequence_numbers_of, span_of

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
        object_key: the key of the object that a bucket of S3 gets as the destination; None for Trimmed.
    """

    condition: str
    shard: str
    at: datetime
    attempts: int
    start_sequence_number: str | None
    end_sequence_number: str | None
    _arn: str
    _records: Sequence[StoredRecord] = ()
    _window_members: bytes = b"{}"  # JSON text
    error: BaseException | None = None
    document: dict[str, Any] | None = None
    object_key: str | None = None

    @property
    def event(self) -> dict[str, Any]:
        """The event with the records, as the function received it or would have received it."""
        return event_with(self._records, self._arn, self._window_members)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records as an event has them; an empty list for Trimmed."""
        records: list[dict[str, Any]] = self.event["Records"]
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


@checks_keywords
class S3Destination:
    """A bucket of S3 as the on-failure destination of a mapping.

    Args:
        put: is called with the key and the document of each object, to write it to another mock of S3, say.

    Attributes:
        objects: the documents of the objects by their keys, in order. `Stream.replay` takes such a document.
    """

    def __init__(self, put: Callable[[str, dict[str, Any]], object] | None = None) -> None:
        if put is not None:
            check_function("put", put, "a function of (key, document)", arguments=2)
        self.objects: dict[str, dict[str, Any]] = {}
        self._put = put

    def _write(self, discarded: Discarded) -> None:
        key, document = str(discarded.object_key), _object_of(discarded)
        self.objects[key] = document
        if self._put is not None:
            # A copy, because the function may change it.
            self._put(key, deepcopy(document))

    def __repr__(self) -> str:
        return f"<S3Destination objects={len(self.objects)}>"


def sender_of(on_failure: Any) -> Callable[[Discarded], object] | None:
    """Return the function that sends discarded records to a destination, or None if there is no destination.

    Args:
        on_failure: a callable or a list, which gets on-failure records, or an `S3Destination`; or None.

    Raises:
        InvalidOption: it is none of these.
    """
    if on_failure is None:
        return None
    if isinstance(on_failure, S3Destination):
        return on_failure._write  # noqa: SLF001 - private to this module
    put = on_failure.append if isinstance(on_failure, list) else on_failure
    check_function("on_failure", put, "a callable, a list, or an S3Destination()", arguments=1)
    # A copy, because the destination may change it.
    return lambda discarded: put(deepcopy(discarded.document))


class OnFailure:
    """The records that a mapping gave up, and the destination of their on-failure records.

    Attributes:
        discarded: the records that were given up, in order.
        send: sends them to the destination; None without a destination.
    """

    def __init__(
        self,
        settings: Settings,
        source: EventSource,
        function: Function,
        send: Callable[[Discarded], object] | None,
    ) -> None:
        self.discarded: list[Discarded] = []
        self._settings = settings
        self._source = source
        self._function = function
        self.send = send
        self._ids = Random(f"{source.seed}/lambda-objects/{source.ordinal}")  # noqa: S311 - repeatable
        self._mapping_id = random_uuid(self._ids)

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
            _window_members=self._window_members(reader, batch),
            error=batch.last.error if batch.last else None,
        )
        discarded.document = self._on_failure_record(discarded, records, batch)
        discarded.object_key = self._object_key(discarded)
        self.discarded.append(discarded)
        if self.send is not None:
            self.send(discarded)

    def _window_members(self, reader: ShardReader, batch: Batch) -> bytes:
        # Those of the last invocation, because its response may have changed the state of the window.
        if batch.last is not None:
            return batch.last._window_members  # noqa: SLF001 - private to the package
        return batch.window_members(reader.shard.id, self._source.arn)

    def _object_key(self, discarded: Discarded) -> str:
        """Return the key of an object: ``aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>``. D."""
        folder = f"aws/lambda/{self._mapping_id}/{discarded.shard}"
        return f"{folder}/{discarded.at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{random_uuid(self._ids)}"

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


def _object_of(discarded: Discarded) -> dict[str, Any]:
    """Return the document of the object that a bucket of S3 gets. D."""
    return {**deepcopy(discarded.document or {}), "payload": _json.encode(discarded.event).decode()}


def _arrival(records: Sequence[StoredRecord]) -> str | None:
    """Return the time of the first of some records as text, or None if there are no records."""
    if not records:
        return None
    return instant_text(datetime.fromtimestamp(records[0].created_at, timezone.utc))
