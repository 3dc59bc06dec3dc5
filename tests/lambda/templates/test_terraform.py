from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from lambda_handlers import Handler, fill
from template_files import mapping_of

from pytest_ddbstreams import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pytest_ddbstreams import EventSourceMapping, Stream

MAPPING = "aws_lambda_event_source_mapping.changes"
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000"
FUNCTION: dict[str, dict[str, Any]] = {
    "aws_lambda_function.orders": {"function_name": "orders-live", "timeout": 30, "memory_size": 256}
}
#: Attributes of a mapping that has none but the required ones, as Terraform's provider plans them.
UNSET: dict[str, Any] = {
    "batch_size": None,
    "bisect_batch_on_function_error": None,
    "destination_config": [],
    "enabled": True,
    "filter_criteria": [],
    "function_response_types": None,
    "maximum_batching_window_in_seconds": None,
    "queues": None,
    "self_managed_event_source": [],
    "starting_position": "LATEST",
    "topics": None,
    "tumbling_window_in_seconds": None,
}
#: Attributes that the provider knows only after it has made the mapping.
UNKNOWN = {
    "event_source_arn": True,
    "function_name": True,
    "maximum_record_age_in_seconds": True,
    "maximum_retry_attempts": True,
    "parallelization_factor": True,
}


def refer(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def resources(values: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return resources of a module, from their values by address."""
    return [
        {"address": address, "mode": "managed", "type": re.findall(r"aws_\w+", address)[0], "values": given}
        for address, given in values.items()
    ]


def plan(  # noqa: PLR0913 - the parts of a plan
    values: Mapping[str, Mapping[str, Any]],
    *,
    unknown: Mapping[str, Any] | None = None,
    expressions: Mapping[str, Any] | None = None,
    calls: Mapping[str, Any] | None = None,
    children: Iterable[Mapping[str, Any]] = (),
    mapping: str = MAPPING,
) -> dict[str, Any]:
    """Return a plan.

    Args:
        values: the values of the resources in the root module, by address.
        unknown: attributes of the mapping that are not known yet.
        expressions: the expressions of the mapping in the root module's configuration.
        calls: the modules that the root module calls.
        children: the modules below the root module in the planned values.
        mapping: the address of the mapping.
    """
    configured = [{"address": MAPPING, "expressions": expressions or {}}]
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": resources(values), "child_modules": list(children)}},
        "resource_changes": [{"address": mapping, "change": {"after_unknown": unknown or {}}}],
        "configuration": {"root_module": {"resources": configured, "module_calls": calls or {}}},
    }


def new(**references: Any) -> dict[str, Any]:
    """Return a plan that makes a mapping, its function and its table.

    Args:
        references: expressions of the mapping, beside those of its function and its stream.
    """
    expressions = {
        "event_source_arn": refer("aws_dynamodb_table.orders.stream_arn", "aws_dynamodb_table.orders"),
        "function_name": refer("aws_lambda_function.orders.arn", "aws_lambda_function.orders"),
        **references,
    }
    return plan({MAPPING: deepcopy(UNSET), **FUNCTION}, unknown=UNKNOWN, expressions=expressions)


def read(folder: Path, document: Mapping[str, Any], function: str = "orders", **options: Any) -> EventSourceMapping:
    return mapping_of(folder, document, function, name="plan.json", **options)


@pytest.mark.parametrize("section", ["planned_values", "values"])
def test_the_settings_of_a_plan_and_of_a_state_are_read(tmp_path: Path, section: str) -> None:
    values: dict[str, Any] = {
        "batch_size": 20,
        "bisect_batch_on_function_error": True,
        "destination_config": [],
        "enabled": False,
        "event_source_arn": ARN,
        "filter_criteria": [{"filter": [{"pattern": '{"eventName": ["INSERT"]}'}]}],
        "function_name": "orders-live",
        "function_response_types": ["ReportBatchItemFailures"],
        "maximum_batching_window_in_seconds": 3,
        "maximum_record_age_in_seconds": 120,
        "maximum_retry_attempts": 4,
        "parallelization_factor": 2,
        "starting_position": "TRIM_HORIZON",
        "tumbling_window_in_seconds": 0,
    }
    document = {section: plan({MAPPING: values, **FUNCTION})["planned_values"]}
    mapping = read(tmp_path, document)
    assert (mapping.starting_position, mapping.batch_size, mapping.enabled) == ("TRIM_HORIZON", 20, False)
    assert (mapping.maximum_batching_window_in_seconds, mapping.parallelization_factor) == (3, 2)
    assert (mapping.maximum_retry_attempts, mapping.maximum_record_age_in_seconds) == (4, 120)
    assert (mapping.bisect_batch_on_function_error, mapping.tumbling_window_in_seconds) == (True, 0)
    assert mapping.function_response_types == ("ReportBatchItemFailures",)
    assert mapping.filter_criteria == {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("orders", None),
        ("orders-live", None),
        ("aws_lambda_function.orders", None),
        ("orders", "changes"),
        ("orders", MAPPING),
        (MAPPING, None),
    ],
)
def test_a_new_mapping_is_found_by_the_references_of_its_configuration(
    tmp_path: Path, function: str, event: str | None
) -> None:
    mapping = read(tmp_path, new(), function, event=event)
    assert (mapping.starting_position, mapping.batch_size, mapping.maximum_retry_attempts) == ("LATEST", 100, -1)


def test_timeout_and_memory_of_the_function_are_those_of_the_plan(tmp_path: Path, ddbstreams_stream: Stream) -> None:
    contexts: list[Any] = []
    fill(ddbstreams_stream, 1)
    document = plan(
        {
            MAPPING: {
                **UNSET,
                "starting_position": "TRIM_HORIZON",
                "event_source_arn": ARN,
                "function_name": "orders-live",
            },
            **FUNCTION,
        }
    )
    mapping = read(tmp_path, document)
    mapping.connect(ddbstreams_stream, lambda _event, context: contexts.append(context)).drain()
    assert (contexts[0].function_name, contexts[0].memory_limit_in_mb) == ("orders-live", "256")


def test_a_mapping_in_a_module_is_found_by_the_variables_of_the_module(tmp_path: Path) -> None:
    address = f'module.stream["a.b"].{MAPPING}'
    call = {
        "expressions": {
            "arn": refer("data.aws_dynamodb_table.orders.stream_arn"),
            "function": refer("module.app.function_arn", "module.app"),
        },
        "module": {
            "resources": [
                {
                    "address": MAPPING,
                    "expressions": {"event_source_arn": refer("var.arn"), "function_name": refer("var.function")},
                }
            ]
        },
    }
    app = {"module": {"outputs": {"function_arn": {"expression": refer("aws_lambda_function.orders.arn")}}}}
    children = [
        {"resources": resources({address: {**UNSET, "batch_size": 9}})},
        {"resources": resources({"module.app.aws_lambda_function.orders": {"function_name": "orders-live"}})},
    ]
    document = plan({}, unknown=UNKNOWN, calls={"stream": call, "app": app}, children=children, mapping=address)
    for function in ("orders", "orders-live", "module.app.aws_lambda_function.orders", address):
        assert read(tmp_path, document, function).batch_size == 9


def test_each_instance_of_a_mapping_belongs_to_the_instance_of_its_function(tmp_path: Path) -> None:
    values: dict[str, dict[str, Any]] = {
        **{f'{MAPPING}["{key}"]': {**UNSET, "batch_size": size} for key, size in (("a", 5), ("b", 6))},
        **{f'aws_lambda_function.orders["{key}"]': {"function_name": f"orders-{key}"} for key in ("a", "b")},
    }
    expressions = {
        "event_source_arn": refer("aws_dynamodb_table.orders", "each.key"),
        "function_name": refer("aws_lambda_function.orders", "each.key"),
    }
    document = plan(values, expressions=expressions)
    assert read(tmp_path, document, "orders-b").batch_size == 6
    assert read(tmp_path, document, 'aws_lambda_function.orders["a"]').batch_size == 5
    assert read(tmp_path, document, "orders-b", event='changes["b"]').batch_size == 6
    with pytest.raises(InvalidOption, match=r"function='aws_lambda_function\.orders' does not fit"):
        read(tmp_path, document, "aws_lambda_function.orders")


@pytest.mark.parametrize("function_name", ["orders-live", None], ids=["known", "unknown"])
def test_a_mapping_of_an_alias_is_found(tmp_path: Path, function_name: str | None) -> None:
    document = new(function_name=refer("aws_lambda_alias.live.arn", "aws_lambda_alias.live"))
    alias = {"aws_lambda_alias.live": {"name": "live", "function_name": function_name}}
    document["planned_values"]["root_module"]["resources"] += resources(alias)
    document["configuration"]["root_module"]["resources"].append(
        {"address": "aws_lambda_alias.live", "expressions": {"function_name": refer("aws_lambda_function.orders.arn")}}
    )
    assert read(tmp_path, document).batch_size == 100


def test_a_mapping_whose_function_is_not_known_is_found_by_its_address(tmp_path: Path) -> None:
    document = new(function_name=refer("local.function", "var.missing", "module.gone"))
    assert read(tmp_path, document, MAPPING).batch_size == 100


def test_a_mapping_without_a_configuration_is_found_by_its_address(tmp_path: Path) -> None:
    document = {"planned_values": new()["planned_values"]}
    document["planned_values"]["root_module"]["resources"] += [{"type": "aws_sqs_queue"}]
    document["planned_values"]["root_module"]["resources"][0]["values"]["event_source_arn"] = ARN
    assert read(tmp_path, document, MAPPING).batch_size == 100


@pytest.mark.parametrize(
    "references",
    [
        {"event_source_arn": refer("aws_sqs_queue.orders.arn")},
        {"event_source_arn": refer("aws_kinesis_stream.orders.arn")},
        {"event_source_arn": refer("aws_msk_cluster.orders.arn")},
    ],
    ids=json.dumps,
)
def test_a_mapping_of_another_source_is_not_read(tmp_path: Path, references: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match="mappings: none"):
        read(tmp_path, new(**references))


def test_a_mapping_with_topics_is_not_read(tmp_path: Path) -> None:
    document = new(event_source_arn=refer("var.arn"))
    document["planned_values"]["root_module"]["resources"][0]["values"]["topics"] = ["orders"]
    with pytest.raises(InvalidOption, match="mappings: none"):
        read(tmp_path, document)


def test_a_mapping_without_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"'changes' of 'aws_lambda_function\.orders' has no event_source_arn"):
        read(tmp_path, new(event_source_arn={}))


def test_a_setting_that_is_known_only_after_apply_is_refused_and_can_be_given(tmp_path: Path) -> None:
    document = new(maximum_retry_attempts=refer("aws_ssm_parameter.retries.value"))
    key = f"{MAPPING}.maximum_retry_attempts"
    with pytest.raises(InvalidOption) as refusal:
        read(tmp_path, document)
    assert f"MaximumRetryAttempts of 'changes' of 'aws_lambda_function.orders' needs {key!r}, which" in str(
        refusal.value
    )
    assert read(tmp_path, document, parameters={key: 4}).maximum_retry_attempts == 4


def test_a_setting_whose_expression_is_null_has_lambdas_default(tmp_path: Path) -> None:
    assert read(tmp_path, new(batch_size=refer("var.batch_size"))).batch_size == 100


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ([{"filter": [{"pattern": "{}"}, {}]}], [{"filter": [{}, {"pattern": True}]}]),
        ([{}], [{"filter": True}]),
        (None, True),
    ],
    ids=["pattern", "filters", "all"],
)
def test_filters_that_are_known_only_after_apply_are_refused_and_can_be_given(
    tmp_path: Path, known: Any, unknown: Any
) -> None:
    document = new()
    document["planned_values"]["root_module"]["resources"][0]["values"]["filter_criteria"] = known
    document["resource_changes"][0]["change"]["after_unknown"] = {**UNKNOWN, "filter_criteria": unknown}
    key = f"{MAPPING}.filter_criteria"
    with pytest.raises(InvalidOption, match=rf"FilterCriteria of .* needs '{key}', which"):
        read(tmp_path, document)
    criteria = {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}
    assert read(tmp_path, document, parameters={key: criteria}).filter_criteria == criteria


@pytest.mark.parametrize(
    ("on_failure", "name"),
    [
        ([{"destination_arn": "arn:aws:sqs:us-east-1:123456789012:failures"}], "failures"),
        ([{}], "aws_sqs_queue.failures"),
        ([{}], "orders-failures"),
    ],
    ids=str,
)
def test_an_on_failure_destination_is_chosen_by_its_name(
    tmp_path: Path, ddbstreams_stream: Stream, on_failure: list[Any], name: str
) -> None:
    block = [{"on_failure": [{"destination_arn": refer("aws_sqs_queue.failures.arn", "aws_sqs_queue.failures")}]}]
    document = new(destination_config=block)
    module = document["planned_values"]["root_module"]
    module["resources"][0]["values"] = {
        **UNSET,
        "starting_position": "TRIM_HORIZON",
        "maximum_retry_attempts": 0,
        "destination_config": [{"on_failure": on_failure}],
    }
    module["resources"] += resources({"aws_sqs_queue.failures": {"name": "orders-failures"}})
    failures: list[Any] = []
    fill(ddbstreams_stream, 1)
    mapping = read(tmp_path, document)
    mapping.connect(ddbstreams_stream, Handler(failures=1), on_failure={name: failures}).drain()
    assert len(failures) == 1


def test_a_parameter_of_a_plan_is_refused_because_its_variables_have_their_values(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="unknown parameter 'stage'; the template has:"):
        read(tmp_path, new(), parameters={"stage": "live"})
