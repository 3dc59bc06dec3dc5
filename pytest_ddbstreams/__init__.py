"""A fake Amazon DynamoDB Streams for tests.

Everything public is importable from here; it is loaded when it is first used, because pytest imports this package
in every run of everybody who has it installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._api.mock import StreamsMock
    from ._api.shard import Shard
    from ._api.stream import Stream
    from ._call_log import Call, Calls
    from ._clock import Clock
    from ._exceptions import (
        ContractViolation,
        InvalidItem,
        InvalidOption,
        MappingWarning,
        NetworkBlocked,
        NotDrained,
        StreamsMockError,
        StreamStateError,
        UnansweredCall,
        UnknownStream,
        UnsupportedVersion,
        UnusedFault,
    )
    from ._http_server.server import StreamsServer
    from ._lambda.events import to_lambda_event
    from ._lambda.filters import matches
    from ._lambda.mapping import EventSourceMapping
    from ._lifecycle import mock_streams
    from ._model.changes import UserIdentity
    from ._operations.records import StreamRecord
    from ._scenarios import Scenario, scenario

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Calls",
    "Clock",
    "ContractViolation",
    "EventSourceMapping",
    "InvalidItem",
    "InvalidOption",
    "MappingWarning",
    "NetworkBlocked",
    "NotDrained",
    "Scenario",
    "Shard",
    "Stream",
    "StreamRecord",
    "StreamStateError",
    "StreamsMock",
    "StreamsMockError",
    "StreamsServer",
    "UnansweredCall",
    "UnknownStream",
    "UnsupportedVersion",
    "UnusedFault",
    "UserIdentity",
    "matches",
    "mock_streams",
    "scenario",
    "to_lambda_event",
]

_HOMES = {
    "Call": "._call_log",
    "Calls": "._call_log",
    "Clock": "._clock",
    "EventSourceMapping": "._lambda.mapping",
    "Scenario": "._scenarios",
    "Shard": "._api.shard",
    "Stream": "._api.stream",
    "StreamRecord": "._operations.records",
    "StreamsMock": "._api.mock",
    "StreamsServer": "._http_server.server",
    "UserIdentity": "._model.changes",
    "matches": "._lambda.filters",
    "mock_streams": "._lifecycle",
    "scenario": "._scenarios",
    "to_lambda_event": "._lambda.events",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not kept: a pytest run within a pytest run, as of pytester, forgets the modules that it loaded first.
    return getattr(import_module(_HOMES.get(name, "._exceptions"), __name__), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
