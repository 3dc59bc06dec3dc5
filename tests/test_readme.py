"""The README is short, and stands alone where only it is shown. `docs/markdown_blocks.py` runs its code blocks."""

from __future__ import annotations

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_the_readme_has_at_most_150_lines() -> None:
    assert README.count("\n") <= 150


def test_a_test_function_ends_within_the_first_20_lines() -> None:
    block = re.search(r"^```python\n(def test_.*?)^```", README, re.DOTALL | re.MULTILINE)

    assert block is not None
    assert README[: block.end()].count("\n") <= 20


def test_the_first_two_shell_blocks_are_one_line_each() -> None:
    commands = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)

    assert [command.count("\n") for command in commands[:2]] == [1, 1]


def test_each_link_of_the_readme_has_a_target_and_is_absolute() -> None:
    targets = dict(re.findall(r"^\[(.+)\]: (.+)$", README, re.MULTILINE))
    used = re.findall(r"\]\[(.+?)\]", README)

    assert sorted(targets) == sorted(used)
    assert [target for target in targets.values() if not target.startswith("https://")] == []
    assert "](" not in README
