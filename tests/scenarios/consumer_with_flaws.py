"""A consumer in one loop that is right but for the flaw that its test chooses."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]

#: After so many rounds that brought nothing it takes the stream for finished.
PATIENCE = 4


class LoopingConsumer:
    """Reads a stream with a real client.

    Flaws:
        lists-once: takes the first listing for the last.
        first-page: takes the first page of a listing for all of it.
        children-first: reads the youngest shard first.
        children-at-latest: begins shards that it discovers later at their end.
        waits-for-the-unlisted: waits for a parent that is not listed any more.
        empty-is-the-end: takes an empty page for the end of the shard.
        keeps-iterators: does not ask for another iterator when one has expired.
        keeps-place: does not look for another place when its own was trimmed.
        impatient: does not try again what was throttled.
        open-goes-on: relies on an open shard's pages to name a next iterator.
        leaves-the-disabled: does not read on when the stream is not enabled.
    """

    def __init__(self, client: Any, arn: str, flaw: str | None = None, start: str = "TRIM_HORIZON") -> None:
        self.client = client
        self.start = start
        self.begun: set[str] = set()
        self.arn = arn
        self.flaw = flaw
        self.delivered: list[Record] = []
        self.listing: dict[str, dict[str, Any]] = {}
        self.status = ""
        self.iterators: dict[str, str | None] = {}
        self.checkpoints: dict[str, str] = {}
        self.known_at_first: set[str] = set()

    def run(self) -> None:
        idle = 0
        while idle < PATIENCE:
            idle = 0 if self.round() else idle + 1
            time.sleep(1)

    def round(self) -> bool:
        if not (self.listing and self.flaw == "lists-once"):
            self.list_shards()
        self.known_at_first = self.known_at_first or set(self.listing)
        if self.flaw == "leaves-the-disabled" and self.status != "ENABLED":
            return False
        shards = reversed(self.listing) if self.flaw == "children-first" else iter(self.listing)
        progress = [self.read(shard_id) for shard_id in shards if self.may_read(shard_id)]
        return any(progress)

    def may_read(self, shard_id: str) -> bool:
        if self.is_finished(shard_id):
            return False
        parent = self.listing[shard_id].get("ParentShardId")
        if parent is None or self.flaw == "children-first":
            return True
        return self.is_finished(parent) or (parent not in self.listing and self.flaw != "waits-for-the-unlisted")

    def is_finished(self, shard_id: str) -> bool:
        return self.iterators.get(shard_id, "") is None

    def list_shards(self) -> None:
        self.listing = {shard["ShardId"]: shard for page in self.pages() for shard in page["Shards"]}

    def pages(self) -> Iterator[dict[str, Any]]:
        start: dict[str, str] | None = {}
        while start is not None:
            page = self.patiently("describe_stream", StreamArn=self.arn, **start)["StreamDescription"]
            self.status = page["StreamStatus"]
            yield page
            last = None if self.flaw == "first-page" else page.get("LastEvaluatedShardId")
            start = {"ExclusiveStartShardId": last} if last else None

    def read(self, shard_id: str) -> bool:
        """One page of a shard; whether it brought anything."""
        try:
            token = self.iterators.get(shard_id) or self.iterator(shard_id)
            page = self.patiently("get_records", ShardIterator=token)
        except ClientError as error:
            self.recover(shard_id, error.response["Error"]["Code"], error)
            return True
        self.delivered += page["Records"]
        if page["Records"]:
            self.checkpoints[shard_id] = page["Records"][-1]["dynamodb"]["SequenceNumber"]
        self.turn(shard_id, page)
        return bool(page["Records"]) or self.is_finished(shard_id)

    def turn(self, shard_id: str, page: dict[str, Any]) -> None:
        is_open = "EndingSequenceNumber" not in self.listing[shard_id]["SequenceNumberRange"]
        if self.flaw == "empty-is-the-end" and not page["Records"]:
            self.iterators[shard_id] = None
        elif self.flaw == "open-goes-on" and is_open:
            self.iterators[shard_id] = page["NextShardIterator"]
        else:
            self.iterators[shard_id] = page.get("NextShardIterator")

    def iterator(self, shard_id: str) -> str:
        place: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard_id in self.checkpoints:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.checkpoints[shard_id]}
        elif self.flaw == "children-at-latest" and shard_id not in self.known_at_first:
            place = {"ShardIteratorType": "LATEST"}
        elif shard_id in self.known_at_first - self.begun and self.start != "TRIM_HORIZON":
            place = {"ShardIteratorType": self.start}
            place |= {"Timestamp": datetime.now(timezone.utc)} if self.start == "AT_TIMESTAMP" else {}
        self.begun.add(shard_id)
        answer = self.patiently("get_shard_iterator", StreamArn=self.arn, ShardId=shard_id, **place)
        token: str = answer["ShardIterator"]
        return token

    def recover(self, shard_id: str, code: str, error: ClientError) -> None:
        if code == "ExpiredIteratorException" and self.flaw != "keeps-iterators":
            del self.iterators[shard_id]
        elif code == "TrimmedDataAccessException" and self.flaw != "keeps-place":
            self.checkpoints.pop(shard_id, None)
            self.iterators.pop(shard_id, None)
        elif code == "ResourceNotFoundException":
            self.iterators[shard_id] = None  # the shard is too old to be there
        else:
            raise error

    def patiently(self, operation: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self.client, operation)(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException" or self.flaw == "impatient":
                raise
        else:
            return answer
        time.sleep(1)
        return self.patiently(operation, **request)
