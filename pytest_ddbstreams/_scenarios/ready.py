"""The scenarios of the package, each in a few lines that a test can type too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .running import Scenario


def split_between_polls(scenario: Scenario) -> Iterator[None]:
    """The shard is read, then splits; its children are written to later."""
    scenario.write(4)
    yield
    scenario.stream.open_shards[0].split()
    yield
    scenario.write(8)


def split_with_unread_records(scenario: Scenario) -> Iterator[None]:
    """The parent holds unread records, and its children hold later records of the same items."""
    scenario.write(8)
    scenario.stream.open_shards[0].split()
    scenario.change()
    yield


def child_already_written(scenario: Scenario) -> Iterator[None]:
    """When the consumer discovers a child, it holds records already."""
    scenario.write(4)
    yield
    scenario.stream.open_shards[0].rotate()
    scenario.write(4)


def idle_past_15_minutes(scenario: Scenario) -> Iterator[None]:
    """Between two polls the iterator becomes too old."""
    scenario.write(2)
    yield
    scenario.mock.clock.tick(minutes=16)
    scenario.write(2)


def checkpoint_trimmed(scenario: Scenario) -> Iterator[None]:
    """Between two polls the last record that was read is trimmed, and unread records with it."""
    scenario.write(2)
    yield
    scenario.write(3)
    scenario.stream.trim(records=4)


def trimmed_between_iterator_and_read(scenario: Scenario) -> Iterator[None]:
    """The iterator is good when it is issued, and its place is trimmed when it is used."""
    scenario.write(3)
    if scenario.start == "TRIM_HORIZON":
        scenario.mock.after_call("GetShardIterator", lambda: scenario.stream.trim(records=2))
    else:  # the iterator is there already
        scenario.stream.trim(records=2)
    yield


def throttle_storm(scenario: Scenario) -> Iterator[None]:
    """Listing and reading are throttled for longer than an SDK tries by itself."""
    scenario.write(3)
    scenario.mock.fail("DescribeStream", "ThrottlingException", times=6)
    scenario.mock.fail("GetRecords", "ThrottlingException", times=6)
    yield


def more_than_100_shards(scenario: Scenario) -> Iterator[None]:
    """The shards do not fit into one page of DescribeStream."""
    for _ in range(101):
        scenario.write()
        scenario.stream.open_shards[0].rotate()
    scenario.write()
    yield


def empty_pages(scenario: Scenario) -> Iterator[None]:
    """Pages come back empty although records wait behind them."""
    scenario.write(3)
    scenario.mock.empty_pages(times=3)
    yield


def late_children(scenario: Scenario) -> Iterator[None]:
    """A shard is listed as closed for a while before its children are listed."""
    scenario.write(2)
    yield
    scenario.mock.delay_discovery(describes=2)
    scenario.stream.open_shards[0].split()
    scenario.write(4)


def parent_looks_open(scenario: Scenario) -> Iterator[None]:
    """A shard is listed as open for a while although its child is listed already."""
    scenario.write(2)
    scenario.mock.delay_closing(describes=2)
    scenario.stream.open_shards[0].rotate()
    scenario.change()
    yield


def dangling_parent(scenario: Scenario) -> Iterator[None]:
    """A child names a parent that is not listed any more."""
    scenario.stream.open_shards[0].rotate()
    scenario.mock.clock.tick(hours=49)
    scenario.write(3)
    yield


def disabled_stream(scenario: Scenario) -> Iterator[None]:
    """The stream is disabled while it is read; what it holds stays readable."""
    scenario.write(3)
    yield
    scenario.write(2)
    scenario.stream.disable()


SCENARIOS = {
    function.__name__: function
    for function in (
        split_between_polls,
        split_with_unread_records,
        child_already_written,
        idle_past_15_minutes,
        checkpoint_trimmed,
        trimmed_between_iterator_and_read,
        throttle_storm,
        more_than_100_shards,
        empty_pages,
        late_children,
        parent_looks_open,
        dangling_parent,
        disabled_stream,
    )
}
