"""Updates of tables by stacks of CloudFormation.

moto 5.2.5 creates and deletes the tables of stacks, and does not update them: such a table stays as it is, and the
stack forgets it. This patch can go when moto's Table has a method ``update_from_cloudformation_json`` of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .methods import TABLE, Patch

if TYPE_CHECKING:
    from collections.abc import Callable

_PARAMETERS = ("cls", "original_resource", "new_resource_name", "cloudformation_json", "account_id", "region_name")


def _update_table(_: Callable[..., Any]) -> Any:
    """Give the table of an updated stack its new stream, or replace the table, and return the table."""

    def replacement(cls: Any, /, *, original_resource: Any, new_resource_name: str, **resource: Any) -> Any:
        properties = resource["cloudformation_json"]["Properties"]
        if _is_replaced(original_resource, properties):
            cls.delete_from_cloudformation_json(original_resource.name, **resource)
            return cls.create_from_cloudformation_json(new_resource_name, **resource)
        _update_stream(original_resource, properties.get("StreamSpecification") or {})
        return original_resource

    return classmethod(replacement)


def _is_replaced(table: Any, properties: dict[str, Any]) -> bool:
    """Return whether CloudFormation replaces a table: if its name or its key changes, by the template reference."""
    return bool(properties.get("TableName", table.name) != table.name or properties["KeySchema"] != table.schema)


def _update_stream(table: Any, specification: dict[str, Any]) -> None:
    """Disable the stream of a table and enable another one, if the view type changes."""
    from moto.dynamodb.models import dynamodb_backends

    view_type, present = specification.get("StreamViewType"), table.stream_specification.get("StreamViewType")
    if view_type == present:
        return
    backend = dynamodb_backends[table.account_id][table.region_name]
    if present is not None:
        backend.update_table_streams(table, {"StreamEnabled": False})
    if view_type is not None:
        backend.update_table_streams(table, {"StreamEnabled": True, "StreamViewType": view_type})


UPDATE = Patch(TABLE, "Table", "update_from_cloudformation_json", _PARAMETERS, _update_table)
