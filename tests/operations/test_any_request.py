"""Any request is answered or refused by the service, and is in the call log with its outcome."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import StreamsMock, _service_errors
from pytest_ddbstreams._operations import OPERATIONS
from pytest_ddbstreams._wire import TARGET_PREFIX, HttpRequest, answer

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

REFUSED = {name for name, refusal in _service_errors.SERVICE_ERRORS.items() if refusal.status == 400}


class World(NamedTuple):
    """A mock with streams in every state, and values of valid requests."""

    mock: StreamsMock
    arns: list[str]
    shard_ids: list[str]
    numbers: list[str]
    tokens: list[str]


def send(mock: StreamsMock, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"x-amz-target": TARGET_PREFIX + operation, "authorization": "signed"}
    response = answer(HttpRequest("POST", "localhost", headers, body), mock._service)
    document: dict[str, Any] = json.loads(response.body)
    return response.status, document


def tokens_of(mock: StreamsMock, stream: Stream) -> list[str]:
    requests = [
        {"StreamArn": stream.arn, "ShardId": shard.id, "ShardIteratorType": kind}
        for shard in stream.shards
        for kind in ("TRIM_HORIZON", "LATEST")
    ]
    return [send(mock, "GetShardIterator", json.dumps(request).encode())[1]["ShardIterator"] for request in requests]


@cache
def world() -> World:
    mock = StreamsMock()
    streams = [mock.create_stream(name) for name in ("orders", "customers")]
    for stream in streams:
        stream.write_many({"pk": str(number)} for number in range(5))
        stream.split()
        stream.write_many({"pk": str(number)} for number in range(5, 20))
    tokens = [token for stream in streams for token in tokens_of(mock, stream)]
    streams[0].trim(records=2)
    streams[1].disable()
    shards = [shard for stream in streams for shard in stream.shards]
    numbers = [shard.starting_sequence_number for shard in shards]
    numbers += [record["dynamodb"]["SequenceNumber"] for shard in shards for record in shard.records]
    return World(mock, [stream.arn for stream in streams], [shard.id for shard in shards], numbers, tokens)


# JSON as text, because Python's encoder cannot write all of it

literals = st.sampled_from(
    [
        *("null", "true", "false", "{}", "[]", '""', "0", "-0", "1", "-1", "1.0", "1e2", "1.5", "100", "101", "1000"),
        *("1001", "0.0", "1e-999", "1e999", "-1e999", "1e308", "NaN", "-Infinity", "1767225600", "1767225600.5"),
        *('"\\ud800"', '"\\u0000"', '"\\ud83d\\ude42"', f'"{"x" * 40}"', f'"{"|" * 40}"', f'"shardId-{"9" * 30}"'),
        *("1" + "0" * 30, "-1" + "0" * 400, "1" + "0" * 4000, "1" + "0" * 6000),
    ]
)
numbers = st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
texts = st.text(st.characters(), max_size=50).map(json.dumps)


def a_list(entries: list[str]) -> str:
    return f"[{','.join(entries)}]"


def an_object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def nested(levels: int, value: str) -> str:
    return '{"a":[' * levels + value + "]}" * levels


anything = st.recursive(
    literals | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3).map(a_list)
        | st.lists(st.tuples(texts, inner), max_size=3).map(an_object)
        | st.builds(nested, st.sampled_from([1, 5, 15, 16, 17, 250, 480, 5000]), inner)
    ),
    max_leaves=5,
)


@st.composite
def tampered(draw: st.DrawFn, source: st.SearchStrategy[str]) -> str:
    """Draw a text, and replace a part of it."""
    text = draw(source)
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    return text[:start] + draw(st.text(st.characters(), max_size=3)) + text[end:]


def near(*sources: list[str]) -> st.SearchStrategy[str]:
    """Return a strategy for JSON texts that are among these, or close to them."""
    valid = st.sampled_from([text for source in sources for text in source])
    return (valid | tampered(valid)).map(json.dumps)


@st.composite
def shard_filters(draw: st.DrawFn) -> str:
    members = {"Type": near(["CHILD_SHARDS"]) | anything, "ShardId": near(world().shard_ids) | anything}
    names = draw(st.lists(st.sampled_from(sorted(members)), unique=True))
    return an_object([(json.dumps(name), draw(members[name])) for name in names])


MEMBERS: dict[str, st.SearchStrategy[str]] = {
    "StreamArn": st.deferred(lambda: near(world().arns)),
    "ExclusiveStartStreamArn": st.deferred(lambda: near(world().arns)),
    "ShardId": st.deferred(lambda: near(world().shard_ids)),
    "ExclusiveStartShardId": st.deferred(lambda: near(world().shard_ids)),
    "ShardIterator": st.deferred(lambda: near(world().tokens)),
    "SequenceNumber": st.deferred(lambda: near(world().numbers)),
    "ShardIteratorType": near(
        ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]
    ),
    "Timestamp": numbers | literals,
    "Limit": numbers | literals,
    "TableName": near(["orders", "customers"]),
    "ShardFilter": st.deferred(shard_filters),
}
OFTEN = {
    "ListStreams": (),
    "DescribeStream": ("StreamArn",),
    "GetShardIterator": ("StreamArn", "ShardId", "ShardIteratorType"),
    "GetRecords": ("ShardIterator",),
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str]:
    """Draw an operation, and a request that is valid for it or nearly so."""
    operation = draw(st.sampled_from(sorted(OPERATIONS)))
    others = st.lists(st.sampled_from(sorted(MEMBERS)), max_size=3)
    names = dict.fromkeys([*OFTEN[operation], *draw(others)])
    dropped = draw(st.sets(st.sampled_from(sorted(MEMBERS)), max_size=1))
    members = [
        (json.dumps(name), draw(st.one_of(MEMBERS[name], MEMBERS[name], MEMBERS[name], anything)))
        for name in names
        if name not in dropped
    ]
    return operation, an_object(members)


operations = st.sampled_from(sorted(OPERATIONS))


def assert_answered_and_logged(operation: str, body: bytes) -> None:
    calls = world().mock.calls
    before = len(calls)
    status, document = send(world().mock, operation, body)
    if len(calls) == before:
        # Not a JSON object, so it is not a call.
        assert (status, document["__type"].split("#")[1]) == (400, "SerializationException")
        return
    call = calls[before]
    assert (len(calls), call.operation) == (before + 1, operation)
    if status == 200:
        assert (call.error, call.response is not None) == (None, True)
    else:
        assert (status, call.response) == (400, None)
        assert document["__type"].split("#")[1] in REFUSED
        assert document["__type"].endswith(f"#{type(call.error).__name__}")
        assert document["message"] == str(call.error)


@given(operations, st.binary(max_size=50) | st.text(max_size=20).map(str.encode))
def test_any_bytes_are_answered_and_logged(operation: str, body: bytes) -> None:
    assert_answered_and_logged(operation, body)


@given(operations, anything)
@example("ListStreams", nested(480, "1"))
def test_any_json_is_answered_and_logged(operation: str, body: str) -> None:
    assert_answered_and_logged(operation, body.encode())


@settings(max_examples=300)
@given(requests())
@example(("ListStreams", '{"Limit":1.0}'))
@example(("ListStreams", '{"a":' + nested(480, "1") + "}"))
@example(("ListStreams", '{"Limit":' + "[" * 990 + "]" * 990 + "}"))
def test_any_request_is_answered_and_logged(request: tuple[str, str]) -> None:
    operation, body = request
    assert_answered_and_logged(operation, body.encode())


@given(literals | numbers)
@example("-1e999")
def test_any_timestamp_is_answered_and_logged(timestamp: str) -> None:
    request = {"StreamArn": world().arns[0], "ShardId": world().shard_ids[0], "ShardIteratorType": "AT_TIMESTAMP"}
    body = json.dumps(request)[:-1] + f',"Timestamp":{timestamp}}}'
    assert_answered_and_logged("GetShardIterator", body.encode())


@given(st.data())
def test_an_altered_iterator_token_is_refused(data: st.DataObject) -> None:
    token = data.draw(tampered(st.sampled_from(world().tokens)))
    status, document = send(world().mock, "GetRecords", json.dumps({"ShardIterator": token}).encode())
    if token in world().tokens:
        assert status == 200 or document["__type"].endswith("#TrimmedDataAccessException")
    else:
        assert (status, document["__type"]) == (400, "com.amazon.coral.validate#ValidationException")
