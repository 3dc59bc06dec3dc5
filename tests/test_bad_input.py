"""Thousands of invalid and nearly valid requests, and the refusal of each.

The expectations are written down here by what is known of AWS, and are not taken from the package: the framework's
sentences as they were recorded; the code and a short pattern of an operation's refusal, because most of these texts are
known from emulators only.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from request_strategies import fates, places, requests

from pytest_ddbstreams import StreamsMock
from pytest_ddbstreams._clock import Clock
from pytest_ddbstreams._wire import TARGET_PREFIX, HttpRequest, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from request_strategies import Fates, Known, Path

Document: TypeAlias = dict[str, Any]

OPERATIONS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
CASES = [
    pytest.param(operation, {place.path: rules}, id=f"{operation} {'.'.join(place.path)} {'+'.join(sorted(rules))}")
    for operation in OPERATIONS
    for place in places(operation)
    for rules in place.breakable
    if "type" not in rules
]
MISTYPED = [
    pytest.param(operation, {place.path: frozenset({"type"})}, id=f"{operation} {'.'.join(place.path)}")
    for operation in OPERATIONS
    for place in places(operation)
]

#: The rest of "Member must …", by the rule that is broken.
MUST = {
    "required": "not be null",
    "minimum": "have value greater than or equal to {}",
    "minLength": "have length greater than or equal to {}",
    "maxLength": "have length less than or equal to {}",
    "pattern": "satisfy regular expression pattern: {}",
}

#: Enumerations that the operations check themselves, each with a sentence of its own.
OF_THE_OPERATION = {("ShardIteratorType",), ("ShardFilter", "Type")}

FRAMEWORK = re.compile(r"[0-9]+ validation errors? detected: ")
LARGEST_PAGE = {"ListStreams": 100, "DescribeStream": 100, "GetRecords": 1000}
BY_NUMBER = {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}
ITERATOR_TYPES = BY_NUMBER | {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"}
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


class ServiceError(NamedTuple):
    """An expected refusal: its code, and a pattern of its message."""

    code: str
    pattern: str

    def fits(self, status: int, answered: Document) -> bool:
        code = answered.get("__type", "").rpartition("#")[2]
        return (status, code) == (400, self.code) and re.search(self.pattern, answered["message"]) is not None


def invalid(pattern: str) -> ServiceError:
    return ServiceError("ValidationException", pattern)


class StillClock(Clock):
    """A clock that stands, so that a request is answered alike each time that Hypothesis tries it."""

    def now(self) -> datetime:
        return NOW


class World:
    """A mock with a stream, the values that requests can name, and a count of the requests."""

    def __init__(self) -> None:
        self.tally: Counter[str] = Counter()
        self._streams = StreamsMock()
        self._streams._service.clock = StillClock()
        self.stream = self._streams.create_stream("orders")
        self.stream.write_many({"pk": str(number)} for number in range(3))
        self.stream.rotate()
        self.stream.write_many({"pk": str(number)} for number in range(3, 6))
        arn, (first, second) = self.stream.arn, self.stream.shards
        elsewhere = self._streams.create_stream("orders", region="eu-west-1").arn
        self.well_formed = [arn, elsewhere, arn.replace("orders", "nothing")]
        self.tokens = [self._token(shard.id) for shard in (first, second)]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self.stream.records]
        self.known: Known = {
            "StreamArn": [*self.well_formed, arn.replace("/stream/", "/export/"), arn[:-1], f"{arn} ", arn.upper()],
            "ShardId": [first.id, second.id, first.id[:-1] + "x", second.id.upper()],
            "SequenceNumber": [*numbers, first.starting_sequence_number, "9" * 40, "٣" * 21, "-" + "1" * 21],
            "ShardIterator": [*self.tokens, self.tokens[0][:-1], self.tokens[0] + "=", self.tokens[0].lower(), arn],
            "TableName": ["orders", "nothing"],
        }
        self.ranges = {
            shard.id: range(
                int(shard.starting_sequence_number), int(shard.records[-1]["dynamodb"]["SequenceNumber"]) + 1
            )
            for shard in (first, second)
        }

    def ask(self, operation: str, request: Document) -> tuple[int, Document]:
        headers = {"x-amz-target": TARGET_PREFIX + operation, "authorization": "signed"}
        body = json.dumps(request).encode()
        reply = answer(
            HttpRequest("POST", "streams.dynamodb.us-east-1.amazonaws.com", headers, body), self._streams._service
        )
        answered: Document = json.loads(reply.body)
        self.tally["tried"] += 1
        self.tally["refused by the framework"] += bool(FRAMEWORK.match(answered.get("message", "")))
        self.tally["refused by an operation"] += reply.status != 200
        return reply.status, answered

    def _token(self, shard_id: str) -> str:
        request = {"StreamArn": self.stream.arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
        token: str = self.ask("GetShardIterator", request)[1]["ShardIterator"]
        return token


class Summary:
    """A plugin that prints the number of requests in pytest's last lines."""

    def __init__(self, tally: Counter[str]) -> None:
        self._tally = tally

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        tried, framework = self._tally["tried"], self._tally["refused by the framework"]
        own = self._tally["refused by an operation"] - framework
        terminalreporter.write_line(
            f"bad input: {tried:,} requests tried, {framework:,} refused by the framework, {own:,} otherwise"
        )


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World()
    yield world
    request.config.pluginmanager.register(Summary(world.tally))


# Refusals of the framework


def sentences(operation: str, broken: Fates, request: Document) -> list[str]:
    """Return the sentence of each broken rule that the framework checks."""
    nodes = {place.path: place.node for place in places(operation)}
    return [
        _sentence(path, rule, nodes[path], request)
        for path, rules in broken.items()
        for rule in rules
        if not (rule == "enum" and path in OF_THE_OPERATION)
    ]


def _sentence(path: Path, rule: str, node: Document, request: Document) -> str:
    value: Any = request
    for name in path:
        value = value.get(name)
    field = ".".join(name[0].lower() + name[1:] for name in path)
    bound = str(node.get(rule)).removeprefix("^(?:").removesuffix(")$")
    came = "null" if value is None else f"'{value}'"
    return f"Value {came} at '{field}' failed to satisfy constraint: Member must {MUST[rule].format(bound)}"


def check_framework(expected: list[str], status: int, answered: Document) -> None:
    """Assert that the message counts and has these sentences and no others; AWS's order is not known."""
    count = len(expected)
    start = f"{count} validation error{'s' if count > 1 else ''} detected: "
    assert (status, answered["__type"]) == (400, "com.amazon.coral.validate#ValidationException")
    message = answered["message"]
    assert message.startswith(start)
    assert [sentence for sentence in expected if sentence not in message] == []
    assert len(message) == len(start) + len("; ".join(expected))


# Refusals of the operations, for requests that the framework accepts


def own_refusals(world: World, operation: str, request: Document) -> list[ServiceError]:
    """Return the refusals that an operation may choose from; none if it must answer the request."""
    given_ones = {name: value for name, value in request.items() if value is not None}
    checks = {
        "DescribeStream": _of_describe_stream,
        "GetRecords": _of_get_records,
        "GetShardIterator": _of_get_shard_iterator,
        "ListStreams": _of_list_streams,
    }
    limit = given_ones.get("Limit", 1) > LARGEST_PAGE.get(operation, 1)
    invalid_ones = [invalid("Limit")] if limit else []
    return [*invalid_ones, *checks[operation](world, given_ones, *invalid_ones)]


def _of_list_streams(world: World, request: Document, *_: ServiceError) -> Iterator[ServiceError]:
    start = request.get("ExclusiveStartStreamArn")
    if start is not None and start not in world.well_formed:
        yield invalid("^Invalid StreamArn$")


def _of_describe_stream(world: World, request: Document, *before: ServiceError) -> Iterator[ServiceError]:
    wrong = [*before, *_of_filter(request.get("ShardFilter"))]
    if request["StreamArn"] not in world.well_formed:
        wrong.append(invalid("^Invalid StreamArn$"))
    yield from wrong or _of_stream(world, request)


def _of_filter(asked: Document | None) -> Iterator[ServiceError]:
    if asked is not None and (asked.get("Type") != "CHILD_SHARDS" or asked.get("ShardId") is None):
        yield invalid("ShardFilter")


def _of_stream(world: World, request: Document) -> Iterator[ServiceError]:
    arn = request["StreamArn"]
    if arn != world.stream.arn:
        yield ServiceError(
            "ResourceNotFoundException", f"^Requested resource not found: Stream: {re.escape(arn)} not found$"
        )


def _of_get_shard_iterator(world: World, request: Document, *_: ServiceError) -> Iterator[ServiceError]:
    wrong = [*_of_iterator_type(request)]
    if request["StreamArn"] not in world.well_formed:
        wrong.append(invalid("^Invalid StreamArn$"))
    yield from wrong or [*_of_stream(world, request)] or _of_shard(world, request)


def _of_iterator_type(request: Document) -> Iterator[ServiceError]:
    kind, number, time = (request.get(name) for name in ("ShardIteratorType", "SequenceNumber", "Timestamp"))
    if kind not in ITERATOR_TYPES:
        yield invalid("^Invalid ShardIteratorType")
    if (kind in BY_NUMBER and not re.fullmatch("[0-9]+", number or "")) or (kind not in BY_NUMBER and number):
        yield invalid("SequenceNumber")
    if (time is not None) != (kind == "AT_TIMESTAMP") or (time or 0) > NOW.timestamp():
        yield invalid("Timestamp")


def _of_shard(world: World, request: Document) -> Iterator[ServiceError]:
    if request["ShardId"] not in world.ranges:
        yield ServiceError("ResourceNotFoundException", "^Requested resource not found: Shard does not exist$")
    elif (
        request["ShardIteratorType"] in BY_NUMBER
        and int(request["SequenceNumber"]) not in world.ranges[request["ShardId"]]
    ):
        yield invalid("Invalid SequenceNumber")


def _of_get_records(world: World, request: Document, *_: ServiceError) -> Iterator[ServiceError]:
    if request["ShardIterator"] not in world.tokens:
        yield invalid("^Invalid ShardIterator$")


def check_own(expected: list[ServiceError], status: int, answered: Document) -> None:
    if expected:
        assert any(refusal.fits(status, answered) for refusal in expected), (expected, answered)
    else:
        assert status == 200, answered


def check(world: World, operation: str, broken: Fates, request: Document) -> None:
    status, answered = world.ask(operation, request)
    expected = sentences(operation, broken, request)
    if expected:
        check_framework(expected, status, answered)
    else:
        check_own(own_refusals(world, operation, request), status, answered)


@pytest.mark.parametrize(("operation", "broken"), CASES)
@hypothesis_settings(max_examples=30)
@given(data=st.data())
def test_a_member_that_breaks_rules_is_refused_for_these_rules_only(
    world: World, operation: str, broken: Fates, data: st.DataObject
) -> None:
    check(world, operation, broken, data.draw(requests(operation, broken, world.known)))


@pytest.mark.parametrize("operation", OPERATIONS)
@hypothesis_settings(max_examples=250)
@given(data=st.data())
def test_rules_that_are_broken_together_are_counted_in_one_message(
    world: World, operation: str, data: st.DataObject
) -> None:
    broken = data.draw(fates(operation, with_types=False))
    check(world, operation, broken, data.draw(requests(operation, broken, world.known)))


@pytest.mark.parametrize("operation", OPERATIONS)
@hypothesis_settings(max_examples=250)
@given(data=st.data())
def test_a_request_that_breaks_no_rule_of_the_schema_is_answered_or_refused_by_its_operation(
    world: World, operation: str, data: st.DataObject
) -> None:
    check(world, operation, {}, data.draw(requests(operation, {}, world.known)))


@pytest.mark.parametrize(("operation", "broken"), MISTYPED)
@hypothesis_settings(max_examples=15)
@given(data=st.data())
def test_a_member_of_another_type_is_refused_before_any_broken_rule(
    world: World, operation: str, broken: Fates, data: st.DataObject
) -> None:
    others = data.draw(fates(operation, with_types=True))
    below = next(iter(broken))
    others = {path: rules for path, rules in others.items() if path[: len(below)] != below and path != below[:1]}
    status, answered = world.ask(operation, data.draw(requests(operation, {**others, **broken}, world.known)))
    assert (status, answered["__type"]) == (400, "com.amazon.coral.service#SerializationException")
    assert re.fullmatch("[A-Z_]+ can not be converted to [A-Z][a-z]+", answered["message"])
