"""Laws of any history of writes, polls and failures: a mapping is compared with a list of the written records."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import Clock, StreamsMock

if TYPE_CHECKING:
    from pytest_ddbstreams import EventSourceMapping, Stream

ITEMS = 6

steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, ITEMS - 1)),
        st.tuples(st.just("split"), st.integers(0, 10)),
        st.tuples(st.just("rotate"), st.integers(0, 10)),
        st.tuples(st.just("poll"), st.just(0)),
        st.tuples(st.just("update"), st.integers(1, 3)),
        st.tuples(st.just("tick"), st.sampled_from([0.1, 1, 59, 1800])),
    ),
    max_size=40,
)
sizes = {"batch_size": st.integers(1, 5), "maximum_batching_window_in_seconds": st.integers(0, 5)}
shapes = st.one_of(
    st.fixed_dictionaries({}, optional={**sizes, "parallelization_factor": st.integers(1, 3)}),
    st.fixed_dictionaries({}, optional={**sizes, "tumbling_window_in_seconds": st.sampled_from([0, 10])}),
)
hardships = st.fixed_dictionaries(
    {"maximum_retry_attempts": st.integers(0, 3)},
    optional={
        "bisect_batch_on_function_error": st.booleans(),
        "maximum_record_age_in_seconds": st.sampled_from([-1, 60]),
        "function_response_types": st.sampled_from([[], ["ReportBatchItemFailures"]]),
        "duplicate": st.sampled_from([0, 0.3, 1]),
    },
)


class Model:
    """Every record that was written, in order, with its item."""

    def __init__(self) -> None:
        self.items: dict[str, str] = {}

    def write(self, stream: Stream, item: int) -> None:
        record = stream.insert({"pk": f"o#{item}"})
        self.items[record.event_id] = f"o#{item}"

    def by_item(self, ids: list[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in ids:
            found.setdefault(self.items[one], []).append(one)
        return found


class Flaky:
    """A handler that raises, or reports failures, at random."""

    def __init__(self, seed: int, chance: float) -> None:
        self.dice = Random(seed)  # noqa: S311 - repeatable
        self.chance = chance
        self.seen: list[str] = []
        self.answers: set[str] = set()  # the members of its response

    def __call__(self, event: dict[str, Any], _context: Any) -> Any:
        self.seen += ids_of(event)
        if self.dice.random() < self.chance:
            raise ValueError
        failed = [record for record in event["Records"] if self.dice.random() < self.chance]
        response = {
            "batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed],
            "state": {},
        }
        return {name: value for name, value in response.items() if name in self.answers}


def ids_of(event: dict[str, Any]) -> list[str]:
    return [record["eventID"] for record in event["Records"]]


def newest_numbers_of(stream: Stream) -> dict[str, str]:
    return {shard.id: shard.records[-1].sequence_number for shard in stream.shards if len(shard.records)}


class HandClock(Clock):
    """A clock that stands still until it is moved. It is faster than freezing the process clock for each example."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: Any) -> datetime:
        self.instant = instant
        return self.instant


def play(
    story: list[tuple[str, Any]], handler: Flaky, shape: dict[str, Any]
) -> tuple[Model, Stream, EventSourceMapping]:
    model, mock = Model(), StreamsMock()
    clock = mock._service.clock = HandClock()
    stream = mock.create_stream("orders", shards=2)
    mapping = mock.event_source_mapping(stream, handler, starting_position="TRIM_HORIZON", **shape)
    handler.answers |= {"batchItemFailures"} if mapping.function_response_types else set()
    handler.answers |= {"state"} if mapping.tumbling_window_in_seconds else set()
    for action, argument in story:
        if action == "write":
            model.write(stream, argument)
        elif action == "poll":
            mapping.poll()
        elif action == "update":
            factor = {} if mapping.tumbling_window_in_seconds else {"parallelization_factor": argument}
            mapping.update(batch_size=argument, **factor)
        elif action == "tick":
            clock.instant += timedelta(seconds=argument)
        else:
            shards = stream.open_shards
            getattr(stream, action)(shards[argument % len(shards)])
    mapping.drain()
    return model, stream, mapping


@settings(max_examples=60)
@given(steps, shapes)
def test_each_record_is_delivered_once_in_the_order_of_its_item_without_failures(
    story: list[tuple[str, Any]], shape: dict[str, Any]
) -> None:
    handler = Flaky(0, 0)
    model, stream, mapping = play(story, handler, shape)
    assert Counter(handler.seen) == Counter(list(model.items))
    assert model.by_item(handler.seen) == model.by_item(list(model.items))
    assert mapping.discarded == ()
    assert mapping.checkpoints == newest_numbers_of(stream)
    assert "waiting" not in mapping.report()


@settings(max_examples=100)
@given(steps, shapes, hardships, st.integers(0, 1000), st.sampled_from([0.1, 0.5, 1]))
def test_each_record_is_delivered_in_the_order_of_its_item_or_given_up_with_failures(
    story: list[tuple[str, Any]], shape: dict[str, Any], hardship: dict[str, Any], seed: int, chance: float
) -> None:
    handler = Flaky(seed, chance)
    model, stream, mapping = play(story, handler, {**shape, **hardship})
    given_up = [record["eventID"] for one in mapping.discarded for record in one.records]
    first_seen = list(dict.fromkeys(handler.seen))
    assert set(first_seen) | set(given_up) == set(model.items)
    assert model.by_item(first_seen) == model.by_item([one for one in model.items if one in set(first_seen)])
    assert mapping.checkpoints == newest_numbers_of(stream)
    assert "waiting" not in mapping.report()
