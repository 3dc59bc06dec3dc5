from __future__ import annotations

from decimal import Context, Decimal, localcontext
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._items.numbers import (
    canonical_decimal,
    canonical_int,
    canonical_text,
    number_size,
)

EXACT = Context(prec=400)
digits = st.integers(-(10**38) + 1, 10**38 - 1)


@st.composite
def numbers(draw: st.DrawFn) -> Decimal:
    significand = draw(digits)
    width = len(str(abs(significand)))
    return Decimal(significand).scaleb(draw(st.integers(-130, 126 - width)), EXACT)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("9.50", "9.5"),
        ("1E2", "100"),
        ("1e+2", "100"),
        ("12.5E1", "125"),
        ("12.5E-3", "0.0125"),
        ("100", "100"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0e125", "0"),
        ("0e-130", "0"),
        ("0.0e126", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("-007.50", "-7.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1E0000000000000000001", "10"),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("9" * 38 + "." + "0" * 40, "9" * 38),
    ],
)
def test_a_number_is_kept_in_plain_notation_without_idle_zeros(given_text: str, kept: str) -> None:
    assert canonical_text(given_text) == kept


@given(numbers())
def test_the_canonical_spelling_has_the_same_value(number: Decimal) -> None:
    assert Decimal(canonical_decimal(number)) == number


@given(numbers())
def test_the_canonical_spelling_of_a_canonical_spelling_is_itself(number: Decimal) -> None:
    once = canonical_decimal(number)
    assert canonical_text(once) == once


@given(numbers(), st.integers(0, 3))
def test_every_spelling_of_a_number_has_one_canonical_spelling(number: Decimal, zeros: int) -> None:
    sign, size = "-" if number.is_signed() else "+", number.copy_abs()
    mantissa, _, exponent = f"{size:E}".partition("E")
    point = "" if "." in mantissa else "."
    padded = f"{sign}{'0' * zeros}{mantissa}{point}{'0' * zeros}e{exponent}"
    spellings = {f"{number:f}", f"{number:E}", padded}
    assert set(map(canonical_text, spellings)) == {canonical_decimal(number)}


@given(digits)
def test_an_integer_is_spelt_as_the_decimal_of_its_value(number: int) -> None:
    assert canonical_int(number) == canonical_decimal(Decimal(number))


def test_a_long_integer_passes_when_its_significant_digits_are_few() -> None:
    assert canonical_int(-(10**125)) == "-1" + "0" * 125


def test_an_integer_of_a_subclass_is_spelt_in_digits() -> None:
    class Level(IntEnum):
        HIGH = 3

    assert canonical_int(Level.HIGH) == "3"


def test_the_decimal_context_of_the_thread_does_not_change_a_spelling() -> None:
    with localcontext(Context(prec=2)):
        assert canonical_decimal(Decimal("1.2345")) == "1.2345"


@pytest.mark.parametrize("text", ["", " 1", "1 ", "abc", "1_000", "--1", ".", "1E", "1E1.5", "NaN", "٣", "1\n"])
def test_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number of DynamoDB"):
        canonical_text(text)


@pytest.mark.parametrize("text", ["1" * 39, "1." + "1" * 38, "0." + "1" * 39, "1" + "0" * 38 + "1"])
def test_more_than_38_significant_digits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 38 significant digits"):
        canonical_text(text)


@pytest.mark.parametrize(
    "text",
    ["1E126", "-1E126", "9E-131", "1E-131", pytest.param("1E" + "9" * 5000, id="huge"), "1E-99999999999"],
)
def test_a_magnitude_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"between 1E-130 and 9\.99…E\+125"):
        canonical_text(text)


# The range of exponents holds for zero too. R.


@pytest.mark.parametrize("text", ["0e126", "-0e126", "0e-131", "0.0e-130", "0E+99999999999999999999"])
def test_a_zero_with_an_exponent_out_of_range_is_refused_as_text(text: str) -> None:
    with pytest.raises(ValueError, match="the exponent of a zero lies between -130 and 125"):
        canonical_text(text)


@pytest.mark.parametrize("text", ["0e126", "0e-131", "0.0e-130"])
def test_a_zero_with_an_exponent_out_of_range_is_refused_as_a_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="the exponent of a zero lies between -130 and 125"):
        canonical_decimal(Decimal(text))


@pytest.mark.parametrize("number", [10**126, -(10**126), pytest.param(10**5000, id="huge")])
def test_an_integer_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 1E-130 and"):
        canonical_int(number)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NaN and Infinity do not exist"):
        canonical_decimal(Decimal(text))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("-1", 3),
        ("10", 2),
        ("100", 2),
        ("101", 3),
        ("1000", 2),
        ("123", 3),
        ("-123", 4),
        ("1.5", 3),
        ("10.5", 3),
        ("100.5", 4),
        ("0.5", 2),
        ("0.01", 2),
        ("0.001", 2),
        ("0.00101", 3),
        ("-0.01", 3),
        ("1234.5", 4),
        ("12345678", 5),
        ("10000000000", 2),
        ("1" * 38, 20),
    ],
)
def test_a_number_counts_its_pairs_of_digits(text: str, size: int) -> None:
    assert number_size(text) == size


@given(numbers())
def test_a_minus_counts_one_byte(number: Decimal) -> None:
    if number:
        magnitude = number_size(canonical_decimal(number.copy_abs()))
        assert number_size(canonical_decimal(number.copy_abs().copy_negate())) == magnitude + 1


@given(numbers())
def test_a_shift_by_whole_pairs_changes_no_size(number: Decimal) -> None:
    small = number.scaleb(-2, EXACT)
    if number and abs(number) >= Decimal("1E-128"):
        assert number_size(canonical_decimal(small)) == number_size(canonical_decimal(number))
