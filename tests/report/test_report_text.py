"""The text of a report: one picture for each thing that it shows."""

from __future__ import annotations

import io
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from assertions.histories import History, histories
from assertions.readers import Direct, Walker, iterator
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import StreamsMock, _report, mock_streams

if TYPE_CHECKING:
    from pytest_ddbstreams import Clock, Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T12:30:00.250Z", strict=False)


@pytest.fixture
def ddbstreams_stream(ddbstreams_mock: StreamsMock) -> Stream:
    """Return the stream of a table; a marker would create it for each test of the module."""
    return ddbstreams_mock.create_stream("orders")


def lines(mock: StreamsMock) -> list[str]:
    return str(mock).splitlines()


def pictures(mock: StreamsMock) -> list[str]:
    """The lines of shard trees, with shards named by their place in the order of opening."""
    found = [line.removeprefix("  ") for line in lines(mock) if line.startswith("  ") and line[2] in "●○◌├└│ …"]
    names = {shard.id[-8:]: f"<{place}>" for stream in mock.streams for place, shard in enumerate(stream.shards)}
    for tail, name in names.items():
        found = [line.replace(tail, name) for line in found]
    return found


def test_the_report_of_an_unused_mock_says_that_it_is_empty() -> None:
    with mock_streams(freeze="2026-01-01") as mock:
        assert str(mock) == "no streams, no calls; at 2026-01-01T00:00:00.000Z (the clock is frozen)"


def test_the_heading_of_a_stream_names_status_view_type_region_and_label(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    assert lines(ddbstreams_mock)[:3] == [
        "1 stream, no calls; at 2026-01-01T12:30:00.250Z (the clock is frozen)",
        "",
        f"orders  ENABLED  NEW_AND_OLD_IMAGES  us-east-1  {ddbstreams_stream.label}",
    ]


def test_a_shard_shows_its_trimmed_read_and_unread_records(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    records = [ddbstreams_stream.insert({"pk": str(number)}) for number in range(20)]
    ddbstreams_stream.trim(records=5)
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    token = ddbstreams_client.get_records(ShardIterator=token, Limit=4)["NextShardIterator"]
    ddbstreams_client.get_records(ShardIterator=token, Limit=6)
    assert pictures(ddbstreams_mock) == [
        f"● <0>  open     ····████████░░░░  5 trimmed, 10 read, 5 unread; read to …{records[14].sequence_number[-8:]}"
    ]


def test_records_past_their_24_hours_are_shown_as_trimmed_and_left_alone(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_clock: Clock
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_clock.tick(hours=25)
    assert "1 trimmed" in pictures(ddbstreams_mock)[0]
    ddbstreams_clock.tick(hours=-25)
    assert "1 unread" in pictures(ddbstreams_mock)[0]


def test_few_records_of_many_are_seen_in_the_bar(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.write_many({"pk": str(number)} for number in range(500))
    ddbstreams_stream.trim(records=1)
    assert "·░░░░░░░░░░░░░░░  1 trimmed, 499 unread" in pictures(ddbstreams_mock)[0]


def test_a_rotation_goes_down_and_a_split_branches_off(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    child = ddbstreams_stream.rotate()
    left, _ = ddbstreams_stream.split(child)
    ddbstreams_stream.split(ddbstreams_stream.rotate(left))
    tree = [line.split("  open")[0].split("  closed")[0].rstrip() for line in pictures(ddbstreams_mock)]
    assert tree == ["○ <0>", "○ <1>", "├─○ <2>", "│ ○ <4>", "│ ├─● <5>", "│ └─● <6>", "└─● <3>"]


def test_several_roots_branch_off_side_by_side(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("wide", shards=3)
    assert [line[:5] for line in pictures(ddbstreams_mock)] == ["├─● <", "├─● <", "└─● <"]


def test_shards_have_the_columns_in_line(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_stream.split()
    starts = {len(line.split("open")[0].split("closed")[0]) for line in pictures(ddbstreams_mock)}
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([], "never opened"),
        (["LATEST"], "opened at LATEST"),
        (["LATEST", "read"], "polled"),
        (["TRIM_HORIZON", "read", "close"], "read to "),
        (["TRIM_HORIZON", "close", "read"], "read to its end"),
    ],
)
def test_a_shard_says_how_far_it_was_read(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, steps: list[str], shown: str
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    token = ""
    for step in steps:
        if step == "close":
            ddbstreams_stream.disable()
        elif step == "read":
            ddbstreams_client.get_records(ShardIterator=token)
        else:
            token = iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id, step)
    assert f"; {shown}" in pictures(ddbstreams_mock)[0]


def test_an_empty_shard_has_no_records(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    [picture] = pictures(ddbstreams_mock)
    assert picture.endswith("open     " + " " * 16 + "  no records; never opened")
    assert ddbstreams_stream.records == []


def test_a_closed_shard_with_nothing_left_is_trimmed(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_stream.rotate()
    ddbstreams_stream.trim(records=1)
    assert pictures(ddbstreams_mock)[0].startswith("◌ <0>  trimmed  ····")


def test_shards_whose_last_digits_are_equal_have_their_full_names(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    ddbstreams_stream.rotate()
    first, second = ddbstreams_stream._state.lineage.shards
    second.id = second.id[:-8] + first.id[-8:]
    second.parent_id = None
    assert f"├─○ {first.id}  closed" in str(ddbstreams_mock)


def test_a_big_tree_shows_the_shards_that_matter_and_counts_the_others(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for number in range(200):
        if number in {60, 150}:
            ddbstreams_stream.put({"pk": "1", "n": number})
        ddbstreams_stream.rotate()
    found = pictures(ddbstreams_mock)
    assert found[0] == "… 60 shards are left out: 60 closed"
    assert [line[:7] for line in found[1:5]] == ["○ <60> ", "… 89 sh", "○ <150>", "… 28 sh"]
    assert [line[:7] for line in found[5:]] == [f"○ <{place}>" for place in range(179, 200)] + ["● <200>"]


def test_the_line_for_shards_left_out_counts_their_unread_records(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("wide", shards=26)
    stream.write_many({"pk": str(number)} for number in range(2000))
    assert pictures(ddbstreams_mock)[0].startswith("│ … 2 shards are left out: 2 open, ")
    assert pictures(ddbstreams_mock)[0].endswith(" records unread")


def test_a_tree_of_a_thousand_generations_is_drawn(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    for _ in range(1500):
        ddbstreams_stream.rotate()
    assert pictures(ddbstreams_mock)[0] == "… 1477 shards are left out: 1477 closed"


def test_a_tree_that_splits_all_the_way_down_keeps_to_the_left(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    for _ in range(15):
        ddbstreams_stream.split(ddbstreams_stream.open_shards[-1])
    assert any(line.startswith(("…  ", "… └")) for line in pictures(ddbstreams_mock))
    assert max(map(len, lines(ddbstreams_mock))) <= 100


def test_of_many_streams_the_newest_are_shown(ddbstreams_mock: StreamsMock) -> None:
    for number in range(8):
        ddbstreams_mock.create_stream(f"table-{number}")
    shown = lines(ddbstreams_mock)
    assert shown[1] == "… 2 older streams left out"
    assert [line.split("  ")[0] for line in shown if "ENABLED" in line] == [f"table-{number}" for number in range(2, 8)]


def test_calls_are_shown_with_index_time_place_and_outcome(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, ddbstreams_clock: Clock
) -> None:
    record = ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_client.list_streams()
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    [shard] = ddbstreams_stream.shards
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, shard.id)
    ddbstreams_stream.disable()
    ddbstreams_clock.tick(seconds=1.5)
    ddbstreams_client.get_records(ShardIterator=token)
    number = {"SequenceNumber": record.sequence_number}
    token = iterator(ddbstreams_client, ddbstreams_stream.arn, shard.id, "AFTER_SEQUENCE_NUMBER", **number)
    ddbstreams_clock.tick(minutes=16)
    with pytest.raises(ClientError):
        ddbstreams_client.get_records(ShardIterator=token)
    name, behind = shard.id[-8:], str(int(record.sequence_number) + 1)[-8:]
    assert lines(ddbstreams_mock)[-7:] == [
        "calls",
        "  calls[0]  12:30:00.250  ListStreams                 -> 1 stream",
        "  calls[1]  12:30:00.250  DescribeStream              -> 1 shard",
        f"  calls[2]  12:30:00.250  GetShardIterator  {name}  -> TRIM_HORIZON",
        f"  calls[3]  12:30:01.750  GetRecords        {name}  -> 1 record, the end of the shard",
        f"  calls[4]  12:30:01.750  GetShardIterator  {name}  -> AFTER_SEQUENCE_NUMBER, from …{behind}",
        f"  calls[5]  12:46:01.750  GetRecords        {name}  -> ExpiredIteratorException: Shard iterator h…",
    ]


def test_calls_name_the_table_where_there_are_several_streams(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.create_stream("carts")
    iterator(ddbstreams_client, ddbstreams_stream.arn, ddbstreams_stream.shards[0].id)
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    places = [line.split("->")[0].split()[-1] for line in lines(ddbstreams_mock)[-2:]]
    assert places == [f"orders/{ddbstreams_stream.shards[0].id[-8:]}", "orders"]


def test_a_page_of_shards_says_that_more_are_behind_it(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("wide", shards=3)
    ddbstreams_client.describe_stream(StreamArn=stream.arn, Limit=2)
    assert lines(ddbstreams_mock)[-1].endswith("-> 2 shards, more behind them")


def list_with_limits(client: Any, count: int) -> None:
    """Make calls whose lines differ from those of their neighbours: every second one is refused."""
    for number in range(count):
        with suppress(ClientError):
            client.list_streams(Limit=1 + 200 * (number % 2))


def test_a_run_of_equal_calls_is_one_line(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    for _ in range(25):
        ddbstreams_client.list_streams()
    assert lines(ddbstreams_mock)[-2:] == [
        "calls",
        "  calls[0..24]  12:30:00.250  ListStreams         -> 0 streams (25 times)",
    ]


def test_the_last_20_lines_of_calls_are_shown_with_the_number_of_calls_in_them(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    list_with_limits(ddbstreams_client, 22)
    ddbstreams_client.list_streams()
    ddbstreams_client.list_streams()
    shown = lines(ddbstreams_mock)
    assert shown[-21] == "the last 21 calls"
    assert [shown[-20].split()[0], shown[-1].split()[0]] == ["calls[3]", "calls[22..23]"]


def test_every_earlier_error_stays_in_one_line_for_each_place_and_error(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    with pytest.raises(ClientError):
        ddbstreams_client.get_records(ShardIterator="nonsense")
    list_with_limits(ddbstreams_client, 24)
    shown = lines(ddbstreams_mock)
    start = shown.index("earlier errors")
    assert [line.split("->")[0].split() for line in shown[start + 1 : start + 3]] == [
        ["calls[0]", "12:30:00.250", "GetRecords"],
        ["calls[2..4]", "12:30:00.250", "ListStreams"],
    ]
    assert shown[start + 1].endswith("-> ValidationException: Invalid ShardIterator")
    assert shown[start + 2].endswith("…")
    assert shown[start + 3 : start + 5] == ["", "the last 20 calls"]


def test_calls_name_what_differs_between_streams_of_one_table(ddbstreams_mock: StreamsMock) -> None:
    first = ddbstreams_mock.create_stream("orders")
    first.disable()
    ddbstreams_mock.clock.tick(seconds=1)
    second = first.enable()
    ddbstreams_mock.create_stream("orders", region="eu-west-1")
    client = boto3.client("dynamodbstreams", region_name="us-east-1")
    for stream in (first, second):
        client.describe_stream(StreamArn=stream.arn)
    places = [line.split("DescribeStream")[1].split("->")[0].split() for line in lines(ddbstreams_mock)[-2:]]
    assert places == [["us-east-1", first.label], ["us-east-1", second.label]]


def test_calls_name_the_account_where_streams_have_several(ddbstreams_mock: StreamsMock) -> None:
    stream = ddbstreams_mock.create_stream("orders", account_id="111111111111")
    ddbstreams_mock.create_stream("orders")
    boto3.client("dynamodbstreams", region_name="us-east-1").describe_stream(StreamArn=stream.arn)
    assert "  111111111111  ->" in lines(ddbstreams_mock)[-1]


def test_a_call_that_was_sent_to_another_region_says_so(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    client = boto3.client("dynamodbstreams", region_name="eu-west-1")
    client.list_streams()
    with pytest.raises(ClientError):
        client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ended = [line.split("->")[0].rstrip() for line in lines(ddbstreams_mock)[-2:]]
    assert all(line.endswith("sent to eu-west-1") for line in ended)


def test_event_source_mappings_are_shown_with_their_invocations_and_discarded_batches(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def projector(event: Any, _: Any) -> None:
        if event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] == "bad":
            raise ValueError("bad")

    settings: Any = {"starting_position": "TRIM_HORIZON", "batch_size": 1, "maximum_retry_attempts": 1}
    mapping = ddbstreams_mock.event_source_mapping(ddbstreams_stream, projector, **settings)
    assert lines(ddbstreams_mock)[-2:] == ["event source mappings", "  projector on orders: 0 invocations, 0 failed"]
    ddbstreams_stream.insert({"pk": "good"})
    ddbstreams_stream.insert({"pk": "bad"})
    mapping.drain()
    shown = "  projector on orders: 3 invocations, 2 failed, 1 discarded: RetryAttemptsExhausted"
    assert lines(ddbstreams_mock)[-1] == shown


def test_a_retry_says_which_attempt_it_is(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "InternalServerError")
    ddbstreams_client.list_streams()
    assert lines(ddbstreams_mock)[-1].endswith("  attempt 2 -> 0 streams")


def test_calls_of_several_days_show_the_date(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_client.list_streams()
    ddbstreams_mock.clock.tick(hours=24)
    assert lines(ddbstreams_mock)[-1].startswith("  calls[0]  2026-01-01T12:30:00.250Z  ListStreams")


def test_a_call_about_an_unknown_stream_shows_the_name_that_it_gave(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/gone/stream/2026-01-01T00:00:00.000"
    with pytest.raises(ClientError):
        ddbstreams_client.describe_stream(StreamArn=arn)
    assert "  gone/stream/2026-01-01T00:00:00.000  ->" in lines(ddbstreams_mock)[-1]


def test_a_call_about_an_unknown_shard_shows_its_id(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    with pytest.raises(ClientError):
        iterator(ddbstreams_client, ddbstreams_stream.arn, "shardId-00000000000000000000-00000000")
    assert "  shardId-00000000000000000000-00000000  -> Res" in lines(ddbstreams_mock)[-1]


def test_faults_that_may_still_trigger_are_shown_and_spent_ones_are_not(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("ListStreams", "ThrottlingException")
    ddbstreams_mock.fail("GetRecords", "LimitExceededException", times=None)
    ddbstreams_client.list_streams()
    assert lines(ddbstreams_mock)[-2:] == [
        "pending faults",
        "  - LimitExceededException on GetRecords, every time (triggered 0, saw 0 good)",
    ]


@settings(max_examples=25)
@given(history=histories, table=st.from_regex(r"[a-zA-Z0-9_.-]{3,255}", fullmatch=True), nonsense=st.text(min_size=1))
def test_any_history_fits_a_hundred_columns(history: list[tuple[str, int]], table: str, nonsense: str) -> None:
    with mock_streams(freeze="2026-01-01", strict=False) as mock:
        stream = mock.create_stream(table)
        happenings, walker = History(mock, stream), Walker(Direct(mock), stream.arn)
        mock.fail("GetRecords", "LimitExceededException", stream=stream, after=999, message=nonsense)
        for step, size in history:
            if step in {"poll", "restart"}:
                walker.poll()
            else:
                happenings.happen(step, size)
        with pytest.raises(Direct.exceptions.ServiceError):
            iterator(Direct(mock), stream.arn, stream.shards[0].id, nonsense)
        assert max(map(len, lines(mock))) <= 100
        assert str(mock).isascii() or set(str(mock)) <= set(map(chr, range(32, 127))) | set("\n●○◌·█░│├└─…")


def test_a_mock_is_printed_in_ascii_where_the_encoding_has_no_more(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    ddbstreams_stream.put({"pk": "1"})
    ddbstreams_stream.split()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    shown = str(ddbstreams_mock)
    assert shown.isascii()
    assert "  `-O " in shown


@pytest.mark.parametrize("file", [None, io.StringIO()])
def test_a_file_that_says_no_encoding_gets_ascii(file: Any) -> None:
    assert _report.printable("● █", file) == "O #"


def test_a_thread_that_hangs_in_a_call_does_not_hold_up_a_report(
    ddbstreams_mock: StreamsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_ddbstreams._report.views._PATIENCE", 0.01)
    holds, done = Event(), Event()

    def hang() -> None:
        with ddbstreams_mock._service.lock:
            holds.set()
            done.wait()

    thread = Thread(target=hang)
    thread.start()
    holds.wait()
    try:
        assert str(ddbstreams_mock).startswith("no streams")
    finally:
        done.set()
        thread.join()


def test_a_report_that_can_not_be_made_says_so_and_hides_nothing(ddbstreams_mock: StreamsMock) -> None:
    service = ddbstreams_mock._service
    service.registry = None  # type: ignore[assignment] # a fault of the fake
    assert "which is a bug in pytest-ddbstreams" in _report.failure_text([(service, service.current_time())])


def test_the_repr_of_a_mock_is_one_line(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    assert repr(ddbstreams_mock) == "<StreamsMock streams=[orders] calls=0>"
    assert ddbstreams_stream.table_name == "orders"


def test_a_mock_without_a_frozen_clock_does_not_claim_one() -> None:
    mock = StreamsMock()
    assert "frozen" not in str(mock)
