"""What a pytest run pays that has the plugin installed and uses none of it, and what an import does."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from measuring import Contest, Result, Section, Timed, Way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Row

_OURS = "ddbstreams"
_WITHOUT = f"-p no:{_OURS}"
_TESTS = 50
_IMPORT = """
import pytest, sys, time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def section() -> Section:
    """The table about those who use none of it."""
    rows: list[Row] = [
        Timed(f"pytest, {_TESTS} tests that use none of it", _runs, limits={_WITHOUT: 1.03}, rounds=100),
        Imported("pytest_ddbstreams"),
        Imported("pytest_ddbstreams.plugin"),
    ]
    return Section("Without any use", "ms", (_WITHOUT,), rows)


@contextmanager
def _runs() -> Iterator[Contest]:
    with TemporaryDirectory() as folder:
        _write_tests(Path(folder))
        # Other plugins would make a run longer, and our share of it look smaller.
        installed = {plugin.name for plugin in entry_points(group="pytest11")}
        without_others = [f"-pno:{name}" for name in sorted(installed - {_OURS})]
        ours = partial(_run, folder, without_others)
        without = partial(_run, folder, [*without_others, f"-pno:{_OURS}"])
        yield Contest(Way(ours), {_WITHOUT: Way(without)})


def _write_tests(folder: Path) -> None:
    for number in range(_TESTS):
        text = f"def test_{number}():\n    assert {number} < {_TESTS}\n"
        with (folder / f"test_{number // 10}.py").open("a", encoding="utf-8") as file:
            file.write(text)


def _run(folder: str, arguments: list[str]) -> None:
    _python(folder, "-m", "pytest", "-q", "--rootdir", folder, *arguments, folder)


@dataclass(frozen=True, slots=True)
class Imported:
    """A row about an import in a process that has imported pytest: what it takes over that.

    Attributes:
        module: what is imported.
    """

    module: str

    @property
    def name(self) -> str:
        """What is timed."""
        return f"import {self.module}, after pytest"

    def measure(self, hurry: int) -> Result:
        """Time it in some processes, by their own clocks: nobody else's import is faster for ours."""
        code = _IMPORT.format(module=self.module)
        with TemporaryDirectory() as folder:
            _python(folder, "-c", code)
            seconds = [float(_python(folder, "-c", code)) for _ in range(max(5, 30 // hurry))]
        return Result(self.name, median(seconds) * 1000, {}, 5.0, {})


def _python(folder: str, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    run = subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return run.stdout


def _environment(folder: str) -> dict[str, str]:
    """The environment, rid of what changes how plugins and bytecode are loaded."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("PYTEST_")
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
