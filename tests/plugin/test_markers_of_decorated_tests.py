"""Markers of a test that `@mock_streams` decorates act on the mock of the decorator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

HEAD = """
import boto3, pytest, unittest
from unittest import mock
from pytest_ddbstreams import mock_streams
from pytest_ddbstreams._service import OPEN

def client():
    return boto3.client("dynamodbstreams", region_name="us-east-1")
"""


def test_options_of_a_marker_are_those_of_the_mock_of_the_decorator(run: Run) -> None:
    result = run(f"""{HEAD}
@pytest.mark.ddbstreams(region="eu-west-1", seed=1)
@mock_streams(seed=1, strict=False)
def test_it(ddbstreams_mock):
    options = ddbstreams_mock.options
    assert (options.region, options.seed, options.strict, len(OPEN)) == ("eu-west-1", 1, False, 1)
""")
    result.assert_outcomes(passed=1)


def test_an_option_with_two_values_is_refused_at_the_users_line(run: Run) -> None:
    result = run(f"""{HEAD}
@pytest.mark.ddbstreams(seed=2)
@mock_streams(seed=1)
def test_it(ddbstreams_mock):
    pass
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*test_it.py:*: @pytest.mark.ddbstreams: seed=2 differs from seed=1 of @mock_streams; give the option in one*"]
    )


def test_a_wrong_option_of_a_marker_fails_at_the_users_line(run: Run) -> None:
    result = run(f"""{HEAD}
@pytest.mark.ddbstreams(zone=1)
@mock_streams
def test_it():
    pass
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_it.py:*: @pytest.mark.ddbstreams: unknown option 'zone'; there are: *"])


def test_the_stream_of_a_marker_is_created_in_the_mock_of_the_decorator(run: Run) -> None:
    result = run(f"""{HEAD}
@mock_streams
@pytest.mark.ddbstreams_stream(table_name="orders", shards=2)
def test_it(ddbstreams_mock):
    assert len(ddbstreams_mock.stream("orders").open_shards) == 2
    assert len(client().list_streams()["Streams"]) == len(OPEN) == 1
""")
    result.assert_outcomes(passed=1)


def test_a_wrong_shape_fails_at_the_users_line_and_leaves_no_mock_open(run: Run) -> None:
    result = run(f"""{HEAD}
@mock_streams
@pytest.mark.ddbstreams_stream(tables=1)
def test_it():
    pass

def test_after():
    assert OPEN == []
""")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*test_it.py:*: @pytest.mark.ddbstreams_stream: unknown argument 'tables'; *"])


def test_an_unused_marker_of_expired_iterators_fails_a_decorated_test(run: Run) -> None:
    result = run(f"""{HEAD}
@mock_streams
@pytest.mark.ddbstreams_expired_iterators
def test_it():
    assert len(OPEN) == 1
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*UnusedFault: *", "*- @pytest.mark.ddbstreams_expired_iterators on GetRecords, 1 time *"]
    )


@pytest.mark.parametrize("base", ["unittest.TestCase", "object"])
def test_markers_of_a_decorated_class_act_on_the_mock_of_each_of_its_tests(run: Run, base: str) -> None:
    result = run(f"""{HEAD}
@mock_streams
@pytest.mark.ddbstreams(region="eu-west-1")
@pytest.mark.ddbstreams_stream(table_name="orders")
class TestOrders({base}):
    @classmethod
    def {"setUpClass" if base != "object" else "setup_class"}(cls):
        assert client().list_streams()["Streams"] == []  # this mock is of the class, and of no test

    def test_one(self, ddbstreams_mock):
        assert [stream.region for stream in ddbstreams_mock.streams] == ["eu-west-1"]

    @pytest.mark.ddbstreams_stream(table_name="carts")
    def test_two(self, ddbstreams_mock):
        assert [stream.table_name for stream in ddbstreams_mock.streams] == ["carts"]
""")
    result.assert_outcomes(passed=2)


def test_markers_of_a_module_act_on_the_mock_of_a_decorated_coroutine_function(run: Run) -> None:
    result = run(f"""{HEAD}
pytestmark = [pytest.mark.asyncio, pytest.mark.ddbstreams_stream(table_name="orders")]

@mock_streams
async def test_it():
    assert len(client().list_streams()["Streams"]) == len(OPEN) == 1
""")
    result.assert_outcomes(passed=1)


def test_markers_act_on_the_mock_of_a_decorator_within_another_decorator(run: Run) -> None:
    result = run(f"""{HEAD}
@mock.patch("os.getcwd")
@mock_streams
@pytest.mark.ddbstreams_stream(table_name="orders")
def test_it(getcwd):
    assert len(client().list_streams()["Streams"]) == len(OPEN) == 1
""")
    result.assert_outcomes(passed=1)


def test_markers_do_not_act_on_the_mock_of_a_decorated_function_that_the_test_calls(run: Run) -> None:
    result = run(f"""{HEAD}
@mock_streams
def helper(ddbstreams_mock):
    return ddbstreams_mock.options.region, ddbstreams_mock.streams

class Decorated:
    @mock_streams
    def method(self, ddbstreams_mock):
        return ddbstreams_mock.options.region

@pytest.mark.ddbstreams(region="eu-west-1")
def test_it():
    assert helper() == ("us-east-1", ())
    assert Decorated().method() == "us-east-1"
""")
    result.assert_outcomes(passed=1)


def test_the_report_of_a_test_with_several_mocks_names_what_opened_each_and_which_answered(run: Run) -> None:
    result = run(f"""{HEAD}
@mock_streams
def test_it(ddbstreams_stream):
    client().list_streams()
    assert False
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "mock 1 of 2, opened by the fixture ddbstreams_mock; it answered no call",
            "mock 2 of 2, opened by @mock_streams; it answered calls",
        ]
    )
