from __future__ import annotations

from typing import Any

import pytest

from pytest_ddbstreams import ContractViolation, StreamsMock, mock_streams
from pytest_ddbstreams._model.journal import ANSWERED, ARRIVED
from pytest_ddbstreams._service import Origin, Service
from pytest_ddbstreams._service_errors import ServiceError, ValidationException


def perform(service: Service, operation: str, **request: Any) -> dict[str, Any]:
    return service.perform(operation, request, Origin("us-east-1"))


def create_invalid_stream(mock: StreamsMock) -> str:
    """Create a stream whose description breaks the API's schema, in which a sequence number has at least 21 digits."""
    stream = mock.create_stream("orders")
    stream._state.lineage.shards[0].starting_number = 5
    return stream.arn


@pytest.fixture
def mock() -> StreamsMock:
    return StreamsMock()


@pytest.fixture
def service(mock: StreamsMock) -> Service:
    return mock._service


def test_a_response_that_breaks_the_schema_raises_contract_violation(mock: StreamsMock, service: Service) -> None:
    arn = create_invalid_stream(mock)
    with pytest.raises(ContractViolation, match="bug in pytest-ddbstreams") as raised:
        perform(service, "DescribeStream", StreamArn=arn)
    assert [call.error for call in service.calls] == [raised.value]


def test_a_swallowed_contract_violation_is_raised_when_the_mock_closes() -> None:
    streams = mock_streams()
    mock = streams.start()
    arn = create_invalid_stream(mock)
    with pytest.raises(ContractViolation):
        perform(mock._service, "DescribeStream", StreamArn=arn)
    with pytest.raises(ContractViolation, match="StartingSequenceNumber"):
        streams.stop()


def test_a_refused_call_is_logged_with_its_error_and_is_not_a_contract_violation(service: Service) -> None:
    with pytest.raises(ServiceError):
        perform(service, "DescribeStream", StreamArn="x" * 40)
    assert [type(call.error) for call in service.calls.errors] == [ValidationException]
    assert service.findings.violations == []


def test_a_reset_keeps_contract_violations(mock: StreamsMock, service: Service) -> None:
    arn = create_invalid_stream(mock)
    with pytest.raises(ContractViolation):
        perform(service, "DescribeStream", StreamArn=arn)
    mock.reset()
    assert len(service.findings.violations) == 1


def test_request_ids_follow_from_the_seed(service: Service) -> None:
    ids = [[each.request_id() for _ in range(3)] for each in (service, StreamsMock()._service)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_a_call_during_which_the_mock_is_reset_is_not_answered_in_the_new_journal(
    mock: StreamsMock, service: Service
) -> None:
    mock.after_call("ListStreams", mock.reset)
    perform(service, "ListStreams")
    perform(service, "ListStreams")
    assert [(entry.kind, entry.call) for entry in service.registry.journal] == [(ARRIVED, 0), (ANSWERED, 0)]
