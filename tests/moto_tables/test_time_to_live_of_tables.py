"""Time To Live: expire_items removes the due items of tables, and streams get the identity of the service."""

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


def test_expire_items_removes_due_items_with_the_identity_of_the_service(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    let_live(dynamodb)
    item = put(dynamodb, "a", {"N": str(START + 60)})
    put(dynamodb, "b", {"N": str(START + 3600)})
    ddbstreams_mock.clock.tick(minutes=2)

    assert ddbstreams_mock.expire_items() == 1

    removal = orders.records[-1]
    assert (removal["eventName"], removal["userIdentity"]) == ("REMOVE", THE_SERVICE)
    assert removal["dynamodb"]["OldImage"] == item
    assert keys(dynamodb) == ["b"]


def test_expire_items_removes_an_item_once(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START - 60)})

    assert [ddbstreams_mock.expire_items() for _ in range(2)] == [1, 0]
    assert events(orders) == ["INSERT", "REMOVE"]


def test_a_due_item_stays_until_expire_items_is_called(
    ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream
) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START + 60)})
    ddbstreams_mock.clock.tick(hours=1)

    assert (keys(dynamodb), events(orders)) == (["a"], ["INSERT"])


def test_a_deletion_by_a_user_has_no_user_identity(ddbstreams_mock: StreamsMock, dynamodb: Any, orders: Stream) -> None:
    let_live(dynamodb)
    put(dynamodb, "a", {"N": str(START - 60)})
    dynamodb.delete_item(TableName="orders", Key=KEY)
    ddbstreams_mock.expire_items()

    assert [record.get("userIdentity") for record in orders.records] == [None, None]


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("switched", [False, None])
def test_expire_items_leaves_the_items_of_a_table_without_time_to_live(
    ddbstreams_mock: StreamsMock,
    dynamodb: Any,
    switched: bool | None,  # noqa: FBT001 - a parameter of pytest
) -> None:
    if switched is not None:
        let_live(dynamodb, enabled=switched)
    put(dynamodb, "a", {"N": str(START - 60)})

    assert (ddbstreams_mock.expire_items(), keys(dynamodb)) == (0, ["a"])


@pytest.mark.usefixtures("orders")
def test_expire_items_leaves_items_without_a_number_in_the_attribute(
    ddbstreams_mock: StreamsMock, dynamodb: Any
) -> None:
    let_live(dynamodb)
    put(dynamodb, "text", {"S": str(START - 60)})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "without"}})

    assert (ddbstreams_mock.expire_items(), keys(dynamodb)) == (0, ["text", "without"])


def test_expire_items_removes_items_of_a_table_without_a_stream(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    dynamodb.create_table(**shape("plain"))
    let_live(dynamodb, name="plain")
    put(dynamodb, "a", {"N": str(START - 60)}, name="plain")

    assert (ddbstreams_mock.expire_items(), keys(dynamodb, "plain")) == (1, [])


def test_expire_items_removes_items_of_every_region(ddbstreams_mock: StreamsMock, dynamodb: Any) -> None:
    elsewhere = client(region="eu-west-1")
    for each in (dynamodb, elsewhere):
        create(each, keys={"pk": "S", "expires": "N"})
        let_live(each)
        put(each, "a", {"N": str(START - 60)})

    assert ddbstreams_mock.expire_items() == 2
    assert [events(stream) for stream in ddbstreams_mock.streams] == [["INSERT", "REMOVE"]] * 2


def test_the_refusal_of_expire_items_without_tables_names_the_extra() -> None:
    streams = StreamsMock()

    with pytest.raises(StreamStateError, match=r"pip install 'pytest-ddbstreams\[moto\]'.*stream\.remove"):
        streams.expire_items()


@pytest.mark.usefixtures("motos")
def test_expire_items_of_a_closed_mock_is_refused() -> None:
    with mock_streams() as streams:
        create(client())

    with pytest.raises(StreamStateError, match="needs tables"):
        streams.expire_items()
