from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import _options, mock_streams

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

#: For each option: what an ini file says, what a marker says, what a call says; each as it is read.
SAID = {
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


def test_every_option_is_looked_at() -> None:
    assert tuple(SAID) == _options.NAMES


@pytest.mark.parametrize("name", SAID)
def test_a_call_comes_before_a_marker_before_the_ini_file_before_the_default(run: Run, name: str) -> None:
    text, ini, marker, call = SAID[name]
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


def test_a_file_that_says_nothing_leaves_the_defaults(run: Run) -> None:
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
def test_what_does_not_fit_is_refused_before_any_test_by_the_name_of_its_key(
    run: Run, line: str, complaint: str
) -> None:
    result = run("def test_it(): pass", ini=line)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: in the ini file: {complaint}"])


def test_a_run_within_a_run_reads_its_own_file_and_gives_the_outer_runs_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_options.INI, "region", "ap-south-1")
    result = run(
        """
        def test_it(ddbstreams_mock):
            assert (ddbstreams_mock.options.region, ddbstreams_mock.options.seed) == ("us-east-1", 7)
        """,
        ini="ddbstreams_seed = 7",
    )
    result.assert_outcomes(passed=1)
    with mock_streams() as streams:
        assert (streams.options.region, streams.options.seed) == ("ap-south-1", 0)


def test_a_refused_file_gives_the_outer_runs_back_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_options.INI, "region", "ap-south-1")
    assert run("", ini="ddbstreams_seed = many").ret == pytest.ExitCode.USAGE_ERROR
    assert _options.INI == {"region": "ap-south-1"}


def test_the_keys_are_listed_with_their_defaults(run: Run) -> None:
    shown = run("", "--help").stdout.str()
    assert [name for name in _options.NAMES if f"ddbstreams_{name} (" not in shown] == []
