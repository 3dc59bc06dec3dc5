from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest

import pytest_ddbstreams

HEAVY = {"aiobotocore", "boto3", "botocore", "freezegun", "jsonschema", "jsonschema_rs", "requests", "responses"}


#: The names of types that have several values, and no name of their own.
ALIASES = {"Operation", "StartingPosition", "ViewType"}

#: Types that a public signature gives, from other packages, or of members that only this package uses.
NOT_PUBLIC = {
    *("Any", "BaseException", "Callable", "Exception", "Iterable", "Mapping", "None", "PathLike", "Self", "Sequence"),
    *("Unpack", "Instant", "Document", "Item"),  # plain types by another name
    *("Function", "Destination", "Destinations", "Handler"),  # what a user gives, and never gets
    *("ChangedSettings", "SettingArguments"),  # keyword arguments
    *("Answer", "AnswerFrom", "Faults", "Filter", "KeySchema", "Option", "Request", "ShardIterator", "Trap", "View"),
}


@pytest.mark.parametrize("name", pytest_ddbstreams.__all__)
def test_every_public_name_is_importable(name: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"from pytest_ddbstreams import {name}", namespace)  # noqa: S102 - what users type
    assert name in ALIASES or namespace[name].__name__ == name


def annotations_of(value: Any) -> list[str]:
    """Return the annotations of a function, a method or a property as text."""
    function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    function = inspect.unwrap(function) if callable(function) else function
    return list(map(str, function.__annotations__.values())) if inspect.isfunction(function) else []


@pytest.mark.parametrize("name", sorted(set(pytest_ddbstreams.__all__) - ALIASES))
def test_the_types_that_a_public_signature_gives_are_importable(name: str) -> None:
    public = getattr(pytest_ddbstreams, name)
    members = [value for key, value in inspect.getmembers(public) if not key.startswith("_")]
    texts = [text for value in (public, *members) for text in annotations_of(value)]
    given = {word for text in texts for word in re.findall(r"\b[A-Z]\w+", text)}
    assert given - NOT_PUBLIC <= set(pytest_ddbstreams.__all__)


def test_a_public_name_comes_from_the_module_that_is_loaded_now(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pytest_ddbstreams.scenario
    assert pytest_ddbstreams.scenario is before
    monkeypatch.delitem(sys.modules, "pytest_ddbstreams._scenarios")
    assert pytest_ddbstreams.scenario is not before


def test_dir_lists_the_public_names_and_the_version() -> None:
    assert dir(pytest_ddbstreams) == sorted([*pytest_ddbstreams.__all__, "__version__"])


def test_an_unknown_name_raises_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pytest_ddbstreams' has no attribute 'Streams'"):
        pytest_ddbstreams.Streams  # type: ignore[attr-defined] # noqa: B018 - the access raises


def test_the_errors_have_one_base() -> None:
    names = ("InvalidItem", "InvalidOption", "NetworkBlocked", "StreamStateError", "UnknownStream", "UnusedFault")
    errors = [getattr(pytest_ddbstreams, name) for name in names]
    assert [error for error in errors if not issubclass(error, pytest_ddbstreams.StreamsMockError)] == []


def test_an_unused_fault_is_an_assertion_error() -> None:
    assert issubclass(pytest_ddbstreams.UnusedFault, AssertionError)


def loaded_after(code: str) -> set[str]:
    """Return the heavy libraries that a new process has loaded after running the code."""
    script = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["pytest_ddbstreams.plugin", "pytest_ddbstreams"])
def test_importing_the_package_or_the_plugin_loads_no_heavy_library(module: str) -> None:
    assert loaded_after(f"import {module}") == set()


def test_opening_an_unused_mock_loads_no_heavy_library_but_the_validator() -> None:
    code = "from pytest_ddbstreams import mock_streams\nwith mock_streams(): pass"
    assert loaded_after(code) <= {"jsonschema_rs"}


def test_errors_name_the_package_as_their_module() -> None:
    names = {name: getattr(pytest_ddbstreams, name) for name in pytest_ddbstreams.__all__}
    errors = [each for each in names.values() if isinstance(each, type) and issubclass(each, Exception)]
    assert {error.__module__ for error in errors} == {"pytest_ddbstreams"}
    assert len(errors) == 13


def test_an_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(pytest_ddbstreams.UnusedFault("unused")))  # noqa: S301 - our own
    assert (type(error), str(error)) == (pytest_ddbstreams.UnusedFault, "unused")
