from __future__ import annotations

from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidItem, UserIdentity

if TYPE_CHECKING:
    from pytest_ddbstreams import Clock, Stream, StreamsMock

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T12:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]

WRITTEN = datetime(2026, 1, 1, 11, 59, 59, tzinfo=timezone.utc)
ITEM = {"pk": {"S": "o#1"}, "raw": {"B": b"\x00\xff"}, "all": {"L": [{"BS": [b"a", b"b"]}, {"M": {"b": {"B": b"c"}}}]}}


def recorded(**changes: Any) -> dict[str, Any]:
    """Return a record as botocore gives it, with members of ``dynamodb`` replaced; None removes a member."""
    shown = {
        "ApproximateCreationDateTime": WRITTEN,
        "Keys": {"pk": {"S": "o#1"}},
        "NewImage": ITEM,
        "SequenceNumber": "300000000000000000000123",
        "SizeBytes": 99,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        **changes,
    }
    return {
        "eventID": "0123456789abcdef" * 2,
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {name: value for name, value in shown.items() if value is not None},
    }


def removed(**changes: Any) -> dict[str, Any]:
    return {**recorded(NewImage=None, OldImage=ITEM, **changes), "eventName": "REMOVE"}


def test_an_injected_record_is_read_as_it_was_given(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.inject(recorded())
    assert ddbstreams_stream.records == [recorded()]


def test_a_record_of_one_stream_can_be_injected_into_another(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    other = ddbstreams_mock.create_stream("copies")
    ddbstreams_stream.put({"pk": "o#1", "raw": b"\x00", "tags": {"a", "b"}})
    ddbstreams_stream.put({"pk": "o#1", "raw": b"\x01"})
    ddbstreams_stream.remove({"pk": "o#1"}, by_ttl=True)
    for record in ddbstreams_stream.records:
        other.inject({**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": None}})
    without_numbers = [
        [{**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": None}} for record in stream.records]
        for stream in (ddbstreams_stream, other)
    ]
    assert without_numbers[0] == without_numbers[1]


def test_inject_returns_the_record(ddbstreams_stream: Stream) -> None:
    record = ddbstreams_stream.inject(recorded())
    assert (record.event_id, record.sequence_number, record.created_at, record.region, record.size_bytes) == (
        "0123456789abcdef" * 2,
        "300000000000000000000123",
        WRITTEN,
        "eu-west-1",
        99,
    )
    assert (record.keys, record.new_image, record.old_image) == ({"pk": {"S": "o#1"}}, ITEM, None)


def test_any_mapping_can_be_injected(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.inject(MappingProxyType(recorded()))
    assert len(ddbstreams_stream.records) == 1


@pytest.mark.parametrize(
    "written",
    [WRITTEN, WRITTEN.replace(tzinfo=None), WRITTEN.replace(microsecond=999_999), int(WRITTEN.timestamp())],
)
def test_the_time_of_an_injected_record_is_cut_to_whole_seconds(ddbstreams_stream: Stream, written: object) -> None:
    ddbstreams_stream.inject(recorded(ApproximateCreationDateTime=written))
    assert ddbstreams_stream.records[0]["dynamodb"]["ApproximateCreationDateTime"] == WRITTEN


def test_an_injected_record_without_a_sequence_number_gets_the_next_one(ddbstreams_stream: Stream) -> None:
    before = ddbstreams_stream.insert({"pk": "o#1"})
    record = ddbstreams_stream.inject(recorded(SequenceNumber=None))
    assert int(record.sequence_number) > int(before.sequence_number)
    assert ddbstreams_stream.records[1]["dynamodb"]["SequenceNumber"] == record.sequence_number


def test_sequence_numbers_continue_above_that_of_an_injected_record(ddbstreams_stream: Stream) -> None:
    injected = ddbstreams_stream.inject(recorded(SequenceNumber="7" * 30))
    assert int(ddbstreams_stream.insert({"pk": "o#1"}).sequence_number) > int(injected.sequence_number)


@pytest.mark.parametrize("above", [0, -1])
def test_a_sequence_number_that_is_not_above_the_last_one_is_refused(ddbstreams_stream: Stream, above: int) -> None:
    before = ddbstreams_stream.insert({"pk": "o#1"})
    [shard] = ddbstreams_stream.shards
    last = int(before.sequence_number)
    number = last + above
    shows = rf"\['SequenceNumber'\]: {number} does not come after {last}.*{shard.id}.*leave SequenceNumber out"
    with pytest.raises(InvalidItem, match=shows):
        ddbstreams_stream.inject(recorded(SequenceNumber=str(number)))
    assert len(ddbstreams_stream.records) == 1


def test_a_sequence_number_above_the_highest_one_is_refused(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"\['SequenceNumber'\] is 9{40}: at most 10{39}"):
        ddbstreams_stream.inject(recorded(SequenceNumber="9" * 40))


def test_a_stream_writes_and_rotates_after_the_highest_sequence_number(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.inject(recorded(SequenceNumber=str(10**39)))
    number = ddbstreams_stream.insert({"pk": "o#1"}).sequence_number
    [ending] = [shard.ending_sequence_number for shard in (ddbstreams_stream.rotate(), ddbstreams_stream.shards[0])][1:]
    assert ending is not None
    assert [len(number), len(ending)] == [40, 40]


@pytest.mark.parametrize("record", [None, "record", 5, [recorded()]])
def test_inject_refuses_anything_but_a_mapping(ddbstreams_stream: Stream, record: Any) -> None:
    with pytest.raises(InvalidItem, match=r"record is .*: inject\(\) takes a dict as GetRecords returns it"):
        ddbstreams_stream.inject(record)


@pytest.mark.parametrize("member", sorted(recorded()))
def test_a_record_without_a_member_is_refused_by_the_members_name(ddbstreams_stream: Stream, member: str) -> None:
    record = recorded()
    del record[member]
    with pytest.raises(InvalidItem, match=rf"not what GetRecords returns: {member}: is missing"):
        ddbstreams_stream.inject(record)


@pytest.mark.parametrize("member", ["ApproximateCreationDateTime", "Keys", "NewImage", "SizeBytes", "StreamViewType"])
def test_a_change_without_a_member_is_refused_by_the_members_name(ddbstreams_stream: Stream, member: str) -> None:
    with pytest.raises(InvalidItem, match=rf"dynamodb\.{member}: is missing"):
        ddbstreams_stream.inject(recorded(**{member: None}))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("eventID", "XYZ"),
        ("eventName", "UPSERT"),
        ("eventSource", "aws:kinesis"),
        ("dynamodb", "text"),
        ("eventVersion", 1.1),
        ("userIdentity", {"Type": "Service"}),
        ("colour", "blue"),
    ],
)
def test_a_record_with_a_wrong_member_is_refused_by_the_members_name(
    ddbstreams_stream: Stream, member: str, value: object
) -> None:
    with pytest.raises(InvalidItem, match=f"not what GetRecords returns: {member}"):
        ddbstreams_stream.inject({**recorded(), member: value})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("SequenceNumber", 300000000000000000000123),
        ("SequenceNumber", "12"),
        ("SequenceNumber", "x" * 21),
        ("SizeBytes", 0),
        ("SizeBytes", "12"),
        ("SizeBytes", 2**63),
        ("ApproximateCreationDateTime", "2026-01-01T12:00:00Z"),
        ("ApproximateCreationDateTime", float("nan")),
        ("ApproximateCreationDateTime", 1e20),
        ("ApproximateCreationDateTime", 1e12),
        ("OldImage", ITEM),
        ("NewImage", {}),
        ("NewImage", {"pk": "o#1"}),
        ("NewImage", {"pk": {"S": "o#1", "N": "1"}}),
        ("Keys", {"pk": {"M": "x"}}),
        ("Keys", {"pk": {"BS": b"x"}}),
    ],
)
def test_a_change_with_a_wrong_member_is_refused_by_the_members_name(
    ddbstreams_stream: Stream, member: str, value: object
) -> None:
    with pytest.raises(InvalidItem, match=member):
        ddbstreams_stream.inject(recorded(**{member: value}))
    assert ddbstreams_stream.records == []


def test_a_stream_takes_the_next_record_after_a_refused_one(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem):
        ddbstreams_stream.inject(recorded(SizeBytes=2**63))
    ddbstreams_stream.insert({"pk": "o#1"})
    assert [record["dynamodb"]["SizeBytes"] for record in ddbstreams_stream.records] == [2 * len("pko#1")]


def test_a_size_that_json_writes_with_a_point_is_an_integer(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.inject(recorded(SizeBytes=12.0))
    size = ddbstreams_stream.records[0]["dynamodb"]["SizeBytes"]
    assert (size, type(size)) == (12, int)


def test_a_record_of_another_view_type_is_refused_with_both(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"\['StreamViewType'\]: came NEW_IMAGE; the stream's is NEW_AND_OLD_IMAGES"):
        ddbstreams_stream.inject(recorded(StreamViewType="NEW_IMAGE"))


@pytest.mark.parametrize(
    ("keys", "shows"),
    [
        ({"id": {"S": "o#1"}}, "lacks the key attribute 'pk'"),
        ({"pk": {"N": "1"}}, r"\['Keys'\]\['pk'\] is .*: the key takes text"),
        ({"pk": {"S": "o#1"}, "sk": {"S": "x"}}, "'sk' besides 'pk'"),
        ({"pk": {"S": ""}}, "1 to 2048 bytes"),
    ],
)
def test_keys_that_do_not_fit_the_key_schema_are_refused(
    ddbstreams_stream: Stream, keys: dict[str, Any], shows: str
) -> None:
    with pytest.raises(InvalidItem, match=shows):
        ddbstreams_stream.inject(recorded(Keys=keys, NewImage={**ITEM, **keys}))


def test_an_image_of_another_item_is_refused(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"record\['dynamodb'\]\['NewImage'\]: its key is not that of Keys"):
        ddbstreams_stream.inject(recorded(NewImage={**ITEM, "pk": {"S": "o#2"}}))


def test_an_image_that_dynamodb_could_not_hold_is_refused_by_its_place(ddbstreams_stream: Stream) -> None:
    with pytest.raises(InvalidItem, match=r"record\['dynamodb'\]\['NewImage'\]\['n'\]"):
        ddbstreams_stream.inject(recorded(NewImage={**ITEM, "n": {"N": "twelve"}}))


def test_an_injected_record_is_independent_of_the_dict_that_was_given(ddbstreams_stream: Stream) -> None:
    record = recorded(NewImage={"pk": {"S": "o#1"}, "state": {"S": "new"}})
    ddbstreams_stream.inject(record)
    record["dynamodb"]["NewImage"]["state"]["S"] = "paid"
    assert ddbstreams_stream.records[0]["dynamodb"]["NewImage"]["state"] == {"S": "new"}


def test_inject_does_not_change_what_it_was_given(ddbstreams_stream: Stream) -> None:
    record = recorded(SequenceNumber=None)
    ddbstreams_stream.inject(record)
    assert record == recorded(SequenceNumber=None)


def test_the_image_of_an_injected_record_is_the_item_that_was_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.inject(recorded())
    assert ddbstreams_stream.put(ITEM) is None
    assert ddbstreams_stream.modify({"pk": "o#1"}).old_image == ITEM


def test_an_injected_remove_deletes_the_item_that_was_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put(ITEM)
    ddbstreams_stream.inject(removed(SequenceNumber=None))
    assert ddbstreams_stream.delete({"pk": "o#1"}) is None


@pytest.mark.ddbstreams_stream(view_type="KEYS_ONLY")
def test_an_injected_record_without_images_keeps_the_item_that_was_last_seen(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "o#1", "state": "new"})
    ddbstreams_stream.inject(recorded(NewImage=None, SequenceNumber=None, StreamViewType="KEYS_ONLY"))
    assert ddbstreams_stream.put({"pk": "o#1", "state": "new"}) is None


def test_an_injected_removal_by_time_to_live_has_the_identity_of_the_service(ddbstreams_stream: Stream) -> None:
    identity = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    ddbstreams_stream.inject({**removed(), "userIdentity": identity})
    assert ddbstreams_stream.records[0]["userIdentity"] == identity


# AWS says that clients "must not assume that eventVersion will remain at a particular value", and that a userIdentity
# need not be that of Time To Live. D.


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.0"])
def test_a_record_of_any_event_version_is_injected(ddbstreams_stream: Stream, version: str) -> None:
    ddbstreams_stream.inject({**recorded(), "eventVersion": version})
    assert ddbstreams_stream.records == [{**recorded(), "eventVersion": version}]


@pytest.mark.parametrize("name", ["dynamodb.amazonaws.com", "replication.dynamodb.amazonaws.com"])
def test_an_insert_with_the_identity_of_a_service_is_injected(ddbstreams_stream: Stream, name: str) -> None:
    identity = {"Type": "Service", "PrincipalId": name}
    record = ddbstreams_stream.inject({**recorded(), "userIdentity": identity})
    assert record == {**recorded(), "userIdentity": identity}
    assert record.user_identity == UserIdentity("Service", name)


def test_a_removal_by_another_kind_of_identity_is_injected(ddbstreams_stream: Stream) -> None:
    identity = {"Type": "User", "PrincipalId": "AIDA"}
    assert ddbstreams_stream.inject({**removed(), "userIdentity": identity})["userIdentity"] == identity


@pytest.mark.parametrize(
    "members",
    [
        {"eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"},
        {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}},
    ],
)
def test_a_record_in_the_form_of_lambda_is_refused_with_the_method_that_takes_it(
    ddbstreams_stream: Stream, members: dict[str, Any]
) -> None:
    with pytest.raises(InvalidItem, match=r"form of a Lambda event.*use replay\(\): stream\.replay\(\[record\]\)"):
        ddbstreams_stream.inject({**recorded(), **members})
    assert ddbstreams_stream.records == []


@pytest.mark.ddbstreams_stream(shards=4)
def test_a_record_goes_to_the_shard_of_its_item(ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    ddbstreams_stream.inject(recorded(SequenceNumber=None))
    assert sorted(len(shard) for shard in ddbstreams_stream.shards) == [0, 0, 0, 2]


def test_the_24_hours_of_an_old_record_begin_when_it_is_injected(
    ddbstreams_clock: Clock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.inject(recorded(ApproximateCreationDateTime=datetime(2020, 1, 1, tzinfo=timezone.utc)))
    ddbstreams_clock.tick(hours=24)
    assert len(ddbstreams_stream.records) == 1
    ddbstreams_clock.tick(seconds=1)
    assert ddbstreams_stream.records == []
