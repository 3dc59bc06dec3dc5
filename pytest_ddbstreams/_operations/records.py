"""Records as users get them: `StreamRecord`, one record, and `RecordPage`, a sequence of records.

A StreamRecord decodes its encoded record when a test first reads it, and a RecordPage decodes nothing, so the records
of a page that are never read cost little.
"""

from __future__ import annotations

from collections.abc import KeysView, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from .. import _json
from .._model.changes import UserIdentity
from .documents import record_dict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._items.values import AttributeValue, Item

_IMAGES = ("keys", "new_image", "old_image")


class StreamRecord(Mapping[str, Any]):
    """One record of a stream: a read-only mapping, equal to the dict that GetRecords gives.

    Members can be read as in the dict, or as attributes: ``record["dynamodb"]["Keys"]`` and ``record.keys`` both return
    the primary key. Binary values are bytes, times are datetimes.
    The record is decoded when it is first read, and the result is kept. Like a dict it has no hash.

    Attributes:
        stream_arn: the ARN of the stream, which is no member of the dict; None for a record that was made without one.
    """

    __slots__ = ("_decoded", "_encoded", "stream_arn")

    def __init__(self, encoded: bytes, stream_arn: str | None = None) -> None:
        self.stream_arn = stream_arn
        self._encoded = encoded
        self._decoded: dict[str, Any] | None = None

    @property
    def event_id(self) -> str:
        """The eventID, 32 lower-case hex digits."""
        return self._text("eventID")

    @property
    def event_name(self) -> str:
        """INSERT, MODIFY or REMOVE."""
        return self._text("eventName")

    @property
    def region(self) -> str:
        """The stream's region."""
        return self._text("awsRegion")

    @property
    def sequence_number(self) -> str:
        """The sequence number."""
        return str(self["dynamodb"]["SequenceNumber"])

    @property
    def created_at(self) -> datetime:
        """The ApproximateCreationDateTime, when the record was written, in whole seconds, UTC."""
        created: datetime = self["dynamodb"]["ApproximateCreationDateTime"]
        return created

    @property
    def keys(self) -> RecordKeys:
        """The primary key, DynamoDB-typed."""
        return RecordKeys(self)

    @property
    def new_image(self) -> Item | None:
        """The item after the change, DynamoDB-typed; None if the record does not include it."""
        image: Item | None = self["dynamodb"].get("NewImage")
        return image

    @property
    def old_image(self) -> Item | None:
        """The item before the change, DynamoDB-typed; None if the record does not include it."""
        image: Item | None = self["dynamodb"].get("OldImage")
        return image

    @property
    def size_bytes(self) -> int:
        """The size of the keys and of each image that the record includes."""
        size: int = self["dynamodb"]["SizeBytes"]
        return size

    @property
    def view_type(self) -> str:
        """The stream's view type."""
        return str(self["dynamodb"]["StreamViewType"])

    @property
    def user_identity(self) -> UserIdentity | None:
        """The service that made the change, on deletions by Time To Live; else None."""
        identity = self.get("userIdentity")
        return None if identity is None else UserIdentity(identity["Type"], identity["PrincipalId"])

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON data, for ``json.dumps``: as in the response of GetRecords.

        Binary values are base64 text, and the time is a number of whole seconds since the epoch.
        """
        document: dict[str, Any] = _json.decode(self._encoded)
        return document

    def __getitem__(self, member: str) -> Any:
        return self._members()[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members())

    def __len__(self) -> int:
        return len(self._members())

    def __repr__(self) -> str:
        images = ((name, getattr(self, name)) for name in _IMAGES)
        facts = "".join(f" {name}={image!r}" for name, image in images if image is not None)
        return f"<StreamRecord {self.sequence_number} {self.event_name}{facts}>"

    def __reduce__(self) -> tuple[type[StreamRecord], tuple[bytes, str | None]]:
        return StreamRecord, (self._encoded, self.stream_arn)

    def _members(self) -> dict[str, Any]:
        if self._decoded is None:
            self._decoded = record_dict(_json.decode(self._encoded))
        return self._decoded

    def _text(self, member: str) -> str:
        text: str = self[member]
        return text


class RecordKeys(dict[str, "AttributeValue"]):
    """The primary key of a record. It can be called, because ``dict(record)`` calls ``record.keys()``."""

    def __init__(self, record: StreamRecord) -> None:
        super().__init__(record["dynamodb"]["Keys"])
        self._record = record

    def __call__(self) -> KeysView[str]:
        """Return the names of the record's members, as ``keys()`` of every mapping does."""
        return KeysView(self._record)

    def __reduce__(self) -> tuple[type[dict[str, AttributeValue]], tuple[dict[str, AttributeValue]]]:
        return dict, (dict(self),)


class RecordPage(Sequence[StreamRecord]):
    """Records in order: a lazy sequence, equal to the list of the same records.

    Attributes:
        encoded: the encoded records; the text of a response is joined from them.
        stream_arn: the ARN of their stream, or None.
    """

    __slots__ = ("encoded", "stream_arn")

    def __init__(self, encoded: Sequence[bytes], stream_arn: str | None = None) -> None:
        self.encoded = encoded
        self.stream_arn = stream_arn

    def __len__(self) -> int:
        return len(self.encoded)

    @overload
    def __getitem__(self, index: int) -> StreamRecord: ...
    @overload
    def __getitem__(self, index: slice) -> RecordPage: ...
    def __getitem__(self, index: int | slice) -> StreamRecord | RecordPage:
        if isinstance(index, slice):
            return RecordPage(self.encoded[index], self.stream_arn)
        return StreamRecord(self.encoded[index], self.stream_arn)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(record == another for record, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # like a list

    def __repr__(self) -> str:
        return repr(list(self))
