"""The botocore sessions and clients that were made before the hooks were laid: nothing lists them but the collector.

Under pytest there are none, as a rule: the plugin is loaded before any conftest. They come of a ``sitecustomize``, of
another plugin, or of ``import boto3`` before this package outside pytest.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

_KINDS = (("botocore.session", "Session"), ("botocore.client", "BaseClient"))


def sessions_and_clients() -> list[Any]:
    """All of them, of aiobotocore too; without a look at the process's objects where there can be none."""
    # What is being imported just now has no such name yet.
    found = (getattr(sys.modules.get(module), name, None) for module, name in _KINDS)
    kinds = tuple(kind for kind in found if kind is not None)
    # Not isinstance: it asks objects of others for their __class__, and some of them then wake up.
    return [thing for thing in gc.get_objects() if issubclass(type(thing), kinds)] if kinds else []
