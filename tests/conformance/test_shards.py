"""Behaviours of shards, their lineage, and the sequence numbers of their records."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.behaviours import (
    behaviour,
    describe,
    first_shard,
    iterator,
    put_versions,
    read,
    records_of,
    sequence_numbers,
    shards_of,
)

if TYPE_CHECKING:
    from conformance.targets import Table, Target

GROUP = "Shards and lineage"


def by_id(client: Any, table: Table) -> dict[str, dict[str, Any]]:
    return {shard["ShardId"]: shard for shard in shards_of(client, table)}


def children(client: Any, table: Table, parent: str) -> list[dict[str, Any]]:
    return [shard for shard in shards_of(client, table) if shard.get("ParentShardId") == parent]


def is_open(shard: dict[str, Any]) -> bool:
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def write_over_splits(table: Table) -> None:
    """Put four items again and again, with a split or a rotation after each round."""
    for number in range(4):
        for item in "abcd":
            table.put({"pk": {"S": item}, "n": {"N": str(number)}})
        (table.rotate if number == 1 else table.split)()


# Shards


@behaviour("shard-id", "R", GROUP)
def test_a_shard_id_has_20_decimal_and_8_hexadecimal_digits(target: Target) -> None:
    shards = shards_of(target.client(), target.create_table())

    assert all(re.fullmatch(r"shardId-\d{20}-[0-9a-f]{8}", shard["ShardId"]) for shard in shards)


@behaviour("shard-id-time", "D", GROUP)
def test_the_digits_of_a_shard_id_are_epoch_milliseconds(target: Target) -> None:
    description = describe(target.client(), target.create_table())

    milliseconds = int(description["Shards"][0]["ShardId"].split("-")[1])
    # A shard opens at about the time of its stream.
    assert abs(milliseconds / 1000 - description["CreationRequestDateTime"].timestamp()) < 3600


@behaviour("shard-fresh-table", "R", GROUP)
def test_the_shards_of_a_new_table_are_open_roots(target: Target) -> None:
    shards = shards_of(target.client(), target.create_table())

    assert shards
    assert all(is_open(shard) and "ParentShardId" not in shard for shard in shards)


@behaviour("shard-four-hours", "R", GROUP)
def test_a_shard_is_closed_and_continued_by_one_child_after_five_hours(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    first = first_shard(client, table)

    target.pass_time(timedelta(hours=5))

    assert not is_open(by_id(client, table)[first])
    assert len(children(client, table, first)) == 1


@behaviour("shard-rollover", "R", GROUP)
def test_a_rotation_closes_a_shard_and_opens_one_child(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    first = first_shard(client, table)

    table.rotate()

    assert not is_open(by_id(client, table)[first])
    assert [is_open(child) for child in children(client, table, first)] == [True]


@behaviour("shard-split", "R", GROUP)
def test_a_split_closes_a_shard_and_opens_two_children(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    first = first_shard(client, table)

    table.split()

    assert not is_open(by_id(client, table)[first])
    assert [is_open(child) for child in children(client, table, first)] == [True, True]


@behaviour("shard-closed-for-good", "R", GROUP)
def test_a_closed_shard_does_not_change_when_others_are_written_or_split(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    closed, records = put_versions(client, table, 2)
    table.split()
    before = by_id(client, table)[closed]

    table.put({"pk": {"S": "a"}, "n": {"N": "99"}})
    table.split()

    assert by_id(client, table)[closed] == before
    assert read(client, iterator(client, table.stream_arn, closed)) == records


@behaviour("shard-lineage", "R", GROUP)
def test_an_item_stays_in_one_lineage(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    write_over_splits(table)

    homes: dict[str, list[str]] = {}
    shards = by_id(client, table)
    for shard in shards:
        for record in read(client, iterator(client, table.stream_arn, shard)):
            taken = homes.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], [])
            taken += [shard] if shard not in taken else []

    assert sorted(homes) == ["a", "b", "c", "d"]
    for taken in homes.values():
        assert len(taken) > 1
        assert all(shards[child]["ParentShardId"] == parent for parent, child in pairwise(taken))


@behaviour("shard-item-order", "R", GROUP)
def test_reading_parents_before_children_gives_the_changes_of_an_item_in_order(target: Target) -> None:
    table = target.create_table()
    write_over_splits(table)

    records = records_of(target.client(), table)

    for item in "abcd":
        images = [record["dynamodb"]["NewImage"] for record in records]
        assert [image["n"]["N"] for image in images if image["pk"]["S"] == item] == ["0", "1", "2", "3"]


# Sequence numbers


@behaviour("number-form", "R", GROUP)
def test_sequence_numbers_are_decimal_strings_of_21_to_40_digits(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 2)

    texts = [record["dynamodb"]["SequenceNumber"] for record in records]
    texts += by_id(client, table)[shard]["SequenceNumberRange"].values()

    assert len(texts) >= 3
    assert all(re.fullmatch("[0-9]{21,40}", text) for text in texts)


@behaviour("number-increases", "R", GROUP)
def test_sequence_numbers_increase_within_a_shard(target: Target) -> None:
    _, records = put_versions(target.client(), target.create_table(), 5)

    found = sequence_numbers(records)

    assert len(found) == 5
    assert found == sorted(set(found))


@behaviour("number-increases-along-lineage", "R", GROUP)
def test_sequence_numbers_increase_along_a_lineage(target: Target) -> None:
    table = target.create_table()
    for number in range(6):
        table.put({"pk": {"S": "a"}, "n": {"N": str(number)}})
        table.rotate()

    found = sequence_numbers(records_of(target.client(), table))

    assert len(found) == 6
    assert found == sorted(set(found))


@behaviour("number-first-record", "R", GROUP)
def test_the_first_record_of_a_shard_is_above_its_starting_sequence_number(target: Target) -> None:
    table = target.create_table()
    client = target.client()

    shard, records = put_versions(client, table, 1)

    starting = int(by_id(client, table)[shard]["SequenceNumberRange"]["StartingSequenceNumber"])
    assert sequence_numbers(records)[0] > starting


@behaviour("number-starting-reads-all", "R", GROUP)
def test_at_the_starting_sequence_number_reads_like_trim_horizon(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)
    starting = by_id(client, table)[shard]["SequenceNumberRange"]["StartingSequenceNumber"]

    token = iterator(client, table.stream_arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=starting)

    assert read(client, token) == records


@behaviour("number-ending", "R", GROUP)
def test_the_ending_sequence_number_of_a_closed_shard_is_not_below_its_records(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)

    table.rotate()

    ending = int(by_id(client, table)[shard]["SequenceNumberRange"]["EndingSequenceNumber"])
    assert ending >= sequence_numbers(records)[-1]


@behaviour("number-of-children", "R", GROUP)
def test_the_records_of_a_child_have_higher_sequence_numbers_than_those_of_its_parent(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    parent, before = put_versions(client, table, 3)
    table.split()
    table.put({"pk": {"S": "a"}, "n": {"N": "99"}})

    found = [
        number
        for child in children(client, table, parent)
        for number in sequence_numbers(read(client, iterator(client, table.stream_arn, child["ShardId"])))
    ]

    assert len(found) == 1
    assert found[0] > sequence_numbers(before)[-1]
