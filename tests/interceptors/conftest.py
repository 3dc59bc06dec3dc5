"""A client that the hooks did not reach."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest


@pytest.fixture
def unhooked() -> Any:
    """Return a client that did not copy the hooks."""
    session = botocore.session.Session(include_builtin_handlers=False)
    return session.create_client("dynamodbstreams", region_name="us-east-1")
