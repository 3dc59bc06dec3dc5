"""Faults that refuse no call: late answers, empty pages, late listings, and how faults compose."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from pytest_ddbstreams import AnswerLost, InvalidOption, StreamsMock, UnknownStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Fault, Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}),
]


@pytest.fixture(autouse=True)
def _one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients make one attempt, so that a test sees each answer of the fake."""
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def iterator(client: Any, stream: Stream, kind: str = "TRIM_HORIZON", shard: int = 0) -> str:
    arguments = {"StreamArn": stream.arn, "ShardId": stream.shards[shard].id, "ShardIteratorType": kind}
    token: str = client.get_shard_iterator(**arguments)["ShardIterator"]
    return token


def keys(page: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]


def pages(client: Any, token: str | None, count: int) -> list[list[str]]:
    """Return the keys of a number of pages, or of fewer if the shard ends."""
    read: list[list[str]] = []
    while token is not None and len(read) < count:
        page = client.get_records(ShardIterator=token)
        read.append(keys(page))
        token = page.get("NextShardIterator")
    return read


def code_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return "OK"


def listed(client: Any, stream: Stream, **more: Any) -> dict[str, str]:
    """Return for each shard whether DescribeStream lists it as open or closed."""
    shards = client.describe_stream(StreamArn=stream.arn, **more)["StreamDescription"]["Shards"]
    ended = {shard["ShardId"]: "EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shards}
    return {shard_id: "closed" if is_closed else "open" for shard_id, is_closed in ended.items()}


# Late answers


@pytest.mark.parametrize("by", [90, 90.0, timedelta(seconds=90)])
def test_delay_lets_an_answer_arrive_late_by_the_clock(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, ddbstreams_clock: Clock, by: Any
) -> None:
    before = ddbstreams_clock.now()
    ddbstreams_mock.delay("ListStreams", by)
    ddbstreams_client.list_streams()
    assert ddbstreams_clock.now() - before == timedelta(seconds=90)


def test_delay_past_the_end_of_the_calendar_lets_an_answer_arrive_at_its_end(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    with ddbstreams_mock.clock.freeze("9999-12-31T23:59:00Z"):
        ddbstreams_mock.delay("ListStreams", 3600)
        ddbstreams_client.list_streams()
        assert ddbstreams_mock.clock.now().isoformat() == "9999-12-31T23:59:59.999999+00:00"


def test_delay_lets_times_answers_arrive_late(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, ddbstreams_clock: Clock
) -> None:
    ddbstreams_mock.delay("ListStreams", 60, times=2, after=1)
    before = ddbstreams_clock.now()
    late = []
    for _ in range(4):
        ddbstreams_client.list_streams()
        late.append((ddbstreams_clock.now() - before).total_seconds())
    assert late == [0, 60, 120, 120]


def test_an_iterator_in_a_late_answer_can_be_expired(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay("GetShardIterator", timedelta(minutes=16))
    token = iterator(ddbstreams_client, ddbstreams_stream)
    assert code_of(lambda: ddbstreams_client.get_records(ShardIterator=token)) == "ExpiredIteratorException"


def test_a_late_page_has_the_records_of_the_time_of_the_call(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_mock.delay("GetRecords", timedelta(hours=25))
    [page] = pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 1)
    assert (page, len(ddbstreams_stream.shards[0])) == (["1"], 0)


def test_the_log_says_how_late_an_answer_came(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.delay("ListStreams", 60)
    ddbstreams_client.list_streams()
    ddbstreams_client.list_streams()
    assert [call.delay for call in ddbstreams_mock.calls] == [timedelta(seconds=60), timedelta()]


def test_fail_with_a_delay_lets_the_refusal_arrive_late(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, ddbstreams_clock: Clock
) -> None:
    before = ddbstreams_clock.now()
    ddbstreams_mock.fail("ListStreams", ReadTimeoutError(endpoint_url="https://streams.invalid"), delay=60)
    with pytest.raises(ReadTimeoutError):
        ddbstreams_client.list_streams()
    assert ddbstreams_clock.now() - before == timedelta(seconds=60)


@pytest.mark.parametrize("by", [-1, timedelta(seconds=-1), "60", True, None, float("nan"), float("inf"), 10**30])
def test_delay_and_fail_refuse_anything_but_a_duration(ddbstreams_mock: StreamsMock, by: Any) -> None:
    with pytest.raises(InvalidOption, match=r"by=.* does not fit; by takes seconds or a timedelta, not below zero"):
        ddbstreams_mock.delay("GetRecords", by)
    with pytest.raises(InvalidOption, match=r"delay=.* does not fit; delay takes seconds"):
        ddbstreams_mock.fail("GetRecords", "ThrottlingException", delay=by)


# Empty pages


def test_an_empty_page_leads_to_the_records(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(3))
    ddbstreams_mock.empty_pages(times=2)
    read = pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 4)
    assert read == [[], [], ["0", "1", "2"], []]


def test_a_closed_shard_continues_after_an_empty_page(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_stream.rotate()
    ddbstreams_mock.empty_pages()
    assert pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 9) == [[], ["1"]]


def test_a_page_without_records_does_not_count_as_an_empty_page(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.empty_pages()
    token = iterator(ddbstreams_client, ddbstreams_stream)
    empty = pages(ddbstreams_client, token, 2)
    ddbstreams_stream.put({"pk": "1"})
    assert (empty, pages(ddbstreams_client, token, 2)) == ([[], []], [[], ["1"]])


def test_empty_pages_with_a_shard_empties_the_pages_of_that_shard(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.split()
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(20))
    ddbstreams_mock.empty_pages(shard=ddbstreams_stream.shards[2])
    full = [
        bool(pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream, shard=shard), 1)[0])
        for shard in (1, 2)
    ]
    assert full == [True, False]


# Short pages


def test_a_short_page_has_few_records_and_leads_to_the_others(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(4))
    ddbstreams_mock.short_pages(times=2)
    read = pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 4)
    assert read == [["0"], ["1"], ["2", "3"], []]


def test_a_page_that_leaves_no_record_out_does_not_count_as_a_short_page(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fault = ddbstreams_mock.short_pages(2)
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(2))
    ddbstreams_client.get_records(ShardIterator=token)
    ddbstreams_client.get_records(ShardIterator=token, Limit=1)
    assert fault.triggered == 0
    ddbstreams_stream.put({"pk": "2"})
    assert (pages(ddbstreams_client, token, 1), fault.triggered) == ([["0", "1"]], 1)


def test_of_two_short_pages_the_shorter_one_counts_and_the_other_waits(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(6))
    longer, shorter = ddbstreams_mock.short_pages(2), ddbstreams_mock.short_pages(1)
    token = iterator(ddbstreams_client, ddbstreams_stream)
    assert pages(ddbstreams_client, token, 1) == [["0"]]
    assert (longer.triggered, shorter.triggered) == (0, 1)
    longer.cancel()


def test_the_last_short_page_of_a_closed_shard_ends_the_shard(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(2))
    ddbstreams_stream.rotate()
    ddbstreams_mock.short_pages()
    assert pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 9) == [["0"], ["1"]]


# Short and empty listings


def test_a_short_listing_has_few_shards_and_leads_to_the_others(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.split(into=4)
    fault = ddbstreams_mock.short_listings()
    first = ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)["StreamDescription"]
    assert len(first["Shards"]) == 2
    assert first["LastEvaluatedShardId"] == first["Shards"][-1]["ShardId"]
    rest = listed(ddbstreams_client, ddbstreams_stream, ExclusiveStartShardId=first["LastEvaluatedShardId"])
    assert (len(rest), fault.triggered) == (3, 1)


def test_a_listing_that_leaves_no_shard_out_does_not_count_as_a_short_listing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.rotate()
    fault = ddbstreams_mock.short_listings(2)
    listed(ddbstreams_client, ddbstreams_stream)
    listed(ddbstreams_client, ddbstreams_stream, Limit=1)
    assert fault.triggered == 0
    ddbstreams_stream.rotate()
    assert (len(listed(ddbstreams_client, ddbstreams_stream)), fault.triggered) == (2, 1)


def test_an_empty_listing_has_no_shards_of_an_enabled_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fault = ddbstreams_mock.empty_listings()
    description = ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)["StreamDescription"]
    assert (description["Shards"], description["StreamStatus"]) == ([], "ENABLED")
    assert "LastEvaluatedShardId" not in description
    assert (len(listed(ddbstreams_client, ddbstreams_stream)), fault.triggered) == (1, 1)


def test_a_page_behind_the_last_shard_does_not_count_as_an_empty_listing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fault = ddbstreams_mock.empty_listings()
    listed(ddbstreams_client, ddbstreams_stream, ExclusiveStartShardId=ddbstreams_stream.shards[-1].id)
    assert fault.triggered == 0
    fault.cancel()


@pytest.mark.parametrize("add", [StreamsMock.short_pages, StreamsMock.short_listings])
def test_short_pages_and_short_listings_refuse_a_limit_of_zero(ddbstreams_mock: StreamsMock, add: Any) -> None:
    with pytest.raises(InvalidOption, match="limit=0 does not fit; limit takes an integer from 1 on"):
        add(ddbstreams_mock, 0)


# Lost answers


def test_a_lost_answer_is_a_time_out_after_the_service_has_acted(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fault = ddbstreams_mock.lose_answers("GetShardIterator")
    with pytest.raises(ReadTimeoutError):
        iterator(ddbstreams_client, ddbstreams_stream)
    [call] = ddbstreams_mock.calls
    assert (type(call.error), call.response, fault.triggered) == (AnswerLost, None, 1)


def test_botocore_retries_a_lost_answer(ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    ddbstreams_mock.lose_answers("ListStreams")
    client = boto3.client("dynamodbstreams", region_name="us-east-1")
    assert [listed["StreamArn"] for listed in client.list_streams()["Streams"]] == [
        stream.arn for stream in ddbstreams_mock.streams
    ]
    assert [call.attempt for call in ddbstreams_mock.calls] == [1, 2]


def test_a_refused_call_loses_no_answer(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    fault = ddbstreams_mock.lose_answers("DescribeStream")
    with pytest.raises(ddbstreams_client.exceptions.ResourceNotFoundException):
        ddbstreams_client.describe_stream(StreamArn=f"{ddbstreams_stream.arn[:-1]}9")
    assert fault.triggered == 0
    fault.cancel()


@pytest.mark.parametrize(
    "add",
    [
        lambda mock: mock.fail("ListStreams", "ThrottlingException"),
        lambda mock: mock.delay("ListStreams", 1),
        lambda mock: mock.after_call("ListStreams", mock.reset),
        lambda mock: mock.lose_answers("ListStreams"),
        StreamsMock.empty_pages,
        StreamsMock.short_pages,
        StreamsMock.short_listings,
        StreamsMock.empty_listings,
        StreamsMock.delay_discovery,
        StreamsMock.delay_closing,
        lambda mock: mock.shift_latest(1),
    ],
)
def test_every_method_that_adds_a_fault_returns_it_and_it_can_be_cancelled(
    ddbstreams_mock: StreamsMock, add: Callable[[StreamsMock], Fault]
) -> None:
    fault = add(ddbstreams_mock)
    assert list(ddbstreams_mock.faults) == [fault]
    fault.cancel()
    assert list(ddbstreams_mock.faults) == []


# Shifted LATEST


@pytest.mark.parametrize(
    ("records", "read"),
    [(1, ["4", "5"]), (2, ["5"]), (9, []), (-1, ["2", "3", "4", "5"]), (-9, ["0", "1", "2", "3", "4", "5"])],
)
def test_shift_latest_begins_some_records_later_or_earlier(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, records: int, read: list[str]
) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(3))
    ddbstreams_mock.shift_latest(records)
    token = iterator(ddbstreams_client, ddbstreams_stream, "LATEST")
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(3, 6))
    assert pages(ddbstreams_client, token, 1) == [read]


def test_shift_latest_begins_at_the_start_of_a_shard_without_records(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.shift_latest(-1)
    token = iterator(ddbstreams_client, ddbstreams_stream, "LATEST")
    ddbstreams_stream.put({"pk": "1"})
    assert pages(ddbstreams_client, token, 1) == [["1"]]


def test_shifts_of_latest_add_up_and_leave_other_iterators_as_they_are(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.shift_latest(2)
    ddbstreams_mock.shift_latest(-1)
    tokens = [iterator(ddbstreams_client, ddbstreams_stream, kind) for kind in ("TRIM_HORIZON", "LATEST", "LATEST")]
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(3))
    assert [pages(ddbstreams_client, token, 1)[0] for token in tokens] == [["0", "1", "2"], ["1", "2"], ["0", "1", "2"]]


@pytest.mark.parametrize("records", [0, "1", 1.5, True])
def test_shift_latest_refuses_anything_but_a_number_of_records(ddbstreams_mock: StreamsMock, records: Any) -> None:
    with pytest.raises(InvalidOption, match="records="):
        ddbstreams_mock.shift_latest(records)


# Late listings


def test_delay_discovery_lists_children_late_after_their_closed_parent(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_discovery(describes=2)
    ddbstreams_stream.split()
    seen = [list(listed(ddbstreams_client, ddbstreams_stream).values()) for _ in range(3)]
    assert seen == [["closed"], ["closed"], ["closed", "open", "open"]]


def test_delay_discovery_counts_calls_for_each_shard(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_discovery()
    counts = []
    for _ in range(3):
        ddbstreams_stream.rotate()
        counts += [len(listed(ddbstreams_client, ddbstreams_stream)) for _ in range(2)]
    assert counts == [1, 2, 2, 3, 3, 4]


def test_delay_discovery_lists_children_late_under_a_shard_filter(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_discovery()
    ddbstreams_stream.split()
    children = {"Type": "CHILD_SHARDS", "ShardId": ddbstreams_stream.shards[0].id}
    assert [len(listed(ddbstreams_client, ddbstreams_stream, ShardFilter=children)) for _ in range(2)] == [0, 2]


def test_a_listing_of_many_pages_counts_once_for_each_shard(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.rotate()
    ddbstreams_mock.delay_discovery()
    ddbstreams_stream.rotate()
    ids = [shard.id for shard in ddbstreams_stream.shards]

    def listing() -> list[str]:
        found: list[str] = []
        start: dict[str, str] = {}
        while True:
            page = ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn, Limit=1, **start)
            found += [shard["ShardId"] for shard in page["StreamDescription"]["Shards"]]
            if "LastEvaluatedShardId" not in page["StreamDescription"]:
                return found
            start = {"ExclusiveStartShardId": page["StreamDescription"]["LastEvaluatedShardId"]}

    assert [listing(), listing()] == [ids[:2], ids]


def test_a_stream_is_enabling_while_none_of_its_shards_is_listed(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_discovery()
    stream = ddbstreams_mock.create_stream("carts")
    seen = [ddbstreams_client.describe_stream(StreamArn=stream.arn)["StreamDescription"] for _ in range(2)]
    assert [(each["StreamStatus"], len(each["Shards"])) for each in seen] == [("ENABLING", 0), ("ENABLED", 1)]


def test_delay_discovery_with_a_stream_delays_that_stream_only(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    other = ddbstreams_mock.create_stream("carts")
    ddbstreams_mock.delay_discovery(stream=other)
    other.rotate()
    ddbstreams_stream.rotate()
    assert [len(listed(ddbstreams_client, stream)) for stream in (ddbstreams_stream, other)] == [2, 1]


def test_two_delays_of_discovery_add_up(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_discovery()
    ddbstreams_mock.delay_discovery()
    ddbstreams_stream.rotate()
    assert [len(listed(ddbstreams_client, ddbstreams_stream)) for _ in range(3)] == [1, 1, 2]


def test_delay_closing_lists_a_parent_as_open_beside_its_children(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_closing(describes=2)
    ddbstreams_stream.split()
    seen = [list(listed(ddbstreams_client, ddbstreams_stream).values()) for _ in range(3)]
    assert seen == [["open"] * 3, ["open"] * 3, ["closed", "open", "open"]]


def test_a_closed_shard_that_is_listed_as_open_is_read_to_its_end(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_mock.delay_closing()
    ddbstreams_stream.rotate()
    assert list(listed(ddbstreams_client, ddbstreams_stream).values()) == ["open", "open"]
    assert pages(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 9) == [["1"]]


def test_delay_closing_lists_shards_that_were_closed_before_as_closed(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_stream.rotate()
    ddbstreams_mock.delay_closing()
    ddbstreams_stream.rotate()
    assert list(listed(ddbstreams_client, ddbstreams_stream).values()) == ["closed", "open", "open"]


def test_a_stream_is_disabling_while_a_closed_shard_is_listed_as_open(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.delay_closing()
    ddbstreams_stream.disable()
    seen = [ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)["StreamDescription"] for _ in range(2)]
    assert [each["StreamStatus"] for each in seen] == ["DISABLING", "DISABLED"]


def test_delay_discovery_lists_a_shard_that_was_due_to_rotate_before(
    ddbstreams_mock: StreamsMock, ddbstreams_clock: Clock, ddbstreams_client: Any
) -> None:
    stream = ddbstreams_mock.create_stream("carts", auto_rotate=True)
    ddbstreams_clock.tick(hours=5)
    ddbstreams_mock.delay_discovery()
    assert len(listed(ddbstreams_client, stream)) == 2
    ddbstreams_clock.tick(hours=4)
    assert len(listed(ddbstreams_client, stream)) == 2


@pytest.mark.parametrize("add", [StreamsMock.delay_discovery, StreamsMock.delay_closing])
def test_delay_discovery_and_delay_closing_refuse_zero_calls(
    ddbstreams_mock: StreamsMock, add: Callable[..., None]
) -> None:
    with pytest.raises(InvalidOption, match="describes=0 does not fit; describes takes an integer from 1 on"):
        add(ddbstreams_mock, describes=0)


# How faults compose


def add_faults(mock: StreamsMock, *names: str) -> None:
    kinds: dict[str, Callable[[], Fault]] = {
        "fail": lambda: mock.fail("GetRecords", "LimitExceededException"),
        "late": lambda: mock.delay("GetRecords", 60),
        "empty": mock.empty_pages,
    }
    for name in names:
        kinds[name]()


@pytest.mark.parametrize(
    "order",
    [
        (("late", "fail", "empty"), ["refused 60", "empty 0", "full 0"]),
        (("fail", "late", "empty"), ["refused 0", "empty 60", "full 0"]),
        (("empty", "fail", "late"), ["refused 0", "empty 60", "full 0"]),
        (("empty", "late", "fail"), ["refused 60", "empty 0", "full 0"]),
        (("empty", "empty", "late"), ["empty 60", "empty 0", "full 0"]),
    ],
)
def test_faults_of_one_call_act_in_the_order_in_which_they_were_added(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: Stream,
    ddbstreams_client: Any,
    ddbstreams_clock: Clock,
    order: tuple[tuple[str, ...], list[str]],
) -> None:
    names, outcomes = order
    ddbstreams_stream.put({"pk": "1"})
    token = iterator(ddbstreams_client, ddbstreams_stream)
    add_faults(ddbstreams_mock, *names)

    def outcome() -> str:
        before = ddbstreams_clock.now()
        try:
            came = "full" if ddbstreams_client.get_records(ShardIterator=token)["Records"] else "empty"
        except ClientError:
            came = "refused"
        return f"{came} {(ddbstreams_clock.now() - before).seconds}"

    assert [outcome() for _ in range(3)] == outcomes


# The list of faults


@pytest.mark.parametrize(
    ("add", "line"),
    [
        (
            lambda mock: mock.delay("GetRecords", 60),
            "an answer 0:01:00 late on GetRecords, 1 time (triggered 0, saw 0 good)",
        ),
        (lambda mock: mock.empty_pages(times=2, after=1), "an empty page on GetRecords, 2 times after 1 good call (*"),
        (lambda mock: mock.shift_latest(1), "LATEST 1 record later on GetShardIterator, 1 time (*"),
        (lambda mock: mock.shift_latest(-2, times=None), "LATEST 2 records earlier on GetShardIterator, every time (*"),
        (lambda mock: mock.delay_discovery(), "late discovery of new shards on DescribeStream, every time (*"),
        (lambda mock: mock.delay_closing(), "late closing of shards on DescribeStream, every time (*"),
    ],
)
@pytest.mark.ddbstreams(strict=False)
def test_each_kind_of_fault_prints_the_calls_that_it_waits_for(
    ddbstreams_mock: StreamsMock, add: Callable[[StreamsMock], None], line: str
) -> None:
    add(ddbstreams_mock)
    [fault] = ddbstreams_mock.faults
    assert str(fault).startswith(line.rstrip("*"))
    assert fault.is_unused


def test_a_fault_that_has_triggered_stays_listed(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.delay("ListStreams", 1)
    ddbstreams_client.list_streams()
    assert [(fault.triggered, fault.is_unused) for fault in ddbstreams_mock.faults] == [(1, False)]


@pytest.mark.parametrize("add", [StreamsMock.delay_discovery, StreamsMock.delay_closing])
def test_a_listing_fault_is_used_after_it_has_changed_a_listing(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, add: Callable[..., None]
) -> None:
    add(ddbstreams_mock)
    listed(ddbstreams_client, ddbstreams_stream)
    [fault] = ddbstreams_mock.faults
    unused_before = fault.is_unused
    ddbstreams_stream.rotate()
    listed(ddbstreams_client, ddbstreams_stream)
    assert (unused_before, fault.is_unused) == (True, False)


# Error codes that the service does not have


def test_fail_with_a_status_takes_any_error_code(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "OutOfCoffee", status=418, message="try tea")
    with pytest.raises(ClientError) as raised:
        ddbstreams_client.list_streams()
    assert raised.value.response["Error"] == {"Code": "OutOfCoffee", "Message": "try tea"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 418


@pytest.mark.parametrize(
    ("error", "more", "shows"),
    [
        ("OutOfCoffee", {}, "or any other code with its HTTP status: status=400"),
        ("OutOfCoffee", {"status": 200}, "status=200 do not fit; status takes an HTTP status from 400 to 599"),
        ("OutOfCoffee", {"status": "418"}, "status='418' do not fit"),
        (None, {"status": 418}, "error=None"),
        (ValueError("boom"), {"status": 418}, "status=418 goes with an error code"),
    ],
)
def test_fail_refuses_arguments_that_make_no_error(
    ddbstreams_mock: StreamsMock, error: Any, more: dict[str, Any], shows: str
) -> None:
    with pytest.raises(InvalidOption, match=shows):
        ddbstreams_mock.fail("ListStreams", error, **more)


@pytest.mark.parametrize(
    "add",
    [
        lambda mock: mock.delay("GetRecords", 1, stream="carts"),
        lambda mock: mock.empty_pages(stream="carts"),
        lambda mock: mock.shift_latest(1, stream="carts"),
        lambda mock: mock.delay_discovery(stream="carts"),
        lambda mock: mock.delay_closing(stream="carts"),
    ],
)
def test_every_kind_of_fault_refuses_an_unknown_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, add: Callable[[StreamsMock], None]
) -> None:
    with pytest.raises(
        UnknownStream, match=f"no stream of table 'carts'; there are: 'orders'.*{ddbstreams_stream.arn}"
    ):
        add(ddbstreams_mock)
