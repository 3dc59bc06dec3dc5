"""Hooks and settings of all tests."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

# Imported before any test: pytester removes the modules that an inner run has imported, and importing botocore again in
# each inner run would take most of the time.
import boto3  # noqa: F401
import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ["pytester"]

# No test is about the time that an example takes, and some machines are slow.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Load no plugin but ours in inner runs, whatever else is installed; a test names others by ``-p``."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p ddbstreams -p no:cacheprovider")
    return pytester


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip a test that sends a parameter that the installed botocore does not know."""
    report = yield
    member = _unknown_member(call.excinfo.value) if call.excinfo else None
    if member is not None and member in _members_that_this_botocore_lacks():
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"this botocore cannot send {member}")
    return report


def _unknown_member(error: BaseException) -> str | None:
    """Return the parameter that botocore does not know, from its error with or without validation."""
    if isinstance(error, ParamValidationError):
        found = re.search(r'Unknown parameter in input: "(\w+)"', str(error))
        return found and found[1]
    return error.args[0] if isinstance(error, KeyError) and error.args else None


@cache
def _members_that_this_botocore_lacks() -> frozenset[str]:
    """Return the members that only newer schemas have."""
    import generate

    fresh, kept = generate.schemas_of(generate.service_model()), generate.checked_in()
    requests = [file for file in kept if file.endswith(".request.json")]
    return frozenset(name for file in requests for name in kept[file]["properties"].keys() - fresh[file]["properties"])
