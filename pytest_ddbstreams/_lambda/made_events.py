"""Events that a test makes for a handler: of records that it holds, or of one change without any stream."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from .. import _json, _schemas
from .._checks import check_choice, check_iterable, checks_keywords, misfit, to_duration
from .._clock import instant_of, now
from .._exceptions import InvalidItem, InvalidOption, short
from .._items.items import typed_item
from .._items.keys import KeySchema
from .._model.changes import MODIFY, REMOVE, TIME_TO_LIVE, VIEW_TYPES, Change, NewRecord, record_size
from .._model.names import NUMBER_BASE, is_stream_arn, microseconds, milliseconds, shard_id, stream_arn
from .._operations.documents import DocumentCodec
from .batcher import Window
from .events import ARN, StoredRecord, event_of_records, event_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from .._items.values import Item
    from .._model.changes import ViewType
    from .events import Document

_REGION = "us-east-1"
#: Seconds of the longest tumbling window. D
_LONGEST_WINDOW = 900
_KEYS_ONLY = "KEYS_ONLY"


@checks_keywords
def to_lambda_event(
    records: Iterable[Mapping[str, Any]],
    *,
    stream: Any = None,
    window: Mapping[str, Any] | timedelta | float | None = None,
) -> Document:
    """Return the event that a Lambda function receives with these records.

    Args:
        records: records that ``stream.put()`` and its siblings return, or dicts as GetRecords returns them or as an
            event has them.
        stream: the `Stream` of the records, or its ARN; None: the one that the records name, or else a stream of a
            table ``test-table``.
        window: the tumbling window of the event, which has an empty state then: its length, from 1 to 900 seconds, or
            its ``{"start": …, "end": …}``, datetimes or ISO 8601 text. Without records the event ends the window.

    Raises:
        InvalidItem: a record does not fit into an event, or the records are of several streams, or of several windows.
        InvalidOption: ``stream`` is neither a stream nor an ARN, ``window`` is none, or ``records`` cannot be iterated.
    """
    documents = [event_record(record) for record in check_iterable("records", records, "a list of records")]
    arn = _arn_of(stream, documents)
    event: Document = {"Records": [{**document, ARN: arn} for document in documents]}
    if documents or window is None:
        _check(event)
    if window is not None:
        event |= _window_members(window, event["Records"], arn)
    copied: Document = _json.decode(_json.encode(event))  # shares nothing with the records
    return copied


@checks_keywords
def lambda_event(  # noqa: PLR0913 - one argument for each part of a change
    *,
    new: Mapping[str, Any] | None = None,
    old: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    key_schema: Mapping[str, str] | None = None,
    view_type: ViewType = "NEW_AND_OLD_IMAGES",
    by_ttl: bool = False,
) -> Document:
    """Return the event that a Lambda function receives after one change of an item, without any stream.

    The record has the images that a stream of the view type shows, the time of the process clock, and an eventID and a
    sequence number that equal changes share.

    Args:
        new: the item after the change; None: the change deletes it, REMOVE.
        old: the item before the change; None: the change creates it, INSERT.
        keys: the primary key. Alone, for KEYS_ONLY, it makes a MODIFY, or a REMOVE by Time To Live.
        key_schema: key attributes and their types, first HASH, second RANGE; None: ``{"pk": "S"}``.
        view_type: the images that the record includes: NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES or KEYS_ONLY.
        by_ttl: whether Time To Live removed the item.

    Raises:
        InvalidItem: an item does not fit, or DynamoDB writes no record of such a change.
        InvalidOption: an argument does not fit, or does not go with the others.
    """
    check_choice("view_type", view_type, VIEW_TYPES)
    schema = KeySchema.parse({"pk": "S"} if key_schema is None else key_schema)
    items = {"new": new, "old": old, "keys": keys}
    given = {name: typed_item(item, what=name) for name, item in items.items() if item is not None}
    _check_arguments(given, view_type, by_ttl=by_ttl)
    key = _key_of(given, schema)
    record = _new_record(_change(key, given, by_ttl=by_ttl), view_type)
    return event_of_records([StoredRecord(record.number, DocumentCodec.encode_record(record))], _default_arn(_REGION))


# Records


def _check(event: Document) -> None:
    violations = _schemas.violations(_schemas.LAMBDA_EVENT, event)
    if violations:
        raise InvalidItem(f"records do not make a Lambda event: {_schemas.explain(violations)}")


def _arn_of(stream: Any, documents: Sequence[Document]) -> str:
    if stream is None:
        return _own_arn(documents)
    arn = getattr(stream, "arn", stream)
    if isinstance(arn, str) and is_stream_arn(arn):
        return arn
    raise misfit("stream", stream, "a Stream or its ARN")


def _own_arn(documents: Sequence[Document]) -> str:
    """Return the ARN that records name, or else one of a stream in their region.

    Raises:
        InvalidItem: they are records of several streams.
    """
    arns = sorted({str(document[ARN]) for document in documents if ARN in document})
    regions = sorted({str(document["awsRegion"]) for document in documents if "awsRegion" in document})
    if len(arns) > 1 or len(regions) > 1:
        raise InvalidItem(
            f"records are of several streams: {short(arns if len(arns) > 1 else regions, 300)}. "
            "The records of an event are of one stream; make an event for each, or name the stream with stream=…"
        )
    return arns[0] if arns else _default_arn(regions[0] if regions else _REGION)


def _default_arn(region: str) -> str:
    return stream_arn(region, "123456789012", "test-table", "2026-01-01T00:00:00.000")


# Windows


def _window_members(window: object, records: Sequence[Document], arn: str) -> Document:
    """Return the members of an event that a tumbling window adds."""
    made = _bounded_window(window) if isinstance(window, Mapping) else _window_of_length(window, records)
    shard = shard_id(milliseconds(made.start), 0)
    members: Document = _json.decode(made.members(shard, arn, is_final=not records))
    return members


def _bounded_window(window: Mapping[str, Any]) -> Window:
    if window.keys() == {"start", "end"}:
        made = Window(instant_of(window["start"]), instant_of(window["end"]))
        if made.start < made.end:
            return made
    raise misfit("window", window, "its length in seconds, or {'start': …, 'end': …}, the start before the end")


def _window_of_length(length: Any, records: Sequence[Document]) -> Window:
    seconds = to_duration("window", length).total_seconds()
    if not seconds.is_integer() or not 1 <= seconds <= _LONGEST_WINDOW:
        raise misfit("window", length, f"whole seconds, 1 to {_LONGEST_WINDOW}, or {{'start': …, 'end': …}}")
    if not records:
        raise InvalidOption(
            f"window={short(length)} is the length of a window, and there is no record in it; "
            "give window={'start': …, 'end': …} for the event that ends a window"
        )
    windows = [Window.at(record["dynamodb"]["ApproximateCreationDateTime"], int(seconds)) for record in records]
    if any(window.start != windows[0].start for window in windows):
        raise InvalidItem(
            f"records are of several windows of {int(seconds)} seconds; the records of an event are of one window"
        )
    return windows[0]


# One change


def _check_arguments(given: Mapping[str, Item], view_type: str, *, by_ttl: object) -> None:
    """Raise if the arguments of `lambda_event` do not go together."""
    if not given:
        raise InvalidOption("lambda_event() has no item; give new=, old= or both, or keys= for view_type='KEYS_ONLY'")
    if given.keys() == {"keys"} and view_type != _KEYS_ONLY:
        raise InvalidOption(
            f"keys alone does not go with view_type={view_type!r}, whose records have images; "
            "give new=, old= or both, or view_type='KEYS_ONLY'"
        )
    if not isinstance(by_ttl, bool):
        raise misfit("by_ttl", by_ttl, "True or False")
    if by_ttl and "new" in given:
        raise InvalidOption("by_ttl=True does not go with new=, because Time To Live deletes items; give old= alone")
    if "new" in given and given["new"] == given.get("old"):
        raise InvalidItem(
            "new and old are equal, and DynamoDB writes no record where nothing changed; change one of them"
        )


def _key_of(given: Mapping[str, Item], schema: KeySchema) -> Item:
    """Return the key that all of the given items have.

    Raises:
        InvalidItem: an item lacks the key, or they have different keys.
    """
    try:
        found = [
            schema.check_key(item, "keys") if name == "keys" else schema.key_of(item, name)
            for name, item in given.items()
        ]
    except InvalidItem as error:
        raise InvalidItem(f"{error}. Another key is given by key_schema={{'name': 'S'}}") from None
    if any(key != found[0] for key in found):
        raise InvalidItem(
            f"{' and '.join(given)} have different keys; a change is one item's, so give them the same key"
        )
    return found[0]


def _change(key: Item, given: Mapping[str, Item], *, by_ttl: bool) -> Change:
    identity = TIME_TO_LIVE if by_ttl else None
    change = Change.between(key, given.get("old"), given.get("new"), identity)
    return change or Change(REMOVE if by_ttl else MODIFY, key, user_identity=identity)


def _new_record(change: Change, view_type: str) -> NewRecord:
    new, old = change.images(view_type)
    random = Random(repr((change, view_type)))  # noqa: S311 - repeatable
    return NewRecord(
        event_id=random.randbytes(16).hex(),
        event_name=change.event_name,
        number=NUMBER_BASE + random.randrange(1, 10**10),
        created_at=microseconds(now()),
        keys=change.keys,
        new_image=new,
        old_image=old,
        size_bytes=record_size(change.keys, new, old),
        view_type=view_type,
        region=_REGION,
        user_identity=change.user_identity,
    )
