"""Behaviours of ListStreams."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from conformance.behaviours import behaviour, refused

if TYPE_CHECKING:
    from conformance.targets import Target

GROUP = "ListStreams"


def pages_of(client: Any, **request: Any) -> list[list[str]]:
    """Return the ARNs of each page, from the page of this request to the last."""
    page = client.list_streams(**request)
    pages = [[entry["StreamArn"] for entry in page["Streams"]]]
    while "LastEvaluatedStreamArn" in page:
        page = client.list_streams(**{**request, "ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]})
        pages.append([entry["StreamArn"] for entry in page["Streams"]])
    return pages


def listed(client: Any, **request: Any) -> list[str]:
    """Return the ARNs of all pages together."""
    return [arn for page in pages_of(client, **request) for arn in page]


@behaviour("list-entry", "R", GROUP)
def test_a_listed_stream_has_an_arn_a_table_name_and_a_label(target: Target) -> None:
    table = target.create_table()

    [entry] = target.client().list_streams(TableName=table.name)["Streams"]

    assert entry == {
        "StreamArn": table.stream_arn,
        "TableName": table.name,
        "StreamLabel": table.stream_arn.rpartition("/stream/")[2],
    }


@behaviour("list-table-name", "R", GROUP)
def test_list_streams_with_a_table_name_lists_only_the_streams_of_that_table(target: Target) -> None:
    table, _ = target.create_table(), target.create_table()

    assert listed(target.client(), TableName=table.name) == [table.stream_arn]


@behaviour("list-all-tables", "R", GROUP)
def test_list_streams_without_a_table_name_lists_the_streams_of_all_tables(target: Target) -> None:
    arns = {target.create_table().stream_arn for _ in range(2)}

    assert arns <= set(listed(target.client()))


@behaviour("list-unknown-table", "R", GROUP)
def test_list_streams_of_an_unknown_table_is_empty(target: Target) -> None:
    assert target.client().list_streams(TableName="an-unknown-table")["Streams"] == []


@behaviour("list-table-without-stream", "R", GROUP)
def test_list_streams_of_a_table_without_streams_is_empty(target: Target) -> None:
    name = target.create_table_without_stream()

    assert target.client().list_streams(TableName=name)["Streams"] == []


# Pages


@behaviour("list-limit-0", "R", GROUP)
def test_list_streams_refuses_a_limit_of_0(target: Target) -> None:
    with refused(target, "ValidationException", "limit", "E"):
        target.client(validation=False).list_streams(Limit=0)


@behaviour("list-limit-101", "R", GROUP)
def test_list_streams_refuses_a_limit_above_100(target: Target) -> None:
    with refused(target, "ValidationException", "Limit.*100", "E"):
        target.client().list_streams(Limit=101)


@behaviour("list-limit-100", "R", GROUP)
def test_list_streams_accepts_a_limit_of_100(target: Target) -> None:
    table = target.create_table()

    assert len(target.client().list_streams(TableName=table.name, Limit=100)["Streams"]) == 1


@behaviour("list-limit-kept", "R", GROUP)
def test_a_page_of_streams_has_no_more_streams_than_the_limit(target: Target) -> None:
    for _ in range(3):
        target.create_table()

    assert len(target.client().list_streams(Limit=2)["Streams"]) == 2


@behaviour("list-default-page", "R", GROUP)
def test_a_page_of_streams_without_a_limit_has_100_streams(target: Target) -> None:
    for _ in range(101):
        target.create_table()

    page = target.client().list_streams()

    assert len(page["Streams"]) == 100


@behaviour("list-last-evaluated", "R", GROUP)
def test_the_last_evaluated_stream_arn_is_that_of_the_last_stream_of_the_page(target: Target) -> None:
    for _ in range(3):
        target.create_table()

    page = target.client().list_streams(Limit=2)

    assert page["LastEvaluatedStreamArn"] == page["Streams"][-1]["StreamArn"]


@behaviour("list-short-last-page", "R", GROUP)
def test_a_last_page_of_streams_that_is_not_full_has_no_last_evaluated_stream_arn(target: Target) -> None:
    table = target.create_table()

    page = target.client().list_streams(TableName=table.name, Limit=2)

    assert "LastEvaluatedStreamArn" not in page


@behaviour("list-full-last-page", "R", GROUP)
def test_a_full_last_page_of_streams_is_the_end_or_is_followed_by_an_empty_page(target: Target) -> None:
    table = target.create_table()

    pages = pages_of(target.client(), TableName=table.name, Limit=1)

    assert pages in ([[table.stream_arn]], [[table.stream_arn], []])


@behaviour("list-start-excluded", "R", GROUP)
def test_the_start_stream_arn_itself_is_not_listed(target: Target) -> None:
    for _ in range(2):
        target.create_table()
    client = target.client()
    start = client.list_streams()["Streams"][0]["StreamArn"]

    assert start not in listed(client, ExclusiveStartStreamArn=start)


@behaviour("list-pages-join", "R", GROUP)
def test_all_pages_of_streams_together_list_every_stream_once(target: Target) -> None:
    arns = [target.create_table().stream_arn for _ in range(3)]

    found = [arn for arn in listed(target.client(), Limit=2) if arn in arns]

    assert sorted(found) == sorted(arns)


@behaviour("list-start-dropped", "R", GROUP)
def test_list_streams_continues_from_a_start_arn_whose_table_was_deleted(target: Target) -> None:
    tables = {table.stream_arn: table for table in (target.create_table() for _ in range(3))}
    client = target.client()
    first, *others = [arn for arn in listed(client) if arn in tables]
    tables[first].delete_table()

    following = listed(client, ExclusiveStartStreamArn=first)

    assert [arn for arn in following if arn in tables] == others


@behaviour("list-stable-pages", "R", GROUP)
def test_pages_of_streams_are_stable_while_tables_are_added(target: Target) -> None:
    arns = [target.create_table().stream_arn for _ in range(3)]
    client = target.client()
    page = client.list_streams(Limit=2)
    found = [entry["StreamArn"] for entry in page["Streams"]]

    target.create_table()
    if "LastEvaluatedStreamArn" in page:
        found += listed(client, Limit=2, ExclusiveStartStreamArn=page["LastEvaluatedStreamArn"])

    assert sorted(arn for arn in found if arn in arns) == sorted(arns)


@behaviour("list-start-malformed", "R", GROUP)
def test_list_streams_refuses_a_malformed_start_arn(target: Target) -> None:
    with refused(target, "ValidationException"):
        target.client().list_streams(ExclusiveStartStreamArn="a text that is long enough to be an ARN, and is none")


@behaviour("list-order", "I", GROUP)
def test_the_order_of_listed_streams_is_the_same_each_time(target: Target) -> None:
    for _ in range(3):
        target.create_table()
    client = target.client()

    assert listed(client) == listed(client)


# Disabled streams and deleted tables


@behaviour("list-disabled", "R", GROUP)
def test_a_disabled_stream_stays_listed(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn

    table.disable()

    assert listed(target.client(), TableName=table.name) == [arn]


@behaviour("list-earlier", "R", GROUP)
def test_an_earlier_stream_of_a_table_stays_listed_beside_the_new_one(target: Target) -> None:
    table = target.create_table()
    earlier = table.stream_arn
    table.disable()
    table.enable("KEYS_ONLY")

    assert set(listed(target.client(), TableName=table.name)) == {earlier, table.stream_arn}


@behaviour("list-dropped", "R", GROUP)
def test_the_stream_of_a_deleted_table_stays_listed(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn

    table.delete_table()

    assert listed(target.client(), TableName=table.name) == [arn]


@behaviour("list-disabled-23-hours", "R", GROUP)
def test_a_disabled_stream_is_still_listed_after_23_hours(target: Target) -> None:
    table = target.create_table()
    arn = table.stream_arn
    table.disable()

    target.pass_time(timedelta(hours=23))

    assert listed(target.client(), TableName=table.name) == [arn]


@behaviour("list-disabled-25-hours", "R", GROUP)
def test_a_disabled_stream_is_no_longer_listed_after_25_hours(target: Target) -> None:
    table = target.create_table()
    table.disable()

    target.pass_time(timedelta(hours=25))

    assert listed(target.client(), TableName=table.name) == []
