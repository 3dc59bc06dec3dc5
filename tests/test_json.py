from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import _json

if TYPE_CHECKING:
    from collections.abc import Callable

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(documents)
def test_a_document_comes_back_from_its_text(document: Any) -> None:
    assert _json.decode(_json.encode(document)) == document


@given(st.lists(documents))
def test_decode_all_returns_the_documents_that_were_encoded(written: list[Any]) -> None:
    assert _json.decode_all(map(_json.encode, written)) == written


@given(documents)
def test_text_is_ascii(document: Any) -> None:
    assert _json.encode(document).isascii()


def test_text_has_no_spaces_between_its_tokens() -> None:
    assert _json.encode({"a": [1, None, True], "b": {}}) == b'{"a":[1,null,true],"b":{}}'


def test_decode_exactly_reads_fractions_as_decimals() -> None:
    assert _json.decode_exactly(b"[0.1, 1e2, 3]") == [Decimal("0.1"), Decimal("1e2"), 3]


@pytest.mark.parametrize("text", [b"1e99999999999999999999", b"[-1e-99999999999999999999]"])
def test_decode_exactly_refuses_an_exponent_that_no_decimal_has(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"exponent of -?1e"):
        _json.decode_exactly(text)


def test_half_a_surrogate_pair_comes_back() -> None:
    assert _json.decode(_json.encode("\ud800")) == "\ud800"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_encode_refuses_nan_and_infinity(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        _json.encode(number)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_decode_refuses_nan_and_infinity(constant: str) -> None:
    with pytest.raises(ValueError, match=f"^{constant} is not JSON"):
        _json.decode(f'{{"Limit":{constant}}}'.encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{} {}", b"{'a':1}", b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}", "{}".encode("utf-16")],
)
def test_a_text_that_is_no_json_in_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _json.decode(text)


@pytest.mark.parametrize("decode", [_json.decode, _json.decode_exactly])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_text_nested_beyond_what_python_reads_is_refused(
    opening: bytes, closing: bytes, decode: Callable[[bytes], Any]
) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        decode(opening * 200_000 + b"1" + closing * 200_000)


def test_white_space_around_a_document_is_ignored() -> None:
    assert _json.decode(b" \r\n\t{} \r\n\t") == {}


@pytest.mark.parametrize("space", [b"\x0b", b"\x0c", b"\x1f", b"\xc2\xa0", b"\xe2\x80\xa8"])
def test_white_space_that_json_does_not_know_is_refused(space: bytes) -> None:
    for text in (space + b"{}", b"{}" + space):
        with pytest.raises(ValueError, match=r".+"):
            _json.decode(text)


@given(st.dictionaries(st.sampled_from("abc"), documents), st.dictionaries(st.sampled_from("xyz"), st.lists(documents)))
def test_an_object_with_encoded_lists_is_encoded_as_if_they_were_not(
    members: dict[str, Any], lists: dict[str, list[Any]]
) -> None:
    encoded = {name: [_json.encode(document) for document in entries] for name, entries in lists.items()}
    assert _json.encode_with_lists(members, encoded) == _json.encode({**lists, **members})


@given(documents)
def test_the_result_of_a_function_comes_back_from_its_text(result: Any) -> None:
    assert _json.decode_response(_json.encode_response(result)) == result


def test_the_result_of_a_function_has_floats_for_decimals() -> None:
    assert _json.encode_response({"total": Decimal("9.50")}) == b'{"total": 9.5}'


def test_the_result_of_a_function_may_have_nan() -> None:
    assert math.isnan(_json.decode_response(_json.encode_response(math.nan)))


def test_a_result_of_a_type_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="Object of type set is not JSON serializable"):
        _json.encode_response({1})


def test_a_result_nested_beyond_what_python_writes_is_refused() -> None:
    result: Any = []
    for _ in range(200_000):
        result = [result]
    with pytest.raises(ValueError, match="nested too deeply"):
        _json.encode_response(result)


@given(st.integers(1, 60), st.integers(0, 60), st.lists(st.booleans(), min_size=60, max_size=60))
def test_levels_are_counted_through_lists_and_objects(deep: int, levels: int, kinds: list[bool]) -> None:
    document: Any = "leaf"
    for kind in kinds[:deep]:
        document = [None, document] if kind else {"a": document, "b": "leaf"}
    assert _json.is_nested_deeper(document, levels) == (deep > levels)


def test_levels_beyond_the_stack_of_python_are_counted() -> None:
    document: Any = []
    for _ in range(100_000):
        document = [document]
    assert _json.is_nested_deeper(document, 99_999)


def test_repeated_keys_of_an_object_are_returned_and_the_last_value_counts() -> None:
    text = '{"a": {"b": 1, "c": 2, "b": 3}, "d": 4}'
    assert _json.decode_noting_repeats(text) == ({"a": {"b": 3, "c": 2}, "d": 4}, ["b"])


def test_decode_noting_repeats_refuses_a_text_nested_too_deeply() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        _json.decode_noting_repeats("[" * 100_000)
