from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import (
    InvalidOption,
    StreamsMock,
    StreamStateError,
    UnknownStream,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_mock_made_by_hand_has_the_default_options() -> None:
    assert (StreamsMock().options.region, StreamsMock().options.account_id) == ("us-east-1", "123456789012")


def test_two_mocks_have_different_streams() -> None:
    one, other = StreamsMock(), StreamsMock()
    stream = one.create_stream("orders")
    assert other.streams == ()
    with pytest.raises(UnknownStream):
        other.stream(stream.arn)


def test_streams_of_equal_mocks_are_not_equal() -> None:
    one, other = (StreamsMock().create_stream("orders") for _ in range(2))
    assert one.shards[0] != other.shards[0]
    assert one != other


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        ({"count": 1}, "unknown argument 'count'; there are: times, after, stream, shard"),
        ({"stream": 5}, "stream=5 does not fit; stream takes text"),
        ({"shard": ["a"]}, r"shard=\['a'\] does not fit; shard takes text"),
        ({"times": 0}, "times=0"),
        ({"after": "1"}, "after='1'"),
    ],
)
def test_wrong_arguments_of_the_marker_are_refused(arguments: dict[str, Any], shows: str) -> None:
    with pytest.raises(InvalidOption, match=shows):
        StreamsMock()._add_marker(**arguments)


@pytest.mark.parametrize("name", ["orders", None])
def test_the_marker_may_name_a_stream_that_does_not_exist_yet(name: str | None) -> None:
    assert StreamsMock()._add_marker(stream=name).stream == name


def test_removing_faults_returns_the_unused_ones() -> None:
    mock = StreamsMock()
    faults = [mock._add_marker(), mock._add_marker(times=2)]
    faults[0].triggered = 1
    assert mock._remove(faults) == (faults[1],)
    assert mock.faults == ()


REFUSED: list[Callable[[StreamsMock], Any]] = [
    lambda mock: mock.fail("GetRecords", "LimitExceededException", stream="orders"),
    lambda mock: mock.expire_iterators(stream="orders"),
]


@pytest.mark.parametrize("script", REFUSED)
def test_a_fault_for_a_stream_that_does_not_exist_yet_is_refused(script: Callable[[StreamsMock], Any]) -> None:
    with pytest.raises(UnknownStream, match="there are: none"):
        script(StreamsMock())


def test_a_stream_from_before_a_reset_does_not_exist_any_more() -> None:
    mock = StreamsMock()
    stream = mock.create_stream("orders")
    mock.reset()

    with pytest.raises(StreamStateError, match=r"does not exist any more, because the mock was reset; create a new"):
        stream.put({"pk": "1"})


def test_a_reset_removes_streams_calls_and_faults(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_client.describe_stream(StreamArn=stream.arn)
    ddbstreams_mock.fail("ListStreams", "LimitExceededException", times=None)
    ddbstreams_mock.reset()
    assert (ddbstreams_mock.streams, len(ddbstreams_mock.calls), ddbstreams_mock.faults) == ((), 0, ())
    assert ddbstreams_client.list_streams()["Streams"] == []


@pytest.mark.ddbstreams(region="eu-west-1", freeze="2026-01-01T00:00:00Z")
def test_a_reset_keeps_options_and_the_clock(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.clock.tick(hours=1)
    ddbstreams_mock.reset()
    assert ddbstreams_mock.options.region == "eu-west-1"
    assert ddbstreams_mock.create_stream("orders").label == "2026-01-01T01:00:00.000"


def test_an_iterator_from_before_a_reset_finds_no_stream(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = ddbstreams_client.get_shard_iterator(**place)["ShardIterator"]
    ddbstreams_mock.reset()
    with pytest.raises(ddbstreams_client.exceptions.ResourceNotFoundException):
        ddbstreams_client.get_records(ShardIterator=iterator)


def test_the_repr_of_a_mock_has_its_streams_and_the_number_of_calls(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_client.describe_stream(StreamArn=stream.arn)
    ddbstreams_mock.create_stream("others")
    assert repr(ddbstreams_mock) == "<StreamsMock streams=[orders, others] calls=1>"
