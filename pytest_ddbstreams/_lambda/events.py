"""The event that a Lambda function receives, made of records in any of the forms that a test holds.

Like the documents of the API but for four things: each record says whose it is (``eventSourceARN``), times are
floats, the names in ``userIdentity`` begin with a small letter, and blobs are base64 text at every depth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _json, _schemas
from .._exceptions import InvalidItem, InvalidOption
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


class Entry(NamedTuple):
    """A record on its way: its sequence number, and its text as the stream keeps it."""

    number: int
    text: bytes


def to_lambda_event(records: Iterable[Mapping[str, Any]], *, stream: Any = None) -> Document:
    """The event that a Lambda function receives with these records.

    Args:
        records: what ``stream.put()`` and its siblings return, or record dicts as GetRecords gives them.
        stream: the `Stream` that they are of, or its ARN; None: one of a table ``test-table``.

    Raises:
        InvalidItem: a record is not what a Lambda function could receive; the text says where.
        InvalidOption: ``stream`` is neither a stream nor an ARN.
    """
    documents = [record_form(record) for record in records]
    arn = _arn_of(stream, documents)
    event = {"Records": [{**document, _ARN: arn} for document in documents]}
    broken = _schemas.lambda_event_violations(event)
    if broken:
        raise InvalidItem(f"records: not what a Lambda function receives: {_schemas.explain(broken)}")
    made: Document = _json.decode(_json.encode(event))  # nothing in it is shared with the records
    return made


def record_form(record: object) -> Document:
    """A record in the form that it has in an event; only its ``eventSourceARN`` may be missing."""
    if not isinstance(record, Mapping):
        raise InvalidItem(f"record is {came(record)}: give a StreamRecord, or a dict as GetRecords returns it")
    document = document_of_dict(record)
    _adapt(document)
    return document


def event_of_texts(texts: Sequence[bytes], arn: str) -> Document:
    """The event with these records, which a stream keeps as texts."""
    event: Document = _json.decode(b'{"Records":[%b]}' % b",".join(_with_arn(texts, arn)))
    for record in event["Records"]:
        shown = record["dynamodb"]
        shown[_CREATED] = float(shown[_CREATED])
        if _IDENTITY in record:
            _adapt(record)
    return event


def created_at(text: bytes) -> float:
    """When a record was written, as it says itself: whole seconds since the epoch."""
    return float(_json.decode(text)["dynamodb"][_CREATED])


def size_in_event(text: bytes, arn: str) -> int:
    """How many bytes of the payload a record takes, its comma included.

    As ASCII text: what else there is in an item counts for more than its UTF-8 bytes.
    """
    return len(text) + len(_ARN) + len(arn) + len(',"":"",')


def _with_arn(texts: Sequence[bytes], arn: str) -> list[bytes]:
    # Decoding is nearly all that an event costs, so all of them are decoded as one text.
    end = b',"%b":"%b"}' % (_ARN.encode(), arn.encode())
    return [text[:-1] + end for text in texts]


def _adapt(document: Document) -> None:
    shown, identity = document.get("dynamodb"), document.get(_IDENTITY)
    if isinstance(shown, dict) and isinstance(shown.get(_CREATED), int):
        shown[_CREATED] = float(shown[_CREATED])
    if isinstance(identity, Mapping):
        document[_IDENTITY] = {name[:1].lower() + name[1:]: value for name, value in identity.items()}


def _arn_of(stream: Any, documents: Sequence[Document]) -> str:
    if stream is None:
        region = str(documents[0].get("awsRegion")) if documents else "us-east-1"
        return stream_arn(region, "123456789012", "test-table", "2026-01-01T00:00:00.000")
    arn = getattr(stream, "arn", stream)
    if isinstance(arn, str) and is_stream_arn(arn):
        return arn
    raise InvalidOption(f"stream={stream!r} does not fit; stream takes a Stream or its ARN")


def instant_text(instant: datetime) -> str:
    """An instant as Lambda writes it: ISO 8601 in UTC, to the second."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
