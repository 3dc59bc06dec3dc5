"""Whole records that a test holds, checked for a stream: by the API's schema, the key schema and the view type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .. import _schemas
from .._exceptions import InvalidItem
from .._items.items import typed_item
from .._items.values import came
from .._operations.documents import document_of_dict, record_of_dict

if TYPE_CHECKING:
    from .._items.values import Item
    from .._model.changes import NewRecord
    from .._model.stream import StreamState

#: A sequence number for the validation of a record that has none yet.
ANY_NUMBER: Final = str(10**20)

#: The highest sequence number that a record can be written with. The API's numbers have at most 40 digits, and the
#: records after it need higher numbers.
HIGHEST_NUMBER: Final = 10**39

#: SizeBytes is a long in the API.
_LARGEST_SIZE = 2**63 - 1


def injected_record(state: StreamState, given: Mapping[str, Any]) -> NewRecord:
    """Return the record that a dict of GetRecords means.

    Raises:
        InvalidItem: it breaks the API's schema, or the stream's key schema or view type.
    """
    if not isinstance(given, Mapping):
        raise InvalidItem(f"record is {came(given)}: inject() takes a dict as GetRecords returns it")
    _refuse_lambda_form(given)
    record = dict(given)
    change = record.get("dynamodb")
    number = change.get("SequenceNumber") if isinstance(change, dict) else None
    if isinstance(change, dict) and number is None:
        record = {**record, "dynamodb": {**change, "SequenceNumber": ANY_NUMBER}}
    broken = _schemas.violations(_schemas.RECORD, document_of_dict(record))
    if broken:
        raise InvalidItem(f"record: not what GetRecords returns: {_schemas.explain(broken)}")
    _check_view_type(state, record["dynamodb"])
    images = checked_images(state, record["dynamodb"], "record")
    _check_bounds(record["dynamodb"], number)
    try:
        return record_of_dict(record, state.number_for(images["Keys"]) if number is None else int(number), images)
    except (ValueError, OverflowError, OSError) as error:
        created = record["dynamodb"]["ApproximateCreationDateTime"]
        raise InvalidItem(
            f"record['dynamodb']['ApproximateCreationDateTime'] is {came(created)}: no instant; {error}"
        ) from None


def checked_images(state: StreamState, change: Mapping[str, Any], what: str) -> dict[str, Item]:
    """Return the key and the images of a record that fits the schema, by the names of their members.

    Args:
        state: the stream, whose key schema they must fit.
        change: the ``dynamodb`` member of the record.
        what: the record's name in messages.

    Raises:
        InvalidItem: DynamoDB could not hold one of them, or the key is not that of the key schema or of an image.
    """
    place = f"{what}['dynamodb']['Keys']"
    images = {"Keys": state.key_schema.check_key(typed_item(change["Keys"], plain=False, what=place), what=place)}
    # An image that the view type does not include is refused by the schema already.
    for name in [name for name in ("NewImage", "OldImage") if name in change]:
        place = f"{what}['dynamodb'][{name!r}]"
        images[name] = typed_item(change[name], plain=False, what=place)
        if state.key_schema.key_of(images[name], what=place) != images["Keys"]:
            raise InvalidItem(f"{place}: its key is not that of Keys")
    return images


def _refuse_lambda_form(record: Mapping[str, Any]) -> None:
    identity = record.get("userIdentity")
    names = identity if isinstance(identity, Mapping) else ()
    if "eventSourceARN" in record or "principalId" in names or "type" in names:
        raise InvalidItem(
            "record has the form of a Lambda event, with eventSourceARN or a userIdentity in lower case; inject() "
            "takes a record as GetRecords returns it. For this one use replay(): stream.replay([record])"
        )


def _check_view_type(state: StreamState, change: Mapping[str, Any]) -> None:
    if change["StreamViewType"] != state.view_type:
        raise InvalidItem(
            f"record['dynamodb']['StreamViewType']: came {change['StreamViewType']}; the stream's is {state.view_type}"
        )


def _check_bounds(change: Mapping[str, Any], number: str | None) -> None:
    """Refuse a size or a sequence number that is valid by the schema, but too large for a stream."""
    if change["SizeBytes"] > _LARGEST_SIZE:
        raise InvalidItem(f"record['dynamodb']['SizeBytes'] is {change['SizeBytes']}: at most {_LARGEST_SIZE} fits")
    if number is not None and int(number) > HIGHEST_NUMBER:
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber'] is {number}: at most {HIGHEST_NUMBER}, so that there are numbers "
            "left for the records after it; leave SequenceNumber out to have one given"
        )
