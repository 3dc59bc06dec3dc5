"""A pytest run within this one, of a test module given as text; the outer run imports the heavy libraries."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import boto3  # noqa: F401 - otherwise each inner run would import it again, for a second
import freezegun  # noqa: F401
import pytest
import responses  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable

_INI = """\
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Return a function that runs a test module, with lines for the ini file."""

    def run(module: str, *arguments: str, ini: str = "") -> pytest.RunResult:
        pytester.makefile(".ini", pytest=_INI + dedent(ini))
        pytester.makepyfile(test_it=module)
        return pytester.runpytest_inprocess("-p", "pytest_asyncio.plugin", "-p", "anyio", *arguments)

    return run
