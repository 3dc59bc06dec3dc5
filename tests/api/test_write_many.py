from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_ddbstreams import Clock, Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", shards=3),
]


def numbered(count: int) -> Iterator[dict[str, Any]]:
    return ({"pk": f"o#{number}"} for number in range(count))


def pks(stream: Stream) -> list[str]:
    return sorted(record["dynamodb"]["Keys"]["pk"]["S"] for record in stream.records)


def broken(good: int) -> Iterator[dict[str, Any]]:
    yield from numbered(good)
    raise RuntimeError("the source broke")


def test_every_item_of_an_iterable_is_put(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many(numbered(20))
    assert pks(ddbstreams_stream) == sorted(f"o#{number}" for number in range(20))


def test_the_count_leaves_out_what_changed_nothing(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    assert ddbstreams_stream.write_many([{"pk": "o#1"}, {"pk": "o#2"}, {"pk": "o#2"}]) == 1


def test_of_no_items_none_are_written(ddbstreams_stream: Stream) -> None:
    assert ddbstreams_stream.write_many([]) == 0


def test_items_are_put_one_after_the_other(ddbstreams_stream: Stream) -> None:
    states = [{"pk": "o#1", "state": state} for state in ("new", "paid", "paid", "sent")]
    assert ddbstreams_stream.write_many(states) == 3
    assert [record["eventName"] for record in ddbstreams_stream.records] == ["INSERT", "MODIFY", "MODIFY"]


def test_a_refused_item_is_named_by_its_place(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"^items\[2\]: item lacks the key attribute 'pk'"):
        ddbstreams_stream.write_many([{"pk": "a"}, {"pk": "b"}, {"sk": "c"}])


def test_after_a_refused_item_nothing_is_written(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "before"})
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "a"}, {"pk": "before", "x": 1}, {"pk": 5}])
    assert pks(ddbstreams_stream) == ["before"]


def test_after_an_iterable_that_raises_nothing_is_written(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "before"})
    with pytest.raises(RuntimeError, match="the source broke"):
        ddbstreams_stream.write_many(broken(10))
    assert pks(ddbstreams_stream) == ["before"]


def test_after_a_refused_bulk_write_the_stream_last_saw_what_it_had_seen_before(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "state": "new"})
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "o#1", "state": "paid"}, {"pk": "o#2"}, {}])
    assert ddbstreams_stream.put({"pk": "o#1", "state": "new"}) is None
    assert ddbstreams_stream.delete({"pk": "o#2"}) is None


def test_after_a_refused_bulk_write_an_iterator_at_the_end_reads_what_comes_next(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    before = [shard.records[-1]["dynamodb"]["SequenceNumber"] for shard in ddbstreams_stream.shards if len(shard)]
    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(broken(10))
    after = ddbstreams_stream.modify({"pk": "o#1", "state": "paid"})
    assert int(after.sequence_number) // 10**20 == int(before[0]) // 10**20 + 1


def test_after_a_refused_bulk_write_the_next_one_is_written(ddbstreams_stream: Stream) -> None:
    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(broken(10))
    assert ddbstreams_stream.write_many(numbered(10)) == 10


def test_a_refused_bulk_write_is_taken_back_although_the_stream_split_meanwhile(ddbstreams_stream: Stream) -> None:
    def splitting() -> Iterator[dict[str, Any]]:
        yield from numbered(10)
        for shard in ddbstreams_stream.open_shards:
            ddbstreams_stream.split(shard)
        yield from ({"pk": f"p#{number}"} for number in range(10))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(splitting())
    assert ddbstreams_stream.records == []
    assert ddbstreams_stream.write_many(numbered(10)) == 10


def test_a_refused_bulk_write_is_taken_back_although_records_aged_out_meanwhile(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    def slow() -> Iterator[dict[str, Any]]:
        yield from ({"pk": f"new#{number}"} for number in range(10))
        ddbstreams_stream.trim(before=ddbstreams_clock.now())
        raise RuntimeError

    ddbstreams_stream.write_many(numbered(10))
    ddbstreams_clock.tick(hours=1)
    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(slow())
    assert ddbstreams_stream.records == []


@pytest.mark.parametrize(
    ("given", "shows"), [({"pk": "a"}, r"items\[0\]: item is 'pk'"), ([5], r"items\[0\]: item is 5")]
)
def test_what_holds_no_items_is_refused(ddbstreams_stream: Stream, given: Any, shows: str) -> None:
    with pytest.raises(InvalidItem, match=shows):
        ddbstreams_stream.write_many(given)
