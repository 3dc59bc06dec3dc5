from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams._imports import give_up, when_imported

if TYPE_CHECKING:
    from pathlib import Path

NAME = "awaited_module"


@pytest.fixture(autouse=True)
def _imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{NAME}.py").write_text("LOADED = True\n")
    (tmp_path / "other_module.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for name in (NAME, "other_module"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def called() -> list[bool]:
    """Return a list to which `note` adds whether the module was executed, at each call."""
    return []


def note(called: list[bool]) -> None:
    called.append(sys.modules[NAME].LOADED)


@pytest.fixture
def finders(_imports: None) -> list[object]:
    """Return the finders of Python before the test."""
    return list(sys.meta_path)


def new_finders(finders: list[object]) -> int:
    """Return the number of finders that wait for a module since the test began."""
    return len(sys.meta_path) - len(finders)


def test_a_function_is_called_at_once_if_its_module_is_imported(called: list[bool], finders: list[object]) -> None:
    importlib.import_module(NAME)
    when_imported(NAME, lambda: note(called))
    assert (called, new_finders(finders)) == ([True], 0)


def test_a_function_is_called_after_its_module_was_executed(called: list[bool], finders: list[object]) -> None:
    when_imported(NAME, lambda: note(called))
    importlib.import_module("other_module")
    assert called == []
    importlib.import_module(NAME)
    assert (called, new_finders(finders)) == ([True], 0)


def test_a_module_is_waited_for_once_if_two_functions_wait_for_it(called: list[bool], finders: list[object]) -> None:
    when_imported(NAME, lambda: note(called))
    when_imported(NAME, lambda: note(called))
    assert new_finders(finders) == 1
    importlib.import_module(NAME)
    assert called == [True]


def test_a_function_is_not_called_while_its_module_is_only_searched(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    assert importlib.util.find_spec(NAME) is not None
    assert importlib.util.find_spec(NAME) is not None
    assert called == []
    importlib.import_module(NAME)
    assert called == [True]


def test_a_function_is_called_once_if_its_module_is_executed_twice(called: list[bool]) -> None:
    when_imported(NAME, lambda: called.append(True))
    for spec in [importlib.util.find_spec(NAME), importlib.util.find_spec(NAME)]:
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert called == [True]


def test_a_function_is_called_after_an_import_that_failed_before(called: list[bool], tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").rename(tmp_path / "hidden")
    when_imported(NAME, lambda: note(called))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)
    (tmp_path / "hidden").rename(tmp_path / f"{NAME}.py")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert called == [True]


def test_a_function_is_not_called_for_a_namespace_package(called: list[bool], tmp_path: Path) -> None:
    (tmp_path / "awaited_folder").mkdir()
    when_imported("awaited_folder", lambda: note(called))
    importlib.import_module("awaited_folder")
    assert called == []


def test_the_finders_that_wait_are_removed_when_the_package_gives_up(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    give_up()
    assert [finder for finder in sys.meta_path if type(finder).__module__.startswith("pytest_ddbstreams")] == []
    importlib.import_module(NAME)
    assert called == []


#: Prints whether each hook of botocore is installed once, and whether the hook of requests is installed.
SHOW_HOOKS = """
def is_hook(function):
    return "ddbstreams" in function.__module__

from botocore.handlers import BUILTIN_HANDLERS
from requests.sessions import Session
handlers = [handler for _, handler, *_ in BUILTIN_HANDLERS if is_hook(handler)]
print(len(handlers) == len(set(handlers)) > 0, is_hook(Session.get_adapter))
"""


def output_of(*lines: str) -> list[str]:
    """Return the lines that a script prints in a new process."""
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603


def test_the_finders_that_wait_are_removed_at_the_end_of_the_process() -> None:
    shown = "[finder for finder in sys.meta_path if 'ddbstreams' in type(finder).__module__]"
    script = ("import atexit, sys", f"atexit.register(lambda: print({shown}))", "import pytest_ddbstreams.plugin")
    assert output_of(*script) == ["[]"]


def test_the_hooks_are_installed_when_their_libraries_are_imported_later() -> None:
    loaded = "print('botocore.handlers' in sys.modules, 'requests.sessions' in sys.modules)"
    script = ("import sys", "import pytest_ddbstreams.plugin", loaded, SHOW_HOOKS)
    assert output_of(*script) == ["False False", "True True"]


def test_the_hooks_are_installed_at_once_if_their_libraries_are_imported() -> None:
    script = ("import botocore.handlers, requests.sessions", "import pytest_ddbstreams.plugin", SHOW_HOOKS)
    assert output_of(*script) == ["True True"]


def test_the_hooks_are_installed_once_by_the_plugin_and_the_package() -> None:
    script = ("import pytest_ddbstreams.plugin", "from pytest_ddbstreams import mock_streams", SHOW_HOOKS)
    assert output_of(*script) == ["True True"]


@pytest.mark.parametrize(("first", "moto_first"), [("boto3", True), ("pytest_ddbstreams.plugin", False)])
def test_the_mock_answers_after_imports_in_any_order(first: str, moto_first: bool) -> None:  # noqa: FBT001
    second = "pytest_ddbstreams.plugin" if first == "boto3" else "boto3"
    imports = [f"import {first}, {second}", "import moto"]
    script = [
        *(reversed(imports) if moto_first else imports),
        "import boto3, requests",
        "client = boto3.client('dynamodbstreams', region_name='us-east-1')",
        "from pytest_ddbstreams import mock_streams",
        "with moto.mock_aws(), mock_streams() as streams:",
        "    streams.create_stream('orders')",
        "    boto3.client('sqs').list_queues()",
        "    print(len(client.list_streams()['Streams']))",
    ]
    assert output_of(*script) == ["1"]
