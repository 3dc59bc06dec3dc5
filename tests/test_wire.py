from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError, ReadTimeoutError
from botocore.loaders import Loader

from pytest_ddbstreams import StreamsMock, _json, _service_errors
from pytest_ddbstreams._wire import (
    CONTENT_TYPE,
    STREAMS_HOST,
    TARGET_PREFIX,
    HttpRequest,
    HttpResponse,
    answer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "streams.dynamodb.us-east-1.amazonaws.com"
SIGNED = "AWS4-HMAC-SHA256 Credential=AKID/20260101/{region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def mock() -> StreamsMock:
    """Return a mock that only the direct calls of this module reach."""
    return StreamsMock(region="ap-south-1")


def send(
    mock: StreamsMock,
    operation: str = "ListStreams",
    body: Any = b"{}",
    host: str = "localhost",
    method: str = "POST",
    **headers: str | None,
) -> HttpResponse:
    """Send a valid request with these changes; a header that is None is left out."""
    defaults = {"x-amz-target": TARGET_PREFIX + operation, "authorization": "signed"}
    given = {**defaults, **{name.replace("_", "-"): value for name, value in headers.items()}}
    kept = {name: value for name, value in given.items() if value is not None}
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer(HttpRequest(method, host, kept, text), mock._service)


def error(response: HttpResponse) -> tuple[int, str, str]:
    """Return the status, the code and the message of an error."""
    document = json.loads(response.body)
    assert document.keys() == {"__type", "message"}
    return response.status, document["__type"].split("#")[1], document["message"]


def refusal_of(refusal: type[_service_errors.ServiceError]) -> tuple[int, str, str]:
    return refusal.status, refusal.__name__, refusal.sentence


# Operations and bodies


@pytest.mark.parametrize("operation", ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"])
def test_the_target_names_the_operation(mock: StreamsMock, operation: str) -> None:
    send(mock, operation)
    assert mock.calls[-1].operation == operation


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "ListStreams",
        TARGET_PREFIX,
        f"{TARGET_PREFIX}liststreams",
        f"{TARGET_PREFIX}PutItem",
        f"{TARGET_PREFIX}{TARGET_PREFIX}ListStreams",
        "DynamoDB_20120810.ListStreams",
        "DynamoDBStreams_20111205.ListStreams",
        "Kinesis_20131202.GetRecords",
    ],
)
def test_any_other_target_is_an_unknown_operation(mock: StreamsMock, target: str | None) -> None:
    assert error(send(mock, x_amz_target=target)) == refusal_of(_service_errors.UnknownOperationException)


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "post"])
def test_any_other_method_is_an_unknown_operation(mock: StreamsMock, method: str) -> None:
    assert error(send(mock, method=method)) == refusal_of(_service_errors.UnknownOperationException)


def test_a_request_without_a_signature_is_refused(mock: StreamsMock) -> None:
    assert error(send(mock, authorization=None)) == refusal_of(_service_errors.MissingAuthenticationTokenException)


def test_an_unknown_operation_is_refused_before_a_missing_signature(mock: StreamsMock) -> None:
    response = send(mock, authorization=None, x_amz_target=None)
    assert error(response) == refusal_of(_service_errors.UnknownOperationException)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[{}]",
        b"null",
        b"5",
        b'"{}"',
        b"\xff\xfe{}",
        b'{"Limit":NaN}',
        b'{"Limit":Infinity}',
        b'{"Limit":' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda body: body[:20],
)
def test_a_body_that_is_not_a_json_object_is_refused(mock: StreamsMock, body: bytes) -> None:
    assert error(send(mock, body=body)) == refusal_of(_service_errors.SerializationException)


def test_a_body_that_is_not_a_json_object_is_not_logged_as_a_call(mock: StreamsMock) -> None:
    send(mock, body=b"[]")
    assert len(mock.calls) == 0


@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
@pytest.mark.parametrize(("levels", "status"), [(31, 200), (32, 400), (500, 400), (990, 400)])
def test_a_body_of_more_than_32_levels_is_refused(
    mock: StreamsMock, opening: bytes, closing: bytes, levels: int, status: int
) -> None:
    response = send(mock, body=b'{"a":' + opening * levels + b"1" + closing * levels + b"}")
    assert response.status == status


# Regions and attempts


def test_the_region_of_a_call_is_that_of_the_signature_s_scope(mock: StreamsMock) -> None:
    send(mock, authorization=SIGNED.format(region="eu-west-1"), host=HOST)
    assert mock.calls[-1].region == "eu-west-1"


@pytest.mark.parametrize("order", tuple(permutations(range(3))))
def test_the_scope_is_found_anywhere_in_the_header(mock: StreamsMock, order: tuple[int, ...]) -> None:
    scheme, *parts = SIGNED.format(region="eu-west-1").replace(",", "").split()
    send(mock, authorization=f"{scheme} {', '.join(parts[place] for place in order)}", host=HOST)
    assert mock.calls[-1].region == "eu-west-1"


def test_clients_of_one_host_have_the_regions_that_they_sign_for(mock: StreamsMock) -> None:
    for region in ("eu-west-1", "eu-west-2", "eu-west-1"):
        send(mock, authorization=SIGNED.format(region=region), host=HOST)
    assert [call.region for call in mock.calls] == ["eu-west-1", "eu-west-2", "eu-west-1"]


def test_the_region_of_a_call_without_a_scope_is_that_of_the_host(mock: StreamsMock) -> None:
    send(mock, host=HOST)
    assert mock.calls[-1].region == "us-east-1"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "", "example.com", f"{HOST}.example/", "amazonaws.com"])
def test_the_region_of_a_call_without_scope_and_aws_host_is_that_of_the_mock(mock: StreamsMock, host: str) -> None:
    send(mock, host=host)
    assert mock.calls[-1].region == "ap-south-1"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("streams.dynamodb.us-east-1.amazonaws.com", "us-east-1"),
        ("streams.dynamodb.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("streams.dynamodb-fips.ca-central-1.amazonaws.com", "ca-central-1"),
        ("streams-dynamodb.eu-west-1.api.aws", "eu-west-1"),
        ("streams-dynamodb-fips.us-gov-west-1.api.aws", "us-gov-west-1"),
        ("streams-dynamodb.cn-northwest-1.api.amazonwebservices.com.cn", "cn-northwest-1"),
        ("123456789012.streams-ddb.us-west-2.amazonaws.com", "us-west-2"),
        ("123456789012.streams-ddb.eu-central-1.api.aws", "eu-central-1"),
        ("123456789012.streams-ddb-fips.us-east-2.api.aws", "us-east-2"),
    ],
)
def test_every_form_of_the_host_names_the_region(mock: StreamsMock, host: str, region: str) -> None:
    send(mock, host=host)
    assert mock.calls[-1].region == region


@pytest.mark.parametrize(
    "host",
    [
        "dynamodb.us-east-1.amazonaws.com",
        "kinesis.us-east-1.amazonaws.com",
        "streams.dynamodb.us-east-1",
        "12345.streams-ddb.us-east-1.amazonaws.com",
        "evil-streams.dynamodb.us-east-1.amazonaws.com",
    ],
)
def test_another_host_is_not_a_host_of_the_service(host: str) -> None:
    assert STREAMS_HOST.fullmatch(host) is None


def endpoints() -> Iterator[tuple[str, str]]:
    """Yield every host of the service in the installed botocore's rules, with its region."""
    loader: Any = Loader()
    partitions = loader.load_data("partitions")
    rules: Any = EndpointProvider(loader.load_service_model("dynamodbstreams", "endpoint-rule-set-1"), partitions)
    regions = [name for partition in partitions["partitions"] for name in partition["regions"]]
    for region in (name for name in regions if not name.endswith("-global")):
        for fips in (False, True):
            for dual in (False, True):
                try:
                    found = rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                except EndpointProviderError:
                    continue  # the partition has no such endpoints
                yield found.url.removeprefix("https://"), region


def test_every_host_of_botocore_s_endpoint_rules_names_its_region() -> None:
    known = list(endpoints())
    read = [(host, match[1] if (match := STREAMS_HOST.fullmatch(host)) else None) for host, _ in known]
    assert (read, len(known) > 60) == (known, True)


@pytest.mark.parametrize(
    ("header", "attempt"),
    [(None, 1), ("attempt=1", 1), ("attempt=3; max=5", 3), ("ttl=2; attempt=12; max=20", 12), ("max=5", 1), ("", 1)],
)
def test_the_attempt_of_a_call_is_that_of_the_sdk_s_header(mock: StreamsMock, header: str | None, attempt: int) -> None:
    send(mock, amz_sdk_request=header)
    assert mock.calls[-1].attempt == attempt


# Responses


def test_a_response_is_json_1_0_with_its_length(mock: StreamsMock) -> None:
    response = send(mock)
    assert response.status == 200
    assert response.headers["Content-Type"] == CONTENT_TYPE
    assert response.headers["Content-Length"] == str(len(response.body))


def test_an_error_has_the_headers_of_a_response(mock: StreamsMock) -> None:
    response = send(mock, body=b"")
    assert response.headers["Content-Type"] == CONTENT_TYPE
    assert response.headers["Content-Length"] == str(len(response.body))


def test_every_response_has_another_request_id(mock: StreamsMock) -> None:
    ids = [send(mock, body=body).headers["x-amzn-RequestId"] for body in (b"{}", b"", b"{}")]
    assert (len(set(ids)), {len(name) for name in ids}) == (3, {52})


def test_request_ids_follow_from_the_seed() -> None:
    ids = [send(StreamsMock(seed=seed)).headers["x-amzn-RequestId"] for seed in (1, 1, 2)]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)


@pytest.mark.parametrize(
    ("code", "namespace", "status"),
    [
        ("ResourceNotFoundException", "com.amazonaws.dynamodb.v20120810", 400),
        ("ExpiredIteratorException", "com.amazonaws.dynamodb.v20120810", 400),
        ("TrimmedDataAccessException", "com.amazonaws.dynamodb.v20120810", 400),
        ("LimitExceededException", "com.amazonaws.dynamodb.v20120810", 400),
        ("InternalServerError", "com.amazonaws.dynamodb.v20120810", 500),
        ("ValidationException", "com.amazon.coral.validate", 400),
        ("ThrottlingException", "com.amazon.coral.availability", 400),
        ("SerializationException", "com.amazon.coral.service", 400),
        ("UnknownOperationException", "com.amazon.coral.service", 400),
        ("MissingAuthenticationTokenException", "com.amazon.coral.service", 400),
    ],
)
def test_an_error_names_its_code_within_its_namespace(
    mock: StreamsMock, code: str, namespace: str, status: int
) -> None:
    mock.fail("ListStreams", code, message="because")
    response = send(mock)
    assert (response.status, json.loads(response.body)) == (
        status,
        {"__type": f"{namespace}#{code}", "message": "because"},
    )


def test_every_service_error_is_found_by_its_code() -> None:
    assert {refusal.__name__ for refusal in _service_errors.ServiceError.__subclasses__()} == set(
        _service_errors.SERVICE_ERRORS
    )


def test_an_error_has_any_text_as_its_message(mock: StreamsMock) -> None:
    mock.fail("ListStreams", "ValidationException", message='é\ud800"\n')
    assert error(send(mock))[2] == 'é\ud800"\n'


def test_a_transport_fault_is_raised_unchanged(mock: StreamsMock) -> None:
    fault = ReadTimeoutError(endpoint_url="https://localhost")
    mock.fail("ListStreams", fault)
    with pytest.raises(ReadTimeoutError) as caught:
        send(mock)
    assert caught.value is fault


# Pages of records


def read_page(mock: StreamsMock, shard: int = 0, limit: int = 1000) -> HttpResponse:
    [stream] = mock.streams
    request = {"StreamArn": stream.arn, "ShardId": stream.shards[shard].id, "ShardIteratorType": "TRIM_HORIZON"}
    response = send(mock, "GetShardIterator", request, host=HOST)
    iterator = json.loads(response.body)["ShardIterator"]
    return send(mock, "GetRecords", {"ShardIterator": iterator, "Limit": limit}, host=HOST)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("limit", [2, 1000])
def test_the_body_of_a_page_is_the_compact_json_of_its_document(
    mock: StreamsMock, count: int, limit: int, *, closed: bool
) -> None:
    stream = mock.create_stream("orders", region="us-east-1")
    for number in range(count):
        stream.insert({"pk": f"é{number}", "blob": b"\xff"})
    if closed:
        stream.rotate()
    response = read_page(mock, limit=limit)
    document = json.loads(response.body)
    assert response.body == _json.encode(document)


def test_a_page_joins_the_records_as_they_were_encoded(mock: StreamsMock) -> None:
    stream = mock.create_stream("orders", region="us-east-1")
    stream.write_many({"pk": str(number)} for number in range(3))
    texts = [_json.encode(record.to_dict()) for record in stream.records]
    assert read_page(mock).body.startswith(b'{"Records":[' + b",".join(texts) + b'],"NextShardIterator":"')


def test_the_body_of_an_empty_last_page_has_an_empty_list(mock: StreamsMock) -> None:
    mock.create_stream("orders", region="us-east-1").rotate()
    assert read_page(mock).body == b'{"Records":[]}'


def test_the_last_page_of_a_closed_shard_has_records_only(mock: StreamsMock) -> None:
    stream = mock.create_stream("orders", region="us-east-1")
    stream.insert({"pk": "a"})
    stream.rotate()
    [text] = [_json.encode(record.to_dict()) for record in stream.records]
    assert read_page(mock).body == b'{"Records":[' + text + b"]}"
