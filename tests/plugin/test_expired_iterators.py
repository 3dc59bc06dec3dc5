from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

#: The start of every module below: `poll` reads from a shard and returns "E" for each expired iterator, else ".".
POLL = """
import pytest

expired = pytest.mark.ddbstreams_expired_iterators

def poll(client, stream, times, shard=0):
    iterator = client.get_shard_iterator(
        StreamArn=stream.arn, ShardId=stream.shards[shard].id, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    outcomes = ""
    for _ in range(times):
        try:
            client.get_records(ShardIterator=iterator)
            outcomes += "."
        except client.exceptions.ExpiredIteratorException:
            outcomes += "E"
    return outcomes
"""

WAYS_TO_ALLOW = ("strict=False", "@pytest.mark.ddbstreams", "ddbstreams_strict = false")


@pytest.mark.parametrize(
    ("markers", "outcomes"),
    [
        (["times=1"], "E..."),
        ([""], "E..."),
        (["times=2"], "EE.."),
        (["after=2"], "..E."),
        (["times=2, after=1"], ".EE."),
        (["times=None"], "EEEE"),
        (["times=None, after=1"], ".EEE"),
        (["after=1", "after=2"], ".E.E"),
        (["times=1", "times=2"], "EEE."),
        (["stream='test-table'"], "E..."),
    ],
)
def test_the_marker_refuses_times_calls_after_the_good_ones(run: Run, markers: list[str], outcomes: str) -> None:
    stacked = "\n".join(f"@expired({arguments})" for arguments in markers)
    result = run(f"""{POLL}
{stacked}
def test_it(ddbstreams_client, ddbstreams_stream):
    assert poll(ddbstreams_client, ddbstreams_stream, {len(outcomes)}) == {outcomes!r}
""")
    result.assert_outcomes(passed=1)


def test_the_marker_refuses_only_calls_of_its_stream(run: Run) -> None:
    result = run(f"""{POLL}
@expired(stream="orders", times=None)
def test_it(ddbstreams_client, ddbstreams_mock):
    others, orders = map(ddbstreams_mock.create_stream, ("others", "orders"))
    assert (poll(ddbstreams_client, others, 2), poll(ddbstreams_client, orders, 2)) == ("..", "EE")
""")
    result.assert_outcomes(passed=1)


def test_the_marker_refuses_only_calls_of_its_shard(run: Run) -> None:
    with mock_streams(freeze="2026-01-01", seed=1) as streams:
        shard = streams.create_stream("test-table", shards=2).shards[1].id
    result = run(f"""{POLL}
@pytest.mark.ddbstreams(freeze="2026-01-01", seed=1)
@pytest.mark.ddbstreams_stream(shards=2)
@expired(shard="{shard}", times=None)
def test_it(ddbstreams_client, ddbstreams_stream):
    assert [poll(ddbstreams_client, ddbstreams_stream, 2, shard) for shard in (0, 1)] == ["..", "EE"]
""")
    result.assert_outcomes(passed=1)


def test_the_marker_opens_a_mock_if_no_fixture_does(run: Run) -> None:
    result = run(f"""{POLL}
import boto3

@pytest.fixture
def streams(request):
    from pytest_ddbstreams._service import OPEN
    assert len(OPEN) == 1

@expired(times=None)
@pytest.mark.ddbstreams(strict=False)
def test_it(streams):
    assert boto3.client("dynamodbstreams").list_streams()["Streams"] == []
""")
    result.assert_outcomes(passed=1)


def test_the_faults_of_a_marker_end_with_its_test(run: Run) -> None:
    result = run(f"""{POLL}
import boto3

@expired(times=None)
def test_marked(ddbstreams_mock_module):
    stream = ddbstreams_mock_module.create_stream("orders")
    assert poll(boto3.client("dynamodbstreams"), stream, 2) == "EE"

def test_next(ddbstreams_mock_module):
    assert poll(boto3.client("dynamodbstreams"), ddbstreams_mock_module.stream("orders"), 2) == ".."
""")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("fixture", ["ddbstreams_mock", "ddbstreams_mock_module", "ddbstreams_mock_session"])
@pytest.mark.parametrize("arguments", ["times=3", "times=None"])
def test_an_unused_marker_is_an_error_at_teardown_that_names_its_line_and_the_option(
    run: Run, fixture: str, arguments: str
) -> None:
    result = run(f"""{POLL}
@expired({arguments}, stream="orders")
def test_it({fixture}):
    pass

def test_next({fixture}):
    pass
""")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "test_it.py:*: @pytest.mark.ddbstreams_expired_iterators: faults triggered less often *",
            "*- @pytest.mark.ddbstreams_expired_iterators on GetRecords, *, orders *",
        ]
    )
    assert [text for text in WAYS_TO_ALLOW if text not in result.stdout.str()] == []


def test_a_marker_that_triggered_less_often_than_its_times_is_an_error(run: Run) -> None:
    result = run(f"""{POLL}
@expired(times=3)
def test_it(ddbstreams_client, ddbstreams_stream):
    poll(ddbstreams_client, ddbstreams_stream, 2)
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*3 times (triggered 2, saw 0 good)*"])


def test_the_options_marker_allows_unused_faults_with_strict_false(run: Run) -> None:
    result = run(f"""{POLL}
@pytest.mark.ddbstreams(strict=False)
@expired()
def test_it(ddbstreams_mock):
    ddbstreams_mock.fail("GetRecords", "LimitExceededException")
""")
    result.assert_outcomes(passed=1)


def test_the_ini_file_allows_unused_faults_with_strict_false(run: Run) -> None:
    result = run(
        f"""{POLL}
from pytest_ddbstreams import mock_streams

@expired()
def test_marker(ddbstreams_mock_module):
    pass

def test_fixture(ddbstreams_mock):
    ddbstreams_mock.fail("GetRecords", "LimitExceededException")

@mock_streams
def test_decorator(ddbstreams_mock):
    ddbstreams_mock.fail("GetRecords", "LimitExceededException")
""",
        ini="ddbstreams_strict = false",
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("fixture", ["ddbstreams_mock", "ddbstreams_mock_module", "ddbstreams_mock_session"])
def test_a_test_that_failed_gets_no_second_error(run: Run, fixture: str) -> None:
    result = run(f"""{POLL}
@expired()
def test_it({fixture}):
    {fixture}.fail("GetRecords", "LimitExceededException")
    assert False
""")
    result.assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("ending", "outcomes"),
    [("pytest.skip()", {"skipped": 1}), ("pytest.xfail()", {"xfailed": 1})],
)
def test_a_test_that_is_skipped_or_xfailed_while_it_runs_gets_no_error(
    run: Run, ending: str, outcomes: dict[str, int]
) -> None:
    result = run(f"""{POLL}
@expired()
def test_it(ddbstreams_mock):
    ddbstreams_mock.fail("GetRecords", "LimitExceededException")
    {ending}
""")
    result.assert_outcomes(**outcomes)


def test_a_skipped_test_does_not_excuse_the_mock_of_its_module(run: Run) -> None:
    result = run(f"""{POLL}
def test_skipped(ddbstreams_mock_module):
    pytest.skip()

def test_that_leaves_a_fault_unused(ddbstreams_mock_module):
    ddbstreams_mock_module.fail("GetRecords", "LimitExceededException")
""")
    result.assert_outcomes(passed=1, skipped=1, errors=1)


def test_an_unused_fault_is_an_error_at_teardown(run: Run) -> None:
    result = run("""
        def test_it(ddbstreams_mock):
            ddbstreams_mock.fail("ListStreams", "ThrottlingException", times=2)
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*- ThrottlingException on ListStreams, 2 times *"])


def test_a_reset_forgets_the_faults_of_a_marker(run: Run) -> None:
    result = run(f"""{POLL}
@expired()
def test_it(ddbstreams_mock):
    ddbstreams_mock.reset()
""")
    result.assert_outcomes(passed=1)
