"""Every Python block of the README is a test file that passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aio_clients import needs_aiobotocore

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^```sh\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(block, id=str(number), marks=needs_aiobotocore if "aiobotocore" in block else ())
        for number, block in enumerate(BLOCKS)
    ],
)
def test_each_python_block_passes_as_a_test_file(pytester: pytest.Pytester, block: str) -> None:
    pytester.makepyfile(block)

    result = pytester.runpytest_inprocess()

    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= 1


def test_a_passing_test_stands_within_the_first_20_lines() -> None:
    first = README.read_text("utf-8").index("```python\n" + BLOCKS[0])

    assert (README.read_text("utf-8")[:first] + "```python\n" + BLOCKS[0]).count("\n") <= 20


def test_the_first_two_shell_blocks_are_one_line_each() -> None:
    assert [command.count("\n") for command in COMMANDS[:2]] == [1, 1]
