"""The cost of a step must not grow with what stands beside it: the records of a shard, the shards, the streams.

Nothing is timed. Counted are the instructions of Python's bytecode that the package runs, and the bytes that are taken
for a moment, as by a copy.
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
#: A bisection takes a few instructions more for each doubling.
FEW_INSTRUCTIONS = 150
#: Lists and dicts grow by leaps, so that one step may pay for the next ones.
FEW_BYTES = 24_000
#: A step runs twice before it counts, because first runs import modules and fill caches.
WARM_UP = 2


class Instructions:
    """A trace function that counts the instructions which the package runs."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes = True
        return self._on_event

    def _on_event(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        self.count += event == "opcode"
        return self._on_event


def instructions_of(run: Run) -> int:
    counted, before = Instructions(), sys.gettrace()
    sys.settrace(counted)
    try:
        run()
    finally:
        sys.settrace(before)
    return counted.count


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
def test_the_instructions_of_a_step_do_not_grow_with_what_stands_beside_it(step: Step) -> None:
    counts = []
    for size in step.sizes:
        with mock_streams() as mock:
            counts.append(instructions_of(prepared(step, mock, size)))
    few, many = counts
    assert 0 < few <= many + FEW_INSTRUCTIONS
    assert many <= few + FEW_INSTRUCTIONS


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
def test_the_instructions_of_a_page_do_not_grow_with_its_records(records: int) -> None:
    with mock_streams() as mock:
        stream, ours = stream_with(mock, records), client()
        place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id}
        token = ours.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        pages = [partial(ours.get_records, ShardIterator=token, Limit=limit) for limit in (1, 1, records)]
        _, one, many = map(instructions_of, pages)
    assert many <= one + FEW_INSTRUCTIONS
