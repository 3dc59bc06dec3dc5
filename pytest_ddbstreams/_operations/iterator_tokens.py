"""Iterator tokens: shard iterators as the text ``<StreamArn>|<digit>|<opaque>``.

The opaque part carries the whole iterator, so the service keeps no table of iterators. It ends with a checksum, so a
token that was altered, or that another service issued, is recognized.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import b2a_base64, crc32

from .._model.iterator import ShardIterator

# Tokens of AWS have a digit here.
_DIGIT = "1"


def encode(iterator: ShardIterator) -> str:
    """Return the token of an iterator."""
    arn, shard_id, number, issued_at, serial, reader = iterator
    place = f"{shard_id}/{number}/{issued_at}/{serial}/{reader}"
    # A token that is decoded may have any text as its ARN, also text that has no UTF-8 form.
    checksum = crc32(f"{arn}{place}".encode("utf-8", "surrogatepass"))
    opaque = b2a_base64(f"{place}/{checksum}".encode("ascii"), newline=False)
    return f"{arn}|{_DIGIT}|{opaque.decode('ascii')}"


def decode(token: object) -> ShardIterator | None:
    """Return the iterator of a token; None for an altered or foreign token, and for other values."""
    if not isinstance(token, str):
        return None
    try:
        arn, _, opaque = token.split("|")
        shard_id, *numbers = b64decode(opaque.encode("ascii"), validate=True).decode("ascii").split("/")
        number, issued_at, serial, reader, _ = map(int, numbers)
    except ValueError:
        return None
    iterator = ShardIterator(arn, shard_id, number, issued_at, serial, reader)
    # An iterator has exactly one token, so this comparison finds every alteration: of a number, of the checksum, of the
    # digit, and of the unused bits in the last base64 character.
    return iterator if encode(iterator) == token else None
