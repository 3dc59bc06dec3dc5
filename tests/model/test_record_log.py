from __future__ import annotations

from itertools import accumulate
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_ddbstreams._model.record_log import RecordLog

indices = st.integers(0, 10**6)


class Record:
    """An object in the place of an encoded record: a weak reference shows when it is freed."""


def filled(*sizes: int) -> RecordLog:
    """Return a log of records with the sequence numbers 10, 20, 30 …, written at 1, 2, 3 … microseconds."""
    log = RecordLog()
    for place, size in enumerate(sizes, 1):
        log.append(place * 10, place, size, str(place).encode())
    return log


class Log(RuleBasedStateMachine):
    """The log beside a list of (sequence number, time, size, encoded record)."""

    def __init__(self) -> None:
        super().__init__()
        self.log = RecordLog()
        self.rows: list[tuple[int, int, int, bytes]] = []
        self.last = 0
        self.trimmed: int | None = None

    @rule(
        step=st.integers(1, 10**20),
        time=st.integers(-10, 10),
        size=st.integers(1, 50),
    )
    def append(self, step: int, time: int, size: int) -> None:
        self.last += step
        # A record counts as no older than the one before it, also when the clock was moved back.
        effective = max([time, *(row[1] for row in self.rows[-1:])])
        text = str(self.last).encode()
        self.log.append(self.last, time, size, text)
        self.rows.append((self.last, effective, size, text))

    @rule(count=st.integers(-2, 12))
    def trim(self, count: int) -> None:
        gone = self.rows[: max(count, 0)]
        assert self.log.trim(count) == len(gone)
        if gone:
            self.trimmed = gone[-1][0]
            del self.rows[: len(gone)]

    @rule(which=indices)
    def truncate(self, which: int) -> None:
        if not self.rows:
            return
        number = self.rows[which % len(self.rows)][0]
        self.log.truncate_after(number)
        self.rows = [row for row in self.rows if row[0] <= number]

    @rule(which=indices, off=st.integers(-1, 1), limit=st.integers(1, 8), room=st.integers(1, 120))
    def page(self, which: int, off: int, limit: int, room: int) -> None:
        number = self.somewhere(which) + off
        rows = [row for row in self.rows if row[0] >= number][:limit]
        sums = list(accumulate(row[2] for row in rows))
        rows = [row for row, total in zip(rows, sums, strict=True) if total <= room] or rows[:1]
        texts, last_number = self.log.page(number, limit, room)
        assert (list(texts), last_number) == ([row[3] for row in rows], rows[-1][0] if rows else None)

    @rule(which=indices, limit=st.integers(0, 8))
    def stretch(self, which: int, limit: int) -> None:
        number = self.somewhere(which)
        rows = [row for row in self.rows if row[0] >= number][:limit]
        assert self.log.stretch(number, limit) == [(row[0], row[3]) for row in rows]

    @rule(which=indices, off=st.integers(-1, 1))
    def look_up_a_number(self, which: int, off: int) -> None:
        number = self.somewhere(which) + off
        assert self.log.index_of(number) == sum(row[0] < number for row in self.rows)

    @rule(time=st.integers(-11, 11))
    def look_up_a_time(self, time: int) -> None:
        assert self.log.index_at(time) == sum(row[1] < time for row in self.rows)

    def somewhere(self, which: int) -> int:
        return self.rows[which % len(self.rows)][0] if self.rows else self.last

    @invariant()
    def what_is_left_is_what_is_in_the_list(self) -> None:
        log = self.log
        numbers = map(log.number, range(len(log)))
        rows = list(zip(numbers, log.times(len(log)), strict=True))
        assert rows == [(row[0], row[1]) for row in self.rows]
        assert log.encoded() == [row[3] for row in self.rows]
        assert list(log.times(2)) == [row[1] for row in self.rows[:2]]
        assert log.trimmed_through == self.trimmed


TestLog = Log.TestCase


def test_a_page_holds_as_many_records_as_were_asked_for() -> None:
    assert list(filled(1, 1, 1, 1).page(20, 2, 100)[0]) == [b"2", b"3"]


def test_a_page_starts_at_the_first_record_from_the_number_on() -> None:
    assert list(filled(1, 1, 1).page(11, 10, 100)[0]) == [b"2", b"3"]


@pytest.mark.parametrize(("room", "count"), [(9, 1), (10, 2), (11, 2), (14, 2), (15, 3), (99, 3)])
def test_a_page_holds_what_fits(room: int, count: int) -> None:
    assert len(filled(5, 5, 5).page(0, 10, room)[0]) == count


def test_a_record_larger_than_a_page_is_a_page() -> None:
    assert list(filled(500, 1).page(0, 10, 100)[0]) == [b"1"]


def test_a_page_beyond_the_last_record_is_empty() -> None:
    assert filled(1).page(11, 10, 100) == ([], None)


def test_a_page_of_an_empty_log_is_empty() -> None:
    assert RecordLog().page(0, 10, 100) == ([], None)


def test_returned_records_stay_the_same_after_a_trim_and_a_write() -> None:
    log = filled(1, 1, 1)
    records = log.encoded()
    log.trim(2)
    log.append(40, 4, 1, b"4")
    assert records == [b"1", b"2", b"3"]


@given(st.lists(st.integers(1, 20), max_size=20))
def test_trimmed_records_take_at_most_as_much_memory_as_the_others(steps: list[int]) -> None:
    log: Any = RecordLog()
    records = []
    for number in range(100):
        record = Record()
        log.append(number, number, 1, record)
        records.append(ref(record))
    del record
    for step in steps:
        log.trim(step)
        assert sum(each() is not None for each in records) <= 2 * len(log)


def test_a_size_may_be_the_largest_long() -> None:
    log = filled(2**63 - 1, 2**63 - 1)
    assert len(log.page(0, 10, 2**64)[0]) == 2
