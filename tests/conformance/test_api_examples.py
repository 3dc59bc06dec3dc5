"""The examples in the API's model: a stream shaped like the response of an example gives that response.

The examples are read from the installed botocore. This module names only the differences that are allowed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.loaders import Loader
from conformance.behaviours import iterator

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock

Document = dict[str, Any]

EXAMPLES: dict[str, list[Document]] = Loader().load_service_model("dynamodbstreams", "examples-1")["examples"]
CASES = [
    pytest.param(operation, example, id=example["id"])
    for operation, examples in sorted(EXAMPLES.items())
    for example in examples
]

_ARN = re.compile(r"arn:aws:dynamodb:(?P<region>[^:]+):(?P<account>\d+):table/(?P<table>[^/]+)/stream/(?P<label>[^|]+)")

#: The format and the time zone in which the examples write a creation time.
_WRITTEN_OUT = "%a %b %d %H:%M:%S PDT %Y"
_PACIFIC = timezone(timedelta(hours=-7))


# Mistakes in the examples


def mended(value: Any) -> Any:
    """Return the document of an example without the mistakes that no response can have."""
    if isinstance(value, dict):
        return {name: _mended_member(name, content) for name, content in value.items()}
    if isinstance(value, list):
        return [mended(entry) for entry in value]
    return value


def _mended_member(name: str, value: Any) -> Any:
    if name == "StreamArn":
        return value.replace("us-wesst-2", "us-west-2")  # the region of the other streams in the list
    if name == "ShardId" and not value.startswith("shardId-"):
        return f"shardId-{value}"  # the full id, as in DescribeStream's example
    if name == "eventVersion":
        return "1.1"  # as in every recorded record; the examples are older
    if name == "ApproximateCreationDateTime":
        return datetime.fromtimestamp(float(value), timezone.utc)  # a number on the wire, a string in the examples
    return mended(value)


# Comparison of responses


def comparable(value: Any) -> Any:
    """Return a response without its opaque parts."""
    if isinstance(value, dict):
        return {name: _comparable_member(name, entry) for name, entry in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    return value


def _comparable_member(name: str, value: Any) -> Any:
    if name.endswith("ShardIterator"):
        return re.sub(r"\d\|[^|]*$", "", value)  # the stream's ARN; the rest is opaque
    if name == "CreationRequestDateTime" and isinstance(value, datetime):
        return value.astimezone(_PACIFIC).strftime(_WRITTEN_OUT)  # as the examples write it, in seconds
    if name == "Streams":
        return sorted(value, key=lambda stream: stream["StreamArn"])  # AWS does not document the order
    return comparable(value)


# Streams shaped like responses


def shaped_for_list_streams(mock: StreamsMock, _: Document, answer: Document) -> Document:
    """Create the streams of each table one after the other. Only the newest of a table stays enabled."""
    for listed in sorted(answer["Streams"], key=lambda stream: stream["StreamLabel"]):
        mock.clock.move_to(listed["StreamLabel"])
        for older in mock.streams:
            if older.table_name == listed["TableName"] and older.status == "ENABLED":
                older.disable()
        mock.create_stream(listed["TableName"])
    return {}


def shaped_for_describe_stream(mock: StreamsMock, request: Document, answer: Document) -> Document:
    """Create a stream with the lineage of the response, then set its shard ids and sequence numbers.

    The ids and sequence numbers are set in the private state, because no public method sets them. The first shard of
    the example is older than its stream, so no movement of the clock could cause it.
    """
    described = answer["StreamDescription"]
    keys = {key["AttributeName"]: "S" for key in described["KeySchema"]}
    stream = mock.create_stream(described["TableName"], key_schema=keys, view_type=described["StreamViewType"])
    wanted = described["Shards"]
    for _ in wanted[1:]:
        stream.rotate()
    renamed = {shard.id: shard_wanted["ShardId"] for shard, shard_wanted in zip(stream.shards, wanted, strict=True)}
    lineage = stream._state.lineage
    for state, shard in zip(lineage.shards, wanted, strict=True):
        ends = shard["SequenceNumberRange"]
        state.id = renamed[state.id]
        state.parent_id = renamed.get(state.parent_id or "")
        state.starting_number = int(ends["StartingSequenceNumber"])
        state.ending_number = int(ends["EndingSequenceNumber"]) if "EndingSequenceNumber" in ends else None
    lineage.by_id.clear()
    lineage.by_id.update((state.id, state) for state in lineage.shards)
    return request


def shaped_for_get_shard_iterator(mock: StreamsMock, request: Document, _: Document) -> Document:
    """Create a stream with the shard of the request."""
    shard: Document = {"ShardId": request["ShardId"], "SequenceNumberRange": {"StartingSequenceNumber": "1" * 21}}
    described = {
        "TableName": _named(request)["table"],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamViewType": "KEYS_ONLY",
        "Shards": [shard],
    }
    shaped_for_describe_stream(mock, request, {"StreamDescription": described})
    return request


def shaped_for_get_records(mock: StreamsMock, _: Document, answer: Document) -> Document:
    """Create a stream and inject the records of the response."""
    stream = _stream_for_records(mock, answer)
    for record in answer["Records"]:
        stream.inject(record)
    return {"ShardIterator": _iterator_of(stream)}


def _stream_for_records(mock: StreamsMock, answer: Document) -> Stream:
    """Create an empty stream and move the clock to the records, because the example's stream is over 24 hours older."""
    stream_record = answer["Records"][0]["dynamodb"]
    keys = {name: next(iter(value)) for name, value in stream_record["Keys"].items()}
    stream = mock.create_stream(_named(answer)["table"], key_schema=keys, view_type=stream_record["StreamViewType"])
    mock.clock.move_to(max(record["dynamodb"]["ApproximateCreationDateTime"] for record in answer["Records"]))
    return stream


def _iterator_of(stream: Stream) -> str:
    return iterator(client_in(stream.region), stream.arn, stream.shards[0].id)


SHAPERS: dict[str, Callable[[StreamsMock, Document, Document], Document]] = {
    "DescribeStream": shaped_for_describe_stream,
    "GetRecords": shaped_for_get_records,
    "GetShardIterator": shaped_for_get_shard_iterator,
    "ListStreams": shaped_for_list_streams,
}


def _named(document: Any) -> dict[str, str]:
    """Return the parts of the first ARN in a document."""
    found = next(match for text in _texts(document) if (match := _ARN.match(text)))
    return found.groupdict()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from _texts(entry)


def client_in(region: str) -> Any:
    return boto3.Session().client("dynamodbstreams", region_name=region)


def answer_of(operation: str, region: str, request: Document) -> Document:
    """Send a request and return the response."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    answer: Document = getattr(client_in(region), name)(**request)
    return answer


def open_where(document: Document) -> Any:
    """Open a mock in the account and region of a document, frozen at the time when its stream was enabled."""
    place = _named(document)
    return mock_streams(region=place["region"], account_id=place["account"], freeze=place["label"])


def test_the_api_model_ships_examples_of_all_four_operations() -> None:
    assert {operation for operation, examples in EXAMPLES.items() if examples} == {*SHAPERS}


@pytest.mark.parametrize(("operation", "example"), CASES)
def test_the_request_of_an_example_gets_the_response_of_the_example(operation: str, example: Document) -> None:
    asked, answer = mended(example["input"]), mended(example["output"])
    with open_where(answer) as mock:
        request = SHAPERS[operation](mock, asked, answer)
        assert comparable(answer_of(operation, mock.options.region, request)) == comparable(answer)


@pytest.mark.parametrize("example", EXAMPLES["GetRecords"], ids=lambda example: example["id"])
def test_the_same_writes_make_the_records_of_an_example(example: Document) -> None:
    answer = mended(example["output"])
    with open_where(answer) as mock:
        stream = _stream_for_records(mock, answer)
        for record in answer["Records"]:
            stream_record = record["dynamodb"]
            mock.clock.move_to(stream_record["ApproximateCreationDateTime"])
            write: Any = getattr(stream, record["eventName"].lower())
            write(stream_record["Keys"])
        got = answer_of("GetRecords", stream.region, {"ShardIterator": _iterator_of(stream)})
    # The service chooses the sequence number and the event id of a change.
    for record in (*got["Records"], *answer["Records"]):
        del record["dynamodb"]["SequenceNumber"], record["eventID"]
    assert comparable(got) == comparable(answer)
