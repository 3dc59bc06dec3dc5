"""How often the service lets in, by direct call; and that the option asks it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_ddbstreams import Stream, StreamsMock, _service_errors
from pytest_ddbstreams._model.iterator import ShardIterator
from pytest_ddbstreams._operations import iterator_tokens, request_of
from pytest_ddbstreams._operations.rates import Rates

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
SHARD = "shardId-00000001767225600000-0000000a"


def caller(milliseconds: int = 0, region: str = "us-east-1") -> tuple[str, datetime]:
    return region, START + timedelta(milliseconds=milliseconds)


def read(reader: int, shard: str = SHARD) -> dict[str, Any]:
    return {"ShardIterator": iterator_tokens.encode(ShardIterator(ARN, shard, 1, 0, serial=99, reader=reader))}


def reads(rates: Rates, readers: str, milliseconds: int = 0) -> str:
    """Who of these readers is let in, one letter for each read; the others are dots."""

    def outcome(reader: str) -> str:
        try:
            rates.admit(request_of("GetRecords", read(ord(reader))), *caller(milliseconds))
        except _service_errors.LimitExceededException:
            return "."
        return reader

    return "".join(map(outcome, readers))


@pytest.mark.parametrize(("operation", "most"), [("ListStreams", 5), ("DescribeStream", 10)])
def test_listings_are_throttled_above_their_calls_a_second(operation: str, most: int) -> None:
    rates = Rates()
    for number in range(most):
        rates.admit(request_of(operation, {}), *caller(number * 50))
    with pytest.raises(_service_errors.ThrottlingException, match="Rate exceeded"):
        rates.admit(request_of(operation, {}), *caller(999))
    rates.admit(request_of(operation, {}), *caller(1000))


def test_a_call_that_was_throttled_does_not_count() -> None:
    rates = Rates()
    for _ in range(5):
        rates.admit(request_of("ListStreams", {}), *caller())
    for _ in range(5):
        with pytest.raises(_service_errors.ThrottlingException):
            rates.admit(request_of("ListStreams", {}), *caller(999))
    rates.admit(request_of("ListStreams", {}), *caller(1000))


def test_each_region_and_each_operation_counts_for_itself() -> None:
    rates = Rates()
    for region in ("us-east-1", "eu-west-1"):
        for operation in ["ListStreams"] * 5 + ["DescribeStream"] * 10:
            rates.admit(request_of(operation, {}), *caller(region=region))


def test_a_clock_that_was_moved_back_makes_nobody_wait() -> None:
    rates = Rates()
    for _ in range(5):
        rates.admit(request_of("ListStreams", {}), *caller())
    rates.admit(request_of("ListStreams", {}), *caller(-60_000))


def test_iterators_are_given_at_any_rate() -> None:
    rates = Rates()
    for _ in range(100):
        rates.admit(request_of("GetShardIterator", {}), *caller())


@pytest.mark.parametrize(
    ("readers", "admitted"),
    [
        ("AAAAAAAAAA", "AAAAAAAAAA"),
        ("ABABABABAB", "ABABABABAB"),
        ("ABCABCABC", "ABC.BC.BC"),
        ("AABBCCDDEE", "AABBCCDDEE"),
        ("ABCDEFGHIJ", "ABCDEFGHIJ"),
    ],
)
def test_a_third_reader_that_reads_on_is_refused_and_one_that_begins_anew_is_not(readers: str, admitted: str) -> None:
    assert reads(Rates(), readers) == admitted


def test_who_read_a_second_ago_is_no_reader() -> None:
    rates = Rates()
    assert [reads(rates, "ABC"), reads(rates, "A", 999), reads(rates, "ABC", 1000)] == ["ABC", ".", "ABC"]


def test_readers_of_other_shards_are_not_in_the_way() -> None:
    rates = Rates()
    for reader in (1, 2, 3, 1, 2, 3):
        rates.admit(request_of("GetRecords", read(reader, SHARD[:-1] + str(reader))), *caller())


@pytest.mark.parametrize("token", ["garbage", 5, None])
def test_an_iterator_that_is_none_is_not_a_matter_of_rates(token: Any) -> None:
    rates = Rates()
    for _ in range(20):
        rates.admit(request_of("GetRecords", {"ShardIterator": token}), *caller())


@pytest.mark.ddbstreams(freeze="2026-01-01", enforce_rates=True)
def test_the_option_refuses_what_is_too_much(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(5):
        client.list_streams()
    with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
        client.list_streams()
    ddbstreams_mock.clock.tick(seconds=1)
    client.list_streams()


@pytest.mark.ddbstreams(freeze="2026-01-01", enforce_rates=True)
def test_a_reader_is_a_chain_of_iterators(stream: Stream, client: Any) -> None:
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    chains = [client.get_shard_iterator(**place)["ShardIterator"] for _ in range(3)]
    chains = [client.get_records(ShardIterator=token)["NextShardIterator"] for token in chains]
    with pytest.raises(client.exceptions.LimitExceededException):
        client.get_records(ShardIterator=chains[0])
    assert [len(client.get_records(ShardIterator=token)["Records"]) for token in chains[1:]] == [0, 0]


@pytest.mark.ddbstreams(freeze="2026-01-01", enforce_rates=True)
def test_a_reset_forgets_the_rates(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(5):
        client.list_streams()
    ddbstreams_mock.reset()
    client.list_streams()


@pytest.mark.ddbstreams(freeze="2026-01-01", enforce_rates=True)
def test_a_call_that_is_throttled_meets_no_fault(ddbstreams_mock: StreamsMock, client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "InternalServerError", after=5)
    for _ in range(5):
        client.list_streams()
    with pytest.raises(ClientError, match="ThrottlingException"):
        client.list_streams()
    ddbstreams_mock.clock.tick(seconds=1)
    with pytest.raises(ClientError, match="InternalServerError"):
        client.list_streams()


@pytest.mark.ddbstreams(freeze="2026-01-01")
def test_without_the_option_nothing_is_too_much(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(20):
        client.list_streams()
    assert ddbstreams_mock.calls.errors == ()
