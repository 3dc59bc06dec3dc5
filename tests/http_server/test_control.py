"""The verbs, pulled by direct call; what HTTP adds is at the end."""

from __future__ import annotations

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
from pytest_ddbstreams._http_server.control import VERBS, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    Pull = Callable[..., Any]
    Send = Callable[..., Any]
    Steer = Callable[..., Any]

#: Levers that have a meaning in the test's own process only.
ONLY_IN_PROCESS = {"after_call", "attach", "event_source_mapping", "stop"}
#: What the verbs that look show together with more.
OTHERWISE = {"now", "of", "count", "index"}


@pytest.fixture
def mock() -> StreamsMock:
    """A mock that only this module's direct calls reach, with one stream."""
    mock = StreamsMock()
    mock.create_stream("orders")
    return mock


@pytest.fixture
def pull(mock: StreamsMock) -> Pull:
    """Pulls a lever of the mock or of the stream."""

    def pull(verb: str, **arguments: Any) -> Any:
        of_the_stream = {"stream": "orders"} if "stream" in VERBS[verb].finds_by else {}
        return perform(mock, verb, of_the_stream | arguments)

    return pull


@pytest.mark.parametrize("handle", [StreamsMock, Stream, Clock, Calls])
def test_every_lever_of_a_test_is_a_verb(handle: type) -> None:
    named = [(name, getattr(handle, name)) for name in dir(handle) if not name.startswith("_")]
    levers = {name for name, value in named if isfunction(value)}
    assert levers - OTHERWISE - ONLY_IN_PROCESS <= VERBS.keys()


def test_the_readme_lists_every_verb() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    table = readme.partition("| verbs |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"stream"} == VERBS.keys() - {"stream"}


# --- streams


def test_a_stream_is_created_in_the_shape_that_is_said(mock: StreamsMock, pull: Pull) -> None:
    shown = pull(
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


def test_streams_are_listed_and_one_is_found_by_name_and_arn(mock: StreamsMock, pull: Pull) -> None:
    pull("create_stream", table_name="carts")
    assert [shown["table_name"] for shown in pull("streams")] == ["orders", "carts"]
    assert pull("stream", stream="carts") == pull("stream", stream=mock.stream("carts").arn)


def test_a_stream_that_is_unknown_is_refused_with_those_that_there_are(pull: Pull) -> None:
    with pytest.raises(UnknownStream, match="no stream of table 'order'; there are: 'orders'"):
        pull("split", stream="order")


def test_disabled_and_enabled_again_there_is_a_new_stream(mock: StreamsMock, pull: Pull) -> None:
    assert pull("disable") is None
    shown = pull("enable", view_type="KEYS_ONLY")
    assert [stream.status for stream in mock.streams] == ["DISABLED", "ENABLED"]
    assert (shown["arn"], shown["view_type"]) == (mock.streams[1].arn, "KEYS_ONLY")


# --- writing


def test_writes_give_the_records_as_get_records_shows_them(pull: Pull) -> None:
    written = [
        pull("insert", item={"pk": "1"}),
        pull("modify", item={"pk": "1", "n": 1}, old={"pk": "1", "n": 0}),
        pull("remove", key={"pk": "1"}, by_ttl=True),
    ]
    assert pull("records") == written
    assert [record["eventName"] for record in written] == ["INSERT", "MODIFY", "REMOVE"]
    assert written[1]["dynamodb"]["OldImage"] == {"pk": {"S": "1"}, "n": {"N": "0"}}
    assert written[2]["userIdentity"]["Type"] == "Service"


def test_a_put_that_changes_nothing_gives_null(pull: Pull) -> None:
    assert pull("put", item={"pk": "1"})["eventName"] == "INSERT"
    assert pull("put", item={"pk": "1"}) is None
    assert pull("delete", key={"pk": "1"})["eventName"] == "REMOVE"


def test_many_items_are_written_at_once(pull: Pull) -> None:
    assert pull("write_many", items=[{"pk": str(number)} for number in range(3)]) == 3


def test_fractions_are_exact(pull: Pull) -> None:
    record = pull("put", item={"pk": "1", "total": Decimal("0.1")})
    assert record["dynamodb"]["NewImage"]["total"] == {"N": "0.1"}


BLOB = b64encode(b"\x00\xff").decode()


@pytest.mark.parametrize("plain", [None, False])
def test_blobs_of_typed_items_are_base64_text(pull: Pull, plain: Any) -> None:
    item = {"pk": {"S": "1"}, "b": {"B": BLOB}, "deep": {"L": [{"BS": [BLOB]}]}}
    record = pull("put", item=item, plain=plain)
    assert record["dynamodb"]["NewImage"] == item
    assert record["dynamodb"]["SizeBytes"] == 3 + 3 + (1 + 2) + (4 + 3 + 1 + 2)


def test_a_plain_item_that_looks_typed_is_plain_when_that_is_said(pull: Pull) -> None:
    with pytest.raises(InvalidItem, match="pk"):
        pull("put", item={"pk": {"S": "1"}}, plain=True)


@pytest.mark.parametrize("item", [{"pk": "1", "b": {"B": BLOB}}, {"pk": "1", "b": {"B": "no base64"}}])
def test_what_looks_typed_in_a_plain_item_stays_a_map(pull: Pull, item: Any) -> None:
    assert pull("put", item=item)["dynamodb"]["NewImage"]["b"] == {"M": {"B": {"S": item["b"]["B"]}}}


def test_a_blob_that_is_no_base64_is_refused(pull: Pull) -> None:
    with pytest.raises(InvalidItem, match=r"b.*B takes bytes"):
        pull("put", item={"pk": {"S": "1"}, "b": {"B": "no base64"}}, plain=False)


def test_items_of_other_types_are_refused(pull: Pull) -> None:
    with pytest.raises(InvalidItem, match="an item maps names to values"):
        pull("put", item=[])
    with pytest.raises(InvalidItem, match="items takes a list"):
        pull("write_many", items={"pk": "1"})


def test_a_record_is_injected_as_it_was_recorded(pull: Pull) -> None:
    pull("put", item={"pk": {"S": "1"}, "b": {"B": BLOB}})
    [recorded] = pull("records")
    later = {**recorded["dynamodb"], "ApproximateCreationDateTime": Decimal("1767225600.0")}
    del later["SequenceNumber"]
    injected = pull("inject", record={**recorded, "dynamodb": later})
    assert injected["dynamodb"]["NewImage"]["b"] == {"B": BLOB}
    assert injected["dynamodb"]["ApproximateCreationDateTime"] == 1767225600
    assert len(pull("records")) == 2


@pytest.mark.parametrize("record", [5, {}, {"dynamodb": []}, {"dynamodb": {"Keys": [Decimal("1.5")]}}])
def test_what_is_no_record_is_refused(pull: Pull, record: Any) -> None:
    with pytest.raises(InvalidItem, match="record"):
        pull("inject", record=record)


# --- shards


def test_a_split_gives_the_children(mock: StreamsMock, pull: Pull) -> None:
    pull("put", item={"pk": "1"})
    parent, *children = mock.stream("orders").shards if pull("split", into=3) else ()
    assert [shard["id"] for shard in pull("stream")["shards"]][1:] == [child.id for child in children]
    assert pull("stream")["shards"][0] == {
        "id": parent.id,
        "parent_id": None,
        "starting_sequence_number": parent.starting_sequence_number,
        "ending_sequence_number": parent.ending_sequence_number,
        "is_open": False,
        "length": 1,
    }


def test_a_rotation_gives_the_child(mock: StreamsMock, pull: Pull) -> None:
    [shard] = mock.stream("orders").shards
    assert pull("rotate", shard=shard.id)["parent_id"] == shard.id


def test_the_records_of_one_shard_are_shown(pull: Pull) -> None:
    pull("put", item={"pk": "1"})
    child = pull("rotate")
    pull("put", item={"pk": "2"})
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in pull("records", shard=child["id"])] == ["2"]


def test_records_are_trimmed(pull: Pull) -> None:
    first = pull("put", item={"pk": "1"})
    pull("put", item={"pk": "2"})
    assert pull("trim", through=first["dynamodb"]["SequenceNumber"]) == 1
    assert pull("trim", records=5) == 1


# --- trouble and what was called


def test_a_fault_is_armed(steer: Steer, send: Send) -> None:
    assert steer("fail", operation="ListStreams", error="ThrottlingException", message="slow down") is None
    answer = send()
    assert (answer.status, answer.document["message"]) == (400, "slow down")


def test_a_connection_is_closed_without_an_answer(steer: Steer, send: Send) -> None:
    steer("fail", operation="ListStreams", error="ConnectionResetError")
    with pytest.raises(ConnectionError):
        send()


def test_iterators_expire(mock: StreamsMock, pull: Pull) -> None:
    shard = mock.stream("orders")._state.lineage.shards[0]
    assert pull("expire_iterators", stream="orders", shard=shard.id) is None
    assert shard.expired_through == mock._service.registry.issued


def test_answers_come_late_or_without_what_there_is(mock: StreamsMock, pull: Pull) -> None:
    pull("delay", operation="GetRecords", by=Decimal("1.5"))
    pull("empty_pages", times=2)
    pull("shift_latest", records=-1)
    pull("delay_discovery", describes=2, stream="orders")
    pull("delay_closing")
    assert pull("faults") == [str(fault) for fault in mock.faults]
    assert len(mock.faults) == 5
    assert "0:00:01.500000 late" in pull("faults")[0]


def test_what_nothing_answered_is_shown_and_forgiven(send: Send, steer: Steer) -> None:
    send(X_Amz_Target="DynamoDBStreams_20120810.Nothing")
    [told] = steer("unanswered")
    assert "DynamoDBStreams_20120810.Nothing" in told
    assert steer("forgive") is None
    assert steer("unanswered") == []


def test_items_expire_in_tables_and_streams_alone_have_none(pull: Pull) -> None:
    with pytest.raises(StreamStateError, match=r"expire_items\(\) needs tables"):
        pull("expire_items")


def test_the_mock_is_shown_as_a_page(pull: Pull) -> None:
    assert pull("to_html").startswith("<!")


def test_what_the_calls_prove_is_asked_and_told(ddbstreams_mock: StreamsMock, send: Send, steer: Steer) -> None:
    [record] = [ddbstreams_mock.create_stream("orders").put({"pk": "1"})]
    assert record is not None
    for oracle in ("parents_before_children", "no_iterator_reused_after_expiry", "listing_followed_to_the_end"):
        assert steer(f"assert_{oracle}") is None
    arguments = {"stream": "orders", "to": [record.sequence_number]}
    assert steer("assert_every_record_delivered", **arguments) is None

    answer = send(b'{"stream": "orders"}', "/_ddbstreams/assert_every_record_delivered")

    assert (answer.status, answer.document["error"]) == (400, "AssertionError")
    assert record.sequence_number in answer.document["message"]


def test_calls_are_shown_with_what_became_of_them(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
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


def test_a_reset_forgets(mock: StreamsMock, pull: Pull) -> None:
    assert pull("reset") is None
    assert mock.streams == ()


# --- the clock


@pytest.mark.usefixtures("ddbstreams_clock")
def test_the_clock_is_frozen_moved_and_let_go(ddbstreams_mock: StreamsMock) -> None:
    frozen = perform(ddbstreams_mock, "freeze", {"at": "2026-01-01T00:00:00Z"})
    assert frozen == {"now": "2026-01-01T00:00:00+00:00", "is_frozen": True}
    assert perform(ddbstreams_mock, "tick", {"minutes": Decimal("1.5")}) == "2026-01-01T00:01:30+00:00"
    assert perform(ddbstreams_mock, "move_to", {"instant": "2026-01-02"}) == "2026-01-02T00:00:00+00:00"
    assert perform(ddbstreams_mock, "unfreeze", {}) is None
    assert perform(ddbstreams_mock, "clock", {})["now"] != "2026-01-02T00:00:00+00:00"


def test_a_tick_beyond_all_time_is_refused(pull: Pull) -> None:
    with pytest.raises(InvalidOption, match="tick: "):
        pull("tick", hours=10**30)


# --- arguments that do not fit


def test_an_argument_that_is_missing_is_named_with_those_that_there_are(mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="split needs 'stream'; it takes: stream, shard, into"):
        perform(mock, "split", {})
    with pytest.raises(InvalidOption, match="put needs 'item'; it takes: stream, item, plain"):
        perform(mock, "put", {"stream": "orders", "item": None})


def test_an_argument_that_is_unknown_is_refused(pull: Pull) -> None:
    with pytest.raises(InvalidOption, match="unknown argument of split 'in_to'; there are: stream, shard, into"):
        pull("split", in_to=2)


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("split", {"shard": 5}, "shard=5 does not fit; shard takes text"),
        ("put", {"item": {}, "plain": "yes"}, "plain='yes' does not fit; plain takes true or false"),
        ("tick", {"hours": "1"}, "hours='1' does not fit; hours takes a number"),
        ("tick", {"hours": True}, "hours=True does not fit; hours takes a number"),
        ("freeze", {"at": 5}, "5 is no instant"),
        ("fail", {"operation": "ListStreams", "error": "Oops"}, "error='Oops' does not fit"),
    ],
)
def test_an_argument_of_another_type_is_refused(pull: Pull, verb: str, arguments: Any, said: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        pull(verb, **arguments)
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
    """A verb that leaves the clock of this process alone, with arguments of its own names."""
    verb = draw(st.sampled_from(STILL))
    arguments = draw(st.dictionaries(st.sampled_from([*VERBS[verb].names, "x"]), VALUES))
    if draw(st.booleans()) and "stream" in VERBS[verb].finds_by:
        arguments["stream"] = "orders"
    return verb, arguments


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests())
def test_whatever_comes_is_done_or_refused_with_a_reason(request: tuple[str, dict[str, Any]]) -> None:
    mock = StreamsMock()
    mock.create_stream("orders")
    try:
        result = perform(mock, *request)
    except (StreamsMockError, AssertionError) as refusal:
        result = str(refusal)
    assert _json.decode(_json.encode(result)) == result


# --- over HTTP


def test_a_verb_answers_with_its_result(send: Send) -> None:
    answer = send(b'{"table_name": "orders"}', "/_ddbstreams/create_stream")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.document["result"]["table_name"] == "orders"


def test_fractions_stay_exact_on_the_way(send: Send, steer: Steer) -> None:
    steer("create_stream", table_name="orders")
    answer = send(b'{"stream": "orders", "item": {"pk": "1", "total": 0.1}}', "/_ddbstreams/put")
    assert answer.document["result"]["dynamodb"]["NewImage"]["total"] == {"N": "0.1"}


def test_a_verb_without_arguments_needs_no_body(send: Send) -> None:
    assert send(b"", "/_ddbstreams/streams", Authorization=None).document == {"result": []}


def test_what_the_library_refuses_is_told_in_its_words(send: Send) -> None:
    answer = send(b'{"stream": "orders"}', "/_ddbstreams/split")
    assert (answer.status, answer.document["error"]) == (400, "UnknownStream")
    assert answer.document["message"].startswith("no stream of table 'orders'; there are: none.")


@pytest.mark.parametrize("path", ["/_ddbstreams/spilt", "/_ddbstreams/", "/_ddbstreams"])
def test_an_unknown_verb_is_refused_with_those_that_there_are(send: Send, path: str) -> None:
    answer = send(b"", path)
    assert (answer.status, answer.document["error"]) == (404, "UnknownVerb")
    assert answer.document["message"].endswith(", ".join(VERBS))


def test_a_verb_takes_post_only(send: Send) -> None:
    answer = send(b"", "/_ddbstreams/streams", "GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("body", [b"{", b"[]", b"NaN", b"\xff", b'{"item":' + b"[" * 200 + b"]" * 200 + b"}"])
def test_a_body_that_is_no_object_is_refused(send: Send, body: bytes) -> None:
    answer = send(body, "/_ddbstreams/reset")
    assert (answer.status, answer.document["error"]) == (400, "BadRequest")


def test_an_item_as_deep_as_dynamodb_takes_it_passes(steer: Steer) -> None:
    value: Any = {"S": "bottom"}
    for _ in range(32):
        value = {"L": [value]}
    steer("create_stream", table_name="orders")
    assert steer("put", stream="orders", item={"pk": {"S": "1"}, "deep": value})["eventName"] == "INSERT"
