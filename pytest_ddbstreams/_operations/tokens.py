"""Shard iterators as text: ``<StreamArn>|<digit>|<opaque>``, self-contained and checked.

The opaque part carries the whole position, so no table of iterators is kept. A checksum over all of it tells a
token of ours from anything else.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from functools import lru_cache
from zlib import crc32

from .. import _errors
from .._streams.position import Position

_DIGIT = "1"
# shard's milliseconds and suffix, number (17 bytes hold 40 digits), issue time, serial number, reader
_FIELDS = struct.Struct(">QI17sqQQ")
_CHECKSUM = struct.Struct(">I")
_NUMBER_BYTES = 17


def issue(position: Position) -> str:
    """The token of a position."""
    _, milliseconds, suffix = position.shard_id.split("-")
    fields = _FIELDS.pack(
        int(milliseconds),
        int(suffix, 16),
        position.number.to_bytes(_NUMBER_BYTES, "big"),
        position.issued_at,
        position.serial,
        position.reader,
    )
    opaque = b64encode(fields + _checksum(position.stream_arn, fields)).decode("ascii")
    return f"{position.stream_arn}|{_DIGIT}|{opaque}"


# The log of calls and the operation read the same token, one after the other.
@lru_cache(maxsize=1)
def read(token: str) -> Position:
    """The position that a token stands for.

    Raises:
        ValidationException: the token was not issued here, or was altered.
    """
    try:
        arn, _, opaque = token.split("|")
        raw = b64decode(opaque.encode("ascii"), validate=True)
        milliseconds, suffix, number, issued_at, *serials = _FIELDS.unpack(raw[: _FIELDS.size])
    except (ValueError, struct.error):
        raise _errors.ValidationException(_errors.INVALID_ITERATOR) from None
    shard_id = f"shardId-{milliseconds:020d}-{suffix:08x}"
    position = Position(arn, shard_id, int.from_bytes(number, "big"), issued_at, *serials)
    # A position has one spelling, so every alteration shows here: of the fields, the checksum, the digit, and
    # of the bits that fill up the last character.
    if issue(position) != token:
        raise _errors.ValidationException(_errors.INVALID_ITERATOR)
    return position


def _checksum(arn: str, fields: bytes) -> bytes:
    return _CHECKSUM.pack(crc32(arn.encode("utf-8", "surrogatepass") + fields))
