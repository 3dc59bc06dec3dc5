"""The four operations, dict in, dict out: a table and one `perform`.

The API's words end here: the model below knows streams, shards, sequence numbers and iterators, the rooms above know
requests and responses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _schemas
from .listing import describe_stream, list_streams
from .reading import get_records, get_shard_iterator
from .requests import Caller, Request, checked, request_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._model.registry import Registry
    from .view import Answer

__all__ = ["OPERATIONS", "Caller", "Request", "perform", "request_of"]

OPERATIONS: dict[str, Callable[[Registry, Caller, Request], Answer]] = {
    "DescribeStream": describe_stream,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
}


def perform(registry: Registry, caller: Caller, request: Request) -> Answer:
    """Answer one request.

    Args:
        registry: the streams that exist.
        caller: account, region and time of the request, and how the streams look to it.
        request: the request as it came.

    Raises:
        ServiceError: the service answers this with an error.
        ContractViolation: the response breaks the API's schema, which is a fault of the fake.
    """
    answer = OPERATIONS[request.operation](registry, caller, checked(request))
    _schemas.check_response(request.operation, _without_records(answer.response))
    return answer


def _without_records(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response without its records, which were validated when they were written."""
    return {**response, "Records": []} if "Records" in response else response
