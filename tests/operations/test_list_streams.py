from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import _service_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_ddbstreams import Clock, Stream, StreamsMock

DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
MOST_PAGES = 20


def pages(client: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
    page = client.list_streams(**arguments)
    yield page
    for _ in range(MOST_PAGES):
        if "LastEvaluatedStreamArn" not in page:
            return
        page = client.list_streams(**arguments, ExclusiveStartStreamArn=page["LastEvaluatedStreamArn"])
        yield page
    pytest.fail("the list never ends")


def arns(*listed: dict[str, Any]) -> list[str]:
    return [stream["StreamArn"] for page in listed for stream in page["Streams"]]


def create(mock: StreamsMock, count: int) -> list[Stream]:
    return [mock.create_stream(f"table-{number:03}") for number in range(count)]


def test_without_streams_the_list_is_empty(client: Any, ddbstreams_mock: StreamsMock) -> None:
    assert client.list_streams()["Streams"] == list(ddbstreams_mock.streams) == []


def test_a_stream_is_listed_by_arn_table_and_label(client: Any, stream: Stream) -> None:
    [listed] = client.list_streams()["Streams"]
    assert listed == {"StreamArn": stream.arn, "TableName": "orders", "StreamLabel": stream.label}


def test_a_page_holds_a_hundred_streams_when_nothing_is_said(client: Any, ddbstreams_mock: StreamsMock) -> None:
    create(ddbstreams_mock, 101)
    assert [len(page["Streams"]) for page in pages(client)] == [100, 1]


def test_a_limit_of_a_hundred_is_the_largest(client: Any, ddbstreams_mock: StreamsMock) -> None:
    create(ddbstreams_mock, 101)
    assert len(client.list_streams(Limit=100)["Streams"]) == 100


@pytest.mark.usefixtures("ddbstreams_mock")
def test_a_limit_above_a_hundred_is_refused(client: Any, refused: Callable[..., Any]) -> None:
    refusal = refused(client.list_streams, Limit=101)
    assert refusal == ("ValidationException", 400, _service_errors.LIST_STREAMS_LIMIT)


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.usefixtures("ddbstreams_mock")
def test_a_limit_below_one_is_refused(unchecked: Any, refused: Callable[..., Any], limit: int) -> None:
    code, status, message = refused(unchecked.list_streams, Limit=limit)
    assert (code, status) == ("ValidationException", 400)
    assert f"Value '{limit}' at 'limit'" in message


def test_a_page_that_is_not_the_last_names_its_last_stream(client: Any, ddbstreams_mock: StreamsMock) -> None:
    create(ddbstreams_mock, 3)
    page = client.list_streams(Limit=2)
    assert page["LastEvaluatedStreamArn"] == arns(page)[-1]


def test_a_last_page_that_is_not_full_names_no_stream(client: Any, ddbstreams_mock: StreamsMock) -> None:
    create(ddbstreams_mock, 3)
    *_, last = pages(client, Limit=2)
    assert (len(last["Streams"]), "LastEvaluatedStreamArn" in last) == (1, False)


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_of_any_size_hold_every_stream_once(client: Any, ddbstreams_mock: StreamsMock, limit: int) -> None:
    created = {stream.arn for stream in create(ddbstreams_mock, 7)}
    seen = arns(*pages(client, Limit=limit))
    assert (set(seen), len(seen)) == (created, 7)


def test_a_table_s_name_picks_its_streams(client: Any, ddbstreams_mock: StreamsMock) -> None:
    wanted, *_ = create(ddbstreams_mock, 3)
    assert arns(client.list_streams(TableName="table-000")) == [wanted.arn]


def test_a_table_s_name_is_no_prefix(client: Any, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders-archive")
    assert client.list_streams(TableName="orders")["Streams"] == []


def test_an_unknown_table_has_no_streams(client: Any, stream: Stream) -> None:
    assert stream.arn not in arns(client.list_streams(TableName="customers"))


def test_earlier_streams_of_a_table_are_listed_too(client: Any, stream: Stream) -> None:
    stream.disable()
    newer = stream.enable()
    assert sorted(arns(client.list_streams(TableName="orders"))) == sorted([stream.arn, newer.arn])


def test_streams_of_one_table_are_paged_among_those_of_others(client: Any, ddbstreams_mock: StreamsMock) -> None:
    first, *_ = create(ddbstreams_mock, 3)
    first.disable()
    second = first.enable()
    seen = arns(*pages(client, TableName="table-000", Limit=1))
    assert sorted(seen) == sorted([first.arn, second.arn])


def test_a_disabled_stream_is_listed_for_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    stream.disable()
    ddbstreams_clock.tick(DAY)
    assert arns(client.list_streams()) == [stream.arn]


def test_a_disabled_stream_is_gone_after_24_hours(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    stream.disable()
    ddbstreams_clock.tick(DAY + INSTANT)
    assert client.list_streams()["Streams"] == []


def test_an_enabled_stream_is_listed_however_old_it_is(client: Any, stream: Stream, ddbstreams_clock: Clock) -> None:
    ddbstreams_clock.tick(DAY * 400)
    assert arns(client.list_streams()) == [stream.arn]


def test_paging_goes_on_after_a_stream_that_has_gone_meanwhile(
    client: Any, ddbstreams_mock: StreamsMock, ddbstreams_clock: Clock
) -> None:
    streams = {stream.arn: stream for stream in create(ddbstreams_mock, 4)}
    first = client.list_streams(Limit=2)
    streams[first["LastEvaluatedStreamArn"]].disable()
    ddbstreams_clock.tick(DAY + INSTANT)
    second = client.list_streams(ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])
    assert sorted(arns(first, second)) == sorted(streams)


def test_paging_goes_on_after_a_stream_that_never_was(client: Any, stream: Stream) -> None:
    start = stream.arn.replace("orders", "customers")
    assert arns(client.list_streams(ExclusiveStartStreamArn=start)) == [stream.arn]


def test_streams_added_while_paging_neither_hide_nor_repeat_any(client: Any, ddbstreams_mock: StreamsMock) -> None:
    created = {ddbstreams_mock.create_stream(name).arn for name in ("ddd", "bbb", "fff")}
    seen: list[str] = []
    for page, added in zip(pages(client, Limit=1), ("aaa", "ccc", "eee", "ggg", "hhh", "iii", "jjj"), strict=False):
        seen += arns(page)
        ddbstreams_mock.create_stream(added)
    assert sorted(seen) == sorted(set(seen))
    assert created <= set(seen)


@pytest.mark.parametrize(
    "start",
    [
        "x" * 37,
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
        "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/yesterday",
        "arn:aws:kinesis:us-east-1:123456789012:stream/orders-and-customers",
    ],
)
@pytest.mark.usefixtures("stream")
def test_a_malformed_start_is_refused(client: Any, refused: Callable[..., Any], start: str) -> None:
    refusal = refused(client.list_streams, ExclusiveStartStreamArn=start)
    assert refusal == ("ValidationException", 400, _service_errors.INVALID_STREAM_ARN)


@pytest.mark.usefixtures("stream")
def test_a_start_that_is_too_short_is_refused(unchecked: Any, refused: Callable[..., Any]) -> None:
    code, status, message = refused(unchecked.list_streams, ExclusiveStartStreamArn="arn:aws")
    assert (code, status) == ("ValidationException", 400)
    assert "at 'exclusiveStartStreamArn'" in message


def test_each_region_lists_its_own_streams(ddbstreams_mock: StreamsMock, client_in: Callable[[str], Any]) -> None:
    here = ddbstreams_mock.create_stream("orders")
    there = ddbstreams_mock.create_stream("orders", region="eu-west-1")
    listed = [arns(client_in(region).list_streams()) for region in ("us-east-1", "eu-west-1", "ap-south-1")]
    assert listed == [[here.arn], [there.arn], []]


def test_streams_of_other_accounts_are_not_listed(client: Any, stream: Stream, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders", account_id="999999999999")
    assert arns(client.list_streams()) == [stream.arn]
