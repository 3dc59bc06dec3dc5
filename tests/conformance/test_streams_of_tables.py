"""Behaviours of streams whose tables enable or disable them, or are deleted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from conformance.behaviours import behaviour, describe, iterator, read, refused, shards_of

if TYPE_CHECKING:
    from conformance.targets import Item, Table, Target

GROUP = "Streams of tables"

FIRST: Item = {"pk": {"S": "first"}}
SECOND: Item = {"pk": {"S": "second"}}
ONE_SECOND = timedelta(seconds=1)
WITHIN_RETENTION = timedelta(hours=23)


class Reader:
    """A reader that keeps the ARN and the shard ids of a stream from the time of its creation."""

    def __init__(self, target: Target, table: Table) -> None:
        self._client = target.client()
        self.arn = table.stream_arn
        self._shards = [shard["ShardId"] for shard in shards_of(self._client, table)]

    def keys(self) -> list[Item]:
        """Return the keys of all records."""
        tokens = [iterator(self._client, self.arn, shard) for shard in self._shards]
        return [record["dynamodb"]["Keys"] for token in tokens for record in read(self._client, token)]


# Refusals


@behaviour("table-enable-twice", "R", GROUP)
def test_update_table_refuses_to_enable_a_stream_twice(target: Target) -> None:
    table = target.create_table()

    with refused(target, "ValidationException", f"Table already has an enabled stream: TableName: {table.name}"):
        table.set_stream(StreamEnabled=True, StreamViewType="KEYS_ONLY")


@behaviour("table-disable-none", "R", GROUP)
def test_update_table_refuses_to_disable_a_stream_that_does_not_exist(target: Target) -> None:
    table = target.create_table()
    table.set_stream(StreamEnabled=False)

    with refused(target, "ValidationException", f"Table has no stream to disable: TableName: {table.name}"):
        table.set_stream(StreamEnabled=False)


@behaviour("table-enable-without-view-type", "R", GROUP)
def test_update_table_refuses_to_enable_a_stream_without_a_view_type(target: Target) -> None:
    table = target.create_table()
    table.set_stream(StreamEnabled=False)

    with refused(
        target,
        "ValidationException",
        "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required",
    ):
        table.set_stream(StreamEnabled=True)


@behaviour("table-enable-bad-view-type", "R", GROUP)
def test_update_table_refuses_to_enable_a_stream_with_an_unknown_view_type(target: Target) -> None:
    table = target.create_table()
    table.set_stream(StreamEnabled=False)

    with refused(
        target,
        "ValidationException",
        "1 validation error detected: Value 'x' at 'streamSpecification.streamViewType' failed to satisfy constraint: "
        "Member must satisfy enum value set",
    ):
        table.set_stream(StreamEnabled=True, StreamViewType="x")


# Description of the table


@behaviour("table-disabled-specification", "R", GROUP)
def test_a_table_whose_stream_is_disabled_has_no_stream_specification(target: Target) -> None:
    table = target.create_table()
    assert table.describe()["StreamSpecification"]["StreamEnabled"] is True
    table.disable()

    assert "StreamSpecification" not in table.describe()


@behaviour("table-disabled-latest", "R", GROUP)
def test_a_table_keeps_its_latest_stream_arn_and_label_after_disabling(target: Target) -> None:
    table = target.create_table()
    before = table.describe()
    table.disable()

    after = table.describe()

    names = ("LatestStreamArn", "LatestStreamLabel")
    assert [after[name] for name in names] == [before[name] for name in names]


# Labels and ARNs


@behaviour("table-stream-label", "R", GROUP)
def test_a_stream_label_is_an_instant_in_milliseconds(target: Target) -> None:
    target.pass_time(timedelta(milliseconds=123))
    table = target.create_table()

    label = describe(target.client(), table)["StreamLabel"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", label)


@behaviour("table-enabled-again", "R", GROUP)
def test_enabling_again_makes_a_stream_with_another_label_and_arn(target: Target) -> None:
    table = target.create_table()
    old = describe(target.client(), table)
    table.disable()
    target.pass_time(ONE_SECOND)
    table.enable("NEW_AND_OLD_IMAGES")

    new = describe(target.client(), table)

    assert new["StreamLabel"] != old["StreamLabel"]
    assert new["StreamArn"] != old["StreamArn"]


@behaviour("table-enabled-again-records", "R", GROUP)
def test_the_old_and_the_new_stream_of_a_table_have_separate_records(target: Target) -> None:
    table = target.create_table()
    table.put(FIRST)
    old = Reader(target, table)
    table.disable()
    target.pass_time(ONE_SECOND)
    table.enable("NEW_AND_OLD_IMAGES")
    table.put(SECOND)
    new = Reader(target, table)

    assert (old.keys(), new.keys()) == ([FIRST], [SECOND])


# Disabled streams and deleted tables


@behaviour("table-disabled-readable", "R", GROUP)
def test_a_disabled_stream_of_a_table_is_readable(target: Target) -> None:
    table = target.create_table()
    table.put(FIRST)
    reader = Reader(target, table)
    table.disable()

    assert reader.keys() == [FIRST]


@behaviour("table-disabled-readable-for-a-day", "R", GROUP)
def test_a_disabled_stream_of_a_table_is_readable_after_23_hours(target: Target) -> None:
    table = target.create_table()
    table.put(FIRST)
    reader = Reader(target, table)
    table.disable()
    target.pass_time(WITHIN_RETENTION)

    assert reader.keys() == [FIRST]


@behaviour("table-deleted-status", "R", GROUP)
def test_deleting_a_table_disables_its_stream(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn
    table.delete_table()

    stream = target.client().describe_stream(StreamArn=arn)["StreamDescription"]

    assert stream["StreamStatus"] in {"DISABLING", "DISABLED"}


@behaviour("table-deleted-readable", "R", GROUP)
def test_the_stream_of_a_deleted_table_is_readable(target: Target) -> None:
    table = target.create_table()
    table.put(FIRST)
    reader = Reader(target, table)
    table.delete_table()

    assert reader.keys() == [FIRST]


@behaviour("table-deleted-readable-for-a-day", "R", GROUP)
def test_the_stream_of_a_deleted_table_is_readable_after_23_hours(target: Target) -> None:
    table = target.create_table()
    table.put(FIRST)
    reader = Reader(target, table)
    table.delete_table()
    target.pass_time(WITHIN_RETENTION)

    assert reader.keys() == [FIRST]
