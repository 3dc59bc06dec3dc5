"""The seam to moto: all that is known here of its insides, and whatever a release of moto can break.

While it is laid, six methods of moto's DynamoDB are wrapped. moto's own streams go on beneath, so that nothing is
missing there when the seam is lifted.
"""

from __future__ import annotations

from base64 import b64decode
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from .._exceptions import UnsupportedVersion
from .._items.items import is_due, typed_item
from .._items.keys import KeySchema
from .._model.changes import TIME_TO_LIVE
from .._operations.tables import check_update, show_stream, view_type_asked_for
from .._service import OPEN
from .._service_errors import ServiceError
from .tables import (
    Feed,
    ItemPlace,
    StreamingTable,
    TableName,
    Units,
)
from .wrapping import Method, Wrapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .._items.values import AttributeValue, Item
    from .._model.stream import StreamState
    from .._service import Service

#: The newest moto that the tests have passed with.
KNOWN = "5.2.5"


class MotoTables:
    """The tables of moto, as feeds know them."""

    @staticmethod
    def streaming_tables() -> Iterator[StreamingTable]:
        """Every table that has a stream enabled."""
        for table in _tables():
            # Without the bridge moto takes specifications that the service refuses; such a table has no stream.
            with suppress(ServiceError):
                view_type = view_type_asked_for(table.stream_specification)
                if view_type is not None:
                    yield _streaming(table, view_type)

    @staticmethod
    def expire_items(now: datetime) -> int:
        """Delete what Time To Live would delete by now; says how many items there were."""
        with _UNITS.unit(TIME_TO_LIVE):
            return sum(_expire(table, now) for table in _tables())


def connect() -> None:
    """Have all tables feed all mocks that are open.

    Raises:
        UnsupportedVersion: a method is not where it was.
    """
    if not _SEAM.is_laid:
        _refuse_if_moved()
        _SEAM.lay()
    for service in OPEN:
        if service.tables is None:
            service.tables = Feed(service, MotoTables())
            service.tables.begin()


def disconnect(service: Service) -> None:
    """Let no table feed a mock that was closed."""
    service.tables = None
    if not _feeds():
        _SEAM.lift()


def _refuse_if_moved() -> None:
    moved = ", ".join(map(str, _SEAM.moved))
    if moved:
        raise UnsupportedVersion(
            f"moto {version('moto')} has no {moved} any more, by which its tables feed the streams of this mock. "
            f"Update pytest-ddbstreams, or go back: pip install 'moto[dynamodb]=={KNOWN}'"
        )


def _feeds() -> list[Feed]:
    """One for each open mock, the innermost last."""
    return [service.tables for service in OPEN if isinstance(service.tables, Feed)]


def _newest(table: Any) -> StreamState | None:
    """A table's newest stream, as the innermost mock has it."""
    if not _has_had_stream(table):
        return None
    return next((feed.newest(_name(table)) for feed in reversed(_feeds())), None)


def _has_had_stream(table: Any) -> bool:
    """Whether a table feeds the streams under its name; beside one that never did, they are made by hand."""
    return table.stream_shard is not None


def _disable(table: Any) -> None:
    for feed in _feeds():
        feed.disable(_name(table))


# The wrappers: what each does besides what it wraps


def _one_unit(call_action: Callable[[Any], Any]) -> Any:
    """Every call of the API is one unit."""

    def wrapper(self: Any) -> Any:
        with _UNITS.unit() as unit:
            answer = call_action(self)
            unit.is_refused = answer[0] >= HTTPStatus.BAD_REQUEST
            return answer

    return wrapper


def _noting(add: Callable[..., None]) -> Any:
    """Every write of an item is noted; moto itself stumbles where the stream was disabled."""

    def wrapper(self: Any, old: Any, new: Any) -> None:
        if "StreamViewType" in (self.table.stream_specification or {}):
            add(self, old, new)
        item = old if new is None else new
        _UNITS.note(ItemPlace(_name(self.table), (item.hash_key, item.range_key)), partial(_item, old))

    return wrapper


def _enabling(set_stream_specification: Callable[..., None]) -> Any:
    """A table that is made or updated with a stream gets one of ours."""

    def wrapper(self: Any, streams: dict[str, Any] | None) -> None:
        with _refusing():
            view_type = view_type_asked_for(streams)
        # moto takes a view type for a wish to enable.
        set_stream_specification(self, streams if view_type else None)
        if view_type is not None:
            for feed in _feeds():
                feed.enable(_streaming(self, view_type))

    return wrapper


def _updating(_: Callable[..., None]) -> Any:
    """The service's refusals stand in for moto's, which never lets a stream be enabled again."""

    def wrapper(_: Any, table: Any, stream_specification: dict[str, Any]) -> None:
        with _refusing():
            newest = _newest(table)
            enabled = newest if newest is not None and newest.disabled_at is None else None
            check_update(stream_specification, table.name, enabled)
        if enabled is not None:
            _disable(table)
        table.set_stream_specification(stream_specification)

    return wrapper


def _deleting(delete_table: Callable[..., Any]) -> Any:
    """The stream of a table that is deleted is disabled."""

    def wrapper(self: Any, name: str) -> Any:
        table = delete_table(self, name)
        if _has_had_stream(table):
            _disable(table)
        return table

    return wrapper


def _showing(describe: Callable[..., dict[str, Any]]) -> Any:
    """A table's description names its stream here; moto's own name for it stays out of sight."""

    def wrapper(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        described = describe(self, base_key)
        newest = _newest(self)
        if newest is not None:
            show_stream(described[base_key], newest)
        return described

    return wrapper


@contextmanager
def _refusing() -> Iterator[None]:
    """Have a refusal of the service leave by moto's way."""
    from moto.dynamodb.exceptions import MockValidationException

    try:
        yield
    except ServiceError as refusal:
        raise MockValidationException(refusal.message) from None


# Reading moto's tables and items


def _tables() -> Iterator[Any]:
    from moto.dynamodb.models import dynamodb_backends

    for regions in tuple(dynamodb_backends.values()):
        for moto_backend in tuple(regions.values()):
            yield from tuple(moto_backend.tables.values())


def _name(table: Any) -> TableName:
    return TableName(table.name, table.region_name, table.account_id)


def _streaming(table: Any, view_type: str) -> StreamingTable:
    types = {table.hash_key_attr: table.hash_key_type}
    if table.range_key_attr is not None:
        types[table.range_key_attr] = table.range_key_type
    return StreamingTable(_name(table), KeySchema.parse(types), view_type)


def _item_at(place: ItemPlace) -> Item | None:
    """The item as the table has it now; by its table's name, for a rolled-back table is another object."""
    from moto.dynamodb.models import dynamodb_backends

    name, region, account = place.table
    hash_key, range_key = place.key
    return _item(dynamodb_backends[account][region].tables[name].get_item(hash_key, range_key))


def _expire(table: Any, now: datetime) -> int:
    if table.ttl["TimeToLiveStatus"] != "ENABLED":
        return 0
    name = table.ttl["AttributeName"]
    due = [item for item in table.all_items() if name in item.attrs and is_due(_value(item.attrs[name]), now)]
    for item in due:
        table.delete_item(item.hash_key, item.range_key)
    return len(due)


def _item(item: Any) -> Item | None:
    """A copy of an item, as a stream shows it."""
    if item is None:
        return None
    return typed_item(
        {name: _value(value) for name, value in item.attrs.items()}, plain=False, what="the item in moto's table"
    )


def _value(value: Any) -> AttributeValue:
    """The typed value of one of moto's."""
    kind, content = value.type, value.value
    if kind == "S" and not isinstance(content, str):
        # What legacy AttributeUpdates put as a BOOL or a B, moto keeps as an S.
        kind = "BOOL" if isinstance(content, bool) else "B"
    if kind == "M":
        return {kind: {name: _value(entry) for name, entry in content.items()}}
    if kind == "L":
        return {kind: [_value(entry) for entry in content]}
    if kind == "B":
        return {kind: _blob(content)}
    if kind == "BS":
        return {kind: [_blob(entry) for entry in content]}
    return {kind: content}


def _blob(content: str | bytes) -> bytes:
    # As it came over the wire until moto 5.2, as botocore's model reads it since.
    return b64decode(content) if isinstance(content, str) else content


_TABLE, _MODELS, _RESPONSES = "moto.dynamodb.models.table", "moto.dynamodb.models", "moto.dynamodb.responses"
_SEAM = Wrapping(
    (
        Method(_RESPONSES, "DynamoHandler", "call_action", ("self",), _one_unit),
        Method(_TABLE, "StreamShard", "add", ("self", "old", "new"), _noting),
        Method(_TABLE, "Table", "set_stream_specification", ("self", "streams"), _enabling),
        Method(_TABLE, "Table", "describe", ("self", "base_key"), _showing),
        Method(
            _MODELS, "DynamoDBBackend", "update_table_streams", ("self", "table", "stream_specification"), _updating
        ),
        Method(_MODELS, "DynamoDBBackend", "delete_table", ("self", "name"), _deleting),
    )
)
_UNITS = Units(_item_at, _feeds)
