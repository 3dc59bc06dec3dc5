from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import REPORTS, Handler, connect, fill, given_up, keys_of, numbers_of, reasons_of, reporting

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream, StreamsMock

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "response",
    [None, "", {}, [], {"batchItemFailures": []}, {"batchItemFailures": None}],
    ids=repr,
)
def test_an_empty_response_or_list_of_failures_is_success(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, Handler(response=response), **REPORTS)
    assert [invocation.is_success for invocation in mapping.drain()] == [True]


@pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")
@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"itemIdentifer": "1"}],
        [{}],
        ["1"],
        [{"itemIdentifier": "100000000000000000000"}],
        {"itemIdentifier": "1"},
        "all",
    ],
    ids=repr,
)
def test_an_unreadable_list_of_failures_fails_the_whole_batch(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, failures: Any
) -> None:
    names = fill(ddbstreams_stream, 2)
    sent: list[Any] = []
    handler = Handler(response={"batchItemFailures": failures})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=1, on_failure=sent, **REPORTS)
    mapping.drain()
    assert handler.batches == [names, names]
    assert given_up(mapping.discarded) == [names]
    assert sent[0]["responseContext"]["functionError"] is None


@pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")
def test_an_unknown_identifier_beside_a_known_one_fails_the_whole_batch(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    names = fill(ddbstreams_stream, 2)
    failures = [{"itemIdentifier": numbers_of(ddbstreams_stream)[1]}, {"itemIdentifier": "5"}]
    handler = Handler(response={"batchItemFailures": failures})
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    mapping.drain()
    assert given_up(mapping.discarded) == [names]


def test_all_records_from_the_lowest_reported_failure_on_are_delivered_again(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 5)
    handler = reporting("o#3", "o#1")
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=1, **REPORTS)
    mapping.poll()
    assert list(mapping.checkpoints.values()) == [numbers_of(ddbstreams_stream)[0]]
    mapping.drain()
    batches = [keys_of(invocation.event) for invocation in mapping.invocations]
    assert batches == [["o#0", "o#1", "o#2", "o#3", "o#4"], *[["o#1", "o#2", "o#3", "o#4"]] * 2]
    assert given_up(mapping.discarded) == [["o#1", "o#2", "o#3", "o#4"]]


def test_the_remainder_of_a_batch_is_a_first_attempt_and_has_all_retries(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    sent: list[Any] = []
    mapping = connect(
        ddbstreams_mock, reporting("o#2"), batch_size=3, maximum_retry_attempts=3, on_failure=sent, **REPORTS
    )
    mapping.drain()
    assert [(one.reason, one.attempt, len(one.sequence_numbers)) for one in mapping.invocations] == [
        ("full", 1, 3),
        ("remainder", 1, 1),
        ("retry", 2, 1),
        ("retry", 3, 1),
        ("retry", 4, 1),
    ]
    assert [record["requestContext"]["approximateInvokeCount"] for record in sent] == [4]
    assert sent[0]["responseContext"]["functionError"] is None


def test_each_progress_within_a_batch_starts_the_retries_anew(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 4)
    attempts: dict[str, int] = {}

    def handler(event: Any, _context: Any) -> Any:
        for key, record in zip(keys_of(event), event["Records"], strict=True):
            attempts[key] = attempts.get(key, 0) + 1
            if attempts[key] < 3:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        return None

    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=2, **REPORTS)
    mapping.drain()
    assert mapping.discarded == ()
    assert [one.attempt for one in mapping.invocations] == [1, 2, 3, *[1, 2] * 3]


def test_a_record_that_fails_once_is_not_given_up_without_retries_if_records_before_it_were_processed(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(event: Any, context: Any) -> Any:
        response = reporting(*poison)(event, context)
        poison.clear()
        return response

    poison = ["o#2"]
    fill(ddbstreams_stream, 4)
    mapping = connect(ddbstreams_mock, handler, maximum_retry_attempts=0, **REPORTS)
    mapping.drain()
    assert mapping.discarded == ()
    assert [keys_of(one.event) for one in mapping.invocations] == [["o#0", "o#1", "o#2", "o#3"], ["o#2", "o#3"]]


def test_the_remainder_of_a_batch_does_not_wait(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, reporting("o#1"), maximum_retry_attempts=0, **REPORTS)
    mapping.drain()
    assert mapping.invocations[1].at == mapping.invocations[0].at


def test_bisecting_splits_a_batch_at_the_lowest_reported_failure(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 3)
    mapping = connect(
        ddbstreams_mock,
        reporting("o#1"),
        maximum_retry_attempts=1,
        bisect_batch_on_function_error=True,
        **REPORTS,
    )
    mapping.drain()
    assert [keys_of(invocation.event) for invocation in mapping.invocations] == [
        ["o#0", "o#1", "o#2"],
        ["o#1", "o#2"],
        ["o#1", "o#2"],
    ]
    assert reasons_of(mapping.invocations) == ["available", "bisect", "retry"]
    assert given_up(mapping.discarded) == [["o#1", "o#2"]]


@pytest.mark.filterwarnings("ignore::pytest_ddbstreams.MappingWarning")
def test_a_reported_failure_is_ignored_without_report_batch_item_failures(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    assert len(connect(ddbstreams_mock, reporting("o#0")).drain()) == 1


@pytest.mark.parametrize(
    ("response", "expected"),
    [({"total": Decimal("1.5")}, {"total": 1.5}), ((1, 2), [1, 2]), ({1: "a"}, {"1": "a"}), (math.inf, math.inf)],
    ids=repr,
)
def test_a_response_is_encoded_and_decoded_as_json(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any, expected: Any
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response=response)).poll()
    assert invocation.response == expected


def endless() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({1, 2}, "Unable to marshal response: Object of type set is not JSON serializable"),
        (endless(), "Unable to marshal response: Circular"),
        ("x" * 6_291_556, r"exceeded maximum allowed payload size \(6291556 bytes\)"),
    ],
    ids=["set", "circular", "large"],
)
def test_a_response_that_is_not_json_or_too_large_fails_the_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, response: Any, text: str
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response=response)).poll()
    assert not invocation.is_success
    with pytest.raises((TypeError, ValueError), match=text):
        raise invocation.error  # type: ignore[misc]


@pytest.mark.parametrize(("length", "is_success"), [(6_291_556, True), (6_291_557, False)])
def test_a_response_has_at_most_6291556_bytes(
    ddbstreams_mock: StreamsMock,
    ddbstreams_stream: Stream,
    length: int,
    is_success: bool,  # noqa: FBT001
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, Handler(response="x" * (length - len('""')))).poll()
    assert invocation.is_success is is_success


def test_a_response_that_is_nested_too_deeply_fails_the_invocation(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, lambda _event, _context: deep()).poll()
    assert str(invocation.error) == "Unable to marshal response: nested too deeply"
