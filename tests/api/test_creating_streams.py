from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidOption, StreamStateError, UnknownStream

if TYPE_CHECKING:
    from pytest_ddbstreams import StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00.123Z")


def test_a_stream_is_created_with_the_given_arguments(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream(
        "orders",
        key_schema={"sk": "S", "pk": "N"},
        view_type="OLD_IMAGE",
        shards=3,
        region="eu-west-1",
        account_id="000000000001",
    )
    assert (stream.table_name, stream.view_type, stream.region, stream.status, len(stream.shards)) == (
        "orders",
        "OLD_IMAGE",
        "eu-west-1",
        "ENABLED",
        3,
    )
    assert list(stream.key_schema.items()) == [("sk", "S"), ("pk", "N")]
    assert stream.arn == "arn:aws:dynamodb:eu-west-1:000000000001:table/orders/stream/2026-01-01T00:00:00.123"


def test_a_stream_has_one_shard_a_text_key_and_both_images_by_default(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    assert (stream.key_schema, stream.view_type, len(stream.shards)) == ({"pk": "S"}, "NEW_AND_OLD_IMAGES", 1)
    assert stream.arn.startswith("arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/")


@pytest.mark.ddbstreams(region="ap-south-1", account_id="999999999999")
def test_a_stream_is_created_in_the_region_and_account_of_the_mock(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    assert stream.arn.startswith("arn:aws:dynamodb:ap-south-1:999999999999:")


def test_the_label_of_a_stream_is_the_instant_at_which_it_was_enabled(ddbstreams_mock: StreamsMock) -> None:
    assert ddbstreams_mock.create_stream("orders").label == "2026-01-01T00:00:00.123"


def test_the_key_schema_of_a_stream_is_a_copy(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    stream.key_schema["pk"] = "N"
    assert stream.key_schema == {"pk": "S"}


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        ({"table_name": "or"}, r"table_name='or'.*3 to 255"),
        ({"table_name": "o" * 256}, "3 to 255"),
        ({"table_name": "my table"}, "a-zA-Z0-9"),
        ({"table_name": None}, "table_name=None"),
        ({"view_type": "BOTH"}, r"view_type='BOTH'.*NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY"),
        ({"view_type": ""}, "view_type=''"),
        ({"view_type": None}, "view_type=None"),
        ({"shards": 0}, "shards=0.*from 1 to 10000"),
        ({"shards": 10**9}, "shards=1000000000.*from 1 to 10000"),
        ({"shards": True}, "shards=True"),
        ({"shards": 1.0}, "shards=1.0"),
        ({"region": "Frankfurt"}, "region='Frankfurt'.*'eu-west-1'"),
        ({"region": ""}, "region=''"),
        ({"region": 1}, "region=1"),
        ({"account_id": "12"}, "account_id='12'.*12 digits"),
        ({"account_id": ""}, "account_id=''"),
        ({"auto_rotate": "yes"}, "auto_rotate='yes'.*True or False"),
        ({"key_schema": {}}, "key_schema"),
        ({"key_schema": {"pk": "BOOL"}}, "key_schema"),
    ],
)
def test_create_stream_refuses_an_argument_that_does_not_fit(
    ddbstreams_mock: StreamsMock, arguments: dict[str, Any], shows: str
) -> None:
    with pytest.raises(InvalidOption, match=shows):
        ddbstreams_mock.create_stream(**{"table_name": "orders", **arguments})
    assert ddbstreams_mock.streams == ()


def test_a_second_enabled_stream_of_a_table_is_refused(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    with pytest.raises(
        StreamStateError, match=r"'orders' has an enabled stream.*stream\('orders'\).*disable"
    ) as raised:
        ddbstreams_mock.create_stream("orders")
    assert stream.arn in str(raised.value)


@pytest.mark.parametrize("elsewhere", [{"region": "eu-west-1"}, {"account_id": "000000000001"}])
def test_a_table_of_another_region_or_account_is_another_table(
    ddbstreams_mock: StreamsMock, elsewhere: dict[str, Any]
) -> None:
    here = ddbstreams_mock.create_stream("orders")
    there = ddbstreams_mock.create_stream("orders", **elsewhere)
    assert ddbstreams_mock.streams == (here, there)


def test_create_stream_gives_a_new_stream_to_a_table_with_a_disabled_stream(ddbstreams_mock: StreamsMock) -> None:
    first = ddbstreams_mock.create_stream("orders")
    first.disable()
    second = ddbstreams_mock.create_stream("orders", view_type="KEYS_ONLY")
    assert (second.view_type, second.arn != first.arn) == ("KEYS_ONLY", True)


def test_streams_of_all_regions_are_in_the_order_of_creation(ddbstreams_mock: StreamsMock) -> None:
    made = [
        ddbstreams_mock.create_stream(table, region=region)
        for table, region in [("zebra", "us-east-1"), ("apple", "us-west-2"), ("mango", "eu-west-1")]
    ]
    assert list(ddbstreams_mock.streams) == made


def test_a_stream_is_found_by_its_tables_name(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    ddbstreams_mock.create_stream("invoices")
    assert ddbstreams_mock.stream("orders") == stream


def test_the_newest_stream_of_a_table_is_found_by_the_tables_name(ddbstreams_mock: StreamsMock) -> None:
    first = ddbstreams_mock.create_stream("orders")
    first.disable()
    second = first.enable()
    assert ddbstreams_mock.stream("orders") == second != first


def test_an_older_stream_of_a_table_is_found_by_its_arn(ddbstreams_mock: StreamsMock) -> None:
    first = ddbstreams_mock.create_stream("orders")
    first.disable()
    first.enable()
    assert ddbstreams_mock.stream(first.arn) == first


def test_the_refusal_of_an_unknown_stream_lists_the_streams_and_names_the_call_to_type(
    ddbstreams_mock: StreamsMock,
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    with pytest.raises(UnknownStream) as raised:
        ddbstreams_mock.stream("order")
    text = str(raised.value)
    assert text.startswith(f"no stream of table 'order'; there are: 'orders' ({stream.arn}).")
    assert "ddbstreams_mock.create_stream('order', key_schema=" in text


def test_the_refusal_of_an_unknown_stream_says_none_if_there_are_no_streams(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(UnknownStream, match="there are: none"):
        ddbstreams_mock.stream("orders")


def test_the_refusal_of_an_unknown_arn_names_no_call_to_type(ddbstreams_mock: StreamsMock) -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2020-01-01T00:00:00.000"
    with pytest.raises(UnknownStream) as raised:
        ddbstreams_mock.stream(arn)
    assert f"no stream {arn!r}" in str(raised.value)
    assert "create_stream" not in str(raised.value)


def test_a_stream_is_found_by_itself(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    assert ddbstreams_mock.stream(stream) == stream
