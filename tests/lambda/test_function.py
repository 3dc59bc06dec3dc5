from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from lambda_handlers import connect, fill, keys_of

from pytest_ddbstreams import StreamsMock, StreamStateError

if TYPE_CHECKING:
    from pytest_ddbstreams import Stream

pytestmark = pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")


def test_a_handler_may_write_to_the_stream(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    seen = []

    def handler(event: Any, _context: Any) -> None:
        seen.extend(keys_of(event))
        if len(seen) < 3:
            ddbstreams_stream.insert({"pk": f"o#{len(seen)}"})

    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, handler).drain()
    assert seen == ["o#0", "o#1", "o#2"]


def test_a_handler_cannot_poll_its_own_mapping(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    def handler(_event: Any, _context: Any) -> None:
        mapping.poll()

    fill(ddbstreams_stream, 1)
    mapping = connect(ddbstreams_mock, handler)
    [invocation] = mapping.poll()
    assert isinstance(invocation.error, StreamStateError)
    assert "cannot poll, drain or update its own mapping" in str(invocation.error)


def test_the_context_has_the_attributes_of_lambdas_context(
    ddbstreams_mock: StreamsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = ddbstreams_mock.create_stream("test-table", region="cn-north-1", account_id="000000000001")
    contexts = []

    def on_order(_event: Any, context: Any) -> None:
        ddbstreams_mock.clock.tick(seconds=60)
        contexts.append((context, context.get_remaining_time_in_millis()))
        context.log("seen")

    fill(stream, 1)
    connect(ddbstreams_mock, on_order).poll()
    [(context, remaining)] = contexts
    assert context.function_name == "on_order"
    assert context.invoked_function_arn == "arn:aws-cn:lambda:cn-north-1:000000000001:function:on_order"
    assert (context.function_version, context.memory_limit_in_mb) == ("$LATEST", "128")
    assert context.log_group_name == "/aws/lambda/on_order"
    assert context.log_stream_name.startswith("2026/01/01/[$LATEST]")
    assert (context.client_context, context.identity.cognito_identity_id) == (None, None)
    assert remaining == 14 * 60 * 1000
    assert capsys.readouterr().out == "seen\n"


def test_the_remaining_time_is_never_negative(ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream) -> None:
    remaining = []

    def handler(_event: Any, context: Any) -> None:
        ddbstreams_mock.clock.tick(minutes=16)
        remaining.append(context.get_remaining_time_in_millis())

    fill(ddbstreams_stream, 1)
    connect(ddbstreams_mock, handler).poll()
    assert remaining == [0]


def test_the_name_of_a_function_is_made_of_the_characters_that_lambda_allows(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    def handler(_event: Any, context: Any) -> str:
        return str(context.function_name)

    handler.__name__ = "on order<1>" + "x" * 64
    fill(ddbstreams_stream, 1)
    [invocation] = connect(ddbstreams_mock, handler).poll()
    assert invocation.response == "on_order_1_" + "x" * 53


def test_a_request_id_is_a_random_uuid_that_the_log_stream_has_too(
    ddbstreams_mock: StreamsMock, ddbstreams_stream: Stream
) -> None:
    fill(ddbstreams_stream, 2)
    mapping = connect(ddbstreams_mock, lambda _event, context: context.log_stream_name, batch_size=1)
    ids = [UUID(invocation.request_id) for invocation in mapping.drain()]
    assert [one.version for one in ids] == [4, 4]
    assert ids[0] != ids[1]
    assert [one.response for one in mapping.invocations] == [f"2026/01/01/[$LATEST]{one.hex}" for one in ids]
