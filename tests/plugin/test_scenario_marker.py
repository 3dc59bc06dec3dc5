from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import _scenarios

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

#: What every module below starts with: a consumer that reads so many pages of the first shard.
READ = """
import pytest

def read(client, stream, pages):
    place = {"ShardId": stream.shards[0].id, "ShardIteratorType": "TRIM_HORIZON"}
    token = client.get_shard_iterator(StreamArn=stream.arn, **place)["ShardIterator"]
    records = []
    while token and pages:
        pages -= 1
        page = client.get_records(ShardIterator=token)
        records += page["Records"]
        token = page.get("NextShardIterator")
    return records
"""


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs within this one register, they register in this process."""
    monkeypatch.setattr(_scenarios, "REGISTERED", {})


def test_one_test_is_run_once_for_each_scenario_that_is_named(run: Run) -> None:
    result = run(
        f"""{READ}
@pytest.mark.ddbstreams_scenarios("empty_pages", "disabled_stream")
def test_it(ddbstreams_scenario, ddbstreams_client):
    stream = ddbstreams_scenario.stream
    ddbstreams_scenario.assert_delivered(read(ddbstreams_client, stream, pages=4))
""",
        "-v",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_it[[]empty_pages[]]*", "*test_it[[]disabled_stream[]]*"])


def test_without_names_it_is_run_for_all_with_those_that_users_registered(run: Run) -> None:
    result = run(
        """
        import pytest
        from pytest_ddbstreams import scenario

        @scenario
        def of_our_own(scenario):
            yield

        @pytest.mark.ddbstreams_scenarios
        def test_it(ddbstreams_scenario):
            pass
        """,
        "--collect-only",
        "-q",
    )
    result.stdout.fnmatch_lines(
        ["*test_it[[]split_between_polls[]]", "*test_it[[]of_our_own[]]", "14 tests collected*"]
    )


def test_items_are_made_as_the_marker_says_for_the_stream_that_its_marker_shapes(run: Run) -> None:
    result = run(f"""{READ}
def order(number):
    return {{"order_id": f"o#{{number}}", "total": number}}

@pytest.mark.ddbstreams_scenarios("empty_pages", item=order)
@pytest.mark.ddbstreams_stream(table_name="orders", key_schema={{"order_id": "S"}})
def test_it(ddbstreams_scenario, ddbstreams_client):
    records = read(ddbstreams_client, ddbstreams_scenario.stream, pages=4)
    assert [record["dynamodb"]["NewImage"]["total"]["N"] for record in records] == ["0", "1", "2"]
""")
    result.assert_outcomes(passed=1)


def test_a_scenario_that_did_not_come_to_its_end_is_an_error_at_teardown(run: Run) -> None:
    result = run(f"""{READ}
@pytest.mark.ddbstreams_scenarios("split_between_polls")
def test_it(ddbstreams_scenario, ddbstreams_client):
    read(ddbstreams_client, ddbstreams_scenario.stream, pages=1)

@pytest.mark.ddbstreams(strict=False)
@pytest.mark.ddbstreams_scenarios("split_between_polls")
def test_relaxed(ddbstreams_scenario):
    pass

@pytest.mark.ddbstreams_scenarios("split_between_polls")
def test_failing(ddbstreams_scenario):
    assert False
""")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnusedFault: scenario 'split_between_polls' has not ended: *"])


@pytest.mark.parametrize(
    ("marker", "argument", "complaint"),
    [
        ("('late')", "ddbstreams_scenario", "unknown scenario 'late'; there are: split_between_polls, *"),
        ("(items=1)", "ddbstreams_scenario", "unknown argument 'items'; there are: item"),
        ("", "ddbstreams_mock", "the test must ask for the fixture ddbstreams_scenario"),
    ],
)
def test_wrong_arguments_fail_at_the_users_line(run: Run, marker: str, argument: str, complaint: str) -> None:
    result = run(f"""
        import pytest

        @pytest.mark.ddbstreams_scenarios{marker}
        def test_it({argument}):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"test_it.py:3: @pytest.mark.ddbstreams_scenarios: {complaint}"])
    result.stdout.no_fnmatch_line("*pytest_ddbstreams*.py*")


def test_the_fixture_without_the_marker_says_what_is_missing(run: Run) -> None:
    result = run("def test_it(ddbstreams_scenario): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ddbstreams_scenario goes with @pytest.mark.ddbstreams_scenarios(...), *"])


def test_the_clock_is_frozen(run: Run) -> None:
    result = run("""
        import pytest, time

        @pytest.mark.ddbstreams(strict=False)
        @pytest.mark.ddbstreams_scenarios("empty_pages")
        def test_it(ddbstreams_scenario):
            time.sleep(24 * 3600)
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["ddbstreams_mock", "ddbstreams_mock_module", "ddbstreams_mock_session"])
def test_of_a_consumer_that_never_polls_nothing_but_the_scenario_is_told(run: Run, fixture: str) -> None:
    result = run(f"""
        import pytest

        @pytest.mark.ddbstreams_scenarios("throttle_storm")
        def test_it({fixture}, ddbstreams_scenario):
            pass
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnusedFault: scenario 'throttle_storm' has not ended: *"])
    result.stdout.no_fnmatch_line("*triggered less often than*")
    result.stdout.no_fnmatch_line("*ExceptionGroup*")


def test_what_a_scenario_has_armed_is_gone_with_its_test(run: Run) -> None:
    result = run("""
        import pytest

        def test_before(ddbstreams_mock_module):
            ddbstreams_mock_module.delay("ListStreams", 1)

        @pytest.mark.ddbstreams_scenarios("throttle_storm")
        def test_it(ddbstreams_mock_module, ddbstreams_scenario):
            pytest.skip()

        def test_after(ddbstreams_mock_module, ddbstreams_client):
            assert [fault.operation for fault in ddbstreams_mock_module.faults] == ["ListStreams"]
            ddbstreams_client.list_streams()
    """)
    result.assert_outcomes(passed=2, skipped=1)


def test_what_was_armed_in_the_test_of_a_scenario_and_never_met_is_told_by_that_test(run: Run) -> None:
    result = run(
        f"""{READ}
@pytest.mark.ddbstreams_scenarios("empty_pages")
def test_it(ddbstreams_mock_module, ddbstreams_scenario, ddbstreams_client):
    ddbstreams_mock_module.fail("ListStreams", "ThrottlingException")
    read(ddbstreams_client, ddbstreams_scenario.stream, pages=4)

def test_next(ddbstreams_mock_module):
    pass
""",
        "-v",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*test_it*ERROR*", "*test_next PASSED*", "*ThrottlingException on ListStreams, 1 *"])


def test_a_scenario_that_has_no_steps_need_not_be_polled(run: Run) -> None:
    result = run("""
        import pytest
        from pytest_ddbstreams import scenario

        @scenario
        def all_at_once(scenario):
            scenario.write()
            yield from ()

        @pytest.mark.ddbstreams_scenarios("all_at_once")
        def test_it(ddbstreams_scenario):
            pass
    """)
    result.assert_outcomes(passed=1)


def test_a_scenario_that_a_reset_has_forgotten_is_not_missed(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.ddbstreams_scenarios("throttle_storm")
        def test_it(ddbstreams_mock, ddbstreams_scenario):
            ddbstreams_mock.reset()
    """)
    result.assert_outcomes(passed=1)


def test_a_step_that_fails_is_told_once_at_the_end_of_its_test(run: Run) -> None:
    result = run(f"""{READ}
from contextlib import suppress
from pytest_ddbstreams import scenario

@scenario
def broken(scenario):
    yield
    raise ZeroDivisionError("of a step")

@pytest.mark.ddbstreams_scenarios("broken")
def test_it(ddbstreams_scenario, ddbstreams_client):
    careless(ddbstreams_client, ddbstreams_scenario.stream)

def careless(client, stream):
    with suppress(Exception):
        read(client, stream, pages=4)
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: of a step"])
    result.stdout.no_fnmatch_line("*ExceptionGroup*")
