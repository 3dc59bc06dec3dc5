"""Bridges to mocks that have tables: what is written to a table there comes out of a stream here.

One is built, to moto. It is laid where moto's DynamoDB is loaded while a mock of ours is open, in whichever order the
two come, and taken away with the last of ours; moto is never loaded from here. `patches` is all that knows its
insides, `feeds` all that knows ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._interceptors import when_imported
from .._service import OPEN

if TYPE_CHECKING:
    from .._service import Service

#: The module of moto's DynamoDB that needs all others: no request makes a table without it.
_MOTO = "moto.dynamodb.responses"


def connect() -> None:
    """Have moto's tables, those that there are and those to come, feed the streams of all open mocks.

    Raises:
        UnsupportedVersion: this moto is not what the bridge was built for.
    """
    when_imported(_MOTO, _connect)


def disconnect(service: Service) -> None:
    """Let no table feed a mock that was closed; with the last of them moto is as it was."""
    if service.tables is not None:
        from .patches import disconnect as leave

        leave(service)


def _connect() -> None:
    if not OPEN:
        return
    from .patches import connect as meet

    meet()
