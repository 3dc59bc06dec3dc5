from __future__ import annotations

import pytest

from pytest_ddbstreams import ContractViolation, StreamsMock, mock_streams
from pytest_ddbstreams._model.journal import ANSWERED, ARRIVED
from pytest_ddbstreams._service import Origin
from pytest_ddbstreams._service_errors import ServiceError, ValidationException


def describe(mock: StreamsMock, arn: str) -> None:
    mock._service.perform("DescribeStream", {"StreamArn": arn}, Origin("us-east-1"))


def break_a_rule(mock: StreamsMock) -> str:
    """Create a stream whose description breaks the API's schema, in which a sequence number has at least 21 digits."""
    stream = mock.create_stream("orders")
    stream._state.lineage.shards[0].starting_number = 5
    return stream.arn


def test_a_response_that_breaks_the_schema_raises_contract_violation() -> None:
    mock = StreamsMock()
    with pytest.raises(ContractViolation, match="bug in pytest-ddbstreams"):
        describe(mock, break_a_rule(mock))


def test_a_contract_violation_is_the_error_of_its_call() -> None:
    mock = StreamsMock()
    with pytest.raises(ContractViolation) as raised:
        describe(mock, break_a_rule(mock))
    assert [call.error for call in mock.calls] == [raised.value]


def test_a_swallowed_contract_violation_is_raised_when_the_mock_closes() -> None:
    streams = mock_streams()
    mock = streams.start()
    with pytest.raises(ContractViolation):
        describe(mock, break_a_rule(mock))
    with pytest.raises(ContractViolation, match="StartingSequenceNumber"):
        streams.stop()


def test_a_service_error_is_not_a_contract_violation() -> None:
    mock = StreamsMock()
    with pytest.raises(ValidationException):
        describe(mock, "x" * 40)
    assert mock._service.findings.violations == []


def test_a_reset_keeps_contract_violations() -> None:
    mock = StreamsMock()
    with pytest.raises(ContractViolation):
        describe(mock, break_a_rule(mock))
    mock.reset()
    assert len(mock._service.findings.violations) == 1


def test_request_ids_follow_from_the_seed() -> None:
    first, second = ([mock._service.request_id() for _ in range(3)] for mock in (StreamsMock(), StreamsMock()))
    assert first == second
    assert len(set(first)) == 3


def test_a_call_during_which_the_mock_is_reset_is_not_answered_in_the_new_journal() -> None:
    mock = StreamsMock()
    mock.after_call("ListStreams", mock.reset)
    mock._service.perform("ListStreams", {}, Origin("us-east-1"))
    mock._service.perform("ListStreams", {}, Origin("us-east-1"))
    assert [(entry.kind, entry.call) for entry in mock._service.registry.journal] == [(ARRIVED, 0), (ANSWERED, 0)]


def test_a_refused_call_is_logged_with_its_error() -> None:
    mock = StreamsMock()
    with pytest.raises(ServiceError):
        describe(mock, "x" * 40)
    assert [type(call.error) for call in mock.calls.errors] == [ValidationException]
