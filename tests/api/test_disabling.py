from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidOption, StreamStateError
from pytest_ddbstreams._model.changes import VIEW_TYPES

if TYPE_CHECKING:
    from pytest_ddbstreams import Clock, Stream, StreamsMock, ViewType

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"id": "N", "sk": "B"}, view_type="NEW_IMAGE"),
]


def test_the_status_of_a_disabled_stream_is_disabled(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    assert ddbstreams_stream.status == "DISABLED"


@pytest.mark.ddbstreams_stream(shards=3)
def test_disabling_closes_every_shard(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.open_shards[0].split()
    ddbstreams_stream.disable()
    assert ddbstreams_stream.open_shards == ()
    assert all(shard.ending_sequence_number for shard in ddbstreams_stream.shards)


def test_the_records_of_a_disabled_stream_stay_readable(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"id": 1, "sk": b"x"})
    ddbstreams_stream.disable()
    assert len(ddbstreams_stream.records) == 1


def test_a_disabled_stream_is_not_disabled_again(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    with pytest.raises(StreamStateError, match="is disabled already"):
        ddbstreams_stream.disable()


def test_enable_creates_a_new_stream_of_the_same_table(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    ddbstreams_clock.tick(hours=1)
    again = ddbstreams_stream.enable()
    assert (again.table_name, again.region, again.key_schema, again.view_type, again.status) == (
        "orders",
        "us-east-1",
        {"id": "N", "sk": "B"},
        "NEW_IMAGE",
        "ENABLED",
    )
    assert (ddbstreams_stream.label, again.label) == ("2026-01-01T00:00:00.000", "2026-01-01T01:00:00.000")


@pytest.mark.usefixtures("ddbstreams_stream")
def test_streams_that_are_enabled_at_the_same_instant_have_different_arns(ddbstreams_mock: StreamsMock) -> None:
    for _ in range(3):
        ddbstreams_mock.streams[-1].disable()
        ddbstreams_mock.streams[-1].enable()
    labels = [stream.label for stream in ddbstreams_mock.streams]
    assert labels == [f"2026-01-01T00:00:00.00{number}" for number in range(4)]
    assert [stream.arn.rpartition("/")[2] for stream in ddbstreams_mock.streams] == labels


def test_the_old_stream_stays_disabled_and_keeps_its_records(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"id": 1, "sk": b"x"})
    ddbstreams_stream.disable()
    again = ddbstreams_stream.enable()
    assert (ddbstreams_stream.status, len(ddbstreams_stream.records), len(again.records)) == ("DISABLED", 1, 0)


def test_the_new_stream_takes_records(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    assert ddbstreams_stream.enable().insert({"id": 1, "sk": b"x"}).event_name == "INSERT"


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_the_new_stream_may_have_another_view_type(ddbstreams_stream: Stream, view_type: ViewType) -> None:
    ddbstreams_stream.disable()
    assert (ddbstreams_stream.enable(view_type=view_type).view_type, ddbstreams_stream.view_type) == (
        view_type,
        "NEW_IMAGE",
    )


@pytest.mark.parametrize("view_type", ["BOTH", "", 5])
def test_enable_refuses_an_unknown_view_type(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, view_type: Any
) -> None:
    ddbstreams_stream.disable()
    with pytest.raises(InvalidOption, match=f"view_type={view_type!r} does not fit; there are: NEW_IMAGE"):
        ddbstreams_stream.enable(view_type=view_type)
    assert len(ddbstreams_mock.streams) == 1


def test_an_enabled_stream_is_not_enabled_again(ddbstreams_stream: Stream) -> None:
    with pytest.raises(StreamStateError, match=f"'orders' has an enabled stream: {ddbstreams_stream.arn}"):
        ddbstreams_stream.enable()


def test_enable_is_refused_while_a_newer_stream_of_the_table_is_enabled(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    again = ddbstreams_stream.enable()
    with pytest.raises(StreamStateError, match=again.arn):
        ddbstreams_stream.enable()


@pytest.mark.ddbstreams_stream(auto_rotate=True)
def test_the_new_stream_rotates_by_itself_like_the_old_one(ddbstreams_clock: Clock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.disable()
    again = ddbstreams_stream.enable()
    ddbstreams_clock.tick(hours=4)
    assert len(again.shards) == 2


def test_two_objects_of_one_stream_are_equal(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    again = ddbstreams_mock.stream("orders")
    assert again == ddbstreams_stream
    assert len({again, ddbstreams_stream}) == 1


def test_a_stream_is_not_equal_to_its_arn_or_another_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    assert ddbstreams_stream != ddbstreams_stream.arn
    assert ddbstreams_stream != ddbstreams_mock.create_stream("others")


def test_the_repr_of_a_stream_has_its_arn_status_view_type_and_number_of_shards(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.open_shards[0].split()
    ddbstreams_stream.disable()
    assert repr(ddbstreams_stream) == f"<Stream {ddbstreams_stream.arn} DISABLED NEW_IMAGE shards=3>"


def test_a_new_stream_has_seen_the_items_that_the_old_one_saw(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"id": 1, "sk": b"x", "v": 1})
    ddbstreams_stream.disable()
    again = ddbstreams_stream.enable(view_type="OLD_IMAGE")

    record = again.put({"id": 1, "sk": b"x", "v": 2})

    assert record is not None
    assert (record.event_name, record.old_image) == ("MODIFY", {"id": {"N": "1"}, "sk": {"B": b"x"}, "v": {"N": "1"}})
