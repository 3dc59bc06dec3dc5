"""ListStreams and DescribeStream: pages of streams, and pages of a stream's shards."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import _service_errors
from .requests import Answer, known_stream, limit_of, require_stream_arn
from .tables import key_schema_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._model.registry import Registry
    from .._model.shard import ShardState
    from .._model.stream import StreamState
    from .requests import Caller, Request, View

Document = dict[str, Any]

_LARGEST_PAGE = 100
_CHILD_SHARDS = "CHILD_SHARDS"


def list_streams(registry: Registry, caller: Caller, request: Request, _: View) -> Answer:
    """Return a page of the streams of the caller's account in the caller's region."""
    asked = request.document
    limit = limit_of(asked, _LARGEST_PAGE, _service_errors.LIST_STREAMS_LIMIT)
    start, table_name = asked.get("ExclusiveStartStreamArn"), asked.get("TableName")
    if start is not None:
        require_stream_arn(start)
    page, more = _page(registry.listed_after(start, caller.region, caller.account, table_name, caller.now), limit)
    response: Document = {"Streams": [_stream_document(stream) for stream in page]}
    if more:
        response["LastEvaluatedStreamArn"] = page[-1].name.arn
    return Answer(response)


def describe_stream(registry: Registry, caller: Caller, request: Request, view: View) -> Answer:
    """Return the description of a stream, with a page of its shards in the order in which they were opened."""
    asked = request.document
    limit = limit_of(asked, _LARGEST_PAGE, _service_errors.DESCRIBE_STREAM_LIMIT)
    parent = _parent_asked_for(asked)
    stream = known_stream(registry, caller, asked["StreamArn"])
    listed = stream.lineage.listed_after(asked.get("ExclusiveStartShardId"), caller.now, parent)
    page, more = _page(listed, min(limit, view.listing_limit))
    if view.withholds:
        return Answer({"StreamDescription": _description(stream, stream.status, [])}, is_withheld=bool(page))
    hidden = frozenset(shard.id for shard in page if view.hides(shard.id))
    shown = [shard for shard in page if shard.id not in hidden]
    lingering = frozenset(shard.id for shard in shown if not shard.is_open and view.lingers(shard.id))
    shards = [_shard_document(shard, is_open=shard.is_open or shard.id in lingering) for shard in shown]
    description = _description(stream, _status(stream, page, shards), shards)
    if more:
        description["LastEvaluatedShardId"] = page[-1].id
    is_short = more and view.listing_limit < limit
    return Answer({"StreamDescription": description}, hidden, lingering, is_short=is_short)


def _page(found: Iterator[Any], limit: int) -> tuple[list[Any], bool]:
    """Return the first entries, up to a limit, and whether there are more."""
    page = list(islice(found, limit))
    return page, next(found, None) is not None


def _parent_asked_for(request: Document) -> str | None:
    """Return the id of the shard whose children a request asks for; None if it asks for all shards."""
    asked = request.get("ShardFilter")
    if asked is None:
        return None
    if asked.get("Type") != _CHILD_SHARDS or "ShardId" not in asked:
        raise _service_errors.ValidationException(_service_errors.INVALID_SHARD_FILTER)
    parent: str = asked["ShardId"]
    return parent


def _status(stream: StreamState, page: list[ShardState], shown: list[Document]) -> str:
    """Return the stream's status, in agreement with the shards that the response shows.

    An enabled stream is ENABLING while its shards are hidden. A disabled stream is DISABLING while a shard looks open.
    """
    if stream.disabled_at is None:
        # A page without shards says this only if it is the first page.
        return "ENABLING" if stream.lineage.shards[:1] == page[:1] and not shown else stream.status
    all_closed = all("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shown)
    return stream.status if all_closed else "DISABLING"


def _description(stream: StreamState, status: str, shards: list[Document]) -> Document:
    return {
        "StreamArn": stream.name.arn,
        "StreamLabel": stream.name.label,
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": stream.created_milliseconds / 1000,
        "TableName": stream.name.table_name,
        "KeySchema": key_schema_document(stream.key_schema),
        "StreamStatus": status,
        "Shards": shards,
    }


def _stream_document(stream: StreamState) -> Document:
    name = stream.name
    return {"StreamArn": name.arn, "TableName": name.table_name, "StreamLabel": name.label}


def _shard_document(shard: ShardState, *, is_open: bool) -> Document:
    numbers = {"StartingSequenceNumber": str(shard.starting_number)}
    if not is_open:
        numbers["EndingSequenceNumber"] = str(shard.ending_number)
    document: Document = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent_id is not None:
        document["ParentShardId"] = shard.parent_id
    return document
