"""From what the levers give to JSON data: handles by their properties, records as they travel."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch
from typing import Any

from .._api.shard import Shard
from .._api.stream import Stream
from .._call_log import Call
from .._clock import Clock
from .._operations.records import StreamRecord


@singledispatch
def document_of(result: Any) -> Any:
    """The JSON data that shows a result; what is JSON data shows itself."""
    return result


@document_of.register(tuple)
@document_of.register(list)
def _(results: Any) -> list[Any]:
    return [document_of(result) for result in results]


@document_of.register
def _(record: StreamRecord) -> dict[str, Any]:
    return record.to_dict()


@document_of.register
def _(instant: datetime) -> str:
    return instant.isoformat()


@document_of.register
def _(clock: Clock) -> dict[str, Any]:
    return {"now": clock.now().isoformat(), "is_frozen": clock.is_frozen}


@document_of.register
def _(shard: Shard) -> dict[str, Any]:
    return {
        "id": shard.id,
        "parent_id": shard.parent_id,
        "starting_sequence_number": shard.starting_sequence_number,
        "ending_sequence_number": shard.ending_sequence_number,
        "is_open": shard.is_open,
        "length": len(shard),
    }


@document_of.register
def _(stream: Stream) -> dict[str, Any]:
    return {
        "arn": stream.arn,
        "label": stream.label,
        "table_name": stream.table_name,
        "region": stream.region,
        "view_type": stream.view_type,
        "status": stream.status,
        "key_schema": stream.key_schema,
        "shards": document_of(stream.shards),
    }


@document_of.register
def _(call: Call) -> dict[str, Any]:
    response = call.response and {
        name: document_of(list(value)) if name == "Records" else value for name, value in call.response.items()
    }
    error = call.error and {"code": type(call.error).__name__, "message": str(call.error)}
    return {
        "operation": call.operation,
        "request": call.request,
        "response": response,
        "error": error,
        "at": call.at.isoformat(),
        "attempt": call.attempt,
        "region": call.region,
        "stream": call.stream,
        "shard": call.shard,
        "invocation": call.invocation,
        "late": call.late.total_seconds(),
    }
