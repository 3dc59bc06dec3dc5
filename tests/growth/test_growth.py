"""The cost of a step must not grow with what stands beside it: the records of a shard, the shards, the streams.

Nothing is timed. The tests count the lines that the package executes, and the bytes that it allocates for a moment, as
a copy would.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from growth.steps import STEPS, Step, client, items, stream_with

import pytest_ddbstreams
from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from types import FrameType

    from growth.steps import Run

PACKAGE = str(Path(pytest_ddbstreams.__file__).parent)
#: A cache may have to be filled anew, or a list be shortened.
FEW_LINES = 20
#: Lists and dicts grow by leaps, so one step may allocate for the next ones.
FEW_BYTES = 24_000
#: The first runs of a step import modules and fill caches, so they do not count.
WARM_UP = 2


class Lines:
    """A trace function that counts the lines that the package executes, once more for each turn of a loop.

    The instructions of Python's bytecode would say more, but Python 3.12 and 3.13 trace none in the first function.
    """

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._on_event if frame.f_code.co_filename.startswith(PACKAGE) else None

    def _on_event(self, _frame: FrameType, _event: str, _argument: Any) -> Any:
        self.count += 1
        return self._on_event


def lines_of(run: Run) -> int:
    lines, before = Lines(), sys.gettrace()
    sys.settrace(lines)
    try:
        run()
    finally:
        sys.settrace(before)
    return lines.count


def peak_bytes_of(run: Run) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def kept_bytes_of(run: Run) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        run()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def prepared(step: Step, mock: Any, size: int) -> Run:
    run = step.prepare(mock, size)
    for _ in range(WARM_UP):
        run()
    return run


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_lines_of_a_step_do_not_grow_with_what_stands_beside_it(step: Step) -> None:
    counts = []
    for size in step.sizes:
        with mock_streams() as mock:
            counts.append(lines_of(prepared(step, mock, size)))
    few, many = counts
    assert 0 < few <= many + FEW_LINES
    assert many <= few + FEW_LINES


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_the_memory_of_a_step_does_not_grow_with_what_stands_beside_it(step: Step) -> None:
    peaks = []
    for size in step.sizes:
        with mock_streams() as mock:
            peaks.append(peak_bytes_of(prepared(step, mock, size)))
    few, many = peaks
    assert many <= few + FEW_BYTES


def test_a_record_of_a_large_shard_keeps_as_many_bytes_as_one_of_a_small_shard() -> None:
    kept = []
    for records in (500, 5000):
        with mock_streams() as mock:
            stream = mock.create_stream("orders")
            stream.write_many(items(10, "first"))
            kept.append(kept_bytes_of(lambda: stream.write_many(items(records))) / records)  # noqa: B023 - called at once
    small, large = kept
    assert large <= small * 1.15


@pytest.mark.parametrize("records", [100, 1000])
def test_the_lines_of_a_page_do_not_grow_with_its_records(records: int) -> None:
    with mock_streams() as mock:
        stream, ours = stream_with(mock, records), client()
        place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id}
        token = ours.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        pages = [partial(ours.get_records, ShardIterator=token, Limit=limit) for limit in (1, 1, records)]
        _, one, many = map(lines_of, pages)
    assert many <= one + FEW_LINES
