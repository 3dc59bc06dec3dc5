from __future__ import annotations

import ast
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_ddbstreams import InvalidOption, _options, mock_streams
from pytest_ddbstreams._options import (
    OPTIONS,
    Options,
    how_to_set,
    make_options,
    replace_ini,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "options.md"
NAMES = [option.name for option in OPTIONS]


def test_the_defaults_are_the_documented_ones() -> None:
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


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
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


@pytest.fixture
def _ini() -> Iterator[None]:
    restore = replace_ini({"region": "eu-west-1", "seed": 5})
    yield
    restore()


@pytest.mark.usefixtures("_ini")
def test_a_call_wins_over_the_ini_file_and_the_ini_file_over_the_default() -> None:
    options = make_options({"seed": 6})
    assert (options.region, options.seed, options.account_id) == ("eu-west-1", 6, "123456789012")


@pytest.mark.parametrize(
    ("name", "value", "ways"),
    [
        ("strict", False, "strict=False (mock_streams, @pytest.mark.ddbstreams) or ddbstreams_strict = false (ini)"),
        ("seed", 7, "seed=7 (mock_streams, @pytest.mark.ddbstreams) or ddbstreams_seed = 7 (ini)"),
    ],
)
def test_the_ways_to_set_an_option_are_the_call_the_marker_and_the_ini_file(name: str, value: Any, ways: str) -> None:
    assert how_to_set(name, value) == ways


def test_options_of_a_mock_cannot_be_changed() -> None:
    options = Options(seed=7)
    with pytest.raises(AttributeError, match="open another mock with seed=8"):
        options.seed = 8
    assert options.seed == 7


def test_options_with_equal_values_are_equal_and_hash_alike() -> None:
    assert {Options(seed=7)} == {Options(seed=7)}
    assert Options(seed=7) != Options()
    assert Options() != make_options


# Each option is declared once, in Options; what repeats it must agree


def test_type_checkers_know_every_option_with_its_type() -> None:
    tree = ast.parse(Path(_options.__file__).read_text("utf-8"))
    [arguments] = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "OptionArguments"]
    members = [statement for statement in arguments.body if isinstance(statement, ast.AnnAssign)]
    declared = [(ast.unparse(member.target), ast.unparse(member.annotation)) for member in members]
    assert declared == [
        (name, re.sub(r"^Option\[(.+)\]$", r"\1", kind)) for name, kind in Options.__annotations__.items()
    ]


@pytest.mark.parametrize("option", OPTIONS, ids=NAMES)
def test_the_docstring_of_mock_streams_explains_every_option(option: _options.Option[Any]) -> None:
    text = " ".join((mock_streams.__doc__ or "").split())
    assert f"- ``{option.name}``: {option.help} " in text


def test_the_documentation_explains_every_option_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(.+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    shown = [(name, default, meaning.replace("`", "")) for name, default, meaning in rows if name in NAMES]
    assert shown == [(option.name, repr(option.default).replace("'", '"'), option.help) for option in OPTIONS]
