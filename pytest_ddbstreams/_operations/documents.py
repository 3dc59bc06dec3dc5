"""Records as JSON data: their encoding, and their two shapes, documents and record dicts.

A *document* is the JSON data of a response: binary values are base64 text, times are whole epoch seconds. A *record
dict* is the result of botocore's parser for a document: binary values are bytes, times are datetimes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .. import _json, _schemas
from .._model.changes import NewRecord, UserIdentity
from .._model.names import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._items.values import Item

_IMAGES = ("Keys", "NewImage", "OldImage")
_SECOND = 1_000_000  # microseconds
# The type descriptors of values that hold no binary value, and of lists of values that may.
_WITHOUT_BINARY = frozenset({"S", "N", "SS", "NS", "BOOL", "NULL"})
_LISTS = frozenset({"BS", "L"})


class DocumentCodec:
    """The `RecordCodec` of the model: it encodes a record as the JSON text of its document."""

    @staticmethod
    def encode_record(record: NewRecord) -> bytes:
        """Return the JSON text of a record.

        Raises:
            ContractViolation: the record breaks the schema of the API.
        """
        document = record_document(record)
        _schemas.check(_schemas.RECORD, "a stream record", document)
        return _json.encode(document)

    @staticmethod
    def encode_image(image: Item) -> bytes:
        """Return the JSON text of a document that has a new image and nothing else."""
        return _json.encode({"dynamodb": {"NewImage": _item_document(image)}})

    @staticmethod
    def decode_image(encoded: bytes) -> Item:
        """Return the new image of an encoded record."""
        return _item_of_document(_json.decode(encoded)["dynamodb"]["NewImage"])


def record_document(record: NewRecord) -> dict[str, Any]:
    """Return the document of a record."""
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": record.created_at // _SECOND,
        "Keys": _item_document(record.keys),
        "SequenceNumber": str(record.number),
        "SizeBytes": record.size_bytes,
        "StreamViewType": record.view_type,
    }
    if record.new_image is not None:
        change["NewImage"] = _item_document(record.new_image)
    if record.old_image is not None:
        change["OldImage"] = _item_document(record.old_image)
    document = {
        "eventID": record.event_id,
        "eventName": record.event_name,
        "eventVersion": record.event_version,
        "eventSource": "aws:dynamodb",
        "awsRegion": record.region,
        "dynamodb": change,
    }
    identity = record.user_identity
    if identity is not None:
        document["userIdentity"] = {"PrincipalId": identity.principal_id, "Type": identity.type}
    return document


def record_dict(document: dict[str, Any]) -> dict[str, Any]:
    """Return the record dict of a document, equal to the result of botocore's parser."""
    change = dict(document["dynamodb"])
    change["ApproximateCreationDateTime"] = datetime.fromtimestamp(change["ApproximateCreationDateTime"], timezone.utc)
    for image in _IMAGES:
        if image in change:
            change[image] = _item_of_document(change[image])
    return {**document, "dynamodb": change}


def document_of_dict(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of a record dict. Any mapping is accepted, so the caller checks it against the schema."""
    change = record.get("dynamodb")
    if not isinstance(change, dict):
        return dict(record)
    change = dict(change)
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        aware = created if created.tzinfo else created.replace(tzinfo=timezone.utc)
        change["ApproximateCreationDateTime"] = int(aware.timestamp())
    for image in _IMAGES:
        if isinstance(change.get(image), dict):
            change[image] = {name: _map_value(value, _base64_text) for name, value in change[image].items()}
    return {**record, "dynamodb": change}


def typed_of_document(item: Any) -> Any:
    """Return a DynamoDB-typed item with bytes in place of base64 text; return anything else as it is."""
    return _map_value({"M": item}, _bytes_of_base64)["M"]


def record_of_dict(record: dict[str, Any], number: int, images: dict[str, Item]) -> NewRecord:
    """Return the new record that a record dict describes.

    Args:
        record: a record dict whose document fits the schema.
        number: its sequence number.
        images: its Keys and, if it has them, its NewImage and OldImage.

    Raises:
        ValueError, OverflowError, OSError: a datetime cannot hold its time.
    """
    change = document_of_dict(record)["dynamodb"]
    created = datetime.fromtimestamp(change["ApproximateCreationDateTime"], timezone.utc)
    identity = record.get("userIdentity")
    return NewRecord(
        event_id=record["eventID"],
        event_name=record["eventName"],
        number=number,
        created_at=microseconds(created),
        keys=images["Keys"],
        new_image=images.get("NewImage"),
        old_image=images.get("OldImage"),
        size_bytes=int(change["SizeBytes"]),  # 12.0 is an integer in JSON Schema
        view_type=change["StreamViewType"],
        region=record["awsRegion"],
        user_identity=identity and UserIdentity(identity["Type"], identity["PrincipalId"]),
        event_version=record["eventVersion"],
    )


def _item_document(item: Item) -> dict[str, Any]:
    # Most values hold nothing binary. They are not copied, because a document is only read.
    return {
        name: value if _WITHOUT_BINARY.issuperset(value) else _map_value(value, _base64_text)
        for name, value in item.items()
    }


def _item_of_document(document: dict[str, Any]) -> Item:
    return {name: _map_value(value, b64decode) for name, value in document.items()}


def _base64_text(binary: Any) -> Any:
    # A value of any other type stays, and the schema refuses it.
    return b64encode(binary).decode("ascii") if isinstance(binary, (bytes, bytearray)) else binary


def _bytes_of_base64(text: Any) -> Any:
    # Bytes stay, and may look like base64 too. Text that is not base64 stays, and `from_typed` refuses it.
    if not isinstance(text, str):
        return text
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return text


def _map_value(value: Any, convert: Callable[[Any], Any]) -> Any:
    """Return a copy of an attribute value in which every binary value, at every depth, is converted."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    [(kind, content)] = value.items()
    if kind in _WITHOUT_BINARY:
        return value
    if kind == "B":
        return {kind: convert(content)}
    if kind == "M" and isinstance(content, dict):
        return {kind: {name: _map_value(entry, convert) for name, entry in content.items()}}
    if kind in _LISTS and isinstance(content, (list, tuple)):
        each = convert if kind == "BS" else lambda entry: _map_value(entry, convert)
        return {kind: [each(entry) for entry in content]}
    return {kind: content}
