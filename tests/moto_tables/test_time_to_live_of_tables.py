"""Time To Live: what is due leaves the table when the test says so, and the stream says who removed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_tables.moto_calls import KEY, Item, client, create, events, shape

from pytest_ddbstreams import StreamsMock, StreamStateError, mock_streams

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

START = 1767225600  # 2026-01-01T00:00:00Z
THE_SERVICE = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def let_live(dynamodb: Any, *, enabled: bool = True, name: str = "orders") -> None:
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": "expires"}
    )


def put(dynamodb: Any, key: str, expires: Item, name: str = "orders") -> Item:
    item: Item = {"pk": {"S": key}, "expires": expires}
    dynamodb.put_item(TableName=name, Item=item)
    return item


def keys(dynamodb: Any, name: str = "orders") -> list[str]:
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name)["Items"])


def test_what_is_due_is_removed_by_the_service(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    item = put(dynamodb, "a", {"N": str(START + 60)})
    put(dynamodb, "b", {"N": str(START + 3600)})
    ddbstreams_mock.clock.tick(minutes=2)

    assert ddbstreams_mock.expire_items() == 1

    removal = orders.records[-1]
    assert (removal["eventName"], removal["userIdentity"]) == ("REMOVE", THE_SERVICE)
    assert removal["dynamodb"]["OldImage"] == item
    assert keys(dynamodb) == ["b"]


def test_nothing_is_removed_twice(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START - 60)})

    assert [ddbstreams_mock.expire_items() for _ in range(2)] == [1, 0]
    assert events(orders) == ["INSERT", "REMOVE"]


def test_an_item_is_there_until_the_test_says_so(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START + 60)})
    ddbstreams_mock.clock.tick(hours=1)

    assert (keys(dynamodb), events(orders)) == (["a"], ["INSERT"])


def test_any_other_deletion_names_nobody(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START - 60)})
    dynamodb.delete_item(TableName="orders", Key=KEY)
    ddbstreams_mock.expire_items()

    assert [record.get("userIdentity") for record in orders.records] == [None, None]


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("switched", [False, None])
def test_a_table_without_time_to_live_keeps_its_items(
    ddbstreams_mock: StreamsMock,
    dynamodb: Any,
    switched: bool | None,  # noqa: FBT001 - a parameter of pytest
) -> None:
    if switched is not None:
        let_live(dynamodb, enabled=switched)
    put(dynamodb, "a", {"N": str(START - 60)})

    assert (ddbstreams_mock.expire_items(), keys(dynamodb)) == (0, ["a"])


@pytest.mark.usefixtures("orders")
def test_what_has_no_instant_in_the_attribute_stays(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    let_live(dynamodb)
    put(dynamodb, "text", {"S": str(START - 60)})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "without"}})

    assert (ddbstreams_mock.expire_items(), keys(dynamodb)) == (0, ["text", "without"])


def test_items_of_a_table_without_a_stream_leave_too(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    dynamodb.create_table(**shape("plain"))
    let_live(dynamodb, name="plain")
    put(dynamodb, "a", {"N": str(START - 60)}, name="plain")

    assert (ddbstreams_mock.expire_items(), keys(dynamodb, "plain")) == (1, [])


def test_items_of_every_region_leave(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    elsewhere = client(region="eu-west-1")
    for each in (dynamodb, elsewhere):
        create(each, keys={"pk": "S", "expires": "N"})
        let_live(each)
        put(each, "a", {"N": str(START - 60)})

    assert ddbstreams_mock.expire_items() == 2
    assert [events(stream) for stream in ddbstreams_mock.streams] == [["INSERT", "REMOVE"]] * 2


def test_without_tables_the_test_is_told_what_is_missing() -> None:
    streams = StreamsMock()

    with pytest.raises(StreamStateError, match=r"pip install 'pytest-ddbstreams\[moto\]'.*stream\.remove"):
        streams.expire_items()


@pytest.mark.usefixtures("motos")
def test_a_mock_that_was_closed_has_no_tables() -> None:
    with mock_streams() as streams:
        create(client())

    with pytest.raises(StreamStateError, match="needs tables"):
        streams.expire_items()
