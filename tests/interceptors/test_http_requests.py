from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from zlib import crc32

from botocore.exceptions import ReadTimeoutError

from pytest_ddbstreams import ContractViolation, StreamsMock
from pytest_ddbstreams._interceptors.http_requests import answer_over_http

if TYPE_CHECKING:
    import pytest

    from pytest_ddbstreams._wire import HttpResponse

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/dynamodb/aws4_request, Signature=0",
    "x-amz-target": "DynamoDBStreams_20120810.ListStreams",
}


def send(mock: StreamsMock, headers: dict[str, str] = SIGNED) -> HttpResponse | None:
    return answer_over_http("POST", "127.0.0.1", headers, b"{}", mock._service)


def test_the_reply_bears_the_checksum_of_its_body() -> None:
    reply = send(StreamsMock())
    assert reply is not None
    assert reply.headers["x-amz-crc32"] == str(crc32(reply.body))


def test_the_reply_tells_no_time_because_sdks_would_set_their_clocks_by_it() -> None:
    reply = send(StreamsMock())
    assert reply is not None
    assert "date" not in {name.lower() for name in reply.headers}


def test_the_signature_says_the_region() -> None:
    mock = StreamsMock()
    send(mock)
    assert [call.region for call in mock.calls] == ["eu-west-1"]


def test_what_is_not_signed_is_refused_as_the_service_does() -> None:
    reply = send(StreamsMock(), {"x-amz-target": SIGNED["x-amz-target"]})
    assert reply is not None
    assert reply.status == 400
    assert json.loads(reply.body)["__type"].endswith("#MissingAuthenticationTokenException")


def test_a_scripted_transport_fault_leaves_no_reply_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    mock = StreamsMock()
    mock.fail("ListStreams", ReadTimeoutError(endpoint_url="http://127.0.0.1"))
    with caplog.at_level(logging.WARNING, "pytest_ddbstreams"):
        assert send(mock) is None
    [told] = caplog.messages
    assert told.startswith("closed a connection without an answer: ReadTimeoutError(")


def test_a_broken_contract_leaves_no_reply_and_is_kept_for_the_closing() -> None:
    mock = StreamsMock()
    mock.fail("ListStreams", ContractViolation("a bug in the fake"))
    assert send(mock) is None
    assert [str(violation) for violation in mock._service.findings.violations] == ["a bug in the fake"]
