"""The four operations of the API: `perform` takes a request and returns its answer.

This package reads and writes the JSON members of requests and responses. The model below it does not know them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from .. import _schemas
from .listing import describe_stream, list_streams
from .reading import get_records, get_shard_iterator
from .requests import CLEAR, Answer, Caller, Request, View, checked, request_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._model.registry import Registry

__all__ = ["CLEAR", "OPERATIONS", "Answer", "Caller", "Request", "View", "perform", "request_of"]


#: The name of an operation of the service.
Operation = Literal["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]


class OperationRow(NamedTuple):
    """One operation of the service.

    Attributes:
        answer: answers a request that fits the operation's schema.
        schema: the name of the operation's schemas, without ``.request`` and ``.response``.
    """

    answer: Callable[[Registry, Caller, Request, View], Answer]
    schema: str


OPERATIONS = {
    "DescribeStream": OperationRow(describe_stream, "describe-stream"),
    "GetRecords": OperationRow(get_records, "get-records"),
    "GetShardIterator": OperationRow(get_shard_iterator, "get-shard-iterator"),
    "ListStreams": OperationRow(list_streams, "list-streams"),
}


def perform(registry: Registry, caller: Caller, request: Request, view: View) -> Answer:
    """Answer one request.

    Args:
        registry: the streams that exist.
        caller: region, account and time of the request.
        request: the request as it came.
        view: how the streams look to the request.

    Raises:
        ServiceError: the service refuses the request.
        ContractViolation: the response breaks the API's schema, which is a bug of this package.
    """
    operation = OPERATIONS[request.operation]
    answer = operation.answer(registry, caller, checked(request, f"{operation.schema}.request"), view)
    response = answer.response
    if "Records" in response:
        # Records were validated when they were written.
        response = {**response, "Records": []}
    _schemas.check(f"{operation.schema}.response", f"the response of {request.operation}", response)
    return answer
