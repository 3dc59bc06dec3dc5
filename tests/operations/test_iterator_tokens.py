from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_ddbstreams._model.iterator import ShardIterator
from pytest_ddbstreams._model.names import shard_id, stream_arn
from pytest_ddbstreams._operations.iterator_tokens import decode, encode

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
ITERATOR = ShardIterator(ARN, shard_id(1_767_225_600_000, 0xABCDEF), 10**21 + 5, 1_767_225_600_000_000, 7)

arns = st.builds(
    stream_arn,
    st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.from_regex(r"[a-zA-Z0-9_.-]{3,255}", fullmatch=True),
    st.just("2026-01-01T00:00:00.000"),
)
iterators = st.builds(
    ShardIterator,
    arns,
    st.builds(shard_id, st.integers(0, 10**15), st.integers(0, 2**32 - 1)),
    st.integers(0, 10**40),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)


@given(iterators)
@example(ITERATOR)
def test_an_iterator_comes_back_from_its_token(iterator: ShardIterator) -> None:
    assert decode(encode(iterator)) == iterator


@given(iterators)
def test_a_token_has_the_service_s_form_and_length(iterator: ShardIterator) -> None:
    token = encode(iterator)
    assert re.fullmatch(re.escape(iterator.stream_arn) + r"\|[0-9]\|[A-Za-z0-9+/=]+", token)
    assert len(token) <= 2048


@given(iterators, st.data())
def test_a_token_with_a_part_replaced_has_no_iterator(iterator: ShardIterator, data: st.DataObject) -> None:
    token = encode(iterator)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(start + 2, len(token))))
    altered = token[:start] + data.draw(st.text(max_size=2)) + token[end:]
    assert (decode(altered) is None) == (altered != token)


@pytest.mark.parametrize("place", range(-6, 0))
def test_no_other_character_at_the_end_of_a_token_has_an_iterator(place: int) -> None:
    token = encode(ITERATOR)
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=|":
        if character != token[place]:
            assert decode(token[:place] + character + token[len(token) + place + 1 :]) is None


@pytest.mark.parametrize("digit", ["", "0", "2", "11", "\u0661"])
def test_a_token_with_another_digit_has_no_iterator(digit: str) -> None:
    assert decode(encode(ITERATOR).replace("|1|", f"|{digit}|")) is None


@given(iterators, arns)
def test_a_token_with_the_arn_of_another_stream_has_no_iterator(iterator: ShardIterator, arn: str) -> None:
    _, _, opaque = encode(iterator).split("|")
    assert (decode(f"{arn}|1|{opaque}") is None) == (arn != iterator.stream_arn)


@given(st.text())
@example("||")
@example("\ud800|1|")
@example("|1|\ud800")
@example(f"{ARN}|1|")
def test_a_text_that_is_not_a_token_has_no_iterator(text: str) -> None:
    assert decode(text) is None


@pytest.mark.parametrize("value", [None, 5, b"x", ["x"]])
def test_a_value_that_is_not_text_has_no_iterator(value: object) -> None:
    assert decode(value) is None
