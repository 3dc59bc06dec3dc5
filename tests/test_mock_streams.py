from __future__ import annotations

import asyncio
import inspect
import os
import time
import unittest
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from careless_code import swallow

from pytest_ddbstreams import (
    InvalidOption,
    StreamsMock,
    StreamStateError,
    UnusedFault,
    mock_streams,
)
from pytest_ddbstreams._service import OPEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    before = process()
    yield
    assert process() == before
    assert OPEN == []


def process() -> tuple[Any, ...]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return environment, time.sleep, asyncio.sleep, datetime


def tables() -> list[str]:
    """Return the tables of the streams that a client of the code under test lists."""
    listed = boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()["Streams"]
    return [stream["TableName"] for stream in listed]


def add_fault(mock: StreamsMock) -> None:
    mock.fail("GetRecords", "ThrottlingException")


# Functions


@mock_streams
def test_a_bare_decorator_supplies_the_mock(ddbstreams_mock: StreamsMock) -> None:
    ddbstreams_mock.create_stream("orders")
    assert tables() == ["orders"]


@mock_streams
def test_the_argument_is_optional() -> None:
    assert (tables(), len(OPEN)) == ([], 1)


@mock_streams(region="eu-west-1", freeze=NEW_YEAR)
def test_a_decorator_takes_options(ddbstreams_mock: StreamsMock) -> None:
    assert ddbstreams_mock.create_stream("orders").region == "eu-west-1"
    assert datetime.now(timezone.utc) == NEW_YEAR


@mock_streams
@pytest.mark.parametrize("n", [1, 2])
def test_pytest_supplies_the_other_arguments(tmp_path: object, ddbstreams_mock: StreamsMock, n: int) -> None:
    assert tmp_path is not None
    assert (n in {1, 2}, ddbstreams_mock.streams) == (True, ())


def test_a_decorated_function_hides_the_argument_and_keeps_its_name_and_docstring() -> None:
    @mock_streams
    def function(a: int, ddbstreams_mock: StreamsMock, *, b: int = 2) -> tuple[int, int, int]:
        """The docstring."""
        return a, b, len(ddbstreams_mock.streams)

    assert list(inspect.signature(function).parameters) == ["a", "b"]
    assert (function.__name__, function.__doc__) == ("function", "The docstring.")
    assert function(1, b=3) == (1, 3, 0)


@mock_streams
async def in_a_coroutine(ddbstreams_mock: StreamsMock) -> int:
    ddbstreams_mock.create_stream("orders")
    await asyncio.sleep(0)
    return len(tables())


def test_a_decorated_coroutine_function_runs_under_asyncio() -> None:
    assert asyncio.run(in_a_coroutine()) == 1


@pytest.mark.asyncio
@mock_streams
async def test_a_decorated_coroutine_function_runs_under_pytest_asyncio(ddbstreams_mock: StreamsMock) -> None:
    await asyncio.sleep(0)
    assert ddbstreams_mock.calls.of("ListStreams") == ()
    assert (tables(), len(ddbstreams_mock.calls)) == ([], 1)


@pytest.fixture
@mock_streams(seed=3)
def stream_of_a_fixture(ddbstreams_mock: StreamsMock) -> Iterator[str]:
    yield ddbstreams_mock.create_stream("orders").arn
    assert len(ddbstreams_mock.calls) == 1


def test_a_decorated_generator_function_can_be_a_fixture(stream_of_a_fixture: str) -> None:
    assert stream_of_a_fixture
    assert tables() == ["orders"]


def test_a_decorated_generator_function_receives_values_and_returns_one() -> None:
    @mock_streams
    def generator() -> Iterator[int]:
        got = yield len(OPEN)
        return got

    running: Any = generator()
    assert next(running) == 1
    with pytest.raises(StopIteration) as end:
        running.send(5)
    assert end.value.value == 5


@mock_streams
async def asynchronous(events: list[Any], ddbstreams_mock: StreamsMock) -> AsyncIterator[int]:
    try:
        events.append((yield len(ddbstreams_mock.streams)))
        events.append((yield len(OPEN)))
    except LookupError as error:
        events.append(type(error))
        yield 9
    finally:
        events.append(f"{len(OPEN)} open")


def test_a_decorated_async_generator_function_yields_and_receives_values() -> None:
    events: list[Any] = []

    async def main() -> list[int]:
        generator: Any = asynchronous(events)  # type: ignore[no-untyped-call]
        return [await anext(generator), await generator.asend("sent"), *[value async for value in generator]]

    assert asyncio.run(main()) == [0, 1]
    assert events == ["sent", None, "1 open"]


def test_a_decorated_async_generator_function_gets_thrown_errors_while_its_mock_is_open() -> None:
    events: list[Any] = []

    async def main() -> int:
        generator: Any = asynchronous(events)  # type: ignore[no-untyped-call]
        await anext(generator)
        value: int = await generator.athrow(KeyError("thrown"))
        await generator.aclose()
        return value

    assert asyncio.run(main()) == 9
    assert events == [KeyError, "1 open"]


def test_a_decorated_async_context_manager_closes_its_mock_after_a_block_that_fails() -> None:
    manager = asynccontextmanager(asynchronous)
    events: list[Any] = []

    async def main() -> None:
        async with manager(events):
            raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"):
        asyncio.run(main())
    assert events == ["1 open"]


@pytest.mark.parametrize("target", [5, "eu-west-1"])
def test_a_target_that_is_not_callable_is_refused_with_the_right_call(target: Any) -> None:
    with pytest.raises(InvalidOption, match=r'mock_streams\(region="eu-west-1"\)'):
        mock_streams(target)


# Classes


@mock_streams
class TestPlainClass:
    def test_first(self, ddbstreams_mock: StreamsMock) -> None:
        assert ddbstreams_mock.streams == ()
        ddbstreams_mock.create_stream("orders")

    def test_each_test_has_another_mock(self, ddbstreams_mock: StreamsMock) -> None:
        assert (ddbstreams_mock.streams, len(OPEN)) == ((), 1)

    def test_the_argument_is_optional(self) -> None:
        assert tables() == []

    @pytest.mark.asyncio
    async def test_a_coroutine_method_gets_the_mock(self, ddbstreams_mock: StreamsMock) -> None:
        assert (tables(), len(ddbstreams_mock.calls)) == ([], 1)

    def helper(self) -> int:
        return len(OPEN)


@mock_streams
class TestSetUpSeesTheMock:
    def setup_method(self) -> None:
        self.seen = tables()
        self.client = boto3.client("dynamodbstreams")

    def test_it(self, ddbstreams_mock: StreamsMock) -> None:
        self.client.list_streams()
        assert (self.seen, len(ddbstreams_mock.calls)) == ([], 2)


@mock_streams
class TestSetUpTakesTheMethod:
    def setup_method(self, method: Callable[..., None]) -> None:
        self.name = method.__name__

    def teardown_method(self) -> None:
        assert len(OPEN) == 1

    def test_it(self) -> None:
        assert self.name == "test_it"


class Inherited:
    def test_inherited(self, ddbstreams_mock: StreamsMock) -> None:
        assert tables() == []
        assert (len(OPEN), len(ddbstreams_mock.calls)) == (1, 1)


@mock_streams
class TestInheritedTestsAreDecorated(Inherited):
    pass


@mock_streams(region="eu-west-1")
class TestDecoratedSubclassOfADecoratedClass(TestSetUpSeesTheMock):
    def test_it(self, ddbstreams_mock: StreamsMock) -> None:
        assert (len(OPEN), len(ddbstreams_mock.calls), len(self.seen)) == (2, 1, 0)


def test_a_class_decorated_twice_closes_both_mocks() -> None:
    @mock_streams
    @mock_streams(region="eu-west-1")
    class Twice:
        def test_it(self, ddbstreams_mock: StreamsMock) -> None:
            assert (len(OPEN), ddbstreams_mock.options.region) == (2, "eu-west-1")

    test: Any = Twice()
    test.setup_method(None)
    test.test_it()
    test.teardown_method(None)
    assert OPEN == []


def test_a_test_method_that_is_called_by_hand_gets_a_mock() -> None:
    TestPlainClass().test_first()  # type: ignore[call-arg]
    assert TestPlainClass().helper() == 0


class Kaputt(Exception):
    pass


def test_a_set_up_that_fails_closes_the_mock_and_raises_its_own_error_only() -> None:
    @mock_streams
    class Failing:
        def setup_method(self) -> None:
            swallow(boto3.client("sqs", region_name="us-east-1").list_queues)
            raise Kaputt

    with pytest.raises(Kaputt):
        Failing().setup_method(None)  # type: ignore[call-arg]


def test_a_tear_down_that_fails_closes_the_mock_and_raises_its_own_error_only() -> None:
    @mock_streams
    class Failing:
        def test_it(self, ddbstreams_mock: StreamsMock) -> None:
            add_fault(ddbstreams_mock)

        def teardown_method(self) -> None:
            raise Kaputt

    test: Any = Failing()
    test.setup_method(None)
    test.test_it()
    with pytest.raises(Kaputt):
        test.teardown_method(None)


@pytest.mark.parametrize("fails", [True, False])
def test_an_unused_fault_fails_a_test_method_unless_the_method_has_failed(fails: bool) -> None:  # noqa: FBT001
    @mock_streams
    class Class:
        def test_it(self, ddbstreams_mock: StreamsMock) -> None:
            add_fault(ddbstreams_mock)
            if fails:
                raise Kaputt

    test: Any = Class()
    test.setup_method(None)
    if fails:
        with pytest.raises(Kaputt):
            test.test_it()
        test.teardown_method(None)
    else:
        test.test_it()
        with pytest.raises(UnusedFault):
            test.teardown_method(None)


# TestCases


@mock_streams
class TestCaseUnderPytest(unittest.TestCase):
    def setUp(self) -> None:
        self.seen = tables()

    def test_set_up_sees_the_mock(self, ddbstreams_mock: StreamsMock) -> None:
        assert (self.seen, len(ddbstreams_mock.calls)) == ([], 1)

    def test_the_argument_is_optional(self) -> None:
        assert len(OPEN) == 1

    def tearDown(self) -> None:
        assert len(OPEN) == 1


@mock_streams
class TestIsolatedAsyncioCaseUnderPytest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.seen = tables()

    async def test_a_coroutine_method_gets_the_mock(self, ddbstreams_mock: StreamsMock) -> None:
        await asyncio.sleep(0)
        assert (self.seen, len(ddbstreams_mock.calls)) == ([], 1)


class Case(unittest.TestCase):
    """A TestCase that pytest does not collect; the tests below run it."""

    __test__ = False

    def passes(self, ddbstreams_mock: StreamsMock) -> None:
        assert ddbstreams_mock.streams == ()

    def fails(self, ddbstreams_mock: StreamsMock) -> None:
        add_fault(ddbstreams_mock)
        self.fail("on purpose")

    def skips(self, ddbstreams_mock: StreamsMock) -> None:
        add_fault(ddbstreams_mock)
        self.skipTest("on purpose")

    @unittest.skip("as a whole")
    def is_skipped(self, ddbstreams_mock: StreamsMock) -> None:
        raise NotImplementedError

    def leaves_a_fault_unused(self, ddbstreams_mock: StreamsMock) -> None:
        add_fault(ddbstreams_mock)

    def fails_in_a_sub_test(self, ddbstreams_mock: StreamsMock) -> None:
        add_fault(ddbstreams_mock)
        with self.subTest():
            self.fail("on purpose")


def case_of(name: str) -> Any:
    """Return a TestCase with one test, a method of `Case`."""
    cls = type("Decorated", (Case,), {f"test_{name}": vars(Case)[name]})
    return mock_streams(cls)(f"test_{name}")


@pytest.mark.parametrize(
    ("name", "failures", "errors", "skipped"),
    [
        ("passes", 0, 0, 0),
        ("fails", 1, 0, 0),
        ("skips", 0, 0, 1),
        ("leaves_a_fault_unused", 1, 0, 0),
        ("fails_in_a_sub_test", 1, 0, 0),
    ],
)
def test_a_test_case_has_the_right_result_in_unittest(name: str, failures: int, errors: int, skipped: int) -> None:
    result = unittest.TestResult()
    case_of(name).run(result)
    assert (len(result.failures), len(result.errors), len(result.skipped)) == (failures, errors, skipped)
    assert result.testsRun == 1


def test_a_test_case_that_is_skipped_as_a_whole_has_no_failure() -> None:
    result = unittest.TestResult()
    case_of("is_skipped").run(result)
    # Its testsRun is not compared: Python 3.12.1 alone does not count such tests.
    assert (len(result.failures), len(result.errors), len(result.skipped)) == (0, 0, 1)


def test_the_failure_of_a_test_case_shows_the_unused_fault() -> None:
    result = unittest.TestResult()
    case_of("leaves_a_fault_unused").run(result)
    assert "UnusedFault" in result.failures[0][1]


def test_debug_of_a_test_case_raises_its_failure() -> None:
    with pytest.raises(AssertionError, match="on purpose"):
        case_of("fails").debug()


def test_debug_of_a_test_case_raises_an_unused_fault() -> None:
    with pytest.raises(UnusedFault):
        case_of("leaves_a_fault_unused").debug()


# Blocks


def test_a_mock_answers_within_a_block() -> None:
    with mock_streams(region="eu-west-1") as streams:
        streams.create_stream("orders", region="us-east-1")
        assert tables() == ["orders"]


def test_start_opens_a_mock_with_the_options() -> None:
    mock = mock_streams(seed=4)
    streams = mock.start()
    assert (streams.options.seed, len(OPEN)) == (4, 1)
    mock.stop()


def test_stop_without_start_is_refused() -> None:
    with pytest.raises(StreamStateError, match=r"stop\(\) without start\(\)"):
        mock_streams().stop()


def test_the_inner_mock_answers_until_it_closes() -> None:
    with mock_streams() as outer:
        outer.create_stream("outer")
        with mock_streams() as inner:
            inner.create_stream("inner")
            assert tables() == ["inner"]
        assert tables() == ["outer"]


def test_one_object_opens_a_new_mock_at_each_use_even_within_itself() -> None:
    mock = mock_streams()
    with mock as first, mock as second:
        first.create_stream("first")
        assert tables() == []
    with mock as third:
        assert tables() == []
    assert len({id(first), id(second), id(third)}) == 3


@pytest.mark.parametrize("options", [{}, {"freeze": NEW_YEAR, "region": "eu-west-1"}])
def test_coroutines_that_overlap_close_their_own_mocks(options: dict[str, Any]) -> None:
    async def main() -> tuple[int, ...]:
        first_is_open, second_is_open, first_is_closed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        mock = mock_streams(**options)

        @mock
        async def first(ddbstreams_mock: StreamsMock) -> int:
            first_is_open.set()
            await second_is_open.wait()
            ddbstreams_mock.create_stream("orders")
            return len(ddbstreams_mock.streams)

        @mock
        async def second(ddbstreams_mock: StreamsMock) -> int:
            second_is_open.set()
            await first_is_closed.wait()
            assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
            assert os.environ["AWS_DEFAULT_REGION"] == ddbstreams_mock.options.region
            assert (ddbstreams_mock.clock.now() == NEW_YEAR) == ("freeze" in options)
            return len(ddbstreams_mock.streams)

        one = asyncio.create_task(first())
        await first_is_open.wait()
        two = asyncio.create_task(second())
        counts = [await one]
        first_is_closed.set()
        return (*counts, await two)

    assert asyncio.run(main()) == (1, 0)


@pytest.mark.parametrize("way", ["block", "decorator"])
def test_an_error_of_the_test_is_raised_alone_without_unused_faults(way: str) -> None:
    @mock_streams(freeze=NEW_YEAR)
    def decorated(ddbstreams_mock: StreamsMock) -> None:
        add_fault(ddbstreams_mock)
        raise Kaputt

    with pytest.raises(Kaputt):  # noqa: PT012 - the block is what is tested
        if way == "decorator":
            decorated()
        with mock_streams(freeze=NEW_YEAR) as streams:
            add_fault(streams)
            raise Kaputt


@contextmanager
def started(**options: Any) -> Iterator[StreamsMock]:
    mock = mock_streams(**options)
    yield mock.start()
    mock.stop()


@mock_streams
def leaving_a_fault_unused(ddbstreams_mock: StreamsMock) -> None:
    add_fault(ddbstreams_mock)


def test_a_block_reports_an_unused_fault_at_its_end() -> None:
    with pytest.raises(UnusedFault, match="ThrottlingException on GetRecords"), mock_streams() as streams:
        add_fault(streams)


def test_stop_reports_an_unused_fault() -> None:
    with pytest.raises(UnusedFault, match="ThrottlingException on GetRecords"), started() as streams:
        add_fault(streams)


def test_a_decorated_function_reports_an_unused_fault() -> None:
    with pytest.raises(UnusedFault, match="ThrottlingException on GetRecords"):
        leaving_a_fault_unused()


def test_strict_false_allows_unused_faults() -> None:
    with mock_streams(strict=False) as in_a_block, started(strict=False) as by_hand:
        add_fault(in_a_block)
        add_fault(by_hand)
    assert (in_a_block.options.strict, by_hand.options.strict) == (False, False)


def test_an_instant_that_cannot_be_frozen_changes_nothing() -> None:
    with pytest.raises(InvalidOption):
        mock_streams(freeze="0001-01-01T00:00:00+14:00").start()


def test_the_repr_of_mock_streams_shows_its_options() -> None:
    assert repr(mock_streams(seed=7)).startswith("mock_streams(Options(region='us-east-1', ")


def test_a_started_mock_can_stop_itself() -> None:
    streams = mock_streams().start()
    assert boto3.client("dynamodbstreams").list_streams()["Streams"] == []
    streams.stop()
    assert OPEN == []


def test_a_mock_refuses_to_stop_twice_or_within_a_block() -> None:
    streams = mock_streams().start()
    streams.stop()
    with pytest.raises(StreamStateError, match=r"stop\(\) goes with mock_streams"):
        streams.stop()
    with mock_streams() as streams, pytest.raises(StreamStateError, match="is closed by what opened it"):
        streams.stop()


def test_started_mocks_stop_in_any_order() -> None:
    mock = mock_streams()
    first, second = mock.start(), mock.start()
    first.stop()
    tables()
    assert (len(OPEN), len(second.calls)) == (1, 1)
    mock.stop()
    assert OPEN == []


def test_a_static_test_method_gets_a_mock_too() -> None:
    @mock_streams
    class TestStatic:
        @staticmethod
        def test_it(ddbstreams_mock: StreamsMock) -> str:
            return ddbstreams_mock.create_stream("orders").table_name

    assert TestStatic().test_it() == "orders"  # type: ignore[call-arg] # the decorator supplies it
