from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_ddbstreams import InvalidOption, mock_streams
from pytest_ddbstreams._options import (
    INI,
    NAMES,
    Options,
    make_options,
)


def test_the_defaults_are_those_of_the_manual() -> None:
    assert make_options({}) == Options(
        region="us-east-1",
        account_id="123456789012",
        freeze=None,
        seed=0,
        mock_credentials=True,
        block_network=True,
        strict=True,
        auto_rotate=False,
        enforce_rates=False,
        instant_retries=False,
    )


def test_an_unknown_option_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidOption, match=r"unknown option 'zone'; there are: " + ", ".join(NAMES)):
        mock_streams(zone="a")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "nowhere"),
        ("region", "EU-WEST-1"),
        ("region", None),
        ("region", "eu-west-1\n"),
        ("account_id", "12345678901"),
        ("account_id", 123456789012),
        ("account_id", "12345678901x"),
        ("freeze", "yesterday"),
        ("freeze", 0),
        ("seed", "1"),
        ("seed", 1.0),
        ("seed", True),
        ("mock_credentials", 1),
        ("block_network", None),
        ("strict", "false"),
        ("auto_rotate", 0),
        ("enforce_rates", 1),
        ("instant_retries", "yes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name_and_value(name: str, value: Any) -> None:
    with pytest.raises(InvalidOption) as refused:
        make_options({name: value})
    assert str(refused.value).startswith(f"{name}={value!r} does not fit; {name} takes ")


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "ap-southeast-7"])
def test_regions_of_all_partitions_fit(region: str) -> None:
    assert make_options({"region": region}).region == region


@pytest.mark.parametrize("instant", ["2026-01-01", "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=timezone.utc)])
def test_instants_fit_as_text_and_as_datetime(instant: Any) -> None:
    assert make_options({"freeze": instant}).freeze == instant


def test_what_the_ini_file_says_comes_before_the_defaults_and_after_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INI, "region", "eu-west-1")
    monkeypatch.setitem(INI, "seed", 5)
    options = make_options({"seed": 6})
    assert (options.region, options.seed) == ("eu-west-1", 6)
