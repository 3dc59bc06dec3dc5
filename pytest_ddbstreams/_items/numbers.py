"""Numbers as DynamoDB keeps them: which text is a number, and the one spelling that stands for its value.

Source: "Naming rules and data types" in the developer guide: up to 38 digits of precision, magnitudes from
1E-130 to 9.9999999999999999999999999999999999999E+125, leading and trailing zeros trimmed. Knows nothing of
items or attributes; a refusal is a ``ValueError`` that says what is accepted.
"""

from __future__ import annotations

import re
from decimal import Decimal

MAX_DIGITS = 38
MIN_MAGNITUDE = -130
MAX_MAGNITUDE = 125

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,37}").fullmatch
# What nearly every other number looks like; short ones are in range and precise enough.
_SIMPLE = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:(\.[0-9]*[1-9])0*|\.0*)?").fullmatch
_NUMBER = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?").fullmatch
_SMALL = 10**MAX_DIGITS
_HUGE = 10 ** (MAX_MAGNITUDE + 1)

_NO_NUMBER = "not a number of DynamoDB, which takes decimal text such as '5', '-0.5' or '1.5E3'"
NOT_FINITE = "NaN and Infinity do not exist in DynamoDB; leave the attribute out, or write None"
_TOO_PRECISE = f"a number has at most {MAX_DIGITS} significant digits; round it to those"
_OUT_OF_RANGE = "a number other than 0 lies between 1E-130 and 9.99…E+125 in magnitude"


def canonical_text(text: str) -> str:
    """Gives the spelling in which DynamoDB returns a number: plain decimal notation without idle zeros.

    Args:
        text: A number in any spelling that DynamoDB takes, such as ``"1.50"`` or ``"1E2"``.

    Raises:
        ValueError: It is no number, too precise or out of range; the text says what is accepted.
    """
    if _WHOLE(text):
        return text
    simple = _SIMPLE(text) if len(text) <= MAX_DIGITS else None
    if simple is None:
        return _canonical(text)
    trimmed = "".join(simple.groups(""))
    return trimmed if trimmed != "-0" else "0"


def canonical_int(number: int) -> str:
    """Gives the spelling of a Python integer.

    Args:
        number: Any integer, also of a subclass such as ``IntEnum``.

    Raises:
        ValueError: It is too precise or out of range.
    """
    if -_SMALL < number < _SMALL:
        return int.__repr__(number)
    # Python itself refuses to write integers of over 4300 digits.
    if not -_HUGE < number < _HUGE:
        raise ValueError(_OUT_OF_RANGE)
    return canonical_text(int.__repr__(number))


def canonical_decimal(number: Decimal) -> str:
    """Gives the spelling of a Decimal, whatever the context of the calling thread.

    Args:
        number: Any Decimal.

    Raises:
        ValueError: It is NaN or infinite, too precise or out of range.
    """
    if not number.is_finite():
        raise ValueError(NOT_FINITE)
    return canonical_text(Decimal.__str__(number))


def number_size(text: str) -> int:
    """Counts the bytes of a number: one, one more per pair of digits, and one for a minus; zero is one byte.

    Source: "DynamoDB item sizes and formats" in the developer guide says about one byte per two significant
    digits, and one more. That pairs are aligned at the decimal point, and that zero pairs at both ends do not
    count, fits the sizes that the service reports.

    Args:
        text: A number in its canonical spelling.
    """
    if text.isdigit() and text[-1] != "0":  # as most numbers are, and counting them is a good part of a write
        return 1 + (len(text) + 1) // 2
    whole, _, fraction = text.lstrip("-").partition(".")
    pairs = (len(fraction) + 1) // 2
    if whole != "0":
        pairs += (len(whole) + 1) // 2
    if not fraction:
        pairs -= (len(whole) - len(whole.rstrip("0"))) // 2
    elif whole == "0":
        pairs -= (len(fraction) - len(fraction.lstrip("0"))) // 2
    return 1 + pairs + (text[0] == "-")


def _canonical(text: str) -> str:
    match = _NUMBER(text)
    if match is None:
        raise ValueError(_NO_NUMBER)
    sign, whole, fraction, exponent = match.groups("")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    point = len(digits) - len(fraction) + _exponent(exponent)
    return ("-" if sign == "-" else "") + _spell(digits.rstrip("0"), point)


def _exponent(text: str) -> int:
    # Nine digits are far out of range already, and Python refuses to read thousands.
    digits = int(text.lstrip("+-0")[:9] or "0")
    return -digits if text[:1] == "-" else digits


def _spell(digits: str, point: int) -> str:
    if len(digits) > MAX_DIGITS:
        raise ValueError(_TOO_PRECISE)
    if not MIN_MAGNITUDE < point <= MAX_MAGNITUDE + 1:
        raise ValueError(_OUT_OF_RANGE)
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"
