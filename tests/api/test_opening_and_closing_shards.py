from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidOption, StreamStateError, UnknownStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

#: The ways to close a given shard.
CLOSE = [
    lambda stream, shard: stream.split(shard),
    lambda stream, shard: stream.rotate(shard),
    lambda _, shard: shard.split(),
    lambda _, shard: shard.rotate(),
]
SEVERAL = pytest.mark.ddbstreams_stream(shards=3)


def write(stream: Stream, count: int) -> None:
    stream.write_many({"pk": f"o#{number}", "n": number} for number in range(count))


def test_a_new_stream_has_an_open_shard_without_parent_and_records(ddbstreams_stream: Stream) -> None:
    [shard] = ddbstreams_stream.shards
    assert (shard.is_open, shard.parent_id, shard.ending_sequence_number, len(shard)) == (True, None, None, 0)


def test_the_first_record_of_a_shard_is_above_its_starting_sequence_number(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.insert({"pk": "o#1"})
    assert int(record.sequence_number) > int(ddbstreams_stream.shards[0].starting_sequence_number)


def test_a_split_closes_the_shard_and_opens_two_children(ddbstreams_stream: Stream) -> None:
    [parent] = ddbstreams_stream.shards
    children = ddbstreams_stream.split()
    assert [child.parent_id for child in children] == [parent.id, parent.id]
    assert (parent.is_open, [child.is_open for child in children]) == (False, [True, True])
    assert (ddbstreams_stream.shards, ddbstreams_stream.open_shards) == ((parent, *children), children)


@pytest.mark.parametrize("into", [1, 2, 5])
def test_a_split_opens_the_given_number_of_children(ddbstreams_stream: Stream, into: int) -> None:
    assert len(ddbstreams_stream.split(into=into)) == into == len(ddbstreams_stream.open_shards)


def test_the_ending_sequence_number_is_above_the_last_record_and_below_the_children(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.insert({"pk": "o#1"})
    [parent] = ddbstreams_stream.shards
    children = ddbstreams_stream.split()
    ending = int(parent.ending_sequence_number or 0)
    assert int(record.sequence_number) < ending < min(int(child.starting_sequence_number) for child in children)


def test_a_closed_shard_keeps_its_records_and_takes_no_more(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 10)
    [parent] = ddbstreams_stream.shards
    before = list(parent.records)
    ddbstreams_stream.split()
    write(ddbstreams_stream, 20)
    assert list(parent.records) == before
    assert len(ddbstreams_stream.records) == 20


def test_children_share_the_items_of_their_parent(ddbstreams_stream: Stream) -> None:
    children = ddbstreams_stream.split()
    write(ddbstreams_stream, 100)
    assert all(20 < len(child) < 80 for child in children)
    assert sum(map(len, children)) == 100


@SEVERAL
@pytest.mark.parametrize("verb", ["split", "rotate"])
def test_split_and_rotate_of_one_of_several_open_shards_need_the_shard(ddbstreams_stream: Stream, verb: str) -> None:
    listed = ", ".join(shard.id for shard in ddbstreams_stream.shards)
    with pytest.raises(InvalidOption, match=rf"^3 shards of .* are open: {listed}; say which one: {verb}\(shard\)"):
        getattr(ddbstreams_stream, verb)()
    assert len(ddbstreams_stream.shards) == 3


@pytest.mark.ddbstreams_stream(shards=7)
def test_of_many_open_shards_the_refusal_lists_five(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidOption, match=f"{ddbstreams_stream.shards[4].id} and 2 more; say which one"):
        ddbstreams_stream.split()


@SEVERAL
def test_a_shard_splits_and_rotates_by_itself(ddbstreams_stream: Stream) -> None:
    first, second, third = ddbstreams_stream.shards
    children = first.split(into=3)
    child = second.rotate()
    assert [each.parent_id for each in (*children, child)] == [first.id] * 3 + [second.id]
    assert ddbstreams_stream.open_shards == (third, *children, child)


@SEVERAL
@pytest.mark.parametrize("by_id", [True, False])
def test_split_closes_the_given_shard(ddbstreams_stream: Stream, by_id: bool) -> None:  # noqa: FBT001
    second = ddbstreams_stream.shards[1]
    children = ddbstreams_stream.split(second.id if by_id else second)
    assert {child.parent_id for child in children} == {second.id}


def test_a_rotation_opens_one_child(ddbstreams_stream: Stream) -> None:
    [parent] = ddbstreams_stream.shards
    child = ddbstreams_stream.rotate()
    assert (child.parent_id, ddbstreams_stream.open_shards) == (parent.id, (child,))


@SEVERAL
def test_rotate_closes_the_given_shard(ddbstreams_stream: Stream) -> None:
    third = ddbstreams_stream.shards[2]
    assert ddbstreams_stream.rotate(third).parent_id == third.id


@pytest.mark.parametrize("close", CLOSE)
def test_a_closed_shard_cannot_be_closed_again(ddbstreams_stream: Stream, close: Callable[[Stream, Any], Any]) -> None:
    [parent] = ddbstreams_stream.shards
    first, second = ddbstreams_stream.split()
    shows = f"{parent.id} is closed, and a closed shard never changes; open are: {first.id}, {second.id}"
    with pytest.raises(StreamStateError, match=shows):
        close(ddbstreams_stream, parent)


@pytest.mark.parametrize("close", [lambda s, shard: s.split(shard), lambda s, shard: s.rotate(shard)])
def test_a_shard_of_another_stream_is_unknown(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, close: Callable[[Stream, Any], Any]
) -> None:
    foreign = ddbstreams_mock.create_stream("others").shards[0]
    mine = ddbstreams_stream.shards[0].id
    with pytest.raises(UnknownStream, match=f"{ddbstreams_stream.arn} has no shard '{foreign.id}'; open are: {mine}"):
        close(ddbstreams_stream, foreign)


def test_a_shard_that_does_not_exist_is_unknown(ddbstreams_stream: Stream) -> None:
    with pytest.raises(UnknownStream, match="has no shard 'shardId-1'"):
        ddbstreams_stream.split("shardId-1")


@pytest.mark.parametrize("into", [0, -1, 10_001, 2.0, "2", True, None])
def test_split_refuses_a_wrong_number_of_children(ddbstreams_stream: Stream, into: Any) -> None:
    with pytest.raises(InvalidOption, match=f"into={into!r} does not fit; into takes an integer from 1 to 10000"):
        ddbstreams_stream.split(into=into)
    assert len(ddbstreams_stream.shards) == 1


@pytest.mark.parametrize("close", [lambda stream: stream.split(), lambda stream: stream.rotate()])
def test_a_disabled_stream_refuses_split_and_rotate(ddbstreams_stream: Stream, close: Callable[[Stream], Any]) -> None:
    ddbstreams_stream.disable()
    with pytest.raises(StreamStateError, match=r"is disabled.*stream\.enable\(\)"):
        close(ddbstreams_stream)


def test_shards_opened_at_one_instant_are_listed_in_the_order_of_opening(ddbstreams_stream: Stream) -> None:
    children = ddbstreams_stream.split(into=3)
    opened = [ddbstreams_stream.shards[0], *children, *children[0].split()]
    assert list(ddbstreams_stream.shards) == opened
    assert sorted(shard.id for shard in opened) == [shard.id for shard in opened]


def test_a_shard_stays_listed_for_two_days_after_it_closed(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    [parent] = ddbstreams_stream.shards
    child = ddbstreams_stream.rotate()
    ddbstreams_clock.tick(hours=48)
    assert list(ddbstreams_stream.shards) == [parent, child]
    ddbstreams_clock.tick(timedelta(microseconds=1))
    assert list(ddbstreams_stream.shards) == [child]


AUTO = pytest.mark.ddbstreams_stream(auto_rotate=True)


def test_a_shard_stays_open_for_ever_by_default(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_clock.tick(hours=20)
    assert len(ddbstreams_stream.shards) == 1


@AUTO
def test_a_shard_rotates_by_itself_when_it_is_four_hours_old(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_clock.tick(timedelta(hours=4) - timedelta(microseconds=1))
    assert len(ddbstreams_stream.shards) == 1
    ddbstreams_clock.tick(timedelta(microseconds=1))
    assert [shard.is_open for shard in ddbstreams_stream.shards] == [False, True]


@AUTO
def test_a_shard_object_is_closed_after_it_rotated_by_itself(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    [shard] = ddbstreams_stream.shards
    ddbstreams_clock.tick(hours=4)
    assert not shard.is_open


@AUTO
def test_a_shard_object_has_its_ending_sequence_number_after_it_rotated_by_itself(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    [shard] = ddbstreams_stream.shards
    ddbstreams_clock.tick(hours=4)
    assert shard.ending_sequence_number is not None


@AUTO
def test_thirteen_hours_at_once_rotate_a_shard_three_times(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_clock.tick(hours=13)
    shards = ddbstreams_stream.shards
    assert [shard.is_open for shard in shards] == [False, False, False, True]
    assert [child.parent_id for child in shards[1:]] == [parent.id for parent in shards[:-1]]


@AUTO
def test_a_shard_that_opened_by_itself_has_the_time_at_which_it_was_due(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    start = ddbstreams_clock.now()
    ddbstreams_clock.tick(hours=13)
    opened = [int(shard.id.split("-")[1]) for shard in ddbstreams_stream.shards]
    assert opened == [int((start + timedelta(hours=hours)).timestamp() * 1000) for hours in (0, 4, 8, 12)]


@AUTO
def test_shards_that_are_due_at_once_rotate_in_the_order_of_their_age(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    children = ddbstreams_stream.split(into=3)
    ddbstreams_clock.tick(hours=1)
    children[0].split()
    ddbstreams_clock.tick(hours=9)
    opened = [int(shard.id.split("-")[1]) // 3_600_000 for shard in ddbstreams_stream.shards]
    hours = [hour - opened[0] for hour in opened]
    assert hours == [0, 0, 0, 0, 1, 1, 4, 4, 5, 5, 8, 8, 9, 9]


@AUTO
def test_the_first_write_after_four_hours_goes_to_the_child(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1"})
    ddbstreams_clock.tick(hours=4)
    ddbstreams_stream.put({"pk": "o#2"})
    assert [len(shard) for shard in ddbstreams_stream.shards] == [1, 1]


@pytest.mark.ddbstreams(auto_rotate=True)
def test_a_stream_rotates_by_itself_with_the_option_of_the_mock(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_clock.tick(hours=4)
    assert len(ddbstreams_stream.shards) == 2


@pytest.mark.ddbstreams(auto_rotate=True)
@pytest.mark.ddbstreams_stream(auto_rotate=False)
def test_a_stream_with_auto_rotate_false_overrides_the_option_of_the_mock(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_clock.tick(hours=4)
    assert len(ddbstreams_stream.shards) == 1


@AUTO
def test_a_disabled_stream_does_not_rotate_by_itself(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    ddbstreams_clock.tick(hours=9)
    assert len(ddbstreams_stream.shards) == 1


def test_two_objects_of_one_shard_are_equal(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.split()
    assert ddbstreams_stream.shards == ddbstreams_stream.shards
    assert len({*ddbstreams_stream.shards, *ddbstreams_stream.shards}) == 3


def test_a_shard_is_not_equal_to_its_id_or_another_shard(ddbstreams_stream: Stream) -> None:
    [shard] = ddbstreams_stream.shards
    assert shard != shard.id
    assert shard != ddbstreams_stream.rotate()


def test_a_shard_without_records_is_true(ddbstreams_stream: Stream) -> None:
    [shard] = ddbstreams_stream.shards
    assert (len(shard), bool(shard)) == (0, True)


def test_the_repr_of_a_shard_has_its_id_state_parent_and_number_of_records(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 3)
    child = ddbstreams_stream.rotate()
    parent = ddbstreams_stream.shards[0]
    assert repr(parent) == f"<Shard {parent.id} closed records=3>"
    assert repr(child) == f"<Shard {child.id} open parent={parent.id} records=0>"


def test_the_records_of_a_shard_can_be_indexed_and_sliced(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 5)
    records = ddbstreams_stream.shards[0].records
    assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in records] == ["0", "1", "2", "3", "4"]
    assert records[-1] == list(records)[4]
    assert list(records[1:3]) == list(records)[1:3]


def test_the_records_of_a_shard_are_equal_to_a_list_of_them(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 3)
    records = ddbstreams_stream.shards[0].records
    assert records == list(records)
    assert records != list(records)[:2]
    assert records != list(reversed(records))


def test_the_records_of_a_shard_print_like_a_list(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 2)
    records = ddbstreams_stream.shards[0].records
    assert repr(records) == repr(list(records))


def test_the_records_of_a_shard_do_not_change_after_a_write_or_a_trim(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 3)
    records = ddbstreams_stream.shards[0].records
    ddbstreams_stream.put({"pk": "more"})
    ddbstreams_stream.trim(records=2)
    assert len(records) == 3


def test_the_records_of_a_stream_are_the_records_of_its_shards_in_order(ddbstreams_stream: Stream) -> None:
    write(ddbstreams_stream, 3)
    ddbstreams_stream.split()
    write(ddbstreams_stream, 20)
    assert ddbstreams_stream.records == [record for shard in ddbstreams_stream.shards for record in shard.records]
    assert len(ddbstreams_stream.records) == 20
