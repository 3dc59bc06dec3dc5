"""From JSON data to the arguments that the levers take: what JSON has no words for, and what has another type.

What fits badly and is refused by the levers themselves is left to them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from .._api.shard import Shard
from .._api.stream import Stream
from .._clock import Clock
from .._exceptions import InvalidItem, InvalidOption
from .._items.typed import looks_typed
from .._operations.calls import Call
from .._operations.documents import typed_of_document
from .._operations.records import StreamRecord

if TYPE_CHECKING:
    from collections.abc import Callable

#: The ``error`` of `fail` that closes the connection without an answer: HTTP has no other transport fault.
CLOSED = "ConnectionResetError"


def arguments_of(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments that JSON data stands for.

    Args:
        given: the data, by the names of the arguments.

    Raises:
        StreamsMockError: one has a type that the levers do not look for.
    """
    known = {name: _converted(name, value) for name, value in given.items()}
    plain = known.get("plain")
    items = {name: _item(value, plain=plain) for name, value in known.items() if name in _ITEMS}
    if "items" in known:
        items["items"] = [_item(item, plain=plain) for item in known["items"]]
    return known | items


def _converted(name: str, value: Any) -> Any:
    convert = _CONVERSIONS.get(name)
    return value if value is None or convert is None else convert(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes text")


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes true or false")


def _number(name: str, value: Any) -> float:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return float(value)
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes a number")


def _list(name: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise InvalidItem(f"{name}={value!r} does not fit; {name} takes a list")


def _error(_: str, value: Any) -> Any:
    return ConnectionResetError("scripted over the control API") if value == CLOSED else value


def _record(_: str, value: Any) -> Any:
    """A record as GetRecords shows it, in which blobs are base64 text and times epoch seconds."""
    shown = value.get("dynamodb") if isinstance(value, dict) else None
    if not isinstance(shown, dict):
        return value
    images = {name: typed_of_document(image) for name, image in shown.items() if isinstance(image, dict)}
    return _with_floats({**value, "dynamodb": {**shown, **images}})


def _with_floats(value: Any) -> Any:
    """Data whose fractions are floats, as theirs are who read a record from JSON themselves."""
    if isinstance(value, dict):
        return {name: _with_floats(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_with_floats(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value


def _item(value: Any, *, plain: bool | None) -> Any:
    """An item, in which blobs are base64 text where it is typed."""
    if not isinstance(value, dict):
        return value
    typed = typed_of_document(value)
    return typed if plain is False or looks_typed(typed) else value


_ITEMS = ("item", "key", "old")
_CONVERSIONS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("stream", "shard", "operation", "of", "message"), _text),
    **dict.fromkeys(("plain", "by_ttl"), _flag),
    **dict.fromkeys(("seconds", "minutes", "hours", "by", "delay"), _number),
    **dict.fromkeys(("items", "to"), _list),
    "record": _record,
    "error": _error,
}


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
        "number": call.number,
        "at": call.at.isoformat(),
        "answered_at": call.answered_at and call.answered_at.isoformat(),
        "attempt": call.attempt,
        "region": call.region,
        "stream": call.stream,
        "shard": call.shard,
        "invocation": call.invocation,
        "client": call.client,
    }
