from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lambda_handlers import Handler, connect, keys_of

from pytest_ddbstreams import StreamsMock

if TYPE_CHECKING:
    from pytest_ddbstreams import EventSourceMapping, Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def write(stream: Stream, items: int, times: int) -> None:
    for version in range(times):
        stream.write_many({"pk": f"o#{number}", "version": version} for number in range(items))


def versions_of(mapping: EventSourceMapping) -> dict[str, list[str]]:
    seen: dict[str, list[str]] = {}
    for invocation in mapping.invocations:
        for record in invocation.event["Records"]:
            image = record["dynamodb"]["NewImage"]
            seen.setdefault(image["pk"]["S"], []).append(image["version"]["N"])
    return seen


def test_a_poll_invokes_the_function_once_for_each_concurrent_batch(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    write(ddbstreams_stream, 50, 1)
    mapping = connect(ddbstreams_mock, Handler(), parallelization_factor=4)
    assert sorted(invocation.concurrent_batch for invocation in mapping.poll()) == [0, 1, 2, 3]


def test_all_records_of_an_item_go_to_one_concurrent_batch_in_order(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    write(ddbstreams_stream, 20, 5)
    mapping = connect(ddbstreams_mock, Handler(failures=3), parallelization_factor=5, batch_size=3)
    mapping.drain()
    places: dict[str, set[int]] = {}
    for invocation in mapping.invocations:
        for key in keys_of(invocation.event):
            places.setdefault(key, set()).add(invocation.concurrent_batch)
    assert {len(found) for found in places.values()} == {1}
    assert {tuple(dict.fromkeys(versions)) for versions in versions_of(mapping).values()} == {("0", "1", "2", "3", "4")}


def test_sort_keys_of_one_partition_may_overtake_each_other(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", key_schema={"pk": "S", "sk": "N"})
    stream.write_many({"pk": "o#1", "sk": number} for number in range(40))
    mapping = connect(ddbstreams_mock, Handler(), parallelization_factor=4, batch_size=2)
    mapping.drain()
    numbers = [number for invocation in mapping.invocations for number in invocation.sequence_numbers]
    assert sorted(numbers, key=int) != numbers
    assert len(set(numbers)) == 40


def test_the_seed_draws_the_order_of_concurrent_batches(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    write(ddbstreams_stream, 50, 1)
    mapping = connect(ddbstreams_mock, Handler(), parallelization_factor=10)
    orders = set()
    for version in range(1, 6):
        orders.add(tuple(invocation.concurrent_batch for invocation in mapping.poll()))
        ddbstreams_stream.write_many({"pk": f"o#{number}", "version": version} for number in range(50))
    assert len(orders) == 5


def test_a_failing_batch_stops_the_other_concurrent_batches_once_its_next_batch_is_full(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    write(ddbstreams_stream, 30, 1)
    bad = ddbstreams_stream.records[0]["dynamodb"]["Keys"]["pk"]["S"]
    handler = Handler(poison={bad})
    mapping = connect(ddbstreams_mock, handler, parallelization_factor=3, batch_size=2)
    for _ in range(20):
        mapping.poll()
    good = set(handler.delivered)
    assert 2 < len(good) < 30
    assert mapping.checkpoints == {}
    [blocked] = {invocation.concurrent_batch for invocation in mapping.invocations if invocation.error}
    handler.poison = set()
    mapping.drain()
    assert len(set(handler.delivered)) == 30
    assert list(mapping.checkpoints.values()) == [ddbstreams_stream.records[-1]["dynamodb"]["SequenceNumber"]]
    assert {invocation.concurrent_batch for invocation in mapping.invocations} - {blocked}


@pytest.mark.parametrize("seed", [-1, 2**70])
def test_records_are_shared_out_with_a_seed_of_any_size(seed: int) -> None:
    mock = StreamsMock(seed=seed)
    stream = mock.create_stream("test-table")
    write(stream, 20, 1)
    assert len(connect(mock, Handler(), parallelization_factor=2).poll()) == 2


def test_children_wait_for_all_concurrent_batches_of_their_parent(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    parent = ddbstreams_stream.shards[0]
    write(ddbstreams_stream, 10, 1)
    ddbstreams_stream.split()
    ddbstreams_stream.write_many({"pk": f"o#{number}", "version": 1} for number in range(10))
    handler = Handler(poison={"o#0"})
    mapping = connect(ddbstreams_mock, handler, parallelization_factor=3)
    for _ in range(5):
        mapping.poll()
    assert {invocation.shard for invocation in mapping.invocations} == {parent.id}
    handler.poison = set()
    mapping.drain()
    assert {tuple(dict.fromkeys(versions)) for versions in versions_of(mapping).values()} == {("0", "1")}
