"""Opening and closing a mock, a pytest run that uses no part of the package, and imports."""

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

from clients import FLOOR, MOTO, STUBBER, client_of
from measuring import Comparison, Result, Section, Timed, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Row

_START = "2026-01-01T00:00:00Z"
_PLUGIN = "ddbstreams"
_WITHOUT = f"-p no:{_PLUGIN}"
_TESTS = 50
#: Milliseconds that an import may take.
_IMPORT_CEILING = 5.0
_IMPORT = """
import pytest, sys, time
start = time.perf_counter()
import {module}
print(time.perf_counter() - start)
"""


def sections() -> list[Section]:
    """Return the tables of opening a mock, and of using no part of the package."""
    opening = [
        Timed("mock_streams, open and close", _opening, limits={MOTO: 0.25}, calls=10),
        Timed("mock_streams(freeze=...), open and close", _freezing),
    ]
    unused: list[Row] = [
        Timed(f"pytest, {_TESTS} tests that use none of it", _pytest_runs, limits={_WITHOUT: 1.03}, rounds=100),
        Imported("pytest_ddbstreams"),
        Imported("pytest_ddbstreams.plugin"),
    ]
    return [
        Section("Set-up and tear-down", "ms", (FLOOR, STUBBER, MOTO), opening),
        Section("Without any use", "ms", (_WITHOUT,), unused),
    ]


# Opening and closing


@contextmanager
def _opening() -> Iterator[Comparison]:
    from botocore.stub import Stubber
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    client = client_of("botocore")

    def ours() -> None:
        mock = mock_streams()
        mock.start()
        mock.stop()

    def stubber() -> None:
        # The client exists already: to make one takes a hundred times as long.
        with Stubber(client):
            pass

    def moto() -> None:
        mock = mock_aws()
        mock.start()
        mock.stop()

    yield Comparison(Variant(ours), {STUBBER: Variant(stubber), MOTO: Variant(moto)})


@contextmanager
def _freezing() -> Iterator[Comparison]:
    from freezegun import freeze_time
    from moto import mock_aws

    from pytest_ddbstreams import mock_streams

    def ours() -> None:
        mock = mock_streams(freeze=_START)
        mock.start()
        mock.stop()

    def floor() -> None:
        with freeze_time(_START, real_asyncio=True):
            pass

    def moto() -> None:
        with freeze_time(_START, real_asyncio=True), mock_aws():
            pass

    yield Comparison(Variant(ours), {FLOOR: Variant(floor), MOTO: Variant(moto)})


# Without any use


@contextmanager
def _pytest_runs() -> Iterator[Comparison]:
    with TemporaryDirectory() as folder:
        _write_tests(Path(folder))
        # Other plugins would lengthen both runs, and make the difference look smaller.
        others = {plugin.name for plugin in entry_points(group="pytest11")} - {_PLUGIN}
        arguments = [f"-pno:{name}" for name in sorted(others)]
        ours = partial(_run_pytest, folder, arguments)
        without = partial(_run_pytest, folder, [*arguments, f"-pno:{_PLUGIN}"])
        yield Comparison(Variant(ours), {_WITHOUT: Variant(without)})


def _write_tests(folder: Path) -> None:
    for number in range(_TESTS):
        text = f"def test_{number}():\n    assert {number} < {_TESTS}\n"
        with (folder / f"test_{number // 10}.py").open("a", encoding="utf-8") as file:
            file.write(text)


def _run_pytest(folder: str, arguments: list[str]) -> None:
    _python(folder, "-m", "pytest", "-q", "--rootdir", folder, *arguments, folder)


@dataclass(frozen=True, slots=True)
class Imported:
    """A row in milliseconds of an import, in a process that has imported pytest.

    Attributes:
        module: name of the module.
    """

    module: str

    @property
    def name(self) -> str:
        """Name of the row."""
        return f"import {self.module}, after pytest"

    def measure(self, divisor: int) -> Result:
        """Return the median time in several processes, each by its own clock."""
        code = _IMPORT.format(module=self.module)
        with TemporaryDirectory() as folder:
            _python(folder, "-c", code)
            seconds = [float(_python(folder, "-c", code)) for _ in range(max(5, 30 // divisor))]
        return Result(self.name, median(seconds) * 1000, {}, _IMPORT_CEILING, {})


def _python(folder: str, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    run = subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return run.stdout


def _environment(folder: str) -> dict[str, str]:
    """Return the environment without the variables that change how plugins and bytecode are loaded."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("PYTEST_")
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}
