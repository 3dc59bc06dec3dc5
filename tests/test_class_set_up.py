"""`@mock_streams` on classes with a set-up or a tear-down of the class."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import pytest
from botocore.config import Config
from careless_code import swallow
from moto import mock_aws

from pytest_ddbstreams import NetworkBlocked, StreamsMock, UnusedFault, mock_streams
from pytest_ddbstreams._service import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A proxy that does not exist: a request that fails there was let through.
NOWHERE = Config(proxies={"https": "http://127.0.0.1:1"}, retries={"max_attempts": 0})


class Kaputt(Exception):
    pass


@pytest.fixture(autouse=True)
def _no_mock_stays_open() -> Iterator[None]:
    before = list(OPEN)
    yield
    assert before == OPEN


def tables() -> list[str]:
    """Return the tables of the streams that a client of the code under test lists."""
    listed = boto3.client("dynamodbstreams", region_name="us-east-1").list_streams()["Streams"]
    return [stream["TableName"] for stream in listed]


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    """Run a TestCase as unittest does, with the set-up and the tear-down of its class."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def errors(result: unittest.TestResult) -> list[str]:
    """Return each error and failure from its type on."""
    return [text[text.rindex('", line') :].partition("\n")[2] for _, text in result.errors + result.failures]


class Case(unittest.TestCase):
    """A TestCase that pytest does not collect; the tests below run it. It notes what each method sees."""

    __test__ = False
    seen: ClassVar[dict[str, Any]]

    @classmethod
    def setUpClass(cls, ddbstreams_mock: StreamsMock) -> None:  # type: ignore[override]
        cls.seen = {"set-up": tables()}
        ddbstreams_mock.create_stream("of-the-class")
        cls.addClassCleanup(lambda: cls.seen.update(clean_up=tables()))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.seen["tear-down"] = tables()

    def test_it(self, ddbstreams_mock: StreamsMock) -> None:
        self.seen["test"] = tables()
        ddbstreams_mock.create_stream("of-the-test")


# TestCases


def test_set_up_and_tear_down_of_a_test_case_have_one_mock_and_its_tests_another() -> None:
    case: Any = mock_streams(type("Decorated", (Case,), {}))
    result = run(case)
    assert (result.testsRun, errors(result)) == (1, [])
    assert case.seen == {
        "set-up": [],
        "test": [],
        "tear-down": ["of-the-class"],
        "clean_up": ["of-the-class"],
    }


@pytest.mark.parametrize("moto_first", [True, False])
def test_the_decorators_of_moto_and_of_the_mock_work_on_a_class_in_any_order(*, moto_first: bool) -> None:
    decorators: list[Any] = [mock_aws, mock_streams] if moto_first else [mock_streams, mock_aws]
    case: Any = type("Decorated", (Case,), {"test_it": Case.test_it})
    for decorate in decorators:
        case = decorate(case)
    assert errors(run(case)) == []
    assert case.seen["tear-down"] == ["of-the-class"]


def test_a_call_of_set_up_class_that_would_reach_aws_is_refused() -> None:
    @mock_streams
    class Calls(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            boto3.client("sqs", region_name="us-east-1", config=NOWHERE).list_queues()

        def test_it(self) -> None:
            raise NotImplementedError

    [error] = errors(run(Calls))
    assert NetworkBlocked.__name__ in error
    assert "sqs.ListQueues" in error


def test_a_client_of_set_up_class_is_answered_by_the_mock_of_the_test() -> None:
    @mock_streams
    class Clients(unittest.TestCase):
        client: ClassVar[Any]

        @classmethod
        def setUpClass(cls) -> None:
            cls.client = boto3.client("dynamodbstreams", region_name="us-east-1")

        def test_it(self, ddbstreams_mock: StreamsMock) -> None:
            self.client.list_streams()
            assert len(ddbstreams_mock.calls) == 1

    assert errors(run(Clients)) == []


def test_an_unused_fault_of_set_up_class_is_reported_after_tear_down_class() -> None:
    @mock_streams
    class Faulty(unittest.TestCase):
        @classmethod
        def setUpClass(cls, ddbstreams_mock: StreamsMock) -> None:  # type: ignore[override]
            ddbstreams_mock.fail("GetRecords", "ThrottlingException")

        def test_it(self) -> None: ...

    [error] = errors(run(Faulty))
    assert UnusedFault.__name__ in error


@pytest.mark.parametrize("failing", ["setUpClass", "tearDownClass"])
def test_a_set_up_or_tear_down_of_a_test_case_that_fails_raises_its_own_error_only(failing: str) -> None:
    def fail(_: Any, ddbstreams_mock: StreamsMock) -> None:
        ddbstreams_mock.fail("GetRecords", "ThrottlingException")
        swallow(boto3.client("sqs", region_name="us-east-1", config=NOWHERE).list_queues)
        raise Kaputt

    members = {failing: classmethod(fail), "test_it": lambda _: None}
    [error] = errors(run(mock_streams(type("Failing", (unittest.TestCase,), members))))
    assert error.endswith("Kaputt\n")


def test_the_clean_ups_of_a_set_up_class_that_fails_run_within_its_mock() -> None:
    seen: list[int] = []

    @mock_streams
    class Failing(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            cls.addClassCleanup(lambda: seen.append(len(OPEN)))
            raise Kaputt

        def test_it(self) -> None: ...

    assert len(errors(run(Failing))) == 1
    assert seen == [1]


@pytest.mark.parametrize("outcome", [pytest.skip.Exception, KeyboardInterrupt])
def test_a_set_up_class_that_leaves_with_a_base_exception_closes_its_mock(outcome: type[BaseException]) -> None:
    @mock_streams
    class Leaving(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise outcome

    with pytest.raises(outcome):
        Leaving.setUpClass()
    assert OPEN == []
    Leaving.doClassCleanups()


def test_a_subclass_that_skips_the_set_up_has_a_mock_at_its_tear_down() -> None:
    base = mock_streams(type("Decorated", (Case,), {}))

    class Skipping(base):  # type: ignore[misc,valid-type]
        @classmethod
        def setUpClass(cls) -> None:
            cls.seen = {}

    assert errors(run(Skipping)) == []
    assert Skipping.seen == {"test": [], "tear-down": []}


def test_a_decorated_subclass_sets_up_within_both_mocks() -> None:
    base = mock_streams(region="eu-west-1")(type("Decorated", (Case,), {}))

    @mock_streams
    class Sub(base):  # type: ignore[misc,valid-type]
        opened: ClassVar[int]

        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            cls.opened = len(OPEN)

    assert errors(run(Sub)) == []
    assert Sub.opened == 2


def test_a_test_case_without_set_up_of_its_class_has_no_mock_around_the_class() -> None:
    class Plain(unittest.TestCase):
        def test_it(self) -> None:
            assert len(OPEN) == 1

    assert errors(run(mock_streams(Plain))) == []


@mock_streams
class TestCaseUnderPytest(unittest.TestCase):
    seen: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls, ddbstreams_mock: StreamsMock) -> None:  # type: ignore[override]
        ddbstreams_mock.create_stream("of-the-class")
        cls.seen = tables()

    @classmethod
    def tearDownClass(cls) -> None:
        assert tables() == ["of-the-class"]

    def test_a_test_has_its_own_mock_beside_that_of_set_up_class(self) -> None:
        assert (self.seen, tables(), len(OPEN)) == (["of-the-class"], [], 2)


# Classes of pytest


@mock_streams
class TestClassUnderPytest:
    seen: ClassVar[list[str]]

    @classmethod
    def setup_class(cls, ddbstreams_mock: StreamsMock) -> None:
        ddbstreams_mock.create_stream("of-the-class")
        cls.seen = tables()

    @classmethod
    def teardown_class(cls) -> None:
        assert tables() == ["of-the-class"]

    def test_a_test_has_its_own_mock_beside_that_of_setup_class(self) -> None:
        assert (self.seen, tables(), len(OPEN)) == (["of-the-class"], [], 2)


@mock_streams
class TestClassWithTearDownOnly:
    @staticmethod
    def teardown_class() -> None:
        assert tables() == []

    def test_a_class_with_a_tear_down_only_has_a_mock_around_it(self) -> None:
        assert len(OPEN) == 2


@mock_streams
class TestSetUpWithoutClassmethod:
    def setup_class(cls) -> None:  # noqa: N805 - pytest gives it the class
        cls.seen = tables()

    def test_a_setup_class_that_is_a_plain_function_gets_the_class(self) -> None:
        assert self.seen == []


@pytest.mark.parametrize("failing", ["setup_class", "teardown_class"])
def test_a_set_up_or_tear_down_of_a_class_that_fails_raises_its_own_error_only(failing: str) -> None:
    def fail(_: Any, ddbstreams_mock: StreamsMock) -> None:
        ddbstreams_mock.fail("GetRecords", "ThrottlingException")
        raise Kaputt

    cls: Any = mock_streams(type("Failing", (), {failing: classmethod(fail)}))
    with pytest.raises(Kaputt):  # noqa: PT012 - one of the two raises
        cls.setup_class()
        cls.teardown_class()
    assert OPEN == []


def test_an_unused_fault_of_setup_class_is_reported_by_teardown_class() -> None:
    @mock_streams
    class Faulty:
        @classmethod
        def setup_class(cls, ddbstreams_mock: StreamsMock) -> None:
            ddbstreams_mock.fail("GetRecords", "ThrottlingException")

    faulty: Any = Faulty
    faulty.setup_class()
    with pytest.raises(UnusedFault):
        faulty.teardown_class()
