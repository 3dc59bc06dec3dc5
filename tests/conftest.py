"""What all tests share."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

# Loaded before any test: pytester restores the loaded modules after each inner run, and a botocore that is loaded
# afresh in every one of them would cost most of the time.
import boto3  # noqa: F401
import pytest
from botocore.exceptions import ParamValidationError
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ["pytester"]

# Machines are slow at times, and how long an example takes is not what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What an older botocore has no parameter for cannot be asked through it: that is skipped."""
    report = yield
    member = _unknown_member(call.excinfo.value) if call.excinfo else None
    if member is not None and member in _members_that_this_botocore_lacks():
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"this botocore cannot send {member}")
    return report


def _unknown_member(error: BaseException) -> str | None:
    """The parameter that botocore stumbled over: with its own validation, and without."""
    if isinstance(error, ParamValidationError):
        found = re.search(r'Unknown parameter in input: "(\w+)"', str(error))
        return found and found[1]
    return error.args[0] if isinstance(error, KeyError) and error.args else None


@cache
def _members_that_this_botocore_lacks() -> frozenset[str]:
    """Empty, unless the schemas are newer."""
    import generate

    fresh, kept = generate.schemas_of(generate.service_model()), generate.checked_in()
    requests = [file for file in kept if file.endswith(".request.json")]
    return frozenset(name for file in requests for name in kept[file]["properties"].keys() - fresh[file]["properties"])
