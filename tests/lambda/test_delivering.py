from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, keys_of, reasons_of

from pytest_ddbstreams import (
    EventSourceMapping,
    StreamsMock,
    StreamStateError,
    _schemas,
    to_lambda_event,
)

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def fill(stream: Stream, count: int, *, start: int = 0) -> list[str]:
    names = [f"o#{number}" for number in range(start, start + count)]
    stream.write_many({"pk": name} for name in names)
    return names


def connect(mock: StreamsMock, handler: Any, **settings: Any) -> EventSourceMapping:
    return mock.event_source_mapping("test-table", handler, **{"starting_position": "TRIM_HORIZON", **settings})


# Batches


def test_an_event_is_what_the_function_receives(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    events = []
    fill(ddbstreams_stream, 2)
    connect(ddbstreams_mock, lambda event, _: events.append(event)).poll()
    assert events == [to_lambda_event(ddbstreams_stream.records, stream=ddbstreams_stream)]


def test_a_poll_delivers_one_batch_of_at_most_the_batch_size(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 5)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2)
    assert reasons_of(mapping.poll()) == ["full"]
    assert handler.batches == [names[:2]]


def test_draining_delivers_all_batches_in_order(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 5)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2)
    assert reasons_of(mapping.drain()) == ["full", "full", "available"]
    assert handler.batches == [names[:2], names[2:4], names[4:]]


def test_without_records_the_function_is_not_invoked(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    assert (mapping.poll(), mapping.drain()) == ((), ())
    assert len(ddbstreams_stream.shards[0]) == 0


def test_what_is_written_later_is_delivered_later(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    fill(ddbstreams_stream, 1)
    mapping.drain()
    fill(ddbstreams_stream, 1, start=1)
    mapping.drain()
    assert handler.batches == [["o#0"], ["o#1"]]


def test_a_batch_that_would_pass_six_megabytes_is_cut(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for number in range(20):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping = connect(ddbstreams_mock, Handler())
    counts = [(len(invocation.entries), invocation.reason) for invocation in mapping.drain()]
    assert counts == [(16, "payload"), (4, "available")]


def test_draining_does_not_move_the_clock_where_nothing_waits(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    connect(ddbstreams_mock, Handler(), batch_size=1).drain()
    assert ddbstreams_mock.clock.now() == START


def test_a_clock_that_was_set_back_stops_no_mapping(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    ddbstreams_mock.clock.move_to("2025-12-31")
    fill(ddbstreams_stream, 1)
    assert len(mapping.poll()) == 1


@pytest.mark.ddbstreams(freeze=None)
def test_draining_leaves_a_clock_alone_that_nobody_froze(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    connect(ddbstreams_mock, Handler(), batch_size=1).drain()
    assert not ddbstreams_mock.clock.is_frozen


@pytest.mark.ddbstreams(freeze=None)
def test_draining_freezes_a_clock_where_time_is_waited_for(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    mapping.drain()
    assert ddbstreams_mock.clock.is_frozen
    assert mapping.invocations[1].at >= mapping.invocations[0].at + timedelta(seconds=0.25)


# Batching windows


def test_a_batch_waits_until_its_window_is_over(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, maximum_batching_window_in_seconds=10)
    fill(ddbstreams_stream, 1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=9)
    fill(ddbstreams_stream, 1, start=1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=1)
    assert reasons_of(mapping.poll()) == ["window"]
    assert handler.batches == [["o#0", "o#1"]]


def test_a_full_batch_waits_for_no_window(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2, maximum_batching_window_in_seconds=10)
    fill(ddbstreams_stream, 2)
    assert reasons_of(mapping.poll()) == ["full"]


def test_draining_moves_the_clock_to_the_end_of_the_window(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2, maximum_batching_window_in_seconds=10)
    assert reasons_of(mapping.drain()) == ["full", "window"]
    assert ddbstreams_mock.clock.now() == START + timedelta(seconds=10)


def test_what_a_full_payload_leaves_has_waited_since_it_was_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for number in range(17):
        ddbstreams_stream.insert({"pk": f"o#{number}", "text": "x" * 390_000})
    mapping = connect(ddbstreams_mock, Handler(), maximum_batching_window_in_seconds=10)
    assert reasons_of(mapping.poll()) == ["payload"]
    ddbstreams_mock.clock.tick(seconds=5)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=5)
    assert reasons_of(mapping.poll()) == ["window"]


# Where it begins


def test_latest_begins_after_what_was_there(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, starting_position="LATEST")
    fill(ddbstreams_stream, 1, start=2)
    ddbstreams_stream.split()
    fill(ddbstreams_stream, 1, start=3)
    mapping.drain()
    assert handler.delivered == ["o#2", "o#3"]


@pytest.mark.parametrize("lag", [60, 60.0, timedelta(minutes=1)])
def test_with_a_lag_latest_misses_what_is_written_meanwhile(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, lag: Any
) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, starting_position="LATEST", lag=lag)
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.clock.tick(seconds=59)
    ddbstreams_stream.split()
    fill(ddbstreams_stream, 1, start=1)
    assert mapping.poll() == ()
    ddbstreams_mock.clock.tick(seconds=1)
    fill(ddbstreams_stream, 1, start=2)
    ddbstreams_stream.rotate()
    fill(ddbstreams_stream, 4, start=3)
    mapping.drain()
    assert sorted(handler.delivered) == ["o#2", "o#3", "o#4", "o#5", "o#6"]


def test_draining_waits_for_the_lag(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler(), starting_position="LATEST", lag=60)
    assert mapping.drain() == ()
    assert ddbstreams_mock.clock.now() == START + timedelta(minutes=1)


# Shards


def test_parents_are_delivered_before_their_children(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    parent = ddbstreams_stream.shards[0]
    fill(ddbstreams_stream, 4)
    children = ddbstreams_stream.split()
    fill(ddbstreams_stream, 8, start=4)
    mapping = connect(ddbstreams_mock, Handler(), batch_size=2)
    mapping.poll()
    assert {invocation.shard for invocation in mapping.invocations} == {parent.id}
    mapping.drain()
    shards = [invocation.shard for invocation in mapping.invocations]
    assert shards[:2] == [parent.id] * 2
    assert set(shards[2:]) == {child.id for child in children}


def test_a_batch_holds_records_of_one_shard(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", shards=4)
    fill(stream, 40)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.poll()
    held = [invocation.event["Records"] for invocation in mapping.invocations]
    shown = [[record["dynamodb"] for record in shard.records] for shard in stream.shards]
    assert [[record["dynamodb"]["SequenceNumber"] for record in records] for records in held] == [
        [one["SequenceNumber"] for one in records] for records in shown
    ]


def test_a_failing_batch_blocks_only_its_shard(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", shards=2)
    fill(stream, 20)
    bad, good = (set(keys_of({"Records": shard.records})) for shard in stream.shards)
    handler = Handler(poison=bad)
    mapping = connect(ddbstreams_mock, handler, batch_size=1)
    for _ in range(len(good)):
        mapping.poll()
    delivered = set(handler.delivered)
    assert good <= delivered
    assert len(delivered & bad) == 1


def test_a_disabled_stream_is_delivered_to_its_end(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 3)
    ddbstreams_stream.disable()
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    mapping.drain()
    assert handler.delivered == names


def test_a_stream_that_is_long_disabled_has_nothing(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    ddbstreams_mock.clock.tick(hours=49)
    assert connect(ddbstreams_mock, Handler()).drain() == ()


def test_shards_that_rotate_by_the_clock_are_followed(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("test-table", auto_rotate=True)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler)
    fill(stream, 1)
    ddbstreams_mock.clock.tick(hours=5)
    fill(stream, 1, start=1)
    mapping.drain()
    assert handler.delivered == ["o#0", "o#1"]
    assert len({invocation.shard for invocation in mapping.invocations}) == 2


def test_a_poll_is_a_look_at_the_stream_as_it_is_now(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("test-table", auto_rotate=True)
    mapping = connect(ddbstreams_mock, Handler())
    ddbstreams_mock.clock.tick(hours=5)
    mapping.poll()
    assert mapping.report().count("shardId") == 2


def test_records_that_are_trimmed_unread_are_lost_and_said_to_be(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    told: list[Any] = []
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, on_failure=told)
    fill(ddbstreams_stream, 3)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in ddbstreams_stream.records]
    ddbstreams_stream.trim(records=2)
    mapping.drain()
    assert handler.delivered == ["o#2"]
    [lost] = mapping.discarded
    assert (lost.condition, lost.records, lost.document, told) == ("Trimmed", [], None, [])
    assert int(str(lost.start_sequence_number)) <= int(numbers[0])
    assert lost.end_sequence_number == numbers[1]


def test_what_was_trimmed_before_the_mapping_is_not_missed(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    ddbstreams_stream.trim(records=2)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.drain()
    assert mapping.discarded == ()


# Filters


def test_what_matches_no_filter_is_passed_over(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for number in range(10):
        ddbstreams_stream.insert({"pk": f"o#{number}", "kind": "abc"[number % 3]})
    wanted = [{"dynamodb": {"NewImage": {"kind": {"S": [kind]}}}} for kind in "ab"]
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=3, filter_criteria=wanted)
    mapping.drain()
    assert handler.batches == [["o#0", "o#1", "o#3"], ["o#4", "o#6", "o#7"], ["o#9"]]
    assert list(mapping.checkpoints.values()) == [ddbstreams_stream.records[-1]["dynamodb"]["SequenceNumber"]]


def test_where_no_record_matches_the_function_is_not_invoked(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    mapping = connect(
        ddbstreams_mock, Handler(), filter_criteria={"Filters": [{"Pattern": '{"eventName":["REMOVE"]}'}]}
    )
    assert mapping.drain() == ()
    assert len(mapping.checkpoints) == 1


# What a test sees


def test_an_invocation_says_what_came_and_what_became_of_it(
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
    assert (invocation.shard, invocation.lane) == (ddbstreams_stream.shards[0].id, 0)
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


def test_a_checkpoint_is_the_last_number_that_is_done(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 4)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in ddbstreams_stream.records]
    mapping = connect(ddbstreams_mock, Handler(poison={"o#2"}), batch_size=2)
    assert mapping.checkpoints == {}
    for _ in range(3):
        mapping.poll()
    assert mapping.checkpoints == {ddbstreams_stream.shards[0].id: numbers[1]}


def test_a_mapping_takes_nothing_from_other_readers(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fill(ddbstreams_stream, 3)
    one, other = Handler(), Handler()
    connect(ddbstreams_mock, one).drain()
    connect(ddbstreams_mock, other).drain()
    assert one.delivered == other.delivered
    assert len(ddbstreams_mock.calls) == 0
    iterator = ddbstreams_client.get_shard_iterator(
        StreamArn=ddbstreams_stream.arn, ShardId=ddbstreams_stream.shards[0].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert len(ddbstreams_client.get_records(ShardIterator=iterator)["Records"]) == 3


def test_a_report_tells_the_whole_history(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handle_orders(event: Any, _context: Any) -> Any:
        if "o#1" in keys_of(event):
            raise ValueError("no such order")
        return "x" * 500

    for number in range(4):
        ddbstreams_stream.insert({"pk": f"o#{number}", "n": number})
    ddbstreams_stream.trim(records=0)
    pattern = {"dynamodb": {"NewImage": {"n": {"N": [{"anything-but": "0"}]}}}}
    mapping = connect(ddbstreams_mock, handle_orders, maximum_retry_attempts=0, batch_size=1, filter_criteria=[pattern])
    mapping.poll()
    mapping.poll()
    report = mapping.report()
    assert report.startswith(f"handle_orders on {ddbstreams_stream.arn}\n2 invocations, 1 times discarded\n")
    assert "full, attempt 1 -> ValueError: no such order" in report
    assert "discarded: RetryAttemptsExhausted" in report
    assert "full, attempt 1 -> returned 'xxx" in report
    assert report.endswith(f"done through {mapping.checkpoints[ddbstreams_stream.shards[0].id]}, 1 passed over")


def test_a_report_says_what_waits(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    assert mapping.report().endswith(": nothing done")
    mapping.poll()
    assert mapping.report().endswith(": nothing done, 3 waiting")


def test_a_report_shows_records_that_were_lost(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    fill(ddbstreams_stream, 3)
    ddbstreams_stream.trim(records=3)
    mapping.drain()
    assert f"..{mapping.discarded[0].end_sequence_number} discarded: Trimmed" in mapping.report()


def test_the_repr_of_a_mapping_counts(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.drain()
    assert repr(mapping) == f"<EventSourceMapping {ddbstreams_stream.arn} -> Handler invocations=1 discarded=0>"


# Twice


def test_a_share_of_the_batches_is_delivered_twice(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 40)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=1, duplicate=0.5)
    mapping.drain()
    assert list(dict.fromkeys(handler.delivered)) == names
    assert 10 < reasons_of(mapping.invocations).count("duplicate") < 30


def test_all_batches_are_delivered_twice_if_wished(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 4)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2, duplicate=1)
    mapping.poll()
    assert mapping.checkpoints == {}
    mapping.drain()
    assert handler.batches == [["o#0", "o#1"]] * 2 + [["o#2", "o#3"]] * 2
    assert [invocation.attempt for invocation in mapping.invocations] == [1] * 4


def test_the_parts_of_a_duplicate_are_no_duplicated_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, duplicate=1, bisect_batch_on_function_error=True)
    mapping.poll()
    handler.failures = 1
    mapping.drain()
    assert handler.batches == [["o#0", "o#1"], ["o#0", "o#1"], ["o#0"], ["o#1"]]


# Enabled and connected


def test_while_it_is_disabled_it_keeps_its_position(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, enabled=False)
    fill(ddbstreams_stream, 1)
    assert (mapping.poll(), mapping.drain(), mapping.enabled) == ((), (), False)
    mapping.enable()
    mapping.drain()
    mapping.disable()
    fill(ddbstreams_stream, 1, start=1)
    mapping.drain()
    mapping.enable()
    mapping.drain()
    assert handler.batches == [["o#0"], ["o#1"]]


def test_settings_can_be_connected_to_several_streams(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    settings = EventSourceMapping(starting_position="TRIM_HORIZON", batch_size=1)
    other = ddbstreams_mock.create_stream("other")
    fill(ddbstreams_stream, 2)
    fill(other, 1, start=5)
    handler = Handler()
    settings.connect(ddbstreams_stream, handler).drain()
    settings.connect(other, handler).drain()
    assert handler.batches == [["o#0"], ["o#1"], ["o#5"]]


def test_settings_that_are_not_connected_deliver_nothing() -> None:
    mapping = EventSourceMapping(starting_position="LATEST")
    assert repr(mapping) == "<EventSourceMapping not connected batch_size=100>"
    with pytest.raises(StreamStateError, match=r"not connected; mapping.connect\(stream, handler\)"):
        mapping.poll()
    with pytest.raises(StreamStateError, match="not connected"):
        mapping.drain()


def test_after_a_reset_the_stream_is_gone(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.reset()
    with pytest.raises(StreamStateError, match="is gone since the mock was reset; so is this mapping"):
        mapping.poll()


# Handlers


def test_a_handler_may_write_to_the_stream(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    seen = []

    def handler(event: Any, _context: Any) -> None:
        seen.extend(keys_of(event))
        if len(seen) < 3:
            ddbstreams_stream.insert({"pk": f"o#{len(seen)}"})

    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, handler).drain()
    assert seen == ["o#0", "o#1", "o#2"]


def test_a_handler_cannot_poll_its_own_mapping(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handler(_event: Any, _context: Any) -> None:
        mapping.poll()

    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, handler)
    [invocation] = mapping.poll()
    assert isinstance(invocation.error, StreamStateError)
    assert "cannot poll or drain its own mapping" in str(invocation.error)


def test_the_context_has_what_lambdas_has(ddbstreams_mock: StreamsMock, capsys: pytest.CaptureFixture[str]) -> None:
    stream = ddbstreams_mock.create_stream("test-table", region="cn-north-1", account_id="000000000001")
    contexts = []

    def on_order(_event: Any, context: Any) -> None:
        ddbstreams_mock.clock.tick(seconds=60)
        contexts.append((context, context.get_remaining_time_in_millis()))
        context.log("seen")

    fill(stream, 1)
    connect(ddbstreams_mock, on_order).poll()
    [(context, remaining)] = contexts
    assert context.function_name == "on_order"
    assert context.invoked_function_arn == "arn:aws-cn:lambda:cn-north-1:000000000001:function:on_order"
    assert (context.function_version, context.memory_limit_in_mb) == ("$LATEST", "128")
    assert context.log_group_name == "/aws/lambda/on_order"
    assert context.log_stream_name.startswith("2026/01/01/[$LATEST]")
    assert (context.client_context, context.identity.cognito_identity_id) == (None, None)
    assert remaining == 14 * 60 * 1000
    assert capsys.readouterr().out == "seen\n"


def test_the_remaining_time_does_not_fall_below_nothing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    remaining = []

    def handler(_event: Any, context: Any) -> None:
        ddbstreams_mock.clock.tick(minutes=16)
        remaining.append(context.get_remaining_time_in_millis())

    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, handler).poll()
    assert remaining == [0]


def test_runs_of_the_same_seed_are_the_same(ddbstreams_mock: StreamsMock) -> None:
    def run() -> list[Any]:
        ddbstreams_mock.reset()
        stream = ddbstreams_mock.create_stream("test-table")
        fill(stream, 40)
        mapping = connect(ddbstreams_mock, Handler(failures=2), batch_size=3, parallelization_factor=4, duplicate=0.3)
        mapping.drain()
        return [(one.request_id, one.lane, one.sequence_numbers) for one in mapping.invocations]

    ddbstreams_mock.clock.move_to(START)
    first = run()
    ddbstreams_mock.clock.move_to(START)
    assert run() == first


def test_the_events_of_a_drained_stream_fit_their_schema(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.insert({"pk": "o#1", "blob": b"abc"})
    ddbstreams_stream.remove({"pk": "o#1"}, by_ttl=True)
    for invocation in connect(ddbstreams_mock, Handler()).drain():
        _schemas.check_lambda_event(invocation.event)
        assert invocation.event["Records"][1]["userIdentity"]["type"] == "Service"
