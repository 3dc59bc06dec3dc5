from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import REPORTS, connect, keys_of, reasons_of

from pytest_ddbstreams import MappingWarning, NotDrained, _schemas

if TYPE_CHECKING:
    from pytest_ddbstreams import EventSourceMapping, Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:05Z")


def connect_windowed(mock: StreamsMock, handler: Any, **settings: Any) -> EventSourceMapping:
    return connect(mock, handler, **{"tumbling_window_in_seconds": 60, **settings})


def count(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"state": {"seen": event["state"].get("seen", 0) + len(event["Records"])}}


def windows_of(mapping: EventSourceMapping) -> list[tuple[Any, ...]]:
    events = [invocation.event for invocation in mapping.invocations]
    return [
        (
            event["window"]["start"][14:19],
            keys_of(event),
            event["state"].get("seen", 0),
            event["isFinalInvokeForWindow"],
        )
        for event in events
    ]


def test_the_state_is_handed_on_until_the_final_invocation_of_the_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(3))
    mapping = connect_windowed(ddbstreams_mock, count, batch_size=2)
    mapping.drain()
    assert windows_of(mapping) == [
        ("00:00", ["o#0", "o#1"], 0, False),
        ("00:00", ["o#2"], 2, False),
        ("00:00", [], 3, True),
    ]
    assert reasons_of(mapping.invocations) == ["full", "available", "final"]
    assert ddbstreams_mock.clock.now() == datetime(2026, 1, 1, 0, 1, tzinfo=timezone.utc)


def test_an_event_names_its_window(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    [invocation] = connect_windowed(ddbstreams_mock, count).poll()
    event = invocation.event
    assert _schemas.violations(_schemas.LAMBDA_EVENT, event) == ()
    assert event["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
    assert (event["shardId"], event["eventSourceARN"]) == (ddbstreams_stream.shards[0].id, ddbstreams_stream.arn)
    assert (event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) == (False, False)


def test_a_final_event_fits_its_schema(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    for invocation in connect_windowed(ddbstreams_mock, count).drain():
        assert _schemas.violations(_schemas.LAMBDA_EVENT, invocation.event) == ()


def test_records_of_two_windows_go_in_two_batches(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    ddbstreams_mock.clock.move_to("2026-01-01T00:01:00Z")
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping = connect_windowed(ddbstreams_mock, count)
    mapping.drain()
    assert windows_of(mapping) == [
        ("00:00", ["o#0"], 0, False),
        ("00:00", [], 1, True),
        ("01:00", ["o#1"], 0, False),
        ("01:00", [], 1, True),
    ]
    assert reasons_of(mapping.invocations) == ["tumbled", "final", "available", "final"]


def test_the_final_invocation_of_a_window_is_at_its_end(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping = connect_windowed(ddbstreams_mock, count)
    assert [len(mapping.poll()) for _ in range(3)] == [1, 0, 0]
    ddbstreams_mock.clock.move_to("2026-01-01T00:00:59.999Z")
    assert mapping.poll() == ()
    ddbstreams_mock.clock.move_to("2026-01-01T00:01:00Z")
    assert reasons_of(mapping.poll()) == ["final"]
    assert mapping.poll() == ()


def test_a_window_closes_at_the_end_of_its_shard(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    child = ddbstreams_stream.rotate()
    ddbstreams_stream.insert({"pk": "o#1"})
    mapping = connect_windowed(ddbstreams_mock, count)
    for _ in range(3):
        mapping.poll()
    assert windows_of(mapping) == [("00:00", ["o#0"], 0, False), ("00:00", [], 1, True), ("00:00", ["o#1"], 0, False)]
    assert mapping.invocations[-1].shard == child.id


@pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")
def test_a_response_without_state_is_a_failed_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping = connect_windowed(ddbstreams_mock, lambda _event, _context: {"seen": 1}, maximum_retry_attempts=1)
    mapping.drain()
    assert [invocation.is_success for invocation in mapping.invocations] == [False, False, True]
    assert reasons_of(mapping.invocations) == ["available", "retry", "final"]
    assert [one.condition for one in mapping.discarded] == ["RetryAttemptsExhausted"]


def test_a_retry_gets_the_state_of_the_last_success(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    failing = [False, True, False, False]

    def handler(event: dict[str, Any], context: Any) -> Any:
        if failing.pop(0):
            raise ValueError
        return count(event, context)

    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(2))
    mapping = connect_windowed(ddbstreams_mock, handler, batch_size=1)
    mapping.drain()
    assert [(keys, seen) for _, keys, seen, _ in windows_of(mapping)] == [
        (["o#0"], 0),
        (["o#1"], 1),
        (["o#1"], 1),
        ([], 2),
    ]


def test_a_state_over_one_megabyte_ends_the_window_early(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(event: dict[str, Any], _context: Any) -> Any:
        return {"state": "x" * (1024 * 1024 - 1) if event["Records"] else ""}

    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(2))
    mapping = connect_windowed(ddbstreams_mock, handler, batch_size=1)
    for _ in range(3):
        mapping.poll()
    events = [invocation.event for invocation in mapping.invocations]
    assert [(event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) for event in events] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    assert (keys_of(events[2]), events[2]["state"]) == (["o#1"], {})


def test_pending_halves_are_delivered_before_the_early_end_of_their_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(event: dict[str, Any], _context: Any) -> Any:
        if len(event["Records"]) > 1:
            raise ValueError
        return {"state": "x" * 1024 * 1024}

    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(2))
    mapping = connect_windowed(ddbstreams_mock, handler, bisect_batch_on_function_error=True)
    mapping.drain()
    ends = [(one.reason, one.event["isWindowTerminatedEarly"]) for one in mapping.invocations]
    assert ends == [("available", False), ("bisect", False), ("bisect", False), ("final", True)]


def test_a_state_of_one_megabyte_is_handed_on(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    text = "x" * (1024 * 1024 - 2)
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping = connect_windowed(ddbstreams_mock, lambda _event, _context: {"state": text})
    mapping.drain()
    final = mapping.invocations[-1].event
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, False)
    assert final["state"] == text


def test_a_large_state_leaves_less_room_for_records(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for number in range(17):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping = connect_windowed(ddbstreams_mock, lambda _event, _context: {"state": "x" * 1_000_000}, batch_size=100)
    mapping.poll()
    for number in range(17, 33):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping.poll()
    assert [len(invocation.sequence_numbers) for invocation in mapping.invocations] == [16, 13]


def test_a_partial_failure_keeps_the_state(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handler(event: dict[str, Any], context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        return {**count(event, context), "batchItemFailures": [{"itemIdentifier": number} for number in numbers[1:]]}

    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(2))
    mapping = connect_windowed(ddbstreams_mock, handler, **REPORTS)
    mapping.drain()
    assert [(keys, seen) for _, keys, seen, _ in windows_of(mapping)] == [(["o#0", "o#1"], 0), (["o#1"], 2), ([], 3)]


def test_a_response_with_state_alone_does_not_warn(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping = connect_windowed(ddbstreams_mock, count, **REPORTS)
    assert [invocation.is_success for invocation in mapping.drain()] == [True, True]


def test_a_response_with_state_and_a_misspelt_list_of_failures_warns(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    response: dict[str, Any] = {"state": {}, "batchItemFailure": []}
    mapping = connect_windowed(ddbstreams_mock, lambda _event, _context: response, **REPORTS)
    with pytest.warns(MappingWarning, match="has no 'batchItemFailures'"):
        mapping.poll()


def failing_at_the_end(event: dict[str, Any], context: Any) -> Any:
    if event["isFinalInvokeForWindow"]:
        raise ValueError("cannot sum up")
    return count(event, context)


def test_a_final_invocation_that_fails_is_retried_and_given_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    mapping = connect_windowed(ddbstreams_mock, failing_at_the_end, maximum_retry_attempts=1)
    mapping.drain()
    assert reasons_of(mapping.invocations) == ["available", "final", "retry"]
    [given] = mapping.discarded
    assert given.document is not None
    assert given.document["DDBStreamBatchInfo"]["batchSize"] == 0
    assert (given.records, given.start_sequence_number) == ([], None)
    assert "no records discarded" in mapping.report()


def test_drain_stops_after_max_attempts_failures_of_a_final_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    with pytest.raises(NotDrained, match="cannot sum up"):
        connect_windowed(ddbstreams_mock, failing_at_the_end).drain(max_attempts=5)


def test_an_injected_record_belongs_to_the_window_of_its_own_time(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#0"})
    [record] = ddbstreams_stream.records
    del record["dynamodb"]["SequenceNumber"]
    record["dynamodb"]["ApproximateCreationDateTime"] = datetime(2025, 12, 31, 23, 59, 30, tzinfo=timezone.utc)
    ddbstreams_stream.inject(record)
    mapping = connect_windowed(ddbstreams_mock, count)
    mapping.drain()
    assert [start for start, *_ in windows_of(mapping)] == ["00:00", "00:00", "59:00", "59:00"]


def test_a_window_stays_open_while_records_of_it_may_be_unread(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.write_many({"pk": f"o#{number}"} for number in range(2))
    broken = [True]

    def handler(event: dict[str, Any], context: Any) -> Any:
        if broken:
            raise ValueError
        return count(event, context)

    mapping = connect_windowed(ddbstreams_mock, handler, batch_size=1)
    mapping.poll()
    ddbstreams_mock.clock.move_to("2026-01-01T00:02:00Z")
    mapping.poll()
    broken.clear()
    mapping.drain()
    assert [one.event["state"]["seen"] for one in mapping.invocations if one.reason == "final"] == [2]
