"""What a request is about: the stream and the shard that it names, directly or through its iterator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import Refusal
from . import tokens

if TYPE_CHECKING:
    from .._streams.position import Position


class Subject(NamedTuple):
    """An ARN and a shard id, each None where the request names none."""

    stream: str | None
    shard: str | None


def subject_of(request: dict[str, Any]) -> Subject:
    """The subject of a request, well-formed or not."""
    if isinstance(request.get("ShardIterator"), str):
        position = position_of(request)
        return Subject(None, None) if position is None else Subject(position.stream_arn, position.shard_id)
    return Subject(_text(request.get("StreamArn")), _text(request.get("ShardId")))


def position_of(request: dict[str, Any]) -> Position | None:
    """The position that a request's iterator stands for; None where there is none, or it stands for nothing."""
    token = request.get("ShardIterator")
    if not isinstance(token, str):
        return None
    try:
        return tokens.read(token)
    except Refusal:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
