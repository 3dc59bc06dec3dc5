"""aiobotocore and aioboto3 under each runner of async tests: the tests are the same, only the client differs."""

from __future__ import annotations

from importlib.util import find_spec
from textwrap import dedent
from typing import TYPE_CHECKING

import anyio
import pytest
from aio_clients import needs_aiobotocore

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

# Makes anyio import its asyncio backend once; otherwise each inner run would import it again.
anyio.run(anyio.sleep, 0)

RUNNERS = {
    "asyncio": """
        def runner(function):
            @functools.wraps(function)
            def run(**arguments):
                asyncio.run(function(**arguments))
            return run
    """,
    "pytest-asyncio": """
        runner = pytest.mark.asyncio
    """,
    "anyio": """
        runner = pytest.mark.anyio

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
    """,
}

LIBRARIES = {
    "aiobotocore": "from aiobotocore.session import get_session\nmake = get_session().create_client\n",
    "aioboto3": "import aioboto3\nmake = aioboto3.Session().client\n",
}

#: aioboto3 requires one older release of aiobotocore, so it is not installed beside the newest one.
needs_aioboto3 = pytest.mark.skipif(find_spec("aioboto3") is None, reason="aioboto3: run by tox run -e aioboto3")

TESTS = """
    import asyncio
    import functools
    from datetime import timedelta

    import anyio
    import pytest

    from pytest_ddbstreams import mock_streams

    {library}
    {runner}

    def client():
        return make("dynamodbstreams", region_name="us-east-1")

    @runner
    async def test_fixture(ddbstreams_stream):
        ddbstreams_stream.put({{"pk": "o#1"}})
        place = {{"StreamArn": ddbstreams_stream.arn, "ShardId": ddbstreams_stream.shards[0].id}}
        async with client() as streams:
            iterator = await streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")
            page = await streams.get_records(ShardIterator=iterator["ShardIterator"])
        assert [record["dynamodb"]["Keys"] for record in page["Records"]] == [{{"pk": {{"S": "o#1"}}}}]

    @runner
    @mock_streams(region="eu-west-1")
    async def test_decorator(ddbstreams_mock):
        async with make("dynamodbstreams") as streams:
            await streams.list_streams()
        assert [call.region for call in ddbstreams_mock.calls] == ["eu-west-1"]

    @runner
    async def test_typed_exceptions(ddbstreams_stream, ddbstreams_mock):
        ddbstreams_mock.fail("DescribeStream", "ResourceNotFoundException")
        async with client() as streams:
            with pytest.raises(streams.exceptions.ResourceNotFoundException):
                await streams.describe_stream(StreamArn=ddbstreams_stream.arn)

    @runner
    async def test_fifty_at_once(ddbstreams_stream, ddbstreams_mock):
        async with client() as streams:
            pages = await asyncio.gather(*(streams.list_streams() for _ in range(50)))
        assert [len(page["Streams"]) for page in pages] == [1] * 50
        assert len(ddbstreams_mock.calls) == 50

    @pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
    @runner
    async def test_frozen_clock(ddbstreams_mock):
        ddbstreams_mock.fail("ListStreams", "InternalServerError", times=3)
        async with client() as streams:
            await asyncio.wait_for(streams.list_streams(), timeout=60)  # it waits before each of three retries
        before = ddbstreams_mock.clock.now()
        await asyncio.sleep(3600)
        await anyio.sleep(3600)
        assert ddbstreams_mock.clock.now() - before == timedelta(hours=2)

    @pytest.mark.ddbstreams(freeze="2026-01-01T00:00:00Z")
    @runner
    async def test_timeouts_end_what_hangs_while_the_clock_is_frozen(ddbstreams_mock):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=0.01)
        with anyio.move_on_after(0.01) as scope:
            await anyio.Event().wait()
        assert scope.cancelled_caught
"""


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    "library",
    [pytest.param("aiobotocore", marks=needs_aiobotocore), pytest.param("aioboto3", marks=needs_aioboto3)],
)
def test_the_fixtures_work_in_async_tests(run: Run, runner: str, library: str) -> None:
    parts = {"runner": dedent(RUNNERS[runner]), "library": LIBRARIES[library]}
    result = run(dedent(TESTS).format(**parts), ini="filterwarnings = error")
    result.assert_outcomes(passed=6)
