"""Events that a test makes: windows and streams of `to_lambda_event`, and `lambda_event`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from powertools_models import DynamoDBStreamModel

from pytest_ddbstreams import InvalidItem, InvalidOption, StreamsMock, _schemas, lambda_event, to_lambda_event

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, ViewType

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:05Z")

ITEM = {"pk": "o#1", "total": Decimal("9.50"), "blob": b"abc"}
BEFORE = {"pk": "o#1", "total": 1}
TYPED = {"pk": {"S": "o#1"}, "total": {"N": "9.5"}, "blob": {"B": "YWJj"}}
WINDOW = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}


def stream_record_of(event: dict[str, Any]) -> dict[str, Any]:
    [record] = event["Records"]
    stream_record: dict[str, Any] = record["dynamodb"]
    return stream_record


def images_of(event: dict[str, Any]) -> set[str]:
    return {"NewImage", "OldImage"} & set(stream_record_of(event))


# Streams


def test_the_records_of_an_event_keep_their_stream(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", region="eu-west-1")
    event = to_lambda_event([stream.insert({"pk": "1"})], stream=stream)
    assert to_lambda_event(event["Records"]) == event


def test_a_stream_that_is_given_goes_before_the_one_that_the_records_name(ddbstreams_mock: StreamsMock) -> None:
    stream, other = ddbstreams_mock.create_stream("orders"), ddbstreams_mock.create_stream("refunds")
    records = to_lambda_event([stream.insert({"pk": "1"})], stream=stream)["Records"]
    assert to_lambda_event(records, stream=other)["Records"][0]["eventSourceARN"] == other.arn


def test_records_of_two_streams_do_not_make_an_event(ddbstreams_mock: StreamsMock) -> None:
    streams = [ddbstreams_mock.create_stream(name) for name in ("orders", "refunds")]
    events = [to_lambda_event([stream.insert({"pk": "1"})], stream=stream) for stream in streams]
    with pytest.raises(
        InvalidItem, match=r"records are of several streams: .*orders.*refunds.* make an event for each"
    ):
        to_lambda_event([record for event in events for record in event["Records"]])


def test_records_of_two_regions_do_not_make_an_event(ddbstreams_mock: StreamsMock) -> None:
    streams = [ddbstreams_mock.create_stream("orders", region=region) for region in ("us-east-1", "eu-west-1")]
    with pytest.raises(InvalidItem, match=r"records are of several streams: \['eu-west-1', 'us-east-1'\]"):
        to_lambda_event([stream.insert({"pk": "1"}) for stream in streams])


def test_a_record_without_a_stream_joins_the_one_that_another_record_names(ddbstreams_stream: Stream) -> None:
    first, second = ddbstreams_stream.insert({"pk": "1"}), ddbstreams_stream.insert({"pk": "2"})
    [named] = to_lambda_event([first], stream=ddbstreams_stream)["Records"]
    event = to_lambda_event([named, second])
    assert {record["eventSourceARN"] for record in event["Records"]} == {ddbstreams_stream.arn}


def test_a_stream_that_a_record_names_must_be_an_arn(ddbstreams_stream: Stream) -> None:
    record = {**ddbstreams_stream.insert({"pk": "1"}), "eventSourceARN": "orders"}
    with pytest.raises(InvalidItem, match=r"Records\[0\].eventSourceARN: 'orders' breaks pattern"):
        to_lambda_event([record])


def test_a_record_without_a_region_beside_another_is_refused_by_the_schema(ddbstreams_stream: Stream) -> None:
    whole, part = ddbstreams_stream.insert({"pk": "1"}), dict(ddbstreams_stream.insert({"pk": "2"}))
    del part["awsRegion"]
    with pytest.raises(InvalidItem, match=r"Records\[1\].awsRegion: is missing"):
        to_lambda_event([whole, part])


# Windows


@pytest.mark.parametrize(
    "window",
    [
        60,
        timedelta(minutes=1),
        WINDOW,
        {"start": datetime(2026, 1, 1, tzinfo=timezone.utc), "end": datetime(2026, 1, 1, 0, 1, tzinfo=timezone.utc)},
    ],
    ids=str,
)
def test_a_window_makes_an_event_of_a_tumbling_window(ddbstreams_stream: Stream, window: Any) -> None:
    event = to_lambda_event([ddbstreams_stream.insert({"pk": "1"})], stream=ddbstreams_stream, window=window)
    assert _schemas.violations(_schemas.LAMBDA_EVENT, event) == ()
    assert (event["window"], event["state"], event["eventSourceARN"]) == (WINDOW, {}, ddbstreams_stream.arn)
    assert (event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) == (False, False)


def test_a_window_event_is_the_one_that_a_mapping_delivers(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    record = ddbstreams_stream.insert({"pk": "1"})
    mapping = ddbstreams_mock.event_source_mapping(
        ddbstreams_stream,
        lambda _event, _context: {"state": {}},
        starting_position="TRIM_HORIZON",
        tumbling_window_in_seconds=60,
    )
    [invocation] = mapping.poll()
    event = to_lambda_event([record], stream=ddbstreams_stream, window=60)
    assert {**event, "shardId": invocation.shard} == invocation.event


def test_a_window_without_records_is_the_final_event_of_the_window() -> None:
    event = to_lambda_event([], window=WINDOW)
    assert _schemas.violations(_schemas.LAMBDA_EVENT, event) == ()
    assert (event["Records"], event["isFinalInvokeForWindow"]) == ([], True)


@pytest.mark.skipif(not hasattr(DynamoDBStreamEvent, "window"), reason="this version of Powertools reads no windows")
def test_a_window_event_fits_the_models_of_powertools(ddbstreams_stream: Stream) -> None:
    event = to_lambda_event([ddbstreams_stream.insert({"pk": "1"})], window=60)
    DynamoDBStreamModel.model_validate(event)
    assert DynamoDBStreamEvent(event).window.start == WINDOW["start"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (0, "window=0 does not fit; window takes whole seconds, 1 to 900, or"),
        (901, "window takes whole seconds, 1 to 900"),
        (1.5, "window takes whole seconds"),
        (-1, "window takes seconds or a timedelta"),
        ("60", "window takes seconds or a timedelta"),
        ({"start": WINDOW["start"]}, "window takes its length in seconds, or {'start': …, 'end': …}"),
        ({"start": WINDOW["end"], "end": WINDOW["start"]}, "the start before the end"),
        ({"start": "now", "end": WINDOW["end"]}, "'now' is not an instant"),
    ],
    ids=str,
)
def test_a_window_that_is_none_is_refused(ddbstreams_stream: Stream, window: Any, text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        to_lambda_event([ddbstreams_stream.insert({"pk": "1"})], window=window)


def test_the_length_of_a_window_without_records_is_refused() -> None:
    with pytest.raises(InvalidOption, match="window=60 is the length of a window, and there is no record in it; give"):
        to_lambda_event([], window=60)


def test_records_of_two_windows_do_not_make_an_event(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    first = ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.clock.tick(seconds=60)
    with pytest.raises(InvalidItem, match="records are of several windows of 60 seconds"):
        to_lambda_event([first, ddbstreams_stream.insert({"pk": "2"})], window=60)


# lambda_event


@pytest.mark.parametrize(
    ("items", "name", "images"),
    [
        ({"new": ITEM}, "INSERT", {"NewImage": TYPED}),
        (
            {"new": ITEM, "old": BEFORE},
            "MODIFY",
            {"NewImage": TYPED, "OldImage": {"pk": {"S": "o#1"}, "total": {"N": "1"}}},
        ),
        ({"old": ITEM}, "REMOVE", {"OldImage": TYPED}),
    ],
    ids=["insert", "modify", "remove"],
)
def test_the_items_that_are_given_make_the_event(items: Any, name: str, images: Any) -> None:
    event = lambda_event(**items)
    stream_record = stream_record_of(event)
    assert event["Records"][0]["eventName"] == name
    assert {image: stream_record.get(image) for image in ("NewImage", "OldImage") if image in stream_record} == images
    assert stream_record["Keys"] == {"pk": {"S": "o#1"}}


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
        ("KEYS_ONLY", set()),
    ],
)
def test_an_event_has_the_images_of_its_view_type(view_type: ViewType, images: set[str]) -> None:
    event = lambda_event(new=ITEM, old=BEFORE, view_type=view_type)
    assert images_of(event) == images
    assert stream_record_of(event)["StreamViewType"] == view_type


@pytest.mark.parametrize("view_type", ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"])
@pytest.mark.parametrize("change", ["insert", "modify", "remove", "expire"])
def test_an_event_is_the_one_of_a_real_stream(ddbstreams_mock: StreamsMock, view_type: ViewType, change: str) -> None:
    stream = ddbstreams_mock.create_stream("orders", view_type=view_type)
    made = {
        "insert": lambda: (stream.insert(ITEM), lambda_event(new=ITEM, view_type=view_type)),
        "modify": lambda: (stream.modify(ITEM, old=BEFORE), lambda_event(new=ITEM, old=BEFORE, view_type=view_type)),
        "remove": lambda: (stream.remove({"pk": "o#1"}, old=ITEM), lambda_event(old=ITEM, view_type=view_type)),
        "expire": lambda: (
            stream.remove({"pk": "o#1"}, old=ITEM, by_ttl=True),
            lambda_event(old=ITEM, by_ttl=True, view_type=view_type),
        ),
    }
    record, event = made[change]()
    [expected] = to_lambda_event([record])["Records"]
    [actual] = event["Records"]
    expected["dynamodb"]["SequenceNumber"], expected["eventID"] = (
        stream_record_of(event)["SequenceNumber"],
        actual["eventID"],
    )
    assert actual == expected


def test_keys_alone_make_a_modify_of_keys_only() -> None:
    event = lambda_event(keys={"pk": "o#1"}, view_type="KEYS_ONLY")
    assert (event["Records"][0]["eventName"], images_of(event)) == ("MODIFY", set())
    assert stream_record_of(event)["Keys"] == {"pk": {"S": "o#1"}}


def test_keys_alone_by_time_to_live_make_a_remove() -> None:
    [record] = lambda_event(keys={"pk": "o#1"}, view_type="KEYS_ONLY", by_ttl=True)["Records"]
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_keys_beside_an_item_may_repeat_its_key() -> None:
    assert lambda_event(keys={"pk": "o#1"}, new=ITEM) == lambda_event(new=ITEM)


def test_a_key_schema_names_the_attributes_of_the_key() -> None:
    event = lambda_event(new={"customer": "c#1", "order": 5, "total": 1}, key_schema={"customer": "S", "order": "N"})
    assert stream_record_of(event)["Keys"] == {"customer": {"S": "c#1"}, "order": {"N": "5"}}


def test_a_typed_item_is_taken_as_it_is() -> None:
    assert stream_record_of(lambda_event(new={"pk": {"S": "o#1"}}))["NewImage"] == {"pk": {"S": "o#1"}}


def test_an_event_needs_no_open_mock_and_has_the_time_of_the_process_clock(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.clock.move_to("2026-03-01T00:00:00Z")
    assert stream_record_of(lambda_event(new=ITEM))["ApproximateCreationDateTime"] == 1772323200.0


def test_equal_changes_make_equal_events() -> None:
    assert lambda_event(new=ITEM) == lambda_event(new=ITEM)


def test_different_changes_have_different_identifiers() -> None:
    records = [lambda_event(new={"pk": str(number)})["Records"][0] for number in range(5)]
    assert len({record["eventID"] for record in records}) == 5
    assert len({record["dynamodb"]["SequenceNumber"] for record in records}) == 5


def test_the_records_of_made_events_make_one_event() -> None:
    records = [lambda_event(new={"pk": str(number)})["Records"][0] for number in range(3)]
    assert to_lambda_event(records) == {"Records": records}


@pytest.mark.parametrize(
    "arguments",
    [{"new": ITEM}, {"old": ITEM, "by_ttl": True}, {"keys": {"pk": "1"}, "view_type": "KEYS_ONLY"}],
    ids=str,
)
def test_a_made_event_fits_its_schema_and_the_models_of_powertools(arguments: Any) -> None:
    event = lambda_event(**arguments)
    assert _schemas.violations(_schemas.LAMBDA_EVENT, event) == ()
    [parsed] = DynamoDBStreamModel.model_validate(event).Records
    [record] = DynamoDBStreamEvent(event).records
    assert parsed.eventName == record.event_name.name  # type: ignore[union-attr]
    assert record.dynamodb is not None
    assert record.dynamodb.keys["pk"] in {"o#1", "1"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, r"lambda_event\(\) has no item; give new=, old= or both"),
        (
            {"keys": {"pk": "1"}},
            "keys alone does not go with view_type='NEW_AND_OLD_IMAGES', whose records have images",
        ),
        ({"keys": {"pk": "1"}, "view_type": "NEW_IMAGE"}, "or view_type='KEYS_ONLY'"),
        ({"new": ITEM, "view_type": "ALL"}, "view_type='ALL' does not fit; there are: NEW_IMAGE, OLD_IMAGE"),
        ({"new": ITEM, "by_ttl": True}, "by_ttl=True does not go with new=, because Time To Live deletes items"),
        ({"old": ITEM, "by_ttl": 1}, "by_ttl=1 does not fit; by_ttl takes True or False"),
        ({"new": ITEM, "key_schema": {"pk": "BOOL"}}, r"key_schema\['pk'\] is 'BOOL'"),
    ],
    ids=str,
)
def test_arguments_that_make_no_change_are_refused(arguments: Any, text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        lambda_event(**arguments)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"new": {"id": "1"}}, r"new lacks the key attribute 'pk'.* Another key is given by key_schema={'name': 'S'}"),
        ({"old": {"pk": 1}}, r"old\['pk'\] is .* Another key is given by key_schema="),
        ({"keys": {"id": "1"}, "view_type": "KEYS_ONLY"}, "keys lacks the key attribute 'pk'.* by key_schema="),
        ({"keys": {"pk": "1", "n": 1}, "view_type": "KEYS_ONLY"}, "a key holds nothing else"),
        ({"new": 5}, r"new is 5 \(int\): an item maps names to values"),
        ({"new": {"pk": "1", "total": 0.5}}, r"new\['total'\] is 0.5 \(float\)"),
        ({"new": {"pk": "1"}, "old": {"pk": "2"}}, "new and old have different keys; a change is one item's"),
        ({"new": {"pk": "1"}, "keys": {"pk": "2"}}, "new and keys have different keys"),
        ({"new": ITEM, "old": ITEM}, "new and old are equal, and DynamoDB writes no record where nothing changed"),
    ],
    ids=str,
)
def test_items_that_make_no_change_are_refused(arguments: Any, text: str) -> None:
    with pytest.raises(InvalidItem, match=text):
        lambda_event(**arguments)
