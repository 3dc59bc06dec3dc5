"""The four operations: `perform` takes a request and returns its answer.

The model below knows streams, shards, sequence numbers and iterators, and none of the API's names for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _schemas
from .listing import describe_stream, list_streams
from .reading import get_records, get_shard_iterator
from .requests import CLEAR, Answer, Caller, Request, View, checked, request_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._model.registry import Registry

__all__ = ["CLEAR", "OPERATIONS", "Answer", "Caller", "Request", "View", "perform", "request_of"]

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
        caller: region, account and time of the request, and the streams as it sees them.
        request: the request as it came.

    Raises:
        ServiceError: the service refuses the request.
        ContractViolation: the response breaks the API's schema, which is a bug of this package.
    """
    answer = OPERATIONS[request.operation](registry, caller, checked(request))
    response = answer.response
    if "Records" in response:
        # Records were validated when they were written.
        response = {**response, "Records": []}
    schema = _schemas.response_schema(request.operation)
    _schemas.check(schema, f"the response of {request.operation}", response)
    return answer
