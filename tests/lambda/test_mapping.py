from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, connect, fill, keys_of, reasons_of

from pytest_ddbstreams import EventSourceMapping, StreamsMock, StreamStateError

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def test_a_report_lists_invocations_discarded_records_and_checkpoints(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
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


def test_a_report_counts_waiting_records(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(ddbstreams_mock, Handler(failures=1))
    assert mapping.report().endswith(": nothing done")
    mapping.poll()
    assert mapping.report().endswith(": nothing done, 3 waiting")


def test_a_report_lists_records_trimmed_before_they_were_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    fill(ddbstreams_stream, 3)
    ddbstreams_stream.trim(records=3)
    mapping.drain()
    assert f"..{mapping.discarded[0].end_sequence_number} discarded: Trimmed" in mapping.report()


def test_the_repr_of_a_mapping_counts_invocations_and_discarded_batches(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, Handler())
    mapping.drain()
    assert repr(mapping) == f"<EventSourceMapping {ddbstreams_stream.arn} -> Handler invocations=1 discarded=0>"


def test_a_share_of_the_batches_is_delivered_twice(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    names = fill(ddbstreams_stream, 40)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=1, duplicate=0.5)
    mapping.drain()
    assert list(dict.fromkeys(handler.delivered)) == names
    assert 10 < reasons_of(mapping.invocations).count("duplicate") < 30


def test_all_batches_are_delivered_twice_with_duplicate_1(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 4)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, batch_size=2, duplicate=1)
    mapping.poll()
    assert mapping.checkpoints == {}
    mapping.drain()
    assert handler.batches == [["o#0", "o#1"]] * 2 + [["o#2", "o#3"]] * 2
    assert [invocation.attempt for invocation in mapping.invocations] == [1] * 4


def test_the_halves_of_a_duplicate_are_not_duplicated_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    handler = Handler()
    mapping = connect(ddbstreams_mock, handler, duplicate=1, bisect_batch_on_function_error=True)
    mapping.poll()
    handler.failures = 1
    mapping.drain()
    assert handler.batches == [["o#0", "o#1"], ["o#0", "o#1"], ["o#0"], ["o#1"]]


def test_a_disabled_mapping_keeps_its_position(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
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


def test_a_mapping_that_is_not_connected_refuses_to_poll() -> None:
    mapping = EventSourceMapping(starting_position="LATEST")
    assert repr(mapping) == "<EventSourceMapping not connected batch_size=100>"
    with pytest.raises(StreamStateError, match=r"not connected; mapping.connect\(stream, handler\)"):
        mapping.poll()
    with pytest.raises(StreamStateError, match="not connected"):
        mapping.drain()


def test_a_mapping_refuses_to_poll_after_a_reset(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    mapping = connect(ddbstreams_mock, Handler())
    fill(ddbstreams_stream, 1)
    ddbstreams_mock.reset()
    with pytest.raises(StreamStateError, match="is gone since the mock was reset; create a stream and a mapping anew"):
        mapping.poll()
