"""What a request is about: the stream and the shard that it names, directly or through its iterator."""

from __future__ import annotations

from typing import Any

from . import iterator_tokens


def subject_of(request: dict[str, Any]) -> tuple[str | None, str | None]:
    """The subject of a request, well-formed or not: an ARN and a shard id, each None where it names none."""
    token = request.get("ShardIterator")
    if isinstance(token, str):
        position = iterator_tokens.read(token)
        return (None, None) if position is None else (position.stream_arn, position.shard_id)
    return _text(request.get("StreamArn")), _text(request.get("ShardId"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
