"""A walk over the shards of a stream, as in Flink's connector and in the KCL's adapter for DynamoDB Streams.

These run on the JVM, so this module follows their documentation. All pages of DescribeStream make a graph of shards. A
closed shard without children means that the listing is late; then the walk lists the shards after the earliest of them
again, a few times. It reads a shard after its parent was read to the end, or if its parent is no longer listed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ShardGraph:
    """The shards that were listed so far, by their ids.

    Attributes:
        parents: the id of the parent of each shard, None for a shard without a parent.
        closed: the ids of the closed shards.
    """

    parents: dict[str, str | None] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def add(self, shard: dict[str, Any]) -> None:
        """Add a shard from DescribeStream; it may have closed since it was last listed."""
        self.parents[shard["ShardId"]] = shard.get("ParentShardId")
        if "EndingSequenceNumber" in shard["SequenceNumberRange"]:
            self.closed.add(shard["ShardId"])

    def closed_leaves(self) -> list[str]:
        """Return the closed shards without a listed child, earliest first."""
        return sorted(self.closed - set(self.parents.values()))


class ShardWalk:
    """Reads a stream from its trim horizon on.

    Args:
        client: a client of the service.
        stream_arn: the ARN of the stream.
        limit: the number of records of a page at most.
        relistings: how often the walk lists shards again in a round, while closed shards have no children.

    Attributes:
        delivered: the records that were read, as pairs of shard id and record.
    """

    def __init__(self, client: Any, stream_arn: str, *, limit: int = 1000, relistings: int = 5) -> None:
        self.delivered: list[tuple[str, dict[str, Any]]] = []
        self._client = client
        self._stream_arn = stream_arn
        self._limit = limit
        self._relistings = relistings
        self._graph = ShardGraph()
        self._iterators: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._finished: set[str] = set()

    @property
    def sequence_numbers(self) -> list[str]:
        """The sequence numbers of the delivered records, in order."""
        return [record["dynamodb"]["SequenceNumber"] for _, record in self.delivered]

    def run(self) -> None:
        """Walk until a round brings no record and finishes no shard."""
        while self.round():
            pass

    def round(self) -> bool:
        """List the shards, and read a page of each that may be read; return whether it brought anything."""
        before = len(self.delivered), len(self._finished)
        self._discover()
        self._start()
        for shard in list(self._iterators):
            self._read(shard)
        return (len(self.delivered), len(self._finished)) != before

    def _discover(self) -> None:
        self._list(None)
        for _ in range(self._relistings):
            leaves = self._graph.closed_leaves()
            if not leaves:
                return
            self._list(leaves[0])

    def _list(self, after: str | None) -> None:
        while True:
            start = {"ExclusiveStartShardId": after} if after else {}
            page = self._client.describe_stream(StreamArn=self._stream_arn, **start)["StreamDescription"]
            for shard in page["Shards"]:
                self._graph.add(shard)
            after = page.get("LastEvaluatedShardId")
            if after is None:
                return

    def _start(self) -> None:
        for shard, parent in self._graph.parents.items():
            is_new = shard not in self._iterators and shard not in self._finished
            if is_new and (parent not in self._graph.parents or parent in self._finished):
                self._point(shard)

    def _point(self, shard: str) -> None:
        """Get an iterator after the last record that was read, or at the trim horizon."""
        position = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard in self._last:
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last[shard]}
        try:
            found = self._client.get_shard_iterator(StreamArn=self._stream_arn, ShardId=shard, **position)
        except self._client.exceptions.ResourceNotFoundException:
            # The shard is older than 24 hours, and still listed.
            self._finish(shard)
        else:
            self._iterators[shard] = found["ShardIterator"]

    def _read(self, shard: str) -> None:
        try:
            page = self._client.get_records(ShardIterator=self._iterators[shard], Limit=self._limit)
        except self._client.exceptions.ExpiredIteratorException:
            self._point(shard)
            return
        for record in page["Records"]:
            self.delivered.append((shard, record))
            self._last[shard] = record["dynamodb"]["SequenceNumber"]
        if "NextShardIterator" in page:
            self._iterators[shard] = page["NextShardIterator"]
        else:
            self._finish(shard)

    def _finish(self, shard: str) -> None:
        self._iterators.pop(shard, None)
        self._finished.add(shard)
