"""Sessions and clients that were there before this package was loaded are answered all the same."""

from __future__ import annotations

import subprocess
import sys
from copy import copy
from textwrap import dedent
from typing import Any

import botocore.session
import pytest

from pytest_ddbstreams import NetworkBlocked, StreamsMock, mock_streams
from pytest_ddbstreams._interceptors import botocore_hook
from pytest_ddbstreams._interceptors.botocore_hook import _hook_up

EARLY = """
    import boto3
    import botocore.session
    from botocore.config import Config

    SESSION = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine", region_name="us-east-1")
    # What is let through goes where nothing listens.
    CLIENT = SESSION.client("dynamodbstreams", config=Config(proxies={"https": "http://127.0.0.1:1"}))
    BARE = botocore.session.Session(include_builtin_handlers=False)
    QUEUES = SESSION.client("sqs")
    boto3.setup_default_session(region_name="us-east-1")
"""

TESTS = """
    import boto3
    import early
    import pytest
    from pytest_ddbstreams import NetworkBlocked

    def test_client(ddbstreams_stream):
        assert len(early.CLIENT.list_streams()["Streams"]) == 1

    def test_client_of_its_session(ddbstreams_stream):
        assert len(early.SESSION.client("dynamodbstreams").list_streams()["Streams"]) == 1

    def test_client_of_a_session_without_handlers(ddbstreams_stream):
        client = early.BARE.create_client("dynamodbstreams", region_name="us-east-1")
        assert len(client.list_streams()["Streams"]) == 1

    def test_client_of_the_default_session(ddbstreams_stream):
        assert len(boto3.client("dynamodbstreams").list_streams()["Streams"]) == 1

    def test_client_of_another_service(ddbstreams_mock):
        with pytest.raises(NetworkBlocked, match="sqs.ListQueues"):
            early.QUEUES.list_queues()

    def test_client_after_the_mock():
        with pytest.raises(NetworkBlocked, match="test_client is closed|test_client_of_its_session is closed"):
            early.CLIENT.list_streams()
"""


def test_a_plugin_that_was_loaded_first_may_have_made_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(early=EARLY, test_it=TESTS)
    pytester.syspathinsert()
    result = pytester.runpytest_subprocess("-p", "early", "-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(passed=6)


def test_outside_pytest_too_they_are_answered() -> None:
    script = """
        import asyncio
        import boto3
        client = boto3.client("dynamodbstreams", region_name="us-east-1")

        from pytest_ddbstreams import mock_streams

        with mock_streams() as streams:
            streams.create_stream("orders")
            print(len(client.list_streams()["Streams"]), len(streams.calls))
    """
    done = subprocess.run([sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "1 1\n"


@pytest.fixture
def unreachable() -> Any:
    """A client that took over no hooks."""
    session = botocore.session.Session(include_builtin_handlers=False)
    return session.create_client("dynamodbstreams", region_name="us-east-1")


def test_the_collector_knows_sessions_and_clients(unreachable: Any) -> None:
    session = botocore.session.Session()
    found = botocore_hook._sessions_and_clients()
    assert [any(thing is one for thing in found) for one in (session, unreachable, object())] == [True, True, False]


def test_where_botocore_makes_none_nobody_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("botocore.session", "botocore.client"):
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr("gc.get_objects", lambda: pytest.fail("looked at every object of the process"))
    assert botocore_hook._sessions_and_clients() == []


def test_objects_of_others_are_not_woken_up() -> None:
    def wake_up(_: object) -> type:
        raise AssertionError("woken up")

    lazy = type("Lazy", (), {"__class__": property(wake_up)})()
    assert not any(thing is lazy for thing in botocore_hook._sessions_and_clients())


def test_a_client_that_is_hooked_up_is_answered_once(unreachable: Any) -> None:
    _hook_up(unreachable)
    with mock_streams() as streams:
        unreachable.list_streams()
    assert len(streams.calls) == 1


def test_a_client_that_is_hooked_up_remembers_its_mock(unreachable: Any) -> None:
    _hook_up(unreachable)
    with mock_streams():
        unreachable.list_streams()
    with pytest.raises(NetworkBlocked):
        unreachable.list_streams()


def test_a_session_that_is_hooked_up_makes_clients_that_are_answered(ddbstreams_mock: StreamsMock) -> None:
    session: Any = botocore.session.Session(include_builtin_handlers=False)
    _hook_up(session)
    session.create_client("dynamodbstreams", region_name="us-east-1").list_streams()
    assert len(ddbstreams_mock.calls) == 1


def test_a_session_may_share_the_events_of_another(ddbstreams_mock: StreamsMock) -> None:
    shared = copy(botocore.session.Session().get_component("event_emitter"))
    session: Any = botocore.session.Session(event_hooks=shared)
    session.create_client("dynamodbstreams", region_name="us-east-1").list_streams()
    assert len(ddbstreams_mock.calls) == 1
