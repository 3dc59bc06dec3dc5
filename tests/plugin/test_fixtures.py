from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_ddbstreams import Clock, Stream, StreamsMock

    Run = Callable[..., pytest.RunResult]


def test_the_mock_answers_a_client(ddbstreams_mock: StreamsMock, ddbstreams_client: Any) -> None:
    stream = ddbstreams_mock.create_stream("orders")
    assert [listed["StreamArn"] for listed in ddbstreams_client.list_streams()["Streams"]] == [stream.arn]


def test_each_test_has_another_mock(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_alone(ddbstreams_mock, n):
            assert ddbstreams_mock.streams == ()
            ddbstreams_mock.create_stream("orders")
    """)
    result.assert_outcomes(passed=2)


def test_the_tests_of_a_module_share_one_mock(run: Run, pytester: pytest.Pytester) -> None:
    module = """
        def test_first(ddbstreams_mock_module):
            assert ddbstreams_mock_module.streams == ()
            ddbstreams_mock_module.create_stream("orders")

        def test_second(ddbstreams_mock_module, ddbstreams_mock_session):
            assert len(ddbstreams_mock_module.streams) == 1
            assert ddbstreams_mock_module is not ddbstreams_mock_session
    """
    pytester.makepyfile(test_other=module)
    run(module).assert_outcomes(passed=4)


def test_all_modules_share_one_mock_of_the_session(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_a="""
        def test_writes(ddbstreams_mock_session):
            ddbstreams_mock_session.create_stream("orders")
        """
    )
    result = run("""
        def test_reads(ddbstreams_mock_session):
            assert ddbstreams_mock_session.stream("orders")
    """)
    result.assert_outcomes(passed=2)


def test_the_mock_of_a_test_answers_before_the_mock_of_its_module(
    ddbstreams_mock_module: StreamsMock, ddbstreams_mock: StreamsMock, ddbstreams_client: Any
) -> None:
    ddbstreams_client.list_streams()
    assert (len(ddbstreams_mock.calls), len(ddbstreams_mock_module.calls)) == (1, 0)


def test_the_stream_is_ready_to_write_to(ddbstreams_stream: Stream, ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_stream.insert({"pk": "o#1"})
    assert (ddbstreams_stream.table_name, ddbstreams_stream.key_schema) == ("test-table", {"pk": "S"})
    assert len(ddbstreams_mock.stream("test-table").records) == 1


def test_the_clock_fixture_is_frozen_and_ticks(ddbstreams_clock: Clock) -> None:
    before = ddbstreams_clock.now()
    assert ddbstreams_clock.is_frozen
    assert (ddbstreams_clock.tick(minutes=16) - before).total_seconds() == 960


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_the_clock_fixture_does_not_freeze_a_frozen_clock_again(ddbstreams_clock: Clock) -> None:
    ddbstreams_clock.unfreeze()
    assert not ddbstreams_clock.is_frozen


@pytest.fixture
def another_default_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")


def test_the_client_is_made_by_boto3(ddbstreams_client: Any) -> None:
    assert "Boto3" in ddbstreams_client.meta.config.user_agent


@pytest.mark.ddbstreams(region="eu-west-1")
@pytest.mark.usefixtures("another_default_region")
def test_the_client_is_in_the_region_of_the_mock(ddbstreams_stream: Stream, ddbstreams_client: Any) -> None:
    [listed] = ddbstreams_client.list_streams()["Streams"]

    assert listed["StreamArn"] == ddbstreams_stream.arn


def test_the_client_is_made_by_botocore_without_boto3(run: Run) -> None:
    result = run("""
        import sys
        import pytest

        @pytest.fixture
        def no_boto3(monkeypatch):
            monkeypatch.setitem(sys.modules, "boto3", None)

        def test_client(no_boto3, ddbstreams_stream, ddbstreams_client):
            assert "Boto3" not in ddbstreams_client.meta.config.user_agent
            assert len(ddbstreams_client.list_streams()["Streams"]) == 1
    """)
    result.assert_outcomes(passed=1)


def test_pytest_lists_the_fixtures_with_their_docstrings(run: Run) -> None:
    listed = run("", "--fixtures").stdout
    listed.fnmatch_lines(["ddbstreams_mock -- *", "*A fake Amazon DynamoDB Streams (StreamsMock)*"])
    listed.fnmatch_lines(["ddbstreams_mock_module [[]module scope[]] -- *"])
    listed.fnmatch_lines(["ddbstreams_mock_session [[]session scope[]] -- *"])
    listed.fnmatch_lines(["ddbstreams_client -- *", "*boto3's if that is installed, else botocore's."])
    listed.no_fnmatch_line("_ddbstreams_*")


def test_a_contract_violation_is_an_error_at_teardown(run: Run) -> None:
    result = run("""
        from careless_code import swallow
        from pytest_ddbstreams import ContractViolation

        def test_it(ddbstreams_mock, ddbstreams_client):
            ddbstreams_mock.fail("ListStreams", ContractViolation("a bug in the fake"))
            swallow(ddbstreams_client.list_streams)
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ContractViolation: a bug in the fake"])


def test_mock_streams_works_without_the_plugin(run: Run) -> None:
    result = run(
        """
        from pytest_ddbstreams import mock_streams

        @mock_streams
        def test_decorated(ddbstreams_mock):
            assert ddbstreams_mock.create_stream("orders").region == "us-east-1"

        def test_fixture(ddbstreams_mock):
            pass
        """,
        "-p",
        "no:ddbstreams",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'ddbstreams_mock' not found"])


def test_stream_clock_and_client_belong_to_the_mock_of_the_module(
    ddbstreams_mock_module: StreamsMock, ddbstreams_stream: Stream, ddbstreams_clock: Clock, ddbstreams_client: Any
) -> None:
    assert ddbstreams_mock_module.streams == (ddbstreams_stream,)
    assert ddbstreams_clock is ddbstreams_mock_module.clock
    assert len(ddbstreams_client.list_streams()["Streams"]) == 1


def test_the_clock_of_a_module_is_released_after_the_test_that_froze_it(ddbstreams_mock_module: StreamsMock) -> None:
    assert not ddbstreams_mock_module.clock.is_frozen


@pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
def test_a_block_of_the_clock_leaves_a_clock_frozen_by_the_marker_frozen(ddbstreams_clock: Clock) -> None:
    with ddbstreams_clock:
        pass
    assert ddbstreams_clock.is_frozen


@pytest.mark.parametrize("scope", ["module", "session"])
def test_each_test_of_a_wider_mock_has_another_stream(run: Run, scope: str) -> None:
    result = run(f"""
        import pytest

        pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")

        def test_first(ddbstreams_mock_{scope}, ddbstreams_stream):
            ddbstreams_stream.put({{"pk": "1"}})

        def test_that_resets(ddbstreams_mock_{scope}, ddbstreams_stream):
            ddbstreams_mock_{scope}.reset()

        def test_that_disables(ddbstreams_mock_{scope}, ddbstreams_stream):
            ddbstreams_stream.disable()

        def test_last(ddbstreams_mock_{scope}, ddbstreams_stream):
            assert (ddbstreams_stream.status, len(ddbstreams_stream.records)) == ("ENABLED", 0)
            assert [stream.status for stream in ddbstreams_mock_{scope}.streams] == ["DISABLED", "ENABLED"]
    """)
    result.assert_outcomes(passed=4)


def test_a_stream_stays_enabled_as_long_as_its_mock(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.fixture
        def look(ddbstreams_mock):
            yield
            assert [stream.status for stream in ddbstreams_mock.streams] == ["ENABLED"]

        def test_it(look, ddbstreams_stream):
            pass
    """)
    result.assert_outcomes(passed=1)
