"""Sessions and clients that were made before this package was imported are answered too."""

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
from pytest_ddbstreams._interceptors.botocore_hook import hook_up

EARLY = """
    import boto3
    import botocore.session
    from botocore.config import Config

    SESSION = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="mine", region_name="us-east-1")
    # A request that is let through fails at a proxy that does not exist.
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


def test_clients_that_an_earlier_plugin_made_are_answered(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS")  # it would load our plugin first
    pytester.makepyfile(early=EARLY, test_it=TESTS)
    pytester.syspathinsert()
    result = pytester.runpytest_subprocess("-p", "early", "-p", "ddbstreams")
    result.assert_outcomes(passed=6)


def test_a_client_that_was_made_first_is_answered_outside_pytest() -> None:
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


def test_existing_sessions_and_clients_are_found(unhooked: Any) -> None:
    session = botocore.session.Session()
    found = botocore_hook.sessions_and_clients()
    assert [any(thing is one for thing in found) for one in (session, unhooked, object())] == [True, True, False]


def test_no_object_is_searched_if_botocore_has_not_made_a_session_or_client(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("botocore.session", "botocore.client"):
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr("gc.get_objects", lambda: pytest.fail("looked at every object of the process"))
    assert botocore_hook.sessions_and_clients() == []


def test_the_search_for_clients_does_not_load_lazy_objects() -> None:
    def load(_: object) -> type:
        raise AssertionError("loaded")

    lazy = type("Lazy", (), {"__class__": property(load)})()
    assert not any(thing is lazy for thing in botocore_hook.sessions_and_clients())


def test_install_adds_the_hooks_to_existing_clients(
    monkeypatch: pytest.MonkeyPatch, ddbstreams_mock: StreamsMock, unhooked: Any
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("gc.get_objects", lambda: [unhooked, object()])
        patch.setattr(botocore_hook, "BUILTIN_HANDLERS", [])
        botocore_hook.install()
    unhooked.list_streams()
    assert len(ddbstreams_mock.calls) == 1


def test_a_client_that_gets_the_hooks_later_is_answered_once(unhooked: Any) -> None:
    hook_up(unhooked)
    with mock_streams() as streams:
        unhooked.list_streams()
    assert len(streams.calls) == 1


def test_a_client_that_gets_the_hooks_later_is_refused_after_its_mock_is_closed(unhooked: Any) -> None:
    hook_up(unhooked)
    with mock_streams():
        unhooked.list_streams()
    with pytest.raises(NetworkBlocked):
        unhooked.list_streams()


def test_a_session_that_gets_the_hooks_later_makes_clients_that_are_answered(ddbstreams_mock: StreamsMock) -> None:
    session: Any = botocore.session.Session(include_builtin_handlers=False)
    hook_up(session)
    session.create_client("dynamodbstreams", region_name="us-east-1").list_streams()
    assert len(ddbstreams_mock.calls) == 1


def test_a_session_with_the_events_of_another_makes_clients_that_are_answered(ddbstreams_mock: StreamsMock) -> None:
    shared = copy(botocore.session.Session().get_component("event_emitter"))
    session: Any = botocore.session.Session(event_hooks=shared)
    session.create_client("dynamodbstreams", region_name="us-east-1").list_streams()
    assert len(ddbstreams_mock.calls) == 1


def test_clients_that_get_the_hooks_later_have_ordinals(ddbstreams_mock: StreamsMock, unhooked: Any) -> None:
    hook_up(unhooked)
    for _ in range(2):
        unhooked.list_streams()
    assert [call.client for call in ddbstreams_mock.calls] == [1, 1]


@pytest.mark.parametrize("is_attached", [False, True])
def test_a_session_with_the_events_of_a_client_makes_clients_with_ordinals_of_their_own(
    ddbstreams_mock: StreamsMock,
    is_attached: bool,  # noqa: FBT001
) -> None:
    first = botocore.session.Session().create_client("dynamodbstreams", region_name="us-east-1")
    session: Any = botocore.session.Session(event_hooks=copy(first.meta.events))
    second = session.create_client("dynamodbstreams", region_name="us-east-1")
    clients = [first, second, first]
    for client in clients[:2] if is_attached else ():
        ddbstreams_mock.attach(client)
    for client in clients:
        client.list_streams()
    assert [call.client for call in ddbstreams_mock.calls] == [1, 2, 1]
