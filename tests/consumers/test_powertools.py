"""Powertools for AWS Lambda reads records of the mock: its data classes, batch processor and pydantic models."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBRecordEventName,
    StreamViewType,
)
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamModel, DynamoDBStreamRecordModel
from aws_lambda_powertools.utilities.typing import LambdaContext
from consumers.lambda_events import lambda_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

#: One attribute of each type that a data class returns as it was written.
ITEM = {
    "pk": "o#1",
    "total": Decimal("9.50"),
    "count": 3,
    "sizes": {Decimal(1), Decimal("-2.5")},
    "tags": {"a", "b"},
    "paid": True,
    "note": None,
    "lines": [{"sku": "x", "prices": [Decimal("0.5"), {"deep": {"c"}}]}],
}

#: Whether this version reads numbers of more than 37 characters unchanged.
READS_LONG_NUMBERS = tuple(map(int, version("aws-lambda-powertools").split(".")[:2])) >= (3, 36)


@pytest.fixture
def event(ddbstreams_stream: Stream, ddbstreams_client: Any) -> Callable[..., dict[str, Any]]:
    """Return a function that makes the event of all records that a client reads from a position in the first shard."""

    def made(**position: str) -> dict[str, Any]:
        iterator = ddbstreams_client.get_shard_iterator(
            StreamArn=ddbstreams_stream.arn,
            ShardId=ddbstreams_stream.shards[0].id,
            **position or {"ShardIteratorType": "TRIM_HORIZON"},
        )["ShardIterator"]
        records = ddbstreams_client.get_records(ShardIterator=iterator)["Records"]
        # As Lambda does it, the event passes through JSON.
        return json.loads(json.dumps(lambda_event(records, ddbstreams_stream.arn)))  # type: ignore[no-any-return]

    return made


def only(event: dict[str, Any]) -> DynamoDBRecord:
    """Return the data class of the only record of an event."""
    [record] = DynamoDBStreamEvent(event).records
    return record


def images(event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    change = only(event).dynamodb
    assert change is not None
    return change.keys, change.old_image, change.new_image


# Data classes


def test_the_data_class_of_a_record_has_its_event_stream_and_time(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    written = ddbstreams_stream.insert({"pk": "o#1"})

    record = only(event())

    assert (record.event_name, record.event_source) == (DynamoDBRecordEventName.INSERT, "aws:dynamodb")
    assert (record.event_source_arn, record.aws_region) == (ddbstreams_stream.arn, "us-east-1")
    assert record.dynamodb is not None
    assert record.dynamodb.sequence_number == written.sequence_number
    assert record.dynamodb.approximate_creation_date_time == 1767225600
    assert record.dynamodb.size_bytes == len("pko#1") * 2
    assert record.dynamodb.stream_view_type is StreamViewType.NEW_AND_OLD_IMAGES


def test_the_data_class_of_an_insert_has_the_new_image(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.insert(ITEM)
    assert images(event()) == ({"pk": "o#1"}, {}, ITEM)


def test_the_data_class_of_a_modify_has_both_images(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.modify(ITEM, old={"pk": "o#1", "total": 1})
    assert only(event()).event_name is DynamoDBRecordEventName.MODIFY
    assert images(event()) == ({"pk": "o#1"}, {"pk": "o#1", "total": 1}, ITEM)


def test_the_data_class_of_a_remove_has_the_old_image_only(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.remove({"pk": "o#1"}, old=ITEM)
    assert only(event()).event_name is DynamoDBRecordEventName.REMOVE
    assert images(event()) == ({"pk": "o#1"}, ITEM, {})


@pytest.mark.parametrize("by_ttl", [True, False])
def test_the_data_class_of_a_remove_by_time_to_live_has_a_user_identity(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]], *, by_ttl: bool
) -> None:
    ddbstreams_stream.remove({"pk": "o#1"}, old=ITEM, by_ttl=by_ttl)
    expected = {"type": "Service", "principalId": "dynamodb.amazonaws.com"} if by_ttl else {}
    assert only(event()).user_identity == expected


@pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}, view_type="KEYS_ONLY")
def test_the_data_class_has_empty_images_if_the_view_type_has_none(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.insert(ITEM)
    assert images(event()) == ({"pk": "o#1"}, {}, {})


def test_the_data_class_has_binary_values_as_base64_text(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    """Powertools documents that B and BS become bytes, but those of an event that came as JSON do not."""
    ddbstreams_stream.insert({"pk": "o#1", "photo": b"\x00\xff", "thumbs": {b"a", b"b"}, "in": [b"c"]})

    *_, new = images(event())

    assert new == {"pk": "o#1", "photo": "AP8=", "thumbs": {"YQ==", "Yg=="}, "in": ["Yw=="]}
    assert base64.b64decode(new["photo"]) == b"\x00\xff"
    assert {base64.b64decode(thumb) for thumb in new["thumbs"]} == {b"a", b"b"}


@pytest.mark.parametrize(
    ("number", "read_by_older"),
    [
        (Decimal("1E+100"), Decimal("1E+37")),
        (Decimal("-" + "1" * 38), Decimal("-" + "1" * 37)),
    ],
)
def test_the_data_class_cuts_numbers_of_more_than_37_characters_before_version_3_36(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]], number: Decimal, read_by_older: Decimal
) -> None:
    """Before 3.36 the deserializer cut a number after 38 characters, and counted its sign."""
    ddbstreams_stream.insert({"pk": "o#1", "number": number})

    *_, new = images(event())

    assert new["number"] == (number if READS_LONG_NUMBERS else read_by_older)


def test_a_decorated_handler_gets_the_data_class_of_an_event(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(3))

    @event_source(data_class=DynamoDBStreamEvent)
    def handler(event: DynamoDBStreamEvent, _: LambdaContext) -> list[str]:
        return [record.dynamodb.keys["pk"] for record in event.records if record.dynamodb]

    assert handler(event(), LambdaContext()) == ["o#0", "o#1", "o#2"]


# The batch processor


def processor(*, whole: bool = False, **options: Any) -> BatchProcessor:
    return BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=whole, **options)


def refuse(*keys: str, handled: list[str]) -> Callable[[DynamoDBRecord], None]:
    """Return a record handler that fails for items with these keys, and adds the key of each record to `handled`."""

    def handle(record: DynamoDBRecord) -> None:
        assert record.dynamodb is not None
        handled.append(record.dynamodb.keys["pk"])
        if handled[-1] in keys:
            raise ValueError(handled[-1])

    return handle


def process(event: dict[str, Any], handler: Callable[..., None], batch: BatchProcessor) -> list[str]:
    """Return the identifiers of the items that the batch processor reports as failed."""
    response = process_partial_response(event, handler, batch, context=None)
    return [str(failure["itemIdentifier"]) for failure in response["batchItemFailures"]]


def test_the_batch_processor_reports_no_failure_if_no_record_fails(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    handled: list[str] = []
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(3))

    assert process(event(), refuse(handled=handled), processor()) == []
    assert handled == ["o#0", "o#1", "o#2"]


def test_the_batch_processor_reports_a_failure_by_its_sequence_number(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    failed = ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_stream.insert({"pk": "o#2"})

    assert process(event(), refuse("o#1", handled=[]), processor()) == [failed.sequence_number]


def test_a_batch_that_is_read_again_at_the_reported_sequence_number_begins_with_the_failed_record(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    handled: list[str] = []
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(4))

    [failure] = process(event(), refuse("o#2", handled=[]), processor())
    again = event(ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=failure)

    assert process(again, refuse(handled=handled), processor()) == []
    assert handled == ["o#2", "o#3"]


def test_the_batch_processor_handles_records_after_a_failure_twice(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    """It continues after a failure, and Lambda retries from there, so the records of one item change their order."""
    handled: list[str] = []
    ddbstreams_stream.insert({"pk": "o#1", "state": "placed"})
    ddbstreams_stream.insert({"pk": "o#2"})

    [failure] = process(event(), refuse("o#1", handled=handled), processor())
    again = event(ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=failure)
    process(again, refuse(handled=handled), processor())

    assert handled == ["o#1", "o#2", "o#1", "o#2"]


def test_the_batch_processor_raises_if_every_record_fails(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(3))
    whole = processor(whole=True)

    with pytest.raises(BatchProcessingError, match=r"All records failed processing\. 3 individual errors"):
        process(event(), refuse("o#0", "o#1", "o#2", handled=[]), whole)


def test_the_batch_processor_reports_a_failure_of_a_model_by_its_sequence_number(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    failed = ddbstreams_stream.insert({"pk": "o#0"})
    ddbstreams_stream.insert({"pk": "o#1"})

    def handle(record: DynamoDBStreamRecordModel) -> None:
        if record.dynamodb.Keys["pk"] == "o#0":
            raise ValueError(record)

    assert process(event(), handle, processor(model=DynamoDBStreamRecordModel)) == [failed.sequence_number]


# Pydantic models


def test_the_pydantic_model_parses_every_kind_of_record(
    ddbstreams_stream: Stream, event: Callable[..., dict[str, Any]]
) -> None:
    ddbstreams_stream.insert(ITEM)
    ddbstreams_stream.modify({"pk": "o#1"})
    ddbstreams_stream.remove({"pk": "o#1"}, by_ttl=True)

    inserted, modified, removed = parse(event=event(), model=DynamoDBStreamModel).Records

    assert (inserted.eventName, inserted.dynamodb.OldImage, inserted.dynamodb.NewImage) == ("INSERT", None, ITEM)
    assert (modified.eventName, modified.dynamodb.OldImage, modified.dynamodb.NewImage) == (
        "MODIFY",
        ITEM,
        {"pk": "o#1"},
    )
    assert (removed.eventName, removed.dynamodb.NewImage) == ("REMOVE", None)
    assert removed.userIdentity is not None
    assert removed.userIdentity.principalId == "dynamodb.amazonaws.com"
