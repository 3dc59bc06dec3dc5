"""The event of a Lambda function, made of the records that a boto3 client returned."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def lambda_event(records: Iterable[dict[str, Any]], stream_arn: str) -> dict[str, Any]:
    """Return the event that Lambda gives a function for records of a stream."""
    return {"Records": [_event_record(record, stream_arn) for record in records]}


def _event_record(record: dict[str, Any], stream_arn: str) -> dict[str, Any]:
    written: dict[str, Any] = _as_json(record)
    if "userIdentity" in written:
        written["userIdentity"] = {name[0].lower() + name[1:]: text for name, text in written["userIdentity"].items()}
    return written | {"eventSourceARN": stream_arn}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.timestamp() if isinstance(value, datetime) else value
