"""Records that come twice, iterators in two calls, and closed shards that are read again: caught or excused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from assertions.readers import iterator, pages
from assertions.test_bad_consumers import evidence

from pytest_ddbstreams import UnknownStream

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def read(client: Any, stream: Stream, kind: str = "TRIM_HORIZON", **more: str) -> list[Any]:
    """Read the first shard from a position to its tip, record by record."""
    token = iterator(client, stream.arn, stream.shards[0].id, kind, **more)
    return [record for page in pages(client, token, limit=1) for record in page]


def another_client() -> Any:
    return boto3.client("dynamodbstreams", region_name="us-east-1")


@pytest.fixture
def written(ddbstreams_stream: Stream) -> Stream:
    for number in range(3):
        ddbstreams_stream.insert({"pk": str(number)})
    return ddbstreams_stream


# No record twice


def test_a_client_that_reads_a_shard_from_its_start_again_is_caught(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    [first, *_] = read(ddbstreams_client, written)
    read(ddbstreams_client, written)

    assert evidence(ddbstreams_mock.calls.assert_no_record_delivered_twice, written).startswith(
        "a record was delivered twice to one client, and no call failed in between:\n"
        f"  shard {written.shards[0].id}, sequence number {first['dynamodb']['SequenceNumber']}\n"
        "    first by calls[1] GetRecords\n"
        "    again by calls[6] GetRecords\n"
    )


def test_a_client_that_uses_an_iterator_again_is_caught(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id)
    for _ in range(2):
        ddbstreams_client.get_records(ShardIterator=token, Limit=1)
    with pytest.raises(AssertionError, match="Keep the iterator of each shard"):
        ddbstreams_mock.calls.assert_no_record_delivered_twice()


def test_two_clients_may_read_the_same_records(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    read(ddbstreams_client, written)
    read(another_client(), written)
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


def test_the_record_of_a_checkpoint_may_come_again_for_each_page(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    [checkpoint, *_] = read(ddbstreams_client, written)
    number = checkpoint["dynamodb"]["SequenceNumber"]
    for _ in range(3):
        token = iterator(
            ddbstreams_client, written.arn, written.shards[0].id, "AT_SEQUENCE_NUMBER", SequenceNumber=number
        )
        ddbstreams_client.get_records(ShardIterator=token, Limit=1)
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


@pytest.mark.parametrize("operation", ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"])
def test_a_call_that_failed_in_between_is_a_cause(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any, operation: Any
) -> None:
    read(ddbstreams_client, written)
    token = ddbstreams_mock.calls.of("GetRecords")[0].request["ShardIterator"]
    fault = ddbstreams_mock.fail(operation, "LimitExceededException", times=None)
    calls: dict[str, Any] = {
        "GetRecords": lambda: ddbstreams_client.get_records(ShardIterator=token),
        "GetShardIterator": lambda: iterator(ddbstreams_client, written.arn, written.shards[0].id),
        "DescribeStream": lambda: ddbstreams_client.describe_stream(StreamArn=written.arn),
        "ListStreams": ddbstreams_client.list_streams,
    }
    with pytest.raises(ddbstreams_client.exceptions.ClientError):
        calls[operation]()
    fault.cancel()
    read(ddbstreams_client, written)
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


def test_a_call_about_another_shard_that_failed_is_no_cause(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    read(ddbstreams_client, written)
    child = written.rotate()
    ddbstreams_mock.fail("GetShardIterator", "InternalServerError", times=None, shard=child)
    with pytest.raises(ddbstreams_client.exceptions.InternalServerError):
        iterator(ddbstreams_client, written.arn, child.id)
    read(ddbstreams_client, written)
    with pytest.raises(AssertionError, match="was delivered twice"):
        ddbstreams_mock.calls.assert_no_record_delivered_twice()


def test_an_answer_that_was_lost_is_a_cause(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id)
    ddbstreams_mock.lose_answers("GetRecords")
    assert len(ddbstreams_client.get_records(ShardIterator=token)["Records"]) == 3  # botocore has tried again
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


@pytest.mark.parametrize("excused", ["client", "shard", "id"])
def test_an_excused_client_or_shard_is_not_judged(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any, excused: str
) -> None:
    read(ddbstreams_client, written)
    read(ddbstreams_client, written)
    shard = written.shards[0]
    excuses: dict[str, Any] = {"client": 1, "shard": shard, "id": shard.id}
    ddbstreams_mock.calls.assert_no_record_delivered_twice(excuse=[excuses[excused]])
    with pytest.raises(AssertionError):
        ddbstreams_mock.calls.assert_no_record_delivered_twice(excuse=[2, "shardId-of-another"])


def test_another_stream_is_not_judged(ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any) -> None:
    read(ddbstreams_client, written)
    read(ddbstreams_client, written)
    ddbstreams_mock.calls.assert_no_record_delivered_twice(ddbstreams_mock.create_stream("carts"))
    with pytest.raises(UnknownStream):
        ddbstreams_mock.calls.assert_no_record_delivered_twice("orders")


def test_a_request_without_a_client_is_not_judged(ddbstreams_mock: StreamsMock, written: Stream) -> None:
    from pytest_ddbstreams._service import Origin

    place = {"StreamArn": written.arn, "ShardId": written.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    perform, origin = ddbstreams_mock._service.perform, Origin("us-east-1")
    token = perform("GetShardIterator", place, origin)["ShardIterator"]
    for _ in range(2):
        perform("GetRecords", {"ShardIterator": token}, origin)
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


# No closed shard again


def test_a_client_that_reads_a_closed_shard_again_is_caught(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    written.rotate()
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id)
    for _ in range(2):
        ddbstreams_client.get_records(ShardIterator=token)
    assert evidence(ddbstreams_mock.calls.assert_no_closed_shard_read_again) == (
        "a closed shard was read again after its end:\n"
        f"  shard {written.shards[0].id}\n"
        "    first by calls[1] GetRecords\n"
        "    again by calls[2] GetRecords\n"
        "A page without a NextShardIterator is the last one: remember that the shard is finished."
    )


def test_an_open_shard_may_be_read_at_its_tip_again(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id, "LATEST")
    for _ in range(3):
        token = ddbstreams_client.get_records(ShardIterator=token)["NextShardIterator"]
    ddbstreams_mock.calls.assert_no_closed_shard_read_again()


# No iterator at once


def test_two_calls_with_one_iterator_at_once_are_caught(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id, "LATEST")
    ddbstreams_mock.after_call("GetRecords", lambda: another_client().get_records(ShardIterator=token))
    ddbstreams_client.get_records(ShardIterator=token)
    assert evidence(ddbstreams_mock.calls.assert_no_iterator_used_at_once) == (
        "an iterator was used by two calls at once:\n"
        f"  shard {written.shards[0].id}\n"
        "    first by calls[1] GetRecords\n"
        "    again by calls[2] GetRecords\n"
        "Let one thread or task read a shard, and wait for each page before the next call."
    )


def test_one_iterator_may_be_used_again_after_an_empty_page(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, written.arn, written.shards[0].id, "LATEST")
    for _ in range(2):
        ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_mock.calls.assert_no_iterator_used_at_once()
    ddbstreams_mock.calls.assert_no_record_delivered_twice()


def test_readers_of_different_shards_in_threads_are_not_caught(
    ddbstreams_mock: StreamsMock, written: Stream, ddbstreams_client: Any
) -> None:
    shards = written.split()

    def follow(shard_id: str) -> None:
        token: str | None = iterator(ddbstreams_client, written.arn, shard_id)
        for _ in range(5):
            token = ddbstreams_client.get_records(ShardIterator=token).get("NextShardIterator")

    threads = [threading.Thread(target=follow, args=(shard.id,)) for shard in shards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ddbstreams_mock.calls.assert_no_iterator_used_at_once()
    ddbstreams_mock.calls.assert_no_record_delivered_twice()
    ddbstreams_mock.calls.assert_no_closed_shard_read_again()
