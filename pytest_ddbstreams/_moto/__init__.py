"""Tables of moto that feed streams, and mappings of moto's Lambda that read them.

Methods of moto's DynamoDB are patched while a mock is open and moto's DynamoDB is loaded, whichever of the two comes
first. This package never loads moto itself. `patches` and `tables` know moto's classes, and `feeds` knows the streams.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from .._imports import when_imported
from .._service import OPEN

if TYPE_CHECKING:
    from .._service import Service

#: The module of moto's DynamoDB that imports all its others: moto answers no request about tables before it is loaded.
_LAST_MODULE = "moto.dynamodb.responses"
#: The module by which CloudFormation makes tables, without the other one.
_TABLES_MODULE = "moto.dynamodb.models"
#: The module with the mappings of moto's Lambda, which imports the one of the tables.
_LAMBDA_MODULE = "moto.awslambda.models"


def connect() -> None:
    """Let moto's tables, present and future, feed the streams of all open mocks, as soon as moto is loaded.

    Raises:
        UnsupportedVersion: moto is loaded, in a release that this package does not support.
    """
    when_imported(_LAST_MODULE, _connect)
    when_imported(_TABLES_MODULE, _import_last_module)
    when_imported(_LAMBDA_MODULE, _connect_lambda)


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


def _connect_lambda() -> None:
    if OPEN:
        from . import lambda_mappings

        lambda_mappings.PATCHES.install()


def _import_last_module() -> None:
    # If it is in sys.modules already, it is importing the module of the tables right now.
    if OPEN and _LAST_MODULE not in sys.modules:
        import_module(_LAST_MODULE)
