from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_ddbstreams import _service_errors
from pytest_ddbstreams._model.iterator import ShardIterator
from pytest_ddbstreams._model.names import shard_id, stream_arn
from pytest_ddbstreams._model.registry import Registry
from pytest_ddbstreams._operations import Caller, request_of
from pytest_ddbstreams._operations.documents import DocumentCodec
from pytest_ddbstreams._operations.iterator_tokens import decode, encode
from pytest_ddbstreams._operations.reading import get_records

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
POSITION = ShardIterator(ARN, shard_id(1_767_225_600_000, 0xABCDEF), 10**21 + 5, 1_767_225_600_000_000, 7)

table_names = st.from_regex(r"[a-zA-Z0-9_.-]{3,255}", fullmatch=True)
arns = st.builds(
    stream_arn,
    st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    table_names,
    st.just("2026-01-01T00:00:00.000"),
)
positions = st.builds(
    ShardIterator,
    arns,
    st.builds(shard_id, st.integers(0, 10**15), st.integers(0, 2**32 - 1)),
    st.integers(0, 10**40),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)


def assert_refused(token: str) -> None:
    assert decode(token) is None
    registry, caller = (
        Registry(DocumentCodec(), seed=0),
        Caller("us-east-1", "123456789012", datetime(2026, 1, 1, tzinfo=timezone.utc)),
    )
    with pytest.raises(_service_errors.ValidationException) as caught:
        get_records(registry, caller, request_of("GetRecords", {"ShardIterator": token}))
    assert caught.value.message == _service_errors.INVALID_ITERATOR


@given(positions)
@example(POSITION)
def test_a_token_stands_for_the_position_that_it_was_issued_for(position: ShardIterator) -> None:
    assert decode(encode(position)) == position


@given(positions, positions)
def test_two_positions_have_two_tokens(one: ShardIterator, other: ShardIterator) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(positions)
def test_a_token_has_the_service_s_form_and_length(position: ShardIterator) -> None:
    token = encode(position)
    assert re.fullmatch(re.escape(position.stream_arn) + r"\|[0-9]\|[A-Za-z0-9+/=]+", token)
    assert len(token) <= 2048


@given(positions, st.data())
def test_a_token_with_one_character_changed_is_refused(position: ShardIterator, data: st.DataObject) -> None:
    token = encode(position)
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters().filter(lambda character: character != token[place]))
    assert_refused(token[:place] + character + token[place + 1 :])


@pytest.mark.parametrize("place", range(-6, 0))
def test_no_other_character_at_the_end_of_a_token_means_the_same(place: int) -> None:
    token = encode(POSITION)
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=|":
        if character != token[place]:
            assert_refused(token[:place] + character + token[len(token) + place + 1 :])


@pytest.mark.parametrize("digit", ["", "0", "2", "11", "\u0661"])
def test_no_other_digit_means_the_same(digit: str) -> None:
    assert_refused(encode(POSITION).replace("|1|", f"|{digit}|"))


@given(positions, st.data())
def test_a_token_with_one_character_less_is_refused(position: ShardIterator, data: st.DataObject) -> None:
    token = encode(position)
    place = data.draw(st.integers(0, len(token) - 1))
    assert_refused(token[:place] + token[place + 1 :])


@given(positions, st.data())
def test_a_token_with_one_character_more_is_refused(position: ShardIterator, data: st.DataObject) -> None:
    token = encode(position)
    place = data.draw(st.integers(0, len(token)))
    assert_refused(token[:place] + data.draw(st.characters()) + token[place:])


@given(positions, arns)
def test_a_token_with_the_arn_of_another_stream_is_refused(position: ShardIterator, arn: str) -> None:
    _, _, opaque = encode(position).split("|")
    if arn != position.stream_arn:
        assert_refused(f"{arn}|1|{opaque}")


@given(st.text())
@example("")
@example("||")
@example("\ud800|1|")
@example("|1|\ud800")
def test_text_that_was_never_issued_is_refused(text: str) -> None:
    assert_refused(text)


def test_a_token_names_its_stream_and_its_shard() -> None:
    request = {"ShardIterator": encode(POSITION), "StreamArn": "other"}
    assert places(request) == (POSITION.stream_arn, POSITION.shard_id)


def test_a_bad_token_names_nothing() -> None:
    assert places({"ShardIterator": "garbage"}) == (None, None)


def test_a_request_without_a_token_names_its_subject_itself() -> None:
    assert places({"StreamArn": ARN, "ShardId": "shard"}) == (ARN, "shard")


@pytest.mark.parametrize("request_", [{}, {"StreamArn": None}, {"StreamArn": 5, "ShardId": []}, {"ShardIterator": 5}])
def test_a_request_without_text_names_nothing(request_: dict[str, Any]) -> None:
    assert places(request_) == (None, None)


def places(request: dict[str, Any]) -> tuple[str | None, str | None]:
    named = request_of("GetRecords", request)
    return named.stream, named.shard
