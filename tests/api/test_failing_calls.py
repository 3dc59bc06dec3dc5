from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from pytest_ddbstreams import InvalidOption, StreamsMock, UnknownStream
from pytest_ddbstreams._service_errors import SERVICE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Operation, Stream

pytestmark = [
    pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z"),
    pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S"}, shards=2),
]

EXPIRED = "ExpiredIteratorException"
#: The error codes after which a client in the legacy mode retries.
RETRIED = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "ServiceUnavailable",
    "ThrottlingException",
}


@pytest.fixture(autouse=True)
def _retry_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients retry in the legacy mode: the default mode depends on the version of botocore."""
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")


def iterator(client: Any, stream: Stream, shard: int = 0) -> str:
    arguments = {"StreamArn": stream.arn, "ShardId": stream.shards[shard].id, "ShardIteratorType": "TRIM_HORIZON"}
    token: str = client.get_shard_iterator(**arguments)["ShardIterator"]
    return token


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code of a call, or OK."""
    try:
        call(**arguments)
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code
    return "OK"


def outcomes(client: Any, token: str, count: int) -> list[str]:
    return [outcome(client.get_records, ShardIterator=token) for _ in range(count)]


# Iterators


def test_expire_iterators_expires_every_iterator_issued_so_far(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    other = ddbstreams_mock.create_stream("others")
    tokens = [
        iterator(ddbstreams_client, *place) for place in ((ddbstreams_stream, 0), (ddbstreams_stream, 1), (other,))
    ]
    tokens.append(ddbstreams_client.get_records(ShardIterator=tokens[0])["NextShardIterator"])
    ddbstreams_mock.expire_iterators()
    assert [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens] == [EXPIRED] * 4


def test_expire_iterators_leaves_an_iterator_issued_later_in_the_same_instant(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.expire_iterators()
    assert outcomes(ddbstreams_client, iterator(ddbstreams_client, ddbstreams_stream), 1) == ["OK"]


@pytest.mark.parametrize("named", [lambda s: s, lambda s: s.table_name, lambda s: s.arn])
def test_expire_iterators_expires_the_iterators_of_one_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Stream], Any]
) -> None:
    other = ddbstreams_mock.create_stream("others")
    tokens = [iterator(ddbstreams_client, ddbstreams_stream), iterator(ddbstreams_client, other)]
    ddbstreams_mock.expire_iterators(stream=named(other))
    assert [outcome(ddbstreams_client.get_records, ShardIterator=token) for token in tokens] == ["OK", EXPIRED]


@pytest.mark.parametrize("named", [lambda shard: shard, lambda shard: shard.id])
def test_expire_iterators_expires_the_iterators_of_one_shard(
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
def test_fail_refuses_a_call_with_the_code_and_the_message_of_the_service(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, code: str
) -> None:
    ddbstreams_mock.fail("ListStreams", code)
    with pytest.raises(ClientError) as raised:
        ddbstreams_client.list_streams()
    assert raised.value.response["Error"] == {"Code": code, "Message": SERVICE_ERRORS[code].sentence}


def test_fail_with_a_message_refuses_a_call_with_that_message(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("ListStreams", "LimitExceededException", message="slow down")
    with pytest.raises(ClientError, match="slow down"):
        ddbstreams_client.list_streams()


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_a_throttled_client_retries(
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
def test_fail_with_an_exception_raises_it_in_the_transport(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any, error: Exception, raises: type[Exception]
) -> None:
    ddbstreams_mock.fail("ListStreams", error, times=None)
    with pytest.raises(raises) as raised:
        ddbstreams_client.list_streams()
    assert raised.value is error


def test_a_client_retries_after_a_transport_fault(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
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
def test_a_fault_triggers_times_calls_after_the_first_good_calls(
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


def test_a_call_that_the_service_refuses_does_not_count_as_a_good_call(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    token = iterator(ddbstreams_client, ddbstreams_stream)
    ddbstreams_mock.fail("GetRecords", "LimitExceededException", after=1)
    came = [outcome(ddbstreams_client.get_records, ShardIterator=each) for each in ("x", "x", token, token, token)]
    assert came == ["ValidationException", "ValidationException", "OK", "LimitExceededException", "OK"]


def test_faults_trigger_in_the_order_in_which_they_were_added(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    for code in ("LimitExceededException", "ResourceNotFoundException"):
        ddbstreams_mock.fail("ListStreams", code)
    came = [outcome(ddbstreams_client.list_streams) for _ in range(3)]
    assert came == ["LimitExceededException", "ResourceNotFoundException", "OK"]


def test_a_fault_waits_for_calls_of_its_operation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("DescribeStream", "LimitExceededException")
    assert outcome(ddbstreams_client.list_streams) == "OK"
    assert outcome(ddbstreams_client.describe_stream, StreamArn=ddbstreams_stream.arn) == "LimitExceededException"


@pytest.mark.parametrize("named", [lambda s: s, lambda s: s.table_name, lambda s: s.arn])
def test_a_fault_waits_for_calls_about_its_stream(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, ddbstreams_client: Any, named: Callable[[Stream], Any]
) -> None:
    other = ddbstreams_mock.create_stream("others")
    ddbstreams_mock.fail("DescribeStream", "LimitExceededException", stream=named(other))
    assert outcome(ddbstreams_client.describe_stream, StreamArn=ddbstreams_stream.arn) == "OK"
    assert outcome(ddbstreams_client.describe_stream, StreamArn=other.arn) == "LimitExceededException"


@pytest.mark.parametrize("named", [lambda shard: shard, lambda shard: shard.id])
def test_a_fault_waits_for_calls_that_name_its_shard_or_an_iterator_of_it(
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
def test_the_refusal_of_an_unknown_operation_or_error_lists_the_known_ones(
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
def test_fail_refuses_a_wrong_number_of_calls(
    ddbstreams_mock: StreamsMock, arguments: dict[str, Any], shows: str
) -> None:
    with pytest.raises(InvalidOption, match=shows):
        ddbstreams_mock.fail("GetRecords", EXPIRED, **arguments)


SCRIPTS: list[Callable[..., None]] = [
    lambda mock, **place: mock.expire_iterators(**place),
    lambda mock, **place: mock.fail("GetRecords", EXPIRED, **place),
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_fault_for_an_unknown_stream_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, script: Callable[..., None]
) -> None:
    with pytest.raises(
        UnknownStream, match=f"no stream of table 'order'; there are: 'orders'.*{ddbstreams_stream.arn}"
    ):
        script(ddbstreams_mock, stream="order")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_fault_for_an_unknown_shard_is_refused(ddbstreams_mock: StreamsMock, script: Callable[..., None]) -> None:
    with pytest.raises(UnknownStream, match=r"no stream has a shard 'shardId-1'; stream\.shards lists them"):
        script(ddbstreams_mock, shard="shardId-1")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_fault_for_a_stream_and_a_shard_of_another_stream_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, script: Callable[..., None]
) -> None:
    [shard] = ddbstreams_mock.create_stream("others").shards
    with pytest.raises(UnknownStream, match=f"{ddbstreams_stream.arn} has no shard '{shard.id}'"):
        script(ddbstreams_mock, stream=ddbstreams_stream, shard=shard)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("place", [lambda s: {"stream": s}, lambda s: {"shard": s.shards[0]}])
def test_a_fault_for_a_stream_or_shard_of_another_mock_is_refused(
    ddbstreams_mock: StreamsMock, script: Callable[..., None], place: Callable[[Stream], dict[str, Any]]
) -> None:
    foreign = StreamsMock().create_stream("foreign")
    with pytest.raises(UnknownStream):
        script(ddbstreams_mock, **place(foreign))


@pytest.mark.parametrize("code", ["", "Two Words", "\0", "\ud800", "x" * 257, None])
def test_fail_refuses_a_code_of_its_own_that_is_no_name(ddbstreams_mock: StreamsMock, code: Any) -> None:
    with pytest.raises(InvalidOption, match="a name in letters and digits"):
        ddbstreams_mock.fail("GetRecords", code, status=400)


def test_fail_refuses_a_message_beside_an_exception(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match="goes with an error code"):
        ddbstreams_mock.fail("GetRecords", ValueError("boom"), message="bang")


@pytest.mark.parametrize(
    ("operation", "place"), [("ListStreams", "stream"), ("ListStreams", "shard"), ("DescribeStream", "shard")]
)
def test_fail_refuses_a_stream_or_shard_that_no_call_of_the_operation_names(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, operation: Operation, place: str
) -> None:
    places: dict[str, Any] = {"stream": ddbstreams_stream, "shard": ddbstreams_stream.shards[0]}
    with pytest.raises(InvalidOption, match=f"calls of {operation} name no .*{place}= "):
        ddbstreams_mock.fail(operation, "InternalServerError", **{place: places[place]})


def test_an_exception_that_is_raised_again_has_the_same_traceback(
    ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_mock.fail("ListStreams", ValueError("boom"), times=3)

    def depth() -> int:
        with pytest.raises(ValueError, match="boom") as raised:
            ddbstreams_client.list_streams()
        return len(raised.traceback)

    assert len({depth() for _ in range(3)}) == 1
