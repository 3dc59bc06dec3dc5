"""Shard iterators as text: ``<StreamArn>|<digit>|<opaque>``, self-contained and checked.

The opaque part carries the whole position, so no table of iterators is kept. A checksum over all of it tells a
token of ours from anything else.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import b2a_base64, crc32
from functools import lru_cache

from .. import _errors
from .._streams.position import Position

_DIGIT = "1"


def issue(position: Position) -> str:
    """The token of a position."""
    arn, shard_id, number, issued_at, serial, reader = position
    place = f"{shard_id}/{number}/{issued_at}/{serial}/{reader}".encode("ascii")
    checksum = crc32(arn.encode("utf-8", "surrogatepass") + place)
    opaque = b2a_base64(b"%b/%d" % (place, checksum), newline=False)
    return f"{arn}|{_DIGIT}|{opaque.decode('ascii')}"


# The log of calls and the operation read the same token, one after the other.
@lru_cache(maxsize=1)
def read(token: str) -> Position:
    """The position that a token stands for.

    Raises:
        ValidationException: the token was not issued here, or was altered.
    """
    try:
        arn, _, opaque = token.split("|")
        shard_id, *numbers = b64decode(opaque.encode("ascii"), validate=True).decode("ascii").split("/")
        number, issued_at, serial, reader, _ = map(int, numbers)
    except ValueError:
        raise _errors.ValidationException(_errors.INVALID_ITERATOR) from None
    position = Position(arn, shard_id, number, issued_at, serial, reader)
    # A position has one spelling, so every alteration shows here: of the numbers, the checksum, the digit, and
    # of the bits that fill up the last character.
    if issue(position) != token:
        raise _errors.ValidationException(_errors.INVALID_ITERATOR)
    return position
