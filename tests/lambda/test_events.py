from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from powertools_models import DynamoDBStreamModel

from pytest_ddbstreams import InvalidItem, InvalidOption, _json, _schemas, to_lambda_event
from pytest_ddbstreams._lambda.events import StoredRecord, event_of_records

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamRecord

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00.750Z")

DEEP = {"pk": "o#1", "blob": b"abc", "blobs": {b"a"}, "deep": {"list": [b"abc", {"inner": b"\x00"}]}, "tags": {"x"}}


def write(stream: Stream) -> list[StreamRecord]:
    return [stream.insert(DEEP), stream.modify({**DEEP, "n": 1}), stream.remove({"pk": "o#1"}, by_ttl=True)]


def stored_record(record: StreamRecord) -> StoredRecord:
    return StoredRecord(int(record.sequence_number), _json.encode(record.to_dict()))


def test_a_record_of_an_event_has_its_stream_and_a_time_that_is_a_float(ddbstreams_stream: Stream) -> None:
    [record, *_] = to_lambda_event(write(ddbstreams_stream), stream=ddbstreams_stream)["Records"]
    assert record["eventSourceARN"] == ddbstreams_stream.arn
    assert repr(record["dynamodb"]["ApproximateCreationDateTime"]) == "1767225600.0"


def test_binary_values_are_base64_text_at_every_depth(ddbstreams_stream: Stream) -> None:
    [record, *_] = to_lambda_event(write(ddbstreams_stream))["Records"]
    image = record["dynamodb"]["NewImage"]
    assert (image["blob"], image["blobs"]) == ({"B": "YWJj"}, {"BS": ["YQ=="]})
    assert image["deep"] == {"M": {"list": {"L": [{"B": "YWJj"}, {"M": {"inner": {"B": "AA=="}}}]}}}


def test_the_names_in_a_user_identity_begin_with_small_letters(ddbstreams_stream: Stream) -> None:
    *_, record = to_lambda_event(write(ddbstreams_stream))["Records"]
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_every_form_of_a_record_gives_the_same_event(ddbstreams_stream: Stream) -> None:
    written = write(ddbstreams_stream)
    event = to_lambda_event(written, stream=ddbstreams_stream.arn)
    stored = [stored_record(record) for record in ddbstreams_stream.records]
    assert to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream) == event
    assert to_lambda_event(event["Records"], stream=ddbstreams_stream) == event
    assert event_of_records(stored, ddbstreams_stream.arn) == event


def test_an_event_fits_its_schema(ddbstreams_stream: Stream) -> None:
    assert _schemas.violations(_schemas.LAMBDA_EVENT, to_lambda_event(write(ddbstreams_stream))) == ()


def test_an_event_fits_the_models_of_powertools(ddbstreams_stream: Stream) -> None:
    event = to_lambda_event(write(ddbstreams_stream))
    parsed = DynamoDBStreamModel.model_validate(event)
    assert [record.eventName for record in parsed.Records] == ["INSERT", "MODIFY", "REMOVE"]
    [first, *_] = DynamoDBStreamEvent(event).records
    assert first.dynamodb is not None
    assert first.dynamodb.new_image["tags"] == {"x"}


def test_records_without_a_stream_name_a_stream_of_test_table_in_their_region(ddbstreams_stream: Stream) -> None:
    [record, *_] = to_lambda_event(write(ddbstreams_stream))["Records"]
    assert record["eventSourceARN"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/test-table/stream/")


def test_an_event_shares_nothing_with_the_records(ddbstreams_stream: Stream) -> None:
    records = ddbstreams_stream.records or write(ddbstreams_stream)
    event = to_lambda_event(records)
    event["Records"][0]["dynamodb"]["NewImage"]["tags"]["SS"].append("y")
    assert to_lambda_event(records)["Records"][0]["dynamodb"]["NewImage"]["tags"] == {"SS": ["x"]}


@pytest.mark.parametrize("stream", ["orders", 5])
def test_to_lambda_event_refuses_a_stream_that_is_not_a_stream_or_an_arn(stream: Any) -> None:
    with pytest.raises(InvalidOption, match=f"stream={stream!r} does not fit; stream takes a Stream or its ARN"):
        to_lambda_event([{}], stream=stream)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"eventName": "INSERT"}, r"Records\[0\].dynamodb: is missing"),
        ({"dynamodb": 5}, r"Records\[0\].dynamodb: 5 breaks type"),
        (5, r"record is 5 \(int\): give a StreamRecord, or a dict"),
    ],
)
def test_to_lambda_event_refuses_a_record_that_does_not_fit_into_an_event(record: Any, text: str) -> None:
    with pytest.raises(InvalidItem, match=text):
        to_lambda_event([record])


def test_to_lambda_event_refuses_an_empty_list() -> None:
    with pytest.raises(InvalidItem, match=r"Records: \[\] breaks minItems 1"):
        to_lambda_event([])


def test_the_size_of_a_record_is_its_share_of_the_payload(ddbstreams_stream: Stream) -> None:
    stored = stored_record(write(ddbstreams_stream)[0])
    arn = ddbstreams_stream.arn
    added = b',"eventSourceARN":"%b"}' % arn.encode()
    assert stored.size_in_event(arn) == len(stored.encoded[:-1] + added + b",")
