from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import mock_streams
from pytest_ddbstreams._options import OPTIONS, make_options, replace_ini

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., pytest.RunResult]

#: For each option: the text of an ini file, its value, the value of a marker, the value of a call.
VALUES = {
    "region": ("eu-west-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    "account_id": ("111111111111", "111111111111", "222222222222", "333333333333"),
    "freeze": ("2026-01-01", "2026-01-01", "2026-01-02", "2026-01-03"),
    "seed": ("-1", -1, 2, 3),
    "mock_credentials": ("false", False, True, False),
    "block_network": ("no", False, True, False),
    "strict": ("off", False, True, False),
    "auto_rotate": ("YES", True, False, True),
    "enforce_rates": ("1", True, False, True),
    "instant_retries": ("on", True, False, True),
}


def test_every_option_has_values_to_test_with() -> None:
    assert list(VALUES) == [option.name for option in OPTIONS]


@pytest.mark.parametrize("name", VALUES)
def test_a_call_wins_over_a_marker_and_a_marker_over_the_ini_file(run: Run, name: str) -> None:
    text, ini, marker, call = VALUES[name]
    result = run(
        f"""
        import pytest
        from pytest_ddbstreams import mock_streams

        def test_ini(ddbstreams_mock):
            assert ddbstreams_mock.options.{name} == {ini!r}

        @pytest.mark.ddbstreams({name}={marker!r})
        def test_marker(ddbstreams_mock):
            assert ddbstreams_mock.options.{name} == {marker!r}
            with mock_streams({name}={call!r}) as called, mock_streams() as other:
                assert called.options.{name} == {call!r}
                assert other.options.{name} == {ini!r}
        """,
        ini=f"ddbstreams_{name} = {text}",
    )
    result.assert_outcomes(passed=2)


def test_an_empty_value_in_the_ini_file_leaves_the_default(run: Run) -> None:
    result = run(
        """
        from pytest_ddbstreams._options import Options

        def test_it(ddbstreams_mock):
            assert ddbstreams_mock.options == Options()
        """,
        ini="ddbstreams_freeze =",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ddbstreams_region = nowhere", "ddbstreams_region='nowhere' does not fit; region takes *'eu-west-1'*"),
        ("ddbstreams_account_id = 12", "ddbstreams_account_id='12' does not fit; account_id takes 12 digits*"),
        ("ddbstreams_freeze = today", "ddbstreams_freeze='today' does not fit; freeze takes *'2026-01-01T00:00:00Z'*"),
        ("ddbstreams_seed = --5", "ddbstreams_seed='--5' does not fit; seed takes an integer"),
        ("ddbstreams_seed = ²", "ddbstreams_seed='²' does not fit; seed takes an integer"),
        ("ddbstreams_strict = maybe", "ddbstreams_strict='maybe' does not fit; strict takes True or False"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_any_test_by_its_key(run: Run, line: str, complaint: str) -> None:
    result = run("def test_it(): pass", ini=line)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: in the ini file: {complaint}"])


@pytest.fixture
def _outer_ini() -> Iterator[None]:
    restore = replace_ini({"region": "ap-south-1"})
    yield
    restore()


@pytest.mark.usefixtures("_outer_ini")
def test_a_run_within_a_run_reads_its_own_ini_file_and_the_outer_values_are_restored(run: Run) -> None:
    result = run(
        """
        def test_it(ddbstreams_mock):
            assert (ddbstreams_mock.options.region, ddbstreams_mock.options.seed) == ("us-east-1", 7)
        """,
        ini="ddbstreams_seed = 7",
    )
    result.assert_outcomes(passed=1)
    with mock_streams() as mock:
        assert (mock.options.region, mock.options.seed) == ("ap-south-1", 0)


@pytest.mark.usefixtures("_outer_ini")
def test_the_outer_values_are_restored_although_the_inner_ini_file_was_refused(run: Run) -> None:
    assert run("", ini="ddbstreams_seed = many").ret == pytest.ExitCode.USAGE_ERROR
    assert make_options({}).region == "ap-south-1"


def test_the_help_of_pytest_lists_every_key_with_its_default(run: Run) -> None:
    shown = " ".join(run("", "--help").stdout.str().split())
    defaults = {"account_id": "(123456789012)", "strict": "(true)", "auto_rotate": "(false)", "seed": "(0)"}
    listed = [(f"ddbstreams_{option.name} (", f"{option.help} {defaults.get(option.name, '')}") for option in OPTIONS]
    assert [entry for entry in listed if not (entry[0] in shown and entry[1].strip() in shown)] == []
