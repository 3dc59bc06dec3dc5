from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams._model.journal import Journal
from pytest_ddbstreams._model.lineage import Lineage
from pytest_ddbstreams._model.shard import HASHES, ShardState

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)

Steps: TypeAlias = list[tuple[int, int, int]]

#: The index of an open shard, the number of its children, and the seconds after NOW at which it is replaced.
histories = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 4), st.integers(-5, 5)), max_size=25)
roots = st.integers(1, 5)
partitions = st.lists(st.binary(max_size=8), min_size=1, max_size=20)


def opened(count: int = 1, seed: int = 0) -> Lineage:
    lineage = Lineage(Random(seed), Journal())  # noqa: S311 - repeatable, not secret
    lineage.open_roots(count, NOW)
    return lineage


def replace_one(lineage: Lineage, step: tuple[int, int, int]) -> None:
    which, into, later = step
    shards = lineage.open_shards
    lineage.replace(shards[which % len(shards)], into, NOW + timedelta(seconds=later))


def line(lineage: Lineage, shard: ShardState) -> list[ShardState]:
    return [shard, *lineage.ancestors(shard)]


@given(count=roots, steps=histories)
@settings(max_examples=50)
def test_open_shards_share_all_hashes_at_any_time(count: int, steps: Steps) -> None:
    lineage = opened(count)
    for step in steps:
        replace_one(lineage, step)
        parts = sorted((shard.hashes.start, shard.hashes.stop) for shard in lineage.open_shards)
        edges = [0, *(stop for _, stop in parts)]
        assert [start for start, _ in parts] == edges[:-1]
        assert edges[-1] == HASHES


@given(count=roots, steps=histories, keys=partitions, seed=st.integers(0, 9))
@settings(max_examples=50)
def test_an_item_stays_in_one_lineage_over_any_splits(count: int, steps: Steps, keys: list[bytes], seed: int) -> None:
    lineage = opened(count, seed)
    homes = {key: lineage.owner(key) for key in keys}
    for step in steps:
        replace_one(lineage, step)
        for key, home in homes.items():
            homes[key] = lineage.owner(key)
            assert homes[key].is_open
            assert home in line(lineage, homes[key])


def test_an_item_stays_in_its_lineage_when_its_range_is_split_to_nothing() -> None:
    lineage = opened()
    key = b"an item"
    for _ in range(80):
        home = lineage.owner(key)
        lineage.replace(home, 2, NOW)
        assert lineage.owner(key).parent_id == home.id


def test_a_split_of_an_empty_range_moves_no_item() -> None:
    lineage = opened()
    key = b"an item"
    for _ in range(70):
        lineage.replace(lineage.owner(key), 2, NOW)
    home = lineage.owner(key)
    for empty in [shard for shard in lineage.open_shards if not shard.hashes]:
        lineage.replace(empty, 2, NOW)
    assert lineage.owner(key) is home


@given(count=roots, steps=histories)
@settings(max_examples=50)
def test_ids_sort_in_the_order_of_opening_also_when_the_clock_goes_back(count: int, steps: Steps) -> None:
    lineage = opened(count)
    for step in steps:
        replace_one(lineage, step)
    ids = [shard.id for shard in lineage.shards]
    assert ids == sorted(set(ids))


@given(count=roots, steps=histories)
@settings(max_examples=50)
def test_sequence_numbers_rise_along_a_lineage(count: int, steps: Steps) -> None:
    lineage = opened(count)
    for step in steps:
        replace_one(lineage, step)
    for shard in lineage.open_shards:
        ancestors = list(lineage.ancestors(shard))
        bounds = [shard.starting_number]
        for parent in ancestors:
            assert parent.ending_number is not None
            bounds += [parent.ending_number, parent.starting_number]
        assert bounds == sorted(set(bounds), reverse=True)


@given(start=st.integers(0, 50), width=st.integers(0, 50), count=st.integers(1, 9))
def test_the_parts_of_a_range_make_up_the_range(start: int, width: int, count: int) -> None:
    shard = ShardState("id", None, NOW, range(start, start + width), 0)
    parts = shard.parts(count)
    assert [number for part in parts for number in part] == list(shard.hashes)
    assert len(parts) == count
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_offsets_in_the_log_of_a_stream_rise() -> None:
    lineage = opened()
    offsets = [lineage.next_offset() for _ in range(100)]
    assert offsets == sorted(set(offsets))


def test_the_shard_of_an_item_follows_from_the_seed() -> None:
    keys = [bytes([number]) for number in range(40)]
    placed = [[opened(4, seed).owner(key).id for key in keys] for seed in (1, 1, 2)]
    assert placed[0] == placed[1] != placed[2]


def test_the_ancestors_of_a_shard_stand_nearest_first() -> None:
    lineage = opened()
    [root] = lineage.open_shards
    [child] = lineage.replace(root, 1, NOW)
    [grandchild] = lineage.replace(child, 1, NOW)
    assert list(lineage.ancestors(grandchild)) == [child, root]


def test_the_oldest_shard_rotates_first_also_when_it_opened_in_the_same_instant() -> None:
    lineage = opened()
    first, second = lineage.replace(lineage.open_shards[0], 2, NOW)
    [first_child] = lineage.replace(first, 1, NOW)
    lineage.rotate_aged(NOW + timedelta(hours=4))
    assert [shard.parent_id for shard in lineage.shards[-2:]] == [second.id, first_child.id]


def test_each_of_ten_thousand_shards_can_take_items() -> None:
    assert all(shard.hashes for shard in opened(10_000).open_shards)


def test_rotate_aged_rotates_ten_thousand_times_at_most_when_the_clock_moves_by_millennia() -> None:
    lineage = opened()
    now = datetime(9999, 12, 31, tzinfo=timezone.utc)
    lineage.rotate_aged(now)
    [newest] = lineage.open_shards
    assert now - newest.opened_at < timedelta(hours=4)
    assert len(lineage.shards) == 10_002
