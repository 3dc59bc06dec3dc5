"""Shard iterators as text: ``<StreamArn>|<digit>|<opaque>``, self-contained and checked.

The opaque part carries the whole position, so no table of iterators is kept. A checksum over all of it tells a
token of ours from anything else.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import b2a_base64, crc32
from functools import lru_cache

from .._model.iterator import ShardIterator

_DIGIT = "1"


def issue(position: ShardIterator) -> str:
    """The token of a position."""
    arn, shard_id, number, issued_at, serial, reader = position
    place = f"{shard_id}/{number}/{issued_at}/{serial}/{reader}"
    checksum = crc32(f"{arn}{place}".encode("utf-8", "surrogatepass"))
    opaque = b2a_base64(f"{place}/{checksum}".encode("ascii"), newline=False)
    return f"{arn}|{_DIGIT}|{opaque.decode('ascii')}"


# The log of calls and the operation read the same token, one after the other.
@lru_cache(maxsize=1)
def read(token: str) -> ShardIterator | None:
    """The position that a token stands for; None if it was not issued here, or was altered."""
    try:
        arn, _, opaque = token.split("|")
        shard_id, *numbers = b64decode(opaque.encode("ascii"), validate=True).decode("ascii").split("/")
        number, issued_at, serial, reader, _ = map(int, numbers)
    except ValueError:
        return None
    position = ShardIterator(arn, shard_id, number, issued_at, serial, reader)
    # A position has one spelling, so every alteration shows here: of the numbers, the checksum, the digit, and
    # of the bits that fill up the last character.
    return position if issue(position) == token else None


def place_of(token: object) -> ShardIterator | None:
    """Where an iterator points; None for what is no iterator of ours, or nothing at all."""
    return read(token) if isinstance(token, str) else None
