from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from pytest_ddbstreams import InvalidOption, StreamsMock, UnknownStream
from pytest_ddbstreams._service_errors import SERVICE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}, shards=2),
]

EXPIRED = "ExpiredIteratorException"
#: What a client of the legacy mode tries again.
RETRIED = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailable",
    "ThrottlingException",
}


@pytest.fixture(autouse=True)
def _retry_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which refusals a client tries again hangs on its mode, and the default mode on the version of botocore."""
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")


def iterator(client: Any, stream: Stream, shard: int = 0) -> str:
    arguments = {"StreamArn": stream.arn, "ShardId": stream.shards[shard].id, "ShardIteratorType": "TRIM_HORIZON"}
    token: str = client.get_shard_iterator(**arguments)["ShardIterator"]
    return token


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """How a call ended: the error's code, or OK."""
    try:
        call(**arguments)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return "OK"


def outcomes(client: Any, token: str, count: int) -> list[str]:
    return [outcome(client.get_records, ShardIterator=token) for _ in range(count)]


# Iterators


def test_every_iterator_issued_so_far_expires(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    other = ddbstreams_mock.create_stream("others")
    tokens = [
        iterator(ddbstreams_client, *place) for place in ((ddbstreams_stream, 0), (ddbstreams_stream, 1), (other,))
    ]
    tokens.append(ddbstreams_client.get_records(ShardIterator=tokens[0])["NextShardIterator"])
    ddbstreams_mock.expire_iterators()
    assert [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens] == [EXPIRED] * 4


def test_an_iterator_issued_later_in_the_same_instant_is_good(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.expire_iterators()
    assert outcomes(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 1) == ["OK"]


@pytest.mark.parametrize("named", [lambda s: s, lambda s: s.table_name, lambda s: s.arn])
def test_the_iterators_of_one_stream_expire(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Stream], Any]
) -> None:
    other = ddbstreams_mock.create_stream("others")
    tokens = [iterator(ddbstreams_client, ddbstreams_stream), iterator(ddbstreams_client, other)]
    ddbstreams_mock.expire_iterators(stream=named(other))
    assert [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens] == ["OK", EXPIRED]


@pytest.mark.parametrize("named", [lambda shard: shard, lambda shard: shard.id])
def test_the_iterators_of_one_shard_expire(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Any], Any]
) -> None:
    tokens = [iterator(ddbstreams_client, ddbstreams_stream, shard) for shard in (0, 1)]
    ddbstreams_mock.expire_iterators(shard=named(ddbstreams_stream.shards[1]))
    assert [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens] == ["OK", EXPIRED]


def test_an_expired_iterator_stays_expired(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_mock.expire_iterators()
    assert outcomes(ddbstreams_client, token, 3) == [EXPIRED] * 3


# Faults


@pytest.mark.parametrize("code", sorted(set(SERVICE_ERRORS) - RETRIED))
def test_a_call_is_refused_with_the_code_and_the_services_own_words(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, code: str
) -> None:
    ddbstreams_mock.fail("ListStreams", code)
    with pytest.raises(ClientError) as raised:
        ddbstreams_client.list_streams()
    assert raised.value.response["Error"] == {"Code": code, "Message": SERVICE_ERRORS[code].sentence}


def test_a_refusal_may_have_words_of_its_own(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", "LimitExceededException", message="slow down")
    with pytest.raises(ClientError, match="slow down"):
        ddbstreams_client.list_streams()


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_a_throttled_client_tries_again(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, ddbstreams_clock: Clock, code: str
) -> None:
    before = ddbstreams_clock.now()
    ddbstreams_mock.fail("ListStreams", code, times=2)
    assert outcome(ddbstreams_client.list_streams) == "OK"
    assert [call.attempt for call in ddbstreams_mock.calls] == [1, 2, 3]
    assert ddbstreams_clock.now() > before


@pytest.mark.parametrize(
    ("error", "raises"),
    [
        (ReadTimeoutError(endpoint_url="https://streams.invalid"), ReadTimeoutError),
        (ValueError("odd"), ValueError),
    ],
)
def test_an_exception_reaches_the_caller_as_the_transport_raises_it(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, error: Exception, raises: type[Exception]
) -> None:
    ddbstreams_mock.fail("ListStreams", error, times=None)
    with pytest.raises(raises) as raised:
        ddbstreams_client.list_streams()
    assert raised.value is error


def test_a_transport_that_recovers_is_tried_again(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    ddbstreams_mock.fail("ListStreams", ReadTimeoutError(endpoint_url="https://streams.invalid"))
    assert outcome(ddbstreams_client.list_streams) == "OK"
    assert [type(call.error) for call in ddbstreams_mock.calls] == [ReadTimeoutError, type(None)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "X...."),
        ({"times": 2}, "XX..."),
        ({"after": 2}, "..X.."),
        ({"times": 2, "after": 1}, ".XX.."),
        ({"times": None}, "XXXXX"),
        ({"times": None, "after": 3}, "...XX"),
    ],
)
def test_a_fault_strikes_as_often_as_it_was_told_after_as_many_good_calls(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: Stream,
    ddbstreams_client: Any,
    arguments: dict[str, Any],
    expected: str,
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_mock.fail("GetRecords", "LimitExceededException", **arguments)
    came = outcomes(ddbstreams_client, token, 5)
    assert came == [{"X": "LimitExceededException", ".": "OK"}[letter] for letter in expected]


def test_a_call_that_the_service_refuses_is_no_good_call(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_mock.fail("GetRecords", "LimitExceededException", after=1)
    came = [outcome(ddbstreams_client.get_records, ShardIterator=each) for each in ("x", "x", token, token, token)]
    assert came == ["ValidationException", "ValidationException", "OK", "LimitExceededException", "OK"]


def test_faults_strike_in_the_order_in_which_they_were_armed(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    for code in ("LimitExceededException", "ResourceNotFoundException"):
        ddbstreams_mock.fail("ListStreams", code)
    came = [outcome(ddbstreams_client.list_streams) for _ in range(3)]
    assert came == ["LimitExceededException", "ResourceNotFoundException", "OK"]


def test_a_fault_waits_for_its_operation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("DescribeStream", "LimitExceededException")
    assert outcome(ddbstreams_client.list_streams) == "OK"
    assert outcome(ddbstreams_client.describe_stream, StreamArn=ddbstreams_stream.arn) == "LimitExceededException"


@pytest.mark.parametrize("named", [lambda s: s, lambda s: s.table_name, lambda s: s.arn])
def test_a_fault_waits_for_its_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Stream], Any]
) -> None:
    other = ddbstreams_mock.create_stream("others")
    ddbstreams_mock.fail("DescribeStream", "LimitExceededException", stream=named(other))
    assert outcome(ddbstreams_client.describe_stream, StreamArn=ddbstreams_stream.arn) == "OK"
    assert outcome(ddbstreams_client.describe_stream, StreamArn=other.arn) == "LimitExceededException"


@pytest.mark.parametrize("named", [lambda shard: shard, lambda shard: shard.id])
def test_a_fault_waits_for_its_shard_be_it_named_or_in_the_iterator(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Any], Any]
) -> None:
    tokens = [iterator(ddbstreams_client, ddbstreams_stream, shard) for shard in (0, 1)]
    shard = named(ddbstreams_stream.shards[1])
    for operation in ("GetShardIterator", "GetRecords"):
        ddbstreams_mock.fail(operation, "ResourceNotFoundException", shard=shard)
    came = [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens]
    came += [outcome(iterator, client=ddbstreams_client, stream=ddbstreams_stream, shard=place) for place in (0, 1)]
    assert came == ["OK", "ResourceNotFoundException"] * 2


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (("GetRecord", EXPIRED), "operation='GetRecord' does not fit.*DescribeStream, GetRecords, GetShardIterator"),
        (("GetRecords", "Expired"), "error='Expired' does not fit; give an exception, one of the codes: .*Expired"),
        (("GetRecords", ReadTimeoutError), "error=<class .*give an exception"),
        (("GetRecords", None), "error=None does not fit"),
    ],
)
def test_an_unknown_operation_or_error_is_refused_with_those_that_there_are(
    ddbstreams_mock: StreamsMock, arguments: tuple[Any, Any], shows: str
) -> None:
    with pytest.raises(InvalidOption, match=shows):
        ddbstreams_mock.fail(*arguments)


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        ({"times": 0}, "times=0 does not fit; times takes an integer from 1 on"),
        ({"times": "2"}, "times='2'"),
        ({"after": -1}, "after=-1 does not fit; after takes an integer from 0 on"),
        ({"after": None}, "after=None"),
    ],
)
def test_what_is_no_count_of_calls_is_refused(
    ddbstreams_mock: StreamsMock, arguments: dict[str, Any], shows: str
) -> None:
    with pytest.raises(InvalidOption, match=shows):
        ddbstreams_mock.fail("GetRecords", EXPIRED, **arguments)


SCRIPTS: list[Callable[..., None]] = [
    lambda mock, **place: mock.expire_iterators(**place),
    lambda mock, **place: mock.fail("GetRecords", EXPIRED, **place),
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_unknown_stream_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, script: Callable[..., None]
) -> None:
    with pytest.raises(
        UnknownStream, match=f"no stream of table 'order'; there are: 'orders'.*{ddbstreams_stream.arn}"
    ):
        script(ddbstreams_mock, stream="order")


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_unknown_shard_is_refused(ddbstreams_mock: StreamsMock, script: Callable[..., None]) -> None:
    with pytest.raises(UnknownStream, match=r"no stream has a shard 'shardId-1'; stream\.shards lists them"):
        script(ddbstreams_mock, shard="shardId-1")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shard_of_another_stream_than_the_one_named_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, script: Callable[..., None]
) -> None:
    [shard] = ddbstreams_mock.create_stream("others").shards
    with pytest.raises(UnknownStream, match=f"{ddbstreams_stream.arn} has no shard '{shard.id}'"):
        script(ddbstreams_mock, stream=ddbstreams_stream, shard=shard)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("place", [lambda s: {"stream": s}, lambda s: {"shard": s.shards[0]}])
def test_a_handle_of_another_mock_is_refused(
    ddbstreams_mock: StreamsMock, script: Callable[..., None], place: Callable[[Stream], dict[str, Any]]
) -> None:
    foreign = StreamsMock().create_stream("foreign")
    with pytest.raises(UnknownStream):
        script(ddbstreams_mock, **place(foreign))


# Reset


def test_a_reset_forgets_streams_calls_and_faults(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    outcome(ddbstreams_client.describe_stream, StreamArn=ddbstreams_stream.arn)
    ddbstreams_mock.fail("ListStreams", "LimitExceededException", times=None)
    ddbstreams_mock.reset()
    assert (ddbstreams_mock.streams, len(ddbstreams_mock.calls)) == ((), 0)
    assert ddbstreams_client.list_streams()["Streams"] == []


@pytest.mark.ddbstreams(region="eu-west-1")
def test_a_reset_keeps_options_and_the_clock(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.clock.tick(hours=1)
    ddbstreams_mock.reset()
    assert ddbstreams_mock.options.region == "eu-west-1"
    assert ddbstreams_mock.create_stream("orders").label == "2026-01-01T01:00:00.000"


def test_an_iterator_of_before_a_reset_finds_no_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_mock.reset()
    assert outcomes(ddbstreams_client, token, 1) == ["ResourceNotFoundException"]


def test_a_mock_shows_its_streams_and_how_many_calls_came(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_client.describe_stream(StreamArn=ddbstreams_stream.arn)
    ddbstreams_mock.create_stream("others")
    assert repr(ddbstreams_mock) == "<StreamsMock streams=[orders, others] calls=1>"


def test_a_message_beside_an_exception_is_refused(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="goes with an error code"):
        ddbstreams_mock.fail("GetRecords", ValueError("boom"), message="bang")


@pytest.mark.parametrize(
    ("operation", "place"), [("ListStreams", "stream"), ("ListStreams", "shard"), ("DescribeStream", "shard")]
)
def test_a_place_that_calls_of_the_operation_never_name_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, operation: str, place: str
) -> None:
    places: dict[str, Any] = {"stream": ddbstreams_stream, "shard": ddbstreams_stream.shards[0]}
    with pytest.raises(InvalidOption, match=f"calls of {operation} name no .*{place}= "):
        ddbstreams_mock.fail(operation, "InternalServerError", **{place: places[place]})


def test_an_exception_is_raised_without_the_traces_of_earlier_strikes(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("ListStreams", ValueError("boom"), times=3)

    def depth() -> int:
        with pytest.raises(ValueError, match="boom") as raised:
            ddbstreams_client.list_streams()
        return len(raised.traceback)

    assert len({depth() for _ in range(3)}) == 1


def test_a_stream_stands_for_its_name(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    assert ddbstreams_mock.stream(ddbstreams_stream) == ddbstreams_stream
