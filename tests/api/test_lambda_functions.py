"""The handlers of Lambda functions that a mock has, without moto, whose mappings call them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_ddbstreams import InvalidOption, StreamsMock


def handle(event: Any, context: Any) -> None:
    """Stand for a handler."""


def test_lambda_functions_is_a_mapping_of_handlers(ddbstreams_mock: StreamsMock) -> None:
    functions = ddbstreams_mock.lambda_functions
    functions["projector"] = handle
    assert (dict(functions), len(functions)) == ({"projector": handle}, 1)
    assert repr(functions) == "<LambdaFunctions ['projector']>"
    del functions["projector"]
    assert list(functions) == []


def test_a_handler_is_registered_while_no_tables_feed_the_mock() -> None:
    mock = StreamsMock()
    mock.lambda_functions["projector"] = handle
    assert list(mock.lambda_functions) == ["projector"]


def test_a_reset_forgets_handlers(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.lambda_functions["projector"] = handle
    ddbstreams_mock.reset()
    assert dict(ddbstreams_mock.lambda_functions) == {}


@pytest.mark.parametrize("name", ["", "my function", 5, "arn:aws:sqs:us-east-1:123456789012:queue"])
def test_a_key_that_names_no_function_is_refused(ddbstreams_mock: StreamsMock, name: Any) -> None:
    with pytest.raises(InvalidOption, match="is not the name or the ARN of a Lambda function, such as 'projector'"):
        ddbstreams_mock.lambda_functions[name] = handle


def test_a_handler_that_lambda_could_not_run_is_refused(ddbstreams_mock: StreamsMock) -> None:
    with pytest.raises(InvalidOption, match=r"handler takes a function of \(event, context\)"):
        ddbstreams_mock.lambda_functions["projector"] = 5  # type: ignore[assignment]
