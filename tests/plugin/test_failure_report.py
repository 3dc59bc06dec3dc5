"""The section in the report of a failed test: when there is one, which mocks it shows, and how it looks."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import ContractViolation
from pytest_ddbstreams._exceptions import is_about_the_test

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

HEADING = "*- DynamoDB Streams -*"


def test_a_failed_test_shows_the_mock_that_it_used(run: Run) -> None:
    result = run("""
        def test_it(ddbstreams_stream, ddbstreams_client):
            ddbstreams_stream.put({"pk": "1"})
            ddbstreams_client.list_streams()
            assert False
    """)
    result.stdout.fnmatch_lines(
        [
            HEADING,
            "1 stream, 1 call; at *",
            "test-table  ENABLED  *",
            "  ● ????????  open     ░░░░░░░░░░░░░░░░  1 unread; never opened",
            "  calls[[]0[]]  *  ListStreams *-> 1 stream",
        ]
    )


def test_a_passed_test_shows_no_mock(run: Run) -> None:
    result = run("def test_it(ddbstreams_stream): pass", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line(HEADING)


def test_a_failed_test_does_not_show_an_open_mock_that_it_did_not_use(run: Run) -> None:
    result = run("""
        def test_first(ddbstreams_mock_session):
            ddbstreams_mock_session.create_stream("orders")

        def test_second():
            assert False
    """)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line(HEADING)


@pytest.mark.parametrize("scope", ["module", "session"])
def test_each_failed_test_shows_a_wider_mock_that_it_used(run: Run, scope: str) -> None:
    result = run(f"""
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(ddbstreams_mock_{scope}, n):
            ddbstreams_mock_{scope}.create_stream(f"table-{{n}}")
            assert False
    """)
    assert result.stdout.str().count("- DynamoDB Streams -") == 2


def test_a_failed_test_shows_the_mock_of_a_users_fixture_that_it_called(run: Run) -> None:
    result = run("""
        import boto3
        import pytest
        from pytest_ddbstreams import mock_streams

        @pytest.fixture(scope="module")
        def client():
            with mock_streams():
                yield boto3.client("dynamodbstreams", region_name="us-east-1")

        def test_first(client): pass

        def test_second(client):
            client.list_streams()
            assert False
    """)
    result.stdout.fnmatch_lines(["*test_second*", HEADING, "no streams, 1 call; *"])


@pytest.mark.parametrize(
    "test",
    [
        """
        @mock_streams(freeze="2020-01-01T00:00:00Z")
        def test_it(ddbstreams_mock):
            ddbstreams_mock.create_stream("orders").put({"pk": "1"})
            assert False
        """,
        """
        def test_it():
            with mock_streams(freeze="2020-01-01T00:00:00Z") as mock:
                mock.create_stream("orders").put({"pk": "1"})
                assert False
        """,
        """
        import unittest

        @mock_streams(freeze="2020-01-01T00:00:00Z")
        class TestIt(unittest.TestCase):
            def test_it(self, ddbstreams_mock):
                ddbstreams_mock.create_stream("orders").put({"pk": "1"})
                assert False
        """,
        """
        from freezegun import freeze_time

        @freeze_time("2020-01-01T00:00:00Z")
        def test_it(ddbstreams_stream):
            ddbstreams_stream.put({"pk": "1"})
            assert False
        """,
    ],
    ids=["decorator", "with", "unittest", "a clock of the test's own"],
)
def test_a_mock_that_is_closed_already_is_shown_at_the_time_of_its_end(run: Run, test: str) -> None:
    from textwrap import dedent

    result = run("from pytest_ddbstreams import mock_streams\n" + dedent(test))
    result.stdout.fnmatch_lines(
        [HEADING, "1 stream, no calls; at 2020-01-01T00:00:00.000Z*", "*1 unread; never opened"]
    )


def test_a_failed_test_shows_both_mocks_that_it_used(run: Run) -> None:
    result = run("""
        from pytest_ddbstreams import mock_streams

        def test_it():
            with mock_streams() as one, mock_streams() as other:
                one.create_stream("outer")
                other.create_stream("inner")
            assert False
    """)
    result.stdout.fnmatch_lines([HEADING, "outer  ENABLED*", "inner  ENABLED*"])


def test_a_failed_set_up_shows_the_mock(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.fixture
        def orders(ddbstreams_mock):
            ddbstreams_mock.create_stream("orders")
            raise ValueError

        def test_it(orders): pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([HEADING, "orders  ENABLED*"])


def test_an_unused_fault_shows_the_mock_at_teardown(run: Run) -> None:
    result = run("""
        def test_it(ddbstreams_mock):
            ddbstreams_mock.fail("GetRecords", "LimitExceededException")
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([HEADING, "pending faults", "  - LimitExceededException on GetRecords*"])


def test_a_test_that_fails_twice_shows_its_mock_once(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.fixture
        def worse(ddbstreams_mock):
            yield
            raise ValueError

        def test_it(worse):
            assert False
    """)
    result.assert_outcomes(failed=1, errors=1)
    assert result.stdout.str().count("- DynamoDB Streams -") == 1


def test_a_test_that_is_run_again_shows_the_mock_of_its_second_run(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, log=False, nextitem=nextitem)
            for report in runtestprotocol(item, log=False, nextitem=nextitem):
                item.ihook.pytest_runtest_logreport(report=report)
            return True
    """)
    result = run("""
        runs = []

        def test_it(ddbstreams_mock):
            runs.append(1)
            ddbstreams_mock.create_stream(f"run-{len(runs)}")
            assert len(runs) == 1
    """)
    result.stdout.fnmatch_lines([HEADING, "run-2  ENABLED*"])
    result.stdout.no_fnmatch_line("run-1  ENABLED*")


def test_the_section_is_coloured_if_pytest_is(run: Run) -> None:
    module = """
        def test_it(ddbstreams_stream):
            ddbstreams_stream.put({"pk": "1"})
            assert False
    """
    assert "\x1b[33m░░░░░░░░░░░░░░░░\x1b[0m" in run(module, "--color=yes").stdout.str()
    assert "  ░░░░░░░░░░░░░░░░  1 unread" in run(module, "--color=no").stdout.str()


def test_the_section_is_coloured_when_another_plugin_shows_it_at_once(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        def pytest_runtest_logreport(report):
            for title, text in report.sections:
                print(f"at once: {text}")
    """)
    result = run("def test_it(ddbstreams_stream): assert False", "--color=yes", "-s")
    assert "at once: " in result.stdout.str()
    assert "\x1b[32m●\x1b[0m" in result.stdout.str().split("= FAILURES =")[0]


def test_the_section_is_ascii_if_the_terminal_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    result = run("""
        def test_it(ddbstreams_stream):
            ddbstreams_stream.put({"pk": "1"})
            assert False
    """)
    result.stdout.fnmatch_lines(["  O ????????  open     ----------------  1 unread; never opened"])


def test_the_section_is_plain_without_a_terminal_reporter(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        from pathlib import Path

        def pytest_runtest_logreport(report):
            if report.failed:
                Path("sections.txt").write_text(dict(report.sections)["DynamoDB Streams"], "utf-8")
    """)
    run("def test_it(ddbstreams_stream): assert False", "-p", "no:terminal")
    assert "  ● " in (pytester.path / "sections.txt").read_text("utf-8")


def test_the_section_is_plain_in_a_worker_of_xdist(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_configure(config): config.workerinput = {}")
    result = run("def test_it(ddbstreams_stream): assert False", "--color=yes")
    result.stdout.fnmatch_lines(["  ● *"])


def test_a_report_from_a_worker_is_coloured_by_the_process_with_the_terminal(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("""
        import pytest

        def pytest_configure(config): config.workerinput = {}

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item):
            config = item.config
            data = config.hook.pytest_report_to_serializable(config=config, report=(yield))
            del config.workerinput
            try:
                return config.hook.pytest_report_from_serializable(config=config, data=data)
            finally:
                config.workerinput = {}
    """)
    result = run("def test_it(ddbstreams_stream): assert False", "--color=yes")
    result.stdout.fnmatch_lines(["  \x1b[[]32m●*"])


def test_other_sections_are_not_changed(run: Run) -> None:
    result = run(
        """
        def test_it(ddbstreams_stream):
            print("● calls")
            assert False
    """,
        "--color=yes",
    )
    result.stdout.fnmatch_lines(["● calls"])


def test_the_traceback_of_an_assertion_ends_at_the_line_of_the_test(run: Run) -> None:
    result = run("""
def test_it(ddbstreams_mock, ddbstreams_stream):
    ddbstreams_stream.insert({"pk": "1"})
    ddbstreams_mock.calls.assert_every_record_delivered(ddbstreams_stream)
""")
    result.stdout.fnmatch_lines([">       *.assert_every_record_delivered(*", "*test_it.py:*: Assert*"])
    result.stdout.no_fnmatch_line("*pytest_ddbstreams/*.py*")


@pytest.mark.parametrize(
    "test",
    [
        "def test_it(ddbstreams_mock): ddbstreams_mock.fail('GetRecords', 'ThrottlingException')",
        "def test_it():\n    with mock_streams() as mock: mock.fail('GetRecords', 'ThrottlingException')",
        "@pytest.mark.ddbstreams_scenarios('empty_pages')\ndef test_it(ddbstreams_scenario): pass",
    ],
)
def test_the_traceback_of_a_report_at_teardown_has_no_frame_of_the_package(run: Run, test: str) -> None:
    result = run(f"import pytest\nfrom pytest_ddbstreams import mock_streams\n{test}\n")
    result.stdout.fnmatch_lines(["E * pytest_ddbstreams.UnusedFault: *"])
    result.stdout.no_fnmatch_line("*pytest_ddbstreams/*.py*")


def test_the_traceback_of_a_bug_of_the_package_keeps_its_frames() -> None:
    with pytest.raises(ContractViolation) as raised:
        raise ContractViolation
    assert not is_about_the_test(raised)
