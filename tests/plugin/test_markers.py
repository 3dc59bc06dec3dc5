from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

WITHIN_THE_PACKAGE = "*pytest_ddbstreams*.py*"


def test_strict_markers_accept_the_markers(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.ddbstreams(seed=1)
        @pytest.mark.ddbstreams_stream(shards=2)
        @pytest.mark.ddbstreams_expired_iterators(times=None)
        @pytest.mark.ddbstreams(strict=False)
        def test_it(ddbstreams_stream):
            assert len(ddbstreams_stream.shards) == 2
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=1)


def test_pytest_lists_the_markers_with_their_arguments(run: Run) -> None:
    run("", "--markers").stdout.fnmatch_lines(
        [
            "@pytest.mark.ddbstreams(*options): *",
            "@pytest.mark.ddbstreams_stream(table_name=*, key_schema=*, view_type=*, shards=1, *): *",
            "@pytest.mark.ddbstreams_expired_iterators(times=1, after=0, stream=None, shard=None): *",
        ]
    )


def test_the_nearest_marker_wins_option_by_option(run: Run) -> None:
    result = run("""
        import pytest

        pytestmark = pytest.mark.ddbstreams(region="eu-west-1", seed=1, account_id="111111111111")

        def facts(mock):
            return mock.options.region, mock.options.seed, mock.options.account_id

        def test_module(ddbstreams_mock):
            assert facts(ddbstreams_mock) == ("eu-west-1", 1, "111111111111")

        @pytest.mark.ddbstreams(region="eu-west-2", seed=2)
        class TestClass:
            def test_class(self, ddbstreams_mock):
                assert facts(ddbstreams_mock) == ("eu-west-2", 2, "111111111111")

            @pytest.mark.ddbstreams(region="eu-west-3")
            def test_function(self, ddbstreams_mock):
                assert facts(ddbstreams_mock) == ("eu-west-3", 2, "111111111111")

        def test_of_the_module_is_the_modules_mock(ddbstreams_mock_module):
            assert facts(ddbstreams_mock_module) == ("eu-west-1", 1, "111111111111")
    """)
    result.assert_outcomes(passed=4)


@pytest.mark.ddbstreams_stream(table_name="orders", key_schema={"pk": "S", "sk": "N"}, view_type="KEYS_ONLY", shards=3)
def test_the_stream_has_the_shape_of_its_marker(request: pytest.FixtureRequest) -> None:
    stream = request.getfixturevalue("ddbstreams_stream")
    assert (stream.table_name, stream.key_schema, stream.view_type, len(stream.shards)) == (
        "orders",
        {"pk": "S", "sk": "N"},
        "KEYS_ONLY",
        3,
    )


def test_the_nearest_shape_wins_argument_by_argument(run: Run) -> None:
    result = run("""
        import pytest

        pytestmark = pytest.mark.ddbstreams_stream(table_name="orders", shards=4)

        @pytest.mark.ddbstreams_stream(shards=2)
        def test_it(ddbstreams_stream):
            assert (ddbstreams_stream.table_name, len(ddbstreams_stream.shards)) == ("orders", 2)
    """)
    result.assert_outcomes(passed=1)


def test_a_marked_test_without_a_fixture_gets_a_mock(run: Run) -> None:
    result = run("""
        import boto3, pytest

        @pytest.mark.ddbstreams(region="eu-west-1")
        def test_it():
            assert boto3.client("dynamodbstreams").list_streams()["Streams"] == []
    """)
    result.assert_outcomes(passed=1)


def test_the_mock_of_a_marker_opens_before_other_fixtures(run: Run) -> None:
    result = run("""
        import boto3, pytest

        @pytest.fixture
        def client():
            return boto3.client("dynamodbstreams")

        @pytest.mark.ddbstreams(region="eu-west-1")
        def test_it(client):
            assert client.meta.region_name == "eu-west-1"
            assert client.list_streams()["Streams"] == []
    """)
    result.assert_outcomes(passed=1)


def test_the_marker_of_one_parameter_set_opens_no_mock_for_the_others(run: Run) -> None:
    result = run("""
        import pytest
        from pytest_ddbstreams._service import OPEN

        @pytest.mark.parametrize("mocks", [pytest.param(1, marks=pytest.mark.ddbstreams(seed=1)), 0])
        def test_it(mocks):
            assert len(OPEN) == mocks
    """)
    result.assert_outcomes(passed=2)


def test_a_marked_test_that_asks_for_the_mock_of_its_module_gets_no_second_one(run: Run) -> None:
    result = run("""
        import pytest
        from pytest_ddbstreams._service import OPEN

        pytestmark = pytest.mark.ddbstreams(seed=1)

        def test_it(ddbstreams_mock_module):
            assert len(OPEN) == 1
    """)
    result.assert_outcomes(passed=1)


def test_a_marked_item_without_fixtures_gets_no_mock(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        class Item(pytest.Item):
            def runtest(self):
                pass

        class File(pytest.File):
            def collect(self):
                item = Item.from_parent(self, name="an item")
                item.add_marker(pytest.mark.ddbstreams(seed=1))
                yield item

        def pytest_collect_file(parent, file_path):
            if file_path.suffix == ".txt":
                return File.from_parent(parent, path=file_path)
    """)
    pytester.makefile(".txt", test_items="")
    run("").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("ddbstreams(zone=1)", "unknown option 'zone'; there are: region, account_id, *"),
        ("ddbstreams('eu-west-1')", "the marker takes keywords only, not ('eu-west-1',)"),
        ("ddbstreams(seed='1')", "seed='1' does not fit; seed takes an integer"),
        ("ddbstreams_stream(tables=1)", "unknown argument 'tables'; there are: table_name, *"),
        ("ddbstreams_stream('orders')", "the marker takes keywords only, not ('orders',)"),
        ("ddbstreams_stream(view_type='ALL')", "view_type='ALL' does not fit; there are: *KEYS_ONLY*"),
        ("ddbstreams_expired_iterators(3)", "the marker takes keywords only, not (3,)"),
        (
            "ddbstreams_expired_iterators(time=3)",
            "unknown argument 'time'; there are: times, after, stream, shard. Did you mean 'times'?",
        ),
        ("ddbstreams_expired_iterators(times=0)", "times=0 does not fit; times takes an integer from 1 on"),
        ("ddbstreams_expired_iterators(after=-1)", "after=-1 does not fit; after takes an integer from 0 on"),
        ("ddbstreams_expired_iterators(stream=1)", "stream=1 does not fit; stream takes text"),
    ],
)
def test_wrong_arguments_fail_at_the_users_line(run: Run, marker: str, complaint: str) -> None:
    result = run(f"""
        import pytest

        def test_fine(): pass

        @pytest.mark.{marker}
        def test_it(ddbstreams_stream): pass
    """)
    result.assert_outcomes(passed=1, errors=1)
    name = marker.partition("(")[0]
    result.stdout.fnmatch_lines([f"test_it.py:5: @pytest.mark.{name}: {complaint}".replace("[", "[[]")])
    result.stdout.no_fnmatch_line(WITHIN_THE_PACKAGE)


def test_wrong_arguments_of_the_marker_of_a_module_name_its_file(run: Run) -> None:
    result = run("""
        import pytest

        pytestmark = pytest.mark.ddbstreams(zone=1)

        def test_it(ddbstreams_mock_module): pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py: @pytest.mark.ddbstreams: unknown option 'zone'; *"])


@pytest.mark.parametrize("fixture", ["ddbstreams_mock_module", "ddbstreams_mock_session"])
def test_options_on_a_test_whose_mock_is_open_already_fail_at_the_users_line(run: Run, fixture: str) -> None:
    result = run(f"""
        import pytest

        @pytest.mark.ddbstreams(region="eu-west-1")
        def test_it({fixture}):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*.py:*: @pytest.mark.ddbstreams: the mock of this test's module or run was *"])


def test_the_mock_of_a_module_takes_the_options_of_the_module(run: Run) -> None:
    result = run("""
        import pytest

        pytestmark = pytest.mark.ddbstreams(region="eu-west-1")

        def test_it(ddbstreams_mock_module):
            assert ddbstreams_mock_module.options.region == "eu-west-1"
    """)
    result.assert_outcomes(passed=1)


def test_wrong_arguments_are_reported_without_the_error_inside(run: Run) -> None:
    result = run("""
        import pytest

        @pytest.mark.ddbstreams(regoin="eu-west-1")
        def test_it(ddbstreams_mock):
            pass
    """)
    assert "During handling of the above exception" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*unknown option 'regoin'*"])
