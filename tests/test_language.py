"""The closed list of words, and of ways to begin a docstring, that this project does not use.

CONTRIBUTING.md has the reasons and the words to use instead. The CHANGELOG is not checked, and nothing else is: what a
reader stumbles over is found by a reader.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("pytest_ddbstreams", "tests", "examples", "benchmarks", "schemas", "docs")
PYTHON = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if path != Path(__file__))
PAGES = sorted(path for path in ROOT.rglob("*.md") if path.name != "CHANGELOG.md" and ".tox" not in path.parts)

#: With their plurals, and as parts of a name that underscores separate.
WORDS = re.compile(
    r"(?<![a-z])(armed|struck|strikes?|doorways?|oracles?|nobody|somebody|told|tells|lanes?|tracks?|discarding)(?![a-z])",
    re.IGNORECASE,
)
HEADLESS = re.compile(r"(What|Who|Whose|Those|Have|Has|As)\b")


@pytest.mark.parametrize("path", [*PYTHON, *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_uses_no_word_of_the_closed_list(path: Path) -> None:
    lines = enumerate([path.name, *path.read_text("utf-8").splitlines()])
    assert [f"{number}: {line.strip()}" for number, line in lines if WORDS.search(line)] == []


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_first_line_of_a_docstring_has_a_subject_or_a_verb(path: Path) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, documented)]
    docstrings = [ast.get_docstring(node) or "" for node in nodes]
    assert [text.partition("\n")[0] for text in docstrings if HEADLESS.match(text)] == []


@pytest.mark.parametrize("text", ["# armed", "test_a_fault_is_armed", "Two doorways", "def _strike(", "LANES = 4"])
def test_a_word_of_the_list_is_found_in_comments_and_in_names(text: str) -> None:
    assert WORDS.search(text)


@pytest.mark.parametrize("text", ["client_tracking", "stroke", "alarmed", "telling", "planes"])
def test_a_word_that_only_contains_one_of_the_list_passes(text: str) -> None:
    assert not WORDS.search(text)
