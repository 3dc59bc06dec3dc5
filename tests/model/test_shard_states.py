from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_ddbstreams._model.names import NUMBER_BASE, microseconds
from pytest_ddbstreams._model.shard import HASHES, ShardState, is_past_retention

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
START = microseconds(NOW)
DAY = timedelta(hours=24)
TINY = timedelta(microseconds=1)
FIRST = NUMBER_BASE + 7  # the starting sequence number


def shard() -> ShardState:
    return ShardState("shardId-1", None, NOW, range(HASHES), FIRST)


def write(state: ShardState, time: int) -> int:
    """Append a record as a stream does; return its sequence number."""
    number = (state.last_number // NUMBER_BASE + 1) * NUMBER_BASE + len(state.log)
    state.log.append(number, time, 1, str(number).encode())
    state.last_number = number
    return number


@dataclass
class Written:
    """A shard beside the sequence numbers and times of its records."""

    state: ShardState
    records: list[tuple[int, int]]
    trimmed: int

    @property
    def left(self) -> list[tuple[int, int]]:
        return self.records[self.trimmed :]


@st.composite
def written_shards(draw: st.DrawFn) -> Written:
    """Draw a shard with some records, of which some are trimmed; it may be closed."""
    state = shard()
    times = sorted(draw(st.lists(st.integers(START, START + 9), max_size=12)))
    records = [(write(state, time), time) for time in times]
    trimmed = state.log.trim(draw(st.integers(0, len(records))))
    if draw(st.booleans()):
        state.close(NOW + TINY, state.last_number + NUMBER_BASE)
    return Written(state, records, trimmed)


def read_from(state: ShardState, number: int) -> list[int]:
    """Return the sequence numbers of the records that a reader gets from a sequence number on."""
    return [found for found, _ in state.log.stretch(number, 100)]


# --- where iterators begin


@given(written_shards())
def test_trim_horizon_begins_at_the_oldest_record_that_is_not_trimmed(written: Written) -> None:
    state = written.state
    assert read_from(state, state.horizon) == [number for number, _ in written.left]
    assert not state.is_trimmed(state.horizon)


@given(written_shards(), st.integers(START - 1, START + 10))
def test_at_timestamp_begins_at_the_first_record_of_that_instant_or_later(written: Written, time: int) -> None:
    state = written.state
    begin = state.number_at(time)
    assert read_from(state, begin) == [number for number, at in written.left if at >= time]
    assert not state.is_trimmed(begin)


@given(written_shards(), st.integers(1, 15))
def test_latest_begins_earlier_when_it_is_shifted_back(written: Written, records: int) -> None:
    state = written.state
    assert read_from(state, state.number_at_latest(-records)) == [number for number, _ in written.left][-records:]


@given(written_shards(), st.integers(0, 5), st.integers(0, 8))
def test_latest_leaves_out_as_many_later_records_as_it_is_shifted(written: Written, shift: int, later: int) -> None:
    state = written.state
    begin = state.number_at_latest(shift)
    assert read_from(state, begin) == []
    numbers = [write(state, START + 9) for _ in range(later)]
    assert read_from(state, begin) == numbers[shift:]


@given(written_shards(), st.data())
def test_a_sequence_number_is_trimmed_up_to_the_newest_trimmed_record(written: Written, data: st.DataObject) -> None:
    numbers = [FIRST, *(number for number, _ in written.records)]
    number = data.draw(st.sampled_from(numbers)) + data.draw(st.integers(-1, 1))
    gone = written.records[: written.trimmed]
    assert written.state.is_trimmed(number) == (bool(gone) and number <= gone[-1][0])


@given(written_shards(), st.integers(-2, 2))
def test_a_shard_contains_the_numbers_from_its_start_to_its_last_one(written: Written, off: int) -> None:
    state = written.state
    assert state.contains(FIRST + off) == (off >= 0 and FIRST + off <= state.last_number)
    assert state.contains(state.last_number + off) == (off <= 0 and state.last_number + off >= FIRST)


@given(written_shards(), st.data())
def test_a_reader_has_more_to_read_while_the_shard_is_open_or_has_later_records(
    written: Written, data: st.DataObject
) -> None:
    state = written.state
    number = data.draw(st.sampled_from([FIRST, state.last_number, *(number for number, _ in written.records)]))
    later = any(found >= number for found, _ in written.left)
    assert state.has_more_after(number) == (state.is_open or later)


# --- age


@pytest.mark.parametrize(("age", "past"), [(DAY - TINY, False), (DAY, False), (DAY + TINY, True)])
def test_data_is_past_the_retention_when_it_is_older_than_24_hours(age: timedelta, *, past: bool) -> None:
    assert is_past_retention(NOW, NOW + age) is past


@given(written_shards(), st.integers(-1, 10))
def test_records_past_the_retention_are_counted_and_trimmed(written: Written, ticks: int) -> None:
    state, now = written.state, NOW + DAY + ticks * TINY
    old = [at for _, at in written.left if at < START + ticks]
    assert state.count_past_retention(now) == len(old)
    assert len(state.log) == len(written.left)
    assert state.trim_past_retention(now) == len(old)
    assert len(state.log) == len(written.left) - len(old)


def test_a_closed_shard_can_be_read_for_24_hours_and_is_listed_for_48() -> None:
    state = shard()
    state.close(NOW, FIRST + 1)
    readable = [state.is_readable(NOW + age) for age in (DAY, DAY + TINY)]
    listed = [state.is_listed(NOW + age) for age in (2 * DAY, 2 * DAY + TINY)]
    assert (readable, listed) == ([True, False], [True, False])


def test_an_open_shard_can_always_be_read() -> None:
    assert (shard().is_readable(NOW + 99 * DAY), shard().is_listed(NOW + 99 * DAY)) == (True, True)


def test_a_position_after_the_last_record_reads_the_next_record() -> None:
    state = shard()
    write(state, START)
    begin = state.number_at(START + 1)
    assert begin <= write(state, START + 2)
