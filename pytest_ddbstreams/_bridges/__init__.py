"""Bridges to mocks that have tables: what is written to a table there comes out of a stream here.

One is built, to moto. It is laid where moto's DynamoDB is loaded while a mock of ours is open, in whichever order the
two come, and taken away with the last of ours; moto is never loaded from here. `moto_seam` is all that knows its
insides, `feeding` all that knows ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._backend import OPEN
from .._doorways import when_imported

if TYPE_CHECKING:
    from .._backend import Backend

#: The module of moto's DynamoDB that needs all others: no request makes a table without it.
_MOTO = "moto.dynamodb.responses"


def connect() -> None:
    """Have moto's tables, those that there are and those to come, feed the streams of all open mocks.

    Raises:
        UnsupportedVersion: this moto is not what the bridge was built for.
    """
    when_imported(_MOTO, _connect)


def disconnect(backend: Backend) -> None:
    """Let no table feed a mock that was closed; with the last of them moto is as it was."""
    if backend.tables is not None:
        from .moto_seam import disconnect as leave

        leave(backend)


def _connect() -> None:
    if not OPEN:
        return
    from .moto_seam import connect as meet

    meet()
