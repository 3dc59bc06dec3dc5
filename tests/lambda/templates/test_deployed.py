from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, fill
from template_files import cloudformation, mapping_of, sam

from pytest_ddbstreams import EventSourceMapping, InvalidOption, StreamsMock

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_ddbstreams import Stream

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders-failures"}}
ON_FAILURE = {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailureQueue", "Arn"]}}}


class Contexts:
    """A handler that keeps its context objects."""

    def __init__(self) -> None:
        self.contexts: list[Any] = []

    def __call__(self, _event: Any, context: Any) -> None:
        self.contexts.append(context)


def context_of(mapping: EventSourceMapping, stream: Stream) -> Any:
    """Return the context object of the first invocation."""
    handler = Contexts()
    fill(stream, 1)
    mapping.connect(stream, handler).drain()
    return handler.contexts[0]


def test_a_mapping_from_a_template_delivers_after_it_is_connected(tmp_path: Path, ddbstreams_stream: Stream) -> None:
    handler = Handler()
    keys = fill(ddbstreams_stream, 3)
    mapping = mapping_of(tmp_path, sam({"StartingPosition": "TRIM_HORIZON", "BatchSize": 2}))
    mapping.connect(ddbstreams_stream, handler).drain()
    assert handler.batches == [keys[:2], keys[2:]]


# Settings


@pytest.mark.parametrize("given", ["33", 33, "-1"])
def test_a_number_of_a_template_may_be_text(tmp_path: Path, given: object) -> None:
    assert mapping_of(tmp_path, sam({"MaximumRetryAttempts": given})).maximum_retry_attempts == int(str(given))


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"BatchSize": "many"}, "batch_size='many' does not fit; Lambda's BatchSize takes 1 to 10000"),
        ({"BatchSize": "--5"}, "batch_size='--5' does not fit"),
        ({"BatchSize": None}, "batch_size=None does not fit"),
        ({"Enabled": "perhaps"}, "enabled='perhaps' does not fit; Lambda's Enabled takes True or False"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "starting_position='AT_TIMESTAMP' does not fit"),
        ({"FunctionResponseTypes": None}, "function_response_types=None does not fit"),
        ({"FilterCriteria": None}, "FilterCriteria of 'Changes' of 'Orders' is None; give"),
        ({"FilterCriteria": [{"Pattern": "{}"}]}, r"FilterCriteria .* is \[{'Pattern': '{}'}\]; give {'Filters':"),
        ({"FilterCriteria": {"Filter": []}}, "FilterCriteria .* is {'Filter': .*; give {'Filters':"),
        ({"FilterCriteria": {"Filters": "{}"}}, "FilterCriteria .* is {'Filters': '{}'}; give {'Filters':"),
        (
            {"FilterCriteria": {"Filters": [{"Patern": "{}"}]}},
            "has the filter {'Patern': '{}'}; Lambda takes filters with",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "{}", "Name": "a"}]}},
            "has the filter {'Name': 'a', 'Pattern': '{}'}",
        ),
        ({"FilterCriteria": {"Filters": ["{}"]}}, "has the filter '{}'; Lambda takes filters with the key Pattern"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": {"eventName": ["INSERT"]}}]}},
            "whose value is the pattern as JSON",
        ),
    ],
    ids=str,
)
def test_a_setting_that_lambda_does_not_take_is_refused(tmp_path: Path, properties: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        mapping_of(tmp_path, sam(properties))


@pytest.mark.parametrize("criteria", [{}, {"Filters": []}, {"Ref": "AWS::NoValue"}], ids=str)
def test_filter_criteria_without_filters_pass_every_record(tmp_path: Path, criteria: dict[str, Any]) -> None:
    assert mapping_of(tmp_path, sam({"FilterCriteria": criteria})).filters == ()


# The function


def test_timeout_memory_and_name_of_the_function_are_those_of_the_template(
    tmp_path: Path, ddbstreams_stream: Stream
) -> None:
    function = {"Timeout": {"Ref": "Seconds"}, "MemorySize": 512, "FunctionName": {"Fn::Sub": "orders-${Stage}"}}
    template = sam({"StartingPosition": "TRIM_HORIZON"}, function=function, Parameters={"Seconds": {"Default": "30"}})
    context = context_of(mapping_of(tmp_path, template, parameters={"Stage": "live"}), ddbstreams_stream)
    assert (context.function_name, context.memory_limit_in_mb) == ("orders-live", "512")
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:orders-live"


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
@pytest.mark.parametrize(
    ("template", "milliseconds"),
    [
        (sam({"StartingPosition": "TRIM_HORIZON"}), 3000),
        (sam({"StartingPosition": "TRIM_HORIZON"}, function={"Timeout": {"Ref": "AWS::NoValue"}}), 3000),
        (sam({"StartingPosition": "TRIM_HORIZON"}, function={"Timeout": 30}), 30_000),
        (sam({"StartingPosition": "TRIM_HORIZON"}, Globals={"Function": {"Timeout": 60}}), 60_000),
        (
            sam({"StartingPosition": "TRIM_HORIZON"}, function={"Timeout": 30}, Globals={"Function": {"Timeout": 60}}),
            30_000,
        ),
    ],
    ids=["default", "no value", "own", "globals", "own before globals"],
)
def test_the_function_has_the_time_that_the_template_gives_it(
    tmp_path: Path, ddbstreams_stream: Stream, template: dict[str, Any], milliseconds: int
) -> None:
    context = context_of(mapping_of(tmp_path, template), ddbstreams_stream)
    assert context.get_remaining_time_in_millis() == milliseconds


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_an_invocation_that_runs_longer_than_the_timeout_of_the_template_has_failed(
    tmp_path: Path, ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 1)
    properties = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0}
    mapping = mapping_of(tmp_path, sam(properties)).connect(
        ddbstreams_stream, lambda _event, _context: ddbstreams_mock.clock.tick(seconds=4)
    )
    mapping.drain()
    assert isinstance(mapping.invocations[0].error, TimeoutError)


def test_a_name_that_the_template_does_not_say_is_made_from_the_handlers(
    tmp_path: Path, ddbstreams_stream: Stream
) -> None:
    function = {"FunctionName": {"Fn::Sub": "${AWS::StackName}-orders"}}
    template = sam({"StartingPosition": "TRIM_HORIZON"}, function=function)
    assert context_of(mapping_of(tmp_path, template), ddbstreams_stream).function_name == "Contexts"


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ({"Timeout": {"Ref": "Seconds"}}, r"Timeout of 'Orders' needs 'Seconds', which .*: parameters={'Seconds': …}"),
        ({"Timeout": 901}, "timeout=901 does not fit"),
        ({"Timeout": "soon"}, "timeout='soon' does not fit"),
        ({"MemorySize": 64}, "memory_size=64 does not fit"),
    ],
)
def test_a_function_that_lambda_does_not_take_is_refused(tmp_path: Path, function: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidOption, match=says):
        mapping_of(tmp_path, sam(function=function))


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_a_function_outside_the_template_has_lambdas_longest_timeout(tmp_path: Path, ddbstreams_stream: Stream) -> None:
    template = cloudformation("remote")
    template["Resources"]["OrdersMapping"]["Properties"]["StartingPosition"] = "TRIM_HORIZON"
    context = context_of(mapping_of(tmp_path, template, "remote"), ddbstreams_stream)
    assert context.get_remaining_time_in_millis() == 900_000


# The on-failure destination


def connect_failing(mapping: EventSourceMapping, stream: Stream, on_failure: Any) -> None:
    """Connect a handler that always fails, and drain."""
    fill(stream, 1)
    mapping.connect(stream, Handler(failures=1), on_failure=on_failure).drain()


@pytest.mark.parametrize("name", ["FailureQueue", "orders-failures"])
def test_the_on_failure_destination_of_the_template_is_chosen_by_its_name(
    tmp_path: Path, ddbstreams_stream: Stream, name: str
) -> None:
    properties = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "DestinationConfig": ON_FAILURE}
    mapping = mapping_of(tmp_path, sam(properties, Resources={"FailureQueue": QUEUE}))
    failures: list[Any] = []
    connect_failing(mapping, ddbstreams_stream, {"Other": print, name: failures})
    assert [failure["requestContext"]["condition"] for failure in failures] == ["RetryAttemptsExhausted"]


@pytest.mark.parametrize(
    ("destination", "name"),
    [
        ({"Ref": "Topic"}, "Topic"),
        ({"Ref": "QueueArn"}, "QueueArn"),
        ("arn:aws:sqs:us-east-1:123456789012:failures", "failures"),
        ("arn:aws:sqs:us-east-1:123456789012:failures", "arn:aws:sqs:us-east-1:123456789012:failures"),
        ({"Fn::ImportValue": "FailuresArn"}, "FailuresArn"),
    ],
    ids=str,
)
def test_an_on_failure_destination_has_the_name_by_which_the_template_refers_to_it(
    tmp_path: Path, ddbstreams_stream: Stream, destination: Any, name: str
) -> None:
    config = {"OnFailure": {"Destination": destination}}
    properties = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "DestinationConfig": config}
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    failures: list[Any] = []
    connect_failing(mapping_of(tmp_path, sam(properties, Resources=topic)), ddbstreams_stream, {name: failures})
    assert len(failures) == 1


@pytest.mark.parametrize(
    ("config", "on_failure", "says"),
    [
        (
            ON_FAILURE,
            {"Queue": []},
            "on_failure has 'Queue'; the on-failure destination in the template is 'FailureQueue'",
        ),
        (ON_FAILURE, {}, "on_failure has no names; .* is 'FailureQueue'. Give that name"),
        (None, {"FailureQueue": []}, "on_failure has 'FailureQueue'; .* is not set. Give"),
        ({"OnFailure": {"Destination": 5}}, {"FailureQueue": []}, "is not set"),
        (
            ON_FAILURE,
            {"FailureQueue": 5},
            "on_failure=5 does not fit; on_failure takes a callable, a list, or an S3Destination",
        ),
    ],
    ids=str,
)
def test_a_destination_that_the_template_does_not_have_is_refused(
    tmp_path: Path, ddbstreams_stream: Stream, config: Any, on_failure: Any, says: str
) -> None:
    mapping = mapping_of(tmp_path, sam({"DestinationConfig": config}, Resources={"FailureQueue": QUEUE}))
    with pytest.raises(InvalidOption, match=says):
        mapping.connect(ddbstreams_stream, print, on_failure=on_failure)


def test_an_update_chooses_the_destination_of_the_template_by_its_name(
    tmp_path: Path, ddbstreams_stream: Stream
) -> None:
    properties = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "DestinationConfig": ON_FAILURE}
    fill(ddbstreams_stream, 1)
    mapping = mapping_of(tmp_path, sam(properties, Resources={"FailureQueue": QUEUE}))
    mapping = mapping.connect(ddbstreams_stream, Handler(failures=1))
    failures: list[Any] = []
    mapping.update(on_failure={"FailureQueue": failures})
    mapping.drain()
    assert len(failures) == 1


def test_a_mapping_without_a_template_refuses_named_destinations(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    with pytest.raises(InvalidOption, match="the on-failure destination in the template is not set"):
        ddbstreams_mock.event_source_mapping(
            ddbstreams_stream,
            print,
            starting_position="LATEST",
            on_failure={"FailureQueue": []},  # type: ignore[arg-type]
        )
