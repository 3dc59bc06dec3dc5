"""GetShardIterator and GetRecords: a position in a shard, and the records from there on."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from math import ceil
from typing import TYPE_CHECKING, Any

from .. import _service_errors
from .._model.iterator import ShardIterator
from .._model.names import microseconds
from . import iterator_tokens
from .records import RecordPage
from .requests import Answer, known_stream, limit_of

if TYPE_CHECKING:
    from .._model.registry import Registry
    from .._model.shard import ShardState
    from .requests import Caller, Request, View

Document = dict[str, Any]

_LARGEST_PAGE = 1000
_LARGEST_BYTES = 1024 * 1024
#: The types of iterator that take a sequence number.
BY_NUMBER = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})
_TYPES = frozenset({"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"}) | BY_NUMBER
# Epoch seconds; no record is older. Timestamps below are raised to this one, because JSON's -1e999 is minus infinity,
# which has no whole second.
_BEGINNING = datetime.min.replace(tzinfo=timezone.utc).timestamp()
# str.isdigit would accept the digits of every script.
_NUMBER = re.compile(r"[0-9]+")


def get_shard_iterator(registry: Registry, caller: Caller, request: Request, view: View) -> Answer:
    """Return an iterator that begins where the request says."""
    asked = request.document
    kind: str = asked["ShardIteratorType"]
    _check_arguments(kind, asked, caller)
    stream = known_stream(registry, caller, asked["StreamArn"])
    shard = stream.shard(asked["ShardId"], caller.now)
    if shard is None or not shard.is_readable(caller.now):
        raise _service_errors.ResourceNotFoundException(_service_errors.SHARD_NOT_FOUND)
    number = _first_number(kind, asked, shard, view)
    serial = registry.next_serial()
    iterator = ShardIterator(stream.name.arn, shard.id, number, microseconds(caller.now), serial, reader=serial)
    is_shifted = kind == "LATEST" and view.latest_shift != 0
    return Answer({"ShardIterator": iterator_tokens.encode(iterator)}, is_shifted=is_shifted)


def get_records(registry: Registry, caller: Caller, request: Request, view: View) -> Answer:
    """Return the records that an iterator reads, and, if the shard may have more of them, the next iterator."""
    limit = limit_of(request.document, _LARGEST_PAGE, _service_errors.GET_RECORDS_LIMIT)
    iterator = request.iterator
    if iterator is None:
        raise _service_errors.ValidationException(_service_errors.INVALID_ITERATOR)
    now = microseconds(caller.now)
    shard = _shard_of(registry, caller, iterator, now)
    encoded, last_number = shard.log.page(iterator.number, min(limit, view.page_limit), _LARGEST_BYTES)
    is_short = last_number is not None and len(encoded) == view.page_limit < limit and shard.log.goes_on(last_number)
    is_withheld = view.withholds and last_number is not None
    if is_withheld:
        encoded, last_number = [], None
    response: Document = {"Records": RecordPage(encoded, iterator.stream_arn)}
    after = iterator.number if last_number is None else last_number + 1
    if shard.has_more_after(after):
        following = ShardIterator(iterator.stream_arn, shard.id, after, now, registry.next_serial(), iterator.reader)
        response["NextShardIterator"] = iterator_tokens.encode(following)
    return Answer(response, is_withheld=is_withheld, is_short=is_short)


def _check_arguments(kind: str, request: Document, caller: Caller) -> None:
    """Raise ValidationException if the type of iterator is unknown, or does not fit the other arguments."""
    if kind not in _TYPES:
        raise _service_errors.ValidationException(_service_errors.INVALID_ITERATOR_TYPE)
    _check_number(request.get("SequenceNumber"), wanted=kind in BY_NUMBER)
    _check_timestamp(request.get("Timestamp"), caller, wanted=kind == "AT_TIMESTAMP")


def _check_number(number: str | None, *, wanted: bool) -> None:
    if number is not None and not wanted:
        raise _service_errors.ValidationException(_service_errors.SEQUENCE_NUMBER_NOT_ALLOWED)
    if wanted and (number is None or not _NUMBER.fullmatch(number)):
        raise _service_errors.ValidationException(_service_errors.INVALID_SEQUENCE_NUMBER)


def _check_timestamp(timestamp: float | None, caller: Caller, *, wanted: bool) -> None:
    if timestamp is not None and not wanted:
        raise _service_errors.ValidationException(_service_errors.TIMESTAMP_NOT_ALLOWED)
    if wanted and timestamp is None:
        raise _service_errors.ValidationException(_service_errors.TIMESTAMP_MISSING)
    if timestamp is not None and timestamp > caller.now.timestamp():
        raise _service_errors.ValidationException(_service_errors.TIMESTAMP_IN_THE_FUTURE)


def _first_number(kind: str, request: Document, shard: ShardState, view: View) -> int:
    """Return the lowest sequence number that an iterator of this type reads."""
    if kind == "TRIM_HORIZON":
        return shard.horizon
    if kind == "LATEST":
        return shard.number_at_latest(view.latest_shift)
    if kind == "AT_TIMESTAMP":
        return _number_at(request["Timestamp"], shard)
    number = int(request["SequenceNumber"])
    if not shard.contains(number):
        raise _service_errors.ValidationException(_service_errors.SEQUENCE_NUMBER_OUTSIDE_SHARD)
    # AWS does not document this for the shard's StartingSequenceNumber. This package assumes that it reads like
    # TRIM_HORIZON until the shard is trimmed for the first time, and that it is refused from then on.
    if shard.is_trimmed(number):
        raise _service_errors.TrimmedDataAccessException
    return number if kind == "AT_SEQUENCE_NUMBER" else number + 1


def _number_at(timestamp: float, shard: ShardState) -> int:
    # AWS cuts the time of a record to whole seconds. A record of 10.9 s has the time 10, which lies before 10.5, so the
    # first record that fits 10.5 was written in second 11.
    return shard.number_at(ceil(max(timestamp, _BEGINNING)) * 1_000_000)


def _shard_of(registry: Registry, caller: Caller, iterator: ShardIterator, now: int) -> ShardState:
    """Return the shard of an iterator, or raise the refusal of an iterator that can no longer be read."""
    stream = known_stream(registry, caller, iterator.stream_arn)
    shard = stream.shard(iterator.shard_id, caller.now)
    if shard is None:
        raise _service_errors.ResourceNotFoundException(_service_errors.SHARD_NOT_FOUND)
    if iterator.is_expired(now, shard):
        raise _service_errors.ExpiredIteratorException
    if shard.is_trimmed(iterator.number):
        raise _service_errors.TrimmedDataAccessException
    return shard
