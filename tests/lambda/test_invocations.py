from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, numbers_of

from pytest_ddbstreams import StreamsMock, _schemas, to_lambda_event

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_an_invocation_has_its_event_its_response_and_its_place(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    contexts = []

    def handler(_event: Any, context: Any) -> Any:
        contexts.append(context)
        return {"done": (1, 2)}

    record = ddbstreams_stream.insert({"pk": "o#1"})
    [invocation] = connect(ddbstreams_mock, handler).poll()
    assert invocation.event == to_lambda_event([record], stream=ddbstreams_stream)
    assert (invocation.response, invocation.error, invocation.is_success) == ({"done": [1, 2]}, None, True)
    assert (invocation.shard, invocation.concurrent_batch) == (ddbstreams_stream.shards[0].id, 0)
    assert (invocation.attempt, invocation.reason, invocation.at) == (1, "available", START)
    assert (invocation.sequence_numbers, invocation.request_id) == (
        (record.sequence_number,),
        contexts[0].aws_request_id,
    )


def test_each_invocation_has_an_event_of_its_own(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    seen = []

    def handler(event: Any, _context: Any) -> None:
        seen.append(len(event["Records"]))
        event["Records"].clear()
        if len(seen) == 1:
            raise ValueError

    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, handler)
    mapping.drain()
    assert seen == [2, 2]
    assert [len(invocation.event["Records"]) for invocation in mapping.invocations] == [2, 2]


def test_delivered_events_fit_their_schema(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1", "blob": b"abc"})
    ddbstreams_stream.remove({"pk": "o#1"}, by_ttl=True)
    for invocation in connect(ddbstreams_mock, Handler()).drain():
        assert _schemas.violations(_schemas.LAMBDA_EVENT, invocation.event) == ()
        assert invocation.event["Records"][1]["userIdentity"]["type"] == "Service"


def test_two_runs_with_the_same_seed_are_equal(ddbstreams_mock: StreamsMock) -> None:
    def run() -> list[Any]:
        ddbstreams_mock.reset()
        stream = ddbstreams_mock.create_stream("test-table")
        fill(stream, 40)
        mapping = connect(ddbstreams_mock, Handler(failures=2), batch_size=3, parallelization_factor=4, duplicate=0.3)
        mapping.drain()
        return [(one.request_id, one.concurrent_batch, one.sequence_numbers) for one in mapping.invocations]

    ddbstreams_mock.clock.move_to(START)
    first = run()
    ddbstreams_mock.clock.move_to(START)
    assert run() == first


def test_the_repr_of_an_invocation_has_its_time_its_place_and_its_response(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 4)
    shard, numbers = ddbstreams_stream.shards[0], numbers_of(ddbstreams_stream)
    mapping = connect(ddbstreams_mock, Handler(response="done", poison=["o#3"]), batch_size=3)
    mapping.poll()
    mapping.poll()
    assert [repr(invocation) for invocation in mapping.invocations] == [
        f"2026-01-01T00:00:00Z {shard.id} 3 records {numbers[0]}..{numbers[2]}, full, attempt 1 -> returned 'done'",
        f"2026-01-01T00:00:00Z {shard.id} record {numbers[3]}, available, attempt 1 -> ValueError: poison",
    ]


def test_the_repr_of_an_invocation_names_a_concurrent_batch_that_is_not_the_first(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 20)
    for invocation in connect(ddbstreams_mock, Handler(), parallelization_factor=2).poll():
        named = {0: "", 1: " concurrent batch 1"}[invocation.concurrent_batch]
        assert f"{invocation.shard}{named} 1" in repr(invocation)


@pytest.mark.parametrize(("length", "end"), [(198, "x'"), (199, "x…")])
def test_the_repr_of_an_invocation_has_at_most_200_characters_of_the_response(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, length: int, end: str
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response="x" * length)).poll()
    shown = repr(invocation).partition(" -> returned ")[2]
    assert (len(shown.removesuffix("…")), shown[-2:]) == (200, end)
