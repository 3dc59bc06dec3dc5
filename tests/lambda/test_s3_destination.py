from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import REPORTS, Handler, connect, fill, keys_of, reporting

from pytest_ddbstreams import InvalidOption, S3Destination, StreamsMock, _json

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def event_of(document: dict[str, Any]) -> Any:
    return _json.decode(document["payload"].encode())


def test_an_object_of_s3_has_the_event_as_text_beside_the_on_failure_record(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    bucket = S3Destination()
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=0, on_failure=bucket)
    [invocation] = mapping.drain()
    [document] = bucket.objects.values()
    assert event_of(document) == invocation.event
    assert {name: member for name, member in document.items() if name != "payload"} == mapping.discarded[0].document


def test_the_key_of_an_object_has_the_form_that_aws_documents(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    bucket = S3Destination()
    connect(
        ddbstreams_mock, Handler(poison={"o#0", "o#1"}), maximum_retry_attempts=0, batch_size=1, on_failure=bucket
    ).drain()
    shard = ddbstreams_stream.shards[0].id
    form = rf"aws/lambda/({UUID})/{shard}/2026/01/01/2026-01-01T00\.00\.00-({UUID})"
    (mapping, first), (same_mapping, second) = [
        found.groups() for key in bucket.objects if (found := re.fullmatch(form, key))
    ]
    assert mapping == same_mapping
    assert first != second


def test_two_mappings_write_different_objects_to_one_bucket(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    bucket = S3Destination()
    for _ in range(2):
        connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=0, on_failure=bucket)
    ddbstreams_mock.drain()
    assert len(bucket.objects) == 2
    assert repr(bucket) == "<S3Destination objects=2>"


def test_a_discarded_batch_says_the_key_of_its_object(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    bucket = S3Destination()
    mapping = connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=0, on_failure=bucket)
    mapping.drain()
    assert [one.object_key for one in mapping.discarded] == list(bucket.objects)


def test_the_payload_has_only_the_remainder_of_a_batch(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    bucket = S3Destination()
    mapping = connect(ddbstreams_mock, reporting("o#1"), maximum_retry_attempts=0, on_failure=bucket, **REPORTS)
    mapping.drain()
    [document] = bucket.objects.values()
    assert keys_of(event_of(document)) == ["o#1", "o#2"]


def test_the_payload_has_the_records_that_were_too_old(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=61)
    fill(ddbstreams_stream, 1, start=1)
    bucket = S3Destination()
    connect(ddbstreams_mock, Handler(), maximum_record_age_in_seconds=60, on_failure=bucket).drain()
    [document] = bucket.objects.values()
    assert keys_of(event_of(document)) == ["o#0"]


def failing_with_state(event: dict[str, Any], _context: Any) -> Any:
    """Report the first record as failed, and return a state for the next invocation of the window."""
    number = event["Records"][0]["dynamodb"]["SequenceNumber"]
    return {"state": {"seen": 1}, "batchItemFailures": [{"itemIdentifier": number}]}


def test_the_payload_has_the_state_of_the_window_that_the_function_received(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    bucket = S3Destination()
    windowed = {"tumbling_window_in_seconds": 900, "maximum_retry_attempts": 0, **REPORTS}
    [invocation] = connect(ddbstreams_mock, failing_with_state, on_failure=bucket, **windowed).poll()
    [document] = bucket.objects.values()
    assert event_of(document)["state"] == {}
    assert event_of(document) == invocation.event


def test_the_payload_has_the_window_of_records_that_the_function_never_saw(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=61)
    bucket = S3Destination()
    windowed = {"tumbling_window_in_seconds": 900, "maximum_record_age_in_seconds": 60}
    mapping = connect(ddbstreams_mock, failing_with_state, on_failure=bucket, **windowed)
    mapping.poll()
    [document] = bucket.objects.values()
    assert event_of(document)["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:15:00Z"}
    assert event_of(document) == mapping.discarded[0].event


def test_an_object_of_s3_can_be_replayed(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 2, data=b"\x00")
    bucket = S3Destination()
    connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=0, on_failure=bucket).drain()
    other = ddbstreams_mock.create_stream("other")
    [document] = bucket.objects.values()
    other.replay(document)
    assert keys_of({"Records": other.records}) == names


def test_a_function_gets_the_key_and_a_copy_of_each_object(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    keys: list[str] = []

    def put(key: str, document: dict[str, Any]) -> None:
        keys.append(key)
        document.clear()

    bucket = S3Destination(put)
    connect(ddbstreams_mock, Handler(poison={"o#0"}), maximum_retry_attempts=0, on_failure=bucket).drain()
    assert keys == list(bucket.objects)
    assert all(bucket.objects.values())


async def coroutine_function(*_: Any) -> None:
    """A callback that nothing would await."""


class CallableWithCoroutine:
    async def __call__(self, *_: Any) -> None:
        """A callback that nothing would await."""


@pytest.mark.parametrize("put", ["bucket", 5, []], ids=repr)
def test_an_s3_destination_refuses_what_is_no_function(put: Any) -> None:
    with pytest.raises(InvalidOption, match=r"put=.* does not fit; put takes a function of \(key, document\)"):
        S3Destination(put)


@pytest.mark.parametrize("put", [coroutine_function, CallableWithCoroutine()], ids=["function", "object"])
def test_an_s3_destination_refuses_a_coroutine_function(put: Any) -> None:
    with pytest.raises(InvalidOption, match=r"put=.* is a coroutine function.*; give a plain function"):
        S3Destination(put)


@pytest.mark.usefixtures("ddbstreams_stream")
@pytest.mark.parametrize("on_failure", [coroutine_function, CallableWithCoroutine()], ids=["function", "object"])
def test_an_on_failure_destination_that_is_a_coroutine_function_is_refused(
    ddbstreams_mock: StreamsMock, on_failure: Any
) -> None:
    with pytest.raises(InvalidOption, match=r"on_failure=.* is a coroutine function.*; give a plain function"):
        connect(ddbstreams_mock, Handler(), on_failure=on_failure)


@pytest.mark.usefixtures("ddbstreams_stream")
@pytest.mark.parametrize("on_failure", ["arn:aws:s3:::bucket", 5], ids=repr)
def test_an_on_failure_destination_that_is_no_destination_is_refused(
    ddbstreams_mock: StreamsMock, on_failure: Any
) -> None:
    accepted = r"on_failure takes a callable, a list, or an S3Destination\(\)"
    with pytest.raises(InvalidOption, match=f"on_failure=.* does not fit; {accepted}"):
        connect(ddbstreams_mock, Handler(), on_failure=on_failure)
