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


def test_write_many_puts_every_item_of_an_iterable(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many(numbered(20))
    assert pks(ddbstreams_stream) == sorted(f"o#{number}" for number in range(20))


def test_write_many_counts_the_records_that_it_wrote(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    assert ddbstreams_stream.write_many([{"pk": "o#1"}, {"pk": "o#2"}, {"pk": "o#2"}]) == 1


def test_write_many_with_no_items_writes_nothing(ddbstreams_stream: Stream) -> None:
    assert ddbstreams_stream.write_many([]) == 0


def test_write_many_puts_the_items_in_order(ddbstreams_stream: Stream) -> None:
    states = [{"pk": "o#1", "state": state} for state in ("new", "paid", "paid", "sent")]
    assert ddbstreams_stream.write_many(states) == 3
    assert [record["eventName"] for record in ddbstreams_stream.records] == ["INSERT", "MODIFY", "MODIFY"]


def test_the_refusal_of_an_item_has_its_index(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"^items\[2\]: item lacks the key attribute 'pk'"):
        ddbstreams_stream.write_many([{"pk": "a"}, {"pk": "b"}, {"sk": "c"}])


def test_write_many_with_a_refused_item_writes_nothing(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "before"})
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "a"}, {"pk": "before", "x": 1}, {"pk": 5}])
    assert pks(ddbstreams_stream) == ["before"]


def test_write_many_of_an_iterable_that_raises_writes_nothing(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "before"})
    with pytest.raises(RuntimeError, match="the source broke"):
        ddbstreams_stream.write_many(broken(10))
    assert pks(ddbstreams_stream) == ["before"]


def test_a_refused_bulk_write_keeps_the_items_that_were_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "state": "new"})
    with pytest.raises(InvalidItem):
        ddbstreams_stream.write_many([{"pk": "o#1", "state": "paid"}, {"pk": "o#2"}, {}])
    assert ddbstreams_stream.put({"pk": "o#1", "state": "new"}) is None
    assert ddbstreams_stream.delete({"pk": "o#2"}) is None


def test_sequence_numbers_continue_after_a_refused_bulk_write(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    before = [shard.records[-1]["dynamodb"]["SequenceNumber"] for shard in ddbstreams_stream.shards if len(shard)]
    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(broken(10))
    after = ddbstreams_stream.modify({"pk": "o#1", "state": "paid"})
    assert int(after.sequence_number) // 10**20 == int(before[0]) // 10**20 + 1


def test_a_bulk_write_after_a_refused_one_is_written(ddbstreams_stream: Stream) -> None:
    with pytest.raises(RuntimeError):
        ddbstreams_stream.write_many(broken(10))
    assert ddbstreams_stream.write_many(numbered(10)) == 10


def test_a_refused_bulk_write_is_undone_after_a_split_within_it(ddbstreams_stream: Stream) -> None:
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


def test_a_refused_bulk_write_is_undone_after_a_trim_within_it(
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
def test_write_many_refuses_anything_but_items(ddbstreams_stream: Stream, given: Any, shows: str) -> None:
    with pytest.raises(InvalidItem, match=shows):
        ddbstreams_stream.write_many(given)
