"""Numbers as DynamoDB keeps them: the canonical spelling of each, and its size.

Source: "Naming rules and data types" in the developer guide: up to 38 digits of precision, magnitudes from 1E-130 to
9.9999999999999999999999999999999999999E+125, leading and trailing zeros trimmed. For any other text the functions raise
a ``ValueError`` that says what is accepted.
"""

from __future__ import annotations

import re
from decimal import Decimal

MAX_DIGITS = 38
MIN_MAGNITUDE = -130
MAX_MAGNITUDE = 125

_NUMBER = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?").fullmatch
# Integers between this number and its negative never have too many digits, so they need no further check.
_SMALL = 10**MAX_DIGITS
# No integer that DynamoDB takes is as large.
_HUGE = 10 ** (MAX_MAGNITUDE + 1)

_NO_NUMBER = "not a number of DynamoDB, which takes decimal text such as '5', '-0.5' or '1.5E3'"
NOT_FINITE = "NaN and Infinity do not exist in DynamoDB; leave the attribute out, or write None"
_TOO_PRECISE = f"a number has at most {MAX_DIGITS} significant digits; round it to those"
_OUT_OF_RANGE = "a number other than 0 lies between 1E-130 and 9.99…E+125 in magnitude"
_ZERO_OUT_OF_RANGE = "the exponent of a zero lies between -130 and 125 too; write 0"


def canonical_text(text: str) -> str:
    """Return the spelling in which DynamoDB returns a number: decimal notation without exponent and needless zeros.

    Args:
        text: a number in any spelling that DynamoDB takes, such as ``"1.50"`` or ``"1E2"``.

    Raises:
        ValueError: the text is no number, too precise or out of range; the message says what is accepted.
    """
    match = _NUMBER(text)
    if match is None:
        raise ValueError(_NO_NUMBER)
    sign, whole, fraction, exponent = match.groups("")
    digits = (whole + fraction).lstrip("0")
    scale = _exponent(exponent) - len(fraction)
    if not digits:
        return _spell_zero(scale)
    point = len(digits) + scale
    return ("-" if sign == "-" else "") + _spell(digits.rstrip("0"), point)


def canonical_int(number: int) -> str:
    """Return the canonical spelling of a Python integer.

    Args:
        number: any integer, also of a subclass such as ``IntEnum``.

    Raises:
        ValueError: the integer is too precise or out of range.
    """
    if -_SMALL < number < _SMALL:
        return int.__repr__(number)
    # Python itself refuses to write integers of over 4300 digits.
    if not -_HUGE < number < _HUGE:
        raise ValueError(_OUT_OF_RANGE)
    return canonical_text(int.__repr__(number))


def canonical_decimal(number: Decimal) -> str:
    """Return the canonical spelling of a Decimal; the decimal context of the thread has no influence.

    Args:
        number: any Decimal.

    Raises:
        ValueError: the Decimal is NaN or infinite, too precise or out of range.
    """
    if not number.is_finite():
        raise ValueError(NOT_FINITE)
    return canonical_text(Decimal.__str__(number))


def number_size(text: str) -> int:
    """Return the size of a number: one byte, one more per pair of digits, and one for a minus.

    Source: "DynamoDB item sizes and formats" in the developer guide, which says about one byte per two significant
    digits, and one more. The sizes that the service reports show the rest: a pair never spans the decimal point, and
    pairs of zeros at either end do not count.

    Args:
        text: a number in its canonical spelling.
    """
    whole, _, fraction = text.removeprefix("-").partition(".")
    digits = "0" * (len(whole) % 2) + whole + fraction + "0" * (len(fraction) % 2)
    while digits.startswith("00"):
        digits = digits.removeprefix("00")
    while digits.endswith("00"):
        digits = digits.removesuffix("00")
    return 1 + len(digits) // 2 + text.startswith("-")


def _exponent(text: str) -> int:
    # An exponent of nine digits is out of range anyway, and Python refuses to read one of thousands of digits.
    digits = int(text.lstrip("+-0")[:9] or "0")
    return -digits if text[:1] == "-" else digits


def _spell_zero(exponent: int) -> str:
    """Return the canonical spelling of zero; its exponent has the range of those of other numbers (R)."""
    if not MIN_MAGNITUDE <= exponent <= MAX_MAGNITUDE:
        raise ValueError(_ZERO_OUT_OF_RANGE)
    return "0"


def _spell(digits: str, point: int) -> str:
    """Return the canonical spelling of the number 0.<digits> times ten to the power of `point`."""
    if len(digits) > MAX_DIGITS:
        raise ValueError(_TOO_PRECISE)
    if not MIN_MAGNITUDE < point <= MAX_MAGNITUDE + 1:
        raise ValueError(_OUT_OF_RANGE)
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"
