"""The order in which things are told: each after what it needs, whatever the clock says."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from assertions.histories import History, histories
from assertions.readers import Direct, Walker, iterator, pages
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import mock_streams
from pytest_ddbstreams._report.timeline import (
    CALLED,
    CLOSED,
    OPENED,
    WRITTEN,
    Event,
    events_of,
)

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def told(mock: StreamsMock, stream: Stream) -> list[Event]:
    return events_of(mock.calls, stream._state)


def short(events: list[Event]) -> list[tuple[str, int]]:
    """What happened, and to how many records or by which call."""
    return [(event.kind, event.index if event.kind == CALLED else event.size) for event in events]


def read(client: Any, stream: Stream, shard: int) -> None:
    list(pages(client, iterator(client, stream.arn, stream.shards[shard].id)))


def test_records_are_written_before_the_page_that_brings_them_and_after_the_one_that_does_not(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    read(ddbstreams_client, ddbstreams_stream, 0)
    ddbstreams_stream.write_many({"pk": str(number)} for number in "234")
    assert short(told(ddbstreams_mock, ddbstreams_stream)) == [
        (OPENED, 0),
        (CALLED, 0),
        (WRITTEN, 1),
        (CALLED, 1),
        (CALLED, 2),
        (WRITTEN, 3),
    ]


def test_a_shard_opens_before_the_listing_that_shows_it_and_after_the_one_that_does_not(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_stream.split()
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    kinds = [kind for kind, _ in short(told(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, CALLED, CLOSED, OPENED, OPENED, CALLED]


def test_a_shard_is_closed_before_the_page_that_says_so(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.disable()
    read(ddbstreams_client, ddbstreams_stream, 0)
    assert [kind for kind, _ in short(told(ddbstreams_mock, ddbstreams_stream))] == [OPENED, CALLED, CLOSED, CALLED]


def test_what_a_reader_at_latest_left_out_was_written_before(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, "LATEST")
    assert short(told(ddbstreams_mock, ddbstreams_stream)) == [(OPENED, 0), (WRITTEN, 1), (CALLED, 0)]


def test_times_rule_where_there_are_any(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.rotate()
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn, Limit=1)
    kinds = [kind for kind, _ in short(told(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, WRITTEN, CLOSED, OPENED, CALLED]


def test_a_record_stands_between_the_calls_that_came_before_and_after_it(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.clock.tick(seconds=1)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    kinds = [kind for kind, _ in short(told(ddbstreams_mock, ddbstreams_stream))]
    assert kinds == [OPENED, CALLED, WRITTEN, CALLED]


def test_calls_about_a_shard_that_is_not_there_are_told_too(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    with pytest.raises(ClientError):
        iterator(ddbstreams_client, ddbstreams_stream.arn, "shardId-00000000000000000000-00000000")
    assert short(told(ddbstreams_mock, ddbstreams_stream)) == [(CALLED, 0), (OPENED, 0)]


@settings(max_examples=40)
@given(history=histories, auto_rotate=st.booleans())
def test_every_history_is_told_in_an_order_in_which_it_can_have_happened(
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
        events = told(mock, stream)
        places = {(event.kind, event.shard): place for place, event in enumerate(events) if event.kind != CALLED}
        shards = stream._state.lineage.shards
        for shard in shards:
            assert sum(event.size for event in events if event.shard == shard.id) == len(shard.log)
            assert shard.parent_id is None or places[CLOSED, shard.parent_id] < places[OPENED, shard.id]
            assert shard.is_open == ((CLOSED, shard.id) not in places)
            assert places[OPENED, shard.id] < places.get((WRITTEN, shard.id), len(events))
            assert places.get((WRITTEN, shard.id), -1) < places.get((CLOSED, shard.id), len(events))
        assert [event.index for event in events if event.kind == CALLED] == list(range(len(mock.calls)))
        calls = [event for event in events if event.kind == CALLED]
        assert all(one.at <= other.at for one, other in pairwise(calls))
