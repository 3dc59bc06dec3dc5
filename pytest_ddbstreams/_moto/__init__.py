"""Tables of moto that feed streams: a write to a table there becomes a record of its stream here.

Methods of moto's DynamoDB are patched while a mock is open and moto's DynamoDB is loaded, whichever of the two comes
first. This package never loads moto itself. `patches` and `tables` know moto's classes, and `feeds` knows the streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._interceptors import when_imported
from .._service import OPEN

if TYPE_CHECKING:
    from .._service import Service

#: The module of moto's DynamoDB that imports all its others: moto cannot create a table before it is loaded.
_LAST_MODULE = "moto.dynamodb.responses"


def connect() -> None:
    """Let moto's tables, present and future, feed the streams of all open mocks, as soon as moto is loaded.

    Raises:
        UnsupportedVersion: moto is loaded, in a release that this package does not support.
    """
    when_imported(_LAST_MODULE, _connect)


def disconnect(service: Service) -> None:
    """Let no table feed a mock any more, because it closes; with the last open mock, moto's methods are restored."""
    if service.tables is not None:
        from . import patches

        patches.disconnect(service)


def _connect() -> None:
    if not OPEN:
        return
    from . import patches

    patches.connect()
