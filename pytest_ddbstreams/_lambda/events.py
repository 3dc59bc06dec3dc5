"""The event that a Lambda function receives, made from stored records or from records that a test holds.

A record of an event differs from the record that GetRecords returns: it names its stream (``eventSourceARN``), its time
is a float, the names in its ``userIdentity`` begin with a small letter, and its binary values are base64 text. D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import _json, _schemas
from .._checks import check_iterable, misfit
from .._exceptions import InvalidItem
from .._items.values import came
from .._model.names import is_stream_arn, stream_arn
from .._operations.documents import document_of_dict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Document = dict[str, Any]

_CREATED = "ApproximateCreationDateTime"
_IDENTITY = "userIdentity"
_ARN = "eventSourceARN"


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
        return len(self.encoded) + len(f',"{_ARN}":"{arn}"') + len(",")


def to_lambda_event(records: Iterable[Mapping[str, Any]], *, stream: Any = None) -> Document:
    """Return the event that a Lambda function receives with these records.

    Args:
        records: records that ``stream.put()`` and its siblings return, or dicts as GetRecords returns them.
        stream: the `Stream` of the records, or its ARN; None: a stream of a table ``test-table``.

    Raises:
        InvalidItem: a record does not fit into an event; the text names the place.
        InvalidOption: ``stream`` is neither a stream nor an ARN, or ``records`` cannot be iterated.
    """
    documents = [event_record(record) for record in check_iterable("records", records, "a list of records")]
    arn = _arn_of(stream, documents)
    event = {"Records": [{**document, _ARN: arn} for document in documents]}
    violations = _schemas.violations(_schemas.LAMBDA_EVENT, event)
    if violations:
        raise InvalidItem(f"records do not make a Lambda event: {_schemas.explain(violations)}")
    copied: Document = _json.decode(_json.encode(event))  # shares nothing with the records
    return copied


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
        document[_ARN] = arn
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


def _arn_of(stream: Any, documents: Sequence[Document]) -> str:
    if stream is None:
        region = str(documents[0].get("awsRegion")) if documents else "us-east-1"
        return stream_arn(region, "123456789012", "test-table", "2026-01-01T00:00:00.000")
    arn = getattr(stream, "arn", stream)
    if isinstance(arn, str) and is_stream_arn(arn):
        return arn
    raise misfit("stream", stream, "a Stream or its ARN")
