"""Responses and errors as real clients get them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from pytest_ddbstreams import _service_errors

if TYPE_CHECKING:
    from pytest_ddbstreams import Operation, Stream, StreamsMock

#: The errors in botocore's model of each operation.
MODELLED = {
    "ListStreams": ["ResourceNotFoundException", "InternalServerError"],
    "DescribeStream": ["ResourceNotFoundException", "InternalServerError"],
    "GetShardIterator": ["ResourceNotFoundException", "InternalServerError", "TrimmedDataAccessException"],
    "GetRecords": [
        "ResourceNotFoundException",
        "InternalServerError",
        "LimitExceededException",
        "ExpiredIteratorException",
        "TrimmedDataAccessException",
    ],
}


@pytest.mark.parametrize(("operation", "code"), [(name, code) for name, codes in MODELLED.items() for code in codes])
def test_a_modelled_error_is_a_typed_exception_with_its_status_and_sentence(
    client: Any, ddbstreams_mock: StreamsMock, operation: Operation, code: str
) -> None:
    ddbstreams_mock.fail(operation, code)
    with pytest.raises(getattr(client.exceptions, code)) as caught:
        getattr(client, xform_name(operation))()
    error = _service_errors.SERVICE_ERRORS[code]
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (500 if code == "InternalServerError" else 400)
    assert response["Error"] == {"Code": code, "Message": error.sentence}


@pytest.mark.parametrize("code", ["ThrottlingException", "ValidationException"])
def test_an_error_that_is_not_modelled_is_a_plain_client_error(
    client: Any, ddbstreams_mock: StreamsMock, code: str
) -> None:
    ddbstreams_mock.fail("ListStreams", code)
    with pytest.raises(ClientError) as caught:
        client.list_streams()
    assert (type(caught.value), caught.value.response["Error"]["Code"]) == (ClientError, code)


@pytest.mark.usefixtures("ddbstreams_mock")
def test_a_client_that_checks_nothing_sends_wrong_types_too(client: Any) -> None:
    with pytest.raises(ClientError, match="SerializationException"):
        client.list_streams(TableName=5)


def test_the_records_that_a_client_parses_equal_those_of_the_shard(client: Any, ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", key_schema={"pk": "B", "sk": "N"})
    item = {
        "pk": b"\x00\xff",
        "sk": Decimal("1.5"),
        "text": "naïve 🙂",
        "flag": True,
        "off": False,
        "none": None,
        "texts": {"a", "b"},
        "numbers": {1, 2},
        "blobs": {b"\x00", b"\xff"},
        "map": {"B": b"\x01", "L": [b"\x02", {"M": b"\x03"}], "empty": {}},
        "list": [1, [], {}, ""],
    }
    stream.insert(item)
    stream.modify({**item, "text": "other"})
    stream.remove({"pk": item["pk"], "sk": item["sk"]}, by_ttl=True)
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = client.get_shard_iterator(**place)["ShardIterator"]
    assert client.get_records(ShardIterator=iterator)["Records"] == list(stream.shards[0].records)


def test_a_client_that_reads_parents_first_reads_every_record_in_order(client: Any, stream: Stream) -> None:
    names = [f"o#{number}" for number in range(9)]
    for number, name in enumerate(names):
        if number in {3, 6}:
            stream.rotate()
        stream.insert({"pk": name})
    stream.disable()
    shards = client.describe_stream(StreamArn=stream.arn)["StreamDescription"]["Shards"]
    read = [record for shard in shards for record in read_shard(client, stream, shard["ShardId"])]
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in read] == names


def read_shard(client: Any, stream: Stream, shard_id: str) -> list[dict[str, Any]]:
    place = {"StreamArn": stream.arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
    token = client.get_shard_iterator(**place)["ShardIterator"]
    records: list[dict[str, Any]] = []
    while token is not None:
        page = client.get_records(ShardIterator=token, Limit=2)
        records += page["Records"]
        token = page.get("NextShardIterator")
    return records
