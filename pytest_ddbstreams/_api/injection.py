"""A whole record, given by a test: checked against the API's schema and against the stream that is to take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import _schemas
from .._exceptions import InvalidItem
from .._items.items import typed_item
from .._items.values import came
from .._operations.documents import document_of_dict, record_of_dict

if TYPE_CHECKING:
    from .._items.values import Item
    from .._model.changes import NewRecord
    from .._model.stream import StreamState

#: Stands in for a number that is not given yet while the record is checked.
_ANY_NUMBER = str(10**20)

#: The API's numbers have 40 digits at most; above this one the stream could soon give out none of its own.
_HIGHEST_NUMBER = 10**39

#: The API's model types SizeBytes as a long.
_LARGEST_SIZE = 2**63 - 1


def injected_record(state: StreamState, given_record: Mapping[str, Any]) -> NewRecord:
    """The stream record of a record dict.

    Raises:
        InvalidItem: it breaks the API's schema, or the stream's key schema or view type.
    """
    if not isinstance(given_record, Mapping):
        raise InvalidItem(f"record is {came(given_record)}: inject() takes a dict as GetRecords returns it")
    record = dict(given_record)
    shown = record.get("dynamodb")
    given = shown.get("SequenceNumber") if isinstance(shown, dict) else None
    if isinstance(shown, dict) and given is None:
        record = {**record, "dynamodb": {**shown, "SequenceNumber": _ANY_NUMBER}}
    broken = _schemas.record_violations(document_of_dict(record))
    if broken:
        raise InvalidItem(f"record: not what GetRecords returns: {_schemas.explain(broken)}")
    images = _images(state, record["dynamodb"])
    _check_bounds(record["dynamodb"], given)
    number = state.number_for(images["Keys"]) if given is None else int(given)
    try:
        return record_of_dict(record, number, images)
    except (ValueError, OverflowError, OSError) as error:
        created = record["dynamodb"]["ApproximateCreationDateTime"]
        raise InvalidItem(
            f"record['dynamodb']['ApproximateCreationDateTime'] is {came(created)}: no instant; {error}"
        ) from None


def _check_bounds(shown: dict[str, Any], number: str | None) -> None:
    """Refuse what fits the schema and yet no stream could hold."""
    if shown["SizeBytes"] > _LARGEST_SIZE:
        raise InvalidItem(f"record['dynamodb']['SizeBytes'] is {shown['SizeBytes']}: at most {_LARGEST_SIZE} fits")
    if number is not None and int(number) > _HIGHEST_NUMBER:
        raise InvalidItem(
            f"record['dynamodb']['SequenceNumber'] is {number}: at most {_HIGHEST_NUMBER}, so that there are numbers "
            "left for the records after it; leave SequenceNumber out to have one given"
        )


def _images(state: StreamState, shown: dict[str, Any]) -> dict[str, Item]:
    view_type = state.view_type
    if shown["StreamViewType"] != view_type:
        raise InvalidItem(
            f"record['dynamodb']['StreamViewType']: came {shown['StreamViewType']}; the stream's is {view_type}"
        )
    key = typed_item(shown["Keys"], plain=False, what="record['dynamodb']['Keys']")
    images = {"Keys": state.key_schema.check_key(key, what="record['dynamodb']['Keys']")}
    for name in ("NewImage", "OldImage"):
        # The schema has refused those that the view type does not show.
        if name in shown:
            images[name] = typed_item(shown[name], plain=False, what=f"record['dynamodb'][{name!r}]")
            if state.key_schema.key_of(images[name]) != images["Keys"]:
                raise InvalidItem(f"record['dynamodb'][{name!r}]: its key is not that of Keys")
    return images
