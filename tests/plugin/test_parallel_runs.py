"""Parallel and shuffled runs: each worker has separate mocks, and ids follow from the seed alone."""

from __future__ import annotations

import random
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

import boto3
import pytest

from pytest_ddbstreams import mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable

# Neither is installed for the other tests: pytest-randomly would shuffle them.
needs_both = pytest.mark.skipif(
    find_spec("xdist") is None or find_spec("pytest_randomly") is None,
    reason="pytest-xdist and pytest-randomly: run by tox run -e parallel",
)

TESTS = """
    import os

    import pytest

    WORKER = os.environ.get("PYTEST_XDIST_WORKER", "none")
    numbers = pytest.mark.parametrize("n", range(8))

    @pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z", seed=7)
    @numbers
    def test_ids(ddbstreams_mock, n):
        stream = ddbstreams_mock.create_stream("orders", shards=2)
        assert [shard.id for shard in stream.shards] == {ids}
        assert [stream.put({{"pk": str(m)}}).event_id for m in range(3)] == {events}

    @numbers
    def test_module(ddbstreams_mock_module, ddbstreams_stream, ddbstreams_client, n):
        ddbstreams_mock_module.create_stream(f"module.{{WORKER}}.{{n}}")
        assert set(tables(ddbstreams_client)) == {{stream.table_name for stream in ddbstreams_mock_module.streams}}
        assert len(ddbstreams_stream.records) == 0

    def tables(client):
        return [stream["TableName"] for stream in client.list_streams()["Streams"]]
"""

# In another module: a mock of the module would answer before the mock of the session.
TESTS_OF_THE_SESSION = """
    from test_it import WORKER, numbers, tables

    @numbers
    def test_session(ddbstreams_mock_session, ddbstreams_client, n):
        ddbstreams_mock_session.create_stream(f"session.{WORKER}.{n}")
        found = tables(ddbstreams_client)
        assert f"session.{WORKER}.{n}" in found
        assert {name.split(".")[1] for name in found} == {WORKER}
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Return a function that runs the tests in another process, as a user does."""
    with mock_streams(freeze="2026-01-01T00:00:00Z", seed=7) as streams:
        stream = streams.create_stream("orders", shards=2)
        ids = [shard.id for shard in stream.shards]
        events = [record.event_id for record in (stream.put({"pk": str(m)}) for m in range(3)) if record]
    pytester.makepyfile(test_it=TESTS.format(ids=ids, events=events), test_more=TESTS_OF_THE_SESSION)
    return lambda *options: pytester.runpytest_subprocess("-W", "error", "-v", *options)


@needs_both
def test_four_workers_have_separate_mocks_and_the_same_ids(run: Callable[..., pytest.RunResult]) -> None:
    result = run("-p", "xdist", "-n", "4")
    result.assert_outcomes(passed=24)


@needs_both
def test_shuffled_tests_pass_with_the_same_ids(run: Callable[..., pytest.RunResult]) -> None:
    orders = set()
    for seed in ("1", "2"):
        result = run("-p", "randomly", f"--randomly-seed={seed}")
        result.assert_outcomes(passed=24)
        orders.add(tuple(re.findall(r"^test_\w+\.py::(\S+)", result.stdout.str(), re.MULTILINE)))
    assert len(orders) == 2


def test_a_mock_does_not_change_the_random_numbers_of_the_test() -> None:
    random.seed(1)
    expected = random.random()  # noqa: S311 - the sequence is what is tested
    random.seed(1)
    with mock_streams() as streams:
        stream = streams.create_stream("orders", shards=4)
        stream.put({"pk": "1"})
        stream.open_shards[0].split()
        boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()
    assert random.random() == expected  # noqa: S311
