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
    """Return a function that makes a module with one lazy name, which is loaded by a call."""

    def made(load: Callable[[], Any], name: str = "lazy_library") -> ModuleType:
        module = ModuleType(name)
        module.__getattr__ = lambda _: load()  # type: ignore[method-assign]
        module.__dir__ = lambda: ["loaded"]  # type: ignore[method-assign]
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return made


def datetime_class() -> type:
    """Return the class that a module gets that imports it now."""
    import datetime as dt

    return dt.datetime


def freeze_and_unfreeze() -> None:
    with Clock().freeze("2026-01-01"):
        pass


def test_a_lazy_name_is_loaded_with_the_real_datetime(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: seen.append(datetime_class()))

    freeze_and_unfreeze()

    assert seen[0] is REAL_DATETIME


def test_a_lazy_module_that_a_lazy_name_loads_is_loaded_as_well(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: lazy(lambda: seen.append(datetime_class()), "lazy_dependency"))

    freeze_and_unfreeze()

    assert seen[0] is REAL_DATETIME


@pytest.mark.parametrize("error", [AttributeError, ImportError, TypeError])
def test_a_lazy_name_that_cannot_be_loaded_is_ignored(lazy: Callable[..., ModuleType], error: type[Exception]) -> None:
    def load() -> None:
        seen.append(datetime_class())
        raise error

    seen: list[type] = []
    lazy(load)

    freeze_and_unfreeze()

    assert seen[0] is REAL_DATETIME


def test_a_deprecated_lazy_name_causes_no_warning(lazy: Callable[..., ModuleType]) -> None:
    lazy(lambda: warnings.warn("of the test", DeprecationWarning, stacklevel=1))

    freeze_and_unfreeze()


@pytest.mark.parametrize("entry", [None, object()])
def test_an_entry_of_sys_modules_that_is_no_module_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, entry: object
) -> None:
    monkeypatch.setitem(sys.modules, "no_module", entry)

    freeze_and_unfreeze()


def test_a_lazy_module_that_freezegun_ignores_is_left_alone(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    ignored = freezegun.config.DEFAULT_IGNORE_LIST[0]
    lazy(lambda: seen.append(datetime_class()), ignored)

    freeze_and_unfreeze()

    assert seen == []


def test_a_lazy_name_is_loaded_only_before_the_first_freeze(lazy: Callable[..., ModuleType]) -> None:
    seen: list[type] = []
    lazy(lambda: seen.append(datetime_class()))

    freeze_and_unfreeze()
    freeze_and_unfreeze()

    assert seen.count(REAL_DATETIME) == 1
