"""The tables of moto and their items, as streams show them."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from .._items.items import is_due, typed_item
from .._items.keys import KeySchema
from .feeds import ItemPlace, StreamingTable, TableName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._items.values import AttributeValue, Item


def moto_tables() -> Iterator[Any]:
    from moto.dynamodb.models import dynamodb_backends

    for regions in tuple(dynamodb_backends.values()):
        for moto_backend in tuple(regions.values()):
            yield from tuple(moto_backend.tables.values())


def name_of(table: Any) -> TableName:
    return TableName(table.name, table.region_name, table.account_id)


def streaming_table(table: Any, view_type: str) -> StreamingTable:
    types = {table.hash_key_attr: table.hash_key_type}
    if table.range_key_attr is not None:
        types[table.range_key_attr] = table.range_key_type
    return StreamingTable(name_of(table), KeySchema.parse(types), view_type)


def item_at(place: ItemPlace) -> Item | None:
    """The item as the table has it now; by its table's name, for a rolled-back table is another object."""
    from moto.dynamodb.models import dynamodb_backends

    name, region, account = place.table
    hash_key, range_key = place.key
    return item_of(dynamodb_backends[account][region].tables[name].get_item(hash_key, range_key))


def expire_due(table: Any, now: datetime) -> int:
    if table.ttl["TimeToLiveStatus"] != "ENABLED":
        return 0
    name = table.ttl["AttributeName"]
    due = [item for item in table.all_items() if name in item.attrs and is_due(_value(item.attrs[name]), now)]
    for item in due:
        table.delete_item(item.hash_key, item.range_key)
    return len(due)


def item_of(item: Any) -> Item | None:
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
