"""What a pytest run pays that has the plugin installed and uses none of it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from measuring import Pair, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = "ddbstreams"
_TESTS = 50


def rows() -> list[Row]:
    """The rows about a run that uses none of it."""
    return [Row(f"pytest, {_TESTS} tests that use none of it", f"-p no:{_OURS}", _runs, limit=1.05, rounds=100)]


@contextmanager
def _runs() -> Iterator[Pair]:
    with TemporaryDirectory() as folder:
        _write_tests(Path(folder))
        # Other plugins would make a run longer, and our share of it look smaller.
        installed = {plugin.name for plugin in entry_points(group="pytest11")}
        without_others = [f"-pno:{name}" for name in sorted(installed - {_OURS})]
        yield Pair(
            partial(_run, folder, without_others),
            partial(_run, folder, [*without_others, f"-pno:{_OURS}"]),
        )


def _write_tests(folder: Path) -> None:
    for number in range(_TESTS):
        text = f"def test_{number}():\n    assert {number} < {_TESTS}\n"
        with (folder / f"test_{number // 10}.py").open("a", encoding="utf-8") as file:
            file.write(text)


def _run(folder: str, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", folder, *arguments, folder]
    subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True)  # noqa: S603 - our own words


def _environment(folder: str) -> dict[str, str]:
    """The environment, rid of what changes how plugins and bytecode are loaded."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("PYTEST_")
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
