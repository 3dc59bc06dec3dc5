from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from botocore.exceptions import ReadTimeoutError

from pytest_ddbstreams import ContractViolation, StreamsMock, mock_streams
from pytest_ddbstreams._interceptors.http_requests import answer_over_http

if TYPE_CHECKING:
    from pytest_ddbstreams._wire import HttpResponse

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, Signature=0",
    "x-amz-target": "DynamoDBStreams_20120810.ListStreams",
}


def send(mock: StreamsMock, headers: dict[str, str] = SIGNED) -> HttpResponse | None:
    return answer_over_http("POST", "127.0.0.1", headers, b"{}", mock._service)


def test_a_response_over_http_has_the_checksum_of_its_body() -> None:
    reply = send(StreamsMock())
    assert reply is not None
    assert reply.headers["x-amz-crc32"] == str(crc32(reply.body))


def test_a_response_over_http_has_no_date_because_sdks_would_correct_their_clocks_by_it() -> None:
    reply = send(StreamsMock())
    assert reply is not None
    assert "date" not in {name.lower() for name in reply.headers}


def test_the_region_of_a_request_over_http_comes_from_its_signature() -> None:
    mock = StreamsMock()
    send(mock)
    assert [call.region for call in mock.calls] == ["eu-west-1"]


def test_a_request_over_http_without_a_signature_gets_the_error_of_the_service() -> None:
    reply = send(StreamsMock(), {"x-amz-target": SIGNED["x-amz-target"]})
    assert reply is not None
    assert reply.status == 400
    assert json.loads(reply.body)["__type"].endswith("#MissingAuthenticationTokenException")


def test_a_transport_fault_over_http_gives_no_response_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    mock = StreamsMock()
    mock.fail("ListStreams", ReadTimeoutError(endpoint_url="http://127.0.0.1"))
    with caplog.at_level(logging.WARNING, "pytest_ddbstreams"):
        assert send(mock) is None
    [message] = caplog.messages
    assert message.startswith("closed a connection without an answer: ReadTimeoutError(")


def test_a_contract_violation_over_http_gives_no_response_and_is_reported_at_the_end() -> None:
    mock = mock_streams().start()
    mock.fail("ListStreams", ContractViolation("a bug in the fake"))
    assert send(mock) is None
    with pytest.raises(ContractViolation, match="a bug in the fake"):
        mock.stop()
