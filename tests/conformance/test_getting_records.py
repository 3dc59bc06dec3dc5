"""Behaviours of GetRecords."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conformance.behaviours import (
    behaviour,
    first_shard,
    iterator,
    put_versions,
    read,
    records_of,
    refused,
    sequence_numbers,
    shard_with_records,
    shards_of,
)

if TYPE_CHECKING:
    from conformance.targets import Target

GROUP = "GetRecords"
MEGABYTE = 1024 * 1024


def values(records: list[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["NewImage"]["n"]["N"] for record in records]


# Pages


@behaviour("records-empty", "R", GROUP)
def test_a_page_without_records_has_an_empty_list_of_records(target: Target) -> None:
    table = target.create_table()
    client = target.client()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, first_shard(client, table)))

    assert page["Records"] == []


@behaviour("records-limit-kept", "R", GROUP)
def test_a_page_has_no_more_records_than_the_limit(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard), Limit=2)

    assert sequence_numbers(page["Records"]) == sequence_numbers(records[:2])


@behaviour("records-1000", "R", GROUP)
def test_a_page_has_at_most_1000_records(target: Target) -> None:
    # With one partition key, all records are in one shard.
    table = target.create_table({"pk": "S", "sk": "N"}, view_type="KEYS_ONLY")
    table.put_all({"pk": {"S": "a"}, "sk": {"N": str(number)}} for number in range(1001))
    client = target.client()

    pages = [
        client.get_records(ShardIterator=iterator(client, table.stream_arn, shard["ShardId"]))["Records"]
        for shard in shards_of(client, table)
    ]

    assert max(map(len, pages)) == 1000


@behaviour("records-1-mb", "R", GROUP)
def test_a_page_has_at_most_1_mb(target: Target) -> None:
    table = target.create_table(view_type="NEW_IMAGE")
    for number in range(4):
        table.put({"pk": {"S": "a"}, "n": {"N": str(number)}, "text": {"S": "x" * 350_000}})
    client = target.client()
    shard, records = shard_with_records(client, table)

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))["Records"]

    sizes = [len(record["dynamodb"]["NewImage"]["text"]["S"]) for record in page]
    assert 0 < sum(sizes) <= MEGABYTE
    assert values(records) == ["0", "1", "2", "3"]


@behaviour("records-once", "D", GROUP)
def test_every_record_is_returned_exactly_once_over_several_pages(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 5)

    found = []
    token = iterator(client, table.stream_arn, shard)
    for _ in range(7):
        page = client.get_records(ShardIterator=token, Limit=2)
        found += page["Records"]
        token = page["NextShardIterator"]

    assert sequence_numbers(found) == sequence_numbers(records)
    assert values(found) == ["0", "1", "2", "3", "4"]


@behaviour("records-once-over-split", "D", GROUP)
def test_every_record_is_returned_exactly_once_when_shards_split(target: Target) -> None:
    table = target.create_table()
    for number in range(3):
        for item in "abcd":
            table.put({"pk": {"S": item}, "n": {"N": str(number)}})
        table.split()

    records = records_of(target.client(), table)

    found = [record["eventID"] for record in records]
    assert len(found) == len(set(found)) == 12


# The next iterator


@behaviour("next-while-open", "R", GROUP)
def test_an_open_shard_has_a_next_iterator_after_its_last_record(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 1)

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))

    assert page["NextShardIterator"]


@behaviour("next-on-empty-page", "R", GROUP)
def test_an_open_shard_has_a_next_iterator_on_an_empty_page(target: Target) -> None:
    table = target.create_table()
    client = target.client()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, first_shard(client, table)))

    assert page["NextShardIterator"]


@behaviour("next-finds-later-records", "R", GROUP)
def test_the_next_iterator_returns_records_that_are_written_later(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 2)
    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))

    table.put({"pk": {"S": "a"}, "n": {"N": "99"}})

    assert values(read(client, page["NextShardIterator"])) == ["99"]


@behaviour("next-is-fresh", "R", GROUP)
def test_the_next_iterator_of_an_empty_page_is_issued_at_the_time_of_the_page(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    token = iterator(client, table.stream_arn, first_shard(client, table))

    for _ in range(3):
        target.pass_time(timedelta(minutes=10))
        token = client.get_records(ShardIterator=token)["NextShardIterator"]

    assert client.get_records(ShardIterator=token)["Records"] == []


@behaviour("next-absent-at-end", "R", GROUP)
def test_the_page_with_the_last_record_of_a_closed_shard_has_no_next_iterator(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 2)
    table.rotate()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard))

    assert page["Records"] == records
    assert "NextShardIterator" not in page


@behaviour("next-before-end", "R", GROUP)
def test_a_page_before_the_last_record_of_a_closed_shard_has_a_next_iterator(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 2)
    table.rotate()

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard), Limit=1)

    assert page["NextShardIterator"]


@behaviour("next-absent-when-disabled", "R", GROUP)
def test_the_page_with_the_last_record_of_a_disabled_stream_has_no_next_iterator(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 2)
    token = iterator(client, table.stream_arn, shard)

    table.disable()
    page = client.get_records(ShardIterator=token)

    assert page["Records"] == records
    assert "NextShardIterator" not in page


# Limits


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(limit, marks=behaviour(f"records-limit-{identity}", "R", GROUP), id=identity)
        for identity, limit in [("0", 0), ("negative", -1), ("1001", 1001)]
    ],
)
def test_get_records_refuses_a_limit_outside_1_to_1000(target: Target, limit: int) -> None:
    table = target.create_table()
    client = target.client(validation=False)
    token = iterator(client, table.stream_arn, first_shard(client, table))

    with refused(target, "ValidationException", "[Ll]imit"):
        client.get_records(ShardIterator=token, Limit=limit)


@behaviour("records-limit-1000", "R", GROUP)
def test_get_records_accepts_a_limit_of_1000(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 2)

    page = client.get_records(ShardIterator=iterator(client, table.stream_arn, shard), Limit=1000)

    assert page["Records"] == records


# Invalid iterators


@behaviour("records-garbage-iterator", "R", GROUP)
def test_an_iterator_token_that_was_never_issued_is_refused(target: Target) -> None:
    with refused(target, "ValidationException", "Invalid ShardIterator", "E"):
        target.client().get_records(ShardIterator="garbage")


@behaviour("iterator-14-minutes", "R", GROUP)
def test_an_iterator_is_still_valid_after_14_minutes(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 1)
    token = iterator(client, table.stream_arn, shard)

    target.pass_time(timedelta(minutes=14))

    assert client.get_records(ShardIterator=token)["Records"] == records


@behaviour("iterator-16-minutes", "R", GROUP)
def test_an_iterator_has_expired_after_16_minutes(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    token = iterator(client, table.stream_arn, first_shard(client, table))

    target.pass_time(timedelta(minutes=16))

    with refused(target, "ExpiredIteratorException", "^Shard iterator has expired$"):
        client.get_records(ShardIterator=token)


# Retention


@behaviour("records-23-hours", "D", GROUP)
def test_a_record_is_still_readable_after_23_hours(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 1)

    target.pass_time(timedelta(hours=23))

    assert read(client, iterator(client, table.stream_arn, shard)) == records


@behaviour("records-25-hours", "D", GROUP)
def test_a_record_is_trimmed_after_25_hours(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 1)

    # The shard is closed after about four hours, and stays readable for 24 more.
    target.pass_time(timedelta(hours=25))

    assert read(client, iterator(client, table.stream_arn, shard)) == []


@behaviour("records-trimmed", "R", GROUP)
def test_an_iterator_whose_position_was_trimmed_is_refused(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 3)
    token = iterator(client, table.stream_arn, shard)

    table.trim(records=2)

    with refused(target, "TrimmedDataAccessException", "^The data you are trying to access has been trimmed$"):
        client.get_records(ShardIterator=token)


@behaviour("records-trimmed-by-age", "D", GROUP)
def test_an_iterator_whose_position_was_trimmed_by_age_is_refused(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, _ = put_versions(client, table, 1)
    target.pass_time(timedelta(hours=23, minutes=55))
    token = iterator(client, table.stream_arn, shard)

    target.pass_time(timedelta(minutes=10))

    with refused(target, "TrimmedDataAccessException"):
        client.get_records(ShardIterator=token)


@behaviour("records-trim-horizon-moves", "D", GROUP)
def test_trim_horizon_starts_at_the_oldest_record_that_was_not_trimmed(target: Target) -> None:
    table = target.create_table()
    client = target.client()
    shard, records = put_versions(client, table, 3)

    table.trim(records=2)

    assert read(client, iterator(client, table.stream_arn, shard)) == records[2:]
