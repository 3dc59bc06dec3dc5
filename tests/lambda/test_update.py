from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, given_up, keys_of, reasons_of

from pytest_ddbstreams import (
    EventSourceMapping,
    InvalidOption,
    MappingWarning,
    NotDrained,
    StreamsMock,
    StreamStateError,
)

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def stuck(mock: StreamsMock, handler: Handler, **settings: Any) -> EventSourceMapping:
    """Return a mapping whose first batch has failed ten times."""
    mapping = connect(mock, handler, **settings)
    with pytest.raises(NotDrained):
        mapping.drain(max_attempts=10)
    handler.batches.clear()
    return mapping


def test_a_stuck_shard_is_freed_by_a_number_of_retries(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 4)
    handler = Handler(poison={"o#0"})
    mapping = stuck(ddbstreams_mock, handler, batch_size=2)
    mapping.update(maximum_retry_attempts=1)
    mapping.drain()
    assert given_up(mapping.discarded) == [names[:2]]
    assert handler.batches == [names[:2], names[:2], names[2:]]


def test_a_stuck_shard_is_freed_by_bisecting(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 4)
    handler = Handler(poison={"o#0"})
    mapping = stuck(ddbstreams_mock, handler)
    mapping.update(bisect_batch_on_function_error=True, maximum_retry_attempts=0)
    mapping.drain()
    assert given_up(mapping.discarded) == [["o#0"]]


def test_a_stuck_shard_is_freed_by_a_filter_that_passes_the_record_over(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    handler = Handler(poison={"o#0"})
    mapping = stuck(ddbstreams_mock, handler)
    mapping.update(filter_criteria=[{"dynamodb": {"Keys": {"pk": {"S": [{"anything-but": ["o#0"]}]}}}}])
    mapping.drain()
    assert handler.batches == [["o#1", "o#2"]]
    assert mapping.discarded == ()
    assert "1 passed over" in mapping.report()


def test_a_stuck_shard_is_freed_by_a_maximum_age(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = stuck(ddbstreams_mock, Handler(poison={"o#0"}))
    mapping.update(maximum_record_age_in_seconds=60)
    mapping.drain()
    assert [one.condition for one in mapping.discarded] == ["RecordAgeExceeded"]


def test_a_stuck_shard_is_freed_by_another_handler(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def mended(event: Any, context: Any) -> None:
        seen.append((context.function_name, keys_of(event)))

    seen: list[Any] = []
    names = fill(ddbstreams_stream, 2)
    mapping = stuck(ddbstreams_mock, Handler(poison={"o#0"}))
    mapping.update(handler=mended)
    mapping.drain()
    assert seen == [("mended", names)]
    assert len({invocation.request_id for invocation in mapping.invocations}) == len(mapping.invocations)


def test_a_mapping_keeps_its_position_when_it_is_updated(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 5)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2)
    mapping.poll()
    before = mapping.checkpoints
    mapping.update(batch_size=1)
    assert mapping.checkpoints == before
    mapping.drain()
    assert handler.batches == [names[:2], *([name] for name in names[2:])]


def test_records_that_wait_are_in_batches_of_the_new_size_after_an_update(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 4)
    handler = Handler(poison={"o#0"})
    mapping = stuck(ddbstreams_mock, handler, batch_size=3)
    mapping.update(batch_size=2, maximum_retry_attempts=0)
    mapping.drain()
    assert handler.batches == [["o#0", "o#1"], ["o#2", "o#3"]]
    assert reasons_of(mapping.invocations[-2:]) == ["full", "full"]


@pytest.mark.parametrize(("before", "after"), [(1, 10), (10, 1), (4, 7)])
def test_order_per_item_is_kept_when_the_parallelization_factor_changes(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, before: int, after: int
) -> None:
    for version in range(3):
        ddbstreams_stream.write_many({"pk": f"o#{number}", "version": version} for number in range(10))
    handler = Handler(failures=10)
    mapping = connect(ddbstreams_mock, handler, parallelization_factor=before, batch_size=4)
    mapping.poll()
    mapping.update(parallelization_factor=after)
    mapping.drain()
    versions = [
        (record["dynamodb"]["Keys"]["pk"]["S"], record["dynamodb"]["NewImage"]["version"]["N"])
        for invocation in mapping.invocations
        if invocation.is_success
        for record in invocation.event["Records"]
    ]
    assert sorted(versions) == [(f"o#{number}", str(version)) for number in range(10) for version in range(3)]
    assert all(
        [version for name, version in versions if name == f"o#{number}"] == ["0", "1", "2"] for number in range(10)
    )


def test_the_wait_before_a_retry_ends_when_a_mapping_is_updated(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.poll()
    mapping.update(batch_size=1)
    mapping.drain()
    assert ddbstreams_mock.clock.now() == START


def test_an_open_window_keeps_its_state_and_its_end_when_a_mapping_is_updated(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def count(event: Any, _context: Any) -> Any:
        windows.append((event["window"]["end"], event["state"], event["isFinalInvokeForWindow"]))
        return {"state": {"seen": event["state"].get("seen", 0) + len(event["Records"])}}

    windows: list[Any] = []
    mapping = connect(ddbstreams_mock, count, tumbling_window_in_seconds=60)
    fill(ddbstreams_stream, 1)
    mapping.poll()
    mapping.update(tumbling_window_in_seconds=10)
    fill(ddbstreams_stream, 1, start=1)
    mapping.drain()
    end = "2026-01-01T00:01:00Z"
    assert windows == [(end, {}, False), (end, {"seen": 1}, False), (end, {"seen": 2}, True)]


def test_the_final_invocation_of_a_window_is_tried_again_after_an_update(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def failing_once_at_the_end(event: Any, _context: Any) -> Any:
        if event["isFinalInvokeForWindow"] and not finals:
            finals.append(event["state"])
            raise ValueError("once")
        return {"state": {"seen": len(event["Records"])}}

    finals: list[Any] = []
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, failing_once_at_the_end, tumbling_window_in_seconds=60)
    mapping.poll()
    ddbstreams_mock.clock.tick(seconds=60)
    mapping.poll()
    mapping.update(batch_size=1)
    mapping.drain()
    assert reasons_of(mapping.invocations) == ["available", "final", "final"]
    assert mapping.invocations[-1].event["state"] == {"seen": 1}


def test_the_timeout_can_be_updated(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, lambda _event, _context: time.sleep(5), timeout=3)
    mapping.poll()
    mapping.update(timeout=timedelta(seconds=6))
    mapping.poll()
    assert [invocation.is_success for invocation in mapping.invocations] == [False, True]


def test_the_on_failure_destination_can_be_updated(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    destinations: list[list[Any]] = [[], []]
    mapping = connect(
        ddbstreams_mock,
        Handler(failures=3),
        batch_size=1,
        maximum_retry_attempts=0,
        on_failure=destinations[0],
    )
    mapping.poll()
    mapping.update(on_failure=destinations[1])
    mapping.poll()
    mapping.update(on_failure=None)
    mapping.poll()
    assert [len(sent) for sent in destinations] == [1, 1]
    assert len(mapping.discarded) == 3


def test_an_update_of_other_settings_keeps_the_on_failure_destination(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    sent: list[Any] = []
    mapping = connect(ddbstreams_mock, Handler(failures=1), on_failure=sent)
    mapping.update(maximum_retry_attempts=0)
    mapping.drain()
    assert len(sent) == 1


def test_a_mapping_can_be_disabled_by_an_update(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.update(enabled=False)
    assert mapping.drain() == ()
    mapping.update(enabled=True)
    assert len(mapping.drain()) == 1


@pytest.mark.usefixtures("ddbstreams_stream")
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"starting_position": "LATEST"}, "starting_position cannot be changed, .*; make a new mapping"),
        ({"stream": "orders"}, "unknown setting 'stream'; there are: batch_size, "),
        ({"batchsize": 5}, "unknown setting 'batchsize'; there are: batch_size, "),
        ({"batch_size": 0}, "batch_size=0 does not fit"),
        ({"timeout": 0}, "timeout=0 does not fit"),
        ({"handler": "orders"}, "handler='orders' does not fit"),
        ({"on_failure": 5}, "on_failure=5 does not fit"),
    ],
    ids=repr,
)
def test_an_update_that_lambda_does_not_take_is_refused_and_changes_nothing(
    ddbstreams_mock: StreamsMock, changes: dict[str, Any], text: str
) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    with pytest.raises(InvalidOption, match=text):
        mapping.update(maximum_retry_attempts=3, **changes)
    assert (mapping.maximum_retry_attempts, mapping.batch_size) == (-1, 100)


@pytest.mark.usefixtures("ddbstreams_stream")
def test_an_update_of_nothing_is_refused(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match=r"update\(\) needs a setting"):
        connect(ddbstreams_mock, Handler()).update()


def test_a_handler_cannot_update_its_own_mapping(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handler(_event: Any, _context: Any) -> None:
        mapping.update(batch_size=1)

    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, handler)
    [invocation] = mapping.poll()
    assert isinstance(invocation.error, StreamStateError)
    assert mapping.batch_size == 100


def test_a_mapping_that_is_not_connected_refuses_to_be_updated() -> None:
    with pytest.raises(StreamStateError, match="the mapping is not connected"):
        EventSourceMapping(starting_position="LATEST").update(batch_size=1)


def test_an_update_warns_of_what_loses_records_and_repeats_no_warning(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    with pytest.warns(MappingWarning, match="PLACED"):
        mapping.update(filter_criteria=[{"eventName": ["PLACED"]}])
    mapping.update(batch_size=1)  # a second warning would be an error
    fill(ddbstreams_stream, 1)
    assert mapping.drain() == ()


def test_an_update_leaves_the_mapping_that_was_connected_as_it_is(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    settings = EventSourceMapping(starting_position="LATEST")
    connected = settings.connect(ddbstreams_stream, Handler())
    connected.update(batch_size=1)
    assert (settings.batch_size, connected.batch_size) == (100, 1)
    assert ddbstreams_mock.drain() == ()
