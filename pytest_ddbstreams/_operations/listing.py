"""ListStreams and DescribeStream: what exists, page by page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import _service_errors
from .requests import known_stream, limit_of, require_stream_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.registry import Registry
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .requests import Caller
    from .view import View

Document = dict[str, Any]

_LARGEST_PAGE = 100
_CHILD_SHARDS = "CHILD_SHARDS"


def list_streams(registry: Registry, caller: Caller, request: Document) -> Document:
    """The streams of the caller's account in the caller's region."""
    limit = limit_of(request, _LARGEST_PAGE, _service_errors.LIST_STREAMS_LIMIT)
    start = request.get("ExclusiveStartStreamArn")
    if start is not None:
        require_stream_arn(start)
    table_name = request.get("TableName")
    page, more = _page(registry.listed_after(start, caller.region, caller.account, table_name, caller.now), limit)
    response: Document = {
        "Streams": [
            {
                "StreamArn": stream.name.arn,
                "TableName": stream.name.table_name,
                "StreamLabel": stream.name.label,
            }
            for stream in page
        ]
    }
    if more:
        response["LastEvaluatedStreamArn"] = page[-1].name.arn
    return response


def describe_stream(registry: Registry, caller: Caller, request: Document) -> Document:
    """A stream and its shards, in the order in which they were opened."""
    limit = limit_of(request, _LARGEST_PAGE, _service_errors.DESCRIBE_STREAM_LIMIT)
    parent = _parent_asked_for(request)
    stream = known_stream(registry, caller, request["StreamArn"])
    listed = stream.lineage.listed_after(request.get("ExclusiveStartShardId"), caller.now, parent)
    page, more = _page(listed, limit)
    shown = [shard for shard in page if not caller.view.hides(shard.id)]
    description = _description(stream)
    description["Shards"] = [_shard_document(shard, caller.view) for shard in shown]
    description["StreamStatus"] = _status(stream, page, description["Shards"])
    if more:
        description["LastEvaluatedShardId"] = page[-1].id
    return {"StreamDescription": description}


def _page(found: Iterator[Any], limit: int) -> tuple[list[Any], bool]:
    page = list(islice(found, limit))
    return page, next(found, None) is not None


def _parent_asked_for(request: Document) -> str | None:
    """The shard whose children are asked for, or None where all shards are."""
    asked = request.get("ShardFilter")
    if asked is None:
        return None
    if asked.get("Type") != _CHILD_SHARDS or "ShardId" not in asked:
        raise _service_errors.ValidationException(_service_errors.INVALID_SHARD_FILTER)
    parent: str = asked["ShardId"]
    return parent


def _status(stream: StreamState, page: list[ShardState], shown: list[Document]) -> str:
    """The status that goes with what is shown: no shards yet while ENABLING, and some still open while DISABLING."""
    if stream.disabled_at is None:
        return "ENABLING" if stream.lineage.shards[:1] == page[:1] and not shown else stream.status
    all_closed = all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shown)
    return stream.status if all_closed else "DISABLING"


def _description(stream: StreamState) -> Document:
    kinds = stream.key_schema.elements
    return {
        "StreamArn": stream.name.arn,
        "StreamLabel": stream.name.label,
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": stream.created_milliseconds / 1000,
        "TableName": stream.name.table_name,
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in kinds],
    }


def _shard_document(shard: ShardState, view: View) -> Document:
    numbers = {"StartingSequenceNumber": str(shard.starting_number)}
    if shard.ending_number is not None and not view.lingers(shard.id):
        numbers["EndingSequenceNumber"] = str(shard.ending_number)
    document: Document = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent_id is not None:
        document["ParentShardId"] = shard.parent_id
    return document
