"""A marker opens what it needs if the test asks for no fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Run = Callable[..., pytest.RunResult]

LISTS = """
import boto3, pytest, unittest
from pytest_ddbstreams._service import OPEN

def tables():
    streams = boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()["Streams"]
    return [stream["TableName"] for stream in streams]
"""


def test_the_marker_of_a_stream_opens_the_mock_and_creates_the_stream(run: Run) -> None:
    result = run(f"""{LISTS}
@pytest.mark.ddbstreams_stream(table_name="orders", shards=2)
def test_it():
    assert (tables(), len(OPEN)) == (["orders"], 1)
""")
    result.assert_outcomes(passed=1)


def test_the_markers_of_a_stream_and_of_options_open_one_mock(run: Run) -> None:
    result = run(f"""{LISTS}
@pytest.mark.ddbstreams_stream(table_name="orders")
@pytest.mark.ddbstreams(strict=False)
@pytest.mark.ddbstreams_expired_iterators
def test_it():
    assert (tables(), len(OPEN), OPEN[0].options.strict) == (["orders"], 1, False)
""")
    result.assert_outcomes(passed=1)


def test_the_marker_of_a_stream_adds_no_stream_to_a_test_that_asks_for_it(run: Run) -> None:
    result = run(f"""{LISTS}
@pytest.mark.ddbstreams_stream(table_name="orders")
def test_it(ddbstreams_stream):
    assert tables() == ["orders"]
""")
    result.assert_outcomes(passed=1)


def test_the_marker_of_a_stream_uses_the_mock_that_the_test_asks_for(run: Run) -> None:
    result = run(f"""{LISTS}
@pytest.mark.ddbstreams_stream(table_name="orders")
def test_it(ddbstreams_mock_module):
    assert [stream.table_name for stream in ddbstreams_mock_module.streams] == tables() == ["orders"]
""")
    result.assert_outcomes(passed=1)


def test_the_marker_of_a_module_opens_the_mock_of_a_coroutine_function(run: Run) -> None:
    result = run(f"""{LISTS}
pytestmark = pytest.mark.ddbstreams_stream(table_name="orders")

@pytest.mark.asyncio
async def test_it():
    assert tables() == ["orders"]
""")
    result.assert_outcomes(passed=1)


def test_the_marker_of_a_test_case_opens_a_mock_for_each_of_its_tests(run: Run) -> None:
    result = run(f"""{LISTS}
@pytest.mark.ddbstreams_stream(table_name="orders")
class TestOrders(unittest.TestCase):
    def test_one(self):
        assert tables() == ["orders"]

    def test_two(self):
        assert tables() == ["orders"]
""")
    result.assert_outcomes(passed=2)


def test_the_marker_of_scenarios_without_the_fixture_fails_its_test_alone(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.ddbstreams_scenarios("empty_pages")
        def test_it(ddbstreams_mock):
            pass

        def test_another():
            pass
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["test_it.py:3: @pytest.mark.ddbstreams_scenarios: the test must ask for the fixture ddbstreams_scenario"]
    )


def test_wrong_arguments_of_the_marker_of_scenarios_fail_its_test_alone(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.ddbstreams_scenarios("late")
        def test_it(ddbstreams_scenario):
            pass

        def test_another():
            pass
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["test_it.py:3: @pytest.mark.ddbstreams_scenarios: unknown scenario 'late'; *"])
