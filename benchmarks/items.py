"""What is written: items, and a stream of them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_ddbstreams import Stream, StreamsMock

Item = dict[str, Any]


def items(text: int = 0, prefix: str = "item") -> Iterator[Item]:
    """New ones, as many as are asked for.

    Args:
        text: how many characters each has beside a key and a number.
        prefix: what the keys begin with.
    """
    more = {"text": "x" * text} if text else {}
    return ({"pk": f"{prefix}-{number:08}", "total": number, **more} for number in count())


def stream_of(streams: StreamsMock, written: Iterable[Item], name: str = "table") -> Stream:
    """A stream whose one shard holds the records of these."""
    stream = streams.create_stream(name)
    stream.write_many(written)
    return stream
