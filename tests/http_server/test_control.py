"""The verbs of the control API, called directly; those over HTTP are at the end."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from decimal import Decimal
from inspect import isfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_ddbstreams import (
    AnswerLost,
    Calls,
    Clock,
    InvalidItem,
    InvalidOption,
    Stream,
    StreamsMock,
    StreamsMockError,
    StreamStateError,
    UnknownStream,
    _json,
)
from pytest_ddbstreams._http_server.control import VERBS, Verb, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    CallVerb = Callable[..., Any]
    Send = Callable[..., Any]
    Control = Callable[..., Any]

#: Methods that make sense in the process of the test only.
ONLY_IN_PROCESS = {"after_call", "before_call", "attach", "event_source_mapping", "drain", "stop"}
#: Methods whose results other verbs return.
OTHERWISE = {"now", "of", "count", "index"}


@pytest.fixture
def mock() -> StreamsMock:
    """Return a mock with one stream that answers no client."""
    mock = StreamsMock()
    mock.create_stream("orders")
    return mock


@pytest.fixture
def call(mock: StreamsMock) -> CallVerb:
    """Return a function that calls a verb of the mock, or of its stream."""

    def call(verb: str, **arguments: Any) -> Any:
        subject = {"stream": "orders"} if "stream" in VERBS[verb].finds_by else {}
        return perform(mock, verb, subject | arguments)

    return call


@pytest.mark.parametrize("owner", [StreamsMock, Stream, Clock, Calls])
def test_every_method_of_a_test_is_a_verb(owner: type) -> None:
    named = [(name, getattr(owner, name)) for name in dir(owner) if not name.startswith("_")]
    methods = {name for name, value in named if isfunction(value)}
    assert methods - OTHERWISE - ONLY_IN_PROCESS <= VERBS.keys()


def test_the_documentation_lists_every_verb() -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "other-languages.md"
    table = page.read_text("utf-8").partition("| verbs |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"stream"} == VERBS.keys() - {"stream"}


# --- streams


def test_create_stream_takes_the_arguments_of_the_method(mock: StreamsMock, call: CallVerb) -> None:
    shown = call(
        "create_stream", table_name="carts", key_schema={"pk": "S", "sk": "N"}, view_type="KEYS_ONLY", shards=2
    )
    stream = mock.stream("carts")
    assert {name: value for name, value in shown.items() if name != "shards"} == {
        "arn": stream.arn,
        "label": stream.label,
        "table_name": "carts",
        "region": "us-east-1",
        "view_type": "KEYS_ONLY",
        "status": "ENABLED",
        "key_schema": {"pk": "S", "sk": "N"},
    }
    assert [shard["id"] for shard in shown["shards"]] == [shard.id for shard in stream.shards]


def test_streams_lists_all_streams_and_stream_finds_one_by_name_or_arn(mock: StreamsMock, call: CallVerb) -> None:
    call("create_stream", table_name="carts")
    assert [shown["table_name"] for shown in call("streams")] == ["orders", "carts"]
    assert call("stream", stream="carts") == call("stream", stream=mock.stream("carts").arn)


def test_the_refusal_of_an_unknown_stream_lists_the_streams(call: CallVerb) -> None:
    with pytest.raises(UnknownStream, match="no stream of table 'order'; there are: 'orders'"):
        call("split", stream="order")


def test_disable_and_enable_create_a_new_stream(mock: StreamsMock, call: CallVerb) -> None:
    assert call("disable") is None
    shown = call("enable", view_type="KEYS_ONLY")
    assert [stream.status for stream in mock.streams] == ["DISABLED", "ENABLED"]
    assert (shown["arn"], shown["view_type"]) == (mock.streams[1].arn, "KEYS_ONLY")


# --- writing


def test_writes_return_the_records_that_get_records_gives(call: CallVerb) -> None:
    written = [
        call("insert", item={"pk": "1"}),
        call("modify", item={"pk": "1", "n": 1}, old={"pk": "1", "n": 0}),
        call("remove", key={"pk": "1"}, by_ttl=True),
    ]
    assert call("records") == written
    assert [record["eventName"] for record in written] == ["INSERT", "MODIFY", "REMOVE"]
    assert written[1]["dynamodb"]["OldImage"] == {"pk": {"S": "1"}, "n": {"N": "0"}}
    assert written[2]["userIdentity"]["Type"] == "Service"


def test_a_put_that_changes_nothing_returns_null(call: CallVerb) -> None:
    assert call("put", item={"pk": "1"})["eventName"] == "INSERT"
    assert call("put", item={"pk": "1"}) is None
    assert call("delete", key={"pk": "1"})["eventName"] == "REMOVE"


def test_write_many_returns_the_number_of_records(call: CallVerb) -> None:
    assert call("write_many", items=[{"pk": str(number)} for number in range(3)]) == 3


def test_a_fraction_in_an_item_is_exact(call: CallVerb) -> None:
    record = call("put", item={"pk": "1", "total": Decimal("0.1")})
    assert record["dynamodb"]["NewImage"]["total"] == {"N": "0.1"}


BLOB = b64encode(b"\x00\xff").decode()


@pytest.mark.parametrize("plain", [None, False])
def test_binary_values_of_typed_items_are_base64_text(call: CallVerb, plain: Any) -> None:
    item = {"pk": {"S": "1"}, "b": {"B": BLOB}, "deep": {"L": [{"BS": [BLOB]}]}}
    record = call("put", item=item, plain=plain)
    assert record["dynamodb"]["NewImage"] == item
    assert record["dynamodb"]["SizeBytes"] == 3 + 3 + (1 + 2) + (4 + 3 + 1 + 2)


def test_plain_true_reads_an_item_that_looks_typed_as_plain_over_json(call: CallVerb) -> None:
    with pytest.raises(InvalidItem, match="pk"):
        call("put", item={"pk": {"S": "1"}}, plain=True)


@pytest.mark.parametrize("item", [{"pk": "1", "b": {"B": BLOB}}, {"pk": "1", "b": {"B": "no base64"}}])
def test_a_value_that_looks_typed_in_a_plain_item_is_a_map(call: CallVerb, item: Any) -> None:
    assert call("put", item=item)["dynamodb"]["NewImage"]["b"] == {"M": {"B": {"S": item["b"]["B"]}}}


def test_a_binary_value_that_is_no_base64_is_refused(call: CallVerb) -> None:
    with pytest.raises(InvalidItem, match=r"b.*B takes bytes"):
        call("put", item={"pk": {"S": "1"}, "b": {"B": "no base64"}}, plain=False)


def test_an_item_that_is_no_object_is_refused(call: CallVerb) -> None:
    with pytest.raises(InvalidItem, match="an item maps names to values"):
        call("put", item=[])
    with pytest.raises(InvalidItem, match="items takes a list"):
        call("write_many", items={"pk": "1"})


def test_inject_takes_a_record_that_records_returned(call: CallVerb) -> None:
    call("put", item={"pk": {"S": "1"}, "b": {"B": BLOB}})
    [recorded] = call("records")
    later = {**recorded["dynamodb"], "ApproximateCreationDateTime": Decimal("1767225600.0")}
    del later["SequenceNumber"]
    injected = call("inject", record={**recorded, "dynamodb": later})
    assert injected["dynamodb"]["NewImage"]["b"] == {"B": BLOB}
    assert injected["dynamodb"]["ApproximateCreationDateTime"] == 1767225600
    assert len(call("records")) == 2


@pytest.mark.parametrize("record", [5, {}, {"dynamodb": []}, {"dynamodb": {"Keys": [Decimal("1.5")]}}])
def test_inject_over_json_refuses_anything_but_a_record(call: CallVerb, record: Any) -> None:
    with pytest.raises(InvalidItem, match="record"):
        call("inject", record=record)


def test_replay_over_json_takes_a_lambda_event(call: CallVerb) -> None:
    record = {
        "eventID": "1",
        "eventName": "INSERT",
        "eventVersion": "1.0",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": Decimal("1767225600.0"),
            "Keys": {"pk": {"S": "1"}},
            "NewImage": {"pk": {"S": "1"}, "b": {"B": BLOB}},
            "SequenceNumber": "111",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    [written] = call("replay", source={"Records": [record]})
    assert written["dynamodb"]["NewImage"]["b"] == {"B": BLOB}
    assert call("records") == [written]


@pytest.mark.parametrize("source", ["/etc/passwd", "event.json", 5, True])
def test_replay_over_json_refuses_a_path_because_it_takes_data_only(call: CallVerb, source: Any) -> None:
    with pytest.raises(InvalidOption, match="source takes data, an object or a list, and no path"):
        call("replay", source=source)


# --- shards


def test_split_opens_children_that_stream_lists(mock: StreamsMock, call: CallVerb) -> None:
    call("put", item={"pk": "1"})
    parent, *children = mock.stream("orders").shards if call("split", into=3) else ()
    assert [shard["id"] for shard in call("stream")["shards"]][1:] == [child.id for child in children]
    assert call("stream")["shards"][0] == {
        "id": parent.id,
        "parent_id": None,
        "starting_sequence_number": parent.starting_sequence_number,
        "ending_sequence_number": parent.ending_sequence_number,
        "is_open": False,
        "length": 1,
    }


def test_rotate_returns_the_child(mock: StreamsMock, call: CallVerb) -> None:
    [shard] = mock.stream("orders").shards
    assert call("rotate", shard=shard.id)["parent_id"] == shard.id


def test_records_with_a_shard_returns_the_records_of_that_shard(call: CallVerb) -> None:
    call("put", item={"pk": "1"})
    child = call("rotate")
    call("put", item={"pk": "2"})
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in call("records", shard=child["id"])] == ["2"]


def test_trim_returns_the_number_of_trimmed_records(call: CallVerb) -> None:
    first = call("put", item={"pk": "1"})
    call("put", item={"pk": "2"})
    assert call("trim", through=first["dynamodb"]["SequenceNumber"]) == 1
    assert call("trim", records=5) == 1


# --- faults and calls


def test_fail_refuses_the_next_call_over_http(control: Control, send: Send) -> None:
    assert control("fail", operation="ListStreams", error="ThrottlingException", message="slow down")["id"] == 1
    answer = send()
    assert (answer.status, answer.document["message"]) == (400, "slow down")


def test_fail_with_connection_reset_error_closes_the_connection(control: Control, send: Send) -> None:
    control("fail", operation="ListStreams", error="ConnectionResetError")
    with pytest.raises(ConnectionError):
        send()


def test_expire_iterators_expires_the_iterators_of_a_shard(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = ddbstreams_client.get_shard_iterator(**place)["ShardIterator"]
    perform(ddbstreams_mock, "expire_iterators", {"stream": "orders", "shard": place["ShardId"]})
    with pytest.raises(ddbstreams_client.exceptions.ExpiredIteratorException):
        ddbstreams_client.get_records(ShardIterator=iterator)


def test_faults_lists_the_faults_that_were_added(mock: StreamsMock, call: CallVerb) -> None:
    call("delay", operation="GetRecords", by=Decimal("1.5"))
    call("empty_pages", times=2)
    call("shift_latest", records=-1)
    call("delay_discovery", describes=2, stream="orders")
    call("delay_closing")
    assert [fault["text"] for fault in call("faults")] == [str(fault) for fault in mock.faults]
    assert len(mock.faults) == 5
    assert "0:00:01.500000 late" in call("faults")[0]["text"]


def test_cancel_takes_back_the_fault_of_an_id(mock: StreamsMock, call: CallVerb) -> None:
    first, second = call("short_pages"), call("short_listings", limit=3)
    assert (second["operation"], second["times"], second["triggered"]) == ("DescribeStream", 1, 0)
    assert call("cancel", fault=first["id"]) is None
    assert [fault.id for fault in mock.faults] == [second["id"]]


@pytest.mark.parametrize("fault", [2, "1", True, 1.5])
def test_cancel_refuses_an_id_that_no_fault_has_and_lists_the_ids(call: CallVerb, fault: Any) -> None:
    call("empty_listings")
    with pytest.raises(InvalidOption, match="fault takes the id of a fault, and there are: 1"):
        call("cancel", fault=fault)


def test_lose_answers_closes_the_connection_after_the_service_has_answered(
    ddbstreams_mock: StreamsMock, control: Control, send: Send
) -> None:
    control("lose_answers", operation="ListStreams")
    with pytest.raises(ConnectionError):
        send()
    [call] = ddbstreams_mock.calls
    assert isinstance(call.error, AnswerLost)


def test_unanswered_lists_calls_until_forgive(send: Send, control: Control) -> None:
    send(X_Amz_Target="DynamoDBStreams_20120810.Nothing")
    [error] = control("unanswered")
    assert "DynamoDBStreams_20120810.Nothing" in error
    assert control("forgive") is None
    assert control("unanswered") == []


def test_expire_items_is_refused_without_tables(call: CallVerb) -> None:
    with pytest.raises(StreamStateError, match=r"expire_items\(\) needs tables"):
        call("expire_items")


def test_to_html_returns_a_page(call: CallVerb) -> None:
    assert call("to_html").startswith("<!")


@pytest.mark.parametrize(
    "assertion",
    [
        "assert_parents_before_children",
        "assert_no_iterator_reused_after_expiry",
        "assert_listing_followed_to_the_end",
        "assert_no_record_delivered_twice",
        "assert_no_iterator_used_at_once",
        "assert_no_closed_shard_read_again",
        "assert_sequence_numbers_known",
        "assert_rates",
    ],
)
def test_an_assertion_that_holds_returns_null(call: CallVerb, assertion: str) -> None:
    assert call(assertion) is None


def test_assert_delivered_within_takes_seconds(mock: StreamsMock) -> None:
    mock.stream("orders")
    assert perform(mock, "assert_delivered_within", {"stream": "orders", "time": 60}) is None


def test_assert_every_record_delivered_takes_sequence_numbers(mock: StreamsMock) -> None:
    record = mock.stream("orders").insert({"pk": "1"})
    perform(mock, "assert_every_record_delivered", {"stream": "orders", "handled": [record.sequence_number]})


def test_an_assertion_that_does_not_hold_answers_400_with_its_evidence(
    ddbstreams_mock: StreamsMock, send: Send
) -> None:
    record = ddbstreams_mock.create_stream("orders").insert({"pk": "1"})
    answer = send(b'{"stream": "orders"}', "/_ddbstreams/assert_every_record_delivered")
    assert (answer.status, answer.document["error"]) == (400, "AssertionError")
    assert record.sequence_number in answer.document["message"]


def test_calls_returns_requests_responses_and_errors(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    stream.put({"pk": "1", "b": b"\x00\xff"})
    place = {"StreamArn": stream.arn, "ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    ddbstreams_client.get_records(ShardIterator=ddbstreams_client.get_shard_iterator(**place)["ShardIterator"])
    with pytest.raises(ddbstreams_client.exceptions.ResourceNotFoundException):
        ddbstreams_client.describe_stream(StreamArn=stream.arn.replace("orders", "carts"))

    iterator, page, refused = perform(ddbstreams_mock, "calls", {})

    assert (iterator["operation"], iterator["request"]) == ("GetShardIterator", place)
    [record] = page["response"]["Records"]
    assert record["dynamodb"]["NewImage"]["b"] == {"B": BLOB}
    assert (page["stream"], page["shard"], page["attempt"]) == (stream.arn, place["ShardId"], 1)
    assert (page["region"], page["error"], page["number"]) == ("us-east-1", None, 1)
    assert page["invocation"] == ddbstreams_mock.calls[1].invocation
    assert (refused["response"], refused["error"]["code"]) == (None, "ResourceNotFoundException")
    assert perform(ddbstreams_mock, "calls", {"of": "GetRecords"}) == [page]


def test_reset_removes_the_streams(mock: StreamsMock, call: CallVerb) -> None:
    assert call("reset") is None
    assert mock.streams == ()


# --- the clock


@pytest.mark.usefixtures("ddbstreams_clock")
def test_freeze_tick_move_to_and_unfreeze_rule_the_clock(ddbstreams_mock: StreamsMock) -> None:
    frozen = perform(ddbstreams_mock, "freeze", {"at": "2026-01-01T00:00:00Z"})
    assert frozen == {"now": "2026-01-01T00:00:00+00:00", "is_frozen": True}
    assert perform(ddbstreams_mock, "tick", {"minutes": Decimal("1.5")}) == "2026-01-01T00:01:30+00:00"
    assert perform(ddbstreams_mock, "move_to", {"instant": "2026-01-02"}) == "2026-01-02T00:00:00+00:00"
    assert perform(ddbstreams_mock, "unfreeze", {}) is None
    assert perform(ddbstreams_mock, "clock", {})["now"] != "2026-01-02T00:00:00+00:00"


def test_a_tick_past_the_last_datetime_is_refused(call: CallVerb) -> None:
    with pytest.raises(InvalidOption, match=r"tick\(\) cannot move the clock so far"):
        call("tick", hours=10**30)


# --- arguments that do not fit


def test_the_refusal_of_a_missing_argument_lists_all_arguments(mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="split needs 'stream'; it takes: stream, shard, into"):
        perform(mock, "split", {})
    with pytest.raises(InvalidOption, match="put needs 'item'; it takes: stream, item, plain"):
        perform(mock, "put", {"stream": "orders", "item": None})


def test_an_unknown_argument_is_refused(call: CallVerb) -> None:
    with pytest.raises(InvalidOption, match="unknown argument of split 'in_to'; there are: stream, shard, into"):
        call("split", in_to=2)


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("split", {"shard": 5}, "shard=5 does not fit; shard takes text"),
        ("put", {"item": {}, "plain": "yes"}, "plain='yes' does not fit; plain takes true or false"),
        ("tick", {"hours": "1"}, "hours='1' does not fit; hours takes a number"),
        ("tick", {"hours": True}, "hours=True does not fit; hours takes a number"),
        ("freeze", {"at": 5}, "5 is not an instant"),
        ("fail", {"operation": "ListStreams", "error": "Oops"}, "error='Oops' does not fit"),
    ],
)
def test_an_argument_of_another_type_is_refused(call: CallVerb, verb: str, arguments: Any, said: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        call(verb, **arguments)
    assert said in str(refused.value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 99)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
STILL = sorted(VERBS.keys() - {"freeze", "move_to", "tick"})


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return a verb that does not move the clock of this process, with any arguments of its names."""
    verb = draw(st.sampled_from(STILL))
    arguments = draw(st.dictionaries(st.sampled_from([*VERBS[verb].names, "x"]), VALUES))
    if draw(st.booleans()) and "stream" in VERBS[verb].finds_by:
        arguments["stream"] = "orders"
    return verb, arguments


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_every_verb_returns_json_or_raises_an_error_of_the_package_for_any_arguments(
    request: tuple[str, dict[str, Any]],
) -> None:
    mock = StreamsMock()
    mock.create_stream("orders")
    try:
        result = perform(mock, *request)
    except (StreamsMockError, AssertionError) as refusal:
        result = str(refusal)
    assert _json.decode(_json.encode(result)) == result


# --- over HTTP

DIGITS = "9" * 400
#: More digits than Python makes an integer of.
TOO_MANY_DIGITS = "9" * 5000
#: JSON texts: numbers that Python reads, and does not; texts that look like instants, numbers, codes; containers.
JSON_VALUES = (
    *("null", "true", "false", "0", "1", "-1", "2", "1.5", "-0.5", "1e2", "10000", "10001", "1000000000"),
    *("1e400", "-1e400", "1e-400", "1E+6144", "1e99999999999999999999", "1e-99999999999999999999"),
    *("9" * 18, "9" * 19, "9" * 40, DIGITS, f"-{DIGITS}", TOO_MANY_DIGITS),
    *('""', '"a"', '"orders"', r'"\u0000"', r'"\ud800"', r'"\udfff\ud800"', '"é"', '"²"', '"0"', '"1"', '"-1"'),
    *('"NaN"', '"Infinity"', '"1e400"', f'"{DIGITS}"', f'"{TOO_MANY_DIGITS}"', '"2026-01-01"', '"9999-12-31"'),
    *('"2026-01-01T00:00:00Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-12:00"', '"24:00"'),
    *('"ListStreams"', '"GetRecords"', '"ThrottlingException"', '"ConnectionResetError"', '"KEYS_ONLY"'),
    *('"us-east-1"', '"arn:aws:dynamodb:"', "[]", "[null]", "[1]", '["a"]', "[[]]", "[{}]", '[{"pk": "1"}]'),
    *(f'["{DIGITS}"]', f"[{DIGITS}]", f'["{TOO_MANY_DIGITS}"]', "{}", '{"": 1}', '{"pk": "1"}', '{"pk": {"S": "1"}}'),
    *('{"pk": null}', '{"pk": {"N": "1e400"}}', '{"pk": {"B": "AA=="}}', '{"pk": "S", "sk": "N"}'),
    *('{"pk": "1", "n": 1e400}', f'{{"pk": "1", "n": {DIGITS}}}', r'{"pk": "\ud800"}', '{"dynamodb": {}}'),
    *('{"dynamodb": {"Keys": {"pk": {"S": "1"}}}}', '{"Records": [{"dynamodb": {"Keys": 1e400}}]}'),
)
#: Values of the other arguments that a verb needs.
NEEDED = {
    "stream": "orders",
    "table_name": "carts",
    "operation": "GetRecords",
    "error": "ThrottlingException",
    "by": 1,
    "records": 1,
    "item": {"pk": "1"},
    "key": {"pk": "1"},
    "items": [{"pk": "1"}],
    "record": {},
    "source": [],
    "instant": "2026-01-01",
    "fault": 1,
}


@pytest.mark.ddbstreams(strict=False)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_answers_200_or_400_in_json_for_any_value_of_each_argument(
    verb: str, ddbstreams_mock: StreamsMock, send: Send
) -> None:
    for name in VERBS[verb].names:
        needed = {other: NEEDED[other] for other in VERBS[verb].needed if other != name}
        for value in JSON_VALUES:
            ddbstreams_mock.reset()
            ddbstreams_mock.create_stream("orders").put({"pk": "1"})
            body = f'{json.dumps(needed)[:-1]}{", " * bool(needed)}"{name}": {value}}}'
            answer = send(body.encode(), f"/_ddbstreams/{verb}")
            assert answer.status in {200, 400}, (name, value, answer)
            assert send(b"{}", "/_ddbstreams/faults").status == 200
            ddbstreams_mock.clock.unfreeze()


@pytest.mark.parametrize("seconds", ["null", DIGITS, "1e400", "1e99999999999999999999", "true"])
def test_a_tick_by_no_number_of_seconds_is_refused(send: Send, seconds: str) -> None:
    answer = send(b'{"seconds": %b}' % seconds.encode(), "/_ddbstreams/tick")
    assert answer.status == 400


@pytest.mark.parametrize(("verb", "count"), [("create_stream", "shards"), ("split", "into")])
def test_a_count_of_a_billion_shards_is_refused_over_http(send: Send, control: Control, verb: str, count: str) -> None:
    control("create_stream", table_name="orders")
    subject = {"create_stream": "table_name", "split": "stream"}[verb]
    answer = send(json.dumps({subject: "orders", count: 10**9}).encode(), f"/_ddbstreams/{verb}")
    assert (answer.status, answer.document["error"]) == (400, "InvalidOption")
    assert answer.document["message"] == f"{count}=1000000000 does not fit; {count} takes an integer from 1 to 10000"


def test_a_verb_with_a_bug_answers_500_in_json_and_logs_the_traceback(
    send: Send, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(divided: int) -> float:
        return divided / 0

    monkeypatch.setitem(VERBS, "reset", Verb(broken, lambda _: 1))
    answer = send(b"", "/_ddbstreams/reset")
    assert (answer.status, answer.document["error"]) == (500, "InternalError")
    assert caplog.records[0].exc_info is not None


def test_a_verb_answers_with_its_result(send: Send) -> None:
    answer = send(b'{"table_name": "orders"}', "/_ddbstreams/create_stream")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.document["result"]["table_name"] == "orders"


def test_a_fraction_in_a_body_is_exact(send: Send, control: Control) -> None:
    control("create_stream", table_name="orders")
    answer = send(b'{"stream": "orders", "item": {"pk": "1", "total": 0.1}}', "/_ddbstreams/put")
    assert answer.document["result"]["dynamodb"]["NewImage"]["total"] == {"N": "0.1"}


def test_a_verb_without_arguments_needs_no_body(send: Send) -> None:
    assert send(b"", "/_ddbstreams/streams", Authorization=None).document == {"result": []}


def test_an_error_of_the_package_answers_400_with_its_text(send: Send) -> None:
    answer = send(b'{"stream": "orders"}', "/_ddbstreams/split")
    assert (answer.status, answer.document["error"]) == (400, "UnknownStream")
    assert answer.document["message"].startswith("no stream of table 'orders'; there are: none.")


@pytest.mark.parametrize("path", ["/_ddbstreams/spilt", "/_ddbstreams/", "/_ddbstreams"])
def test_the_refusal_of_an_unknown_verb_lists_the_verbs(send: Send, path: str) -> None:
    answer = send(b"", path)
    assert (answer.status, answer.document["error"]) == (404, "UnknownVerb")
    assert answer.document["message"].endswith(", ".join(VERBS))


def test_a_verb_takes_post_only(send: Send) -> None:
    answer = send(b"", "/_ddbstreams/streams", "GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("body", [b"{", b"[]", b"NaN", b"\xff", b'{"item":' + b"[" * 200 + b"]" * 200 + b"}"])
def test_a_body_of_a_verb_that_is_no_json_object_is_refused(send: Send, body: bytes) -> None:
    answer = send(body, "/_ddbstreams/reset")
    assert (answer.status, answer.document["error"]) == (400, "BadRequest")


def test_an_item_with_31_lists_in_one_another_is_accepted(control: Control) -> None:
    value: Any = {"S": "bottom"}
    for _ in range(31):
        value = {"L": [value]}
    control("create_stream", table_name="orders")
    assert control("put", stream="orders", item={"pk": {"S": "1"}, "deep": value})["eventName"] == "INSERT"
