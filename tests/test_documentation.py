"""The documentation names all that is public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest_ddbstreams
from pytest_ddbstreams.plugin import fixtures

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
NAMED = re.compile(r"^\.\. auto(?:class|function|exception|data):: pytest_ddbstreams\.(\w+)$", re.MULTILINE)


def test_each_public_name_is_on_one_page_of_the_reference() -> None:
    pages = [page.read_text("utf-8") for page in REFERENCE.glob("*.md")]
    assert sorted(name for page in pages for name in NAMED.findall(page)) == sorted(pytest_ddbstreams.__all__)


def test_each_public_error_explains_more_than_its_first_line() -> None:
    named = NAMED.findall((REFERENCE / "errors.md").read_text("utf-8"))
    docstrings = {name: getattr(pytest_ddbstreams, name).__doc__ for name in named}
    assert [name for name, text in docstrings.items() if "\n\n" not in text] == ["StreamsMockError"]


def test_each_fixture_is_in_the_reference() -> None:
    table = (REFERENCE / "fixtures.md").read_text("utf-8").partition("## Markers")[0]
    public = {name for name in vars(fixtures) if name.startswith("ddbstreams_")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == public
