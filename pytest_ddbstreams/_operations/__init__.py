"""The four operations: dict in, dict out, a table and one `perform`.

The API's words end here: below it are streams, shards, numbers and positions, above it requests and responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _schemas
from .listing import describe_stream, list_streams
from .reading import get_records, get_shard_iterator
from .requests import Caller, read_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._model.registry import Registry

__all__ = ["OPERATIONS", "Caller", "perform"]

Document = dict[str, Any]

OPERATIONS: dict[str, Callable[[Registry, Caller, Document], Document]] = {
    "DescribeStream": describe_stream,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
}


def perform(operation: str, registry: Registry, caller: Caller, request: Document) -> Document:
    """Answer one request.

    Args:
        operation: a name in `OPERATIONS`.
        registry: the streams that exist.
        caller: who asks, from where, and when.
        request: a JSON object; members that are null count as absent, as they do at the service.

    Raises:
        ServiceError: the service would not answer this with success.
        ContractViolation: the answer breaks the API's schema, which is a fault of the fake.
    """
    response = OPERATIONS[operation](registry, caller, read_request(operation, request))
    # Records were validated when they were written, so a page is checked without them.
    envelope = {**response, "Records": []} if "Records" in response else response
    _schemas.check_response(operation, envelope)
    return response
