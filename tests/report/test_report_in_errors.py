"""Outside pytest, the report of a mock goes with the error that ends its test."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

import boto3
import pytest

from pytest_ddbstreams import _report, _running_tests, mock_streams

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_ddbstreams import StreamsMock

SUITE = """
    import unittest

    import boto3

    from pytest_ddbstreams import mock_streams


    @mock_streams()
    class TestOrders(unittest.TestCase):
        def test_fails(self, ddbstreams_mock):
            ddbstreams_mock.create_stream("orders")
            boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()
            self.fail("of the test")

        @unittest.expectedFailure
        def test_skips(self, ddbstreams_mock):
            self.skipTest("of the test")
"""


@pytest.fixture
def _without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test be known, as outside pytest."""
    monkeypatch.setattr(_running_tests, "_RUNNING", [])


def shown(error: BaseException, captured: str) -> str:
    """Return what a test framework shows with an error: its notes, which Python 3.10 does not have, or stderr."""
    return "\n".join(getattr(error, "__notes__", [captured]))


def test_unittest_shows_the_report_of_a_failed_test(tmp_path: Path) -> None:
    (tmp_path / "test_orders.py").write_text(dedent(SUITE), "utf-8")
    command = [sys.executable, "-m", "unittest", "test_orders"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 1
    assert done.stderr.count("DynamoDB Streams\n1 stream, 1 call; at ") == 1
    assert "ListStreams         -> 1 stream" in done.stderr


@pytest.mark.usefixtures("_without_pytest")
def test_an_error_that_leaves_a_mock_has_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    def test() -> None:
        with mock_streams() as mock:
            mock.create_stream("orders")
            boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()
            raise ValueError("of the test")

    with pytest.raises(ValueError, match="of the test") as raised:
        test()
    assert "1 stream, 1 call; at " in shown(raised.value, capsys.readouterr().err)


@pytest.mark.usefixtures("_without_pytest")
def test_an_error_that_leaves_two_mocks_has_the_report_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    def test() -> None:
        with mock_streams() as outer, mock_streams():
            outer.create_stream("orders")
            raise ValueError("of the test")

    with pytest.raises(ValueError, match="of the test") as raised:
        test()
    text = shown(raised.value, capsys.readouterr().err)
    assert (text.count("1 stream, no calls"), text.count("no streams, no calls")) == (1, 1)


@pytest.mark.usefixtures("_without_pytest")
@pytest.mark.parametrize("error", [SkipTest("of the test"), KeyboardInterrupt()])
def test_an_error_that_is_no_failure_has_no_report(capsys: pytest.CaptureFixture[str], error: Any) -> None:
    with pytest.raises(type(error)), mock_streams(freeze="2026-01-01"):
        raise error
    assert shown(error, capsys.readouterr().err) == ""


def test_an_error_under_pytest_has_no_note_because_pytest_shows_the_report() -> None:
    with pytest.raises(ValueError, match="of the test") as raised, mock_streams():
        raise ValueError("of the test")
    assert not hasattr(raised.value, "__notes__")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python has no notes")
def test_an_error_that_passes_one_mock_twice_has_one_report(ddbstreams_mock: StreamsMock) -> None:
    error = ValueError("of the test")
    with ddbstreams_mock.clock.freeze("2026-01-01"):
        for _ in range(2):
            _report.add_to(error, ddbstreams_mock._service)
    assert len(getattr(error, "__notes__", ())) == 1
