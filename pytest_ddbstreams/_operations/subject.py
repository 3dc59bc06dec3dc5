"""What a request is about: the stream and the shard that it names, directly or through its iterator."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._errors import Refusal
from . import tokens


class Subject(NamedTuple):
    """An ARN and a shard id, each None where the request names none."""

    stream: str | None
    shard: str | None


def subject_of(request: dict[str, Any]) -> Subject:
    """The subject of a request, well-formed or not."""
    token = request.get("ShardIterator")
    if isinstance(token, str):
        try:
            position = tokens.read(token)
        except Refusal:
            return Subject(None, None)
        return Subject(position.stream_arn, position.shard_id)
    return Subject(_text(request.get("StreamArn")), _text(request.get("ShardId")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
