"""Handlers made with Powertools for AWS Lambda, and in the style of chalice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyItemAlreadyExistsError
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer
from lambda_handlers import REPORTS, connect, given_up, keys_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

    from pytest_ddbstreams import Stream, StreamsMock


@pytest.fixture(autouse=True)
def _stream(ddbstreams_stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    ddbstreams_stream.write_many({"pk": f"o#{number}", "total": number} for number in range(5))


def batch_handler(processor: BatchProcessor, *poison: int) -> tuple[Callable[[Any, Any], Any], list[int]]:
    handled: list[int] = []

    def record_handler(record: DynamoDBRecord) -> None:
        assert record.dynamodb is not None
        total = int(record.dynamodb.new_image["total"])
        if total in poison:
            raise ValueError(f"cannot book {total}")
        handled.append(total)

    def handler(event: Any, context: Any) -> Any:
        return process_partial_response(event, record_handler, processor, context)

    return handler, handled


def test_the_batch_processor_of_powertools_reports_partial_failures(ddbstreams_mock: StreamsMock) -> None:
    handler, handled = batch_handler(BatchProcessor(event_type=EventType.DynamoDBStreams), 2)
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    mapping.drain()
    assert [keys_of(one.event) for one in mapping.invocations] == [
        ["o#0", "o#1", "o#2", "o#3", "o#4"],
        ["o#2", "o#3", "o#4"],
    ]
    assert handled == [0, 1, 3, 4, 3, 4]
    assert given_up(mapping.discarded) == [["o#2", "o#3", "o#4"]]


def test_powertools_raises_when_every_record_of_a_batch_fails(ddbstreams_mock: StreamsMock) -> None:
    handler, _ = batch_handler(BatchProcessor(event_type=EventType.DynamoDBStreams), 0, 1, 2, 3, 4)
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=1, **REPORTS)
    mapping.drain()
    assert [type(one.error) for one in mapping.invocations] == [BatchProcessingError] * 2
    assert given_up(mapping.discarded) == [["o#0", "o#1", "o#2", "o#3", "o#4"]]


def test_powertools_can_report_a_batch_in_which_every_record_fails(ddbstreams_mock: StreamsMock) -> None:
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    handler, _ = batch_handler(processor, 0, 1, 2, 3, 4)
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    [invocation] = mapping.drain()
    assert len(invocation.response["batchItemFailures"]) == 5
    assert given_up(mapping.discarded) == [["o#0", "o#1", "o#2", "o#3", "o#4"]]


def test_a_handler_with_powertools_data_classes_reads_the_event(ddbstreams_mock: StreamsMock) -> None:
    totals: list[Any] = []

    @event_source(data_class=DynamoDBStreamEvent)
    def handler(event: DynamoDBStreamEvent, _context: Any) -> None:
        totals.extend(record.dynamodb.new_image["total"] for record in event.records if record.dynamodb)

    [invocation] = connect(ddbstreams_mock, handler).drain()
    assert invocation.error is None
    assert totals == [0, 1, 2, 3, 4]


class InMemory(BasePersistenceLayer):
    """The store of the idempotency utility."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Powertools leaves it untyped
        self.kept: dict[str, DataRecord] = {}

    def _get_record(self, idempotency_key: str) -> DataRecord:
        return self.kept[idempotency_key]

    def _put_record(self, data_record: DataRecord) -> None:
        if data_record.idempotency_key in self.kept:
            raise IdempotencyItemAlreadyExistsError
        self.kept[data_record.idempotency_key] = data_record

    def _update_record(self, data_record: DataRecord) -> None:
        self.kept[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: DataRecord) -> None:
        del self.kept[data_record.idempotency_key]


def test_an_idempotent_function_of_powertools_handles_each_record_of_duplicated_batches_once(
    ddbstreams_mock: StreamsMock,
) -> None:
    booked: list[str] = []
    config = IdempotencyConfig(event_key_jmespath="eventID")

    @idempotent_function(  # type: ignore[untyped-decorator] # Powertools leaves it untyped
        data_keyword_argument="record", config=config, persistence_store=InMemory()
    )
    def book(record: dict[str, Any]) -> dict[str, Any]:
        booked.append(record["dynamodb"]["Keys"]["pk"]["S"])
        return {"booked": True}

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

    def handler(event: Any, context: Any) -> Any:
        config.register_lambda_context(context)
        return process_partial_response(event, lambda record: book(record=record.raw_event), processor, context)

    mapping = connect(ddbstreams_mock, handler, batch_size=2, duplicate=1, **REPORTS)
    mapping.drain()
    assert len(mapping.invocations) == 6
    assert booked == ["o#0", "o#1", "o#2", "o#3", "o#4"]


class App:
    """An application in the style of chalice, which makes a callable object of each registered function."""

    def on_dynamodb_record(self, stream_arn: str) -> Callable[[Callable[[Any], Any]], EventHandler]:
        return lambda function: EventHandler(function, stream_arn)


class EventHandler:
    def __init__(self, function: Callable[[Any], Any], stream_arn: str) -> None:
        self.function = function
        self.stream_arn = stream_arn

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        assert {record["eventSourceARN"] for record in event["Records"]} == {self.stream_arn}
        assert context.get_remaining_time_in_millis() > 0
        json.dumps(event)
        return self.function(event)


def test_a_callable_object_in_the_style_of_chalice_handles_events(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    app = App()
    seen = []

    @app.on_dynamodb_record(stream_arn=ddbstreams_stream.arn)
    def handle_orders(event: Any) -> None:
        seen.extend(keys_of(event))

    mapping = connect(ddbstreams_mock, handle_orders, batch_size=3)
    mapping.drain()
    assert seen == ["o#0", "o#1", "o#2", "o#3", "o#4"]
    assert [one.error for one in mapping.invocations] == [None, None]
