from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler

from pytest_ddbstreams import EventSourceMapping, InvalidOption, MappingWarning, StreamsMock, UnknownStream
from pytest_ddbstreams._lambda import settings as lambda_settings

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

PATTERN = '{"eventName": ["INSERT"]}'


def settings(**given: Any) -> EventSourceMapping:
    return EventSourceMapping(**{"starting_position": "LATEST", **given})


def test_setting_arguments_declare_each_setting_with_its_type() -> None:
    tree = ast.parse(Path(lambda_settings.__file__).read_text("utf-8"))
    names = {"ChangedSettings", "SettingArguments"}
    classes = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name in names]
    members = [statement for one in classes for statement in one.body if isinstance(statement, ast.AnnAssign)]
    declared = {ast.unparse(member.target): ast.unparse(member.annotation) for member in members}
    types = {setting.name: setting.type for setting in fields(lambda_settings.Settings)}
    assert declared == {**types, "starting_position": "Required[StartingPosition]"}


def test_the_defaults_of_the_settings_are_those_of_lambda() -> None:
    mapping = settings()
    assert (mapping.batch_size, mapping.maximum_batching_window_in_seconds, mapping.parallelization_factor) == (
        100,
        0,
        1,
    )
    assert (mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (-1, -1)
    assert (mapping.bisect_batch_on_function_error, mapping.tumbling_window_in_seconds) == (False, 0)
    assert (mapping.function_response_types, mapping.filter_criteria, mapping.enabled) == ((), None, True)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "starting_position",
            "AT_TIMESTAMP",
            "StartingPosition takes TRIM_HORIZON or LATEST for DynamoDB; AT_TIMESTAMP",
        ),
        ("starting_position", None, "TRIM_HORIZON or LATEST"),
        ("starting_position", ["LATEST"], "TRIM_HORIZON or LATEST"),
        ("batch_size", 0, "batch_size=0 does not fit; Lambda's BatchSize takes 1 to 10000"),
        ("batch_size", 10_001, "1 to 10000"),
        ("batch_size", "5", "1 to 10000"),
        ("batch_size", True, "1 to 10000"),
        ("maximum_batching_window_in_seconds", 301, "MaximumBatchingWindowInSeconds takes 0 to 300"),
        ("maximum_batching_window_in_seconds", -1, "0 to 300"),
        ("parallelization_factor", 0, "ParallelizationFactor takes 1 to 10"),
        ("parallelization_factor", 11, "1 to 10"),
        ("maximum_retry_attempts", -2, r"MaximumRetryAttempts takes -1 \(until the records expire\) or 0 to 10000"),
        ("maximum_retry_attempts", 10_001, "0 to 10000"),
        (
            "maximum_record_age_in_seconds",
            59,
            r"MaximumRecordAgeInSeconds takes -1 \(until they expire\) or 60 to 604800",
        ),
        ("maximum_record_age_in_seconds", 604_801, "60 to 604800"),
        ("bisect_batch_on_function_error", 1, "BisectBatchOnFunctionError takes True or False"),
        ("enabled", None, "Enabled takes True or False"),
        ("tumbling_window_in_seconds", 901, "TumblingWindowInSeconds takes 0 to 900"),
        (
            "function_response_types",
            ["Report"],
            r"FunctionResponseTypes takes \['ReportBatchItemFailures'\] or nothing",
        ),
        ("function_response_types", 5, "FunctionResponseTypes takes"),
        ("function_response_types", [["ReportBatchItemFailures"]], "FunctionResponseTypes takes"),
        ("filter_criteria", 5, "FilterCriteria takes a list of patterns, or"),
        ("filter_criteria", [PATTERN] * 11, "FilterCriteria takes up to 5 patterns, 10 where the quota was raised"),
        ("filter_criteria", [5], "the filter pattern is 5"),
        (
            "filter_criteria",
            {"Filters": [{"Pattern": PATTERN}], "Name": "x"},
            "FilterCriteria takes a list of patterns",
        ),
        ("filter_criteria", {"Filters": {"Pattern": PATTERN}}, "FilterCriteria takes a list of patterns"),
        ("filter_criteria", {"Filters": PATTERN}, "FilterCriteria takes a list of patterns"),
        ("filter_criteria", {"Filters": [PATTERN]}, "Lambda takes filters with the key Pattern alone"),
        ("filter_criteria", {"Filters": [{}]}, "has the filter {}; Lambda takes filters with the key Pattern alone"),
        ("filter_criteria", {"Filters": [{"pattern": PATTERN}]}, "Lambda takes filters with the key Pattern alone"),
        (
            "filter_criteria",
            {"Filters": [{"Pattern": {"eventName": ["INSERT"]}}]},
            "whose value is the pattern as JSON",
        ),
        ("filter_criteria", [{"Pattern": {"eventName": ["INSERT"]}}], "whose value is the pattern as JSON text. Write"),
        ("filter_criteria", [{"Pattern": PATTERN, "Name": "x"}], "Lambda takes filters with the key Pattern alone"),
        ("filter_criteria", [{"Pattern": PATTERN}, PATTERN], "Lambda takes filters with the key Pattern alone"),
    ],
)
def test_a_setting_beyond_lambdas_limits_is_refused_with_the_limits(name: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidOption, match=text):
        settings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 10_000),
        ("maximum_batching_window_in_seconds", 300),
        ("parallelization_factor", 10),
        ("maximum_retry_attempts", 10_000),
        ("maximum_retry_attempts", 0),
        ("maximum_record_age_in_seconds", 60),
        ("maximum_record_age_in_seconds", 604_800),
        ("tumbling_window_in_seconds", 900),
        ("starting_position", "TRIM_HORIZON"),
    ],
)
def test_a_setting_at_lambdas_limit_is_accepted(name: str, value: Any) -> None:
    assert getattr(settings(**{name: value}), name) == value


def test_a_tumbling_window_with_concurrent_batches_is_refused() -> None:
    with pytest.raises(InvalidOption, match="ParallelizationFactor takes 1 with a tumbling window"):
        settings(tumbling_window_in_seconds=60, parallelization_factor=2)


def test_a_tumbling_window_with_one_batch_at_a_time_is_accepted() -> None:
    assert settings(tumbling_window_in_seconds=60, parallelization_factor=1).tumbling_window_in_seconds == 60


@pytest.mark.parametrize(
    "given", ["ReportBatchItemFailures", ["ReportBatchItemFailures"], ("ReportBatchItemFailures",)]
)
def test_function_response_types_are_a_tuple(given: Any) -> None:
    assert settings(function_response_types=given).function_response_types == ("ReportBatchItemFailures",)


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        (None, 0),
        ([], 0),
        ({}, 0),
        ({"Filters": []}, 0),
        ({"Filters": None}, 0),
        (PATTERN, 1),
        ({"eventName": ["INSERT"]}, 1),
        ([{"eventName": ["INSERT"]}, PATTERN], 2),
        ({"Filters": [{"Pattern": PATTERN}]}, 1),
        ([{"Pattern": PATTERN}], 1),
        ([PATTERN] * 5, 5),
    ],
)
def test_filter_criteria_are_accepted_in_each_form(criteria: Any, count: int) -> None:
    assert len(settings(filter_criteria=criteria).filters) == count


def test_more_than_five_patterns_warn_about_the_quota() -> None:
    with pytest.warns(MappingWarning, match="has 6 patterns; without a raised quota Lambda takes 5"):
        settings(filter_criteria=[PATTERN] * 6)


def test_ten_patterns_are_accepted_with_a_warning() -> None:
    with pytest.warns(MappingWarning, match="has 10 patterns"):
        assert len(settings(filter_criteria=[PATTERN] * 10).filters) == 10


def test_a_mapping_warns_about_the_traps_of_its_patterns_at_the_line_of_the_test(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    with pytest.warns(MappingWarning, match="looks for leaves only") as caught:
        ddbstreams_mock.event_source_mapping(
            ddbstreams_stream,
            Handler(),
            starting_position="LATEST",
            filter_criteria=[{"dynamodb": {"OldImage": [{"exists": False}]}}],
        )
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"duplicate": 2}, "duplicate=2 does not fit; duplicate takes a share of the batches, 0 to 1"),
        ({"duplicate": "all"}, "duplicate='all'"),
        ({"lag": "1m"}, "lag='1m' does not fit; lag takes seconds or a timedelta"),
        ({"lag": True}, "lag=True does not fit"),
        ({"lag": float("nan")}, "lag=nan does not fit"),
        ({"lag": float("inf")}, "lag=inf does not fit"),
        ({"lag": -1}, "lag=-1 does not fit; lag takes seconds or a timedelta, not below zero"),
        ({"lag": 5, "starting_position": "TRIM_HORIZON"}, "lag needs starting_position='LATEST'"),
        ({"on_failure": 5}, "on_failure=5 does not fit; on_failure takes a callable, a list, or"),
    ],
)
def test_an_argument_of_connect_that_does_not_fit_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidOption, match=text):
        ddbstreams_mock.event_source_mapping(
            ddbstreams_stream, Handler(), **{"starting_position": "LATEST", **arguments}
        )


async def coroutine_handler(_event: Any, _context: Any) -> None: ...


class CoroutineHandler:
    async def __call__(self, _event: Any, _context: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        ("app.handler", "handler='app.handler' does not fit; handler takes a function of \\(event, context\\)"),
        (coroutine_handler, "is a coroutine function, which is never awaited here"),
        (CoroutineHandler(), "is a coroutine function"),
    ],
)
def test_a_handler_that_lambda_cannot_call_is_refused(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream, handler: Any, text: str
) -> None:
    with pytest.raises(InvalidOption, match=text):
        ddbstreams_mock.event_source_mapping(ddbstreams_stream, handler, starting_position="LATEST")


def test_a_mapping_accepts_the_arn_of_a_stream(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    handler = Handler()
    ddbstreams_mock.event_source_mapping(ddbstreams_stream.arn, handler, starting_position="TRIM_HORIZON").poll()
    assert handler.delivered == ["o#1"]


def test_a_mapping_of_an_unknown_stream_is_refused(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(UnknownStream, match="no stream of table 'orders'"):
        ddbstreams_mock.event_source_mapping("orders", Handler(), starting_position="LATEST")
