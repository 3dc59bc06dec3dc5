"""boto3's default session, which keeps the credentials that it found first."""

from __future__ import annotations

import sys
from typing import Any

_NAME = "DEFAULT_SESSION"


def exchange(session: Any) -> Any:
    """Put another default session in place, None for none yet; gives the one that was there."""
    boto3 = sys.modules.get("boto3")
    before = getattr(boto3, _NAME, None)
    if boto3 is not None:
        setattr(boto3, _NAME, session)
    return before
