from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

#: The start of every module below: code under test that swallows the error of a call of another service.
CARELESS = """
import boto3, pytest
from careless_code import swallow

def careless():
    swallow(lambda: boto3.client("sqs", region_name="us-east-1").list_queues())
"""


@pytest.mark.parametrize("fixture", ["ddbstreams_mock", "ddbstreams_mock_module", "ddbstreams_mock_session"])
def test_a_swallowed_refusal_is_an_error_at_teardown_that_names_the_option(run: Run, fixture: str) -> None:
    result = run(f"""{CARELESS}
def test_it({fixture}):
    careless()
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnansweredCall: *", "*- sqs.ListQueues would have gone to *block_network=False *"])


@pytest.mark.parametrize(
    "body",
    [
        "    with pytest.raises(NetworkBlocked): boto3.client('sqs').list_queues()",
        "    careless(); ddbstreams_mock.forgive()",
        "    careless(); pytest.skip()",
    ],
)
def test_an_unanswered_call_of_a_test_that_expects_it_forgives_it_or_is_skipped_is_no_error(
    run: Run, body: str
) -> None:
    result = run(f"""{CARELESS}
from pytest_ddbstreams import NetworkBlocked

def test_it(ddbstreams_mock):
{body}
""")
    assert set(result.parseoutcomes()) in ({"passed"}, {"skipped"})


def test_a_test_that_failed_gets_no_second_error(run: Run) -> None:
    result = run(f"""{CARELESS}
def test_it(ddbstreams_mock):
    careless()
    assert False
""")
    result.assert_outcomes(failed=1)


def test_a_test_that_failed_is_not_excused_when_it_is_run_again(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item):
            failed = [report.when for report in runtestprotocol(item, log=False) if report.failed]
            assert failed == ["call"]
            item._initrequest()
            runtestprotocol(item)
            return True
    """)
    result = run(f"""{CARELESS}
tries = []

def test_it(ddbstreams_mock):
    tries.append(1)
    careless()
    assert len(tries) > 1
""")
    result.assert_outcomes(passed=1, errors=1)


def test_the_ini_file_allows_unanswered_calls(run: Run) -> None:
    result = run(
        f"""{CARELESS}
def test_it(ddbstreams_mock):
    careless()
""",
        ini="ddbstreams_strict = false",
    )
    result.assert_outcomes(passed=1)


def test_a_late_call_after_the_last_test_fails_the_run(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import sys, pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_sessionfinish():
            sys.modules["test_it"].call_late()
    """)
    result = run(f"""{CARELESS}
def test_opens(ddbstreams_client):
    global client
    client = ddbstreams_client

def call_late():
    swallow(client.list_streams)
""")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*= DynamoDB Streams =*", "*the mock that was opened in *test_opens is closed*"])


def test_a_late_call_is_an_error_of_the_first_test_that_ends_after_it(run: Run) -> None:
    result = run(f"""{CARELESS}
def test_opens(ddbstreams_client):
    global client
    client = ddbstreams_client

def call_late():
    swallow(client.list_streams)

def test_calls():
    call_late()

def test_next():
    pass
""")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_calls*", "*the mock that was opened in *test_opens is closed*"]
    )


def test_a_poller_that_outlives_its_test_is_an_error_of_one_test(run: Run) -> None:
    result = run(f"""{CARELESS}
@pytest.fixture(autouse=True)
def _polling():
    yield
    swallow(client.list_streams, times=1000)

def test_opens(ddbstreams_client):
    global client
    client = ddbstreams_client

@pytest.mark.parametrize("number", range(3))
def test_next(number):
    pass
""")
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*the mock that was opened in *test_opens is closed* (1000 times)"])


def test_a_function_of_the_code_under_test_that_is_named_like_a_test_does_not_count_as_a_test(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        test_support="""
        import boto3

        def test_connection():
            try:
                boto3.client("sqs", region_name="us-east-1").list_queues()
            except Exception:
                pass
        """
    )
    result = run(
        """
import test_support

def test_it(ddbstreams_mock):
    test_support.test_connection()
""",
        "test_it.py",
    )
    result.assert_outcomes(passed=1, errors=1)


def test_tests_with_other_names_than_usual_expect_errors_like_all_others(pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".ini", pytest="[pytest]\npython_files = check_*.py\npython_functions = should_*\npython_classes = Describe*"
    )
    pytester.makepyfile(
        check_orders="""
        import boto3
        import pytest
        from pytest_ddbstreams import NetworkBlocked

        @pytest.fixture
        def refused(ddbstreams_mock):
            with pytest.raises(NetworkBlocked):
                boto3.client("sqs", region_name="us-east-1").list_queues()

        class DescribeOrders:
            def should_be_refused(self, refused):
                with pytest.raises(NetworkBlocked):
                    boto3.client("sqs", region_name="us-east-1").list_queues()
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_fixture_in_a_conftest_file_expects_errors_like_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest(
        """
        import boto3
        import pytest
        from pytest_ddbstreams import NetworkBlocked

        @pytest.fixture
        def refused(ddbstreams_mock):
            with pytest.raises(NetworkBlocked):
                boto3.client("sqs", region_name="us-east-1").list_queues()
        """
    )
    run("def test_it(refused): pass").assert_outcomes(passed=1)
