"""Arguments of methods from JSON data, and JSON data from their results.

Values that a method refuses itself are handed to it as they came.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from .._api.shard import Shard
from .._api.stream import Stream
from .._checks import check_text, is_integer, misfit
from .._clock import Clock
from .._exceptions import InvalidItem, short
from .._faults.fault import Fault
from .._items.typed import looks_typed
from .._operations.calls import Call
from .._operations.documents import typed_of_document
from .._operations.records import StreamRecord

if TYPE_CHECKING:
    from collections.abc import Callable

#: The ``error`` of `fail` that closes the connection without an answer. HTTP can show no other transport fault.
CLOSED = "ConnectionResetError"


def arguments_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that JSON data means.

    Args:
        given: the data, by the names of the arguments.

    Raises:
        StreamsMockError: an argument has a JSON type that its method does not check for.
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


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise misfit(name, value, "true or false")


def _number(name: str, value: Any) -> float:
    if is_integer(value) or isinstance(value, Decimal):
        with suppress(OverflowError):  # an integer of over 308 digits
            return float(value)
    raise misfit(name, value, "a number")


def _list(name: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise InvalidItem(f"{name}={short(value)} does not fit; {name} takes a list")


def _data(name: str, value: Any) -> Any:
    """Return an argument that may be a path in Python: another process must not choose a file of this one."""
    if isinstance(value, (dict, list)):
        return value
    raise misfit(name, value, "data, an object or a list, and no path")


def _error(_: str, value: Any) -> Any:
    return ConnectionResetError("scripted over the control API") if value == CLOSED else value


def _record(_: str, value: Any) -> Any:
    """Return the record that `StreamRecord.to_dict` has written: binary values are base64 text there."""
    change = value.get("dynamodb") if isinstance(value, dict) else None
    if not isinstance(change, dict):
        return value
    images = {name: typed_of_document(image) for name, image in change.items() if isinstance(image, dict)}
    return _with_floats({**value, "dynamodb": {**change, **images}})


def _with_floats(value: Any) -> Any:
    """Return data with floats for its Decimals, as ``json.loads`` gives them to a user who injects a record."""
    if isinstance(value, dict):
        return {name: _with_floats(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_with_floats(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value


def _item(value: Any, *, plain: bool | None) -> Any:
    """Return an item; in a DynamoDB-typed one, binary values are base64 text."""
    if not isinstance(value, dict):
        return value
    typed = typed_of_document(value)
    return typed if plain is False or looks_typed(typed) else value


_ITEMS = ("item", "key", "old")
_CONVERSIONS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("stream", "shard", "operation", "of", "message"), check_text),
    **dict.fromkeys(("plain", "by_ttl"), _flag),
    **dict.fromkeys(("delta", "seconds", "minutes", "hours", "by", "delay"), _number),
    **dict.fromkeys(("items", "handled"), _list),
    "record": _record,
    "source": _data,
    "error": _error,
}


@singledispatch
def document_of(result: Any) -> Any:
    """Return the JSON data of a result; JSON data is returned as it is."""
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
def _(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "operation": fault.operation,
        "times": fault.times,
        "triggered": fault.triggered,
        "text": str(fault),
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
