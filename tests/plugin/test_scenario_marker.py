from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import _scenarios

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

#: The start of every module below: `read` is a consumer that reads some pages of the first shard.
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
    """Restore the registered scenarios: inner runs register theirs in this process."""
    monkeypatch.setattr(_scenarios, "REGISTERED", {})


def test_a_test_runs_once_for_each_named_scenario(run: Run) -> None:
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


def test_a_marker_without_names_runs_all_scenarios_with_the_registered_ones(run: Run) -> None:
    result = run(
        """
        import pytest
        from pytest_ddbstreams import scenario

        @scenario
        def registered_by_the_user(scenario):
            yield

        @pytest.mark.ddbstreams_scenarios
        def test_it(ddbstreams_scenario):
            pass
        """,
        "--collect-only",
        "-q",
    )
    result.stdout.fnmatch_lines(
        ["*test_it[[]split_between_polls[]]", "*test_it[[]registered_by_the_user[]]", "14 tests collected*"]
    )


def test_the_item_function_of_the_marker_makes_the_items_of_the_shaped_stream(run: Run) -> None:
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


def test_a_scenario_that_has_not_ended_is_an_error_at_teardown(run: Run) -> None:
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
        ("(items=1)", "ddbstreams_scenario", "unknown argument 'items'; there are: item, start. Did you mean 'item'?"),
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


def test_the_fixture_without_the_marker_names_the_marker(run: Run) -> None:
    result = run("def test_it(ddbstreams_scenario): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ddbstreams_scenario goes with @pytest.mark.ddbstreams_scenarios(...), *"])


def test_the_clock_of_a_scenario_is_frozen(run: Run) -> None:
    result = run("""
        import pytest, time

        @pytest.mark.ddbstreams(strict=False)
        @pytest.mark.ddbstreams_scenarios("empty_pages")
        def test_it(ddbstreams_scenario):
            time.sleep(24 * 3600)
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["ddbstreams_mock", "ddbstreams_mock_module", "ddbstreams_mock_session"])
def test_a_scenario_that_was_never_polled_is_reported_without_its_unused_faults(run: Run, fixture: str) -> None:
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


def test_the_faults_of_a_scenario_end_with_its_test(run: Run) -> None:
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


def test_an_unused_fault_of_a_scenario_test_is_reported_by_that_test(run: Run) -> None:
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


def test_a_scenario_without_steps_need_not_be_polled(run: Run) -> None:
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


def test_a_reset_ends_a_scenario_without_an_error(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.ddbstreams_scenarios("throttle_storm")
        def test_it(ddbstreams_mock, ddbstreams_scenario):
            ddbstreams_mock.reset()
    """)
    result.assert_outcomes(passed=1)


def test_a_step_that_fails_is_reported_once_at_teardown(run: Run) -> None:
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


def test_a_consumer_that_starts_at_latest_gets_the_first_step_after_its_first_iterator(run: Run) -> None:
    result = run("""
import pytest

@pytest.mark.ddbstreams_scenarios("empty_pages", start="LATEST")
def test_it(ddbstreams_scenario, ddbstreams_client):
    stream = ddbstreams_scenario.stream
    assert len(stream.shards[0]) == 0
    place = {"ShardId": stream.shards[0].id, "ShardIteratorType": "LATEST"}
    token = ddbstreams_client.get_shard_iterator(StreamArn=stream.arn, **place)["ShardIterator"]
    assert len(stream.shards[0]) == 3
    records = []
    while not records:
        page = ddbstreams_client.get_records(ShardIterator=token)
        records, token = page["Records"], page["NextShardIterator"]
    ddbstreams_scenario.assert_delivered(records)
""")
    result.assert_outcomes(passed=1)


def test_a_scenario_that_a_late_consumer_never_begins_is_reported(run: Run) -> None:
    result = run("""
import pytest

@pytest.mark.ddbstreams_scenarios("empty_pages", start="LATEST")
def test_it(ddbstreams_scenario):
    pass
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnusedFault: scenario 'empty_pages' has not ended: *"])
