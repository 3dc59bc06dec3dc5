from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from pytest_ddbstreams import _interceptors
from pytest_ddbstreams._interceptors import botocore_hook, when_imported

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
    """What was loaded at each call."""
    return []


def note(called: list[bool]) -> None:
    called.append(sys.modules[NAME].LOADED)


def waiting() -> int:
    return sum(isinstance(finder, _interceptors._Waiting) and finder.name == NAME for finder in sys.meta_path)


def test_a_module_that_is_loaded_is_not_waited_for(called: list[bool]) -> None:
    importlib.import_module(NAME)
    when_imported(NAME, lambda: note(called))
    assert (called, waiting()) == ([True], 0)


def test_a_module_that_gets_loaded_is_told_once_it_has_been_executed(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    importlib.import_module("other_module")
    assert called == []
    importlib.import_module(NAME)
    assert (called, waiting()) == ([True], 0)


def test_asking_twice_waits_once(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    when_imported(NAME, lambda: note(called))
    assert waiting() == 1
    importlib.import_module(NAME)
    assert called == [True]


def test_a_module_that_is_only_looked_for_is_waited_for_still(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    assert importlib.util.find_spec(NAME) is not None
    assert importlib.util.find_spec(NAME) is not None
    assert called == []
    importlib.import_module(NAME)
    assert called == [True]


def test_a_module_that_is_loaded_twice_by_hand_is_told_once(called: list[bool]) -> None:
    when_imported(NAME, lambda: called.append(True))
    for spec in [importlib.util.find_spec(NAME), importlib.util.find_spec(NAME)]:
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert called == [True]


def test_a_module_that_is_not_found_is_waited_for_still(called: list[bool], tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").rename(tmp_path / "hidden")
    when_imported(NAME, lambda: note(called))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(NAME)
    (tmp_path / "hidden").rename(tmp_path / f"{NAME}.py")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert called == [True]


def test_a_namespace_package_has_nothing_to_wait_for(called: list[bool], tmp_path: Path) -> None:
    (tmp_path / "awaited_folder").mkdir()
    when_imported("awaited_folder", lambda: note(called))
    importlib.import_module("awaited_folder")
    assert called == []


def test_at_the_end_of_the_process_nothing_is_waited_for(called: list[bool]) -> None:
    when_imported(NAME, lambda: note(called))
    others = [finder for finder in sys.meta_path if not isinstance(finder, _interceptors._Waiting)]
    _interceptors.give_up()
    assert (waiting(), sys.meta_path) == (0, others)


def test_what_waits_keeps_nothing_alive_until_the_very_end_of_python() -> None:
    script = """
        import atexit, sys
        atexit.register(lambda: print([finder for finder in sys.meta_path if "ddbstreams" in type(finder).__module__]))
        import pytest_ddbstreams.plugin
    """
    done = subprocess.run([sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_the_doorways_open_when_their_libraries_get_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.handlers import BUILTIN_HANDLERS
    from requests.sessions import Session

    monkeypatch.setattr("botocore.handlers.BUILTIN_HANDLERS", BUILTIN_HANDLERS)
    monkeypatch.setattr(Session, "get_adapter", Session.get_adapter)
    before, choose = len(BUILTIN_HANDLERS), Session.get_adapter
    _interceptors.install.__wrapped__()
    laid = len(BUILTIN_HANDLERS) - before
    del BUILTIN_HANDLERS[before:]
    assert (laid, Session.get_adapter is choose) == (len(botocore_hook._HOOKS), False)


@pytest.mark.parametrize(("first", "moto_first"), [("boto3", True), ("pytest_ddbstreams.plugin", False)])
def test_in_a_fresh_process_every_order_of_imports_works(first: str, moto_first: bool) -> None:  # noqa: FBT001
    second = "pytest_ddbstreams.plugin" if first == "boto3" else "boto3"
    imports = [f"import {first}, {second}", "import moto"]
    code = [
        *(reversed(imports) if moto_first else imports),
        "import boto3, requests",
        "client = boto3.client('dynamodbstreams', region_name='us-east-1')",
        "from pytest_ddbstreams import mock_streams",
        "with moto.mock_aws(), mock_streams() as streams:",
        "    streams.create_stream('orders')",
        "    boto3.client('sqs').list_queues()",
        "    print(len(client.list_streams()['Streams']))",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "1\n"


def test_the_doorways_open_once() -> None:
    script = """
        import boto3
        import pytest_ddbstreams.plugin
        from pytest_ddbstreams import mock_streams
        from botocore.handlers import BUILTIN_HANDLERS
        handlers = [handler for _, handler, *_ in BUILTIN_HANDLERS if "ddbstreams" in handler.__module__]
        print(len(handlers) == len(set(handlers)) > 0)
    """
    done = subprocess.run([sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "True\n"
