"""Event source mappings that moto's Lambda makes, and that call handlers of the test."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto_tables.moto_calls import REGION, create

from pytest_ddbstreams import StreamsMock, mock_streams

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

POSITION = {"StartingPosition": "TRIM_HORIZON"}


@pytest.fixture
def functions(orders: Stream) -> Any:  # noqa: ARG001 - the mappings read it
    """Return a client of moto's Lambda, which has the functions ``projector`` and ``successor``."""
    return deploy()


def deploy() -> Any:
    role = boto3.client("iam", REGION).create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("code.py", "")
        code = {"ZipFile": file.getvalue()}
    client = boto3.client("lambda", REGION)
    for name in ("projector", "successor"):
        client.create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="code.handler", Code=code, Timeout=7
        )
    return client


def write(*keys: str) -> None:
    table = boto3.client("dynamodb", REGION)
    for key in keys:
        table.put_item(TableName="orders", Item={"pk": {"S": key}})


class Handler:
    """A handler that keeps what it was called with."""

    def __init__(self) -> None:
        self.keys: list[list[str]] = []
        self.seconds = 0

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        self.keys.append([record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]])
        self.seconds = context.get_remaining_time_in_millis() // 1000


@pytest.fixture
def handler(ddbstreams_mock: StreamsMock) -> Handler:
    handler = Handler()
    ddbstreams_mock.lambda_functions["projector"] = handler
    return handler


def test_a_mapping_delivers_the_writes_to_the_table_by_its_settings(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, BatchSize=2, **POSITION)
    write("1", "2", "3")
    ddbstreams_mock.drain()
    assert handler.keys == [["1", "2"], ["3"]]


def test_the_function_has_the_timeout_that_it_was_deployed_with(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    ddbstreams_mock.clock.freeze()
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    write("1")
    ddbstreams_mock.drain()
    assert handler.seconds == 7


@pytest.mark.parametrize(
    "key",
    [
        "projector",
        "arn:aws:lambda:us-east-1:123456789012:function:projector",
    ],
)
def test_a_handler_is_registered_by_the_name_or_the_arn_of_its_function(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, key: str
) -> None:
    ddbstreams_mock.lambda_functions[key] = handler = Handler()
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    write("1")
    ddbstreams_mock.drain()
    assert handler.keys == [["1"]]


def test_a_handler_that_is_registered_later_gets_the_records_of_a_mapping_that_was_there(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any
) -> None:
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    ddbstreams_mock.lambda_functions["projector"] = handler = Handler()
    write("1")
    ddbstreams_mock.drain()
    assert handler.keys == [["1"]]


def test_a_mapping_that_was_made_before_the_mock_calls_a_handler_of_the_mock(motos: None) -> None:  # noqa: ARG001
    arn = create(boto3.client("dynamodb", REGION))["LatestStreamArn"]
    deploy().create_event_source_mapping(FunctionName="projector", EventSourceArn=arn, **POSITION)
    with mock_streams() as mock:
        mock.lambda_functions["projector"] = handler = Handler()
        write("1")
        mock.drain()
    assert handler.keys == [["1"]]


def test_another_handler_under_the_name_leaves_a_connected_mapping_as_it_is(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    ddbstreams_mock.lambda_functions["projector"] = later = Handler()
    write("1")
    ddbstreams_mock.drain()
    assert (handler.keys, later.keys) == ([["1"]], [])


def test_an_update_changes_the_settings_and_disables_and_enables(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    write("1", "2")
    ddbstreams_mock.drain()
    assert handler.keys == []
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=True, BatchSize=1)
    ddbstreams_mock.drain()
    assert handler.keys == [["1"], ["2"]]


def test_an_update_of_the_function_changes_the_handler_and_keeps_the_position(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    write("1")
    ddbstreams_mock.drain()
    ddbstreams_mock.lambda_functions["successor"] = successor = Handler()
    functions.update_event_source_mapping(UUID=made["UUID"], FunctionName="successor")
    write("2")
    ddbstreams_mock.drain()
    assert (handler.keys, successor.keys) == ([["1"]], [["2"]])


def test_an_update_to_a_function_without_a_handler_ends_the_deliveries_and_is_reported(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    functions.update_event_source_mapping(UUID=made["UUID"], FunctionName="successor")
    write("1")
    ddbstreams_mock.drain()
    assert handler.keys == []
    assert "function:successor reads orders: moto runs it" in str(ddbstreams_mock)


def test_a_deleted_mapping_delivers_nothing(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any, handler: Handler
) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    functions.delete_event_source_mapping(UUID=made["UUID"])
    write("1")
    ddbstreams_mock.drain()
    assert handler.keys == []


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    return str(caught.value.response["Error"]["Message"])


@pytest.mark.usefixtures("handler")
def test_a_setting_that_lambda_refuses_is_refused_at_creation_and_nothing_is_made(
    orders: Stream, functions: Any
) -> None:
    text = refusal(
        functions.create_event_source_mapping,
        FunctionName="projector",
        EventSourceArn=orders.arn,
        MaximumRetryAttempts=10_001,
        **POSITION,
    )
    assert text.startswith("maximum_retry_attempts=10001 does not fit; Lambda's MaximumRetryAttempts takes")
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.usefixtures("handler")
def test_a_mapping_without_a_starting_position_is_refused(orders: Stream, functions: Any) -> None:
    text = refusal(functions.create_event_source_mapping, FunctionName="projector", EventSourceArn=orders.arn)
    assert "TRIM_HORIZON or LATEST" in text


@pytest.mark.usefixtures("handler")
def test_an_update_that_lambda_refuses_changes_nothing(orders: Stream, functions: Any) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    refusal(functions.update_event_source_mapping, UUID=made["UUID"], BatchSize=20, ParallelizationFactor=11)
    assert functions.get_event_source_mapping(UUID=made["UUID"])["BatchSize"] == 100


def test_an_update_of_a_mapping_that_moto_does_not_have_is_left_to_moto(functions: Any) -> None:
    answer = functions.update_event_source_mapping(UUID="00000000-0000-0000-0000-000000000000", Enabled=False)
    assert "UUID" not in answer


# Without a handler


def test_the_report_names_a_mapping_without_a_handler_once_and_how_to_register_one(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any
) -> None:
    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    report = str(ddbstreams_mock)
    assert (
        """event source mappings
  arn:aws:lambda:us-east-1:123456789012:function:projector reads orders: moto runs it, because it
    has no handler here. Register one: ddbstreams_mock.lambda_functions['projector'] = handler"""
        in report
    )
    ddbstreams_mock.lambda_functions["another"] = Handler()
    assert str(ddbstreams_mock).count("reads orders: moto runs it") == 1
    functions.delete_event_source_mapping(UUID=made["UUID"])
    assert "moto runs it" not in str(ddbstreams_mock)


def test_moto_keeps_a_mapping_without_a_handler(orders: Stream, functions: Any) -> None:
    from moto.dynamodb.models import dynamodb_backends

    made = functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=orders.arn, **POSITION)
    table = dynamodb_backends["123456789012"][REGION].tables["orders"]
    assert list(table.lambda_event_source_mappings) == [made["FunctionArn"]]


@pytest.mark.usefixtures("handler")
def test_a_mapping_of_another_service_is_moto_s(ddbstreams_mock: StreamsMock, functions: Any) -> None:
    sqs = boto3.client("sqs", REGION)
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(FunctionName="projector", EventSourceArn=arn)
    assert "projector" not in str(ddbstreams_mock)


def test_moto_s_methods_are_restored_when_the_mock_closes(motos: None) -> None:  # noqa: ARG001
    from moto.awslambda.models import LambdaBackend

    before = LambdaBackend.create_event_source_mapping
    with mock_streams():
        create(boto3.client("dynamodb", REGION))
        assert LambdaBackend.create_event_source_mapping is not before
    assert LambdaBackend.create_event_source_mapping is before


# On-failure destinations


def give_up(mock: StreamsMock, orders: Stream, functions: Any, destination: str) -> None:
    """Let a mapping give up one record, which its function fails for."""

    def fail(*_: Any) -> None:
        raise ValueError

    mock.lambda_functions["projector"] = fail
    functions.create_event_source_mapping(
        FunctionName="projector",
        EventSourceArn=orders.arn,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination}},
        **POSITION,
    )
    write("1")
    mock.drain()


def test_a_queue_of_moto_gets_the_on_failure_record(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any
) -> None:
    sqs = boto3.client("sqs", REGION)
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    give_up(ddbstreams_mock, orders, functions, "arn:aws:sqs:us-east-1:123456789012:dead")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_topic_of_moto_gets_the_on_failure_record(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any
) -> None:
    sqs, sns = boto3.client("sqs", REGION), boto3.client("sns", REGION)
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    topic = sns.create_topic(Name="failures")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:dead")
    give_up(ddbstreams_mock, orders, functions, topic)
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"])["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_bucket_of_moto_gets_the_object_with_the_payload(
    ddbstreams_mock: StreamsMock, orders: Stream, functions: Any
) -> None:
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket="failures")
    give_up(ddbstreams_mock, orders, functions, "arn:aws:s3:::failures")
    [listed] = s3.list_objects_v2(Bucket="failures")["Contents"]
    document = json.loads(s3.get_object(Bucket="failures", Key=listed["Key"])["Body"].read())
    assert len(json.loads(document["payload"])["Records"]) == 1
