"""`stream.replay`: records of production in the forms in which people keep them."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidItem, StreamStateError, UserIdentity, to_lambda_event

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_ddbstreams import Clock, Stream, StreamsMock

NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)

pytestmark = [
    pytest.mark.ddbstreams(freeze=NOW),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

RAW = b"\x00\xff"
NEW = {"pk": {"S": "o#1"}, "raw": {"B": "AP8="}, "all": {"L": [{"BS": ["YQ==", "Yg=="]}, {"M": {"b": {"B": "Yw=="}}}]}}
NEW_TYPED = {"pk": {"S": "o#1"}, "raw": {"B": RAW}, "all": {"L": [{"BS": [b"a", b"b"]}, {"M": {"b": {"B": b"c"}}}]}}
OLD = {"pk": {"S": "o#1"}, "n": {"N": "1"}}
IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

FIRST = {"Id": {"N": "101"}, "Message": {"S": "New item!"}}
SECOND_IMAGE = {"Id": {"N": "101"}, "Message": {"S": "This item has changed"}}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("INSERT", {"NewImage": FIRST}),
    ("MODIFY", {"NewImage": SECOND_IMAGE, "OldImage": FIRST}),
    ("REMOVE", {"OldImage": SECOND_IMAGE}),
]
#: An event as in AWS's documentation: ids and sequence numbers do not fit the API's schema, and times are missing.
SAMPLE: dict[str, Any] = {
    "Records": [
        {
            "eventID": str(index),
            "eventName": name,
            "eventVersion": "1.0",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-west-2",
            "dynamodb": {
                "Keys": {"Id": {"N": "101"}},
                **images,
                "SequenceNumber": str(index) * 3,
                "SizeBytes": 26,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": "stream-ARN",
        }
        for index, (name, images) in enumerate(CHANGES, start=1)
    ]
}


def in_lambda(name: str = "INSERT", *, dynamodb: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return a record as Lambda logs it, with members replaced; None removes a member of ``dynamodb``."""
    images: dict[str, dict[str, Any]] = {
        "INSERT": {"NewImage": NEW},
        "MODIFY": {"NewImage": NEW, "OldImage": OLD},
        "REMOVE": {"OldImage": OLD},
    }
    change = {
        "ApproximateCreationDateTime": 1_700_000_000.0,
        "Keys": {"pk": {"S": "o#1"}},
        **images[name],
        "SequenceNumber": "700000000000000000000001",
        "SizeBytes": 5,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        **(dynamodb or {}),
    }
    return {
        "eventID": "0123456789abcdef" * 2,
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {member: value for member, value in change.items() if value is not None},
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:999999999999:table/prod/stream/2023-01-01T00:00:00.000",
        **members,
    }


def made_at(*times: Any) -> list[dict[str, Any]]:
    return [in_lambda(dynamodb={"ApproximateCreationDateTime": time, "SequenceNumber": None}) for time in times]


def refusal(stream: Stream, source: Any) -> str:
    with pytest.raises(InvalidItem) as caught:
        stream.replay(source)
    assert stream.records == []
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a JSON file that a test writes."""
    return tmp_path / "event.json"


# Sources


def test_replay_writes_and_returns_the_records_of_a_lambda_event(ddbstreams_stream: Stream) -> None:
    written = ddbstreams_stream.replay({"Records": [in_lambda(), in_lambda("REMOVE")]})
    assert isinstance(written, tuple)
    assert [record.event_name for record in written] == ["INSERT", "REMOVE"]
    assert ddbstreams_stream.records == list(written)


def test_replay_gives_the_record_of_a_lambda_event_the_form_of_get_records(ddbstreams_stream: Stream) -> None:
    [record] = ddbstreams_stream.replay({"Records": [in_lambda()]})
    assert record == {
        "eventID": "0123456789abcdef" * 2,
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": NOW,
            "Keys": {"pk": {"S": "o#1"}},
            "NewImage": NEW_TYPED,
            "SequenceNumber": "700000000000000000000001",
            "SizeBytes": 5 + 5 + 3 + 2 + 3 + (3 + 2 + 2 + (3 + 1 + 1 + 1)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


def test_replay_writes_the_records_of_a_response_of_get_records(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    source = ddbstreams_mock.create_stream("prod", region="us-east-1")
    source.insert({"pk": "o#1", "raw": b"abcd", "tags": {"a", "b"}})  # these bytes are valid base64 too
    source.remove({"pk": "o#1"}, by_ttl=True)
    iterator = ddbstreams_client.get_shard_iterator(
        StreamArn=source.arn, ShardId=source.shards[0].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    page = ddbstreams_client.get_records(ShardIterator=iterator)

    written = ddbstreams_stream.replay(page)

    assert [(record.new_image, record.old_image) for record in written] == [
        (record.new_image, record.old_image) for record in source.records
    ]
    assert written[1].user_identity == UserIdentity("Service", "dynamodb.amazonaws.com")


def test_replay_writes_the_records_of_a_list_in_either_form(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    other = ddbstreams_mock.create_stream("prod").insert({"pk": "o#2"})
    written = ddbstreams_stream.replay([in_lambda(), other])
    assert [record.keys["pk"] for record in written] == [{"S": "o#1"}, {"S": "o#2"}]


@pytest.mark.parametrize("as_text", [False, True])
def test_replay_reads_a_json_file(ddbstreams_stream: Stream, file: Path, *, as_text: bool) -> None:
    file.write_text(json.dumps({"Records": [in_lambda()]}))
    [record] = ddbstreams_stream.replay(str(file) if as_text else file)
    assert record.new_image == NEW_TYPED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_replay_reads_a_json_file_in_each_encoding_of_unicode(
    ddbstreams_stream: Stream, file: Path, encoding: str
) -> None:
    image = {**NEW, "s": {"S": "é"}}
    file.write_text(json.dumps([in_lambda(dynamodb={"NewImage": image})], ensure_ascii=False), encoding)
    assert ddbstreams_stream.replay(file)[0].new_image == {**NEW_TYPED, "s": {"S": "é"}}


def test_replay_reads_the_payload_of_an_on_failure_object_of_s3(ddbstreams_stream: Stream, file: Path) -> None:
    failed = {"requestContext": {}, "DDBStreamBatchInfo": {}, "payload": json.dumps({"Records": [in_lambda()]})}
    file.write_text(json.dumps(failed))
    assert [record.new_image for record in ddbstreams_stream.replay(file)] == [NEW_TYPED]


def test_replay_reads_a_payload_that_was_decoded_before(ddbstreams_stream: Stream) -> None:
    assert len(ddbstreams_stream.replay({"payload": {"Records": [in_lambda()]}})) == 1


def test_an_on_failure_message_of_sqs_or_sns_is_refused_because_it_has_no_records(ddbstreams_stream: Stream) -> None:
    text = refusal(ddbstreams_stream, {"requestContext": {}, "DDBStreamBatchInfo": {"shardId": "shardId-0"}})
    assert text.startswith("source is an on-failure message of SQS or SNS, which has no records.")


@pytest.mark.parametrize("source", [None, 5, b"{}", {}, {"Records": 5}, {"Records": "x"}, in_lambda(), {"payload": 5}])
def test_a_source_without_records_is_refused_with_the_sources_that_there_are(
    ddbstreams_stream: Stream, source: Any
) -> None:
    assert "replay() takes a Lambda event, a response of GetRecords" in refusal(ddbstreams_stream, source)


def test_json_text_is_refused_because_a_text_is_a_path(ddbstreams_stream: Stream) -> None:
    assert "give json.loads(text)" in refusal(ddbstreams_stream, ' {"Records": []}')


def test_a_file_that_is_no_json_is_refused_by_its_path(ddbstreams_stream: Stream, file: Path) -> None:
    file.write_text("{'Records': []}")
    assert refusal(ddbstreams_stream, file).startswith(f"{file} is no JSON: ")


def test_a_payload_that_is_no_json_is_refused_by_its_place(ddbstreams_stream: Stream) -> None:
    assert refusal(ddbstreams_stream, {"payload": "{"}).startswith("source['payload'] is no JSON: ")


def test_a_file_that_does_not_exist_raises_the_error_of_python(ddbstreams_stream: Stream, file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ddbstreams_stream.replay(file)


@pytest.mark.parametrize("source", [{"Records": []}, []])
def test_replay_of_no_records_writes_none(ddbstreams_stream: Stream, source: Any) -> None:
    assert ddbstreams_stream.replay(source) == ()


def test_replay_does_not_change_its_source(ddbstreams_stream: Stream) -> None:
    source = {"Records": [in_lambda("REMOVE", userIdentity=IDENTITY)]}
    before = deepcopy(source)
    ddbstreams_stream.replay(source)
    assert source == before


def test_replay_into_a_disabled_stream_is_refused(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    with pytest.raises(StreamStateError):
        ddbstreams_stream.replay([in_lambda()])


# What is kept, and what becomes the stream's


def test_replay_accepts_the_sample_event_of_aws(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("samples", key_schema={"Id": "N"})
    written = stream.replay(SAMPLE)
    assert [(record.event_name, record.size_bytes) for record in written] == [
        ("INSERT", 5 + 21),
        ("MODIFY", 5 + 33 + 21),
        ("REMOVE", 5 + 33),
    ]
    numbers = [int(record.sequence_number) for record in written]
    assert numbers == sorted(numbers)
    assert len({record.event_id for record in written}) == 3
    assert {len(record.event_id) for record in written} == {32}
    assert {record.created_at for record in written} == {NOW}


def test_the_records_of_a_replay_keep_their_order(ddbstreams_stream: Stream) -> None:
    order = ["9", "5", "7", None, "8"]
    ddbstreams_stream.replay(
        [
            in_lambda(dynamodb={"SequenceNumber": digit and digit * 24, "NewImage": {**OLD, "n": {"N": digit or "0"}}})
            for digit in order
        ]
    )
    images = [record.new_image or {} for record in ddbstreams_stream.records]
    assert [image["n"]["N"] for image in images] == [digit or "0" for digit in order]


@pytest.mark.parametrize("number", ["111", "x" * 21, None, 700000000000000000000001, "9" * 40])
def test_a_sequence_number_that_does_not_fit_is_made_anew(ddbstreams_stream: Stream, number: Any) -> None:
    before = ddbstreams_stream.insert({"pk": "o#1"})
    [record] = ddbstreams_stream.replay([in_lambda(dynamodb={"SequenceNumber": number})])
    assert int(before.sequence_number) < int(record.sequence_number) < 10**39


def test_a_sequence_number_that_is_not_above_the_last_one_is_made_anew(ddbstreams_stream: Stream) -> None:
    first, second = ddbstreams_stream.replay([in_lambda(), in_lambda()])
    assert first.sequence_number == in_lambda()["dynamodb"]["SequenceNumber"]
    assert int(second.sequence_number) > int(first.sequence_number)


@pytest.mark.parametrize("version", ["1.0", "2.7"])
def test_the_event_version_of_a_replayed_record_is_kept(ddbstreams_stream: Stream, version: str) -> None:
    assert ddbstreams_stream.replay([in_lambda(eventVersion=version)])[0]["eventVersion"] == version


@pytest.mark.parametrize("version", [1.1, None])
def test_an_event_version_that_is_no_text_is_made_anew(ddbstreams_stream: Stream, version: Any) -> None:
    assert ddbstreams_stream.replay([in_lambda(eventVersion=version)])[0]["eventVersion"] == "1.1"


def test_an_identity_of_a_service_on_an_insert_is_kept(ddbstreams_stream: Stream) -> None:
    [record] = ddbstreams_stream.replay([in_lambda(userIdentity=IDENTITY)])
    assert record["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@pytest.mark.parametrize(
    "record", [in_lambda(userIdentity=None), {**in_lambda(), "dynamodb": {**in_lambda()["dynamodb"], "OldImage": None}}]
)
def test_a_member_that_is_null_counts_as_absent(ddbstreams_stream: Stream, record: dict[str, Any]) -> None:
    [written] = ddbstreams_stream.replay([record])
    assert "userIdentity" not in written
    assert "OldImage" not in written["dynamodb"]


@pytest.mark.ddbstreams_stream(view_type="NEW_IMAGE")
def test_a_record_whose_images_fit_gets_the_view_type_of_the_stream(ddbstreams_stream: Stream) -> None:
    assert ddbstreams_stream.replay([in_lambda()])[0].view_type == "NEW_IMAGE"


def test_a_replayed_record_reaches_a_lambda_function_with_the_arn_of_the_stream(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.replay([in_lambda()])
    [record] = to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream)["Records"]
    assert (record["eventSourceARN"], record["awsRegion"]) == (ddbstreams_stream.arn, "us-east-1")


def test_an_event_of_the_stream_is_the_same_after_its_replay(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for version in range(3):
        ddbstreams_stream.put({"pk": "o#1", "raw": RAW, "version": version})
    event = to_lambda_event(ddbstreams_stream.records)
    twin = ddbstreams_mock.create_stream("twins")
    twin.replay(event)
    replayed = to_lambda_event(twin.records)
    for record in [*event["Records"], *replayed["Records"]]:
        del record["dynamodb"]["SequenceNumber"]
    assert replayed == event


def test_the_image_of_a_replayed_record_is_the_item_that_was_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.replay([in_lambda()])
    assert ddbstreams_stream.put(NEW_TYPED) is None


# Times


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (1_700_000_000, 1_700_000_060),
        (1_700_000_000.0, 1_700_000_060.0),
        (Decimal(1700000000), Decimal("1700000060.0")),
        ("2023-11-14T22:13:20Z", "2023-11-14T22:14:20Z"),
        ("2023-11-14T22:13:20.000+00:00", "2023-11-15T00:14:20+02:00"),
        ("2023-11-14 22:13:20+00:00", "2023-11-14 22:14:20"),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc), datetime(2023, 11, 14, 22, 14, 20)),  # noqa: DTZ001
    ],
)
def test_the_newest_record_is_shown_as_made_now_and_others_as_much_earlier_as_they_were(
    ddbstreams_stream: Stream, earlier: Any, later: Any
) -> None:
    written = ddbstreams_stream.replay(made_at(earlier, later, earlier))
    assert [NOW - record.created_at for record in written] == [60 * SECOND, 0 * SECOND, 60 * SECOND]


def test_a_record_without_a_time_is_shown_as_made_now(ddbstreams_stream: Stream) -> None:
    written = ddbstreams_stream.replay(made_at(1_700_000_000, None, 1_700_000_010))
    assert [NOW - record.created_at for record in written] == [10 * SECOND, 0 * SECOND, 0 * SECOND]


def test_the_24_hours_of_replayed_records_begin_at_the_replay(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock
) -> None:
    ddbstreams_stream.replay(made_at(1_600_000_000, 1_700_000_000))
    ddbstreams_clock.tick(hours=24)
    assert len(ddbstreams_stream.records) == 2
    ddbstreams_clock.tick(seconds=1)
    assert ddbstreams_stream.records == []


def test_at_timestamp_finds_replayed_records_at_the_time_of_the_replay(
    ddbstreams_stream: Stream, ddbstreams_clock: Clock
) -> None:
    ddbstreams_stream.replay(made_at(1_600_000_000, 1_700_000_000))
    ddbstreams_clock.tick(hours=1)
    assert ddbstreams_stream.trim(before=NOW) == 0
    assert ddbstreams_stream.trim(before=NOW + SECOND) == 2


@pytest.mark.parametrize(
    "time", ["yesterday", True, float("nan"), float("inf"), 1e20, Decimal("sNaN"), {"seconds": 5}, ""]
)
def test_a_time_that_is_no_instant_is_refused_by_its_place(ddbstreams_stream: Stream, time: Any) -> None:
    text = refusal(ddbstreams_stream, {"Records": made_at(1, time)})
    assert text.startswith("source['Records'][1]['dynamodb']['ApproximateCreationDateTime'] is ")
    assert "epoch seconds, or ISO 8601 text" in text


def test_a_record_too_long_before_the_newest_one_is_refused(ddbstreams_stream: Stream) -> None:
    text = refusal(ddbstreams_stream, made_at("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"))
    assert text.startswith("source[0] was made at 0001-01-01 00:00:00+00:00, too long before the newest record")


# Refusals of a record


@pytest.mark.parametrize("image", [{**NEW, "raw": {"B": str(RAW)}}, {**NEW, "all": {"L": [{"BS": [str(b'"')]}]}}])
def test_a_binary_that_was_saved_as_text_of_python_bytes_is_refused_with_the_cure(
    ddbstreams_stream: Stream, image: dict[str, Any]
) -> None:
    text = refusal(ddbstreams_stream, {"Records": [in_lambda(dynamodb={"NewImage": image})]})
    assert text.startswith("source['Records'][0]: not a record of this stream: dynamodb.NewImage.")
    assert text.endswith("Save it as base64: base64.b64encode(value).decode()")


def test_the_cure_for_text_of_python_bytes_works(ddbstreams_stream: Stream) -> None:
    image = {**NEW, "raw": {"B": base64.b64encode(RAW).decode()}}
    assert ddbstreams_stream.replay([in_lambda(dynamodb={"NewImage": image})])[0].new_image == NEW_TYPED


@pytest.mark.parametrize(
    ("record", "shows"),
    [
        (5, r"source\[1\] is 5 \(int\): a record is a dict with a dict 'dynamodb'"),
        ({"body": "{}"}, r"source\[1\] is .*: a record is a dict with a dict 'dynamodb'"),
        (in_lambda(dynamodb={"Keys": {"id": {"S": "x"}}}), r"source\[1\]\['dynamodb'\]\['Keys'\] lacks the key"),
        (in_lambda(dynamodb={"Keys": {"pk": {"N": "1"}}}), r"source\[1\]\['dynamodb'\]\['Keys'\]\['pk'\] is "),
        (in_lambda(dynamodb={"Keys": None}), r"source\[1\]: .*dynamodb\.Keys: is missing"),
        (in_lambda(dynamodb={"NewImage": None}), r"source\[1\]: .*dynamodb\.NewImage: is missing"),
        (in_lambda("MODIFY", dynamodb={"OldImage": None}), r"source\[1\]: .*dynamodb\.OldImage: is missing"),
        (in_lambda(dynamodb={"OldImage": OLD}), r"source\[1\]: .*dynamodb\.OldImage: .*must not be there"),
        (in_lambda(dynamodb={"NewImage": {"pk": "o#1"}}), r"source\[1\]: .*dynamodb\.NewImage\.pk"),
        (in_lambda(dynamodb={"NewImage": {**OLD, "n": {"N": "x"}}}), r"source\[1\]\['dynamodb'\]\['NewImage'\]\['n'\]"),
        (in_lambda(dynamodb={"NewImage": {"pk": {"S": "o#2"}}}), r"\['NewImage'\]: its key is not that of Keys"),
        (in_lambda(eventSource="aws:kinesis"), r"source\[1\]: .*eventSource"),
        ({**in_lambda(), "eventName": "UPSERT"}, r"source\[1\]: .*eventName"),
        (in_lambda(userIdentity={"type": "Service"}), r"source\[1\]: .*userIdentity\.PrincipalId: is missing"),
        (in_lambda(userIdentity="root"), r"source\[1\]: .*userIdentity"),
        (in_lambda(colour="blue"), r"source\[1\]: .*colour"),
    ],
)
def test_a_record_that_cannot_be_replayed_is_refused_by_its_place_and_none_is_written(
    ddbstreams_stream: Stream, record: Any, shows: str
) -> None:
    with pytest.raises(InvalidItem, match=shows):
        ddbstreams_stream.replay([in_lambda(), record])
    assert ddbstreams_stream.records == []


@pytest.mark.parametrize(
    ("view_type", "shows"), [("KEYS_ONLY", "NewImage: .*must not be there"), ("OLD_IMAGE", "NewImage: .*must not be")]
)
def test_an_image_that_the_view_type_does_not_have_is_refused(
    ddbstreams_mock: StreamsMock, view_type: Any, shows: str
) -> None:
    stream = ddbstreams_mock.create_stream("views", view_type=view_type)
    with pytest.raises(InvalidItem, match=rf"source\[0\]: .*{shows}"):
        stream.replay([in_lambda()])


def test_the_refusal_of_a_record_in_a_file_begins_with_the_path(ddbstreams_stream: Stream, file: Path) -> None:
    file.write_text(json.dumps({"Records": [5]}))
    assert refusal(ddbstreams_stream, file).startswith(f"{file}['Records'][0] is 5 (int)")


def test_a_put_after_a_refused_replay_sees_no_item_of_it(ddbstreams_stream: Stream) -> None:
    assert refusal(ddbstreams_stream, [in_lambda(), 5])
    assert refusal(ddbstreams_stream, [in_lambda(), in_lambda(colour="blue")])
    record = ddbstreams_stream.put(NEW_TYPED)
    assert record is not None
    assert record.event_name == "INSERT"
