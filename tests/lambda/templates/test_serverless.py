from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, fill
from template_files import mapping_of

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_ddbstreams import EventSourceMapping, Stream

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders-table/stream/2026-01-01T00:00:00.000"

SERVICE = """
service: shop
provider:
  name: aws
  stage: ${opt:stage, 'dev'}
custom:
  sizes: {dev: 5, live: 50}
functions:
  orders:
    handler: orders.handle
    events:
      - http: GET /orders
      - schedule: rate(1 hour)
      - stream: {type: kinesis, arn: !GetAtt Clicks.Arn}
      - stream: arn:aws:kinesis:us-east-1:123456789012:stream/clicks
      - stream:
          type: dynamodb
          arn: !GetAtt Orders.StreamArn
          batchSize: ${self:custom.sizes.${self:provider.stage}}
          batchWindow: 3
          startingPosition: LATEST
          enabled: false
          parallelizationFactor: 2
          maximumRetryAttempts: 4
          maximumRecordAgeInSeconds: 120
          bisectBatchOnFunctionError: true
          tumblingWindowInSeconds: 0
          functionResponseType: ReportBatchItemFailures
          filterPatterns:
            - eventName: [INSERT]
            - dynamodb: {NewImage: {stage: {S: ["${sls:stage}"]}}}
          destinations:
            onFailure: {type: sqs, arn: !GetAtt FailureQueue.Arn}
resources:
  Resources:
    Orders: {Type: AWS::DynamoDB::Table}
    FailureQueue: {Type: AWS::SQS::Queue}
"""


def service(stream: Any, *, function: str = "", more: str = "") -> str:
    """Return a service whose function orders has one stream event."""
    return f"""
service: shop
functions:
  orders:
    handler: orders.handle
    {function}
    events:
      - stream: {stream}
{more}
"""


def read(
    folder: Path, text: str, function: str = "orders", event: str | None = None, **options: Any
) -> EventSourceMapping:
    return mapping_of(folder, text, function, event, name="serverless.yml", **options)


def test_the_settings_of_a_stream_event_are_read(tmp_path: Path) -> None:
    mapping = read(tmp_path, SERVICE)
    assert (mapping.starting_position, mapping.batch_size, mapping.enabled) == ("LATEST", 5, False)
    assert (mapping.maximum_batching_window_in_seconds, mapping.parallelization_factor) == (3, 2)
    assert (mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (4, 120)
    assert (mapping.bisect_batch_on_function_error, mapping.tumbling_window_in_seconds) == (True, 0)
    assert mapping.function_response_types == ("ReportBatchItemFailures",)
    assert mapping.filter_criteria == {
        "Filters": [
            {"Pattern": '{"eventName":["INSERT"]}'},
            {"Pattern": '{"dynamodb":{"NewImage":{"stage":{"S":["dev"]}}}}'},
        ]
    }


def test_a_given_option_of_the_command_line_is_used(tmp_path: Path) -> None:
    assert read(tmp_path, SERVICE, parameters={"opt:stage": "live"}).batch_size == 50


def test_a_stream_event_has_the_defaults_of_the_framework(tmp_path: Path, ddbstreams_stream: Stream) -> None:
    contexts: list[Any] = []
    fill(ddbstreams_stream, 1)
    mapping = read(tmp_path, service(ARN))
    mapping.connect(ddbstreams_stream, lambda _event, context: contexts.append(context)).drain()
    assert (mapping.starting_position, mapping.batch_size) == ("TRIM_HORIZON", 10)
    assert (contexts[0].function_name, contexts[0].memory_limit_in_mb) == ("shop-dev-orders", "1024")


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
@pytest.mark.parametrize(
    ("function", "more", "milliseconds"),
    [
        ("", "", 6000),
        ("", "provider: {timeout: 20}", 20_000),
        ("timeout: 30", "provider: {timeout: 20}", 30_000),
        ("timeout:", "provider:", 6000),
    ],
    ids=["default", "provider", "own", "holes"],
)
def test_the_function_has_the_time_that_the_service_gives_it(
    tmp_path: Path, ddbstreams_stream: Stream, function: str, more: str, milliseconds: int
) -> None:
    left: list[int] = []
    fill(ddbstreams_stream, 1)
    mapping = read(tmp_path, service(ARN, function=function, more=more))
    mapping.connect(
        ddbstreams_stream, lambda _event, context: left.append(context.get_remaining_time_in_millis())
    ).drain()
    assert left == [milliseconds]


def test_an_on_failure_destination_is_chosen_by_its_name(tmp_path: Path, ddbstreams_stream: Stream) -> None:
    text = SERVICE.replace("enabled: false", "enabled: true").replace("LATEST", "TRIM_HORIZON")
    mapping = read(tmp_path, text.replace("maximumRetryAttempts: 4", "maximumRetryAttempts: 0"))
    failures: list[Any] = []
    ddbstreams_stream.insert({"pk": "o#1", "stage": "dev"})
    handler = Handler(failures=1)
    mapping.connect(ddbstreams_stream, handler, on_failure={"FailureQueue": failures}).drain()
    assert len(failures) == 1


@pytest.mark.parametrize("destination", ["arn:aws:sns:us-east-1:1:failures", "{arn: arn:aws:sns:us-east-1:1:failures}"])
def test_an_on_failure_destination_may_be_an_arn(tmp_path: Path, ddbstreams_stream: Stream, destination: str) -> None:
    mapping = read(tmp_path, service(f"{{arn: {ARN}, destinations: {{onFailure: {destination}}}}}"))
    with pytest.raises(InvalidOption, match="destination in the template is 'failures'"):
        mapping.connect(ddbstreams_stream, print, on_failure={"Queue": []})


# Which mapping


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        (ARN, "orders-table"),
        (f"{{arn: {ARN}}}", "orders-table"),
        ("{type: dynamodb, arn: !GetAtt Orders.StreamArn}", "Orders"),
        ("{type: dynamodb, arn: {'Fn::GetAtt': [Orders, StreamArn]}}", "Orders"),
        ("{type: dynamodb, arn: {'Fn::GetAtt': Orders.StreamArn}}", "Orders"),
        ("{type: dynamodb, arn: !ImportValue shop:OrdersArn}", "shop:OrdersArn"),
        ("{type: dynamodb, arn: !Ref OrdersArn}", "OrdersArn"),
        ("{type: dynamodb, arn: !Join [':', [arn, !Ref AWS::Region, table/orders]]}", "orders"),
        ("{type: dynamodb, arn: !Sub '${Orders.StreamArn}'}", "stream"),
        (ARN, "OrdersEventSourceMappingDynamodbOrderstable"),
    ],
)
def test_a_stream_event_is_found_by_the_name_of_its_stream(tmp_path: Path, stream: str, event: str) -> None:
    assert read(tmp_path, service(stream), "orders", event).batch_size == 10


@pytest.mark.parametrize("function", ["create-orders_v2", "CreateDashordersUnderscorev2LambdaFunction", "shop-orders"])
def test_a_function_is_found_by_its_name_and_by_its_logical_id(tmp_path: Path, function: str) -> None:
    text = service(ARN, function="name: shop-orders").replace("  orders:", "  create-orders_v2:")
    assert read(tmp_path, text, function).batch_size == 10


def test_functions_and_resources_may_be_lists(tmp_path: Path) -> None:
    text = f"""
functions:
  - first: {{handler: a}}
  - orders: {{handler: b, events: [stream: {{arn: {ARN}, batchSize: 9}}]}}
resources:
  - Resources: {{Orders: {{Type: AWS::DynamoDB::Table}}}}
  - Outputs: {{}}
"""
    assert read(tmp_path, text).batch_size == 9


def test_a_mapping_in_the_resources_of_a_service_is_read(tmp_path: Path) -> None:
    text = """
service: {name: shop}
functions:
  orders: {handler: orders.handle}
resources:
  Resources:
    Orders: {Type: AWS::DynamoDB::Table}
    Mapping:
      Type: AWS::Lambda::EventSourceMapping
      Properties:
        FunctionName: !GetAtt OrdersLambdaFunction.Arn
        EventSourceArn: !GetAtt Orders.StreamArn
        StartingPosition: LATEST
        BatchSize: 8
"""
    assert read(tmp_path, text).batch_size == 8


# What is refused


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        ("{type: dynamodb}", "'stream' of 'orders' has no arn; give the ARN of the table's stream there"),
        (
            f"{{arn: {ARN}, maximumBatchingWindow: 5}}",
            "'orders-table' of 'orders' has the unknown property 'maximumBatchingWindow'; there are: batchSize",
        ),
        (f"{{arn: {ARN}, batchSize: 0}}", "batch_size=0 does not fit"),
        (f"{{arn: {ARN}, filterPatterns: {{eventName: [INSERT]}}}}", "FilterCriteria of .* give {'Filters'"),
        (f"{{arn: {ARN}, functionResponseType: Report}}", r"function_response_types=\['Report'\] does not fit"),
        ("{type: sqs, arn: a}", "mappings: none"),
    ],
)
def test_a_stream_event_that_the_framework_does_not_take_is_refused(tmp_path: Path, stream: str, says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        read(tmp_path, service(stream))


def test_a_function_without_a_stream_event_is_answered_with_those_that_have_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"function='order' does not fit.*: 'orders' \('Orders'\)"):
        read(tmp_path, SERVICE, "order")
