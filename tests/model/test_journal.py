from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams import InvalidItem, Stream, StreamsMock
from pytest_ddbstreams._model.journal import ANSWERED, ARRIVED, CLOSED, OPENED, WRITTEN, Journal

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def kinds(mock: StreamsMock) -> list[str]:
    return [entry.kind for entry in mock._service.registry.journal]


def test_a_mock_notes_its_events_in_the_order_in_which_they_happen(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    ddbstreams_client.list_streams()
    ddbstreams_stream.rotate()
    assert kinds(ddbstreams_mock) == [OPENED, WRITTEN, ARRIVED, ANSWERED, CLOSED, OPENED]


def test_an_action_after_a_call_happens_between_its_arrival_and_its_answer(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.after_call("ListStreams", lambda: ddbstreams_stream.put({"pk": "o#1"}))
    ddbstreams_client.list_streams()
    assert kinds(ddbstreams_mock) == [OPENED, ARRIVED, WRITTEN, ANSWERED]


def test_a_reset_empties_the_journal(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    ddbstreams_mock.reset()
    assert kinds(ddbstreams_mock) == []


def test_a_bulk_write_that_fails_leaves_no_record_in_the_journal(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    shard = ddbstreams_stream.shards[0].id
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "o#2"}, {"pk": "o#3"}, {"none": "of the key"}])
    [_, entry] = ddbstreams_mock._service.registry.journal
    assert entry.written == {shard: 1}


@given(st.lists(st.sampled_from("ab."), max_size=30))
def test_the_records_between_two_events_are_one_entry(steps: list[str]) -> None:
    journal = Journal()
    for step in steps:
        if step == ".":
            journal.add(OPENED, NOW, shard="c")
        else:
            journal.write(step, NOW)
    blocks = "".join(steps).split(".")
    written = [entry.written for entry in journal if entry.kind == WRITTEN]
    assert written == [Counter(block) for block in blocks if block]


@given(st.lists(st.sampled_from("ab."), max_size=30), st.integers(0, 30))
def test_records_that_are_taken_back_are_the_last_ones_of_their_shard(steps: list[str], count: int) -> None:
    journal = Journal()
    for step in steps:
        if step == ".":
            journal.add(CLOSED, NOW, shard="c")
        else:
            journal.write(step, NOW)
    journal.take_back("a", min(count, steps.count("a")))
    left = max(0, steps.count("a") - count)
    assert sum(entry.written.get("a", 0) for entry in journal) == left
    assert sum(entry.written.get("b", 0) for entry in journal) == steps.count("b")
