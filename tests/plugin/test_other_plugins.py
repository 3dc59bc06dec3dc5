"""Recipes beside other plugins, as the documentation gives them; ``tox run -e plugins`` installs the plugins."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

HEAD = """
import boto3, pytest, time

def client(service="dynamodbstreams"):
    return boto3.client(service, region_name="us-east-1")
"""


def needs(module: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module} is not installed: run by tox run -e plugins")


def run(pytester: pytest.Pytester, module: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(HEAD + module)
    return pytester.runpytest_subprocess(*options)


@needs("pytest_socket")
def test_a_frozen_test_passes_while_pytest_socket_forbids_sockets(pytester: pytest.Pytester) -> None:
    module = """
def test_it(ddbstreams_stream, ddbstreams_client, ddbstreams_clock):
    ddbstreams_stream.put({"pk": "1"})
    time.sleep(100)
    assert len(ddbstreams_client.list_streams()["Streams"]) == 1
"""
    run(pytester, module, "-p", "pytest_socket", "--disable-socket").assert_outcomes(passed=1)


@needs("pytest_socket")
def test_a_server_answers_while_pytest_socket_allows_loopback(pytester: pytest.Pytester) -> None:
    module = """
import urllib.request

def test_it(ddbstreams_server):
    assert urllib.request.urlopen(f"{ddbstreams_server.url}/health").status == 200
"""
    run(pytester, module, "-p", "pytest_socket", "--allow-hosts=127.0.0.1,::1").assert_outcomes(passed=1)


@needs("pytest_rerunfailures")
def test_each_run_of_a_test_that_runs_again_has_a_mock_and_the_faults_of_its_markers(pytester: pytest.Pytester) -> None:
    module = """
runs = []

@pytest.mark.flaky(reruns=1)
@pytest.mark.ddbstreams_expired_iterators
def test_it(ddbstreams_stream, ddbstreams_client):
    assert len(ddbstreams_client.list_streams()["Streams"]) == 1
    place = {"ShardId": ddbstreams_stream.shards[0].id, "ShardIteratorType": "LATEST"}
    token = ddbstreams_client.get_shard_iterator(StreamArn=ddbstreams_stream.arn, **place)["ShardIterator"]
    with pytest.raises(ddbstreams_client.exceptions.ExpiredIteratorException):
        ddbstreams_client.get_records(ShardIterator=token)
    runs.append(1)
    assert len(runs) == 2
"""
    result = run(pytester, module, "-p", "pytest_rerunfailures")
    result.stdout.fnmatch_lines(["*1 passed, 1 rerun*"])


@needs("pytest_timeout")
def test_a_timeout_counts_real_time_while_the_clock_is_frozen(pytester: pytest.Pytester) -> None:
    module = """
@pytest.mark.timeout(30)
def test_it(ddbstreams_clock):
    time.sleep(3600)
"""
    run(pytester, module, "-p", "pytest_timeout").assert_outcomes(passed=1)


def test_time_machine_rules_the_mock_of_a_test_without_the_fixture_of_the_clock(pytester: pytest.Pytester) -> None:
    module = """
import time_machine

@time_machine.travel("2031-01-01", tick=False)
def test_it(ddbstreams_mock):
    ddbstreams_mock.clock.tick(60)
    assert ddbstreams_mock.clock.now().isoformat() == "2031-01-01T00:01:00+00:00"
"""
    run(pytester, module).assert_outcomes(passed=1)


def test_hypothesis_has_no_objection_to_the_decorator(pytester: pytest.Pytester) -> None:
    module = """
from hypothesis import given, settings, strategies as st
from pytest_ddbstreams import mock_streams

@mock_streams
@settings(max_examples=3, database=None, deadline=None)
@given(st.integers())
def test_it(ddbstreams_mock, number):
    ddbstreams_mock.create_stream("orders")
"""
    run(pytester, module, "-p", "_hypothesis_pytestplugin").assert_outcomes(passed=1)


def test_hypothesis_accepts_the_fixture_if_the_check_of_fixtures_is_suppressed(pytester: pytest.Pytester) -> None:
    module = """
from hypothesis import HealthCheck, given, settings, strategies as st

@settings(max_examples=3, database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers())
def test_it(ddbstreams_mock, number):
    ddbstreams_mock.reset()
    ddbstreams_mock.create_stream("orders")
"""
    run(pytester, module, "-p", "_hypothesis_pytestplugin").assert_outcomes(passed=1)


CASSETTE = """
import vcr

ANSWER = "<ListAllMyBucketsResult><Buckets><Bucket><Name>exports</Name></Bucket></Buckets></ListAllMyBucketsResult>"
CASSETTE = f'''
version: 1
interactions:
- request: {{method: GET, uri: "https://s3.us-east-1.amazonaws.com/", body: null, headers: {{}}}}
  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: "{ANSWER}"}}}}
'''

@pytest.fixture
def cassette(tmp_path):
    path = tmp_path / "s3.yaml"
    path.write_text(CASSETTE)
    with vcr.use_cassette(str(path), record_mode="none", match_on=["method"]):
        yield
"""


@needs("vcr")
def test_a_cassette_of_another_service_answers_if_the_network_is_not_blocked(pytester: pytest.Pytester) -> None:
    module = f"""{CASSETTE}
@pytest.mark.ddbstreams(block_network=False)
def test_it(cassette, ddbstreams_stream):
    assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == ["exports"]
    assert len(client().list_streams()["Streams"]) == 1
"""
    run(pytester, module).assert_outcomes(passed=1)


@needs("vcr")
def test_the_refusal_of_a_call_names_cassettes(pytester: pytest.Pytester) -> None:
    module = f"""{CASSETTE}
def test_it(cassette, ddbstreams_stream):
    with pytest.raises(Exception, match="to a cassette of vcrpy for instance, set block_network=False"):
        client("s3").list_buckets()
"""
    run(pytester, module).assert_outcomes(passed=1)
