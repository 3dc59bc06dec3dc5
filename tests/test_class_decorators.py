"""`@mock_streams` beside other decorators: moto's, unittest.mock's and freezegun's of classes, and Hypothesis's."""

from __future__ import annotations

import asyncio
import unittest
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import freezegun
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pytest_ddbstreams import StreamsMock, mock_streams
from pytest_ddbstreams._service import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Any], Any]

REGION = "us-east-1"


def make(name: str) -> None:
    boto3.client("dynamodb", REGION).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )


def tables() -> tuple[list[str], list[str]]:
    """Return the tables of moto, and those of the mock's streams."""
    streams = boto3.client("dynamodbstreams", REGION).list_streams()["Streams"]
    names = boto3.client("dynamodb", REGION).list_tables()["TableNames"]
    return sorted(names), [each["TableName"] for each in streams]


def passed(case: type[unittest.TestCase]) -> int:
    """Run the tests of a TestCase, and return how many there were; all of them pass."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert [text for _, text in (*result.failures, *result.errors)] == []
    return result.testsRun


both_orders = pytest.mark.parametrize(
    "decorate",
    [lambda cls: mock_aws(mock_streams(cls)), lambda cls: mock_streams(mock_aws(cls))],
    ids=["moto-outside", "moto-inside"],
)


@both_orders
def test_tables_of_a_test_case_with_set_up_are_new_for_each_test(decorate: Decorator) -> None:
    class Orders(unittest.TestCase):
        def setUp(self) -> None:
            make("orders")

        def test_one(self) -> None:
            make("carts")
            assert tables() == (["carts", "orders"], ["carts", "orders"])

        def test_two(self) -> None:
            assert tables() == (["orders"], ["orders"])

    assert passed(decorate(Orders)) == 2


@both_orders
def test_tables_of_a_test_case_without_set_up_are_new_for_each_test(decorate: Decorator) -> None:
    class Orders(unittest.TestCase):
        def test_one(self) -> None:
            make("orders")
            for _ in range(2):
                with self.subTest():
                    assert tables() == (["orders"], ["orders"])

        def test_two(self) -> None:
            assert tables() == ([], [])

    assert passed(decorate(Orders)) == 2


def test_methods_of_an_async_test_case_share_a_mock_under_a_patch_of_the_class() -> None:
    @mock.patch("os.getcwd")
    @mock_streams
    class Orders(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            self.mock = OPEN[-1]

        async def test_one(self, getcwd: Any, ddbstreams_mock: StreamsMock) -> None:
            assert isinstance(getcwd, mock.Mock)
            assert ddbstreams_mock._service is self.mock

    assert passed(Orders) == 1


@pytest.mark.parametrize("has_set_up", [True, False])
@both_orders
def test_tables_of_a_class_of_pytest_are_new_for_each_test(
    pytester: pytest.Pytester, decorate: Decorator, *, has_set_up: bool
) -> None:
    order = decorate(type("Probe", (), {})) and (
        "@mock_aws\n@mock_streams" if decorate.__code__.co_names[0] == "mock_aws" else "@mock_streams\n@mock_aws"
    )
    set_up = 'def setup_method(self):\n        make("carts")' if has_set_up else "pass"
    made = ["carts"] if has_set_up else []
    pytester.makepyfile(f"""
from moto import mock_aws
from pytest_ddbstreams import mock_streams
from test_class_decorators import make, tables

{order}
class TestOrders:
    {set_up}

    def test_one(self):
        make("orders")
        assert tables() == ({[*made, "orders"]}, {[*made, "orders"]})

    def test_two(self):
        assert tables() == ({made}, {made})
""")
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_a_patch_of_a_class_supplies_its_mock_to_each_test() -> None:
    @mock.patch("os.getcwd")
    @mock_streams
    class Orders(unittest.TestCase):
        def test_one(self, getcwd: Any) -> None:
            assert isinstance(getcwd, mock.Mock)
            assert len(OPEN) == 1

    assert passed(Orders) == 1


def test_a_freeze_of_a_class_freezes_the_clock_of_each_test() -> None:
    @freezegun.freeze_time("2026-01-01")
    @mock_streams
    class Orders(unittest.TestCase):
        def test_one(self, ddbstreams_mock: StreamsMock) -> None:
            assert ddbstreams_mock.clock.now().year == 2026

    assert passed(Orders) == 1


# Hypothesis


def test_each_example_of_hypothesis_has_a_mock_of_its_own() -> None:
    seen: list[int] = []

    @mock_streams
    @settings(max_examples=5, database=None)
    @given(st.integers())
    def property_of_streams(ddbstreams_mock: StreamsMock, number: int) -> None:
        seen.append(number)
        assert ddbstreams_mock.streams == ()
        ddbstreams_mock.create_stream("orders")

    property_of_streams()  # type: ignore[no-untyped-call]
    assert len(seen) == 5
    assert OPEN == []


def test_each_example_has_a_mock_if_the_test_takes_none() -> None:
    @mock_streams
    @settings(max_examples=3, database=None)
    @given(number=st.integers())
    def property_of_streams(number: int) -> None:  # noqa: ARG001 - the example
        assert len(OPEN) == 1
        assert tables()[1] == []
        OPEN[0].use()

    with mock_aws():
        property_of_streams()  # type: ignore[no-untyped-call]
    assert OPEN == []


def test_a_property_under_a_decorator_is_collected_by_pytest(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
from hypothesis import given, settings, strategies as st
from pytest_ddbstreams import mock_streams

@mock_streams
@settings(max_examples=3, database=None, deadline=None)
@given(number=st.integers())
def test_it(ddbstreams_mock, tmp_path_factory, number):
    assert ddbstreams_mock.streams == ()
    ddbstreams_mock.create_stream("orders")

@mock_streams
class TestOrders:
    def setup_method(self):
        self.numbers = []

    @settings(max_examples=3, database=None, deadline=None)
    @given(number=st.integers())
    def test_method(self, ddbstreams_mock, number):
        self.numbers.append(number)
        assert len(ddbstreams_mock.streams) == len(self.numbers) - 1  # one mock, as one set-up
        ddbstreams_mock.create_stream(f"table-{len(self.numbers)}")
""")
    pytester.runpytest_inprocess("-p", "_hypothesis_pytestplugin").assert_outcomes(passed=2)


# async with


def test_an_async_with_statement_opens_and_closes_a_mock() -> None:
    async def main() -> int:
        async with mock_streams(region="eu-west-1") as streams:
            assert streams.options.region == "eu-west-1"
            return len(OPEN)

    assert asyncio.run(main()) == 1
    assert OPEN == []


def test_an_async_with_statement_excuses_unused_faults_if_its_block_raises() -> None:
    async def main() -> None:
        async with mock_streams() as streams:
            streams.fail("GetRecords", "InternalServerError")
            raise ValueError("the block failed")

    with pytest.raises(ValueError, match="the block failed"):
        asyncio.run(main())
