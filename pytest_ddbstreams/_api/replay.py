"""Recordings: records of production in the forms in which people keep them, and what a stream makes of them.

The forms are a Lambda event, a response of GetRecords, a list of records, a JSON file of these, and an on-failure
object of S3. This module finds the records in a source, and changes each to the form of GetRecords.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _json, _schemas
from .._clock import instant_of
from .._exceptions import InvalidItem, InvalidOption
from .._items.values import came
from .._model.changes import EVENT_VERSION, record_size
from .._operations.documents import document_of_dict, record_of_dict, typed_of_document
from .whole_records import HIGHEST_NUMBER, checked_images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._items.values import Item
    from .._model.changes import NewRecord
    from .._model.stream import StreamState

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_CREATED = "ApproximateCreationDateTime"
_IMAGES = ("Keys", "NewImage", "OldImage")

# The members that are made anew if they break the schema. AWS's sample events have an eventID "1" and a
# SequenceNumber "111". D.
_EVENT_ID, _VERSION, _NUMBER = ("eventID",), ("eventVersion",), ("dynamodb", "SequenceNumber")
_MADE_ANEW = frozenset({_EVENT_ID, _VERSION, _NUMBER})

_ACCEPTED = (
    "replay() takes a Lambda event, a response of GetRecords, a list of their records, an on-failure object of S3, or "
    "the path of a JSON file with one of these"
)
_WITHOUT_RECORDS = (
    "{place} is an on-failure message of SQS or SNS, which has no records. An on-failure object of S3 has them in its "
    "payload; or read them with GetRecords from DDBStreamBatchInfo's shardId and startSequenceNumber on"
)
_PYTHON_BYTES = (
    "A binary value was saved as the text of Python bytes. Save it as base64: base64.b64encode(value).decode()"
)


class _Recorded(NamedTuple):
    """One record of a source.

    Attributes:
        place: the place in the source, for messages.
        members: the members of the record, in the form of GetRecords.
        at: when the record was made; None if it does not say.
    """

    place: str
    members: dict[str, Any]
    at: datetime | None


class Recording:
    """The records of a source, in their order.

    Args:
        source: the argument of `replay`.

    Raises:
        InvalidItem: the source holds no records; a record is none, or has no instant as its time.
        OSError: a file cannot be read.
    """

    def __init__(self, source: object) -> None:
        self._recorded = [_recorded(place, record) for place, record in _entries(source)]

    def records(self, state: StreamState, now: datetime) -> Iterator[NewRecord]:
        """Yield the records of a stream; the caller appends each before it takes the next one.

        Args:
            state: the stream.
            now: the current time, at which the newest record is shown.

        Raises:
            InvalidItem: a record breaks the API's schema, or the stream's key schema or view type.
        """
        newest = max((recorded.at for recorded in self._recorded if recorded.at), default=now)
        for recorded in self._recorded:
            yield _new_record(state, recorded, _shown_at(recorded, newest, now))


# From a source to its records


def _entries(source: object) -> list[tuple[str, object]]:
    """Return each entry of a source with its place."""
    if not isinstance(source, (str, os.PathLike)):
        return _entries_of_data("source", source)
    place = os.fspath(source)
    if place.lstrip()[:1] in {"{", "["}:
        raise InvalidItem("source is JSON text, and a text is the path of a JSON file; give json.loads(text)")
    return _entries_of_data(place, _decoded(place, Path(source).read_bytes()))


def _decoded(place: str, text: bytes) -> Any:
    try:
        return _json.decode_file(text)
    except ValueError as error:
        raise InvalidItem(f"{place} is no JSON: {error}. Save the event with json.dumps(event)") from None


def _entries_of_data(place: str, data: Any) -> list[tuple[str, object]]:
    if isinstance(data, Mapping):
        if "Records" in data:
            place, data = f"{place}['Records']", data["Records"]
        elif "payload" in data:
            return _entries_of_payload(f"{place}['payload']", data["payload"])
        elif "DDBStreamBatchInfo" in data:
            raise InvalidItem(_WITHOUT_RECORDS.format(place=place))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes, bytearray)):
        return [(f"{place}[{index}]", entry) for index, entry in enumerate(data)]
    raise InvalidItem(f"{place} is {came(data)}: {_ACCEPTED}")


def _entries_of_payload(place: str, payload: Any) -> list[tuple[str, object]]:
    event = _decoded(place, payload.encode()) if isinstance(payload, str) else payload
    return _entries_of_data(place, event)


# From an entry to a record in the form of GetRecords


def _recorded(place: str, record: object) -> _Recorded:
    change = record.get("dynamodb") if isinstance(record, Mapping) else None
    if not isinstance(record, Mapping) or not isinstance(change, Mapping):
        raise InvalidItem(f"{place} is {came(record)}: a record is a dict with a dict 'dynamodb'")
    # A library may write null for a member that a record lacks.
    members = {name: value for name, value in record.items() if value is not None and name != "eventSourceARN"}
    members["dynamodb"] = {name: _typed(name, value) for name, value in change.items() if value is not None}
    if isinstance(members.get("userIdentity"), Mapping):
        members["userIdentity"] = {_capitalized(name): value for name, value in record["userIdentity"].items()}
    return _Recorded(place, members, _instant(f"{place}['dynamodb'][{_CREATED!r}]", change.get(_CREATED)))


def _capitalized(name: object) -> str:
    text = str(name)
    return text[:1].upper() + text[1:]


def _typed(name: str, value: Any) -> Any:
    return typed_of_document(value) if name in _IMAGES else value


def _instant(place: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return _EPOCH + timedelta(seconds=float(value))
        return instant_of(value)
    except (InvalidOption, ValueError, OverflowError):
        raise InvalidItem(
            f"{place} is {came(value)}: a time is a datetime, epoch seconds, or ISO 8601 text such as "
            "'2026-01-01T00:00:00Z'"
        ) from None


def _shown_at(recorded: _Recorded, newest: datetime, now: datetime) -> datetime:
    """Return when a record is shown as made: as long before now as it was made before the newest record."""
    try:
        return now if recorded.at is None else now - (newest - recorded.at)
    except OverflowError:
        raise InvalidItem(
            f"{recorded.place} was made at {recorded.at}, too long before the newest record, which was made at {newest}"
        ) from None


# From there to a record of the stream


def _new_record(state: StreamState, recorded: _Recorded, at: datetime) -> NewRecord:
    members = {
        **recorded.members,
        "awsRegion": state.name.region,
        "dynamodb": {**recorded.members["dynamodb"], _CREATED: at, "SizeBytes": 1, "StreamViewType": state.view_type},
    }
    broken = _broken_members(recorded.place, members)
    if _EVENT_ID in broken:
        members["eventID"] = state.new_event_id()
    if _VERSION in broken:
        members["eventVersion"] = EVENT_VERSION
    images = checked_images(state, members["dynamodb"], recorded.place)
    own_number = None if _NUMBER in broken else int(members["dynamodb"]["SequenceNumber"])
    record = record_of_dict(members, _number(state, images["Keys"], own_number), images)
    return record._replace(size_bytes=record_size(*images.values()))


def _broken_members(place: str, members: dict[str, Any]) -> set[tuple[str | int, ...]]:
    """Return the paths of the members that are to be made anew.

    Raises:
        InvalidItem: another member breaks the API's schema.
    """
    broken = _schemas.violations(_schemas.RECORD, document_of_dict(members))
    faulty = [violation for violation in broken if violation.path not in _MADE_ANEW]
    if faulty:
        saved_badly = any(str(violation.value).startswith(("b'", 'b"')) for violation in faulty)
        cure = f". {_PYTHON_BYTES}" * saved_badly
        raise InvalidItem(f"{place}: not a record of this stream: {_schemas.explain(faulty)}{cure}")
    return {violation.path for violation in broken}


def _number(state: StreamState, keys: Item, number: int | None) -> int:
    """Return the sequence number of a record: its own one if that comes after the last one of its shard."""
    if number is not None and state.owner(keys).last_number < number <= HIGHEST_NUMBER:
        return number
    return state.number_for(keys)
