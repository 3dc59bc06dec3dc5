"""The documentation names all that is public."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest_ddbstreams
from pytest_ddbstreams import StreamsMock, plugin
from pytest_ddbstreams._api.faults import _MARKER
from pytest_ddbstreams.plugin import fixtures
from pytest_ddbstreams.plugin.markers import EXPIRED, MARKERS, SCENARIOS, STREAM

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
NAMED = re.compile(r"^\.\. auto(?:class|function|exception|data):: pytest_ddbstreams\.(\w+)$", re.MULTILINE)


def test_each_public_name_is_on_one_page_of_the_reference() -> None:
    pages = [page.read_text("utf-8") for page in REFERENCE.glob("*.md")]
    assert sorted(name for page in pages for name in NAMED.findall(page)) == sorted(pytest_ddbstreams.__all__)


def test_each_public_error_explains_more_than_its_first_line() -> None:
    named = NAMED.findall((REFERENCE / "errors.md").read_text("utf-8"))
    docstrings = {name: getattr(pytest_ddbstreams, name).__doc__ for name in named}
    assert [name for name, text in docstrings.items() if "\n\n" not in text] == ["StreamsMockError"]


def signatures(lines: list[str]) -> dict[str, list[str]]:
    """Return the names of the arguments of each marker, with their defaults."""
    found = [re.match(r"(\w+)\((.*?)\)(?::|$)", line) for line in lines]
    return {match[1]: re.split(r", (?=\*|\w+=)", match[2]) for match in found if match is not None}


def test_pytest_and_the_reference_list_the_same_arguments_of_markers() -> None:
    table = (REFERENCE / "fixtures.md").read_text("utf-8").partition("## Markers")[2]
    documented = signatures(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))
    assert documented == signatures(list(plugin._MARKERS))
    assert list(documented) == list(MARKERS)


def test_the_markers_have_the_arguments_that_are_documented() -> None:
    arguments = {
        name: [each.partition("=")[0] for each in given] for name, given in signatures([*plugin._MARKERS]).items()
    }
    shape = list(inspect.signature(StreamsMock.create_stream).parameters)[1:]
    assert arguments[STREAM] == shape
    assert arguments[EXPIRED] == list(_MARKER)
    assert arguments[SCENARIOS] == ["*names", "item", "start"]


def test_each_fixture_is_in_the_reference() -> None:
    table = (REFERENCE / "fixtures.md").read_text("utf-8").partition("## Markers")[0]
    public = {name for name in vars(fixtures) if name.startswith("ddbstreams_")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == public
