"""The examples in botocore's model of the API: a stream with the shape of an example gives the example's response.

The installed botocore has the examples. This module has the exceptions only.
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

#: Under an answer's time as a person would write it, and the clock that person goes by.
_WRITTEN_OUT = "%a %b %d %H:%M:%S PDT %Y"
_PACIFIC = timezone(timedelta(hours=-7))


# Errors in the examples


def mended(value: Any) -> Any:
    """Return the document of an example with its errors corrected."""
    if isinstance(value, dict):
        return {name: _mended_member(name, content) for name, content in value.items()}
    if isinstance(value, list):
        return [mended(entry) for entry in value]
    return value


def _mended_member(name: str, value: Any) -> Any:
    if name == "StreamArn":
        return value.replace("us-wesst-2", "us-west-2")  # no such region, and the listing's other streams lie in it
    if name == "ShardId" and not value.startswith("shardId-"):
        return f"shardId-{value}"  # DescribeStream's example has the same shard with its full id
    if name == "eventVersion":
        return "1.1"  # every recorded record says so; the examples are older
    if name == "ApproximateCreationDateTime":
        return datetime.fromtimestamp(float(value), timezone.utc)  # a number on the wire, a text in the examples
    return mended(value)


# The compared part of a response


def comparable(value: Any) -> Any:
    """Return a response without its opaque parts."""
    if isinstance(value, dict):
        return {name: _comparable_member(name, entry) for name, entry in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    return value


def _comparable_member(name: str, value: Any) -> Any:
    if name.endswith("ShardIterator"):
        return re.sub(r"\d\|[^|]*$", "", value)  # keeps the stream's ARN, and drops the opaque rest
    if name == "CreationRequestDateTime" and isinstance(value, datetime):
        return value.astimezone(_PACIFIC).strftime(_WRITTEN_OUT)  # the examples write it out, to the second
    if name == "Streams":
        return sorted(value, key=lambda stream: stream["StreamArn"])  # the order of the listing is not known
    return comparable(value)


# Streams with the shape of a response


def shaped_for_list_streams(streams: StreamsMock, _: Document, answer: Document) -> Document:
    """Create the streams of each table, one after the other, and disable all but the newest."""
    for listed in sorted(answer["Streams"], key=lambda stream: stream["StreamLabel"]):
        streams.clock.move_to(listed["StreamLabel"])
        for older in streams.streams:
            if older.table_name == listed["TableName"] and older.status == "ENABLED":
                older.disable()
        streams.create_stream(listed["TableName"])
    return {}


def shaped_for_describe_stream(streams: StreamsMock, request: Document, answer: Document) -> Document:
    """Create a stream with the lineage of the response, and give its shards the ids and numbers of the response.

    No user can choose ids and numbers, so the state of the stream is changed here. The first shard of the example is
    older than its stream, which no clock could cause.
    """
    described = answer["StreamDescription"]
    keys = {key["AttributeName"]: "S" for key in described["KeySchema"]}
    stream = streams.create_stream(described["TableName"], key_schema=keys, view_type=described["StreamViewType"])
    wanted = described["Shards"]
    for _ in wanted[1:]:
        stream.rotate()
    renamed = {shard.id: shard_wanted["ShardId"] for shard, shard_wanted in zip(stream.shards, wanted, strict=True)}
    lineage = stream._state.lineage
    for state, shard in zip(lineage.shards, wanted, strict=True):
        numbers = shard["SequenceNumberRange"]
        state.id = renamed[state.id]
        state.parent_id = renamed.get(state.parent_id or "")
        state.starting_number = int(numbers["StartingSequenceNumber"])
        state.ending_number = int(numbers["EndingSequenceNumber"]) if "EndingSequenceNumber" in numbers else None
    lineage.by_id.clear()
    lineage.by_id.update((state.id, state) for state in lineage.shards)
    return request


def shaped_for_get_shard_iterator(streams: StreamsMock, request: Document, _: Document) -> Document:
    """Create a stream with the shard of the request."""
    shard: Document = {"ShardId": request["ShardId"], "SequenceNumberRange": {"StartingSequenceNumber": "1" * 21}}
    described = {
        "TableName": _named(request)["table"],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamViewType": "KEYS_ONLY",
        "Shards": [shard],
    }
    shaped_for_describe_stream(streams, request, {"StreamDescription": described})
    return request


def shaped_for_get_records(streams: StreamsMock, _: Document, answer: Document) -> Document:
    """Create a shard with the records of the response."""
    stream = _stream_for_records(streams, answer)
    for record in answer["Records"]:
        stream.inject(record)
    return {"ShardIterator": _iterator_of(stream)}


def _stream_for_records(streams: StreamsMock, answer: Document) -> Stream:
    """Create an empty stream on the day of the response's records, because the example's stream is too old."""
    shown = answer["Records"][0]["dynamodb"]
    keys = {name: next(iter(value)) for name, value in shown["Keys"].items()}
    stream = streams.create_stream(_named(answer)["table"], key_schema=keys, view_type=shown["StreamViewType"])
    streams.clock.move_to(max(record["dynamodb"]["ApproximateCreationDateTime"] for record in answer["Records"]))
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
    """Return the response that a client gets."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    answer: Document = getattr(client_in(region), name)(**request)
    return answer


def open_where(document: Document) -> Any:
    """Open a mock in the account and region of a document, at the time when its stream was enabled."""
    place = _named(document)
    return mock_streams(region=place["region"], account_id=place["account"], freeze=place["label"])


def test_each_operation_has_an_example() -> None:
    assert {operation for operation, examples in EXAMPLES.items() if examples} == {*SHAPERS}


@pytest.mark.parametrize(("operation", "example"), CASES)
def test_an_example_of_the_api_is_answered_as_the_api_answers_it(operation: str, example: Document) -> None:
    asked, answer = mended(example["input"]), mended(example["output"])
    with open_where(answer) as streams:
        request = SHAPERS[operation](streams, asked, answer)
        assert comparable(answer_of(operation, streams.options.region, request)) == comparable(answer)


@pytest.mark.parametrize("example", EXAMPLES["GetRecords"], ids=lambda example: example["id"])
def test_the_records_of_an_example_come_out_of_the_same_changes_too(example: Document) -> None:
    answer = mended(example["output"])
    with open_where(answer) as streams:
        stream = _stream_for_records(streams, answer)
        for record in answer["Records"]:
            shown = record["dynamodb"]
            streams.clock.move_to(shown["ApproximateCreationDateTime"])
            write: Any = getattr(stream, record["eventName"].lower())
            write(shown["Keys"])
        got = answer_of("GetRecords", stream.region, {"ShardIterator": _iterator_of(stream)})
    # The service chooses the number and the id of a record.
    for record in (*got["Records"], *answer["Records"]):
        del record["dynamodb"]["SequenceNumber"], record["eventID"]
    assert comparable(got) == comparable(answer)
