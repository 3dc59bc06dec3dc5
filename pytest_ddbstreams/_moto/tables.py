"""The tables of moto and their items, in the types of this package."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from .._items.items import is_due, typed_item
from .._items.keys import KeySchema
from .feeds import ItemPlace, StreamingTable, TableName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .._items.values import AttributeValue, Item


def is_open() -> bool:
    """Return whether a mock of moto is open. A closed one may leave its tables behind, for the next test of a class."""
    from moto.core.models import botocore_stubber

    return bool(botocore_stubber.enabled)


def moto_tables() -> Iterator[Any]:
    """Yield every table of moto, of all accounts and regions; none while no mock of moto is open."""
    from moto.dynamodb.models import dynamodb_backends

    if not is_open():
        return
    for regions in tuple(dynamodb_backends.values()):
        for moto_backend in tuple(regions.values()):
            yield from tuple(moto_backend.tables.values())


def account_of(access_key: str) -> str | None:
    """Return the account of an access key that moto made, as for an assumed role; None for another key."""
    iam = sys.modules.get("moto.iam.models")
    if iam is None or not is_open():
        return None
    found: str = iam.get_account_id_from(access_key)
    # moto takes the default account for each key that it does not know.
    return None if found == iam.DEFAULT_ACCOUNT_ID else found


def name_of(table: Any) -> TableName:
    """Return the name of a table of moto, with its region and account."""
    return TableName(table.name, table.region_name, table.account_id)


def streaming_table(table: Any, view_type: str) -> StreamingTable:
    """Return a table of moto that has a stream enabled, with the view type of that stream."""
    types = {table.hash_key_attr: table.hash_key_type}
    if table.range_key_attr is not None:
        types[table.range_key_attr] = table.range_key_type
    return StreamingTable(name_of(table), KeySchema.parse(types), view_type)


def place_of(table: Any, attributes: dict[str, Any]) -> ItemPlace | None:
    """Return the place of an item or a key in a table of moto; None if an attribute of the key is missing.

    Args:
        table: the table.
        attributes: attributes of a request, among them those of the key.
    """
    from moto.dynamodb.models.dynamo_type import DynamoType

    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    if any(name not in attributes for name in names):
        return None
    hash_key, *range_keys = (DynamoType(attributes[name]) for name in names)
    return ItemPlace(name_of(table), (hash_key, next(iter(range_keys), None)))


def item_at(place: ItemPlace) -> Item | None:
    """Return the item that a table has now; None if it has none.

    The table is found by its name, because moto replaces the table object when it rolls a transaction back.
    """
    from moto.dynamodb.models import dynamodb_backends

    name, region, account = place.table
    hash_key, range_key = place.key
    return item_of(dynamodb_backends[account][region].tables[name].get_item(hash_key, range_key))


def expire_due(table: Any, now: datetime) -> int:
    """Delete the items of a table that Time To Live would have deleted by now; return how many there were."""
    if table.ttl["TimeToLiveStatus"] != "ENABLED":
        return 0
    name = table.ttl["AttributeName"]
    due = [item for item in table.all_items() if name in item.attrs and is_due(_value(item.attrs[name]), now)]
    for item in due:
        table.delete_item(item.hash_key, item.range_key)
    return len(due)


def item_of(item: Any) -> Item | None:
    """Return the typed item of an item of moto, as a copy.

    Raises:
        InvalidItem: moto has accepted an item that DynamoDB would refuse.
    """
    if item is None:
        return None
    return typed_item(
        {name: _value(value) for name, value in item.attrs.items()}, plain=False, what="the item in moto's table"
    )


def _value(value: Any) -> AttributeValue:
    kind, content = value.type, value.value
    if kind == "S" and not isinstance(content, str):
        # Legacy AttributeUpdates: moto keeps a BOOL or a B that they put as an S.
        kind = "BOOL" if isinstance(content, bool) else "B"
    if kind == "M":
        return {kind: {name: _value(entry) for name, entry in content.items()}}
    if kind == "L":
        return {kind: [_value(entry) for entry in content]}
    if kind == "B":
        return {kind: _binary(content)}
    if kind == "BS":
        return {kind: [_binary(entry) for entry in content]}
    return {kind: content}


def _binary(content: str | bytes) -> bytes:
    # Until moto 5.2 it is the base64 text of the request; since then it is the bytes that botocore's model reads.
    return b64decode(content) if isinstance(content, str) else content
