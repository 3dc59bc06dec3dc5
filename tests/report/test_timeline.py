"""The timeline shows events in the order in which they happened, whatever the clock says."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from assertions.histories import History, histories
from assertions.readers import Direct, Walker, iterator, pages
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import InvalidItem, mock_streams
from pytest_ddbstreams._model.journal import ARRIVED, CLOSED, OPENED, WRITTEN
from pytest_ddbstreams._report.timeline import Event, events_of

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def events(mock: StreamsMock, stream: Stream) -> list[Event]:
    return events_of(mock._service.registry.journal, mock.calls, stream._state)


def short(found: list[Event]) -> list[tuple[str, int]]:
    """Return the kind of each event, and the number of its call or of its records."""
    return [(event.kind, event.call.number if event.call else event.size) for event in found]


def read(client: Any, stream: Stream, shard: int) -> None:
    list(pages(client, iterator(client, stream.arn, stream.shards[shard].id)))


def test_records_stand_between_the_calls_before_and_after_their_writing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    read(ddbstreams_client, ddbstreams_stream, 0)
    ddbstreams_stream.write_many({"pk": str(number)} for number in "234")
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [
        (OPENED, 0),
        (WRITTEN, 1),
        (ARRIVED, 0),
        (ARRIVED, 1),
        (ARRIVED, 2),
        (WRITTEN, 3),
    ]


def test_records_of_a_bulk_write_that_was_undone_are_no_event(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "1"}, {"no": "key"}])
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [(OPENED, 0)]


def test_events_of_another_stream_are_no_events_of_a_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    other = ddbstreams_mock.create_stream("other")
    other.insert({"pk": "1"})
    other.split()
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [(OPENED, 0)]


def test_a_first_batch_that_was_written_between_the_iterator_and_the_read_stands_there(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_stream.insert({"pk": "2"})
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [
        (OPENED, 0),
        (ARRIVED, 0),
        (WRITTEN, 1),
        (ARRIVED, 1),
        (WRITTEN, 1),
    ]


def test_a_split_right_after_a_call_stands_behind_the_call(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.after_call("DescribeStream", ddbstreams_stream.split)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    kinds = [kind for kind, _ in short(events(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, ARRIVED, CLOSED, OPENED, OPENED]


def test_a_split_stands_between_the_listings_before_and_after_it(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_stream.split()
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    kinds = [kind for kind, _ in short(events(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, ARRIVED, CLOSED, OPENED, OPENED, ARRIVED]


def test_the_closing_of_a_shard_stands_before_the_calls_after_it(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.disable()
    read(ddbstreams_client, ddbstreams_stream, 0)
    assert [kind for kind, _ in short(events(ddbstreams_mock, ddbstreams_stream))] == [OPENED, CLOSED, ARRIVED, ARRIVED]


def test_a_record_that_latest_leaves_out_stands_before_the_iterator(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, "LATEST")
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [(OPENED, 0), (WRITTEN, 1), (ARRIVED, 0)]


def test_events_at_different_times_stand_in_the_order_of_their_times(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.rotate()
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn, Limit=1)
    kinds = [kind for kind, _ in short(events(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, WRITTEN, CLOSED, OPENED, ARRIVED]


def test_a_record_stands_between_calls_of_other_times(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    kinds = [kind for kind, _ in short(events(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, ARRIVED, WRITTEN, ARRIVED]


def test_a_call_about_an_unknown_shard_has_an_event(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    with pytest.raises(ClientError):
        iterator(ddbstreams_client, ddbstreams_stream.arn, "shardId-00000000000000000000-00000000")
    assert short(events(ddbstreams_mock, ddbstreams_stream)) == [(OPENED, 0), (ARRIVED, 0)]


@settings(max_examples=40)
@given(history=histories, auto_rotate=st.booleans())
def test_the_events_of_any_history_stand_in_an_order_that_is_possible(
    history: list[tuple[str, int]], *, auto_rotate: bool
) -> None:
    with mock_streams(freeze="2026-01-01", auto_rotate=auto_rotate) as mock:
        stream = mock.create_stream("orders", shards=2)
        happenings, walker = History(mock, stream), Walker(Direct(mock), stream.arn)
        for step, size in history:
            if step in {"poll", "restart"}:
                walker.poll()
            else:
                happenings.happen(step, size)
        found = events(mock, stream)
        places = {(event.kind, event.shard): place for place, event in enumerate(found) if event.kind != ARRIVED}
        shards = stream._state.lineage.shards
        for shard in shards:
            assert sum(event.size for event in found if event.shard == shard.id) == len(shard.log) + shard.log.trimmed
            assert shard.parent_id is None or places[CLOSED, shard.parent_id] < places[OPENED, shard.id]
            assert shard.is_open == ((CLOSED, shard.id) not in places)
            assert places[OPENED, shard.id] < places.get((WRITTEN, shard.id), len(found))
            assert places.get((WRITTEN, shard.id), -1) < places.get((CLOSED, shard.id), len(found))
        assert [event.call.number for event in found if event.call] == list(range(len(mock.calls)))
        calls = [event for event in found if event.kind == ARRIVED]
        assert all(one.at <= other.at for one, other in pairwise(calls))
