"""Stream records as the API shows them, in both of its forms.

A *document* is what travels: JSON data, blobs as base64 text, times as whole epoch seconds. A *record dict* is
what botocore makes of it for its callers: blobs as bytes, times as datetimes. A `RecordPage` holds documents as
texts and gives record dicts when somebody looks.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload

from .. import _json, _schemas
from .._model.record import StreamRecord, UserIdentity

if TYPE_CHECKING:
    from .._items.items import Item

_IMAGES = ("NewImage", "OldImage", "Keys")
_NEW_IMAGE = b'"NewImage":'
#: What follows the images in a record's text: nothing in it needs escaping.
_REST = b',"ApproximateCreationDateTime":%d,"SequenceNumber":"%d","SizeBytes":%d},"eventID":"%b"}'


def record_document(record: StreamRecord) -> dict[str, Any]:
    """The document of a stream record."""
    return {
        "eventID": record.event_id,
        **_of_its_kind(record.event_name, record.region, record.user_identity),
        "dynamodb": _shown(record, _images(record)),
    }


def _of_its_kind(event_name: str, region: str, identity: UserIdentity | None) -> dict[str, Any]:
    """What all records of a kind say, without what stands in their ``dynamodb``."""
    document: dict[str, Any] = {
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
    }
    if identity is not None:
        document["userIdentity"] = {"PrincipalId": identity.principal_id, "Type": identity.type}
    return document


def _images(record: StreamRecord) -> dict[str, Any]:
    images: dict[str, Any] = {}
    if record.new_image is not None:
        images["NewImage"] = _item_document(record.new_image)
    if record.old_image is not None:
        images["OldImage"] = _item_document(record.old_image)
    images["Keys"] = _item_document(record.keys)
    return images


def _shown(record: StreamRecord, images: dict[str, Any]) -> dict[str, Any]:
    return {
        **images,
        "ApproximateCreationDateTime": int(record.created_at.timestamp()),
        "SequenceNumber": str(record.number),
        "SizeBytes": record.size_bytes,
        "StreamViewType": record.view_type,
    }


def record_dict(document: dict[str, Any]) -> dict[str, Any]:
    """The record dict of a document: what botocore's parser would give."""
    shown = dict(document["dynamodb"])
    shown["ApproximateCreationDateTime"] = datetime.fromtimestamp(shown["ApproximateCreationDateTime"], timezone.utc)
    for image in _IMAGES:
        if image in shown:
            shown[image] = _item_of_document(shown[image])
    return {**document, "dynamodb": shown}


def document_of_dict(record: dict[str, Any]) -> dict[str, Any]:
    """The document of a record dict; what has another shape is left for the schema to refuse."""
    shown = record.get("dynamodb")
    if not isinstance(shown, dict):
        return record
    shown = dict(shown)
    created = shown.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        aware = created if created.tzinfo else created.replace(tzinfo=timezone.utc)
        shown["ApproximateCreationDateTime"] = int(aware.timestamp())
    for image in _IMAGES:
        if isinstance(shown.get(image), dict):
            # Whatever came as an item.
            shown[image] = {name: _map_value(value, _blob_text) for name, value in shown[image].items()}
    return {**record, "dynamodb": shown}


def typed_of_document(item: Any) -> Any:
    """A typed item whose blobs are base64 text, with the bytes that these mean; what is no such item stays itself."""
    return _map_value({"M": item}, _blob_of_text)["M"]


def record_of_dict(record: dict[str, Any], number: int, images: dict[str, Item]) -> StreamRecord:
    """The stream record of a record dict whose document is known to fit the schema."""
    shown = document_of_dict(record)["dynamodb"]
    identity = record.get("userIdentity")
    return StreamRecord(
        event_id=record["eventID"],
        event_name=record["eventName"],
        number=number,
        created_at=datetime.fromtimestamp(shown["ApproximateCreationDateTime"], timezone.utc),
        keys=images["Keys"],
        new_image=images.get("NewImage"),
        old_image=images.get("OldImage"),
        size_bytes=int(shown["SizeBytes"]),  # 12.0 is an integer to JSON Schema
        view_type=shown["StreamViewType"],
        region=record["awsRegion"],
        user_identity=identity and UserIdentity(identity["Type"], identity["PrincipalId"]),
    )


class RecordPage(Sequence[dict[str, Any]]):
    """Records as texts, and as record dicts when one looks at them."""

    __slots__ = ("texts",)

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> RecordPage: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | RecordPage:
        if isinstance(index, slice):
            return RecordPage(self.texts[index])
        return record_dict(_json.decode(self.texts[index]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_equal, self, other))

    __hash__ = None  # type: ignore[assignment] # like a list

    def __repr__(self) -> str:
        return repr(list(self))


def _equal(one: object, other: object) -> bool:
    return one == other


class DocumentCodec:
    """How the rules' records and images become texts, each record validated before it is kept.

    A record's text is that of its document in two parts: what all records of its kind say, and the rest, with the new
    image first, so that images are read from the same place whether they are kept alone or in a record.
    """

    @staticmethod
    def encode_record(record: StreamRecord) -> tuple[bytes, bytes]:
        images = _images(record)
        shown = _shown(record, images)
        _schemas.check_shown(shown)
        head = _head(record.event_name, record.region, record.user_identity, record.view_type, tuple(images))
        return head, _json.encode(images)[1:-1] + _REST % (
            shown["ApproximateCreationDateTime"],
            record.number,
            record.size_bytes,
            record.event_id.encode(),
        )

    @staticmethod
    def encode_image(item: Item) -> bytes:
        return _NEW_IMAGE + _json.encode(_item_document(item))

    @staticmethod
    def decode_image(text: bytes) -> Item:
        return _item_of_document(_json.decode_at(text, len(_NEW_IMAGE)))


@lru_cache(maxsize=128)
def _head(
    event_name: str, region: str, identity: UserIdentity | None, view_type: str, images: tuple[str, ...]
) -> bytes:
    """The text with which every record of a kind begins; one object for all of them.

    Raises:
        ContractViolation: there are no such records.
    """
    kind = _of_its_kind(event_name, region, identity)
    _schemas.check_record(_any_record(kind, view_type, images))
    return b'%b,"dynamodb":{"StreamViewType":%b,' % (_json.encode(kind)[:-1], _json.encode(view_type))


def _any_record(kind: dict[str, Any], view_type: str, images: tuple[str, ...]) -> dict[str, Any]:
    """A document of that kind; what else it says stands for what differs from record to record."""
    item = {"pk": {"S": "any"}}
    shown: dict[str, Any] = dict.fromkeys(images, item)
    shown |= {"ApproximateCreationDateTime": 0, "SequenceNumber": "0" * 21, "SizeBytes": 1, "StreamViewType": view_type}
    return {"eventID": "0" * 32, **kind, "dynamodb": shown}


def _item_document(item: Item) -> dict[str, Any]:
    # Most values are the same in both forms: looking into each would be a good part of a write.
    return {name: value if _PLAIN.issuperset(value) else _map_value(value, _blob_text) for name, value in item.items()}


def _item_of_document(document: dict[str, Any]) -> Item:
    return {name: _map_value(value, b64decode) for name, value in document.items()}


def _blob_text(blob: Any) -> Any:
    # What is not bytes is left for the schema to refuse.
    return b64encode(blob).decode("ascii") if isinstance(blob, (bytes, bytearray)) else blob


def _blob_of_text(text: Any) -> Any:
    # What is no base64 is left for the rules of items to refuse.
    try:
        return b64decode(text, validate=True)
    except (TypeError, ValueError):
        return text


def _map_value(value: Any, blob: Callable[[Any], Any]) -> Any:
    """A copy of an attribute value in which every blob, at every depth, is turned into another form."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    [(kind, content)] = value.items()
    if kind in _PLAIN:
        return {kind: content}
    if kind == "B":
        return {kind: blob(content)}
    if kind == "M" and isinstance(content, dict):
        return {kind: {name: _map_value(entry, blob) for name, entry in content.items()}}
    if kind in _LISTS and isinstance(content, (list, tuple)):
        each = blob if kind == "BS" else lambda entry: _map_value(entry, blob)
        return {kind: [each(entry) for entry in content]}
    return {kind: content}


_PLAIN = frozenset({"S", "N", "SS", "NS", "BOOL", "NULL"})
_LISTS = frozenset({"BS", "L"})
