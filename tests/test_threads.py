"""Sixteen threads that read and write, and one that splits shards, at the same time through real clients."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Stream

WRITERS = 8
READERS = 8
NAMES = {writer: [f"{writer}/{number:02d}" for number in range(40)] for writer in range(WRITERS)}
ALL = sorted(name for names in NAMES.values() for name in names)

pytestmark = pytest.mark.ddbstreams_stream(table_name="orders", shards=2)


@pytest.fixture(params=["one client for all", "a client for each"])
def clients(request: pytest.FixtureRequest, ddbstreams_stream: Stream) -> list[Any]:
    """Return the readers' clients, made before the threads start, because threads cannot share a boto3 session."""
    session = boto3.session.Session()
    count = 1 if request.param == "one client for all" else READERS
    made = [session.client("dynamodbstreams", ddbstreams_stream.region) for _ in range(count)]
    return made * (READERS // count)


def read_stream(client: Any, stream: Stream) -> list[str]:
    """Return all records, parents before children, read until the stream is disabled and every shard has ended."""
    seen: list[str] = []
    finished: set[str] = set()
    while True:
        description = client.describe_stream(StreamArn=stream.arn)["StreamDescription"]
        fresh = [shard["ShardId"] for shard in description["Shards"] if shard["ShardId"] not in finished]
        if not fresh and description["StreamStatus"] == "DISABLED":
            return seen
        for shard_id in fresh:
            seen += read_shard(client, stream, shard_id)
            finished.add(shard_id)


def read_shard(client: Any, stream: Stream, shard_id: str) -> Iterator[str]:
    place = {"StreamArn": stream.arn, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
    token = client.get_shard_iterator(**place)["ShardIterator"]
    while token is not None:
        page = client.get_records(ShardIterator=token, Limit=25)
        for record in page["Records"]:
            yield record["dynamodb"]["NewImage"]["pk"]["S"]
        token = page.get("NextShardIterator")


def put_all(stream: Stream, names: list[str]) -> None:
    for name in names:
        stream.put({"pk": name})


def split_often(stream: Stream) -> None:
    for _ in range(12):
        stream.open_shards[0].split()


def test_threads_that_read_and_write_while_shards_split_get_each_record_once(
    ddbstreams_stream: Stream, clients: list[Any]
) -> None:
    start = Barrier(READERS + WRITERS + 1)

    def at_once(job: Callable[..., Any], *arguments: Any) -> Any:
        start.wait(timeout=30)
        return job(*arguments)

    with ThreadPoolExecutor(READERS + WRITERS + 1) as pool:
        readers = [pool.submit(at_once, read_stream, client, ddbstreams_stream) for client in clients]
        writers = [pool.submit(at_once, put_all, ddbstreams_stream, names) for names in NAMES.values()]
        writers.append(pool.submit(at_once, split_often, ddbstreams_stream))
        try:
            for writer in writers:
                writer.result()
        finally:
            # The readers end with the last page of the last closed shard.
            ddbstreams_stream.disable()
        assert [sorted(reader.result()) for reader in readers] == [ALL] * READERS


def test_threads_that_write_one_item_make_one_record_for_each_change(ddbstreams_stream: Stream) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda number: ddbstreams_stream.put({"pk": "o#1", "n": number}), range(200)))
    images = [record["dynamodb"] for record in ddbstreams_stream.records]
    assert sorted(int(image["NewImage"]["n"]["N"]) for image in images) == list(range(200))
    assert [image["OldImage"] for image in images[1:]] == [image["NewImage"] for image in images[:-1]]


def test_bulk_writes_of_several_threads_do_not_mix(ddbstreams_stream: Stream) -> None:
    [shard, *_] = ddbstreams_stream.shards
    with ThreadPoolExecutor(WRITERS) as pool:
        counts = pool.map(lambda names: ddbstreams_stream.write_many({"pk": name} for name in names), NAMES.values())
        assert sum(counts) == len(ALL)
    seen = [record["dynamodb"]["Keys"]["pk"]["S"] for record in shard.records]
    writers = [name.partition("/")[0] for name in seen]
    turns = [writer for place, writer in enumerate(writers) if place == 0 or writer != writers[place - 1]]
    assert sorted(turns) == sorted(set(turns))
