"""The form that records have in the event of a Lambda function.

A record of an event differs from the record that GetRecords returns: it names its stream (``eventSourceARN``), its time
is a float, the names in its ``userIdentity`` begin with a small letter, and its binary values are base64 text. D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .. import _json
from .._exceptions import InvalidItem
from .._items.values import came
from .._operations.documents import document_of_dict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Document = dict[str, Any]

_CREATED = "ApproximateCreationDateTime"
_IDENTITY = "userIdentity"
#: The member that names the stream of a record.
ARN: Final = "eventSourceARN"


@dataclass(slots=True, eq=False)
class StoredRecord:
    """A record as its stream stores it.

    Attributes:
        number: the sequence number.
        encoded: the JSON text.
    """

    number: int
    encoded: bytes
    _created_at: float | None = field(default=None, init=False)

    @property
    def created_at(self) -> float:
        """ApproximateCreationDateTime in seconds since the epoch, decoded when it is first read."""
        # The stream's own time of the write can differ: an injected record states a time in its JSON text.
        if self._created_at is None:
            self._created_at = float(_json.decode(self.encoded)["dynamodb"][_CREATED])
        return self._created_at

    def size_in_event(self, arn: str) -> int:
        """Return how many bytes of the payload the record takes, its comma included.

        The payload is counted as ASCII text, in which a character outside ASCII is six bytes or twelve.
        """
        return len(self.encoded) + len(f',"{ARN}":"{arn}"') + len(",")


def event_record(record: object) -> Document:
    """Return a record as events hold it, without ``eventSourceARN`` if the record has none.

    Raises:
        InvalidItem: the record is not a mapping.
    """
    if not isinstance(record, Mapping):
        raise InvalidItem(f"record is {came(record)}: give a StreamRecord, or a dict as GetRecords returns it")
    document = document_of_dict(record)
    _adapt(document)
    return document


def event_of_records(records: Sequence[StoredRecord], arn: str) -> Document:
    """Return the event with these records of a stream."""
    documents = _json.decode_all(record.encoded for record in records)
    for document in documents:
        _adapt(document)
        document[ARN] = arn
    return {"Records": documents}


def instant_text(instant: datetime) -> str:
    """Return an instant in UTC as Lambda writes it: ISO 8601, to the second."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _adapt(document: Document) -> None:
    """Change the time and the user identity of a record to the form that they have in events."""
    stream_record, identity = document.get("dynamodb"), document.get(_IDENTITY)
    if isinstance(stream_record, dict) and isinstance(stream_record.get(_CREATED), int):
        stream_record[_CREATED] = float(stream_record[_CREATED])
    if isinstance(identity, Mapping):
        document[_IDENTITY] = {name[:1].lower() + name[1:]: value for name, value in identity.items()}
