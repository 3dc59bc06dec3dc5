"""The whole service beside a model of plain lists: writes, splits, trims, time and reads in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_ddbstreams import (
    Clock,
    InvalidItem,
    StreamsMock,
    _schemas,
)
from pytest_ddbstreams._service import Origin
from pytest_ddbstreams._service_errors import (
    ExpiredIteratorException,
    ResourceNotFoundException,
    ServiceError,
    TrimmedDataAccessException,
    ValidationException,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_ddbstreams import Stream, StreamRecord

DAY = timedelta(hours=24)
LISTED = timedelta(hours=48)
ROTATION = timedelta(hours=4)
LIFETIME = timedelta(minutes=15)

indices = st.integers(0, 10**6)
pks = st.sampled_from([f"o#{number}" for number in range(8)])
values = st.integers(0, 2)
limits = st.none() | st.integers(1, 5)
kinds = st.sampled_from(["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"])
short = [timedelta(milliseconds=300), timedelta(seconds=1), timedelta(minutes=5), LIFETIME, timedelta(minutes=16)]
long = [ROTATION, timedelta(hours=9, seconds=5), DAY - ROTATION, DAY, timedelta(hours=26)]
pauses = st.sampled_from([*short, *short, *long])


class HandClock(Clock):
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.instant


@dataclass
class Entry:
    """A record in the model."""

    number: str
    at: datetime
    event: str
    pk: str
    old: int | None
    new: int | None
    delivered: int = 0


@dataclass
class Column:
    """A shard in the model: every record that it ever took, and how many of them are trimmed."""

    id: str
    parent: Column | None
    opened_at: datetime
    start: str
    entries: list[Entry] = field(default_factory=list)
    trimmed: int = 0
    closed_at: datetime | None = None

    @property
    def left(self) -> list[Entry]:
        return self.entries[self.trimmed :]

    def is_below(self, ancestor: Column) -> bool:
        return self is ancestor or (self.parent is not None and self.parent.is_below(ancestor))


@dataclass
class Table:
    """A stream in the model."""

    stream: Stream
    columns: list[Column] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)
    homes: dict[str, Column] = field(default_factory=dict)
    disabled_at: datetime | None = None

    @property
    def open(self) -> list[Column]:
        return [column for column in self.columns if column.closed_at is None]


@dataclass
class Iterator:
    """A shard iterator, and the index of the record where it begins in the model."""

    token: str
    table: Table
    column: Column
    index: int
    issued_at: datetime
    is_expired: bool = False


@dataclass
class Reader:
    """The position of a consumer in a shard."""

    last: str | None = None
    token: str | None = None
    is_finished: bool = False


class Service(RuleBasedStateMachine):
    """The mock and the model, side by side."""

    @initialize(shards=st.integers(1, 3), auto_rotate=st.booleans())
    def open(self, shards: int, auto_rotate: bool) -> None:  # noqa: FBT001
        self.clock = HandClock()
        self.mock = StreamsMock()
        self.mock._service.clock = self.clock
        self.auto_rotate = auto_rotate
        self.iterators: list[Iterator] = []
        self.readers: dict[str, Reader] = {}
        self.tables: list[Table] = []
        self.adopt(self.mock.create_stream("orders", shards=shards, auto_rotate=auto_rotate))

    @property
    def now(self) -> datetime:
        return self.clock.instant

    @property
    def table(self) -> Table:
        return self.tables[-1]

    def is_enabled(self) -> bool:
        return self.table.disabled_at is None

    # Writes

    @precondition(is_enabled)
    @rule(pk=pks, value=values)
    def put(self, pk: str, value: int) -> None:
        old = self.table.items.get(pk)
        record = self.table.stream.put({"pk": pk, "v": value})
        if old == value:
            assert record is None
        else:
            self.note(record, "INSERT" if old is None else "MODIFY", pk, old, value)

    @precondition(is_enabled)
    @rule(pk=pks)
    def delete(self, pk: str) -> None:
        old = self.table.items.get(pk)
        record = self.table.stream.delete({"pk": pk})
        if old is None:
            assert record is None
        else:
            self.note(record, "REMOVE", pk, old, None)

    @precondition(is_enabled)
    @rule(pk=pks, value=values)
    def insert(self, pk: str, value: int) -> None:
        self.note(self.table.stream.insert({"pk": pk, "v": value}), "INSERT", pk, None, value)

    @precondition(is_enabled)
    @rule(pk=pks, old=values, value=values)
    def modify(self, pk: str, old: int, value: int) -> None:
        record = self.table.stream.modify({"pk": pk, "v": value}, old={"pk": pk, "v": old})
        self.note(record, "MODIFY", pk, old, value)

    @precondition(is_enabled)
    @rule(pk=pks)
    def remove(self, pk: str) -> None:
        old = self.table.items.get(pk)
        if old is not None:
            self.note(self.table.stream.remove({"pk": pk}), "REMOVE", pk, old, None)

    @precondition(is_enabled)
    @rule(items=st.lists(st.tuples(pks, values), min_size=3, max_size=12))
    def write_many(self, items: list[tuple[str, int]]) -> None:
        made: list[tuple[str, str, int | None, int]] = []
        for pk, value in items:
            old = self.table.items.get(pk)
            if old != value:
                made.append(("INSERT" if old is None else "MODIFY", pk, old, value))
                self.table.items[pk] = value
        before = {column.id: len(column.left) for column in self.table.open}
        assert self.table.stream.write_many({"pk": pk, "v": value} for pk, value in items) == len(made)
        fresh = {
            record["dynamodb"]["SequenceNumber"]: record
            for shard in self.table.stream.open_shards
            for record in shard.records[before[shard.id] :]
        }
        # The lower digits, an offset in the log of the stream, rise in the order of writing over all shards.
        numbers = sorted(fresh, key=lambda number: int(number[-20:]))
        assert len(numbers) == len(made)
        for number, (event, pk, old, new) in zip(numbers, made, strict=True):
            self.append(number, event, pk, old, new)

    @precondition(is_enabled)
    @rule(items=st.lists(st.tuples(pks, values), max_size=12))
    def write_many_in_vain(self, items: list[tuple[str, int]]) -> None:
        try:
            self.table.stream.write_many([*({"pk": pk, "v": value} for pk, value in items), {"v": 1}])
        except InvalidItem:
            return
        raise AssertionError("an item without its key was written")

    # Shards

    @precondition(is_enabled)
    @rule(which=indices, into=st.integers(1, 3))
    def split(self, which: int, into: int) -> None:
        if len(self.table.open) > 8:
            return
        parent = self.table.open[which % len(self.table.open)]
        children = self.table.stream.split(parent.id, into=into)
        parent.closed_at = self.now
        for child in children:
            assert child.parent_id == parent.id
            self.table.columns.append(Column(child.id, parent, self.now, child.starting_sequence_number))

    @precondition(is_enabled)
    @rule()
    def disable(self) -> None:
        self.table.stream.disable()
        self.table.disabled_at = self.now
        for column in self.table.open:
            column.closed_at = self.now

    @precondition(lambda self: self.table.disabled_at is not None and len(self.tables) < 4)
    @rule()
    def enable(self) -> None:
        items = self.table.items  # the table keeps its items while its stream is disabled
        self.adopt(self.table.stream.enable())
        self.table.items.update(items)

    # Time and trimming

    @rule(pause=pauses)
    def wait(self, pause: timedelta) -> None:
        self.clock.instant += pause
        self.rotate_what_is_due()
        for table in self.tables:
            self.trim_before(table, self.now - DAY)

    @rule(which=indices, age=pauses)
    def trim_by_time(self, which: int, age: timedelta) -> None:
        table = self.tables[which % len(self.tables)]
        assert table.stream.trim(before=self.now - age) == self.trim_before(table, self.now - age)

    @rule(which=indices)
    def trim_through_a_record(self, which: int) -> None:
        places = [
            (table, column, index)
            for table in self.tables
            for column in table.columns
            for index in range(column.trimmed, len(column.entries))
        ]
        if not places:
            return
        table, column, index = places[which % len(places)]
        count = index + 1 - column.trimmed
        column.trimmed = index + 1
        ancestor = column.parent
        while ancestor is not None:
            count += len(ancestor.left)
            ancestor.trimmed = len(ancestor.entries)
            ancestor = ancestor.parent
        assert table.stream.trim(through=column.entries[index].number) == count

    @rule(count=st.integers(0, 6))
    def trim_the_oldest(self, count: int) -> None:
        left = [(entry.at, place, column) for place, column in enumerate(self.table.columns) for entry in column.left]
        gone = sorted(left, key=lambda each: each[:2])[:count]
        assert self.table.stream.trim(records=count) == len(gone)
        for _, _, column in gone:
            column.trimmed += 1

    @rule()
    def trim_what_has_aged(self) -> None:
        self.table.stream.trim()  # the model trims records past the retention in `wait`

    @rule()
    def expire_iterators(self) -> None:
        self.mock.expire_iterators()
        for iterator in self.iterators:
            iterator.is_expired = True

    # Reads

    @rule(kind=kinds, where=indices, which=indices, seconds=st.sampled_from([0, -1, -300, -901, -3600, -90_000, 5]))
    def get_iterator(self, kind: str, where: int, which: int, seconds: int) -> None:
        places = [(table, column) for table in self.tables for column in table.columns]
        table, column = places[where % len(places)]
        request: dict[str, Any] = {"StreamArn": table.stream.arn, "ShardId": column.id, "ShardIteratorType": kind}
        refusal: type[ServiceError] | None = None
        index = column.trimmed
        if kind == "LATEST":
            index = len(column.entries)
        elif kind == "AT_TIMESTAMP":
            instant = self.now.timestamp() + seconds
            request["Timestamp"] = instant
            if seconds > 0:
                refusal = ValidationException
            later = [place for place, entry in enumerate(column.entries) if int(entry.at.timestamp()) >= instant]
            index = max([column.trimmed, *later[:1]]) if later else len(column.entries)
        elif kind != "TRIM_HORIZON":
            index, number = self.number_somewhere(column, which)
            request["SequenceNumber"] = number
            if number == column.start:
                index = 0
            if column.trimmed > index:
                refusal = TrimmedDataAccessException
            if kind == "AFTER_SEQUENCE_NUMBER" and number != column.start:
                index += 1
        if refusal is not ValidationException and not self.is_readable(table, column):
            refusal = ResourceNotFoundException
        answer = self.ask("GetShardIterator", refusal, **request)
        if answer is not None:
            self.iterators.append(Iterator(answer["ShardIterator"], table, column, index, self.now))

    @precondition(lambda self: self.iterators)
    @rule(newest=st.integers(0, 5), limit=limits)
    def read(self, newest: int, limit: int | None) -> None:
        iterator = self.iterators[-1 - newest % len(self.iterators)]
        table, column = iterator.table, iterator.column
        refusal: type[ServiceError] | None = None
        if not self.is_listed(table) or (column.closed_at and self.now - column.closed_at > LISTED):
            refusal = ResourceNotFoundException
        elif iterator.is_expired or self.now - iterator.issued_at > LIFETIME:
            refusal = ExpiredIteratorException
        elif iterator.index < column.trimmed:
            refusal = TrimmedDataAccessException
        request = {"ShardIterator": iterator.token, **({"Limit": limit} if limit else {})}
        answer = self.ask("GetRecords", refusal, **request)
        if answer is None:
            return
        stop = min(iterator.index + (limit or 1000), len(column.entries))
        expected = column.entries[iterator.index : stop]
        assert list(map(members_of_record, answer["Records"])) == list(map(members_of_entry, expected))
        for record in answer["Records"]:
            assert _schemas.violations(_schemas.RECORD, record.to_dict()) == ()
        assert ("NextShardIterator" in answer) == (column.closed_at is None or stop < len(column.entries))
        if "NextShardIterator" in answer:
            self.iterators.append(Iterator(answer["NextShardIterator"], table, column, stop, self.now))

    @rule(which=indices, limit=st.integers(1, 4))
    def describe(self, which: int, limit: int) -> None:
        table = self.tables[which % len(self.tables)]
        if not self.is_listed(table):
            self.ask("DescribeStream", ResourceNotFoundException, StreamArn=table.stream.arn)
            return
        listed = self.listing(table, limit)
        assert [shard["ShardId"] for shard in listed] == [column.id for column in self.listed_columns(table)]
        for shard, column in zip(listed, self.listed_columns(table), strict=True):
            assert shard.get("ParentShardId") == (column.parent and column.parent.id)
            assert shard["SequenceNumberRange"]["StartingSequenceNumber"] == column.start
            assert ("EndingSequenceNumber" in shard["SequenceNumberRange"]) == (column.closed_at is not None)

    @invariant()
    def streams_are_listed_for_a_day_after_they_were_disabled(self) -> None:
        answer = self.ask("ListStreams", None)
        assert answer is not None
        listed = [stream["StreamArn"] for stream in answer["Streams"]]
        assert listed == sorted(table.stream.arn for table in self.tables if self.is_listed(table))

    @rule(limit=limits)
    def consume(self, limit: int | None) -> None:
        """A consumer that walks parents before children catches up."""
        for table in filter(self.is_listed, self.tables):
            for shard in self.listing(table, 100):
                # The listing is in the order of opening, so a parent stands before its children.
                self.catch_up(table, shard["ShardId"], limit)
            for entry in (entry for column in table.columns for entry in column.left):
                assert entry.delivered == 1

    def catch_up(self, table: Table, shard_id: str, limit: int | None) -> None:
        column = next(column for column in table.columns if column.id == shard_id)
        reader = self.readers.setdefault(shard_id, Reader())
        if not self.is_readable(table, column):
            reader.is_finished = True
        while not reader.is_finished:
            try:
                page = self.perform(
                    "GetRecords", ShardIterator=reader.token or self.resume(table, column, reader), Limit=limit
                )
            except (ExpiredIteratorException, TrimmedDataAccessException):
                reader.token = None
                continue
            for record in page["Records"]:
                reader.last = record["dynamodb"]["SequenceNumber"]
                self.deliver(column, reader.last)
            reader.token = page.get("NextShardIterator")
            reader.is_finished = reader.token is None
            if not page["Records"]:
                return

    def resume(self, table: Table, column: Column, reader: Reader) -> str:
        where: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if reader.last is not None:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": reader.last}
        place = {"StreamArn": table.stream.arn, "ShardId": column.id}
        try:
            token: str = self.perform("GetShardIterator", **place, **where)["ShardIterator"]
        except TrimmedDataAccessException:
            token = self.perform("GetShardIterator", **place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return token

    def deliver(self, column: Column, number: str) -> None:
        [index] = [place for place, entry in enumerate(column.entries) if entry.number == number]
        assert index >= column.trimmed
        entry = column.entries[index]
        entry.delivered += 1
        assert entry.delivered == 1
        # All that was written of this item before has been delivered, or is trimmed.
        lineage = [each for each in self.table_of(column).columns if column.is_below(each)]
        before = [
            each for one in lineage for each in one.left if each.pk == entry.pk and int(each.number) < int(number)
        ]
        assert all(each.delivered for each in before)

    # Laws

    @invariant()
    def records_are_those_of_the_model(self) -> None:
        for table in self.tables:
            kept = [entry for column in self.listed_columns(table) for entry in column.left]
            assert list(map(members_of_record, table.stream.records)) == list(map(members_of_entry, kept))

    @invariant()
    def numbers_rise_along_every_lineage(self) -> None:
        for table in self.tables:
            handles = {shard.id: shard for shard in table.stream.shards}
            for column in self.listed_columns(table):
                ending = handles[column.id].ending_sequence_number
                numbers = [
                    int(column.start),
                    *(int(entry.number) for entry in column.entries),
                    *map(int, [ending] if ending else []),
                ]
                assert numbers == sorted(set(numbers))
                parent = handles.get(column.parent.id) if column.parent else None
                assert parent is None or int(parent.ending_sequence_number or 0) < int(column.start)

    # Inside

    def adopt(self, stream: Stream) -> None:
        table = Table(stream)
        table.columns = [Column(shard.id, None, self.now, shard.starting_sequence_number) for shard in stream.shards]
        self.tables.append(table)

    def table_of(self, column: Column) -> Table:
        return next(table for table in self.tables if column in table.columns)

    def note(self, record: StreamRecord | None, event: str, pk: str, old: int | None, new: int | None) -> None:
        assert record is not None
        self.append(record.sequence_number, event, pk, old, new)

    def append(self, number: str, event: str, pk: str, old: int | None, new: int | None) -> None:
        table = self.table
        holders = [
            shard.id
            for shard in table.stream.open_shards
            for record in shard.records
            if record["dynamodb"]["SequenceNumber"] == number
        ]
        [column] = [column for column in table.open if column.id in holders]
        home = table.homes.get(pk)
        assert home is None or column.is_below(home)
        table.homes[pk] = column
        column.entries.append(Entry(number, self.now, event, pk, old, new))
        table.items.pop(pk, None)
        if new is not None:
            table.items[pk] = new

    def number_somewhere(self, column: Column, which: int) -> tuple[int, str]:
        numbers = [*(entry.number for entry in column.entries), column.start]
        index = which % len(numbers)
        return index, numbers[index]

    def trim_before(self, table: Table, horizon: datetime) -> int:
        count = 0
        for column in table.columns:
            while column.left and column.left[0].at < horizon:
                column.trimmed += 1
                count += 1
        return count

    def rotate_what_is_due(self) -> None:
        table = self.table
        while self.auto_rotate and table.open:
            oldest = min(table.open, key=lambda column: column.opened_at)
            due = oldest.opened_at + ROTATION
            if due > self.now:
                return
            oldest.closed_at = due
            [child] = [shard for shard in table.stream.shards if shard.parent_id == oldest.id]
            table.columns.append(Column(child.id, oldest, due, child.starting_sequence_number))

    def is_listed(self, table: Table) -> bool:
        return table.disabled_at is None or self.now - table.disabled_at <= DAY

    def is_readable(self, table: Table, column: Column) -> bool:
        return self.is_listed(table) and (column.closed_at is None or self.now - column.closed_at <= DAY)

    def listed_columns(self, table: Table) -> list[Column]:
        return [column for column in table.columns if not column.closed_at or self.now - column.closed_at <= LISTED]

    def listing(self, table: Table, limit: int) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = []
        start: dict[str, str] = {}
        while True:
            page = self.perform("DescribeStream", StreamArn=table.stream.arn, Limit=limit, **start)["StreamDescription"]
            assert page["StreamStatus"] == ("ENABLED" if table.disabled_at is None else "DISABLED")
            shards += page["Shards"]
            if "LastEvaluatedShardId" not in page:
                return shards
            assert len(page["Shards"]) == limit
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}

    def perform(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.mock._service.perform(operation, request, Origin("us-east-1"))

    def ask(self, operation: str, refusal: type[ServiceError] | None, **request: Any) -> dict[str, Any] | None:
        """Return the response, or None for an error that the model expects."""
        answer, met = None, None
        try:
            answer = self.perform(operation, **request)
        except ServiceError as error:
            met = type(error)
        assert met is refusal, f"{operation} {request}"
        return answer


def members_of_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of the mock in the shape of the model."""
    dynamodb = record["dynamodb"]
    images = {name: dynamodb[name]["v"]["N"] for name in ("OldImage", "NewImage") if name in dynamodb}
    return {
        "number": dynamodb["SequenceNumber"],
        "at": dynamodb["ApproximateCreationDateTime"],
        "event": record["eventName"],
        "pk": dynamodb["Keys"]["pk"]["S"],
        **images,
    }


def members_of_entry(entry: Entry) -> dict[str, Any]:
    """Return a record of the model in the same shape."""
    images = {"OldImage": entry.old, "NewImage": entry.new}
    return {
        "number": entry.number,
        "at": entry.at.replace(microsecond=0),
        "event": entry.event,
        "pk": entry.pk,
        **{name: str(value) for name, value in images.items() if value is not None},
    }


TestService = Service.TestCase
TestService.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
