"""Streams in the operations of tables: the StreamSpecification of a request, and the stream in a table's description.

Another mock, such as moto, has the tables. Without such a mock, DescribeTable is answered from the stream alone,
because consumers call it to look up the ARN of a stream.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .. import _service_errors
from .._model.changes import VIEW_TYPES
from .._model.names import table_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._items.keys import KeySchema
    from .._model.registry import Registry
    from .._model.stream import StreamState
    from .requests import Caller

Document = dict[str, Any]

_NAME_PATTERN = "[a-zA-Z0-9_.-]+"
#: What each rule of a table's name demands, and the pattern of the names that obey it.
_RULES_OF_NAMES = {
    _service_errors.RULES["minLength"].format(bound=3): r"(?s).{3,}",
    _service_errors.RULES["maxLength"].format(bound=255): r"(?s).{0,255}",
    _service_errors.RULES["pattern"].format(bound=_NAME_PATTERN): _NAME_PATTERN,
}

# In the order in which the service lists them.
_LISTED_VIEW_TYPES = "OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE"


def view_type_asked_for(specification: Mapping[str, Any] | None) -> str | None:
    """Return the view type of the stream that a StreamSpecification enables; None if it enables none.

    Raises:
        ValidationException: the view type is missing or unknown.
    """
    given = specification or {}
    view_type: str | None = given.get("StreamViewType")
    if view_type is not None and view_type not in VIEW_TYPES:
        raise _service_errors.ValidationException(_unknown_view_type(view_type))
    # CloudFormation's StreamSpecification has no StreamEnabled; the API's always has one.
    if not given.get("StreamEnabled", view_type is not None):
        return None
    if view_type is None:
        raise _service_errors.ValidationException(_service_errors.VIEW_TYPE_MISSING)
    return view_type


def check_table_name(name: str) -> None:
    """Raise ValidationException if the service refuses the name of a new table.

    The service refuses names of fewer than 3 characters in these words (R). For other names they are made alike (I).
    """
    rule = next((rule for rule, pattern in _RULES_OF_NAMES.items() if not re.fullmatch(pattern, name)), None)
    if rule is not None:
        raise _service_errors.ValidationException(_violation(name, "tableName", rule))


def check_creation(request: Mapping[str, Any]) -> None:
    """Raise ValidationException if the service refuses the name or the StreamSpecification of a CreateTable request."""
    check_table_name(str(request.get("TableName")))
    specification = request.get("StreamSpecification") or {}
    if specification.get("StreamEnabled") is False and "StreamViewType" in specification:
        raise _service_errors.ValidationException(_service_errors.VIEW_TYPE_OF_DISABLED_STREAM)


def check_update_request(request: Mapping[str, Any]) -> None:
    """Raise ValidationException if an UpdateTable request changes the capacity and the stream at once."""
    if request.get("ProvisionedThroughput") and request.get("StreamSpecification"):
        raise _service_errors.ValidationException(_service_errors.STREAM_AND_CAPACITY)


def check_update(specification: Mapping[str, Any], table_name: str, stream: StreamState | None) -> None:
    """Raise ValidationException if the service refuses the StreamSpecification of an UpdateTable request.

    Args:
        specification: the StreamSpecification of the request.
        table_name: the table's name, for the message.
        stream: the table's enabled stream, if it has one.

    Raises:
        ValidationException: the request enables a second stream, or disables a stream of a table without one, or
            its view type is missing or unknown.
    """
    enables = bool(specification.get("StreamEnabled"))
    if enables and stream is not None:
        raise _service_errors.ValidationException(_service_errors.TABLE_HAS_STREAM.format(table=table_name))
    view_type_asked_for(specification)
    if not enables and stream is None:
        raise _service_errors.ValidationException(_service_errors.TABLE_HAS_NO_STREAM.format(table=table_name))


def show_stream(table: Document, stream: StreamState) -> None:
    """Set the stream members of a table's description to its newest stream."""
    table.pop("StreamSpecification", None)
    table["LatestStreamArn"] = stream.name.arn
    table["LatestStreamLabel"] = stream.name.label
    if stream.disabled_at is None:
        table["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream.view_type}


def describe_table(registry: Registry, caller: Caller, request: Document) -> Document | None:
    """Return the response of DescribeTable from a table's stream; None if the table has no stream here.

    Args:
        registry: the streams.
        caller: region and account of the request.
        request: the request; it names the table by its name or its ARN.
    """
    asked = request.get("TableName")
    if not isinstance(asked, str):
        return None
    # An ARN of another region or account stays whole, and finds no stream, because no table name has a colon.
    name = asked.removeprefix(table_arn(caller.region, caller.account, ""))
    stream = registry.newest(name, caller.region, caller.account)
    if stream is None:
        return None
    table: Document = {
        "TableName": name,
        "TableArn": table_arn(caller.region, caller.account, name),
        "TableStatus": "ACTIVE",
        "KeySchema": key_schema_document(stream.key_schema),
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": kind} for key, kind in stream.key_schema.types.items()
        ],
    }
    show_stream(table, stream)
    return {"Table": table}


def table_not_found(request: Document) -> _service_errors.ResourceNotFoundException:
    """Return the error for a DescribeTable request whose table has no stream here."""
    name = request.get("TableName")
    return _service_errors.ResourceNotFoundException(_service_errors.TABLE_NOT_FOUND.format(table=name))


def key_schema_document(schema: KeySchema) -> list[Document]:
    """Return the KeySchema member of the description of a table or a stream."""
    return [{"AttributeName": key, "KeyType": role} for key, role in schema.elements]


def _unknown_view_type(view_type: str) -> str:
    rule = _service_errors.RULES["enum"].format(bound=_LISTED_VIEW_TYPES)
    return _violation(view_type, "streamSpecification.streamViewType", rule)


def _violation(value: str, field: str, rule: str) -> str:
    violation = _service_errors.VIOLATION.format(value=f"'{value}'", field=field, rule=rule)
    return _service_errors.ONE_VIOLATION.format(violations=violation)
