from __future__ import annotations

import sys
import warnings
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

import freezegun
import pytest

from pytest_ddbstreams import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

REAL_DATETIME = datetime


@pytest.fixture
def lazy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Makes a module that has a name to load, and loads it by calling."""

    def made(load: Callable[[], Any], name: str = "lazy_library") -> ModuleType:
        module = ModuleType(name)
        module.__getattr__ = lambda _: load()  # type: ignore[method-assign]
        module.__dir__ = lambda: ["loaded"]  # type: ignore[method-assign]
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return made


def datetime_class() -> type:
    """What a module that is loaded now gets from the standard library."""
    import datetime as dt

    return dt.datetime


def freeze_and_let_go() -> None:
    with Clock().freeze("2026-01-01"):
        pass


def test_what_a_module_loads_lazily_is_made_of_the_real_datetime(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: seen.append(datetime_class()))

    freeze_and_let_go()

    assert seen[0] is REAL_DATETIME


def test_lazy_modules_that_lazy_modules_load_are_asked_as_well(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: lazy(lambda: seen.append(datetime_class()), "lazy_dependency"))

    freeze_and_let_go()

    assert seen[0] is REAL_DATETIME


@pytest.mark.parametrize("error", [AttributeError, ImportError, TypeError])
def test_what_cannot_be_loaded_is_passed_over(lazy: Callable[..., ModuleType], error: type[Exception]) -> None:
    def load() -> None:
        seen.append(datetime_class())
        raise error

    seen: list[type] = []
    lazy(load)

    freeze_and_let_go()

    assert seen[0] is REAL_DATETIME


def test_a_deprecated_name_warns_nobody(lazy: Callable[..., ModuleType]) -> None:
    lazy(lambda: warnings.warn("of the test", DeprecationWarning, stacklevel=1))

    freeze_and_let_go()


@pytest.mark.parametrize("entry", [None, object()])
def test_what_is_loaded_and_no_module_is_left_alone(monkeypatch: pytest.MonkeyPatch, entry: object) -> None:
    monkeypatch.setitem(sys.modules, "no_module", entry)

    freeze_and_let_go()


def test_modules_that_freezegun_ignores_are_left_alone(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    ignored = freezegun.config.DEFAULT_IGNORE_LIST[0]
    lazy(lambda: seen.append(datetime_class()), ignored)

    freeze_and_let_go()

    assert seen == []


def test_what_was_asked_once_is_not_asked_before_the_next_freeze(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: seen.append(datetime_class()))

    freeze_and_let_go()
    freeze_and_let_go()

    assert seen.count(REAL_DATETIME) == 1
