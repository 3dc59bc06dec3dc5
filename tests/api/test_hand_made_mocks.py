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


def test_two_mocks_know_nothing_of_each_other() -> None:
    one, other = StreamsMock(), StreamsMock()
    stream = one.create_stream("orders")
    assert other.streams == ()
    with pytest.raises(UnknownStream):
        other.stream(stream.arn)


def test_equal_mocks_make_equal_streams_that_are_not_the_same() -> None:
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


def test_of_the_markers_faults_those_that_were_not_met_are_told() -> None:
    mock = StreamsMock()
    faults = [mock._add_marker(), mock._add_marker(times=2)]
    faults[0].triggered = 1
    assert mock._remove(faults) == (faults[1],)
    assert mock._service.faults.unused == ()


REFUSED: list[Callable[[StreamsMock], Any]] = [
    lambda mock: mock.fail("GetRecords", "LimitExceededException", stream="orders"),
    lambda mock: mock.expire_iterators(stream="orders"),
]


@pytest.mark.parametrize("script", REFUSED)
def test_what_is_scripted_by_hand_names_streams_that_exist(script: Callable[[StreamsMock], Any]) -> None:
    with pytest.raises(UnknownStream, match="there are: none"):
        script(StreamsMock())


def test_a_stream_of_before_a_reset_says_that_it_is_gone() -> None:
    mock = StreamsMock()
    stream = mock.create_stream("orders")
    mock.reset()

    with pytest.raises(StreamStateError, match=r"does not exist any more, because the mock was reset; create a new"):
        stream.put({"pk": "1"})
