"""The patches of moto: methods of its DynamoDB that do more while a mock is open.

A release of moto that has other methods breaks this module or `tables`. moto's own streams get their records beneath
the patches, so that they lack nothing when the patches are removed.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .._model.changes import TIME_TO_LIVE
from .._operations.tables import (
    check_creation,
    check_table_name,
    check_update,
    check_update_request,
    show_stream,
    view_type_asked_for,
)
from .._service import OPEN
from .._service_errors import ServiceError
from . import lambda_mappings
from .corrections import corrections
from .feeds import Feed, ItemPlace, StreamingTable, WriteGroups
from .methods import MODELS, RESPONSES, TABLE, Patch, Patches
from .stacks import UPDATE
from .tables import account_of, expire_due, item_at, item_of, moto_tables, name_of, streaming_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from .._model.stream import StreamState
    from .._service import Service


class MotoTables:
    """The tables of moto, as a `feeds.Source`."""

    @staticmethod
    def streaming_tables() -> Iterator[StreamingTable]:
        """Yield the tables that have a stream enabled."""
        for table in moto_tables():
            # moto accepts StreamSpecifications that the service refuses; a table that has one has no stream.
            with suppress(ServiceError):
                view_type = view_type_asked_for(table.stream_specification)
                if view_type is not None:
                    yield streaming_table(table, view_type)

    @staticmethod
    def expire_items(now: datetime) -> int:
        """Delete the items that Time To Live would have deleted by now; return how many there were."""
        with _WRITES.group(TIME_TO_LIVE):
            return sum(expire_due(table, now) for table in moto_tables())

    @staticmethod
    def account_of(access_key: str) -> str | None:
        """Return the account that an access key belongs to; None if moto made no such key."""
        return account_of(access_key)

    @staticmethod
    def connect_functions(service: Service) -> None:
        """Connect the mappings of moto's Lambda to the handlers of a mock."""
        lambda_mappings.connect_functions(service)


def connect() -> None:
    """Let all tables feed all open mocks.

    Raises:
        UnsupportedVersion: a method of moto is not where it was.
    """
    _PATCHES.install()
    for service in OPEN:
        if service.tables is None:
            service.tables = Feed(service, MotoTables())
            service.tables.begin()


def disconnect(service: Service) -> None:
    """Let no table feed a mock any more."""
    service.tables = None
    if not _feeds():
        _PATCHES.remove()
        lambda_mappings.PATCHES.remove()


def _feeds() -> list[Feed]:
    """Return the feeds of the open mocks, the innermost last."""
    return [service.tables for service in OPEN if isinstance(service.tables, Feed)]


def _newest(table: Any) -> StreamState | None:
    """Return the newest stream of a table in the innermost mock; None if the table never had a stream."""
    if not _has_had_stream(table):
        return None
    return next((feed.newest(name_of(table)) for feed in reversed(_feeds())), None)


def _has_had_stream(table: Any) -> bool:
    """Return whether a table ever had a stream; if not, a stream of its name was created by the test."""
    return table.stream_shard is not None


def _disable(table: Any) -> None:
    for feed in _feeds():
        feed.disable(name_of(table))


# The replacements. Each does what is said here, beside what the method does.


def _group_writes(call_action: Callable[[Any], Any]) -> Any:
    """Group the writes of one call of the API."""

    def replacement(self: Any) -> Any:
        with _WRITES.group() as group:
            answer = call_action(self)
            group.is_refused = answer[0] >= HTTPStatus.BAD_REQUEST
            return answer

    return replacement


def _note_write(add: Callable[..., None]) -> Any:
    """Note each write of an item; moto's own method is left out if the stream is disabled, because it would fail."""

    def replacement(self: Any, old: Any, new: Any) -> None:
        if "StreamViewType" in (self.table.stream_specification or {}):
            add(self, old, new)
        item = old if new is None else new
        _WRITES.note(ItemPlace(name_of(self.table), (item.hash_key, item.range_key)), partial(item_of, old))

    return replacement


def _enable_stream(set_stream_specification: Callable[..., None]) -> Any:
    """Enable a stream for a table that is created or updated with one."""

    def replacement(self: Any, streams: dict[str, Any] | None) -> None:
        with _refusing():
            view_type = view_type_asked_for(streams)
            if view_type is not None:
                check_table_name(self.name)
        # moto enables a stream if there is a view type, also if StreamEnabled is false.
        set_stream_specification(self, streams if view_type else None)
        if view_type is not None:
            for feed in _feeds():
                feed.enable(streaming_table(self, view_type))

    return replacement


def _check_request(check: Callable[[dict[str, Any]], None], handle: Callable[[Any], Any]) -> Any:
    """Refuse a request that the service refuses and moto accepts."""

    def replacement(self: Any) -> Any:
        with _refusing():
            check(self.body)
        return handle(self)

    return replacement


def _update_stream(_: Callable[..., None]) -> Any:
    """Update a table's stream by the rules of the service; moto never lets a stream be enabled again."""

    def replacement(_: Any, table: Any, stream_specification: dict[str, Any]) -> None:
        with _refusing():
            newest = _newest(table)
            enabled = newest if newest is not None and newest.disabled_at is None else None
            check_update(stream_specification, table.name, enabled)
        if enabled is not None:
            _disable(table)
        table.set_stream_specification(stream_specification)

    return replacement


def _disable_deleted(delete_table: Callable[..., Any]) -> Any:
    """Disable the stream of a table that is deleted."""

    def replacement(self: Any, name: str) -> Any:
        table = delete_table(self, name)
        if _has_had_stream(table):
            _disable(table)
        return table

    return replacement


def _describe_stream(describe: Callable[..., dict[str, Any]]) -> Any:
    """Describe a table with the ARN and label of its stream here, instead of moto's."""

    def replacement(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        described = describe(self, base_key)
        newest = _newest(self)
        if newest is not None:
            show_stream(described[base_key], newest)
        return described

    return replacement


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise an error of the service in moto's class for it, which moto turns into an answer."""
    from moto.dynamodb.exceptions import MockValidationException

    try:
        yield
    except ServiceError as refusal:
        raise MockValidationException(refusal.message) from None


_WRITES = WriteGroups(item_at, _feeds)
_UPDATED = ("self", "table", "stream_specification")
_PATCHES = Patches(
    (
        Patch(RESPONSES, "DynamoHandler", "call_action", ("self",), _group_writes),
        Patch(RESPONSES, "DynamoHandler", "create_table", ("self",), partial(_check_request, check_creation)),
        Patch(RESPONSES, "DynamoHandler", "update_table", ("self",), partial(_check_request, check_update_request)),
        Patch(TABLE, "StreamShard", "add", ("self", "old", "new"), _note_write),
        Patch(TABLE, "Table", "set_stream_specification", ("self", "streams"), _enable_stream),
        Patch(TABLE, "Table", "describe", ("self", "base_key"), _describe_stream),
        Patch(MODELS, "DynamoDBBackend", "update_table_streams", _UPDATED, _update_stream),
        Patch(MODELS, "DynamoDBBackend", "delete_table", ("self", "name"), _disable_deleted),
        UPDATE,
        *corrections(_WRITES.note),
    )
)
