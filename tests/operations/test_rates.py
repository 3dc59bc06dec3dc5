"""Rates of calls and readers: the rules by direct call, and the option `enforce_rates`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError
from operations.world import NO_ARN, NO_SHARD

from pytest_ddbstreams import Stream, StreamsMock, _service_errors
from pytest_ddbstreams._model.iterator import ShardIterator
from pytest_ddbstreams._operations import iterator_tokens, request_of
from pytest_ddbstreams._operations.rates import Rates

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ENFORCED = pytest.mark.ddbstreams(freeze=START, enforce_rates=True)


def admit(
    rates: Rates,
    operation: str,
    milliseconds: int = 0,
    *,
    region: str = "us-east-1",
    token: object = None,
) -> None:
    """Send a call so many milliseconds after the start."""
    now = START + timedelta(milliseconds=milliseconds)
    rates.admit(request_of(operation, {"ShardIterator": token}), region, now)


def token_of(reader: int, shard: str = NO_SHARD) -> str:
    return iterator_tokens.encode(ShardIterator(NO_ARN, shard, 1, 0, serial=99, reader=reader))


def reads(rates: Rates, readers: str, milliseconds: int = 0) -> str:
    """Let readers of one shard read, and return their letters with a dot for each read that is refused."""

    def outcome(reader: str) -> str:
        try:
            admit(rates, "GetRecords", milliseconds, token=token_of(ord(reader)))
        except _service_errors.LimitExceededException:
            return "."
        return reader

    return "".join(map(outcome, readers))


@pytest.mark.parametrize(("operation", "most"), [("ListStreams", 5), ("DescribeStream", 10)])
def test_a_listing_is_throttled_above_its_calls_in_a_second(operation: str, most: int) -> None:
    rates = Rates()
    for number in range(most):
        admit(rates, operation, number * 50)
    for _ in range(most):
        with pytest.raises(_service_errors.ThrottlingException, match="Rate exceeded"):
            admit(rates, operation, 999)
    admit(rates, operation, 1000)


def test_calls_are_counted_for_each_region_and_each_operation() -> None:
    rates = Rates()
    for region in ("us-east-1", "eu-west-1"):
        for operation in ["ListStreams"] * 5 + ["DescribeStream"] * 10:
            admit(rates, operation, region=region)


def test_a_clock_that_was_moved_back_throttles_no_call() -> None:
    rates = Rates()
    for _ in range(5):
        admit(rates, "ListStreams")
    admit(rates, "ListStreams", -60_000)


def test_iterators_are_issued_at_any_rate() -> None:
    rates = Rates()
    for _ in range(100):
        admit(rates, "GetShardIterator")


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
def test_a_reader_that_continues_beside_two_others_is_refused_and_a_new_reader_is_not(
    readers: str, admitted: str
) -> None:
    assert reads(Rates(), readers) == admitted


def test_a_reader_slot_is_freed_after_one_second() -> None:
    rates = Rates()
    assert [reads(rates, "ABC"), reads(rates, "A", 999), reads(rates, "ABC", 1000)] == ["ABC", ".", "ABC"]


def test_readers_are_counted_for_each_shard() -> None:
    rates = Rates()
    for reader in (1, 2, 3, 1, 2, 3):
        admit(rates, "GetRecords", token=token_of(reader, f"shard-{reader}"))


@pytest.mark.parametrize("token", ["garbage", 5, None])
def test_a_read_without_an_iterator_is_not_counted(token: object) -> None:
    rates = Rates()
    for _ in range(20):
        admit(rates, "GetRecords", token=token)


@ENFORCED
def test_the_option_throttles_calls_by_the_mock_s_clock(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(5):
        client.list_streams()
    with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
        client.list_streams()
    ddbstreams_mock.clock.tick(seconds=1)
    client.list_streams()


@ENFORCED
def test_a_reader_is_a_chain_of_iterators(stream: Stream, client: Any) -> None:
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    chains = [client.get_shard_iterator(**place)["ShardIterator"] for _ in range(3)]
    chains = [client.get_records(ShardIterator=token)["NextShardIterator"] for token in chains]
    with pytest.raises(client.exceptions.LimitExceededException):
        client.get_records(ShardIterator=chains[0])
    assert [len(client.get_records(ShardIterator=token)["Records"]) for token in chains[1:]] == [0, 0]


@ENFORCED
def test_a_reset_clears_the_counted_calls(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(5):
        client.list_streams()
    ddbstreams_mock.reset()
    client.list_streams()


@ENFORCED
def test_a_throttled_call_triggers_no_fault(ddbstreams_mock: StreamsMock, client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "InternalServerError", after=5)
    for _ in range(5):
        client.list_streams()
    with pytest.raises(ClientError, match="ThrottlingException"):
        client.list_streams()
    ddbstreams_mock.clock.tick(seconds=1)
    with pytest.raises(ClientError, match="InternalServerError"):
        client.list_streams()


@pytest.mark.ddbstreams(freeze=START)
def test_without_the_option_no_call_is_throttled(ddbstreams_mock: StreamsMock, client: Any) -> None:
    for _ in range(20):
        client.list_streams()
    assert ddbstreams_mock.calls.errors == ()
