"""Arguments of the handles' methods: what each accepts, and what to type where it does not fit."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .._exceptions import InvalidOption
from .._model.changes import VIEW_TYPES
from .._operations.records import StreamRecord

if TYPE_CHECKING:
    from .._options import Options
    from .._service import Service

_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


def table_name_of(name: object) -> str:
    """A table's name, by DynamoDB's naming rules."""
    if isinstance(name, str) and _TABLE_NAME.fullmatch(name):
        return name
    raise InvalidOption(f"table_name={name!r} does not fit; a table's name has 3 to 255 of the characters a-zA-Z0-9_.-")


def view_type_of(name: object) -> str:
    """One of the four view types."""
    if isinstance(name, str) and name in VIEW_TYPES:
        return name
    raise InvalidOption(f"view_type={name!r} does not fit; there are: {', '.join(VIEW_TYPES)}")


def count_of(name: str, value: object, *, least: int) -> int:
    """An integer that is not below a bound."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes an integer from {least} on")


def shift_of(name: str, value: object) -> int:
    """An integer that is not zero."""
    if isinstance(value, int) and not isinstance(value, bool) and value:
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes an integer, below zero or above")


def duration_of(name: str, value: object) -> timedelta:
    """A duration that is not negative, from itself or from seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):  # not a number, or no end to it
            value = timedelta(seconds=value)
    if isinstance(value, timedelta) and value >= timedelta():
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes seconds or a timedelta, not below zero")


def sequence_number_of(value: object) -> int:
    """A sequence number from a record, the API's text, or an integer."""
    if isinstance(value, StreamRecord):
        return int(value.sequence_number)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise InvalidOption(
        f"through={value!r} is no sequence number; give one as GetRecords shows it, or the StreamRecord that "
        "insert() and its siblings return"
    )


def options_of(service: Service, **given: Any) -> Options:
    """The mock's options, but for those that were given."""
    return replace(service.options, **{name: value for name, value in given.items() if value is not None})


def check_place(operation: str, *, stream: str | None, shard: str | None) -> None:
    """Refuse a place that calls of an operation never name: a fault that waits there would never strike."""
    if operation == "ListStreams" and (stream or shard):
        raise InvalidOption("calls of ListStreams are about no stream and no shard; leave stream= and shard= out")
    if operation == "DescribeStream" and shard:
        raise InvalidOption("calls of DescribeStream are about no shard; leave shard= out")


def text_or_none(name: str, value: object) -> str | None:
    """A text, or None."""
    if value is None or isinstance(value, str):
        return value
    raise InvalidOption(f"{name}={value!r} does not fit; {name} takes text")
