from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from operations.world import NO_ARN, NO_SHARD, World

from pytest_ddbstreams import InvalidOption
from pytest_ddbstreams._model.iterator import ShardIterator
from pytest_ddbstreams._operations import iterator_tokens
from pytest_ddbstreams._operations.calls import (
    Call,
    ListingPage,
    Reading,
    is_expired,
    is_not_found,
    listed_shards,
    listing_of,
    number_of,
    numbers_of,
    opening_of,
    reading_of,
    token_of,
)
from pytest_ddbstreams._service_errors import ExpiredIteratorException, ResourceNotFoundException

AT = datetime(2026, 1, 1, 12, 30, tzinfo=timezone.utc)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
ITERATOR = ShardIterator(NO_ARN, NO_SHARD, 10**21, 0, 1)
TOKEN = iterator_tokens.encode(ITERATOR)


def call(operation: str = "ListStreams", **changes: Any) -> Call:
    made: dict[str, Any] = {"request": {}, "number": 0, "at": AT, "attempt": 1, "region": "us-east-1"}
    return Call(operation=operation, **{**made, **changes})


def record(number: int) -> dict[str, Any]:
    return {"dynamodb": {"SequenceNumber": str(number)}}


# The line of a call in a report


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (
            call(response={"Streams": [{}, {}]}),
            "2026-01-01T12:30:00Z ListStreams -> 2 streams",
        ),
        (
            call("DescribeStream", stream=ARN, response={"StreamDescription": {}}),
            "2026-01-01T12:30:00Z DescribeStream orders/stream/2026-01-01T00:00:00.000 -> answered",
        ),
        (
            call("GetRecords", stream=ARN, shard="shard-1", attempt=2, response={"Records": []}),
            "2026-01-01T12:30:00Z GetRecords orders/stream/2026-01-01T00:00:00.000 shard-1 (attempt 2) -> 0 records",
        ),
        (
            call("GetRecords", error=ValueError("no such thing")),
            "2026-01-01T12:30:00Z GetRecords -> ValueError: no such thing",
        ),
        (
            call("DescribeStream", stream="no arn"),
            "2026-01-01T12:30:00Z DescribeStream -> answered",
        ),
    ],
)
def test_a_call_shows_as_one_line_of_a_report(made: Call, line: str) -> None:
    assert repr(made) == line


def test_a_call_equals_itself_only() -> None:
    first, second = call(), call()
    assert first == first  # noqa: PLR0124 - the sentence
    assert first != second


# Iterators and pages of records


@pytest.mark.parametrize(
    ("kind", "is_by_number", "is_at_the_horizon"),
    [
        ("TRIM_HORIZON", False, True),
        ("LATEST", False, False),
        ("AT_TIMESTAMP", False, False),
        ("AT_SEQUENCE_NUMBER", True, False),
        ("AFTER_SEQUENCE_NUMBER", True, False),
    ],
)
def test_an_issued_iterator_has_its_type_and_its_first_number(
    kind: str, *, is_by_number: bool, is_at_the_horizon: bool
) -> None:
    made = call("GetShardIterator", request={"ShardIteratorType": kind}, response={"ShardIterator": TOKEN})
    opening = opening_of(made)
    assert opening == (kind, ITERATOR.number)
    assert (opening.is_by_number, opening.is_at_the_horizon) == (is_by_number, is_at_the_horizon)


@pytest.mark.parametrize("response", [None, {}, {"Streams": []}])
def test_a_call_without_an_iterator_in_its_response_issued_none(response: dict[str, Any] | None) -> None:
    assert opening_of(call(response=response)) is None


@pytest.mark.parametrize(
    ("response", "reading"),
    [
        ({"Records": [], "NextShardIterator": "x"}, (10**21, None, 0, False)),
        ({"Records": [record(10**21 + n) for n in (5, 6, 8)]}, (10**21, 10**21 + 8, 3, True)),
    ],
)
def test_a_page_of_records_has_its_numbers_its_size_and_its_end(
    response: dict[str, Any], reading: tuple[Any, ...]
) -> None:
    assert reading_of(call("GetRecords", iterator=ITERATOR, response=response)) == reading


@pytest.mark.parametrize(
    "made",
    [
        call("GetRecords", iterator=ITERATOR),
        call("GetRecords", response={"Records": []}),
        call("GetShardIterator", iterator=ITERATOR, response={"ShardIterator": TOKEN}),
    ],
)
def test_a_call_without_an_iterator_or_records_has_no_page(made: Call) -> None:
    assert reading_of(made) is None


@pytest.mark.parametrize(
    ("last", "brought"),
    [(7, [5, 6, 7]), (5, [5]), (None, [])],
)
def test_a_page_brings_the_numbers_from_its_first_to_its_last_record(last: int | None, brought: list[int]) -> None:
    reading = Reading(5, last, 3, is_final=False)
    assert [number for number in range(10) if reading.includes(number)] == brought


def test_the_sequence_numbers_of_a_call_are_those_of_its_records() -> None:
    assert numbers_of(call("GetRecords", response={"Records": [record(3), record(5)]})) == [3, 5]
    assert (numbers_of(call(error=ValueError())), numbers_of(call(response={}))) == ([], [])


def test_a_record_is_given_as_an_object_a_dict_or_a_number() -> None:
    world = World()
    stream = world.create()
    [number] = world.put(stream, "a")
    [read] = world.ask("GetRecords", ShardIterator=world.iterator(stream, "TRIM_HORIZON"))["Records"]
    assert {number_of(given) for given in (read, dict(read), str(number), number)} == {number}


@pytest.mark.parametrize("given", ["o#1", None, {}, {"dynamodb": {}}, {"dynamodb": {"SequenceNumber": "x"}}])
def test_a_value_that_is_no_record_is_refused(given: object) -> None:
    with pytest.raises(InvalidOption, match="is no record; give records as GetRecords returns them"):
        number_of(given)


# Pages of listings


@pytest.mark.parametrize(
    ("made", "listing"),
    [
        (
            call(request={"Limit": 1}, response={"Streams": [], "LastEvaluatedStreamArn": ARN}),
            ListingPage(("ListStreams", "us-east-1", "None"), "", ARN, is_answered=True),
        ),
        (
            call(region="eu-west-1", request={"TableName": "orders", "ExclusiveStartStreamArn": ARN}, response={}),
            ListingPage(("ListStreams", "eu-west-1", "orders"), ARN, None, is_answered=True),
        ),
        (
            call(
                "DescribeStream",
                request={"StreamArn": ARN, "ExclusiveStartShardId": NO_SHARD},
                response={"StreamDescription": {"LastEvaluatedShardId": "last"}},
            ),
            ListingPage(("DescribeStream", "us-east-1", ARN, "None"), NO_SHARD, "last", is_answered=True),
        ),
        (
            call("DescribeStream", request={"StreamArn": ARN, "ShardFilter": {"ShardId": "x"}}, error=ValueError()),
            ListingPage(("DescribeStream", "us-east-1", ARN, "{'ShardId': 'x'}"), "", None, is_answered=False),
        ),
        (call("GetRecords", response={"Records": []}), None),
    ],
)
def test_a_page_of_a_listing_has_its_listing_its_start_and_its_end(made: Call, listing: ListingPage | None) -> None:
    assert listing_of(made) == listing


def test_a_response_lists_the_shards_of_its_description() -> None:
    description = {"Shards": [{"ShardId": "a"}, {"ShardId": "b"}]}
    assert listed_shards(call("DescribeStream", response={"StreamDescription": description})) == {"a", "b"}
    assert listed_shards(call("GetRecords", response={"Records": []})) == listed_shards(call()) == frozenset()


# Tokens and errors


def test_a_call_reads_with_the_token_of_its_request() -> None:
    assert token_of(call("GetRecords", request={"ShardIterator": TOKEN})) == TOKEN
    assert token_of(call("ListStreams", request={"ShardIterator": TOKEN})) is None


@pytest.mark.parametrize(
    ("error", "expired", "not_found"),
    [
        (None, False, False),
        (ValueError(), False, False),
        (ExpiredIteratorException(), True, False),
        (ResourceNotFoundException(), False, True),
    ],
)
def test_a_refusal_says_whether_its_iterator_expired_or_its_place_is_unknown(
    error: Exception | None, *, expired: bool, not_found: bool
) -> None:
    made = call("GetRecords", error=error)
    assert (is_expired(made), is_not_found(made)) == (expired, not_found)
